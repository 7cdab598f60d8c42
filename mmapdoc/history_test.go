package mmapdoc

import (
	"slices"
	"strings"
	"testing"
)

// TestTyping runs scripts of edits and compares the texts that undo goes through, from the last to the first, and that
// redo then comes back by. Edits: "i3:abc" types abc at 3, "o3:a" overwrites, "x3" deletes a byte, "!" before an edit means
// Alone; "(" and ")" are Begin and End, "u" and "r" Undo and Redo, "s" a save.
func TestTyping(t *testing.T) {
	for _, c := range []struct{ name, script, want string }{
		{"insert", "i2:a i3:b i4:c", "01abc23456789 0123456789"},
		{"overwrite", "o2:a o3:b o4:c", "01abc56789 0123456789"},
		{"insert after overwrite", "o2:a i3:b", "01ab3456789 0123456789"},
		{"elsewhere", "i2:a i5:b", "01a23b456789 01a23456789 0123456789"},
		{"alone", "!i2:a !i3:b", "01ab23456789 01a23456789 0123456789"},
		{"typed after alone", "!i2:a i3:b i4:c", "01abc23456789 01a23456789 0123456789"},
		{"alone after typed", "i2:a !i3:b", "01ab23456789 01a23456789 0123456789"},
		{"backspace", "x5 x4 x3", "0126789 0123456789"},
		{"delete key", "x5 x5 x5", "0123489 0123456789"},
		{"delete both ways", "x5 x5 x4 x3", "012789 0123456789"},
		{"deletes apart", "x5 x2", "01346789 012346789 0123456789"},
		{"delete after typing", "i2:a x3", "01a3456789 01a23456789 0123456789"},
		{"backspace after typing", "i2:a i3:b x3", "01a23456789 01ab23456789 0123456789"},
		{"typing after delete", "x2 i2:a", "01a3456789 013456789 0123456789"},
		{"second digit", "o2:a o2:b o3:c o3:d", "01bd456789 0123456789"},
		{"second digit of an insertion", "i2:a o2:b i3:c o3:d", "01bd23456789 0123456789"},
		{"third digit", "o2:a o2:b o2:c", "01c3456789 0123456789"},
		{"first byte of a typed run again", "i2:ab o2:c", "01cb23456789 01ab23456789 0123456789"},
		{"a group is one step", "( i2:a i5:b )", "01a23b456789 0123456789"},
		{"nested groups", "( i2:a ( i5:b ) ( ) x0 )", "1a23b456789 0123456789"},
		{"empty groups", "( ) ( ( ) )", "0123456789"},
		{"end without begin", ") i2:a )", "01a23456789 0123456789"},
		{"not into a group", "i2:a ( i3:b )", "01ab23456789 01a23456789 0123456789"},
		{"not out of a group", "( i2:a ) i3:b", "01ab23456789 01a23456789 0123456789"},
		{"not across an empty group", "i2:a ( ) i3:b", "01ab23456789 01a23456789 0123456789"},
		{"not across undo and redo", "i2:a u r i3:b", "01ab23456789 01a23456789 0123456789"},
		{"not after an undo", "i2:a i5:b u i3:c", "01ac23456789 01a23456789 0123456789"},
		{"not across a save", "i2:a s i3:b", "01ab23456789 01a23456789 0123456789"},
		{"no undo in a group", "i2:a ( u i5:b )", "01a23b456789 01a23456789 0123456789"},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := FromBytes("x", []byte("0123456789"))
			for _, e := range strings.Fields(c.script) {
				typeScript(t, d, e)
			}
			want := strings.Fields(c.want)
			var got []string
			for ok := true; ok; _, ok = d.Undo() {
				got = append(got, string(content(t, d.Snapshot())))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("undo: %q, expected %q", got, want)
			}
			slices.Reverse(want)
			got = nil
			for ok := true; ok; _, ok = d.Redo() {
				got = append(got, string(content(t, d.Snapshot())))
			}
			if !slices.Equal(got, want) {
				t.Fatalf("redo: %q, expected %q", got, want)
			}
		})
	}
}

func typeScript(t *testing.T, d *Document, e string) {
	t.Helper()
	join := Typed
	if e[0] == '!' {
		join, e = Alone, e[1:]
	}
	place, text, _ := strings.Cut(e[1:], ":")
	var off, del int64
	for _, c := range place {
		off = off*10 + int64(c-'0')
	}
	switch e[0] {
	case '(':
		d.Begin()
		return
	case ')':
		d.End()
		return
	case 'u':
		d.Undo()
		return
	case 'r':
		d.Redo()
		return
	case 's':
		s := d.Snapshot()
		d.rebase(s, bytesStore(content(t, s)), d.Info())
		return
	case 'o':
		del = int64(len(text))
	case 'x':
		del = 1
	}
	if err := d.Splice(off, del, []byte(text), join); err != nil {
		t.Fatal(err)
	}
}

// TestTypingIsOnePiece: typed characters that follow each other are one piece and one edit, whoever looks in between.
func TestTypingIsOnePiece(t *testing.T) {
	d := FromBytes("x", make([]byte, 10))
	for i := range int64(1000) {
		d.Splice(5+i, 0, []byte{byte(i)}, Typed)
		d.Snapshot()
	}
	if n := countPieces(d.tree); n != 3 || d.undo.n != 1 {
		t.Fatalf("%d pieces and %d edits, expected 3 and 1", n, d.undo.n)
	}
}

func TestChange(t *testing.T) {
	edits := func(d *Document, n int) {
		for i := range int64(n) {
			d.Splice(10+3*i, 1, []byte("xy"), Alone)
		}
	}
	for _, c := range []struct {
		name string
		do   func(d *Document)
		undo Change
	}{
		{"insert", func(d *Document) { d.Splice(7, 0, []byte("abc"), Alone) }, Change{7, 3, 0}},
		{"delete", func(d *Document) { d.Splice(7, 5, nil, Alone) }, Change{7, 0, 5}},
		{"replace", func(d *Document) { d.Splice(7, 5, []byte("abc"), Alone) }, Change{7, 3, 5}},
		{"small group", func(d *Document) { d.Begin(); edits(d, 3); d.End() }, Change{10, 8, 5}},
		{"large group", func(d *Document) { d.Begin(); edits(d, 30); d.End() }, Change{10, 89, 59}},
		{"group going back", func(d *Document) {
			d.Begin()
			d.Splice(50, 2, nil, Alone)
			d.Splice(20, 0, []byte("abc"), Alone)
			d.End()
		}, Change{20, 33, 32}},
	} {
		d := FromBytes("x", make([]byte, 100))
		c.do(d)
		got, ok := d.Undo()
		if !ok || got != c.undo {
			t.Errorf("%s: undo touched %+v, expected %+v", c.name, got, c.undo)
		}
		back := Change{c.undo.Off, c.undo.Inserted, c.undo.Removed}
		if got, ok := d.Redo(); !ok || got != back {
			t.Errorf("%s: redo touched %+v, expected %+v", c.name, got, back)
		}
	}
}

func TestModified(t *testing.T) {
	d := FromBytes("x", []byte("0123456789"))
	want := func(what string, modified bool) {
		t.Helper()
		if d.Modified() != modified {
			t.Fatalf("%s: Modified is %v", what, !modified)
		}
	}
	want("fresh", false)
	typeScript(t, d, "i2:a")
	want("edited", true)
	d.Undo()
	want("undone", false)
	d.Redo()
	typeScript(t, d, "s")
	want("saved", false)
	d.Undo()
	want("before the saved state", true)
	typeScript(t, d, "i5:b")
	d.Undo()
	want("the saved state was dropped", true)
	typeScript(t, d, "i1:c")
	s := d.Snapshot()
	d.seal()
	typeScript(t, d, "i2:d")
	d.rebase(s, bytesStore(content(t, s)), d.Info())
	want("edited while the save ran", true)
	if got := d.Snapshot().Changed(Range{0, d.Size()}, nil); !slices.Equal(got, []Range{{2, 3}}) {
		t.Fatalf("changed %v while the save ran, expected [2,3)", got)
	}
	d.Undo()
	want("undone what was edited while the save ran", false)
	if got := d.Snapshot().Changed(Range{0, d.Size()}, nil); got != nil {
		t.Fatalf("changed %v in the saved state", got)
	}
}
