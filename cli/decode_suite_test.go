package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The conformance cases lie beside the project; they are no part of it.
const suiteDir = "../../shared/kaitai"

// kaitaiSuite gives the folder of the conformance cases, or skips.
func kaitaiSuite(t *testing.T) string {
	t.Helper()
	for _, dir := range []string{suiteDir, "../" + suiteDir} {
		if _, err := os.Stat(filepath.Join(dir, "cases.json")); err == nil {
			return dir
		}
	}
	t.Skip("the conformance cases of ../shared/kaitai are not here")
	return ""
}

func readJSON(t *testing.T, path string, to any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(readFile(t, path)))
	d.UseNumber()
	if err := d.Decode(to); err != nil {
		t.Fatal(err)
	}
}

func TestConformanceDecode(t *testing.T) {
	dir := kaitaiSuite(t)
	var cases []struct {
		ID, Ksy, Data, Exception, Excluded string
		Params                             []string
		Asserts                            []struct {
			Actual, Exception string
			Expected          any
		}
	}
	readJSON(t, filepath.Join(dir, "cases.json"), &cases)
	var ranges map[string]map[string]map[string]any
	readJSON(t, filepath.Join(dir, "ranges.json"), &ranges)
	for _, c := range cases {
		if c.Excluded != "" {
			continue
		}
		args := []string{"decode", "--template", filepath.Join(dir, c.Ksy), "--import-dir", filepath.Join(dir, "formats/ks_path"),
			"--import-dir", filepath.Join(dir, "gallery")}
		for _, p := range c.Params {
			args = append(args, "--param", p)
		}
		for _, a := range c.Asserts {
			args = append(args, "--eval", a.Actual)
		}
		r := runHere(t, nil, append(args, "--json", filepath.Join(dir, c.Data))...)
		want := 0
		if c.Exception != "" {
			want = 1
		}
		if r.status != want || !strings.HasPrefix(r.err, c.Exception) || want == 1 && strings.Count(r.err, "\n") != 1 {
			t.Errorf("%s: status %d, stderr %q; want %d %s", c.ID, r.status, r.err, want, c.Exception)
			continue
		}
		var got []map[string]any
		d := json.NewDecoder(bytes.NewReader(r.out))
		d.UseNumber()
		if err := d.Decode(&got); err != nil || len(got) != len(c.Asserts) {
			t.Errorf("%s: %v, %d elements for %d expressions", c.ID, err, len(got), len(c.Asserts))
			continue
		}
		for i, a := range c.Asserts {
			g := got[i]
			text, _ := g["error"].(string)
			switch {
			case a.Exception != "":
				if !strings.HasPrefix(text, a.Exception+":") {
					t.Errorf("%s: %s: got %v, want %s", c.ID, a.Actual, g, a.Exception)
				}
			case g["ok"] != true || !sameValue(a.Expected, g["value"]):
				t.Errorf("%s: %s: got %v, want %v", c.ID, a.Actual, g, a.Expected)
			}
			if w := ranges[c.ID][a.Actual]; w != nil {
				if fmt.Sprint(w["range"]) != fmt.Sprint(g["range"]) || w["bits"] != nil && fmt.Sprint(w["bits"]) != fmt.Sprint(g["bits"]) {
					t.Errorf("%s: %s: range %v bits %v, want %v", c.ID, a.Actual, g["range"], g["bits"], w)
				}
			}
		}
	}
}

// sameValue compares values as the contract defines them: floats by value, objects by what is expected of them.
func sameValue(want, got any) bool {
	switch w := want.(type) {
	case json.Number:
		if m, ok := got.(map[string]any); ok && m["enum"] == nil {
			got = m["value"] // no member has the value
		}
		g, ok := got.(json.Number)
		if !ok {
			return false
		}
		if !strings.ContainsAny(string(w)+string(g), ".eE") {
			return w == g
		}
		x, _ := w.Float64()
		y, _ := g.Float64()
		return x == y || math.Abs(x-y) <= 1e-6*math.Abs(x) && !strings.ContainsAny(string(w), "e") && len(w) < 10
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return false
		}
		for k, v := range w {
			if k == "str" && w["bytes"] != nil {
				continue // text that could not be decoded: the bytes count
			}
			if !sameValue(v, g[k]) {
				return false
			}
		}
		return true
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return false
		}
		for i := range w {
			if !sameValue(w[i], g[i]) {
				return false
			}
		}
		return true
	}
	return want == got
}

func TestConformanceGallery(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	dir := kaitaiSuite(t)
	status := map[string]string{}
	for _, line := range strings.Split(string(readFile(t, filepath.Join(dir, "golden/golden.tsv"))), "\n") {
		if f := strings.Split(line, "\t"); len(f) > 2 {
			status[f[0]] = f[2]
		}
	}
	for _, line := range strings.Split(strings.TrimSpace(string(readFile(t, filepath.Join(dir, "samples/manifest.tsv")))), "\n") {
		f := strings.Split(line, "\t")
		args := []string{"decode", "--template", filepath.Join(dir, "gallery", f[0]+".ksy"), "--import-dir", filepath.Join(dir, "gallery")}
		if f[0] == "network/protocol_body" {
			args = append(args, "--param", "17")
		}
		r := runHere(t, nil, append(args, "--dump", "--json", filepath.Join(dir, "samples", f[1]))...)
		want := status[f[1]]
		if want == "ok" && r.status != 0 || want != "ok" && (r.status != 1 || !strings.HasPrefix(r.err, want+":")) {
			t.Errorf("%s: status %d %s, want %s", f[1], r.status, r.err, want)
		}
		compareDump(t, f[1], r.out, filepath.Join(dir, "golden", strings.ReplaceAll(f[1], "/", "__")+".jsonl.gz"))
	}
}

// compareDump compares every node that the golden dump has with its range. What stands at or below an error of it is
// not compared.
func compareDump(t *testing.T, name string, out []byte, golden string) {
	t.Helper()
	nodes := map[string]map[string]any{}
	for _, n := range dumpLines(t, bytes.NewReader(out)) {
		nodes[n["path"].(string)] = n
	}
	z, err := gzip.NewReader(bytes.NewReader(readFile(t, golden)))
	if err != nil {
		t.Fatal(err)
	}
	lines := dumpLines(t, z)
	var dead []string
	for _, n := range lines {
		if n["error"] != nil {
			dead = append(dead, n["path"].(string))
		}
	}
	bad := 0
next:
	for _, w := range lines {
		path := w["path"].(string)
		if _, ok := w["range"]; !ok {
			continue
		}
		for _, d := range dead {
			if path == d || strings.HasPrefix(path, d+".") || strings.HasPrefix(path, d+"[") {
				continue next
			}
		}
		g := nodes[path]
		fine := g != nil && fmt.Sprint(g["range"]) == fmt.Sprint(w["range"])
		if fine && w["count"] != nil {
			fine = g["count"] == w["count"]
		} else if fine {
			fine = sameValue(w["value"], g["value"]) && (w["bits"] == nil || fmt.Sprint(w["bits"]) == fmt.Sprint(g["bits"]))
		}
		if !fine {
			if bad++; bad < 4 {
				t.Errorf("%s: %s: got %v, want %v", name, path, g, w)
			}
		}
	}
}

func dumpLines(t *testing.T, r io.Reader) (out []map[string]any) {
	t.Helper()
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<24)
	for s.Scan() {
		var n map[string]any
		d := json.NewDecoder(bytes.NewReader(s.Bytes()))
		d.UseNumber()
		if err := d.Decode(&n); err != nil {
			t.Fatalf("%s: %v", strconv.Quote(s.Text()), err)
		}
		out = append(out, n)
	}
	return out
}
