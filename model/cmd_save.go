package model

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"hexlay/mmapdoc"
)

type saveOptions struct {
	force bool // what another program wrote is overwritten, whatever it is
	quit  bool // quit once all is saved
}

// askedSave is a save that waits for the user's answer. The plan is kept: what it found is what the user was asked about,
// and its Run refuses when the file has changed once more since.
type askedSave struct {
	plan *mmapdoc.Plan
	doc  *mmapdoc.Document
	o    saveOptions
}

// ReadOnlyReason says why the document's own file is not written; "" when it may be.
func (e *Editor) ReadOnlyReason() string {
	switch info := e.doc.Info(); {
	case info.ReadOnly != "":
		return info.ReadOnly
	case info.Path != "" && e.keeps(info.Path):
		return "opened read-only"
	case e.protection.holder != nil:
		return fmt.Sprintf("another hexlay, process %d, has it open", e.protection.holder.PID)
	}
	return ""
}

// save plans a save, asks what must be asked, and runs it in the background.
func (e *Editor) save(path string, o saveOptions) (Effect, error) {
	info := e.doc.Info()
	if c := e.Comparison(); c != nil && o.quit {
		return nil, errors.New("two documents are compared; save each, then quit")
	} else if c != nil && path == "" {
		if done, err := c.writeBack(e); done || err != nil {
			return nil, err
		}
	}
	if path == "" && info.Path == "" && e.Inner() && !o.quit {
		return e.writeBack()
	}
	e.heldElsewhere()
	if path == "" && (info.Path == "" || e.ReadOnlyReason() != "") {
		why := e.ReadOnlyReason()
		if info.Path == "" {
			why = "This document has no file yet"
		}
		p := Prompt{Title: "Save as", Command: "save-as", Complete: ArgFile, Hint: why}
		if o.quit {
			p.Command = "save-as-quit"
		}
		return p, nil
	}
	if e.jobs.running["save"] != nil {
		return nil, errors.New("a save is running")
	}
	plan, err := e.doc.Plan(expandHome(path))
	if err != nil {
		return nil, err
	}
	if h := e.protection.holder; h != nil && sameFile(plan.Path, info.Path) {
		return nil, fmt.Errorf("not saved: another hexlay, process %d, has %s open; take-over makes it this one's", h.PID, plan.Path)
	}
	if e.keeps(plan.Path) {
		return nil, fmt.Errorf("not saved: %s was opened read-only; another name saves a copy", plan.Path)
	}
	if plan.Method == mmapdoc.Nothing && !o.force {
		if o.quit {
			return Quit{}, nil
		}
		e.Notef("nothing to save: no byte differs from the file")
		return nil, nil
	}
	if lost := plan.Lost(); len(lost) > 0 {
		return e.askLost(lost), nil
	}
	if plan.Conflict != "" && !o.force {
		e.asked = &askedSave{plan, e.doc, o}
		another := "save-as"
		if o.quit {
			another = "save-as-quit"
		}
		over := Choice{"o", "overwrite", "save-over"}
		if plan.Missing() {
			over.Key, over.Label = "w", "write it again in that place"
		}
		return Ask{Title: "Save anyway?", Text: plan.Conflict, Choices: []Choice{
			over, {"a", "save as…", another}, {"esc", "cancel", ""}}}, nil
	}
	plan.Force = o.force
	return e.run(plan, o), nil
}

// askLost tells what cannot be saved because the file was cut, and what can.
func (e *Editor) askLost(lost []mmapdoc.Range) Effect {
	var total int64
	for _, r := range lost {
		total += r.Len()
	}
	return Ask{Title: "Bytes are lost", Text: fmt.Sprintf("Another program cut the file: %s of the document are gone, from %#x on. Nothing was saved. "+
		"What is left can be saved, here or elsewhere, once the gaps are closed or filled.", count(total, "byte"), lost[0].Start),
		Choices: []Choice{{"d", "take the lost bytes out, then save again", "drop-lost"}, {"z", "put zeros for them, then save again", "zero-lost"}, {"esc", "cancel", ""}}}
}

// saveOver runs the save that the user was asked about.
func (e *Editor) saveOver() (Effect, error) {
	asked := e.asked
	e.asked = nil
	if asked.doc != e.doc || e.jobs.running["save"] != nil {
		return nil, errors.New("not saved: the document is another one now")
	}
	asked.plan.Force = true
	return e.run(asked.plan, asked.o), nil
}

// run carries out a plan in the background.
func (e *Editor) run(plan *mmapdoc.Plan, o saveOptions) Effect {
	doc := e.doc
	return Start{&Job{
		Kind: "save", Title: "saving", Total: plan.Bytes, Keep: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error { return plan.Run(ctx, progress) },
		Done: func(e *Editor, err error) (Effect, error) {
			var conflict *mmapdoc.ConflictError
			switch {
			case errors.As(err, &conflict):
				return nil, fmt.Errorf("not saved, the file changed once more: %w; save again", err)
			case err != nil:
				return nil, err
			case e.doc != doc: // another one was opened meanwhile
				return nil, nil
			}
			compared, err := e.comparison.saved(e, func() error { return doc.Saved(plan) })
			if err != nil {
				return nil, fmt.Errorf("saved, but the file cannot be read back: %w", err)
			}
			e.mapSaved()
			e.Notef("saved %s", describePlan(plan))
			e.outside.differ = nil
			watch := Effects{e.lockSaved(), e.watchOutside()}
			switch {
			case o.quit && doc.Modified():
				e.notice.Text += "; not quitting: there are changes since"
			case o.quit:
				return Quit{}, nil
			}
			if !e.protection.on {
				return compared, nil
			}
			return append(watch, compared), nil
		},
	}}
}

func sameFile(a, b string) bool {
	sa, err := os.Stat(a)
	if err != nil {
		return a == b
	}
	sb, err := os.Stat(b)
	return err == nil && os.SameFile(sa, sb)
}

func describePlan(p *mmapdoc.Plan) string {
	switch p.Method {
	case mmapdoc.InPlace:
		return fmt.Sprintf("%s in %s, in place", count(p.Bytes, "byte"), count(int64(len(p.Ranges)), "range"))
	case mmapdoc.NewFile:
		return fmt.Sprintf("%s as a new file %s", count(p.NewSize, "byte"), p.Path)
	case mmapdoc.InPlaceMove:
		return fmt.Sprintf("%s in place, bytes moved within the file", count(p.Bytes, "byte"))
	}
	return "nothing"
}

func runPlan(e *Editor, _ []string) (Effect, error) {
	p, err := e.doc.Plan("")
	if err != nil {
		return nil, err
	}
	if p.Method == mmapdoc.Nothing {
		e.Notef("a save has nothing to do")
		return nil, nil
	}
	if p.Method == mmapdoc.NewFile {
		e.Notef("a save would make a new file of %s", count(p.NewSize, "byte"))
	} else {
		e.Notef("a save would write %s", describePlan(p))
	}
	if p.OldSize != p.NewSize {
		e.notice.Text += fmt.Sprintf("; the old file has %s", Grouped(p.OldSize))
	}
	if p.Conflict != "" {
		e.notice.Text += "; " + p.Conflict
	}
	return nil, nil
}

func saveAs(o saveOptions) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, args []string) (Effect, error) {
		if len(args) == 0 {
			p := Prompt{Title: "Save as", Command: "save-as", Complete: ArgFile}
			if o.quit {
				p.Command = "save-as-quit"
			}
			if own := e.doc.Info().Path; e.ReadOnlyReason() == "" && typeable(own) {
				p.Initial = own
			}
			return p, nil
		}
		return e.save(args[0], o)
	}
}

// typeable tells whether a line of text can hold the path as it is. One that it would change must not be offered: it
// would name another file.
func typeable(path string) bool {
	if !utf8.ValidString(path) || path != "" && (path[0] == ' ' || path[len(path)-1] == ' ') {
		return false
	}
	for _, r := range path {
		if !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

func runQuit(e *Editor, _ []string) (Effect, error) {
	if e.Inner() {
		return e.do("substream-close")
	}
	if c := e.comparison; c != nil && !c.ended {
		eff, err := c.leave()
		if c.ended && err == nil && !c.home.doc.Modified() {
			return Quit{}, nil
		}
		return eff, err
	}
	if !e.doc.Modified() {
		return Quit{}, nil
	}
	ask := Ask{Title: "Save before quitting?", Text: e.doc.Info().Name + " has changes that are not saved."}
	if e.doc.Info().Path != "" && e.ReadOnlyReason() == "" {
		ask.Choices = append(ask.Choices, Choice{"s", "save and quit", "save-quit"})
	}
	ask.Choices = append(ask.Choices, Choice{"a", "save as… and quit", "save-as-quit"},
		Choice{"d", "discard the changes", "quit!"}, Choice{"esc", "go on editing", ""})
	return ask, nil
}
