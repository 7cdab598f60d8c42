package model

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"hexlay/lifeline"
	"hexlay/mmapdoc"
	"hexlay/mmapdoc/wire"
	"hexlay/overlay/frame"
	"hexlay/overlay/ksy"
)

// Live bytes in the editor: a session records a capture into a file and into the tail of the document that is shown. What the
// editor knows of links and frames is collected while they pass, by the session's goroutines.

// live is a session and what has passed. The fields behind mu are of all goroutines.
type live struct {
	session *wire.Session
	doc     *mmapdoc.Document // the capture that it is recorded to
	path    string            // of the recording
	gate    gate

	mu      sync.Mutex
	framing string       // as it was written; "": what comes at once is a frame
	cutter  frame.Cutter // nil: the same
	links   []*liveLink
	byID    map[int]*liveLink
	frames  []ListRow
	dropped int // rows that are not kept any more
	number  int // frames so far
	trouble string
	changed chan struct{} // closed when there is something to tell
	ended   bool
}

// liveLink is what passed on one link.
type liveLink struct {
	link *wire.Link
	ways [2]liveWay
}

// liveWay is one direction of a link.
type liveWay struct {
	feed *frame.Feed
	segs []segment // where in the document the bytes are
	size int64     // bytes so far
	last time.Time // of the last whole frame
}

// segment is bytes of a stream and their place in the document.
type segment struct{ off, at, n int64 }

const (
	maxLiveRows = 200_000 // frames that are listed
	maxSegments = 500_000 // places of a direction that are kept
)

func (l *live) tell() {
	select {
	case <-l.changed:
	default:
		close(l.changed)
	}
}

// news is closed when there is something to tell.
func (l *live) news() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.changed
}

// observe is told everything by the session.
func (l *live) observe(e wire.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if e.Kind == wire.Trouble {
		l.trouble = e.Err.Error()
		l.tell()
	}
	if e.Link == nil {
		return
	}
	k := l.byID[e.Link.ID]
	if k == nil {
		k = &liveLink{link: e.Link}
		l.byID[e.Link.ID] = k
		l.links = append(l.links, k)
	}
	w := &k.ways[e.Dir]
	switch e.Kind {
	case wire.Data:
		if e.At >= 0 {
			if len(w.segs) >= maxSegments {
				w.segs = append(w.segs[:0], w.segs[maxSegments/2:]...)
			}
			w.segs = append(w.segs, segment{w.size, e.At, int64(len(e.Bytes))})
		}
		w.size += int64(len(e.Bytes))
		l.add(k, e, e.Bytes)
	case wire.HalfEnd, wire.Closed:
		for dir := range k.ways {
			if way := &k.ways[dir]; way.feed != nil && (e.Kind == wire.Closed || wire.Direction(dir) == e.Dir) {
				e.Dir = wire.Direction(dir)
				way.feed.End(func(fr frame.Frame, b []byte) { l.found(k, e, fr, b) })
				way.feed = nil
			}
		}
		if e.Kind == wire.Closed && e.Err != nil {
			l.row(ListRow{Lead: lead(k, e.Dir), Text: "broken off", Note: e.Err.Error(), State: Failed})
		}
	case wire.Withheld:
		l.row(ListRow{Lead: lead(k, e.Dir), Text: bytesPreview(e.Bytes), Note: fmt.Sprintf("%s dropped", count(int64(len(e.Bytes)), "byte")), State: Bad})
	}
}

// add cuts what has come into frames. The lock is held.
func (l *live) add(k *liveLink, e wire.Event, b []byte) {
	w := &k.ways[e.Dir]
	if l.cutter == nil {
		l.found(k, e, frame.Frame{Start: w.size - int64(len(b)), End: w.size, State: frame.Whole}, b)
		return
	}
	if w.feed == nil {
		w.feed = frame.NewFeed(l.cutter)
	}
	w.feed.Add(b, func(fr frame.Frame, b []byte) { l.found(k, e, fr, b) })
}

func lead(k *liveLink, dir wire.Direction) string { return fmt.Sprintf("#%d %s", k.link.ID, dir) }

// bytesPreview is the beginning of bytes for a row.
func bytesPreview(b []byte) string {
	const most = 16
	s := fmt.Sprintf("% x", b[:min(len(b), most)])
	if len(b) > most {
		s += " …"
	}
	return s
}

// found lists a frame. The lock is held.
func (l *live) found(k *liveLink, e wire.Event, fr frame.Frame, b []byte) {
	w := &k.ways[e.Dir]
	row := ListRow{Lead: lead(k, e.Dir), Text: bytesPreview(b)}
	if at := w.place(fr.Start); at >= 0 {
		row.Range = mmapdoc.Range{Start: at, End: at + min(w.run(fr.Start), fr.End-fr.Start)}
		if row.Range.Len() < fr.End-fr.Start { // it came in more than one packet
			row.parts = w.parts(fr.Start, fr.End)
		}
	}
	switch fr.State {
	case frame.Whole:
		l.number++
		row.Text = fmt.Sprintf("%d  %s", l.number, row.Text)
		if t, ok := l.cutter.(*frame.Template); ok {
			if s := t.Summary(b); s != "" {
				row.Text = fmt.Sprintf("%d  %s", l.number, s)
			}
		}
		row.Note = count(int64(len(b)), "byte")
		if asked := k.ways[1-e.Dir].last; e.Dir == wire.BToA && !asked.IsZero() { // a reply stands under what it answers
			row.Text = "↳ " + row.Text
			row.Note += fmt.Sprintf(", %s later", e.Time.Sub(asked).Round(time.Microsecond))
		}
		w.last = e.Time
	case frame.Skipped:
		row.State = Bad
		row.Note = count(int64(len(b)), "byte") + " skipped"
		if fr.Err != nil {
			row.Note += ": " + fr.Err.Error()
		}
	case frame.Partial:
		row.State = Missing
		row.Note = fmt.Sprintf("cut off: %s more were needed", count(fr.Need, "byte"))
	}
	l.row(row)
}

func (l *live) row(r ListRow) {
	if len(l.frames) >= maxLiveRows {
		n := maxLiveRows / 10
		l.frames = append(l.frames[:0], l.frames[n:]...)
		l.dropped += n
	}
	l.frames = append(l.frames, r)
}

// place is where in the document the byte off of the stream is; -1: not known any more.
func (w *liveWay) place(off int64) int64 {
	if s, ok := w.segment(off); ok {
		return s.at + off - s.off
	}
	return -1
}

// run is how many bytes from off on stand behind each other in the document.
func (w *liveWay) run(off int64) int64 {
	s, _ := w.segment(off)
	return s.off + s.n - off
}

// parts are the places in the document of [start, end) of the stream.
func (w *liveWay) parts(start, end int64) (list []mmapdoc.Range) {
	for start < end {
		at := w.place(start)
		if at < 0 {
			return list
		}
		n := min(w.run(start), end-start)
		list = append(list, mmapdoc.Range{Start: at, End: at + n})
		start += n
	}
	return list
}

func (w *liveWay) segment(off int64) (segment, bool) {
	lo, hi := 0, len(w.segs)
	for lo < hi {
		if m := (lo + hi) / 2; w.segs[m].off+w.segs[m].n <= off {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo == len(w.segs) || w.segs[lo].off > off {
		return segment{}, false
	}
	return w.segs[lo], true
}

// Len and Row are the list of frames: those that are whole, and then what each direction still waits for.
func (l *live) Len() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.frames)) + int64(len(l.pending()))
}

// Row is for Rows.
func (l *live) Row(i int64) ListRow {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i < int64(len(l.frames)) {
		return l.frames[max(0, i)]
	}
	if p := l.pending(); i-int64(len(l.frames)) < int64(len(p)) {
		return p[i-int64(len(l.frames))]
	}
	return ListRow{}
}

// maxPending bounds how many directions that wait for more are listed.
const maxPending = 64

// pending is a row for each direction in which a frame has begun. The lock is held.
func (l *live) pending() (rows []ListRow) {
	if l.cutter == nil {
		return nil
	}
	for i := len(l.links) - 1; i >= 0 && len(rows) < maxPending && i >= len(l.links)-10*maxPending; i-- {
		k := l.links[i]
		for dir := range k.ways {
			w := &k.ways[dir]
			if w.feed == nil {
				continue
			}
			if n, need, skipped := w.feed.Pending(); n > 0 {
				row := ListRow{Lead: lead(k, wire.Direction(dir)), State: Missing, Text: count(n, "byte") + " of a frame", Note: fmt.Sprintf("needs %s more", count(need, "byte"))}
				if skipped {
					row.Text, row.Note, row.State = count(n, "byte"), "no frame yet", Bad
				}
				if at := w.place(w.size - n); at >= 0 {
					row.Range = mmapdoc.Range{Start: at, End: at + min(n, w.run(w.size-n))}
				}
				rows = append(rows, row)
			}
		}
	}
	return rows
}

// reframe cuts by another framing from now on.
func (l *live) reframe(spec string, c frame.Cutter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.framing, l.cutter = spec, c
	for _, k := range l.links {
		k.ways[0].feed, k.ways[1].feed = nil, nil
	}
}

// cut is wire.Options.Cut: by the framing of the moment.
func (l *live) cut(_ wire.Direction, b []byte, _ bool) int {
	l.mu.Lock()
	c := l.cutter
	l.mu.Unlock()
	if c == nil || !l.gate.holds() {
		return len(b)
	}
	return frame.First(c, b)
}

// linkRows are the links as rows of a list, those that are closed included.
type linkRows struct{ l *live }

func (r linkRows) Len() int64 {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	return int64(len(r.l.links))
}

func (r linkRows) Row(i int64) ListRow {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	if i < 0 || i >= int64(len(r.l.links)) {
		return ListRow{}
	}
	k := r.l.links[i]
	n := k.link.Bytes()
	row := ListRow{Lead: fmt.Sprintf("#%d %s", k.link.ID, k.link.Net), Text: k.link.A + " → " + k.link.B,
		Note: fmt.Sprintf("%s, → %s ← %s", k.link.State(), Grouped(n[0]), Grouped(n[1]))}
	if k.link.Open() {
		row.State = Good
	}
	for _, w := range k.ways {
		if len(w.segs) > 0 {
			row.Range = mmapdoc.Range{Start: w.segs[0].at, End: w.segs[0].at + w.segs[0].n}
			break
		}
	}
	return row
}

// Live tells whether bytes are received live, and from where: "listening on 127.0.0.1:5555".
func (e *Editor) Live() (name string, on bool) {
	if e.live == nil {
		return "", false
	}
	return e.live.session.Name, true
}

// recordLive makes the file of a recording.
func recordLive() (*os.File, error) {
	dir, err := mmapdoc.StateDir()
	if err != nil {
		return nil, fmt.Errorf("there is no place to record to: %w", err)
	}
	dir = filepath.Join(dir, "live")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("there is no place to record to: %w", err)
	}
	return os.CreateTemp(dir, time.Now().Format("2006-01-02T15-04-05-*.pcapng")) // mode 0600
}

// OpenLive opens a session and makes the document of what it records. Run it on any goroutine; ShowLive shows it.
func OpenLive(open func(ctx context.Context, o wire.Options) (*wire.Session, error)) (*Live, error) {
	file, err := recordLive()
	if err != nil {
		return nil, err
	}
	doc, tail := mmapdoc.NewTail("live")
	l := &live{doc: doc, path: file.Name(), byID: make(map[int]*liveLink), changed: make(chan struct{})}
	l.gate.live = l
	recorder := wire.NewRecorder(io.MultiWriter(file, tail), "hexlay")
	l.session, err = open(context.Background(), wire.Options{Recorder: recorder, Observe: l.observe, Gate: &l.gate, Cut: l.cut, KeepHalf: true})
	if err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(file.Name()), doc.Close())
	}
	doc.Rename(l.session.Name)
	lifeline.Go("a recording", func() {
		<-l.session.Ended()
		err := errors.Join(recorder.Err(), l.session.Err(), file.Close())
		tail.End(err)
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ended = true
		l.tell()
	})
	return &Live{l}, nil
}

// Live is a session that was opened and is not shown yet.
type Live struct{ l *live }

// Close ends it without having shown it.
func (v *Live) Close() error { return errors.Join(v.l.session.Close(), v.l.doc.Close()) }

// ShowLive shows a session's recording in place of the document.
func (e *Editor) ShowLive(v *Live) Effect {
	e.Replace(v.l.doc)
	e.live = v.l
	e.Follow(true)
	e.setLive()
	e.Notef("%s; recording to %s", v.l.session.Name, v.l.path)
	return Effects{e.protect(), e.Receive(), e.watchLive(), Panel{"frames", Show}}
}

func (e *Editor) setLive() {
	e.setList(&List{Name: "links", Rows: linkRows{e.live}, Title: e.live.session.Name})
	e.setList(&List{Name: "held", Rows: &e.live.gate, Title: "frames that wait", Use: useHeld})
	e.setList(&List{Name: "frames", Rows: e.live, Title: e.live.framing, Use: openFrame})
}

// endLive ends the session of the document that is shown.
func (e *Editor) endLive() {
	if e.live != nil {
		_ = e.live.session.Close()
		e.live = nil
	}
}

// watchLive tells of frames that wait, of trouble, and of the end.
func (e *Editor) watchLive() Effect {
	l := e.live
	return Watch{l.news(), func(e *Editor) (Effect, error) {
		if e.live != l {
			return nil, nil
		}
		l.mu.Lock()
		trouble, ended := l.trouble, l.ended
		l.trouble = ""
		if !ended {
			l.changed = make(chan struct{})
		}
		l.mu.Unlock()
		if trouble != "" {
			e.Fail(errors.New(trouble))
		}
		var show Effect
		if n := l.gate.Len(); n > 0 {
			e.Notef("%s held: held-forward, held-edit or held-drop", count(n, "frame"))
			if !e.Inner() {
				show = Panel{"held", Show}
			}
		}
		if ended {
			if e.Notef("%s has ended; recorded in %s", l.session.Name, l.path); l.session.Err() != nil {
				e.Fail(fmt.Errorf("%s has ended: %w", l.session.Name, l.session.Err()))
			}
			return show, nil
		}
		return Effects{show, e.watchLive()}, nil
	}}
}

// places are the ranges of a row's bytes, in order.
func (r ListRow) places() []mmapdoc.Range {
	if r.parts != nil {
		return r.parts
	}
	return []mmapdoc.Range{r.Range}
}

// liveBytes reads the frame of a row as the document has it now: with the user's edits.
func (e *Editor) liveBytes(row ListRow) (b []byte, err error) {
	if row.Range.Len() == 0 {
		return nil, errors.New("the bytes of this row are not in the document")
	}
	for _, r := range row.places() {
		part := make([]byte, r.Len())
		if _, err := e.Snapshot().ReadAt(part, r.Start); err != nil {
			return nil, err
		}
		b = append(b, part...)
	}
	return b, nil
}

// openFrame shows a frame as a document of its own; it is written back to where it was recorded.
func openFrame(e *Editor, row ListRow) (Effect, error) {
	b, err := e.liveBytes(row)
	if err != nil {
		return nil, err
	}
	name, size := "frame "+row.Lead, len(b)
	write := func(e *Editor, b []byte) (Effect, error) {
		if len(b) != size {
			return nil, fmt.Errorf("%s has %s; the document has %s now: send sends them all the same", name, count(int64(size), "byte"), count(int64(len(b)), "byte"))
		}
		var patches []patch
		for _, r := range row.places() {
			patches = append(patches, patch{r.Start, r.Len(), b[:r.Len()]})
			b = b[r.Len():]
		}
		return nil, e.apply(patches)
	}
	if err := e.enter(mmapdoc.FromBytes(name, b), 0, write, ""); err != nil {
		return nil, err
	}
	e.Notef("%s: %s; send sends it, substream-write puts it back, substream-close leaves", name, count(int64(size), "byte"))
	if l := e.live; l != nil {
		if t, ok := l.template(); ok {
			return e.layFrame(t)
		}
	}
	return nil, nil
}

func (l *live) template() (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, ok := l.cutter.(*frame.Template)
	return l.framing, ok
}

// layFrame lays the template of the framing over a frame.
func (e *Editor) layFrame(name string) (Effect, error) {
	note := e.notice
	eff, err := e.do("overlay " + name + " @0x0")
	e.notice = note
	return eff, err
}

// parseFraming reads a framing on any goroutine.
func parseFraming(spec string, o TemplateOptions) (frame.Cutter, error) {
	return frame.Parse(spec, func(name string) (*ksy.Schema, error) {
		t, err := loadTemplate(name, false, o)
		if err != nil {
			return nil, err
		}
		return t.schema, nil
	})
}

// sendJob sends frames one after the other in the background: the other side may not read.
func (e *Editor) sendJob(link *wire.Link, frames [][]byte) Effect {
	return Start{&Job{
		Kind: "send", Title: fmt.Sprintf("sending to link %d", link.ID), Total: int64(len(frames)), Detached: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			for i, b := range frames {
				if err := ctx.Err(); err != nil {
					return err
				}
				if err := link.Send(b); err != nil {
					return err
				}
				progress.Store(int64(i + 1))
			}
			return nil
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil {
				return nil, notCancelled(err)
			}
			total := 0
			for _, b := range frames {
				total += len(b)
			}
			e.Notef("sent %s to link %d", count(int64(total), "byte"), link.ID)
			return nil, nil
		},
	}}
}
