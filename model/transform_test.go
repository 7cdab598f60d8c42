package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/overlay/transform"
)

// TestTransformRandom does random operations on random selections, and compares with the same operations on plain bytes;
// undo and redo go through all the states again.
func TestTransformRandom(t *testing.T) {
	r := seeded(t)
	lines := []string{"xor 12 34 56", "and 7f", "or 80", "add u2le = i", "subtract ff 01", "fill = off + b", "fill ab cd", "shift-bits left 11", "rotate-bits right 3",
		"invert", "reverse-bytes", "reverse-bits", "swap-bytes 2", "random seed", "encode base64", "encode zlib", "encode zstd", "encode hex", "decode hex", "decode url"}
	plain := make([]byte, 4000)
	for i := range plain {
		plain[i] = "0123456789abcdef"[r.IntN(16)]
	}
	e := over(bytes.Clone(plain))
	defer e.Close()
	states := [][]byte{bytes.Clone(plain)}
	for range 200 {
		if len(plain) > 100_000 {
			break
		}
		start := int64(r.IntN(len(plain)))
		sel := mmapdoc.Range{Start: start, End: start + 1 + int64(r.IntN(len(plain)-int(start)))}
		line := lines[r.IntN(len(lines))]
		name, args, _ := strings.Cut(line, " ")
		op, err := transform.Parse(name, args)
		if err != nil {
			t.Fatal(err)
		}
		var want bytes.Buffer
		res, err := op.Open(bytes.NewReader(plain[sel.Start:sel.End]), sel.Len(), sel.Start)
		if err == nil {
			_, err = want.ReadFrom(res)
		}
		e.Select(sel)
		_, got := run(t, e, line)
		if (got == nil) != (err == nil) {
			t.Fatalf("%s of %v: %v, alone %v", line, sel, got, err)
		}
		if err == nil {
			plain = append(append(append([]byte(nil), plain[:sel.Start]...), want.Bytes()...), plain[sel.End:]...)
			states = append(states, plain)
		}
		if !bytes.Equal(contents(t, e), plain) {
			t.Fatalf("%s of %v: other bytes than done alone", line, sel)
		}
	}
	for i := len(states) - 2; i >= 0; i-- {
		run(t, e, "undo")
		if !bytes.Equal(contents(t, e), states[i]) {
			t.Fatalf("undo %d does not bring back the bytes", i)
		}
	}
	for i := 1; i < len(states); i++ {
		run(t, e, "redo")
		if !bytes.Equal(contents(t, e), states[i]) {
			t.Fatalf("redo %d does not bring back the bytes", i)
		}
	}
}

// TestTransformLarge: results that do not go with typed bytes are undone and saved like others.
func TestTransformLarge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	data := bytes.Repeat([]byte("0123456789abcdef"), (smallResult+40<<20)/16) // more than is spooled in memory
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	d, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	e := New(d)
	defer e.Close()
	want := bytes.Clone(data)
	for i := 1; i < len(want)-1; i++ {
		want[i] ^= 0x5a
	}
	for _, line := range []string{fmt.Sprintf("select 1..%d", len(data)-1), "xor 5a"} {
		if _, err := run(t, e, line); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(contents(t, e), want) {
		t.Fatal("xor of 41 MiB is wrong")
	}
	run(t, e, "undo")
	if !bytes.Equal(contents(t, e), data) {
		t.Fatal("undo does not bring back the bytes")
	}
	run(t, e, "redo")
	if _, err := run(t, e, "save"); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || !bytes.Equal(b, want) {
		t.Fatal("the saved file has other bytes", err)
	}
	run(t, e, "undo")
	if !bytes.Equal(contents(t, e), data) {
		t.Fatal("undo after the save does not bring back the bytes")
	}
}

// TestTransformHuge: a fill of terabytes costs nothing, and what cannot be held is refused before anything is read.
func TestTransformHuge(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	const size = 4 << 40
	if err := f.Truncate(size); err != nil {
		t.Skip("no sparse files here:", err)
	}
	f.Close()
	d, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	e := New(d)
	defer e.Close()
	if _, err := run(t, e, "select-all"); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, e, "fill de ad be"); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 4)
	if _, err := e.Snapshot().ReadAt(b, 3<<40); err != nil || !bytes.Equal(b, append([]byte{0xde, 0xad, 0xbe}[(3<<40)%3:], []byte{0xde, 0xad, 0xbe}[:4-(3-(3<<40)%3)]...)) {
		t.Errorf("filled with % x, %v", b, err)
	}
	if text := e.Preview("reverse-bytes "); text != "" {
		t.Errorf("a preview of no arguments: %s", text)
	}
	if text := e.Preview("rotate-bits left 4"); text != "4,398,046,511,104 bytes at 0x0: de ad be de ad be de ad… → ea db ed ea db ed ea db…" {
		t.Errorf("preview: %s", text)
	}
	if _, free, ok := mmapdoc.SpoolSpace(); ok && free < size {
		if _, err := run(t, e, "xor 5a"); err == nil || !strings.Contains(err.Error(), "need as much room") {
			t.Errorf("xor of 4 TiB: %v", err)
		}
	}
}

// TestTransformStale: a result for a document that has changed meanwhile is not used, and a cancelled one leaves nothing.
func TestTransformStale(t *testing.T) {
	e := over(make([]byte, 100))
	defer e.Close()
	e.Select(mmapdoc.Range{End: 50})
	eff, err := e.Do("xor ff")
	if err != nil {
		t.Fatal(err)
	}
	j := e.StartJob(eff.(Start).Job)
	j.Wait()
	if err := e.Patch(99, []byte{1}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Finish(j); err == nil || !strings.Contains(err.Error(), "changed meanwhile") {
		t.Errorf("a stale result: %v", err)
	}
	if b := contents(t, e); b[0] != 0 || b[99] != 1 {
		t.Errorf("a stale result was used: % x", b)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	op, _ := transform.Parse("invert", "")
	if d, err := Transform(ctx, op, e.Snapshot(), mmapdoc.Range{End: 100}, new(atomic.Int64)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v, %v", d, err)
	}
}

func TestPreview(t *testing.T) {
	e := over([]byte("hello, world"))
	defer e.Close()
	e.Select(mmapdoc.Range{End: 12})
	for line, want := range map[string]string{
		"xor 20":          "12 bytes at 0x0: 68 65 6c 6c 6f 2c 20 77… → 48 45 4c 4c 4f 0c 00 57…",
		"encode base64":   "12 bytes at 0x0: 68 65 6c 6c 6f 2c 20 77… → 61 47 56 73 62 47 38 73…",
		"xor zz":          "xor: ",
		"xor":             "",
		"swap-bytes 8":    "swap-bytes: a size of 12 is not a whole number of units of 8 bytes",
		"decode zlib":     "zlib: the header 6865 does not check",
		"nonsense":        "",
		"goto 3":          "",
		"encode nonsense": `encode: "nonsense" is not one of`,
		"shift-bits left": "shift-bits: ",
	} {
		if got := e.Preview(line); got != want && (want == "" || !strings.HasPrefix(got, want)) {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// TestTextWithoutClosingQuote: in every command that takes bytes, text may go to the end of the line.
func TestTextWithoutClosingQuote(t *testing.T) {
	for line, want := range map[string]string{
		`insert "ab `:             "ab ....needle....",
		`overwrite 'ab`:           "ab..needle....",
		`fill "a `:                "a a needle....",
		`xor "\x01\x02`:           "/,/,needle....",
		`replace 6e 65 => "x y`:   "....x yedle....",
		`replace "needle => "x y`: "....x y....",
		`replace 'ne => 'x`:       "....xedle....",
		`replace b"ne => b"x`:     "....xedle....",
	} {
		e := over([]byte("....needle...."))
		if !strings.HasPrefix(line, "replace") && !strings.HasPrefix(line, "insert") && !strings.HasPrefix(line, "over") {
			e.Select(mmapdoc.Range{Start: 0, End: 4})
		}
		_, err := run(t, e, line)
		if err == nil && strings.HasPrefix(line, "replace") {
			_, err = run(t, e, "replace-all")
		}
		if got := string(contents(t, e)); err != nil || got != want {
			t.Errorf("%s: %q, %v; want %q", line, got, err, want)
		}
		if _, err := run(t, e, "undo"); err != nil || string(contents(t, e)) != "....needle...." {
			t.Errorf("%s: not undone in one step: %q, %v", line, contents(t, e), err)
		}
		e.Close()
	}
	e := over([]byte("....needle...."))
	defer e.Close()
	if _, err := run(t, e, "replace 6e => 'x\\q"); err == nil || !strings.Contains(err.Error(), "escape") {
		t.Errorf("a wrong escape in a replacement: %v", err)
	}
}
