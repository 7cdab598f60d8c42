package cli

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestCarve(t *testing.T) {
	png, gif := readFile(t, "../templates/png/sample.png"), readFile(t, "../templates/gif/sample.gif")
	noise := bytes.Repeat([]byte{0x11}, 1000)
	data := bytes.Join([][]byte{noise, png, noise, gif, noise, []byte("\x89PNG\r\n\x1a\nnonsense"), noise}, nil)
	f := writeFile(t, "f", data)
	at1, at2 := 1000, 2000+len(png)
	want := fmt.Sprintf(`[{"template":"png","range":[%d,%d],"ok":true},{"template":"gif","range":[%d,%d],"ok":true}]`, at1, at1+len(png), at2, at2+len(gif))
	dir := filepath.Join(t.TempDir(), "out")
	sameJSON(t, fine(t, nil, "carve", f, "--json", "--extract", dir), want)
	for name, b := range map[string][]byte{fmt.Sprintf("%012x-png.png", at1): png, fmt.Sprintf("%012x-gif.gif", at2): gif} {
		if !bytes.Equal(readFile(t, filepath.Join(dir, name)), b) {
			t.Errorf("%s has other bytes", name)
		}
	}
	fails(t, exitUsage, "exists", "carve", f, "--extract", dir)
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("%d files, %v", len(entries), err)
	}
	if got := string(fine(t, nil, "carve", f, "--template", "gif")); got != fmt.Sprintf("%#-12x gif          %d bytes\n", at2, len(gif)) {
		t.Errorf("%q", got)
	}
	all := parsed(t, fine(t, nil, "carve", f, "--all", "--json", "--range", fmt.Sprintf("%d:", at2+len(gif)))).([]any)
	if len(all) != 1 || all[0].(map[string]any)["ok"] != false || all[0].(map[string]any)["range"].([]any)[1] != nil {
		t.Errorf("%v", all)
	}
	if r := runHere(t, nil, "carve", f, "--template", "wav", "--json"); r.status != exitData || string(r.out) != "[]\n" {
		t.Errorf("%v", r)
	}
	fails(t, exitRefused, "there is no template", "carve", f, "--template", "nosuch")
	fails(t, exitRefused, "no magic", "carve", f, "--template", "dns")
	fails(t, exitData, "beyond the end", "carve", f, "--range", "0:99999999")
}
