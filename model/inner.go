package model

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"hexlay/mmapdoc"
)

// outer is a document that waits while one that was opened from it is shown: a substream of a field, or the template
// that lies over it.
type outer struct {
	doc       *mmapdoc.Document
	cursor    int64
	column    Column
	top       int64
	marks     map[rune]int64
	jumps     jumpList
	overlays  []*Overlay
	overlayID int
	outline   *outline
	removed   []removal
	outside   outside
	frames    *List // of what is live, with its chosen row

	// write puts the inner document's bytes back; nil when they cannot be.
	write func(e *Editor, b []byte) (Effect, error)
	why   string // why they cannot

	// from gives the place around of a byte of the inner document, where the cursor comes back to; nil where it comes back to where it was.
	from func(off int64) (int64, bool)
}

// maxDepth bounds how many documents stand in each other.
const maxDepth = 64

// Inner tells whether the document was opened from within another one.
func (e *Editor) Inner() bool { return len(e.outers) > 0 }

// enter shows doc; leave comes back.
func (e *Editor) enter(doc *mmapdoc.Document, off int64, write func(e *Editor, b []byte) (Effect, error), why string) error {
	if e.jobs.running["save"] != nil {
		return errors.Join(errors.New("a save is running; go on when it is done"), doc.Close())
	}
	if len(e.outers) == maxDepth {
		return errors.Join(fmt.Errorf("at most %d documents stand in each other", maxDepth), doc.Close())
	}
	frames := e.lists["frames"]
	e.jobs.stopAll()
	e.endWatch()
	e.dropLists()
	e.endReceive()
	e.outers = append(e.outers, outer{e.doc, e.cursor, e.column, e.View.top, e.marks, e.jumps, e.overlays, e.overlayID, e.outline, e.removed, e.outside, frames, write, why, nil})
	e.outside = outside{}
	e.doc, e.cursor, e.low, e.selecting = doc, 0, false, false
	e.marks = make(map[rune]int64)
	e.jumps, e.overlays, e.outline, e.sight, e.looking, e.asked, e.removed = jumpList{}, nil, nil, nil, sightKey{}, nil, nil
	e.finding.last = e.finding.last.everywhere()
	e.View.top = 0
	e.setCursor(off)
	e.revealFar()
	return nil
}

// leave closes the inner document and goes on with the one around it.
func (e *Editor) leave() (Effect, error) {
	e.jobs.stopAll()
	e.endWatch()
	e.dropLists()
	in, at := e.doc, e.cursor
	in.Unlock()
	if err := in.DropJournal(); err != nil {
		return nil, err
	}
	o := e.outers[len(e.outers)-1]
	e.outers = e.outers[:len(e.outers)-1]
	e.doc, e.cursor, e.column, e.low, e.selecting = o.doc, o.cursor, o.column, false, false
	e.marks, e.jumps, e.overlays, e.overlayID, e.outline, e.removed = o.marks, o.jumps, o.overlays, o.overlayID, o.outline, o.removed
	e.sight, e.looking, e.asked = nil, sightKey{}, nil
	e.View.top = o.top
	e.clampTop()
	if o.from != nil {
		if off, ok := o.from(at); ok {
			e.setCursor(off)
			e.revealFar()
		}
	}
	e.outside = o.outside
	if e.live != nil && !e.Inner() {
		e.setLive()
		if f := o.frames; f != nil && f.Title == e.live.framing() {
			e.setList(f)
		}
	}
	again := Effects{e.watchOn(), e.watchTemplates(), e.receive(0)}
	if e.register.from == in {
		e.register.keep = in
		return again, nil
	}
	return again, in.Close()
}

func innerCommands() []*Command {
	inner := func(e *Editor) error {
		if !e.Inner() {
			return errors.New("this document was not opened from within another one")
		}
		return nil
	}
	return []*Command{
		{Name: "substream", Group: "Structure", Help: "Open the bytes of the chosen field as a document of their own, after any process, with its type laid over them",
			Enabled: (*Editor).someOverlay, Run: runSubstream},
		{Name: "substream-write", Group: "Structure", Help: "Write the bytes of this document back into the field that it came from", Enabled: inner,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.writeBack() }},
		{Name: "substream-close", Group: "Structure", Help: "Go back to the document around this one", Enabled: inner,
			Run: func(e *Editor, _ []string) (Effect, error) {
				o := e.outers[len(e.outers)-1]
				if !e.doc.Modified() {
					return e.leave()
				}
				ask := Ask{Title: "Leave " + e.doc.Info().Name + "?", Text: "It has changes that are not written back."}
				if o.write != nil {
					ask.Choices = append(ask.Choices, Choice{"w", "write them back", "substream-write"})
				} else if o.why != "" {
					ask.Text = "It has changes, and " + o.why + "."
				}
				ask.Choices = append(ask.Choices, Choice{"d", "discard them", "substream-close!"}, Choice{"esc", "stay", ""})
				return ask, nil
			}},
		{Name: "substream-close!", Group: "Structure", Help: "Go back to the document around this one and give up the changes", Enabled: inner,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.leave() }},
	}
}

// maxSubstream bounds what a substream takes of memory.
const maxSubstream = 256 << 20

// source is a node whose bytes can be opened as a document.
type source interface {
	node
	// substream gives the bytes; raw is where they come from in the document, writable that they are the same bytes.
	substream() (b *io.SectionReader, raw mmapdoc.Range, writable, ok bool)
	// part is the template of those bytes, nil where they have none.
	part() *Template
	// encodeBytes gives the patches that make b those bytes.
	encodeBytes(b []byte) ([]patch, error)
}

func runSubstream(e *Editor, _ []string) (Effect, error) {
	var data []byte
	var raw mmapdoc.Range
	var at path
	var name string
	var same bool
	var fixed error // why it cannot be written back
	var over *Template
	j := e.treeJob("reading the substream", func(ctx context.Context, o *outline, sc *scene) error {
		o.follow(ctx, sc.cursor)
		n, p, err := o.chosen()
		if err != nil {
			return err
		}
		for at = p; ; { // the field itself, or the nearest around it that has bytes of its own
			if s, ok := n.(source); ok {
				if b, r, w, ok := s.substream(); ok {
					if b.Size() > maxSubstream {
						return fmt.Errorf("%s has %s; at most %s open as a document", pathText(at.steps), count(b.Size(), "byte"), count(maxSubstream, "byte"))
					}
					data = make([]byte, b.Size())
					if _, err := b.ReadAt(data, 0); err != nil && err != io.EOF {
						return err
					}
					raw, same, over = r, w, s.part()
					if !same {
						_, fixed = s.encodeBytes(data)
					}
					break
				}
			}
			if len(at.steps) == 0 {
				return errors.New("the field has no bytes of its own to open")
			}
			at = path{at.overlay, at.steps[:len(at.steps)-1]}
			n, _ = o.resolve(at)
		}
		name = or(pathText(at.steps), o.tree(at.overlay).Name())
		return nil
	}, nil)
	j.Done = func(e *Editor, err error) (Effect, error) {
		if err != nil {
			return nil, notCancelled(err)
		}
		title := name + " in " + e.doc.Info().Name
		var write func(e *Editor, b []byte) (Effect, error)
		why := ""
		switch {
		case fixed != nil:
			why = "it cannot be written back: " + fixed.Error()
		default:
			write = func(e *Editor, b []byte) (Effect, error) {
				if same && int64(len(b)) == raw.Len() {
					return nil, e.apply([]patch{{raw.Start, raw.Len(), b}})
				}
				return e.setBytes(at, title, over, b, write)
			}
		}
		doc := mmapdoc.FromBytes(title, data)
		if err := e.enter(doc, 0, write, why); err != nil {
			return nil, err
		}
		eff, err := e.layPart(over)
		if err != nil {
			return nil, err
		}
		e.Notef("%s: %s; substream-close goes back", name, count(int64(len(data)), "byte"))
		if why != "" {
			e.notice.Text += "; " + why
		}
		return eff, nil
	}
	return Start{j}, nil
}

// layPart lays the template of a substream over it, if it has one.
func (e *Editor) layPart(t *Template) (Effect, error) {
	if t == nil {
		return nil, nil
	}
	if _, err := e.lay(t, mmapdoc.Range{End: e.Size()}, true); err != nil {
		return nil, err
	}
	return Effects{Panel{"structure", Show}, e.watchTemplates()}, nil
}

// writeBack puts the inner document's bytes into the field that it came from, and goes back.
func (e *Editor) writeBack() (Effect, error) {
	o := e.outers[len(e.outers)-1]
	if o.write == nil {
		return nil, errors.New(or(o.why, "this document is a file of its own; save writes it"))
	}
	b, err := e.bytesOf(mmapdoc.Range{Start: 0, End: e.Size()}, maxSubstream, "substream-write")
	if err != nil {
		return nil, err
	}
	again, err := e.leave()
	if err != nil {
		return again, err
	}
	eff, err := o.write(e, b)
	if err == nil {
		e.Notef("%s written back", count(int64(len(b)), "byte"))
	}
	return Effects{again, eff}, err
}

// setBytes gives the field at p other bytes, through its process. Where they do not fit, the inner document that they were is opened
// again, so that no work is lost.
func (e *Editor) setBytes(p path, title string, over *Template, b []byte, write func(e *Editor, b []byte) (Effect, error)) (Effect, error) {
	var ps []patch
	refit := e.refitter()
	snap := e.Snapshot()
	j := e.treeJob("writing the field", func(ctx context.Context, o *outline, _ *scene) error {
		n, ok := o.resolve(p)
		s, has := n.(source)
		if !ok || !has {
			return fmt.Errorf("%s is not there any more", pathText(p.steps))
		}
		var err error
		if ps, err = s.encodeBytes(b); err != nil || refit == nil {
			return err
		}
		m, err := o.mend(ctx, p.overlay, ps, refit)
		if err == nil && m.refitted {
			ps = m.patches
		}
		return err
	}, func(e *Editor, err error) (Effect, error) {
		if err == nil && e.still(snap) {
			return nil, e.apply(ps)
		}
		err = cmp.Or(err, errMeanwhile)
		doc := mmapdoc.FromBytes(title, nil)
		if again := errors.Join(doc.Splice(0, 0, b, mmapdoc.Alone), e.enter(doc, 0, write, "")); again != nil {
			return nil, errors.Join(err, again)
		}
		eff, again := e.layPart(over)
		return eff, errors.Join(err, again)
	})
	return Start{j}, nil
}

// notCancelled is err, unless the job was only cancelled.
func notCancelled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// visit opens a file as an inner document, at off.
func (e *Editor) visit(path string, off int64, notice string) (Effect, error) {
	var doc *mmapdoc.Document
	old := e.doc
	return Start{&Job{
		Kind: "open", Title: "opening " + path, Quick: true,
		Run: func(context.Context, *atomic.Int64) (err error) {
			doc, err = mmapdoc.Open(path)
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil {
				return nil, err
			}
			if e.doc != old {
				return nil, doc.Close()
			}
			if err := e.enter(doc, off, nil, ""); err != nil {
				return nil, err
			}
			e.Notef("%s; substream-close goes back", notice)
			return nil, nil
		},
	}}, nil
}
