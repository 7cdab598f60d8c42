package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
	"hexlay/overlay/stats"
)

// varyRows are what the bytes of many messages do. The places of the rows are those of one message: of the chosen packet, as long as it
// has the part that was looked at.
type varyRows struct {
	mu     sync.Mutex
	fields []stats.VaryField
	rows   []ListRow // without their places
	at     mmapdoc.Range

	// Of the editor's goroutine:
	part    string // of packets; "" of frames
	packet  int    // the one that at is of, from 1
	version uint64
}

func (v *varyRows) Len() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return int64(len(v.rows))
}

func (v *varyRows) Row(i int64) ListRow {
	v.mu.Lock()
	defer v.mu.Unlock()
	if i < 0 || i >= int64(len(v.rows)) {
		return ListRow{}
	}
	row := v.rows[i]
	row.Range = v.place(v.fields[i])
	return row
}

// place is where a field lies in the document; behind the end of a message that is too short for it it is empty. The lock is held.
func (v *varyRows) place(f stats.VaryField) mmapdoc.Range {
	start := min(v.at.Start+int64(f.Start), v.at.End)
	return mmapdoc.Range{Start: start, End: min(v.at.Start+int64(f.End), v.at.End)}
}

// VaryPlaces is how many bytes of a message are looked at.
const VaryPlaces = 2048

// runVary lists what the bytes of the listed packets do, of the payload or another part, or those of live frames.
func runVary(e *Editor, args []string) (Effect, error) {
	c := e.Capture()
	part := "payload"
	if len(args) > 0 {
		part = args[0]
	}
	rows := &varyRows{part: part}
	l := &List{Name: "varying", Rows: rows, Title: part, Again: "packet-vary " + part, snapshot: e.Snapshot(), speaks: true}
	v := stats.NewVarying(VaryPlaces)
	fill := func(add func(ctx context.Context, progress *atomic.Int64) error) func(ctx context.Context, progress *atomic.Int64) error {
		return func(ctx context.Context, progress *atomic.Int64) error {
			if err := add(ctx, progress); err != nil {
				return err
			}
			rows.show(v)
			return nil
		}
	}
	done := func(e *Editor) (Effect, error) {
		if v.Messages() == 0 {
			return nil, fmt.Errorf("no packet of the list has a %s", part)
		}
		l.note = "in " + count(int64(v.Messages()), "message")
		if part != "frames" && c.Rows() > 0 && (c.chosen < 0 || c.PacketAt(c.RowOf(c.chosen)) != c.chosen) { // its bytes would be none of those that were compared
			e.ChoosePacketRow(c, 0)
		}
		e.placeVarying(c)
		return nil, nil
	}
	if part == "frames" {
		if e.live == nil {
			return nil, errors.New("nothing is live: there are no frames")
		}
		rows.part = ""
		frames := e.live.whole(e.Size())
		if len(frames) == 0 {
			return nil, errors.New("there are no frames yet")
		}
		rows.at = frames[len(frames)-1].Range
		if f := e.List("frames"); f != nil && f.Len() > 0 {
			if r := f.Row(f.Chosen()); r.State == Plain && r.Range.Len() > 0 {
				rows.at = r.Range
			}
		}
		snap := e.Snapshot()
		return e.listJob(l, "comparing frames", int64(len(frames)), fill(func(ctx context.Context, progress *atomic.Int64) error {
			return varyFrames(ctx, snap, frames, v, progress)
		}), done), nil
	}
	s := c.sweep(e)
	return e.listJob(l, "comparing packets", int64(s.total), fill(func(ctx context.Context, progress *atomic.Int64) error {
		return s.each(ctx, progress, func(p *packet.Packet) error {
			if start, end, length, ok := p.Part(part); ok {
				v.Add(p.Bytes[start:end], length)
			}
			return nil
		})
	}), done), nil
}

// varyFrames reads frames, each of which may lie in several packets.
func varyFrames(ctx context.Context, snap *mmapdoc.Snapshot, frames []ListRow, v *stats.Varying, progress *atomic.Int64) error {
	var b []byte
	for i, f := range frames {
		if i%256 == 0 {
			progress.Store(int64(i))
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		parts := f.parts
		if parts == nil {
			parts = []mmapdoc.Range{f.Range}
		}
		b = b[:0]
		length := int64(0)
		for _, r := range parts {
			length += r.Len()
			if room := int64(VaryPlaces - len(b)); room > 0 && r.Len() > 0 {
				at := len(b)
				b = append(b, make([]byte, min(room, r.Len()))...)
				if n, _ := snap.Read(b[at:], r.Start, nil); n < len(b)-at {
					b = b[:at+n]
				}
			}
		}
		if len(b) > 0 {
			v.Add(b, int(length))
		}
	}
	return nil
}

// whole are the frames that came whole and lie in the first size bytes of the document, as rows.
func (l *live) whole(size int64) []ListRow {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []ListRow
	for _, r := range l.frames.rows {
		end := r.Range.End
		for _, p := range r.parts {
			end = max(end, p.End)
		}
		if r.State == Plain && r.Range.Len() > 0 && end <= size {
			list = append(list, r)
		}
	}
	return list
}

func (v *varyRows) show(from *stats.Varying) {
	fields := from.Fields()
	rows := make([]ListRow, len(fields))
	for i, f := range fields {
		rows[i] = VaryRow(f, from.Messages())
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.fields, v.rows = fields, rows
}

// VaryRow says what a field does in that many messages: its place in them, what it is, and its values. Its range is not set.
func VaryRow(f stats.VaryField, messages int) ListRow {
	row := ListRow{Lead: varyPlace(f), Text: varyType(f), Note: varyText(f)}
	if f.Messages < messages {
		row.Note += fmt.Sprintf("; in %s of %s", Grouped(int64(f.Messages)), Grouped(int64(messages)))
	}
	return row
}

// varyPlace is a field's bytes from the begin of a message: +4..7.
func varyPlace(f stats.VaryField) string {
	if f.End-f.Start == 1 {
		return fmt.Sprintf("+%d", f.Start)
	}
	return fmt.Sprintf("+%d..%d", f.Start, f.End-1)
}

// varyType is what a field is, and as which number: counter u2be.
func varyType(f stats.VaryField) string {
	s := f.Kind.String()
	if f.Kind == stats.VaryCounter || f.Kind == stats.VaryLength {
		s += fmt.Sprintf(" u%d", f.End-f.Start)
		switch {
		case f.End-f.Start == 1:
		case f.Little:
			s += "le"
		default:
			s += "be"
		}
	}
	return s
}

func groupedUint(n uint64) string {
	if n < 1<<63 {
		return Grouped(int64(n))
	}
	return fmt.Sprint(n)
}

// varyText says what a field does from message to message.
func varyText(f stats.VaryField) string {
	low, high := groupedUint(f.Low), groupedUint(f.High)
	switch f.Kind {
	case stats.VaryConstant:
		s := fmt.Sprintf("% x", f.Values[:min(len(f.Values), 16)])
		if len(f.Values) > 16 {
			s += " …"
		}
		return s
	case stats.VaryLength:
		switch {
		case f.Less > 0:
			return fmt.Sprintf("the length − %d, %s to %s", f.Less, low, high)
		case f.Less < 0:
			return fmt.Sprintf("the length + %d, %s to %s", -f.Less, low, high)
		}
		return fmt.Sprintf("the length, %s to %s", low, high)
	case stats.VaryCounter:
		switch {
		case f.Step > 0:
			return fmt.Sprintf("goes up by %d, %s to %s", f.Step, low, high)
		case f.Step < 0:
			return fmt.Sprintf("goes down by %d, %s to %s", -f.Step, low, high)
		}
		return fmt.Sprintf("rises by %s to %s, %s to %s", groupedUint(f.Least), groupedUint(f.Most), low, high)
	case stats.VaryFew:
		var parts []string
		for i, x := range f.Values {
			parts = append(parts, fmt.Sprintf("%02x × %s", x, Grouped(int64(f.Counts[i]))))
		}
		return strings.Join(parts, ", ")
	}
	s := fmt.Sprintf("%02x to %02x, %s", f.Low, f.High, count(int64(f.Distinct), "value"))
	if f.End-f.Start > 1 {
		s = fmt.Sprintf("%02x to %02x, at most %s a byte", f.Low, f.High, count(int64(f.Distinct), "value"))
	}
	return s
}

// placeVarying moves the rows of the list to the chosen packet.
func (e *Editor) placeVarying(c *Capture) {
	l := e.lists["varying"]
	if l == nil || c == nil {
		return
	}
	v := l.Rows.(*varyRows)
	if v.part == "" || c.chosen < 0 || c.chosen >= c.index.Len() || v.packet == c.chosen+1 && v.version == e.doc.Version() {
		return
	}
	v.packet, v.version = c.chosen+1, e.doc.Version()
	p, err := c.decoder(e).Packet(c.chosen)
	if err != nil {
		return
	}
	start, end, _, ok := p.Part(v.part)
	v.mu.Lock()
	defer v.mu.Unlock()
	if !ok {
		v.at = mmapdoc.Range{Start: p.Data, End: p.Data}
		return
	}
	v.at = mmapdoc.Range{Start: p.Data + int64(start), End: p.Data + int64(end)}
}

// VarySpan is bytes in the document and what they do from message to message.
type VarySpan struct {
	mmapdoc.Range
	Kind stats.Vary
}

// Varying are the spans of the list in a window, of the chosen packet.
func (e *Editor) Varying(win mmapdoc.Range) (spans []VarySpan) {
	l := e.lists["varying"]
	if l == nil || e.Inner() {
		return nil
	}
	v := l.Rows.(*varyRows)
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, f := range v.fields {
		if r := v.place(f); r.Start < win.End && r.End > win.Start {
			spans = append(spans, VarySpan{r, f.Kind})
		}
	}
	return spans
}

// varyParts are the words that packet-vary takes.
func varyParts() []string { return slices.Concat(packet.Parts(), []string{"frames"}) }
