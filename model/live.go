package model

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
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
	file    recording
	gate    gate
	began   time.Time

	mu      sync.Mutex
	frames  *frameList
	links   []*liveLink
	byID    map[int]*liveLink
	trouble string
	changed chan struct{} // closed when there is something to tell
	ended   bool
	kept    string // at the end: where the recording is
}

// liveLink is what passed on one link.
type liveLink struct {
	link   *wire.Link
	ways   [2]liveWay
	broken *ListRow // what is listed of its end, where that was none
}

// liveWay is one direction of a link.
type liveWay struct {
	segs []segment // where in the document the bytes are
	size int64     // bytes so far
}

// segment is bytes of a stream, their place in the document, and when they came.
type segment struct {
	off, at, n int64
	time       int64 // ns since 1970
}

// maxSegments is how many places of a direction are kept.
const maxSegments = 500_000

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

// told notes what the user is to know.
func (l *live) told(trouble error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.trouble = trouble.Error()
	l.tell()
}

// observe is told everything by the session.
func (l *live) observe(e wire.Event) {
	if e.Kind == wire.Trouble {
		l.told(e.Err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
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
				w.segs = append([]segment(nil), w.segs[maxSegments/2:]...) // a new one: the old one may be read
			}
			w.segs = append(w.segs, segment{w.size, e.At, int64(len(e.Bytes)), e.Time.UnixNano()})
		}
		l.frames.add(k, e.Dir, e.Time, w.size, e.Bytes)
		w.size += int64(len(e.Bytes))
	case wire.HalfEnd, wire.Closed:
		for dir := range wire.Direction(2) {
			if e.Kind == wire.Closed || dir == e.Dir {
				l.frames.end(k, dir, e.Time)
			}
		}
		if e.Kind == wire.Closed && e.Err != nil {
			k.broken = &ListRow{Range: nowhere, Lead: l.frames.lead(k, e.Dir, e.Time), Text: "broken off", Note: e.Err.Error(), State: Failed}
			l.frames.row(*k.broken)
		}
	case wire.Withheld:
		l.frames.row(ListRow{Range: nowhere, Lead: l.frames.lead(k, e.Dir, e.Time), Text: bytesPreview(e.Bytes, 8), Note: fmt.Sprintf("%s dropped", count(int64(len(e.Bytes)), "byte")), State: Bad})
	}
}

// bytesPreview is the beginning of bytes for a row, so many at most.
func bytesPreview(b []byte, most int) string {
	s := fmt.Sprintf("% x", b[:min(len(b), most)])
	if len(b) > most {
		s += " …"
	}
	return s
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

// cut is wire.Options.Cut: by the framing of the moment.
func (l *live) cut(_ wire.Direction, b []byte, _ bool) int {
	l.mu.Lock()
	c := l.frames.cutter
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
	row := ListRow{Range: nowhere, Lead: fmt.Sprintf("#%d %s", k.link.ID, k.link.Net), Text: k.link.A + " → " + k.link.B,
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

// recording is the file to which a capture is recorded beside the document. When it takes no more, the document goes on.
type recording struct {
	*os.File
	trouble func(error) // is told, once

	mu  sync.Mutex
	err error
}

// NewRecording makes the file of a recording, which only the user can read.
func NewRecording() (*os.File, error) {
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

// Write always succeeds.
func (r *recording) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return len(p), nil
	}
	if _, err := r.File.Write(p); err != nil {
		r.err = plainCause(err)
		r.trouble(fmt.Errorf("nothing more is recorded: %w; the document goes on and has all, save-as keeps it", r.err))
	}
	return len(p), nil
}

// end closes the file and says how much of the capture is in it.
func (r *recording) end() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.Close(); r.err == nil && err != nil {
		r.err = plainCause(err)
	}
	if r.err != nil {
		return fmt.Sprintf("save-as keeps it; only a part was recorded (%v) in %s", r.err, r.Name())
	}
	return "recorded in " + r.Name()
}

// plainCause is an error of a file without the file's name.
func plainCause(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// recordingName says where the recording goes, or went.
func (l *live) recordingName() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return l.kept
	}
	return "recording to " + l.file.Name()
}

// OpenLive opens a session and makes the document of what it records. Run it on any goroutine; ShowLive shows it.
func OpenLive(open func(ctx context.Context, o wire.Options) (*wire.Session, error)) (*Live, error) {
	file, err := NewRecording()
	if err != nil {
		return nil, err
	}
	doc, tail := mmapdoc.NewTail("live")
	l := &live{doc: doc, byID: make(map[int]*liveLink), changed: make(chan struct{}), began: time.Now()}
	l.file = recording{File: file, trouble: l.told}
	l.frames = newFrameList("", nil, l.began)
	l.gate.live = l
	recorder := wire.NewRecorder(io.MultiWriter(tail, &l.file), "hexlay")
	l.session, err = open(context.Background(), wire.Options{Recorder: recorder, Observe: l.observe, Gate: &l.gate, Cut: l.cut, KeepHalf: true})
	if err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(file.Name()), doc.Close())
	}
	doc.Rename(l.session.Name)
	lifeline.Go("a recording", func() {
		<-l.session.Ended()
		tail.End(errors.Join(recorder.Err(), l.session.Err()))
		kept := l.file.end()
		l.mu.Lock()
		defer l.mu.Unlock()
		l.ended, l.kept = true, kept
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
	e.Notef("%s; %s", v.l.session.Name, v.l.recordingName())
	shown, hidden := "frames", "packets"
	if v.l.session.Interface != "" { // nothing is cut into frames there
		shown, hidden = hidden, shown
	}
	return Effects{e.protect(), e.Receive(), e.watchLive(), Panel{hidden, Hide}, Panel{shown, Show}}
}

func (e *Editor) setLive() {
	e.setList(&List{Name: "links", Rows: linkRows{e.live}, Title: e.live.session.Name})
	e.setList(&List{Name: "held", Rows: &e.live.gate, Title: "frames that wait", Use: useHeld})
	e.setList(&List{Name: "frames", Rows: liveFrames{e.live}, tail: true, Title: e.live.framing(), Use: openFrame, speaks: true, row: lastRow})
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
		trouble, ended, kept := l.trouble, l.ended, l.kept
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
			if e.Notef("%s has ended; %s", l.session.Name, kept); l.session.Err() != nil {
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

// template is what overlay lays over a frame: that of the framing, or its struct format.
func (l *live) template() (string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	format, ok := strings.CutPrefix(l.frames.spec, "struct:")
	if !ok {
		_, ok = l.frames.cutter.(*frame.Template)
	}
	return format, ok
}

// layFrame lays the template of the framing over a frame, and leaves what was said of that.
func (e *Editor) layFrame(name string) (Effect, error) {
	note := e.notice
	eff, err := e.do("overlay " + name + " @0x0")
	e.notice = note
	if start, ok := eff.(Start); ok {
		done := start.Job.Done
		start.Job.Done = func(e *Editor, err error) (Effect, error) {
			eff, err := done(e, err)
			if err == nil {
				e.notice = note
			}
			return eff, err
		}
	}
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
