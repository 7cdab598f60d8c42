//go:build linux

package ui

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// archive is a ZIP of n small files, which a template reads from its end.
func archive(t *testing.T, n int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range n {
		w, err := z.CreateHeader(&zip.FileHeader{Name: fmt.Sprintf("file%05d.txt", i), Method: zip.Store})
		if err == nil {
			_, err = fmt.Fprintf(w, "the content of file %d\n", i)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestN9CutWhileDrawing: another program cuts the file to 100 bytes at any moment while panels that read all of it are drawn: a
// template's tree, the text, values, the map, pictures, matches. Nothing dies; what is lost is shown as lost, the edit stays, and a
// save asks before it writes.
func TestN9CutWhileDrawing(t *testing.T) {
	bin, err := hexlay()
	if err != nil {
		t.Fatal(err)
	}
	theState(t)
	content := archive(t, 8000)
	s := seed(t)
	pages := []string{"\x1b[6~", "\x1b[6~", "\x1b[5~", "\x1b[F", "\x1b[H", "\x1b[1;5F", "\x1b[1;5H", "\x1b[B"} // PgDn, PgUp, End, Home, both with Ctrl, Down
	for i, lines := range [][]string{
		{"panel-show structure", "panel-show inspector"},
		{"panel-show structure", "panel-show text", "map"},
		{"map", "picture entropy", "panel-show text"},
		{"picture digram", "panel-show statistics", "sidecar"},
		{"picture pixels", "find 50 4b 01 02", "map hits"},
		{"panel-show structure", "node-open-all", "panel-show codecs", "hits 50 4b"},
	} {
		t.Run(lines[0]+" "+lines[1], func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(s, uint64(i)))
			path := filepath.Join(t.TempDir(), "many.zip")
			write(t, path, content)
			c := newConsole(t)
			c.mu.Lock()
			c.em.Resize(160, 50)
			c.mu.Unlock()
			c.size(160, 50)
			c.start(true, nil, bin, "--template", "zip", path)
			c.shows("OVR")
			c.send("abcd") // the edit that must stay
			c.shows("changed")
			for _, l := range lines {
				c.send("\x1b[21~" + l + "\r")
			}
			page := func(n int) {
				for range n {
					c.send(pages[rnd.IntN(len(pages))])
					time.Sleep(time.Duration(rnd.IntN(3)) * time.Millisecond)
				}
			}
			page(rnd.IntN(60))
			if err := os.Truncate(path, 100); err != nil {
				t.Fatal(err)
			}
			page(40)
			c.shows("cut the file")
			c.line("goto 0x3000", "0x3000 (12,288)")
			c.wait("lost bytes", func() bool { return strings.Contains(c.text(), "·· ·· ·· ··") })
			page(20)
			c.line("goto 0", "ab cd")
			page(10)
			c.send("\x13")
			c.shows("Bytes are lost")
			c.send("\x1b")
			c.wait("the end of the question", func() bool { return !strings.Contains(c.text(), "Bytes are lost") })
			if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, content[:100]) {
				t.Errorf("the file was changed: %d bytes (%v)", len(got), err)
			}
			c.line("quit!", "")
			if s := c.end(); s != 0 {
				t.Errorf("exit status %d", s)
			}
			c.restored()
			if out := c.printed(); strings.Contains(out, "internal error") || strings.Contains(out, "panic") {
				t.Errorf("it printed\n%q", out)
			}
		})
	}
}
