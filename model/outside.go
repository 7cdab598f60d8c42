package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"hexlay/lifeline"
	"hexlay/mmapdoc"
)

// What other programs do to the document's file while it is open: noticed in the background, told in a banner, and answered
// by commands. Nothing is ever reloaded or overwritten unasked.

// outside is what an editor knows about it.
type outside struct {
	now    mmapdoc.Outside // what the banner tells; zero when there is nothing, or the user keeps what he has
	known  mmapdoc.Outside // what was noticed last
	stop   chan struct{}
	differ []mmapdoc.Range // bytes that differ from what was there before, ascending and apart
	seen   map[int64]*seenBytes
}

// seenBytes are the bytes of a block that were on the screen.
type seenBytes struct {
	b     [seenBlock]byte
	known [seenBlock]bool
	n     int // of them
}

const (
	seenBlock  = 256     // bytes that are remembered together, of what was on the screen
	seenMost   = 1 << 14 // as many blocks: 8 MiB
	differMost = 10_000  // differences that are kept
)

// Outside is what another program did to the file since it was opened or saved, to be told until it is answered.
func (e *Editor) Outside() mmapdoc.Outside { return e.outside.now }

// Differences appends the parts of r that a reload or a comparison found to be different.
func (e *Editor) Differences(r mmapdoc.Range, out []mmapdoc.Range) []mmapdoc.Range {
	i, _ := slices.BinarySearchFunc(e.outside.differ, r.Start, func(d mmapdoc.Range, off int64) int {
		if d.End <= off {
			return -1
		}
		return 1
	})
	for ; i < len(e.outside.differ) && e.outside.differ[i].Start < r.End; i++ {
		out = append(out, e.outside.differ[i])
	}
	return out
}

// Saw remembers bytes that were on the screen: when another program writes into the file itself, the old ones are nowhere
// else.
func (e *Editor) Saw(off int64, b []byte) {
	o := &e.outside
	if o.stop == nil || o.known.Deed != mmapdoc.Unchanged || e.doc.Modified() {
		return
	}
	for len(b) > 0 {
		at := off % seenBlock
		n := min(int64(len(b)), seenBlock-at)
		s := o.seen[off-at]
		if s == nil && len(o.seen) < seenMost {
			if o.seen == nil {
				o.seen = make(map[int64]*seenBytes)
			}
			s = new(seenBytes)
			o.seen[off-at] = s
		}
		if s != nil && s.n < seenBlock {
			for i := range n {
				if !s.known[at+i] { // the first sight counts
					s.b[at+i], s.known[at+i] = b[i], true
					s.n++
				}
			}
		}
		off, b = off+n, b[n:]
	}
}

// watchOutside looks out for other programs from now on.
func (e *Editor) watchOutside() Effect {
	e.endWatch()
	e.outside.known, e.outside.now, e.outside.seen = mmapdoc.Outside{}, mmapdoc.Outside{}, nil
	return e.watchOn()
}

func (e *Editor) endWatch() {
	if e.outside.stop != nil {
		close(e.outside.stop)
		e.outside.stop = nil
	}
}

// watchAgain watches on from what is known now.
func (e *Editor) watchAgain() Effect {
	if e.outside.stop == nil {
		return nil
	}
	e.endWatch()
	return e.watchOn()
}

func (e *Editor) watchOn() Effect {
	if gone := e.doc.ProcessGone(); gone != nil && e.protection.on {
		return e.watchProcess(gone)
	}
	look := e.doc.Outsider()
	if look == nil || !e.protection.on {
		return nil
	}
	stop, noticed := make(chan struct{}), make(chan struct{})
	e.outside.stop = stop
	known, doc := e.outside.known, e.doc
	var now mmapdoc.Outside
	lifeline.Go("watching the file", func() {
		defer close(noticed)
		now, _ = look.Wait(stop, known)
	})
	return Watch{noticed, func(e *Editor) (Effect, error) {
		if e.outside.stop != stop || e.doc != doc {
			return nil, nil
		}
		if e.growWithFile(now) {
			e.outside.now, e.outside.known = mmapdoc.Outside{}, mmapdoc.Outside{}
			return e.watchOn(), nil
		}
		e.outside.known = now
		for _, o := range e.overlays { // the bytes may be others now, though the document does not know it
			e.stamps++
			o.stamp = e.stamps
		}
		if e.jobs.running["save"] == nil { // what the own save does is told when it has ended
			e.outside.now = now
		}
		return e.watchOn(), nil
	}}
}

// processLook is how often a process is looked for.
const processLook = time.Second

// watchProcess tells when the process whose memory the document is has ended.
func (e *Editor) watchProcess(gone func() bool) Effect {
	stop, noticed := make(chan struct{}), make(chan struct{})
	e.outside.stop = stop
	lifeline.Go("watching the process", func() {
		defer close(noticed)
		tick := time.NewTicker(processLook)
		defer tick.Stop()
		for !gone() {
			select {
			case <-stop:
				return
			case <-tick.C:
			}
		}
	})
	return Watch{noticed, func(e *Editor) (Effect, error) {
		if e.outside.stop == stop {
			e.outside.now = mmapdoc.Outside{Deed: mmapdoc.Ended}
		}
		return nil, nil
	}}
}

// MayFollow tells that the file grew, and that what was appended can be taken.
func (e *Editor) MayFollow() bool {
	return e.outside.now.Deed == mmapdoc.Grew && !e.growing.following && !e.doc.Modified()
}

func outsideCommands() []*Command {
	happened := func(e *Editor) error {
		if e.outside.now.Deed == mmapdoc.Unchanged {
			return errors.New("no other program has changed the file")
		}
		return nil
	}
	file := func(e *Editor) error {
		if e.doc.Outsider() == nil {
			return errors.New("the document has no file to look at again")
		}
		return nil
	}
	return []*Command{
		{Name: "outside", Group: "File", Help: "Answer what another program did to the file", Enabled: happened,
			Run: func(e *Editor, _ []string) (Effect, error) {
				if e.outside.now.Deed == mmapdoc.Ended {
					return Ask{Title: "The process has ended", Text: "What was on the screen stays and can be copied; nothing can be written any more.",
						Choices: []Choice{{"k", "go on", "keep-mine"}, {"q", "quit", "quit"}, {"esc", "decide later", ""}}}, nil
				}
				compare := Choice{"c", "compare with it, side by side", "compare disk"}
				if e.outside.now.Deed == mmapdoc.Rewritten && !e.doc.Modified() { // both show the new bytes; the old ones are known where they were on the screen
					compare = Choice{"c", "compare: highlight what differs", "compare-file"}
				}
				ask := Ask{Title: "The file was changed", Text: e.outside.now.String() + ".", Choices: []Choice{
					{"r", "reload the file", "reload"}, {"k", "keep mine; a save asks again", "keep-mine"}, compare,
					{"a", "save mine elsewhere", "save-as"}, {"esc", "decide later", ""}}}
				if e.MayFollow() {
					ask.Choices = slices.Insert(ask.Choices, 1, Choice{"f", "follow: take what was appended, and what will be", "follow"})
				}
				return ask, nil
			}},
		{Name: "reload", Group: "File", Help: "Open the file again as it is now; what differs is highlighted", Enabled: file,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.reload(false) }},
		{Name: "reload!", Group: "File", Help: "Open the file again and give up the changes", Enabled: file,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.reload(true) }},
		{Name: "keep-mine", Group: "File", Help: "Go on with the document as it is; a save asks before it overwrites the file", Enabled: happened,
			Run: func(e *Editor, _ []string) (Effect, error) {
				ended := e.outside.now.Deed == mmapdoc.Ended
				if e.outside.now = (mmapdoc.Outside{}); ended {
					return nil, nil
				}
				e.Notef("a save will ask before it overwrites what the other program did")
				return nil, nil
			}},
		{Name: "compare-file", Group: "File", Help: "Highlight where the document differs from its file as it is now", Enabled: file,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.compareFile(), nil }},
		{Name: "next-difference", Group: "Move", Help: "Go to the next difference: of a comparison, or that a reload has highlighted", Enabled: differing,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.goDifference(1) }},
		{Name: "previous-difference", Group: "Move", Help: "Go to the difference before", Enabled: differing,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.goDifference(-1) }},
		{Name: "clear-differences", Group: "View", Help: "Take the highlights of differences away", Enabled: differing,
			Run: func(e *Editor, _ []string) (Effect, error) { e.outside.differ = nil; return nil, nil }},
		{Name: "drop-lost", Group: "File", Help: "Delete the bytes that are lost because the file was cut, so that the rest can be saved", Enabled: losing,
			Run: func(e *Editor, _ []string) (Effect, error) { return nil, e.mendLost(true) }},
		{Name: "zero-lost", Group: "File", Help: "Put zeros for the bytes that are lost because the file was cut, so that the rest keeps its place", Enabled: losing,
			Run: func(e *Editor, _ []string) (Effect, error) { return nil, e.mendLost(false) }},
	}
}

func differing(e *Editor) error {
	if e.Comparison() != nil {
		return nil
	}
	if len(e.outside.differ) == 0 {
		return errors.New("nothing is compared; compare FILE and compare disk do")
	}
	return nil
}

func losing(e *Editor) error {
	if e.doc.Outsider() != nil && len(e.Snapshot().Lost(nil)) > 0 {
		return nil
	}
	return errors.New("no bytes are lost")
}

// reload opens the file anew, in the background, and keeps cursor and marks.
func (e *Editor) reload(force bool) (Effect, error) {
	if e.jobs.running["save"] != nil {
		return nil, errors.New("a save is running")
	}
	if e.doc.Modified() && !force {
		return Ask{Title: "Give up the changes?", Text: e.doc.Info().Name + " has changes that are not saved; reloading gives them up.", Choices: []Choice{
			{"g", "give up the changes and reload", "reload!"}, {"c", "compare with the file instead", "compare disk"}, {"esc", "cancel", ""}}}, nil
	}
	old, version, look := e.doc, e.doc.Version(), e.doc.Outsider()
	was, seen := e.Snapshot(), e.outside.seen
	if look == nil {
		return nil, errors.New("the document has no file to look at again")
	}
	var doc *mmapdoc.Document
	var differ []mmapdoc.Range
	return Start{&Job{
		Kind: "open", Title: "reloading", Total: was.Size(), Keep: true,
		Run: func(ctx context.Context, progress *atomic.Int64) (err error) {
			if doc, err = look.OpenAgain(); err != nil {
				return err
			}
			if differ, err = differences(ctx, was, doc.Snapshot(), seen, progress); err != nil {
				return errors.Join(err, doc.Close())
			}
			return nil
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case errors.Is(err, context.Canceled):
				return nil, nil
			case err != nil:
				return nil, err
			case e.doc != old || old.Version() != version || e.jobs.running["save"] != nil:
				return nil, errors.Join(errors.New("not reloaded: the document was changed meanwhile"), doc.Close())
			}
			e.exchange(doc, nil)
			eff := e.protect()
			e.outside.differ = differ
			e.Notef("reloaded: %s; %s", count(e.Size(), "byte"), tellDifferences(differ))
			return eff, nil
		},
	}}, nil
}

func tellDifferences(differ []mmapdoc.Range) string {
	switch n := len(differ); {
	case n == 0:
		return "no difference is known"
	case n >= differMost:
		return fmt.Sprintf("the first %s are highlighted", count(differMost, "difference"))
	case n == 1:
		return "1 difference is highlighted"
	default:
		return fmt.Sprintf("%s are highlighted", count(int64(n), "difference"))
	}
}

// compareFile finds, in the background, where the document differs from its file.
func (e *Editor) compareFile() Effect {
	was, look, doc, seen := e.Snapshot(), e.doc.Outsider(), e.doc, e.outside.seen
	var differ []mmapdoc.Range
	return Start{&Job{
		Kind: "compare", Title: "comparing", Total: was.Size(),
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			now, err := look.OpenAgain()
			if err != nil {
				return err
			}
			differ, err = differences(ctx, was, now.Snapshot(), seen, progress)
			return errors.Join(err, now.Close())
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil || e.doc != doc {
				return nil, err
			}
			e.outside.differ = differ
			e.Notef("compared with the file: %s", tellDifferences(differ))
			if len(differ) > 0 {
				e.Jump(min(differ[0].Start, e.Size()))
			}
			return nil, nil
		},
	}}
}

// differences are the ranges, of the longer of the two, in which now differs from was; also where it differs from seen, what
// was on the screen. Holes of both are jumped over, lost bytes differ.
func differences(ctx context.Context, was, now *mmapdoc.Snapshot, seen map[int64]*seenBytes, progress *atomic.Int64) ([]mmapdoc.Range, error) {
	var found []mmapdoc.Range
	add := func(start, end int64) {
		if k := len(found) - 1; k >= 0 && found[k].End == start {
			found[k].End = end
		} else {
			found = append(found, mmapdoc.Range{Start: start, End: end})
		}
	}
	const chunk = 64 << 10
	a, b := make([]byte, chunk), make([]byte, chunk)
	size := min(was.Size(), now.Size())
	for off := int64(0); off < size && len(found) < differMost; {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if off = min(was.NextData(off).Start, now.NextData(off).Start); off >= size {
			break
		}
		off -= off % seenBlock
		n := min(chunk, size-off)
		_, lost := was.Read(a[:n], off, nil)
		_, lost = now.Read(b[:n], off, lost)
		for at := int64(0); at < n && len(seen) > 0; at += seenBlock {
			if s := seen[off+at]; s != nil {
				for i := range min(seenBlock, n-at) {
					if s.known[i] {
						a[at+i] = s.b[i]
					}
				}
			}
		}
		for _, r := range lost {
			for k := r.Start - off; k < r.End-off; k++ {
				a[k], b[k] = 1, 0
			}
		}
		for k := int64(0); k < n; k++ {
			if a[k] != b[k] {
				add(off+k, off+k+1)
			}
		}
		off += n
		progress.Store(off)
	}
	if end := max(was.Size(), now.Size()); end > size {
		add(size, end)
	}
	return found[:min(len(found), differMost)], nil
}

func (e *Editor) goDifference(step int) (Effect, error) {
	if c := e.Comparison(); c != nil {
		return nil, c.step(int64(step))
	}
	list := e.outside.differ
	i, _ := slices.BinarySearchFunc(list, e.cursor, func(d mmapdoc.Range, off int64) int {
		if d.Start < off || d.Start == off && step > 0 {
			return -1
		}
		return 1
	})
	if step < 0 {
		i--
	}
	if i < 0 || i >= len(list) {
		return nil, errors.New("no more differences that way")
	}
	e.Jump(min(list[i].Start, e.Size()))
	return nil, nil
}

// mendLost takes lost bytes out of the document, or puts zeros for them, as one step of undo.
func (e *Editor) mendLost(drop bool) error {
	lost := e.Snapshot().Lost(nil)
	var total int64
	e.doc.Begin()
	defer e.doc.End()
	for _, r := range slices.Backward(lost) {
		total += r.Len()
		var err error
		if drop {
			err = e.splice(r.Start, r.Len(), nil, mmapdoc.Alone)
		} else {
			err = e.doc.SpliceFill(r.Start, r.Len(), r.Len(), []byte{0})
		}
		if err != nil {
			return err
		}
	}
	if drop {
		e.setCursor(min(e.cursor, e.Size()))
		e.Notef("took %s out that the file has lost; undo brings the places back", count(total, "byte"))
	} else {
		e.Notef("put zeros for %s that the file has lost", count(total, "byte"))
	}
	return nil
}
