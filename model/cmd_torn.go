package model

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"hexlay/mmapdoc"
)

// A file that an interrupted save has left with old and new bytes is shown as it is, for reading, until the user has said
// how to mend it.

// TornSave tells the editor that its document is such a file, and asks.
func (e *Editor) TornSave(t *mmapdoc.TornSave) Effect {
	e.torn = t
	text := fmt.Sprintf("A save of %s was interrupted at %s, so the file holds old and new bytes. It was to write %s", e.doc.Info().Name, moment(t.When), count(t.Changed, "byte"))
	if t.OldSize != t.NewSize {
		text += fmt.Sprintf(" and to change the length from %s to %s", Grouped(t.OldSize), Grouped(t.NewSize))
	}
	text += "."
	switch {
	case !t.CanUndo:
		text += " But " + t.Foreign + "."
	case t.Foreign != "":
		text += " But " + t.Foreign + "; mending would overwrite that."
	}
	// No answer is a hexadecimal digit: the box may come while somebody types.
	ask := Ask{Title: "Mend an interrupted save", Text: text, Grave: true}
	if t.CanUndo {
		ask.Choices = append(ask.Choices, Choice{"u", "undo it: exactly the old file", "torn-undo"})
	}
	if t.CanFinish {
		ask.Choices = append(ask.Choices, Choice{"n", "finish it: exactly the new file", "torn-finish"})
	}
	ask.Choices = append(ask.Choices, Choice{"k", "keep the file as it is for ever", "torn-keep"}, Choice{"esc", "decide later", ""})
	return ask
}

func tornCommands() []*Command {
	torn := func(e *Editor) error {
		if e.torn == nil {
			return errors.New("no save of this file was interrupted")
		}
		return nil
	}
	mend := func(done string, how func(t *mmapdoc.TornSave) error) func(e *Editor, _ []string) (Effect, error) {
		return func(e *Editor, _ []string) (Effect, error) {
			t := e.torn
			return Start{&Job{
				Kind: "save", Title: "mending", Keep: true,
				Run: func(context.Context, *atomic.Int64) error { return how(t) },
				Done: func(e *Editor, err error) (Effect, error) {
					if err != nil || e.torn != t {
						return nil, err
					}
					e.torn, e.protection.on = nil, true
					return e.openSaying(t.Path, done+"; "), nil
				},
			}}, nil
		}
	}
	return []*Command{
		{Name: "torn-undo", Group: "File", Help: "Undo an interrupted save: the file is exactly the old one again", Enabled: torn,
			Run: mend("the interrupted save is undone", (*mmapdoc.TornSave).Undo)},
		{Name: "torn-finish", Group: "File", Help: "Finish an interrupted save: the file is exactly the new one", Enabled: func(e *Editor) error {
			if err := torn(e); err != nil {
				return err
			}
			if !e.torn.CanFinish {
				return errors.New("the new bytes were too many to keep; torn-undo brings the old ones back")
			}
			return nil
		}, Run: mend("the interrupted save is finished", (*mmapdoc.TornSave).Finish)},
		{Name: "torn-keep", Group: "File", Help: "Keep a file as an interrupted save left it, and give up what could mend it", Enabled: torn,
			Run: mend("the file stays as the interrupted save left it", (*mmapdoc.TornSave).Forget)},
	}
}
