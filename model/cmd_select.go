package model

import (
	"errors"

	"hexlay/mmapdoc"
)

func selectCommands() []*Command {
	var cs []*Command
	for _, m := range motions {
		cs = append(cs, &Command{Name: "select-" + m.name, Group: "Select", Help: "Extend the selection " + m.help,
			Run: func(e *Editor, _ []string) (Effect, error) { e.extendTo(m.to(e)); return nil, nil }})
	}
	simple := func(name, help string, run func(e *Editor)) *Command {
		return &Command{Name: name, Group: "Select", Help: help,
			Run: func(e *Editor, _ []string) (Effect, error) { run(e); return nil, nil }}
	}
	return append(cs,
		simple("select-page-up", "Extend the selection one screen up", func(e *Editor) { e.page(-1, true) }),
		simple("select-page-down", "Extend the selection one screen down", func(e *Editor) { e.page(1, true) }),
		&Command{Name: "select", Group: "Select", Help: "Select a block: OFF:LEN, OFF: (to the end) or OFF..END",
			Args: []Arg{{Kind: ArgRange, Optional: true}}, Run: runSelect},
		&Command{Name: "select-all", Group: "Select", Help: "Select the whole document",
			Run: func(e *Editor, _ []string) (Effect, error) {
				if e.Size() == 0 {
					return nil, errors.New("the document is empty")
				}
				top := e.View.top
				e.Select(mmapdoc.Range{Start: 0, End: e.Size()})
				e.View.top = top
				return nil, nil
			}},
		simple("select-start", "Start selecting here: the next motions extend the selection", func(e *Editor) {
			e.selecting, e.sticky, e.found, e.anchor, e.low = !e.selecting, true, false, e.cursor, false
		}),
		simple("select-none", "End the selection", func(e *Editor) { e.selecting = false }),
		simple("select-swap", "Go to the other end of the selection", func(e *Editor) {
			if e.selecting {
				a := e.cursor
				e.setCursor(e.anchor)
				e.anchor = a
				e.Reveal()
			}
		}),
		&Command{Name: "escape", Group: "Select",
			Help: "End what goes on: a running job, the selection, half a typed byte, the text column",
			Run: func(e *Editor, _ []string) (Effect, error) {
				switch {
				case e.CancelJobs():
					e.Notef("cancelled")
				case e.selecting:
					e.selecting = false
				case e.low:
					e.low = false
				case e.column == Text:
					e.column = Hex
				}
				return nil, nil
			}},
	)
}

func runSelect(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Select", Command: "select", Complete: ArgRange,
			Hint: "OFF:LEN   OFF:   OFF..END   as 0x1f0:64 or here:16"}, nil
	}
	r, err := e.AddressRange(args[0])
	if err != nil {
		return nil, err
	}
	e.jumps.leave(e.cursor)
	e.Select(r)
	if r.Len() > 0 {
		e.Notef("selected %s: %#x..%#x", count(r.Len(), "byte"), r.Start, r.End)
	}
	return nil, nil
}
