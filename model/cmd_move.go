package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"hexlay/mmapdoc"
)

// motions are the moves that exist twice: alone, and with "select-" they extend the selection.
var motions = []struct {
	name, help string
	to         motion
}{
	{"left", "one byte left", left(1)},
	{"right", "one byte right", right(1)},
	{"up", "one row up", func(e *Editor) int64 { return e.rowsUp(1) }},
	{"down", "one row down", func(e *Editor) int64 { return e.rowsDown(1) }},
	{"group-left", "to the start of a group, leftwards", groupLeft},
	{"group-right", "to the start of the next group", groupRight},
	{"row-start", "to the start of the row", rowStart},
	{"row-end", "to the end of the row", rowEnd},
	{"document-start", "to the first byte", func(*Editor) int64 { return 0 }},
	{"document-end", "to the last byte", func(e *Editor) int64 { return max(0, e.Size()-1) }},
}

func moveCommands() []*Command {
	var cs []*Command
	for _, m := range motions {
		jump := strings.HasPrefix(m.name, "document")
		cs = append(cs, &Command{Name: m.name, Group: "Move", Help: "Go " + m.help,
			Run: func(e *Editor, _ []string) (Effect, error) {
				switch {
				case jump:
					e.Jump(m.to(e))
				case e.low && m.name == "left": // the first half of the byte that was being typed
					e.moveTo(e.cursor)
				default:
					e.move(m.to(e))
				}
				return nil, nil
			}})
	}
	simple := func(name, help string, run func(e *Editor)) *Command {
		return &Command{Name: name, Group: "Move", Help: help,
			Run: func(e *Editor, _ []string) (Effect, error) { run(e); return nil, nil }}
	}
	return append(cs,
		simple("page-up", "Go one screen up", func(e *Editor) { e.page(-1, false) }),
		simple("page-down", "Go one screen down", func(e *Editor) { e.page(1, false) }),
		simple("scroll-up", "Scroll one row up, the cursor stays", func(e *Editor) { e.Scroll(-1) }),
		simple("scroll-down", "Scroll one row down, the cursor stays", func(e *Editor) { e.Scroll(1) }),
		simple("column", "Switch between the hex and the text column", func(e *Editor) { e.column, e.low = 1-e.column, false }),
		simple("column-hex", "Go to the hex column", func(e *Editor) { e.column, e.low = Hex, false }),
		simple("column-text", "Go to the text column", func(e *Editor) { e.column, e.low = Text, false }),
		&Command{Name: "goto", Group: "Move", Help: "Go to an address: 0x1f0, +16, -4, 50%, end-0x10, 'a",
			Args: []Arg{{Kind: ArgAddress, Optional: true}}, Run: runGoto},
		&Command{Name: "back", Group: "Move", Help: "Go back to where the last jump came from", Run: runBack},
		&Command{Name: "forward", Group: "Move", Help: "Go forward again after back", Run: runForward},
		&Command{Name: "mark", Group: "Move", Help: "Mark this place with a letter; goto 'LETTER comes back",
			Args: []Arg{{Kind: ArgWord, Optional: true}}, Run: runMark},
		&Command{Name: "unmark", Group: "Move", Help: "Forget a mark, or all of them",
			Args: []Arg{{Kind: ArgWord, Optional: true}}, Run: runUnmark},
		&Command{Name: "goto-mark", Group: "Move", Help: "Go to a mark",
			Args: []Arg{{Kind: ArgWord, Optional: true}}, Run: runGotoMark},
		&Command{Name: "next-change", Group: "Move", Help: "Select the next changed bytes", Run: changeJump(1)},
		&Command{Name: "previous-change", Group: "Move", Help: "Select the previous changed bytes", Run: changeJump(-1)},
	)
}

func runGoto(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Go to", Command: "goto", Complete: ArgAddress,
			Hint: "0x1f0  +16  -4  50%  end-0x10  'a"}, nil
	}
	if strings.Contains(args[0], ":") || strings.Contains(args[0], "..") {
		return runSelect(e, args)
	}
	off, err := e.Address(args[0])
	if err != nil {
		return nil, err
	}
	if off < 0 || off > e.Size() {
		return nil, fmt.Errorf("goto %s: %#x is not within the document's [0, %#x]", args[0], off, e.Size())
	}
	e.Jump(off)
	return nil, nil
}

func runBack(e *Editor, _ []string) (Effect, error) {
	off, ok := e.jumps.back(e.cursor)
	if !ok {
		return nil, errors.New("no earlier place")
	}
	e.selecting = false
	e.setCursor(off)
	e.revealFar()
	return nil, nil
}

func runForward(e *Editor, _ []string) (Effect, error) {
	off, ok := e.jumps.forward()
	if !ok {
		return nil, errors.New("no later place")
	}
	e.selecting = false
	e.setCursor(off)
	e.revealFar()
	return nil, nil
}

func markName(s string) (rune, error) {
	s = strings.TrimPrefix(s, "'")
	r, n := utf8.DecodeRuneInString(s)
	if n == 0 || n != len(s) || r == utf8.RuneError || !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9') {
		return 0, fmt.Errorf("mark %q: a mark is one letter or digit", s)
	}
	return r, nil
}

func runMark(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Mark this place as", Command: "mark", Hint: "a letter or digit"}, nil
	}
	r, err := markName(args[0])
	if err != nil {
		return nil, err
	}
	e.marks[r] = e.cursor
	e.Notef("mark '%c is %#x", r, e.cursor)
	return nil, nil
}

func runUnmark(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		clear(e.marks)
		e.Notef("all marks are forgotten")
		return nil, nil
	}
	r, err := markName(args[0])
	if err != nil {
		return nil, err
	}
	delete(e.marks, r)
	return nil, nil
}

func runGotoMark(e *Editor, args []string) (Effect, error) {
	if len(e.marks) == 0 {
		return nil, errors.New("there are no marks; mark sets one")
	}
	if len(args) == 0 {
		var have []string
		for r, off := range e.marks {
			have = append(have, fmt.Sprintf("%c=%#x", r, off))
		}
		slices.Sort(have)
		return Prompt{Title: "Go to mark", Command: "goto-mark", Hint: strings.Join(have, "  ")}, nil
	}
	r, err := markName(args[0])
	if err != nil {
		return nil, err
	}
	off, ok := e.marks[r]
	if !ok {
		return nil, fmt.Errorf("there is no mark '%c", r)
	}
	e.Jump(off)
	return nil, nil
}

// changeJump selects the changed range that lies next in a direction, going round at the ends.
func changeJump(dir int) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, _ []string) (Effect, error) {
		s := e.Snapshot()
		at, wrapped := e.Target(), false
		var r mmapdoc.Range
		var ok bool
		if dir > 0 {
			if r, ok = s.NextChange(at.End); !ok {
				r, ok = s.NextChange(0)
				wrapped = ok
			}
		} else {
			if r, ok = s.PrevChange(at.Start); !ok {
				r, ok = s.PrevChange(s.Size())
				wrapped = ok
			}
		}
		if !ok {
			return nil, errors.New("no byte differs from the saved ones")
		}
		e.jumps.leave(e.cursor)
		e.selectFound(r)
		e.Notef("changed: %s at %#x", count(r.Len(), "byte"), r.Start)
		if wrapped {
			e.notice.Text += " (went round)"
		}
		return nil, nil
	}
}
