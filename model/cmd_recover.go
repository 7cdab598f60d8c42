package model

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"hexlay/mmapdoc"
)

// What keeps the user's edits: a journal of each document while it is edited, the lock that two editors of one file
// find each other by, and the way back after a crash. All of it begins with Protect, which an editor that nobody sits at
// does without.

// protection is what an editor knows about it.
type protection struct {
	on      bool
	found   []*mmapdoc.Recovery // journals of this document's file that nobody has decided about
	holder  *mmapdoc.Holder     // who else has the file open; nil when it is ours
	problem error               // why there is no journal
}

// Protect keeps a journal of the edits of this document and of those opened later, and locks their files. The effect
// asks what to do about another editor of the file, or about edits that a crash left behind.
func (e *Editor) Protect() Effect {
	e.protection.on = true
	return e.protect()
}

func (e *Editor) protect() Effect {
	p := &e.protection
	*p = protection{on: p.on}
	if !p.on {
		return nil
	}
	holder, _ := e.doc.Lock() // without locks hexlay is as alone as it seems
	p.holder = holder
	found, err := e.doc.Recoveries()
	if jerr := e.doc.StartJournal(); jerr != nil {
		err = jerr
	}
	if p.problem = err; err != nil {
		e.Fail(fmt.Errorf("edits are not kept for a crash: %w", err))
	}
	if holder != nil {
		return Effects{e.watchLock(), e.watchOutside(), askHolder(e.doc.Info().Name, holder)}
	}
	var misfit Effect
	for _, r := range found {
		if r.Misfit == "" {
			p.found = append(p.found, r)
		} else if misfit == nil {
			misfit = tellMisfit(r)
		}
	}
	if len(p.found) > 0 {
		misfit = e.askRecovery()
	}
	return Effects{e.watchLock(), e.watchOutside(), misfit}
}

// tellMisfit says that the edits of a crash cannot be put into the file as it is now.
func tellMisfit(r *mmapdoc.Recovery) Effect {
	return Ask{Title: "The edits of a crash do not fit this file any more",
		Text: fmt.Sprintf("Not saved when the program ended: %s in %s, the last %s. But the file has changed since: %s. "+
			"The edits are kept: hexlay recover lists and exports them.", amount(r), r.Name, when(r.Last), r.Misfit),
		Choices: []Choice{{"esc", "go on without them", ""}}}
}

// watchLock tells the user when another editor takes the file over.
func (e *Editor) watchLock() Effect {
	lost, doc := e.doc.LockLost(), e.doc
	if lost == nil {
		return nil
	}
	return Watch{lost, func(e *Editor) (Effect, error) {
		if e.doc != doc || !e.heldElsewhere() {
			return nil, nil
		}
		return nil, fmt.Errorf("process %d has taken %s over: here it is read-only, edits can be saved elsewhere",
			e.protection.holder.PID, doc.Info().Name)
	}}
}

func askHolder(name string, h *mmapdoc.Holder) Effect {
	return Ask{Title: "The file is open in another hexlay",
		Text:    fmt.Sprintf("Process %d has had %s open since %s. Here it is read-only now: edits can be saved elsewhere.", h.PID, name, moment(h.Since)),
		Choices: []Choice{{"r", "go on read-only", ""}, {"t", "take over: the other one becomes read-only", "take-over"}, {"q", "quit", "quit"}}}
}

// moment is a time for people: today's without the date.
func moment(t time.Time) string {
	t = t.Local()
	if now := time.Now(); t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04")
}

func recoverCommands() []*Command {
	return append(restoreCommands(), []*Command{
		{Name: "take-over", Group: "File", Help: "Take the file over from another hexlay, which becomes read-only",
			Enabled: func(e *Editor) error {
				if e.protection.holder == nil {
					return errors.New("no other hexlay has this file open")
				}
				return nil
			},
			Run: func(e *Editor, _ []string) (Effect, error) { return e.takeOver(), nil }},
		{Name: "journal", Group: "File", Help: "Tell whether the edits would survive a crash",
			Run: func(e *Editor, _ []string) (Effect, error) {
				if err := e.Unprotected(); err != nil {
					return nil, err
				}
				e.Notef("every edit is in a journal within a second, which goes when the edits are saved or given up")
				return nil, nil
			}},
	}...)
}

// Unprotected says why the edits made now would be lost in a crash, or nil.
func (e *Editor) Unprotected() error {
	switch {
	case e.protection.problem != nil:
		return e.protection.problem
	case !e.protection.on:
		return errors.New("this editor keeps no journal")
	}
	return e.doc.Journal().Err()
}

// Lossy tells that edits should be kept in a journal and are not.
func (e *Editor) Lossy() bool { return e.protection.on && e.Unprotected() != nil }

// heldElsewhere tells whether another editor has the file, and notes it when that is new.
func (e *Editor) heldElsewhere() bool {
	if h := e.doc.TakenOver(); h != nil {
		e.protection.holder = h
	}
	return e.protection.holder != nil
}

func (e *Editor) takeOver() Effect {
	doc, claim := e.doc, e.doc.Claim()
	return Start{&Job{
		Kind: "lock", Title: "taking over", Keep: true,
		Run: func(context.Context, *atomic.Int64) error { return claim.Run() },
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil {
				return nil, err
			}
			if doc.Claimed(claim); e.doc != doc {
				doc.Unlock()
				return nil, nil
			}
			e.protection.holder = nil
			e.Notef("%s is this editor's now", doc.Info().Name)
			return e.watchLock(), nil
		},
	}}
}

// protectRestored is protect for a document that has its journal already.
func (e *Editor) protectRestored(rest []*mmapdoc.Recovery) Effect {
	e.protection.found = rest
	if !e.protection.on {
		return nil
	}
	e.protection.holder, _ = e.doc.Lock()
	return Effects{e.watchLock(), e.watchOutside()}
}

// lockSaved locks the file that a save has made the document's: it may be another inode, or another name.
func (e *Editor) lockSaved() Effect {
	if !e.protection.on {
		return nil
	}
	lost := e.doc.LockLost()
	holder, _ := e.doc.Lock()
	if e.protection.holder = holder; holder != nil {
		e.notice.Text += fmt.Sprintf("; another hexlay, process %d, has that file open: it is read-only here now", holder.PID)
	}
	if e.doc.LockLost() == lost {
		return nil
	}
	return e.watchLock()
}

// GiveUp ends the journal: the user has decided not to keep what is not saved.
func (e *Editor) GiveUp() error {
	var err error
	if c := e.comparison; c != nil && !c.ended {
		for _, s := range c.sides {
			if s.ed != e {
				err = s.ed.doc.DropJournal()
			}
		}
	}
	return errors.Join(err, e.doc.DropJournal())
}
