package ui

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"

	"hexlay/keymap"
	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/templates"
)

// TestFindWhileTyping: the match is shown and marked while the pattern is typed; esc goes back, enter stays.
func TestFindWhileTyping(t *testing.T) {
	b := bytes.Repeat([]byte{'.'}, 4000)
	copy(b[100:], "needle")
	copy(b[3000:], "needles")
	inTerminal(t, edit(b), rigOptions{}, func(r *rig) {
		r.keys("ctrl+f", `"`, "n", "e", "e")
		r.selection(100, 103)
		r.keys("d", "l", "e", "s")
		r.selection(3000, 3007)
		if s := r.text(); !strings.Contains(s, "found at 0xbb8") {
			t.Errorf("the screen does not tell where it is:\n%s", s)
		}
		r.keys("x")
		if s := r.text(); !strings.Contains(s, "not found") {
			t.Errorf("the screen does not tell that nothing is found:\n%s", s)
		}
		r.cursor(0)
		r.keys("esc")
		r.cursor(0)
		r.keys("ctrl+f", `"`, "n", "e", "e", "d", "enter")
		r.selection(100, 104)
		r.keys("f3")
		r.selection(3000, 3004)
		r.keys("N")
		r.selection(100, 104)
		r.keys("right")
		x, y := r.at(int(102-r.ed.View.Top()), false)
		if st := cellStyle(r.em.CellAt(x, y)); st.on(styleHit) != st {
			t.Errorf("a match is not marked: %s", styleText16(st))
		}
	})
}

// TestHitsPanel lists the matches and goes from one to the next.
func TestHitsPanel(t *testing.T) {
	b := bytes.Repeat([]byte("..ab"), 500)
	inTerminal(t, edit(b), rigOptions{}, func(r *rig) {
		r.keys("alt+f")
		r.paste("61 62")
		r.keys("enter")
		if s := r.text(); !strings.Contains(s, "hits: 500 of 61 62") {
			t.Fatalf("no list:\n%s", s)
		}
		r.keys("down", "down")
		r.selection(10, 12)
		r.keys("end")
		r.selection(1998, 2000)
		r.keys("home", "esc", "0", "0")
		if s := r.text(); !strings.Contains(s, "outdated") {
			t.Errorf("the list is not told to be old:\n%s", s)
		}
	})
}

// TestHitsInNarrowPanel: the match itself and what follows it are seen whole, before its digits are.
func TestHitsInNarrowPanel(t *testing.T) {
	b := bytes.Repeat([]byte("0123456789hello world;"), 50)
	inTerminal(t, edit(b), rigOptions{w: 120, h: 40}, func(r *rig) {
		r.line(`hits "hello`)
		if s := r.text(); !strings.Contains(s, "23456789hello wo") || !strings.Contains(s, "68 65 6c 6c 6f") {
			t.Errorf("the match is cut:\n%s", s)
		}
	})
}

// stall runs a job that stands at 30 % until it is cancelled, and waits until its progress is told.
func (r *rig) stall(title string) {
	slow := &model.Job{Kind: "slow", Title: title, Total: 100, Run: func(ctx context.Context, progress *atomic.Int64) error {
		progress.Store(30)
		<-ctx.Done()
		return ctx.Err()
	}}
	r.p.Send(watched{r.ed, model.Watch{Then: func(*model.Editor) (model.Effect, error) { return model.Start{Job: slow}, nil }}})
	time.Sleep(3 * time.Second)
	r.settle()
}

// TestEscCancelsInPanel: the key that the status line names cancels from a panel too, and then leaves it; the progress is told in
// narrow windows.
func TestEscCancelsInPanel(t *testing.T) {
	inTerminal(t, edit(make([]byte, 4096)), rigOptions{w: 80, h: 24}, func(r *rig) {
		r.line("hits 00")
		r.stall("finding a pattern of many letters and more")
		for _, want := range []string{"finding a", "30%", "(Esc cancels)"} {
			r.shows(want)
		}
		r.keys("esc")
		if s := r.text(); !strings.Contains(s, "cancelled") || !strings.Contains(s, "hits panel") {
			t.Errorf("not cancelled, or the panel was left:\n%s", s)
		}
	})
}

// TestProgressBesideSelection: a long selection and place leave room for how far a job is.
func TestProgressBesideSelection(t *testing.T) {
	for _, w := range []int{60, 80, 100} {
		inTerminal(t, edit(make([]byte, 64)), rigOptions{w: w, h: 24}, func(r *rig) {
			r.line("insert-zeros 4294967333")
			r.line("select 0:")
			r.stall("xor 5a")
			for _, want := range []string{"0x100000064 ", "xor 5a 30%", "(Esc cancels)"} {
				r.shows(want)
			}
			r.keys("esc")
		})
	}
}

// TestFindHistory: the arrows bring back what was searched for before, and it is searched for at once.
func TestFindHistory(t *testing.T) {
	inTerminal(t, edit([]byte("....one...two...three")), rigOptions{}, func(r *rig) {
		for _, s := range []string{"one", "two", "three"} {
			r.keys("ctrl+f", `"`)
			r.send(s)
			r.keys("enter")
		}
		r.selection(16, 21)
		r.keys("ctrl+f", "up")
		r.shows(`Find: "two`)
		r.selection(10, 13)
		r.keys("up")
		r.selection(4, 7)
		r.keys("up", "down", "enter")
		r.selection(10, 13)
		r.line(`replace "three => "3`) // what was searched for in another way is there as well
		r.keys("esc", "ctrl+f", "up")  // "three stands there already
		r.shows(`Find: "two`)
		r.keys("down")
		r.shows(`Find: "three`)
		r.keys("esc", "alt+r", "up")
		r.shows(`Replace: "three => "3`)
		r.keys("up")
		r.shows(`Replace: "two`)
		r.keys("esc")
	})
}

// TestHelpWhileTyping: F1 tells how a pattern is written, and in other lines about their command; what is typed stays.
func TestHelpWhileTyping(t *testing.T) {
	inTerminal(t, edit([]byte("..one..two")), rigOptions{w: 80, h: 24}, func(r *rig) {
		r.keys("ctrl+f")
		r.shows("F1: more")
		r.keys(`"`, "o", "n", "e")
		r.selection(2, 5)
		r.keys("f1")
		r.shows("a regular expression over bytes")
		r.shows("where type == 7")
		r.shows(`Find: "one`)
		r.keys("esc")
		r.showsNot("a regular expression over bytes")
		r.shows(`Find: "one`)
		r.keys("enter", "ctrl+f", "f1", "f1", "esc")
		r.selection(2, 5) // not the next one
		r.keys("ctrl+g", "f1")
		r.shows("Help: goto")
		r.keys("esc")
		r.send("4")
		r.keys("enter")
		r.cursor(4)
		r.keys("f10")
		r.send("hits x")
		r.keys("f1")
		r.shows("Help: hits")
		r.keys("esc")
		r.shows(":hits x")
	})
}

// TestLongPaste: what is too long for a line is refused, not cut to another pattern.
func TestLongPaste(t *testing.T) {
	inTerminal(t, edit([]byte("abababababab")), rigOptions{w: 80, h: 24}, func(r *rig) {
		r.keys("ctrl+f")
		r.paste(strings.Repeat("61 62 ", 11_000))
		r.shows("too long to be pasted into this line: 66,000 bytes, at most 65,536 fit")
		r.showsNot("Find: 61")
		r.keys("6")
		r.showsNot("too long")
		r.keys("1", "enter")
		r.selection(0, 1)
	})
}

// TestLongLine: a long line is drawn in time that does not grow with the square of its length; its end is seen, where the cursor is.
func TestLongLine(t *testing.T) {
	scr := newScreen(io.Discard, colorprofile.ANSI)
	defer scr.close()
	a := newApp(edit([]byte("abc")), scr, nil, 80, 24)
	d := newLine("")
	a.dialogs = append(a.dialogs, d)
	d.paste(a, strings.Repeat("61 ", 20_000)+"7名")
	start := time.Now()
	cursor := a.draw()
	if took := time.Since(start); took > 500*time.Millisecond {
		t.Errorf("drawn in %v", took)
	}
	var line strings.Builder
	for _, cell := range a.canvas.cells[23*80 : 24*80] {
		if cell.r != 0 {
			line.WriteRune(cell.r)
		}
	}
	if s := strings.TrimRight(line.String(), " "); !strings.HasPrefix(s, ":") || !strings.HasSuffix(s, "61 7名") || cursor == nil || cursor.X < 77 {
		t.Errorf("%q, the cursor at %v", s, cursor)
	}
}

// TestLongNotice: what a command says is read whole in a narrow window, and the status stands above it.
func TestLongNotice(t *testing.T) {
	inTerminal(t, edit([]byte("abc")), rigOptions{w: 60, h: 24}, func(r *rig) {
		long := strings.TrimSpace(strings.Repeat("words ", 20)) + " end"
		for _, say := range []func(){func() { r.ed.Notef("%s", long) }, func() { r.ed.Fail(errors.New(long)) }} {
			r.p.Send(watched{r.ed, model.Watch{Then: func(*model.Editor) (model.Effect, error) { say(); return nil, nil }}})
			r.settle()
			if got := strings.Join(strings.Fields(strings.Join(r.screenLines()[21:], " ")), " "); got != long {
				t.Errorf("the last lines are %q", got)
			}
			if !strings.HasPrefix(r.screenLines()[20], " OVR ") {
				t.Errorf("the status is hidden:\n%s", r.text())
			}
			r.keys("right")
			r.shows(" OVR ")
			r.right()
		}
	})
}

// TestReplaceDialog goes through the questions of a replacement.
func TestReplaceDialog(t *testing.T) {
	inTerminal(t, edit([]byte("one two one")), rigOptions{}, func(r *rig) {
		r.keys("alt+r")
		r.paste(`"one`)
		r.keys("enter")
		r.paste("three")
		r.keys("enter")
		if s := r.text(); !strings.Contains(s, "Replace 2 matches?") {
			t.Fatalf("no question:\n%s", s)
		}
		r.keys("a")
		r.want([]byte("three two three"))
		r.keys("ctrl+z")
		r.want([]byte("one two one"))
	})
}

// TestReplaceInOneLine: the prompt takes an arrow and what stands behind it, and shows what it would do.
func TestReplaceInOneLine(t *testing.T) {
	inTerminal(t, edit([]byte("..one two one")), rigOptions{}, func(r *rig) {
		r.keys("alt+r")
		r.paste(`/o(.)e/ => `)
		r.selection(2, 5)
		r.shows("found at 0x2")
		r.paste(`<$1>`)
		r.selection(2, 5)
		r.shows(`0x2: "one" → "<n>"`)
		r.keys("enter")
		r.shows("Replace 2 matches?")
		r.keys("a")
		r.want([]byte("..<n> two <n>"))
	})
}

// TestReplaceOneByOne: each match is asked about below the bytes, so that it is seen; keys, Enter, clicks and Esc answer.
func TestReplaceOneByOne(t *testing.T) {
	inTerminal(t, edit([]byte("one two one two one two one")), rigOptions{w: 80, h: 24}, func(r *rig) {
		r.line(`replace "one => 1`)
		r.shows("Replace 4 matches?")
		r.keys("o")
		r.shows(`Replace this one? 0x0: "one" → "1"`)
		r.selection(0, 3)
		r.shows("one two one two") // nothing hides the bytes
		r.keys("n")
		r.selection(8, 11)
		r.keys("right", "left", "enter") // yes
		r.want([]byte("one two 1 two one two one"))
		r.selection(14, 17)
		r.click(strings.Index(r.screenLines()[23], "n no"), 23)
		r.selection(22, 25)
		r.keys("esc")
		r.shows("replaced 1 match, left 2")
		r.want([]byte("one two 1 two one two one"))
		r.line("replace-each")
		r.keys("x", "a")
		r.want([]byte("one two 1 two one two 1"))
		r.right()
	})
}

// TestStringsPanel lists strings, narrows the list while the text is typed, and goes from row to row.
func TestStringsPanel(t *testing.T) {
	b := make([]byte, 4000)
	copy(b[100:], "some words")
	copy(b[2000:], "other words")
	copy(b[3000:], "nothing")
	inTerminal(t, edit(b), rigOptions{}, func(r *rig) {
		r.keys("alt+s")
		r.line("strings ascii")
		if s := r.text(); !strings.Contains(s, "strings: 3 of ascii") || !strings.Contains(s, "other words") {
			t.Fatalf("no list:\n%s", s)
		}
		r.keys("/", "W", "O", "R")
		if s := r.text(); !strings.Contains(s, `strings: 2 with "WOR" of 3`) || strings.Contains(s, "nothing") {
			t.Errorf("not narrowed:\n%s", s)
		}
		r.keys("esc")
		if s := r.text(); !strings.Contains(s, "strings: 3 of") {
			t.Errorf("still narrowed:\n%s", s)
		}
		r.keys("/", "w", "o", "enter", "down")
		r.selection(2000, 2011)
		r.keys("up")
		r.selection(100, 110)
		r.keys("*", "end", "enter")
		r.selection(3000, 3007)
		r.right()
	})
}

// TestCarvedPanel goes to a file within a file, and lays its template with Enter.
func TestCarvedPanel(t *testing.T) {
	tour, _ := templates.Tour() // it begins with a picture
	b := append(make([]byte, 1000), tour...)
	inTerminal(t, edit(b), rigOptions{}, func(r *rig) {
		r.line("carve bmp")
		if s := r.text(); !strings.Contains(s, "carved: 1 of bmp") || !strings.Contains(s, "950 bytes") {
			t.Fatalf("no list:\n%s", s)
		}
		r.keys("down")
		r.selection(1000, 1950)
		r.keys("enter")
		r.settle()
		if o := r.ed.Overlays(); len(o) != 1 || o[0].Region.Start != 1000 || o[0].Region.End != 1950 {
			t.Errorf("overlays: %v", o)
		}
		r.right()
	})
}

// TestTemplateOffer: the key that lays the template is told, the user's own where there is one, and the command where there is none.
func TestTemplateOffer(t *testing.T) {
	for _, c := range []struct {
		keys []keymap.Binding
		want string
	}{
		{nil, "this looks like png; Alt+T lays its template"},
		{[]keymap.Binding{{Context: keymap.Global, Key: "alt+t", Command: ""}}, "this looks like png; :overlay-detect lays its template"},
	} {
		ed := model.New(mmapdoc.FromBytes("picture", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")))
		inTerminal(t, ed, rigOptions{options: Options{First: ed.OfferTemplate(), Keys: c.keys}}, func(r *rig) {
			if s := r.text(); !strings.Contains(s, c.want) {
				t.Errorf("%q is not on\n%s", c.want, s)
			}
		})
	}
}
