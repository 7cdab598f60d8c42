package model

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/overlay/literal"
)

// twin is the plain model of an editor: bytes, cursor, selection, marks and what a document does with them, written
// again from what the commands promise.
type twin struct {
	b      []byte
	saved  []byte
	cursor int
	low    bool
	insert bool
	text   bool
	anchor int // -1: nothing is selected
	marks  map[rune]int
	clip   []byte
}

func (w *twin) selection() (lo, hi int) {
	if w.anchor < 0 {
		return w.cursor, w.cursor
	}
	lo, hi = min(w.anchor, w.cursor), max(w.anchor, w.cursor)
	return min(lo, len(w.b)), min(hi, len(w.b)-1) + 1
}

func (w *twin) target() (lo, hi int) {
	if lo, hi = w.selection(); hi > lo {
		return lo, hi
	}
	return w.cursor, min(w.cursor+1, len(w.b))
}

// splice replaces bytes; marks stay with their bytes, those of deleted bytes go to what came in their place.
func (w *twin) splice(off, del int, ins []byte) {
	w.b = append(append(bytes.Clone(w.b[:off]), ins...), w.b[off+del:]...)
	if del == len(ins) {
		return
	}
	for m, p := range w.marks {
		switch {
		case p >= off+del:
			w.marks[m] = p + len(ins) - del
		case p >= off:
			w.marks[m] = min(p, off+len(ins))
		}
	}
}

func (w *twin) moveTo(off int) {
	w.anchor, w.cursor, w.low = -1, max(0, min(off, len(w.b))), false
}

func (w *twin) collapse() {
	if w.anchor < 0 {
		return
	}
	lo, hi := w.selection()
	w.moveTo(lo)
	if w.insert {
		w.splice(lo, hi-lo, nil)
	}
}

func (w *twin) typeHex(d byte) {
	w.collapse()
	switch {
	case w.low:
		w.b = bytes.Clone(w.b)
		w.b[w.cursor] = w.b[w.cursor]&0xf0 | d
		w.cursor, w.low = w.cursor+1, false
		return
	case w.insert || w.cursor == len(w.b):
		w.splice(w.cursor, 0, []byte{d << 4})
	default:
		w.splice(w.cursor, 1, []byte{d<<4 | w.b[w.cursor]&15})
	}
	w.low = true
}

func (w *twin) write(b []byte, insert bool) {
	del := 0
	if !insert {
		del = min(len(b), len(w.b)-w.cursor)
	}
	w.splice(w.cursor, del, b)
	w.cursor, w.low = w.cursor+len(b), false
}

func (w *twin) deleteSelection() {
	lo, hi := w.selection()
	w.splice(lo, hi-lo, nil)
	w.moveTo(lo)
}

// step does one random operation on both; it gives its description.
func (w *twin) step(t *testing.T, rnd *rand.Rand, e *Editor) string {
	some := func(n int) []byte {
		b := make([]byte, 1+rnd.IntN(n))
		for i := range b {
			b[i] = byte(rnd.Uint32())
		}
		return b
	}
	do := func(line string) string {
		if _, err := run(t, e, line); err != nil && !strings.Contains(err.Error(), "nothing") && !strings.Contains(err.Error(), "behind the end") &&
			!strings.Contains(err.Error(), "the document is empty") {
			t.Fatalf("%s: %v", line, err)
		}
		return line
	}
	switch op := rnd.IntN(30); op {
	case 0, 1, 2, 3, 4:
		d := byte(rnd.IntN(16))
		if w.text { // a face types no hex in the text column
			return "nothing"
		}
		w.typeHex(d)
		if err := e.TypeHex(d); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("hex %x", d)
	case 5, 6:
		s := string("abc é漢"[rnd.IntN(4):])
		w.collapse()
		w.write([]byte(s), w.insert)
		if err := e.TypeText(s); err != nil {
			t.Fatal(err)
		}
		return "text " + s
	case 7, 8:
		switch {
		case w.anchor >= 0:
			w.deleteSelection()
		case w.cursor < len(w.b):
			w.splice(w.cursor, 1, nil)
			w.low = false
		}
		return do("delete")
	case 9, 10:
		switch {
		case w.anchor >= 0:
			w.deleteSelection()
		case w.low:
			w.low = false
		case w.cursor > 0:
			if w.insert {
				w.splice(w.cursor-1, 1, nil)
			}
			w.moveTo(w.cursor - 1)
		}
		return do("backspace")
	case 11, 12:
		to := rnd.IntN(len(w.b) + 1)
		w.moveTo(to)
		return do(fmt.Sprintf("goto %d", to))
	case 13, 14, 15:
		lo := rnd.IntN(len(w.b) + 1)
		hi := min(len(w.b), lo+rnd.IntN(20))
		w.moveTo(lo)
		if hi > lo {
			w.anchor, w.cursor = lo, hi-1
		}
		return do(fmt.Sprintf("select %d..%d", lo, hi))
	case 16:
		if w.anchor < 0 {
			w.anchor = w.cursor
		}
		w.cursor, w.low = max(0, w.cursor-1), false
		return do("select-left")
	case 17:
		w.insert, w.low = !w.insert, false
		return do("insert-mode")
	case 18:
		w.text, w.low = !w.text, false
		return do("column")
	case 19, 20:
		if lo, hi := w.target(); hi > lo {
			w.clip = bytes.Clone(w.b[lo:hi])
		}
		return do("copy")
	case 21:
		if lo, hi := w.selection(); hi > lo {
			w.clip = bytes.Clone(w.b[lo:hi])
			w.deleteSelection()
		}
		return do("cut")
	case 22, 23:
		if w.clip == nil {
			return "nothing"
		}
		name, ins := "paste", w.insert
		switch rnd.IntN(3) {
		case 0:
			name, ins = "paste-insert", true
		case 1:
			name, ins = "paste-overwrite", false
		}
		lo, hi := w.selection()
		if w.anchor < 0 {
			lo, hi = w.cursor, w.cursor
		}
		del := hi - lo
		if !ins {
			del = min(len(w.clip), len(w.b)-lo)
		}
		w.splice(lo, del, w.clip)
		w.moveTo(lo + len(w.clip))
		return do(name)
	case 24:
		p := some(5)
		lo, hi := w.target()
		if hi > lo {
			w.b = bytes.Clone(w.b)
			for i := lo; i < hi; i++ {
				w.b[i] = p[(i-lo)%len(p)]
			}
		}
		return do("fill " + literal.Hex(p, " ", 1))
	case 25:
		n := 1 + rnd.IntN(40)
		at := w.cursor
		w.splice(at, 0, make([]byte, n))
		w.moveTo(at)
		return do(fmt.Sprintf("insert-zeros %d", n))
	case 26:
		if len(w.b) != len(w.saved) { // what revert does then is the document's own matter
			return "nothing"
		}
		lo, hi := w.target()
		w.b = bytes.Clone(w.b)
		copy(w.b[lo:hi], w.saved[lo:hi])
		w.low = false
		return do("revert")
	case 27:
		m := rune('a' + rnd.IntN(4))
		w.marks[m] = w.cursor
		return do(fmt.Sprintf("mark %c", m))
	case 28:
		b, insert := some(12), rnd.IntN(2) == 0
		if w.anchor >= 0 {
			lo, _ := w.selection()
			w.moveTo(lo)
		}
		w.write(b, insert)
		name := "overwrite "
		if insert {
			name = "insert "
		}
		return do(name + literal.Hex(b, " ", 1))
	default:
		// Undo and redo: the twin has no history; going back and forth must change nothing.
		n := 1 + rnd.IntN(6)
		marks := e.Marks()
		done := 0
		for range n {
			if e.Document().CanUndo() {
				run(t, e, "undo")
				done++
			}
		}
		for range done {
			run(t, e, "redo")
		}
		if done > 0 {
			to := int(e.Cursor())
			w.moveTo(to)
			for m := range marks { // marks on bytes that went and came again are where those begin
				w.marks[m] = int(e.Marks()[m])
			}
		}
		return fmt.Sprintf("undo and redo %d", done)
	}
}

func TestRandomEdits(t *testing.T) {
	rnd := seeded(t)
	runs, steps := 60, 250
	if os.Getenv("HEXLAY_SLOW") != "" {
		runs, steps = 1500, 400
	}
	for k := range runs {
		start := make([]byte, rnd.IntN(100))
		for i := range start {
			start[i] = byte(rnd.Uint32())
		}
		e := over(bytes.Clone(start))
		e.Resize(1+rnd.IntN(10), 1+rnd.IntN(17))
		w := &twin{b: bytes.Clone(start), saved: start, anchor: -1, marks: make(map[rune]int)}
		var did []string
		for range steps {
			did = append(did, w.step(t, rnd, e))
			got := contents(t, e)
			lo, hi := w.selection()
			sel := e.Selection()
			where := fmt.Sprintf("run %d, start % x\n%s", k, start, strings.Join(did[max(0, len(did)-12):], "\n"))
			switch {
			case !bytes.Equal(got, w.b):
				t.Fatalf("%s\nthe document is\n% x, want\n% x", where, got, w.b)
			case e.Cursor() != int64(w.cursor) || e.LowNibble() != w.low:
				t.Fatalf("%s\nthe cursor is %d (low half %v), want %d (%v)", where, e.Cursor(), e.LowNibble(), w.cursor, w.low)
			case sel != (mmapdoc.Range{Start: int64(lo), End: int64(hi)}):
				t.Fatalf("%s\n%v is selected, want [%d, %d)", where, sel, lo, hi)
			case e.View.Top()%int64(e.View.Cols()) != 0 || e.View.Top() > e.Size() || e.View.Top() < 0:
				t.Fatalf("%s\nthe view begins at %d of %d, %d a row", where, e.View.Top(), e.Size(), e.View.Cols())
			}
			for m, p := range w.marks {
				if e.Marks()[m] != int64(p) {
					t.Fatalf("%s\nmark %c is %d, want %d", where, m, e.Marks()[m], p)
				}
			}
		}
		end := contents(t, e)
		for e.Document().CanUndo() {
			run(t, e, "undo")
			if e.Cursor() > e.Size() {
				t.Fatalf("run %d: the cursor is at %d of %d after undo", k, e.Cursor(), e.Size())
			}
		}
		if got := contents(t, e); !bytes.Equal(got, start) || e.Document().Modified() {
			t.Fatalf("run %d: undoing all gives % x, want % x", k, got, start)
		}
		for e.Document().CanRedo() {
			run(t, e, "redo")
		}
		if got := contents(t, e); !bytes.Equal(got, end) {
			t.Fatalf("run %d: redoing all gives % x, want % x", k, got, end)
		}
	}
}
