package model

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/overlay/diff"
)

// face carries effects out as a screen does: on the editor that they are for, jobs to their end.
type face struct {
	t  *testing.T
	ed *Editor
	c  *Comparison
	// hold keeps jobs from being waited for; their ends are in wait.
	hold bool
	wait []func()
	asks []Ask
}

func (f *face) do(line string) error {
	eff, err := f.ed.Do(line)
	f.perform(f.ed, eff)
	f.refresh()
	return err
}

func (f *face) must(line string) {
	f.t.Helper()
	if err := f.do(line); err != nil {
		f.t.Fatalf("%s: %v", line, err)
	}
}

func (f *face) refresh() {
	f.t.Helper()
	for range 1000 {
		c := f.ed.Comparison()
		if c == nil {
			return
		}
		f.c = c
		eff, err := c.Refresh()
		if err != nil {
			f.t.Fatal(err)
		}
		if eff == nil {
			return
		}
		f.perform(f.ed, eff)
	}
	f.t.Fatal("the comparison has always something to do")
}

func (f *face) perform(ed *Editor, eff Effect) {
	f.t.Helper()
	switch eff := eff.(type) {
	case Effects:
		for _, x := range eff {
			f.perform(ed, x)
		}
	case Other:
		f.perform(eff.Editor, eff.Effect)
	case Go:
		f.ed = eff.Editor
	case Ask:
		f.asks = append(f.asks, eff)
	case Start:
		j := ed.StartJob(eff.Job)
		end := func() {
			j.Wait()
			next, err := ed.Finish(j)
			if err != nil {
				ed.Fail(err)
			}
			f.perform(ed, next)
			if c := f.ed.Comparison(); c != nil {
				f.c = c
			}
		}
		if f.hold {
			f.wait = append(f.wait, end)
		} else {
			end()
		}
	}
}

// release waits for the jobs that were held.
func (f *face) release() {
	f.hold = false
	for len(f.wait) > 0 {
		end := f.wait[0]
		f.wait = f.wait[1:]
		end()
	}
	f.refresh()
}

func compareFace(t *testing.T, a, b []byte) *face {
	t.Helper()
	dir := t.TempDir()
	for name, data := range map[string][]byte{"a": a, "b": b} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	doc, err := mmapdoc.Open(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	e := New(doc)
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	f := &face{t: t, ed: e}
	f.must("compare " + filepath.Join(dir, "b"))
	if f.c == nil {
		t.Fatalf("nothing is compared: %+v", e.Notice())
	}
	f.c.Resize(20, 16)
	return f
}

// right fails the test unless the list's hunks make the right side of the left one.
func (f *face) right() {
	f.t.Helper()
	c := f.c
	a, b := bytesIn(f.t, c.Side(Left)), bytesIn(f.t, c.Side(Right))
	var made []byte
	at := int64(0)
	c.Each(0, func(_ int64, p diff.Placed) bool {
		made = append(append(made, a[at:p.A.Start]...), b[p.B.Start:p.B.End]...)
		at = p.A.End
		return true
	})
	if made = append(made, a[at:]...); !bytes.Equal(made, b) {
		f.t.Fatalf("the differences make %d other bytes of the left side than the right one's %d", len(made), len(b))
	}
}

func randomPair(rnd *rand.Rand, size int) (a, b []byte) {
	a = make([]byte, size)
	for i := range a {
		a[i] = byte(rnd.Uint32())
	}
	b = slices.Clone(a)
	for range rnd.IntN(30) {
		i := rnd.IntN(len(b) + 1)
		n := min(rnd.IntN(200), len(b)-i)
		ins := make([]byte, rnd.IntN(200))
		for k := range ins {
			ins[k] = byte(rnd.Uint32())
		}
		b = slices.Replace(b, i, i+n, ins...)
	}
	return a, b
}

// TestCompareRandom edits, undoes, copies and moves at random in two random documents: the list stays right, cursors and rows
// stay inside, and copying all differences makes both equal.
func TestCompareRandom(t *testing.T) {
	rnd := seeded(t)
	for range 12 {
		a, b := randomPair(rnd, 1+rnd.IntN(30_000))
		f := compareFace(t, a, b)
		f.right()
		for range 60 {
			f.randomStep(rnd)
		}
		f.release()
		f.right()
		dir := []string{"right", "left"}[rnd.IntN(2)]
		if n, _ := f.c.Len(); n > 0 {
			f.must("copy-differences " + dir)
		}
		x, y := bytesIn(t, f.c.Side(Left)), bytesIn(t, f.c.Side(Right))
		if n, more := f.c.Len(); n != 0 || more || !bytes.Equal(x, y) {
			t.Fatalf("after copying all to the %s: %d differences, equal: %v", dir, n, bytes.Equal(x, y))
		}
		f.must("compare-again")
		if n, _ := f.c.Len(); n != 0 {
			t.Fatalf("compared again: %d differences", n)
		}
		f.must("compare-end!")
	}
}

// TestCompareCancelled: what was found stays, and the words tell that it may not be all.
func TestCompareCancelled(t *testing.T) {
	b := bytes.Repeat([]byte("0123456789abcdef"), 4096)
	other := bytes.Clone(b)
	other[5], other[40_000] = 'x', 'x'
	f := compareFace(t, b, other)
	start := func() *Job {
		t.Helper()
		eff, err := f.ed.Do("compare-again")
		if err != nil {
			t.Fatal(err)
		}
		return eff.(Other).Effect.(Start).Job
	}
	stop := func(j *Job) {
		t.Helper()
		if _, err := j.Done(f.ed, context.Canceled); err != nil {
			t.Fatal(err)
		}
	}
	j := start()
	stop(j)
	if n, more := f.c.Len(); n != 2 || more || f.c.Stopped() || f.ed.Notice().Text != "cancelled: 2 differences, as before" {
		t.Errorf("comparing again and cancelling leaves %d of 2 differences, more %v, %q", n, more, f.ed.Notice().Text)
	}
	f.right()
	if err := f.ed.splice(9, 1, []byte("y"), mmapdoc.Alone); err != nil { // no frame was drawn since
		t.Fatal(err)
	}
	j = start()
	stop(j)
	if n, more := f.c.Len(); n != 0 || !more || !f.c.Stopped() || f.ed.Notice().Text != "cancelled: no differences so far; compare-again compares all" {
		t.Errorf("after an edit: %d differences, more %v, %q", n, more, f.ed.Notice().Text)
	}
	j = start()
	if f.c.Stopped() {
		t.Error("what is going on counts as stopped")
	}
	if err := j.Run(t.Context(), new(atomic.Int64)); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Done(f.ed, nil); err != nil {
		t.Fatal(err)
	}
	if n, more := f.c.Len(); n == 0 || more || f.c.Stopped() {
		t.Errorf("at the end: %d differences, more %v", n, more)
	}
	f.right()
}

func (f *face) randomStep(rnd *rand.Rand) {
	f.t.Helper()
	c := f.c
	line := ""
	switch rnd.IntN(16) {
	case 0, 1:
		line = fmt.Sprintf("goto %d", rnd.Int64N(f.ed.Size()+1))
	case 2, 3:
		line = "overwrite " + fmt.Sprintf("%x", rnd.Uint32())[:2]
		if f.ed.Cursor() >= f.ed.Size() {
			line = "goto 0"
		}
	case 4:
		line = fmt.Sprintf("insert %08x", rnd.Uint32())
	case 5:
		line = "delete"
	case 6:
		line = "undo"
	case 7:
		line = "redo"
	case 8:
		line = "copy-difference " + []string{"right", "left"}[rnd.IntN(2)]
	case 9, 10:
		line = "next-difference"
	case 11:
		line = "previous-difference"
	case 12:
		line = "compare-switch"
	case 13:
		line = []string{"page-down", "page-up", "up", "down", "row-end", "row-start", "document-end"}[rnd.IntN(7)]
	case 14:
		line = []string{"compare-mode", "compare-again", "fill 00"}[rnd.IntN(3)]
		f.ed.Select(mmapdoc.Range{Start: f.ed.Cursor(), End: min(f.ed.Size(), f.ed.Cursor()+rnd.Int64N(500))})
	case 15:
		if f.hold = !f.hold; !f.hold {
			f.release()
		}
		return
	}
	f.do(line)
	if f.ed.Comparison() != c {
		f.t.Fatalf("%s: the comparison is gone", line)
	}
	top, rows, cols := c.Window()
	if top < 0 || top%int64(cols) != 0 || top > c.length() {
		f.t.Fatalf("%s: the screen begins at %d of %d", line, top, c.length())
	}
	for side := range 2 {
		e := c.Side(side)
		if e.Cursor() < 0 || e.Cursor() > e.Size() {
			f.t.Fatalf("%s: the cursor of side %d is at %d of %d", line, side, e.Cursor(), e.Size())
		}
		w := e.Window()
		if w.Start < 0 || w.End > e.Size() || w.Len() < 0 || w.Len() > int64(rows*cols) {
			f.t.Fatalf("%s: side %d shows %v of %d", line, side, w, e.Size())
		}
	}
	if len(f.wait) == 0 {
		f.right()
	}
}

func TestCompareSteps(t *testing.T) {
	a := make([]byte, 4000)
	for i := range a {
		a[i] = byte(i * i >> 4)
	}
	b := slices.Clone(a)
	b[100] ^= 1
	b = slices.Insert(b, 1000, 1, 2, 3, 4, 5)
	b = slices.Delete(b, 3000, 3020)
	f := compareFace(t, a, b)
	says := func(want string) {
		t.Helper()
		if got := f.ed.Notice().Text; !strings.Contains(got, want) {
			t.Errorf("says %q, want %q", got, want)
		}
	}
	if f.ed.Cursor() != 100 {
		t.Errorf("begins at %d, want the first difference at 100", f.ed.Cursor())
	}
	f.must("next-difference")
	says("difference 2 of 3: 5 bytes only on the right")
	f.must("next-difference")
	says("difference 3 of 3: 20 bytes only on the left")
	f.must("next-difference")
	says("went round to the first")
	f.must("previous-difference")
	says("went round to the last")
	f.must("previous-difference")
	says("difference 2 of 3")
	f.must("compare-switch")
	if f.ed != f.c.Side(Right) || f.ed.Cursor() != 1000 {
		t.Errorf("the other side's cursor is at %d, want 1000", f.ed.Cursor())
	}
	f.must("copy-difference left")
	says("copied 5 bytes to the left")
	if n, _ := f.c.Len(); n != 2 {
		t.Errorf("%d differences are left, want 2", n)
	}
	f.right()
	f.must("difference 2")
	f.must("copy-difference left")
	says("deleted 20 bytes on the left")
	f.must("difference 1")
	f.must("copy-difference right")
	if got, want := bytesIn(t, f.c.Side(Left)), bytesIn(t, f.c.Side(Right)); !bytes.Equal(got, want) {
		t.Error("the sides differ")
	}
	if err := f.do("next-difference"); err == nil {
		t.Error("there is a next difference")
	}
	f.must("compare-switch")
	f.must("undo") // of the left side: the 20 bytes come back
	if n, _ := f.c.Len(); n != 1 || f.c.At(0).A.Len() != 20 {
		t.Errorf("after undo: %d differences, %v", n, f.c.At(0))
	}
	f.must("compare-end")
	if f.ed != f.c.Side(Left) && len(f.asks) == 0 {
		t.Error("the changes of the right side are given up without a question")
	}
	f.asks = nil
	f.must("save") // of the right side
	path := f.c.Side(Right).Document().Info().Path
	fileIs(t, path, bytesIn(t, f.c.Side(Right)))
	f.must("compare-end")
	if len(f.asks) > 0 || f.ed.Comparison() != nil || f.ed.Document().Info().Name == filepath.Base(path) {
		t.Errorf("asks %+v, shows %s", f.asks, f.ed.Document().Info().Name)
	}
}

func TestCompareDiskAndRegions(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file\x1b[31m")
	if err := os.WriteFile(path, []byte("0123456789abcdef0123456789abcdeX"), 0o644); err != nil {
		t.Fatal(err)
	}
	doc, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	f := &face{t: t, ed: New(doc)}
	home := f.ed
	defer home.Close()
	if err := f.do("compare " + path); err == nil || !strings.Contains(err.Error(), "compare disk") {
		t.Errorf("the file with itself: %v", err)
	}
	f.must(`insert "zz"`)
	f.must("compare disk")
	if f.ed != home || f.c.Active() != Right {
		t.Error("the document is not the active right side")
	}
	if n, _ := f.c.Len(); n != 1 || f.c.At(0).B != (diff.Range{Start: 0, End: 2}) {
		t.Errorf("differences to the disk: %d, %v", n, f.c.At(0))
	}
	f.must("save")
	if n, _ := f.c.Len(); n != 1 { // the left side is what was there when it was opened
		t.Errorf("after the save %d differences", n)
	}
	f.must("compare-end")
	f.must("compare region 2:16 18:16")
	if n, _ := f.c.Len(); n != 1 || f.c.At(0).A != (diff.Range{Start: 15, End: 16}) {
		t.Errorf("differences of the regions: %d, %v", n, f.c.At(0))
	}
	f.must("copy-difference left")
	f.must("save")
	f.must("compare-end")
	if got := string(bytesIn(t, f.ed)); got != "zz0123456789abcdeX0123456789abcdeX" || len(f.asks) > 0 {
		t.Errorf("written back: %q, asks %v", got, f.asks)
	}
	// A region that was written back with another length is told with the range that it has now, and so is the one behind it.
	f.must("compare region 2:16 18:16")
	f.must(`insert "++"`)
	f.must("save")
	for side, want := range []string{" 0x2..0x14", " 0x14..0x24"} {
		if got := f.c.Label(side); !strings.HasSuffix(got, want) || f.c.Side(side).Document().Info().Name != got {
			t.Errorf("side %d is called %q and %q, want %q", side, got, f.c.Side(side).Document().Info().Name, want)
		}
	}
	f.must("compare-switch")
	f.must("goto 0")
	f.must("delete")
	f.must("save")
	if got := f.c.Label(Right); !strings.HasSuffix(got, " 0x14..0x23") {
		t.Errorf("the right side is called %q", got)
	}
	f.must("compare-end")
	if got := string(bytesIn(t, f.ed)); got != "zz++0123456789abcdeX123456789abcdeX" {
		t.Errorf("written back: %q", got)
	}
	// One region within the other: it stays within.
	f.must("compare region 0:8 2:4")
	f.must("compare-switch")
	f.must(`insert "=="`)
	f.must("save")
	if got := f.c.Label(Left) + f.c.Label(Right); !strings.Contains(got, " 0x0..0xa") || !strings.HasSuffix(got, " 0x2..0x8") {
		t.Errorf("the sides are called %q", got)
	}
	f.must("compare-end")
	for _, line := range []string{"compare region 1 2", "compare region 0:4", "compare /nowhere/at/all"} {
		if f.do(line); !f.ed.Notice().Error {
			t.Errorf("%q is not refused", line)
		}
	}
}
