package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"hexlay/mmapdoc"
)

// The way back after a crash: the journals that fit the document's file are offered, what they change can be looked at
// before anything is decided, and what is discarded is kept aside for some days. Until then nothing is changed: an offer
// that was not answered comes again.

// askRecovery offers what was left behind: the one journal, or a list of them.
func (e *Editor) askRecovery() Effect {
	found := e.protection.found
	switch len(found) {
	case 0:
		return nil
	case 1:
		return e.askAbout(0, nil)
	}
	ask := Ask{Title: "Restore the edits of a crash?", Text: fmt.Sprintf("Not saved when the program ended, %d times: edits of %s. Which of them?", len(found), found[0].Name)}
	for i, r := range found {
		ask.Choices = append(ask.Choices, Choice{"", fmt.Sprintf("%s, %s", amount(r), when(r.Last)), fmt.Sprintf("recover-which %d", i+1)})
	}
	ask.Choices = append(ask.Choices, Choice{"esc", "decide later", ""})
	return ask
}

// askAbout offers the journal i; details is what it changes, when that was asked for.
func (e *Editor) askAbout(i int, details []string) Effect {
	r := e.protection.found[i]
	text := fmt.Sprintf("Not saved when the program ended: %s in %s, the last %s.", amount(r), r.Name, when(r.Last))
	if doubt := r.Doubt(); doubt != "" {
		text += " " + doubt
	}
	if r.Torn {
		text += " The journal is damaged at its end; what is before can be restored."
	}
	// No answer is a hexadecimal digit: the box may come while somebody types.
	ask := Ask{Title: "Restore the edits of a crash?", Text: text, Details: details}
	add := func(key, label, command string) {
		ask.Choices = append(ask.Choices, Choice{key, label, fmt.Sprintf("%s %d", command, i+1)})
	}
	add("r", "restore: nothing is written until you save", "recover")
	if details == nil {
		add("m", "compare: see what they change first", "recover-compare")
	}
	add("x", "discard", "recover-discard")
	if len(e.protection.found) > 1 {
		ask.Choices = append(ask.Choices, Choice{"o", "other edits of this file", "recover-which"})
	}
	ask.Choices = append(ask.Choices, Choice{"esc", "decide later", ""})
	return ask
}

// amount says how much a journal holds, as its user counts.
func amount(r *mmapdoc.Recovery) string {
	if r.Changes == 0 {
		return count(int64(r.Edits), "edit") + " (all undone again)"
	}
	return count(int64(r.Changes), "change") + " to " + count(r.Amount, "byte")
}

// when is a moment with its age.
func when(t time.Time) string { return age(time.Since(t)) + " (" + moment(t) + ")" }

// age says how long ago something was, in the largest unit.
func age(d time.Duration) string {
	for _, u := range []struct {
		unit string
		of   time.Duration
	}{{"day", 24 * time.Hour}, {"hour", time.Hour}, {"minute", time.Minute}, {"second", time.Second}} {
		if n := int64(d / u.of); n > 0 {
			return count(n, u.unit) + " ago"
		}
	}
	return "just now"
}

// chosenRecovery is the journal that a command's argument names: 1 is the newest, which is also what is meant without one.
func (e *Editor) chosenRecovery(args []string) (int, error) {
	if len(args) == 0 {
		return 0, nil
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 || n > len(e.protection.found) {
		return 0, fmt.Errorf("no journal %q: there are %d, 1 is the newest", args[0], len(e.protection.found))
	}
	return n - 1, nil
}

func restoreCommands() []*Command {
	found := func(e *Editor) error {
		if len(e.protection.found) == 0 {
			return errors.New("no edits of a crash are left for this file")
		}
		return nil
	}
	which := []Arg{{Kind: ArgNumber, Optional: true}}
	command := func(name, help string, run func(e *Editor, i int) (Effect, error)) *Command {
		return &Command{Name: name, Group: "File", Help: help, Args: which, Enabled: found, Run: func(e *Editor, args []string) (Effect, error) {
			i, err := e.chosenRecovery(args)
			if err != nil {
				return nil, err
			}
			return run(e, i)
		}}
	}
	return []*Command{
		command("recover", "Restore the edits that a crash left behind, the newest or the N-th", (*Editor).recover),
		command("recover-compare", "Show what the edits of a crash change, and ask what to do with them", (*Editor).compareRecovery),
		{Name: "recover-which", Group: "File", Help: "Ask what to do with the edits that a crash left behind", Args: which, Enabled: found,
			Run: func(e *Editor, args []string) (Effect, error) {
				if len(args) == 0 {
					return e.askRecovery(), nil
				}
				i, err := e.chosenRecovery(args)
				if err != nil {
					return nil, err
				}
				return e.askAbout(i, nil), nil
			}},
		command("recover-discard", "Discard the edits that a crash left behind, after a question", func(e *Editor, i int) (Effect, error) {
			r := e.protection.found[i]
			return Ask{Title: "Discard these edits?", Grave: true,
				Text: fmt.Sprintf("%s of %s, %s. They are not offered any more then; for %s hexlay recover can still bring them back.",
					amount(r), r.Name, when(r.Last), count(int64(mmapdoc.KeepDiscarded/(24*time.Hour)), "day")),
				Choices: []Choice{{"esc", "keep them", fmt.Sprintf("recover-which %d", i+1)}, {"x", "discard them", fmt.Sprintf("recover-discard! %d", i+1)}}}, nil
		}),
		command("recover-discard!", "Discard the edits that a crash left behind without asking; hexlay recover has them for some days more", func(e *Editor, i int) (Effect, error) {
			r := e.protection.found[i]
			if err := r.SetAside(); err != nil {
				return nil, err
			}
			e.protection.found = slices.Delete(slices.Clone(e.protection.found), i, i+1)
			e.Notef("discarded %s; hexlay recover has them until %s", amount(r), time.Now().Add(mmapdoc.KeepDiscarded).Format("2006-01-02"))
			return e.askRecovery(), nil
		}),
	}
}

// openRecovered opens the document of r anew.
func openRecovered(path string, r *mmapdoc.Recovery) (doc *mmapdoc.Document, err error) {
	if path == "" {
		return r.Open()
	}
	doc, _, err = OpenFile(path)
	return doc, err
}

// recover opens the document anew, with the edits of a crash, in the background. Cursor, marks and overlays stay.
func (e *Editor) recover(i int) (Effect, error) {
	if e.doc.Modified() {
		return nil, errors.New("save or undo the changes first: the edits of a crash belong to the file as it was opened")
	}
	if e.jobs.running["save"] != nil {
		return nil, errors.New("a save is running")
	}
	r := e.protection.found[i]
	rest := slices.Delete(slices.Clone(e.protection.found), i, i+1)
	old, version := e.doc, e.doc.Version()
	path := old.Info().Path
	var doc *mmapdoc.Document
	var left error
	var hunks []mmapdoc.Hunk
	return Start{&Job{
		Kind: "open", Title: "restoring the edits",
		Run: func(ctx context.Context, _ *atomic.Int64) (err error) {
			if doc, err = openRecovered(path, r); err != nil {
				return err
			}
			if left, err = doc.Recover(r); err == nil {
				hunks, err = doc.Snapshot().Hunks(maxHunks), ctx.Err()
			}
			if err != nil {
				return errors.Join(err, doc.Close()) // the journal stays
			}
			return nil
		},
		Keep: true,
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case errors.Is(err, context.Canceled):
				return nil, nil
			case err != nil:
				return nil, err
			case e.doc != old || old.Version() != version:
				return nil, errors.Join(errors.New("not restored: this document was changed meanwhile; the edits are kept: undo the changes and call :recover"), doc.Close())
			}
			e.exchange(doc, hunks)
			eff := e.protectRestored(rest)
			e.Notef("restored %s; undo takes them back", amount(r))
			if n := len(hunks); n > 0 {
				e.notice.Text += ", next-change and previous-change go through them"
			}
			if left != nil {
				e.Fail(fmt.Errorf("restored, but not to the end: %w", left))
			}
			return eff, nil
		},
	}}, nil
}

const (
	maxHunks   = 10_000 // differences that are moved, or shown
	hunkWindow = 8      // bytes of a difference that are shown
)

// compareRecovery shows what the edits of a crash change. The journal stays as it is.
func (e *Editor) compareRecovery(i int) (Effect, error) {
	r, old, path := e.protection.found[i], e.doc, e.doc.Info().Path
	var details []string
	var differ []mmapdoc.Range
	return Start{&Job{
		Kind: "compare", Title: "comparing", Quick: true,
		Run: func(ctx context.Context, _ *atomic.Int64) error {
			doc, err := openRecovered(path, r)
			if err != nil {
				return err
			}
			was := doc.Snapshot()
			left, err := doc.Replay(r)
			if err == nil {
				details, differ, err = describeHunks(ctx, was, doc.Snapshot())
			}
			if left != nil {
				details = append(details, "not to the end: "+left.Error())
			}
			return errors.Join(err, doc.Close())
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil || e.doc != old || !slices.Contains(e.protection.found, r) {
				return nil, notCancelled(err)
			}
			e.outside.differ = differ
			if len(differ) > 0 {
				e.Jump(min(differ[0].Start, e.Size()))
			}
			return e.askAbout(slices.Index(e.protection.found, r), details), nil
		},
	}}, nil
}

// describeHunks tells where now differs from was, a line for each place, and which ranges of was those are. Places at
// which the same bytes were written again are left out.
func describeHunks(ctx context.Context, was, now *mmapdoc.Snapshot) (lines []string, differ []mmapdoc.Range, err error) {
	hunks := now.Hunks(maxHunks + 1)
	for n, h := range hunks {
		if err := ctx.Err(); err != nil {
			return nil, nil, err
		}
		if n == maxHunks {
			lines = append(lines, fmt.Sprintf("… and more: these are the first %s", Grouped(maxHunks)))
			break
		}
		before, after := hunkBytes(was, h.Old), hunkBytes(now, h.New)
		if h.Old.Len() == h.New.Len() && h.Old.Len() <= hunkWindow && bytes.Equal(before, after) {
			continue
		}
		line := fmt.Sprintf("0x%08x  ", h.New.Start)
		switch {
		case h.New.Len() == 0:
			line += hexed(before, h.Old.Len()) + " deleted"
		case h.Old.Len() == 0:
			line += hexed(after, h.New.Len()) + " inserted"
		default:
			line += hexed(before, h.Old.Len()) + " → " + hexed(after, h.New.Len())
		}
		lines = append(lines, line)
		if h.Old.Len() > 0 {
			differ = append(differ, h.Old)
		}
	}
	if len(lines) == 0 {
		lines = append(lines, "The bytes are the same.")
	}
	return lines, differ, nil
}

// hunkBytes are the first bytes of r; what is lost reads as zeros.
func hunkBytes(s *mmapdoc.Snapshot, r mmapdoc.Range) []byte {
	b := make([]byte, min(r.Len(), hunkWindow))
	n, _ := s.Read(b, r.Start, nil)
	return b[:n]
}

// hexed shows b, the first of n bytes.
func hexed(b []byte, n int64) string {
	s := strings.TrimSpace(fmt.Sprintf("% x", b))
	if n > int64(len(b)) {
		s += "… (" + count(n, "byte") + ")"
	}
	return s
}

// exchange gives the editor doc in place of its document, which is the same one but for hunks: what the user has laid, marked
// and chosen stays, at the places that it moves to.
func (e *Editor) exchange(doc *mmapdoc.Document, hunks []mmapdoc.Hunk) {
	cursor, top, marks, jumps, overlays, id := e.cursor, e.View.top, e.marks, e.jumps, e.overlays, e.overlayID
	e.Replace(doc)
	e.View.top = top
	e.marks, e.jumps, e.overlays, e.overlayID = marks, jumps, overlays, id
	for _, h := range slices.Backward(hunks) {
		e.shift(h.Old.Start, h.Old.Len(), h.New.Len())
	}
	e.removed = nil
	size := e.Size()
	for k, off := range e.marks {
		e.marks[k] = min(off, size)
	}
	e.stamps++
	for _, o := range e.overlays {
		o.Region.Start = min(o.Region.Start, size)
		o.Region.End = clamp(o.Region.End, o.Region.Start, size)
		o.stamp = e.stamps
	}
	e.setCursor(min(cursor, size))
	e.clampTop()
}
