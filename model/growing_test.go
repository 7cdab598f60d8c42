package model

import (
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"hexlay/mmapdoc"
)

// await carries out watches until done says so.
func await(t *testing.T, e *Editor, eff Effect, done func() bool) {
	t.Helper()
	for deadline := time.After(30 * time.Second); !done(); {
		w, ok := firstWatch(eff)
		if !ok {
			t.Fatalf("nothing is waited for any more: %#v", eff)
		}
		select {
		case <-w.C:
			var err error
			if eff, err = w.Then(e); err != nil {
				t.Fatal(err)
			}
		case <-deadline:
			t.Fatal("what was waited for did not come")
		}
	}
}

func firstWatch(eff Effect) (Watch, bool) {
	switch eff := eff.(type) {
	case Watch:
		return eff, true
	case Effects:
		for _, x := range eff {
			if w, ok := firstWatch(x); ok {
				return w, true
			}
		}
	}
	return Watch{}, false
}

// TestReceive: bytes come into the document as they arrive; the cursor stays at the end when it is followed, and else
// where it is.
func TestReceive(t *testing.T) {
	doc, tail := mmapdoc.NewTail("wire")
	e := New(doc)
	defer e.Close()
	eff := e.Receive()
	send := func(s string) {
		t.Helper()
		if _, err := io.WriteString(tail, s); err != nil {
			t.Fatal(err)
		}
	}
	send("hello")
	if e.Size() != 0 || !e.Receiving() {
		t.Errorf("%d bytes, receiving %v", e.Size(), e.Receiving())
	}
	await(t, e, eff, func() bool { return e.Size() == 5 })
	if e.Cursor() != 0 {
		t.Errorf("the cursor went to %d", e.Cursor())
	}
	must(t, e, "follow")
	eff = e.Receive()
	send(", world")
	await(t, e, eff, func() bool { return e.Size() == 12 })
	if e.Cursor() != 12 || !e.Following() {
		t.Errorf("the cursor is at %d of 12", e.Cursor())
	}
	must(t, e, "goto 3")
	eff = e.Receive()
	send("!")
	tail.End(errors.New("connection reset"))
	await(t, e, eff, func() bool { return !e.Receiving() && e.Size() == 13 })
	if e.Cursor() != 3 {
		t.Errorf("the cursor went to %d", e.Cursor())
	}
	if got := e.Notice().Text; got != "wire has ended after 13 bytes: connection reset" {
		t.Errorf("%q", got)
	}
}

// TestFollowFile: what another program appends is taken only when that is wanted, and not into unsaved changes.
func TestFollowFile(t *testing.T) {
	e, path := protected(t, pattern5000())
	appendTo := func(s string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := io.WriteString(f, s); err != nil {
			t.Fatal(err)
		}
	}
	eff := e.watchOutside()
	appendTo("one")
	notice(t, e, eff)
	if e.Size() != 5000 {
		t.Error("taken unasked")
	}
	offered := func() string {
		for _, c := range question(t, e, "outside").Choices {
			if c.Command == "follow" {
				return c.Command
			}
		}
		return ""
	}
	if offered() == "" {
		t.Fatal("that it can be taken is not among the answers")
	}
	if _, err := run(t, e, offered()); err != nil {
		t.Fatal(err)
	}
	if e.Size() != 5003 || e.Outside().Deed != mmapdoc.Unchanged || e.Cursor() != 5003 {
		t.Fatalf("%d bytes, %v, cursor %d", e.Size(), e.Outside(), e.Cursor())
	}
	eff = e.watchOn()
	appendTo("two")
	await(t, e, eff, func() bool { return e.Size() == 5006 })
	if e.Cursor() != 5006 || e.Outside().Deed != mmapdoc.Unchanged || e.Document().Modified() {
		t.Errorf("cursor %d, %v", e.Cursor(), e.Outside())
	}
	must(t, e, "goto 0", "overwrite 01")
	eff = e.watchAgain()
	appendTo("three")
	notice(t, e, eff)
	if e.Size() != 5006 || e.Outside().Deed != mmapdoc.Grew {
		t.Errorf("%d bytes, %v", e.Size(), e.Outside())
	}
	if offered() != "" {
		t.Error("it is offered to take what would go into unsaved changes")
	}
}

// TestGrowingCapture: a capture that grows faster than it is indexed is indexed on from where the index is, and not from its start
// again and again.
func TestGrowingCapture(t *testing.T) {
	b, err := os.ReadFile("../templates/pcap/little.pcap")
	if err != nil {
		t.Fatal(err)
	}
	doc, tail := mmapdoc.NewTail("wire")
	e := New(doc)
	defer e.Close()
	grow := func(b []byte) {
		t.Helper()
		if _, err := tail.Write(b); err != nil {
			t.Fatal(err)
		}
		doc.Grow()
	}
	grow(b[:200])
	c := e.Capture()
	if c == nil {
		t.Fatal("no capture")
	}
	first := c.index
	for i := 200; i < len(b); i += 90 {
		j := e.IndexJob()
		if j == nil {
			t.Fatalf("at %d: nothing is indexed", i)
		}
		e.StartJob(j)
		grow(b[i:min(i+90, len(b))])
		if e.IndexJob() != nil {
			t.Fatalf("at %d: the index begins again, over one that is being made", i)
		}
		j.Wait()
		if _, err := e.Finish(j); err != nil {
			t.Fatal(err)
		}
	}
	if j := e.IndexJob(); j != nil {
		e.StartJob(j).Wait()
		e.Finish(j)
	}
	if c.index != first || c.Rows() != 7 {
		t.Errorf("%d packets, in the same index: %v", c.Rows(), c.index == first)
	}
}
