package model

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

const recordsTemplate = `
meta:
  id: recs
seq:
  - id: records
    type: record
    repeat: until
    repeat-until: _.len == 0xff
  - id: trailer
    type: u1
types:
  record:
    seq:
      - {id: len, type: u1}
      - {id: body, size: 'len == 0xff ? 0 : len'}
`

// longList is many records of different lengths, the last one's mark and a trailer.
func longList(n int) []byte {
	var b []byte
	for i := range n {
		b = append(b, byte(i%7))
		for range i % 7 {
			b = append(b, byte(i))
		}
	}
	return append(b, 0xff, 42)
}

// TestWalkInTheBackground: a look shows the beginning of a long list at once, a walk finds its end while looks go in between, and
// then everything is there.
func TestWalkInTheBackground(t *testing.T) {
	const n = 60_000
	doc := longList(n)
	e := over(doc)
	defer e.Close()
	e.Resize(40, 16)
	lines(t, e, "overlay "+template(t, "recs", recordsTemplate)+" @0")
	look := Look{Window: e.Window(), Cursor: e.Cursor(), Rows: 20}
	once := func() *Job { // looks without letting the walk go on
		j := e.StartJob(e.Look(look))
		j.Wait()
		eff, err := e.Finish(j)
		if err != nil {
			t.Fatal(err)
		}
		if eff == nil {
			return nil
		}
		return eff.(Start).Job
	}
	walk := once()
	s := e.Sight()
	if walk == nil || !s.Reading {
		t.Fatal("nobody goes on reading")
	}
	records := rowNamed(t, s.Rows, "records")
	if !strings.HasSuffix(records.Value, "… elements") || strings.HasPrefix(records.Value, Grouped(n)) {
		t.Errorf("before the walk: %q", records.Value)
	}
	e.outlineStamp++
	// By hand, slice by slice: a look in between sees how it grows.
	grown := 0
	for i := 0; ; i++ {
		before := o1(e)
		_, more, err := e.outline.readOn(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if after := o1(e); after > before {
			grown++
		}
		if !more {
			break
		}
		if i == 0 {
			e.outlineStamp++
			if again := once(); again == nil {
				t.Error("a look in between finds nothing left")
			}
		}
	}
	if grown == 0 {
		t.Error("the list did not grow")
	}
	e.outlineStamp++
	once()
	records = rowNamed(t, e.Sight().Rows, "records")
	if want := Grouped(n+1) + " elements"; records.Value != want {
		t.Errorf("after the walk: %q, want %q", records.Value, want)
	}
	if r := rowNamed(t, e.Sight().Rows, "trailer"); r.Value != "42 (0x2a)" {
		t.Errorf("what lies behind: %+v", r)
	}
}

// o1 is how many records are known.
func o1(e *Editor) int64 {
	n, err := e.outline.trees[0].top.node.child(0)
	if err != nil {
		return -1
	}
	count, _ := n.kids()
	return count
}

// TestWalkCancelled: Esc ends it, and it does not begin again by itself.
func TestWalkCancelled(t *testing.T) {
	e := over(longList(200_000))
	defer e.Close()
	e.Resize(40, 16)
	lines(t, e, "overlay "+template(t, "recs", recordsTemplate)+" @0")
	look := func() Effect {
		j := e.Look(Look{Window: e.Window(), Cursor: e.Cursor(), Rows: 20})
		if j == nil {
			return nil
		}
		j = e.StartJob(j)
		j.Wait()
		eff, err := e.Finish(j)
		if err != nil {
			t.Fatal(err)
		}
		return eff
	}
	walk, ok := look().(Start)
	if !ok {
		t.Fatal("no walk begins")
	}
	e.jobs.running[walkKind] = walk.Job
	if e.Look(Look{Window: e.Window(), Cursor: e.Cursor(), Rows: 20}) != nil {
		t.Error("that a walk has begun is no reason to look again")
	}
	delete(e.jobs.running, walkKind)
	j := e.StartJob(walk.Job)
	if !e.CancelJobs() {
		t.Fatal("nothing is cancelled")
	}
	j.Wait()
	if !errors.Is(j.err, context.Canceled) {
		t.Skip("the walk was done before it could be cancelled")
	}
	e.Finish(j)
	for range 3 {
		if eff := look(); eff != nil {
			t.Fatal("it begins again by itself")
		}
	}
	lines(t, e, "node-next")
	if _, ok := look().(Start); !ok {
		t.Error("after a command it does not go on")
	}
}

// TestEditUnderALongList: with the tree open near the end of a long list, an edit there is shown as a fresh tree would, and the
// list is not walked from its beginning again.
func TestEditUnderALongList(t *testing.T) {
	const n = 60_000
	doc := longList(n)
	e := over(doc)
	defer e.Close()
	e.Resize(40, 16)
	lines(t, e, "overlay "+template(t, "recs", recordsTemplate)+" @0", fmt.Sprintf("node-goto records[%d].body", n-10))
	sight(t, e, 0, 20, true)
	tree := e.outline.trees[0].laid.(*ksyLaid).Tree
	for i := range 5 {
		off := int64(len(doc) - 400 + 5*i)
		lines(t, e, fmt.Sprintf("goto %d", off))
		if err := e.splice(off, 1, []byte{byte(i)}, 0); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		j := e.StartJob(e.Look(Look{Window: e.Window(), Cursor: e.Cursor(), Rows: 20, Reveal: true}))
		j.Wait()
		if _, err := e.Finish(j); err != nil {
			t.Fatal(err)
		}
		t.Logf("the first look after the edit took %v", time.Since(began))
		fresh := over(bytesOf(t, e))
		fresh.Resize(40, 16)
		lines(t, fresh, "overlay "+template(t, "recs", recordsTemplate)+" @0", fmt.Sprintf("goto %d", e.Cursor()), "node-here")
		if want := sight(t, fresh, 0, 30, true).Path; e.Sight().Path != want || want == "" && i == 0 {
			t.Errorf("the path is %q, of a fresh tree %q", e.Sight().Path, want)
		}
		fresh.Close()
	}
	if e.outline.trees[0].laid.(*ksyLaid).Tree != tree {
		t.Error("the tree was laid anew")
	}
}

func bytesOf(t testing.TB, e *Editor) []byte {
	t.Helper()
	b := make([]byte, e.Size())
	if n, err := e.Snapshot().ReadAt(b, 0); int64(n) != e.Size() {
		t.Fatal(err)
	}
	return b
}
