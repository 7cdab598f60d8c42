package model

import (
	"context"
	"fmt"
	"sort"
	"sync/atomic"
	"time"

	"hexlay/mmapdoc"
	"hexlay/mmapdoc/wire"
	"hexlay/overlay/frame"
)

// frameList is the frames that one framing finds in what passes. All its methods are called with live.mu held, except while it is
// being made of what has passed already and nobody else knows it.
type frameList struct {
	spec    string       // as it was written; "": what comes at once is a frame
	cutter  frame.Cutter // nil: the same
	began   time.Time
	rows    []ListRow
	dropped int // rows that are not kept any more
	number  int // frames so far
	ways    map[*liveWay]*frameWay
	order   []*frameWay // in which they began
}

// frameWay is how far one direction of a link is cut.
type frameWay struct {
	link *liveLink
	dir  wire.Direction
	feed *frame.Feed
	size int64     // bytes so far
	last time.Time // of the last whole frame
}

// maxLiveRows is how many frames are listed.
const maxLiveRows = 200_000

func newFrameList(spec string, c frame.Cutter, began time.Time) *frameList {
	return &frameList{spec: spec, cutter: c, began: began, ways: make(map[*liveWay]*frameWay)}
}

func (f *frameList) way(k *liveLink, dir wire.Direction) *frameWay {
	w := f.ways[&k.ways[dir]]
	if w == nil {
		w = &frameWay{link: k, dir: dir}
		f.ways[&k.ways[dir]] = w
		f.order = append(f.order, w)
	}
	return w
}

// add cuts bytes at off of a stream into frames.
func (f *frameList) add(k *liveLink, dir wire.Direction, at time.Time, off int64, b []byte) {
	w := f.way(k, dir)
	w.size = off + int64(len(b))
	if f.cutter == nil {
		f.found(w, at, frame.Frame{Start: off, End: w.size, State: frame.Whole}, b)
		return
	}
	if w.feed == nil {
		w.feed = frame.NewFeed(f.cutter)
	}
	from := off - w.feed.Size()
	found := func(fr frame.Frame, b []byte) {
		fr.Start, fr.End = fr.Start+from, fr.End+from
		f.found(w, at, fr, b)
	}
	w.feed.Add(b, found)
	if k.link.Net == "udp" {
		w.feed.Break(found)
	}
}

// end lists what is left of a direction that has ended.
func (f *frameList) end(k *liveLink, dir wire.Direction, at time.Time) {
	w := f.way(k, dir)
	if w.feed == nil {
		return
	}
	from := w.size - w.feed.Size()
	w.feed.End(func(fr frame.Frame, b []byte) {
		fr.Start, fr.End = fr.Start+from, fr.End+from
		f.found(w, at, fr, b)
	})
	w.feed = nil
}

// lead is the time since the start, the link and the direction.
func (f *frameList) lead(k *liveLink, dir wire.Direction, at time.Time) string {
	return fmt.Sprintf("%10.6f #%d %s", at.Sub(f.began).Seconds(), k.link.ID, dir)
}

// found lists a frame.
func (f *frameList) found(w *frameWay, at time.Time, fr frame.Frame, b []byte) {
	way := &w.link.ways[w.dir]
	row := ListRow{Range: nowhere, Lead: f.lead(w.link, w.dir, at), Text: bytesPreview(b, 16)}
	if place := way.place(fr.Start); place >= 0 {
		row.Range = mmapdoc.Range{Start: place, End: place + min(way.run(fr.Start), fr.End-fr.Start)}
		if row.Range.Len() < fr.End-fr.Start { // it came in more than one packet
			row.parts = way.parts(fr.Start, fr.End)
		}
	}
	switch fr.State {
	case frame.Whole:
		f.number++
		row.Text = fmt.Sprintf("%d  %s", f.number, row.Text)
		if t, ok := f.cutter.(*frame.Template); ok {
			if s := t.Summary(b); s != "" {
				row.Text = fmt.Sprintf("%d  %s", f.number, s)
			}
		}
		row.Note = count(int64(len(b)), "byte")
		asked := f.way(w.link, 1-w.dir).last
		switch {
		case w.dir == wire.BToA && !asked.IsZero(): // a reply stands under what it answers
			row.Text = "↳ " + row.Text
			row.Note += fmt.Sprintf(", %s later", at.Sub(asked).Round(time.Microsecond))
		case !w.last.IsZero():
			row.Note += fmt.Sprintf(", +%s", at.Sub(w.last).Round(time.Microsecond))
		}
		w.last = at
	case frame.Skipped:
		row.State, row.Text = Bad, bytesPreview(b, 8)
		row.Note = count(int64(len(b)), "byte") + " skipped"
		if fr.Err != nil {
			row.Note += ": " + fr.Err.Error()
		}
	case frame.Partial:
		row.State = Missing
		row.Note = fmt.Sprintf("cut off: needs %s more", count(fr.Need, "byte"))
	}
	f.row(row)
}

func (f *frameList) row(r ListRow) {
	if len(f.rows) >= maxLiveRows {
		n := maxLiveRows / 10
		f.rows = append(f.rows[:0], f.rows[n:]...)
		f.dropped += n
	}
	f.rows = append(f.rows, r)
}

// maxPending bounds how many directions that wait for more are listed.
const maxPending = 64

// pending is a row for each direction in which a frame has begun, the newest first.
func (f *frameList) pending() (rows []ListRow) {
	if f.cutter == nil {
		return nil
	}
	for i := len(f.order) - 1; i >= 0 && len(rows) < maxPending && i >= len(f.order)-10*maxPending; i-- {
		w := f.order[i]
		if w.feed == nil {
			continue
		}
		fr, b := w.feed.Pending()
		n := fr.End - fr.Start
		if n == 0 {
			continue
		}
		row := ListRow{Range: nowhere, Lead: fmt.Sprintf("%10s #%d %s", "", w.link.link.ID, w.dir), State: Missing, Text: bytesPreview(b, 8),
			Note: fmt.Sprintf("needs %s more, %s are there", count(fr.Need, "byte"), Grouped(int64(n)))}
		if fr.State == frame.Skipped {
			row.Note, row.State = count(n, "byte")+", no frame yet", Bad
			if fr.Err != nil {
				row.Note += ": " + fr.Err.Error()
			}
		}
		way := &w.link.ways[w.dir]
		if at := way.place(w.size - n); at >= 0 {
			row.Range = mmapdoc.Range{Start: at, End: at + min(n, way.run(w.size-n))}
		}
		rows = append(rows, row)
	}
	return rows
}

// liveFrames are the rows of the list: that frames are left out, those that are whole, and what each direction still waits for.
type liveFrames struct{ l *live }

// Len is for Rows.
func (r liveFrames) Len() int64 {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	f := r.l.frames
	n := len(f.rows) + len(f.pending())
	if f.dropped > 0 {
		n++
	}
	return int64(n)
}

// Row is for Rows.
func (r liveFrames) Row(i int64) ListRow {
	r.l.mu.Lock()
	defer r.l.mu.Unlock()
	f := r.l.frames
	if f.dropped > 0 {
		if i--; i < 0 {
			return ListRow{Range: nowhere, Text: fmt.Sprintf("%s before are not listed any more; the capture has them", count(int64(f.dropped), "row"))}
		}
	}
	if i >= 0 && i < int64(len(f.rows)) {
		return f.rows[i]
	}
	if p := f.pending(); i >= 0 && i-int64(len(f.rows)) < int64(len(p)) {
		return p[i-int64(len(f.rows))]
	}
	return ListRow{}
}

// framing is the framing as it was written.
func (l *live) framing() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.frames.spec
}

// passed is bytes that have passed.
type passed struct {
	link *liveLink
	dir  wire.Direction
	segment
}

// since lists what has passed on all links from the numbers of segments in seen on, in the order in which it came, and moves those.
// The lock is held.
func (l *live) since(seen map[*liveWay]int64) (list []passed) {
	for _, k := range l.links {
		for dir := range wire.Direction(2) {
			w := &k.ways[dir]
			segs := w.segs
			i := sort.Search(len(segs), func(i int) bool { return segs[i].off >= seen[w] })
			for _, s := range segs[i:] {
				list = append(list, passed{link: k, dir: dir, segment: s})
			}
			seen[w] = w.size
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].at < list[j].at })
	return list
}

// reframe cuts all that has passed, and what will pass, by another framing. It reads what was recorded, and holds the lock for one packet at
// a time, so that what passes is not held up.
func (l *live) reframe(ctx context.Context, spec string, c frame.Cutter, progress *atomic.Int64) error {
	f := newFrameList(spec, c, l.began)
	seen := make(map[*liveWay]int64)
	read := func(p passed) ([]byte, error) {
		b := make([]byte, p.n)
		n, err := l.doc.Tail().ReadAt(b, p.at)
		if n == len(b) {
			return b, nil
		}
		return nil, err
	}
	add := func(p passed, b []byte) {
		f.add(p.link, p.dir, time.Unix(0, p.time), p.off, b)
		progress.Add(p.n)
	}
	const few = 100 // packets, which may be read while nothing passes
	l.mu.Lock()
	list := l.since(seen)
	for len(list) > few {
		l.mu.Unlock()
		for _, p := range list {
			if err := ctx.Err(); err != nil {
				return err
			}
			b, err := read(p)
			if err != nil {
				return err
			}
			l.mu.Lock() // the places of frames are looked up
			add(p, b)
			l.mu.Unlock()
		}
		l.mu.Lock()
		list = l.since(seen)
	}
	defer l.mu.Unlock()
	for _, p := range list {
		b, err := read(p)
		if err != nil {
			return err
		}
		add(p, b)
	}
	for _, k := range l.links {
		for dir := range wire.Direction(2) {
			if k.link.Ended(dir) {
				f.end(k, dir, k.link.Last())
			}
		}
		if k.broken != nil {
			f.row(*k.broken)
		}
	}
	l.frames = f
	l.session.Recut()
	return nil
}
