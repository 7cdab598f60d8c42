package model

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/templates"
)

// planted is a document of random bytes with samples of the formats in it.
type planted struct {
	name string
	mmapdoc.Range
}

func plant(t *testing.T) (data []byte, files []planted) {
	r := seeded(t)
	noise := func() {
		for range 1 + r.IntN(3000) { // one at least: gzip files that touch are one
			data = append(data, byte(r.Uint32()))
		}
	}
	for _, f := range templates.Formats() {
		if len(f.Magic) == 0 || f.Name == "tour" || f.Name == "message" {
			continue
		}
		samples, err := filepath.Glob("../templates/" + f.Name + "/*.*")
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range samples {
			if strings.HasSuffix(path, ".ksy") || strings.HasSuffix(path, ".jsonl") {
				continue
			}
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if m := templates.Detect(bytes.NewReader(b), int64(len(b))); len(m) == 0 || m[0].Format != f {
				continue
			}
			noise()
			at := int64(len(data))
			data = append(data, b...)
			files = append(files, planted{f.Name, mmapdoc.Range{Start: at, End: int64(len(data))}})
		}
	}
	noise()
	return append(data, 1), files
}

// TestCarve finds the samples of all formats among random bytes, and where those end whose templates tell it.
func TestCarve(t *testing.T) {
	data, files := plant(t)
	if len(files) < 15 {
		t.Fatalf("only %d samples", len(files))
	}
	e := over(data)
	defer e.Close()
	if _, err := run(t, e, "carve"); err != nil {
		t.Fatal(err)
	}
	found := e.List("carved").Rows.(*CarvedList).All()
	if !slices.IsSortedFunc(found, compareCarved) {
		t.Error("the list is not in order")
	}
	ends := map[string]bool{"wav": true, "png": true, "gif": true, "bmp": true, "zip": true, "gzip": true, "pcap": true, "pcapng": true}
	for _, p := range files {
		i := slices.IndexFunc(found, func(c Carved) bool { return c.Template == p.name && c.Range.Start == p.Start })
		within := slices.IndexFunc(found, func(c Carved) bool {
			return c.Template == p.name && c.Range.Start < p.Start && c.Range.End >= p.End
		})
		switch {
		case i < 0 && within < 0:
			t.Errorf("%s at %v is not found", p.name, p.Range)
		case i < 0:
		case found[i].Ends && found[i].Range.End != p.End:
			t.Errorf("%s at %v: ends at %d", p.name, p.Range, found[i].Range.End)
		case ends[p.name] && !found[i].Ends:
			t.Errorf("%s at %v: its end is not known: %v", p.name, p.Range, found[i].Err)
		}
	}
	if n := len(found); n > 3*len(files) {
		t.Errorf("%d found among %d samples", n, len(files))
	}
}

// TestCarveGzip: members that touch are one file; what is cut short or has a wrong checksum has no end, nor has what takes too much work.
func TestCarveGzip(t *testing.T) {
	pack := func(n int) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		for i := range n {
			fmt.Fprintf(w, "line %d\n", i)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	one, two := pack(20_000), pack(1)
	wrong := slices.Clone(one)
	wrong[len(wrong)-6] ^= 1
	zeros := make([]byte, 100)
	for _, c := range []struct {
		name string
		data []byte
		end  int // 0: it is not known
	}{
		{"alone", one, len(one)},
		{"before zeros", slices.Concat(one, zeros), len(one)},
		{"before text", slices.Concat(one, []byte("some text")), len(one)},
		{"two members", slices.Concat(one, two, zeros), len(one) + len(two)},
		{"one and what is none", slices.Concat(one, []byte("\x1f\x8b\x08 no member")), len(one)},
		{"one and a wrong one", slices.Concat(two, wrong, zeros), len(two)},
		{"a wrong checksum", slices.Concat(wrong, zeros), 0},
		{"cut short", one[:len(one)-9], 0},
	} {
		e := over(c.data)
		if _, err := run(t, e, "carve gzip"); err != nil {
			t.Fatal(c.name, err)
		}
		first := e.List("carved").Rows.(*CarvedList).All()[0]
		if first.Ends != (c.end > 0) || first.Ends && first.Range != (mmapdoc.Range{End: int64(c.end)}) {
			t.Errorf("%s: %v, known %v; want %d", c.name, first.Range, first.Ends, c.end)
		}
		e.Close()
	}
	left := int64(100_000 * inflateCost) // less than comes out of it
	if _, ok := gzipExtent(t.Context(), bytes.NewReader(one), int64(len(one)), func(n int64) bool { left -= n; return left >= 0 }); ok {
		t.Error("too much work, and an end is known")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := gzipExtent(ctx, bytes.NewReader(one), int64(len(one)), func(int64) bool { return true }); ok {
		t.Error("cancelled, and an end is known")
	}
}

// TestCarveUse lays the template of a row.
func TestCarveUse(t *testing.T) {
	data, files := plant(t)
	i := slices.IndexFunc(files, func(p planted) bool { return p.name == "png" })
	e := over(data)
	defer e.Close()
	if _, err := run(t, e, "carve png"); err != nil {
		t.Fatal(err)
	}
	l := e.List("carved")
	row := int64(-1)
	for k := range l.Len() {
		if r := l.Row(k); r.Lead != "png" {
			t.Errorf("a row of %s", r.Lead)
		} else if r.Range == files[i].Range {
			row = k
		}
	}
	if row < 0 {
		t.Fatal("not found")
	}
	e.ChooseRow("carved", row)
	if e.Selection() != files[i].Range {
		t.Errorf("selected %v, want %v", e.Selection(), files[i].Range)
	}
	if _, err := run(t, e, "list-use"); err != nil {
		t.Fatal(err)
	}
	if o := e.Overlays(); len(o) != 1 || o[0].Region != files[i].Range || o[0].Name() != "png" {
		t.Errorf("overlays: %v", o)
	}
}

// TestCarveFalse: magics with nonsense behind them are left out, and counted.
func TestCarveFalse(t *testing.T) {
	r := seeded(t)
	data := make([]byte, 200_000)
	for i := range data {
		data[i] = byte(r.Uint32())
	}
	for i := range 500 {
		copy(data[i*400:], "\x89PNG\r\n\x1a\n") // the length of the chunk that follows is random
		copy(data[i*400+200:], "\x7fELF")
	}
	for _, unsound := range []bool{false, true} {
		c, err := NewCarver([]string{"png", "elf"}, TemplateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		doc := mmapdoc.FromBytes("noise", data)
		l := &CarvedList{Unsound: unsound}
		if err := c.Run(t.Context(), doc.Snapshot(), mmapdoc.Range{End: doc.Size()}, new(atomic.Int64), l.Add); err != nil {
			t.Fatal(err)
		}
		if n := l.Len(); unsound && n+0 < 1000 || !unsound && n > 100 {
			t.Errorf("unsound %t: %d found, %d dismissed", unsound, n, l.Dismissed())
		}
	}
}

// TestCarveOwn: a template of the user's is looked for by its magic, which may stand behind the start of the file.
func TestCarveOwn(t *testing.T) {
	folder := t.TempDir()
	text := "meta:\n  id: own\n-hexlay:\n  magic: {at: 3, hex: 'c0 (de|ff) ?1'}\nseq:\n  - id: head\n    size: 3\n  - id: magic\n    size: 3\n  - id: len\n    type: u1\n  - id: body\n    size: len\n"
	if err := os.WriteFile(filepath.Join(folder, "own.ksy"), []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "broken.ksy"), []byte("meta: ["), 0o666); err != nil {
		t.Fatal(err)
	}
	data := []byte("....abc\xc0\xff\x41\x05hello....\xc0\xde")
	e := over(data)
	defer e.Close()
	e.Templates.Folder = folder
	for _, line := range []string{"carve own", "carve", "carve own @2:20"} {
		if _, err := run(t, e, line); err != nil {
			t.Fatal(line, err)
		}
		l := e.List("carved")
		if r := l.Row(0); l.Len() != 1 || r.Lead != "own" || r.Range != (mmapdoc.Range{Start: 4, End: 16}) || r.Text != "12 bytes" {
			t.Errorf("%s: %d rows, %+v", line, l.Len(), r)
		}
	}
	for line, want := range map[string]string{"carve broken": "broken", "carve nosuch": "there is no template", "carve dns": "no magic", "carve png": "no file of a known format"} {
		if _, err := run(t, e, line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestCarveHostile: a file made of magics alone costs bounded work, and carving it ends when it is cancelled.
func TestCarveHostile(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	data := bytes.Repeat([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x10IHDR"), 1<<16)
	c, err := NewCarver([]string{"png"}, TemplateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	doc := mmapdoc.FromBytes("magics", data)
	ctx, cancel := context.WithCancel(t.Context())
	n := 0
	err = c.Run(ctx, doc.Snapshot(), mmapdoc.Range{End: doc.Size()}, new(atomic.Int64), func(Carved) error {
		if n++; n == 20 {
			cancel()
		}
		return nil
	})
	if err == nil || n > 20+8 {
		t.Errorf("%d looked at, %v", n, err)
	}
	l := new(CarvedList)
	full := error(nil)
	for i := range int64(maxCarved + 10) {
		if full = l.Add(Carved{Template: "x", Range: mmapdoc.Range{Start: 2 * i, End: 2*i + 1}, Sound: true}); full != nil {
			break
		}
	}
	if full != ErrStop || l.Len() != maxCarved {
		t.Errorf("%d rows, %v", l.Len(), full)
	}
}

// TestCarvedList: what lies in a sound file of the same format is a part of it, whichever comes first.
func TestCarvedList(t *testing.T) {
	r := seeded(t)
	outer := Carved{Template: "a", Range: mmapdoc.Range{Start: 10, End: 100}, Ends: true, Sound: true}
	all := []Carved{outer}
	for i := range int64(8) {
		all = append(all, Carved{Template: "a", Range: mmapdoc.Range{Start: 20 + i*10, End: 25 + i*10}, Sound: true}, Carved{Template: "b", Range: mmapdoc.Range{Start: 20 + i*10, End: 25 + i*10}, Sound: true})
	}
	all = append(all, Carved{Template: "a", Range: mmapdoc.Range{Start: 100, End: 120}, Sound: true}, Carved{Template: "a", Range: mmapdoc.Range{Start: 3, End: 10}})
	for range 50 {
		r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		l := new(CarvedList)
		for _, c := range all {
			if err := l.Add(c); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		for _, c := range l.All() {
			got = append(got, fmt.Sprintf("%s%d", c.Template, c.Range.Start))
		}
		if s := strings.Join(got, " "); s != "a10 b20 b30 b40 b50 b60 b70 b80 b90 a100" || l.Dismissed() != 1 {
			t.Fatalf("%s, %d dismissed", s, l.Dismissed())
		}
	}
}

// TestCarveZip: archives among each other and noise, with comments, empty, and one whose end is cut off.
func TestCarveZip(t *testing.T) {
	r := seeded(t)
	archive := func(entries int, comment string) []byte {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		for i := range entries {
			w, err := z.Create(fmt.Sprintf("folder/file%d", i))
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(w, strings.Repeat("text ", r.IntN(100)), r.Uint64())
		}
		if err := z.SetComment(comment); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	var data []byte
	var want []mmapdoc.Range
	for _, b := range [][]byte{archive(3, ""), archive(200, "a comment"), archive(0, ""), archive(1, strings.Repeat("long ", 10_000)), archive(20, "")} {
		for range r.IntN(500) {
			data = append(data, byte(r.Uint32())|1) // no "PK" by chance
		}
		want = append(want, mmapdoc.Range{Start: int64(len(data)), End: int64(len(data) + len(b))})
		data = append(data, b...)
	}
	cut := archive(5, "")
	data = append(data, cut[:len(cut)-100]...)
	c, err := NewCarver([]string{"zip"}, TemplateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	doc := mmapdoc.FromBytes("archives", data)
	l := new(CarvedList)
	if err := c.Run(t.Context(), doc.Snapshot(), mmapdoc.Range{End: doc.Size()}, new(atomic.Int64), l.Add); err != nil {
		t.Fatal(err)
	}
	var got []mmapdoc.Range
	for _, c := range l.All() {
		if c.Ends {
			got = append(got, c.Range)
		} else if c.Range.Start < want[len(want)-1].End {
			t.Errorf("an entry at %d is taken for an archive", c.Range.Start)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("found\n%v\nwant\n%v", got, want)
	}
}

// TestCarveSparse: holes are jumped over, so that terabytes of them take no time.
func TestCarveSparse(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	png, err := os.ReadFile("../templates/png/sample.png")
	if err != nil {
		t.Fatal(err)
	}
	const at = 3<<40 + 5
	if err := f.Truncate(4 << 40); err != nil {
		t.Skip("no sparse files here:", err)
	}
	if _, err := f.WriteAt(png, at); err != nil {
		t.Fatal(err)
	}
	f.Close()
	d, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if d.Snapshot().NextData(0).Start == 0 {
		t.Skip("holes are not told from data here")
	}
	c, err := NewCarver(nil, TemplateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	l := new(CarvedList)
	var n atomic.Int64
	if err := c.Run(t.Context(), d.Snapshot(), mmapdoc.Range{End: d.Size()}, &n, l.Add); err != nil {
		t.Fatal(err)
	}
	if all := l.All(); len(all) != 1 || all[0].Range != (mmapdoc.Range{Start: at, End: at + int64(len(png))}) || n.Load() != d.Size() {
		t.Errorf("found %v; progress %d of %d", all, n.Load(), d.Size())
	}
}
