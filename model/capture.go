package model

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
)

// Capture is the document seen as packets: their index, which of them are listed, and the one that the cursor is in. A row of
// the list is decoded when it is drawn, from the bytes that are on the screen anyway; what looks at all packets is a job.
type Capture struct {
	doc     *mmapdoc.Document
	index   *packet.Index
	version uint64 // of the document that index is of, or is made of now
	size    int64
	clean   bool // the document had no changes then
	indexed bool // index has come to the end

	sounds []*sound // states to which edits are compared, the oldest first; none before the index was made once
	unfit  *unfit   // nil where every record tells how long its packet is
	said   string   // of unfit, in the last line

	mending *packetPlan // nil unless packet-mend has asked

	dec        *packet.Decoder
	decVersion uint64

	chosen    int // the packet that the cursor is in; -1 for none
	at        int64
	filter    *packetFilter // nil: all are listed
	marks     map[int]bool
	reference int // the packet that times count from; -1: none
	TimeForm  TimeForm
	compared  *comparedPackets // nil: none were

	traffic  *Traffic
	charting *trafficOf // what a job makes a chart of; nil: none does

	columns        packetColumns
	layers         packetLayers
	streams        *packet.Streams // as of streamsVersion and streamsLen packets
	streamsVersion uint64
	streamsLen     int
}

// TimeForm is how the list shows times.
type TimeForm uint8

// The forms of time.
const (
	TimeSinceStart TimeForm = iota
	TimeSincePrevious
	TimeSinceReference
	TimeOfDay
	TimeDate
	timeForms
)

var timeFormNames = [...]string{"start", "delta", "reference", "time", "date"}

// Capture is the document as packets; nil where it is no capture.
func (e *Editor) Capture() *Capture {
	i := slices.IndexFunc(e.captures, func(c *Capture) bool { return c.doc == e.doc })
	if i < 0 {
		if e.noCapture == e.doc {
			return nil
		}
		var head [12]byte
		n, _ := e.Snapshot().ReadAt(head[:], 0)
		if packet.Detect(head[:n]) == packet.Unknown {
			if n == len(head) {
				e.noCapture = e.doc
			}
			return nil
		}
		// Those of documents that are gone go.
		e.captures = slices.DeleteFunc(e.captures, func(c *Capture) bool {
			return !slices.ContainsFunc(e.outers, func(o outer) bool { return o.doc == c.doc })
		})
		c := &Capture{doc: e.doc, index: packet.NewIndex(), chosen: -1, at: -1, reference: -1, marks: make(map[int]bool), TimeForm: e.PacketTime}
		e.captures = append(e.captures, c)
		return c
	}
	return e.captures[i]
}

// Index is what is known of the capture's packets.
func (c *Capture) Index() *packet.Index { return c.index }

// IndexJob gives the job that brings the capture's index up to the document; nil where it is, or where the job runs.
func (e *Editor) IndexJob() *Job {
	c := e.Capture()
	if c == nil || c.version == e.doc.Version() && c.size == e.Size() {
		return nil
	}
	snap, size := e.Snapshot(), e.Size()
	x := c.index
	grows := c.clean && !e.doc.Modified() && size >= c.size
	if grows && e.jobs.running["packets"] != nil {
		return nil // it is asked for again when this one has ended: what is found so far stays
	}
	if !grows && c.version != 0 {
		x = packet.NewIndex()
	}
	c.mending = nil // it was of another state
	c.version, c.size, c.clean, c.indexed = e.doc.Version(), size, !e.doc.Modified(), false
	version := c.version
	before, ports := slices.Clone(c.sounds), e.Ports
	if c.clean {
		before = nil // nothing was edited
	}
	var now *unfit
	keep := true
	total := size
	if before != nil { // what edits did to the packets is half of the work
		total = 2 * size
	}
	return &Job{
		Kind: "packets", Title: "indexing packets", Total: total, Quick: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			err := x.Grow(ctx, snap, size, progress.Store)
			if err == nil && before != nil {
				now, keep = look(ctx, before, snap, size, ports, func(part float64) { progress.Store(size + int64(part*float64(size))) })
			}
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if c.version != version {
				return nil, nil
			}
			if err != nil {
				return nil, notCancelled(err)
			}
			c.indexed = true
			c.found(e, &sound{snap, x, size}, now, keep)
			if c.index != x {
				c.index, c.dec = x, nil
				if c.filter != nil {
					return c.filterAgain(e)
				}
				return nil, nil
			}
			if c.filter != nil {
				return Start{c.filter.job(c, e)}, nil
			}
			return nil, nil
		},
	}
}

// decoder decodes packets of the document as it is now, on the editor's goroutine.
func (c *Capture) decoder(e *Editor) *packet.Decoder {
	if v := e.doc.Version(); c.dec == nil || c.decVersion != v {
		c.dec, c.decVersion = packet.NewDecoder(c.index, e.Snapshot(), e.Size(), e.Ports), v
	}
	return c.dec
}

// PacketRow is one line of the list of packets. Its texts come from the capture and are not made printable.
type PacketRow struct {
	packet.Summary
	Packet    int // from 0
	Len       int64
	Time      int64 // nanoseconds in the form that is shown; packet.NoTime for none
	Err       error // it cannot be read
	Fault     bool
	Marked    bool
	Chosen    bool
	Reference bool
	Columns   []string // of the user's own; nil where they are not evaluated yet
}

// TimeName heads the column of times.
func (c *Capture) TimeName() string { return timeFormNames[c.TimeForm] }

// Rows is how many packets are listed.
func (c *Capture) Rows() int {
	if c.filter != nil {
		return c.filter.len()
	}
	return c.index.Len()
}

// PacketAt is the packet of a row.
func (c *Capture) PacketAt(row int) int {
	if c.filter != nil {
		return c.filter.at(row)
	}
	return row
}

// RowOf is the row of a packet, or of the first one listed behind it.
func (c *Capture) RowOf(packet int) int {
	if c.filter != nil {
		return c.filter.find(packet)
	}
	return packet
}

// Chosen is the packet that the cursor is in, from 0; -1 for none.
func (c *Capture) Chosen() int { return c.chosen }

// Row gives a row of the list.
func (e *Editor) PacketRow(c *Capture, row int) PacketRow {
	k := c.PacketAt(row)
	r := PacketRow{Packet: k, Marked: c.marks[k], Chosen: k == c.chosen, Reference: k == c.reference}
	p, err := c.decoder(e).Packet(k)
	if err != nil {
		r.Err = err
		return r
	}
	r.Summary, r.Len, r.Fault = p.Summary(), p.Len, p.Fault != ""
	if s := p.Comment(); s != "" { // in front, where it is seen; the bottom line tells it whole
		r.Info = "“" + shorten(s, 30) + "” " + r.Info
	}
	if e.PacketNames {
		r.Src, r.Dst = cmp.Or(p.Name(r.Src), r.Src), cmp.Or(p.Name(r.Dst), r.Dst)
	}
	r.Time = c.time(row, p.Record)
	if len(e.PacketColumns) > 0 {
		r.Columns = c.columns.get(k)
	}
	return r
}

// time is a packet's time in the form that is shown.
func (c *Capture) time(row int, r packet.Record) int64 {
	var from int
	switch c.TimeForm {
	case TimeSincePrevious:
		if row == 0 {
			return 0
		}
		from = c.PacketAt(row - 1)
	case TimeSinceReference:
		from = max(0, c.reference)
	case TimeOfDay, TimeDate:
		return r.Time
	}
	if from >= c.index.Len() { // an edit took it away
		from = 0
	}
	t := c.index.At(from).Time
	if r.Time == packet.NoTime || t == packet.NoTime {
		return packet.NoTime
	}
	return r.Time - t
}

// followCursor finds the packet that the cursor is in.
func (c *Capture) followCursor(e *Editor) {
	if e.cursor == c.at && c.chosen >= 0 && c.chosen < c.index.Len() {
		return
	}
	c.chosen, c.at = c.index.Find(e.cursor), e.cursor
}

// choosePacket puts the cursor on a packet.
func (e *Editor) choosePacket(c *Capture, k int) error {
	if k < 0 || k >= c.index.Len() {
		return fmt.Errorf("there is no packet %d: the capture has %s", k+1, count(int64(c.index.Len()), "packet"))
	}
	e.selecting = false
	e.setCursor(min(c.index.At(k).Data, e.Size()))
	e.revealFar()
	c.chosen, c.at = k, e.cursor
	if s := c.about(e, k); s != "" {
		e.Notef("packet %d: %s", k+1, s)
	}
	return nil
}

// ChoosePacketRow puts the cursor on the packet of a row.
func (e *Editor) ChoosePacketRow(c *Capture, row int) {
	if row >= 0 && row < c.Rows() {
		if err := e.choosePacket(c, c.PacketAt(row)); err != nil {
			e.Fail(err)
		}
	}
}

// PacketHeading is what a panel's title says.
func (e *Editor) PacketHeading(c *Capture) string {
	n := Grouped(int64(c.index.Len()))
	if !c.indexed {
		n += " …"
	}
	s := "packets: " + n
	if f := c.filter; f != nil {
		s = fmt.Sprintf("packets: %s of %s with %s", Grouped(int64(f.len())), n, shorten(f.text, 60))
		if !f.ended() {
			s += " …"
		}
	}
	if _, k := c.index.Damage(); k > 0 {
		s += ", " + count(k, "damage") + " (packet-damage)"
	} else if _, cut := c.index.Tail(); cut && c.indexed {
		s += ", the last one is cut"
	}
	return s
}

// packetFilter is a filter and the packets that it keeps so far.
type packetFilter struct {
	text string
	mu   sync.Mutex // guards what follows
	kept []uint32
	seen int // how many packets were looked at
	done bool
}

func (f *packetFilter) len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.kept)
}

func (f *packetFilter) at(i int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int(f.kept[i])
}

func (f *packetFilter) find(packet int) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return sort.Search(len(f.kept), func(i int) bool { return int(f.kept[i]) >= packet })
}

func (f *packetFilter) ended() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.done
}

// job looks at the packets that the filter has not seen yet.
func (f *packetFilter) job(c *Capture, e *Editor) *Job {
	x, snap, size, ports, options := c.index, e.Snapshot(), e.Size(), e.Ports, e.Templates
	return &Job{
		Kind: "packet filter", Title: "filtering packets", Total: int64(x.Len()), Quick: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			prog, err := packet.CompileFilter(f.text, NewPacketLayers(options).With(ports))
			if err != nil {
				return err
			}
			dec := packet.NewDecoder(x, snap, size, ports)
			f.mu.Lock()
			from := f.seen
			f.mu.Unlock()
			var some []uint32
			n := x.Len()
			for i := from; i <= n; i++ {
				if i == n || i%1024 == 0 {
					f.mu.Lock()
					f.kept, f.seen, f.done = append(f.kept, some...), i, i == n
					f.mu.Unlock()
					some = some[:0]
					progress.Store(int64(i))
					if err := ctx.Err(); err != nil {
						return err
					}
					if i == n {
						break
					}
				}
				p, err := dec.Packet(i)
				if err != nil {
					continue
				}
				if ok, err := prog.Match(ctx, p); err != nil {
					return err
				} else if ok {
					some = append(some, uint32(i))
				}
			}
			return nil
		},
		Done: func(e *Editor, err error) (Effect, error) { return nil, notCancelled(err) },
	}
}

// setFilter narrows the list; "" lists all.
func (c *Capture) setFilter(e *Editor, text string) (Effect, error) {
	if text == "" {
		e.cancelJob("packet filter")
		c.filter = nil
		return nil, nil
	}
	if _, err := packet.CompileFilter(text, e.packetLayers()); err != nil {
		return nil, err
	}
	c.filter = &packetFilter{text: text}
	return Start{c.filter.job(c, e)}, nil
}

// filterAgain filters after a change.
func (c *Capture) filterAgain(e *Editor) (Effect, error) { return c.setFilter(e, c.filter.text) }

// Filter is what the list is narrowed to, "" for nothing.
func (c *Capture) Filter() string {
	if c.filter == nil {
		return ""
	}
	return c.filter.text
}

func someCapture(e *Editor) error {
	if e.Capture() == nil {
		return errors.New("the document is no capture (pcap, pcapng)")
	}
	return nil
}
