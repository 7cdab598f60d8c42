package model

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
)

// withStreams calls then when the capture's streams are known.
func (e *Editor) withStreams(then func(c *Capture) (Effect, error)) (Effect, error) {
	c := e.Capture()
	c.followCursor(e)
	if c.streams != nil && c.streamsVersion == e.doc.Version() && c.streamsLen == c.index.Len() {
		return then(c)
	}
	x, snap, size, version := c.index, e.Snapshot(), e.Size(), e.doc.Version()
	n := x.Len()
	var s *packet.Streams
	return Start{&Job{
		Kind: "packet streams", Title: "finding streams", Total: int64(n), Quick: true,
		Run: func(ctx context.Context, progress *atomic.Int64) (err error) {
			s, err = packet.FindStreams(ctx, x, snap, size, func(k int) { progress.Store(int64(k)) })
			if err == nil {
				err = s.Measure(ctx)
			}
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil {
				return nil, notCancelled(err)
			}
			if e.doc != c.doc || e.doc.Version() != version || c.index != x {
				return nil, errors.New("the capture was changed meanwhile")
			}
			c.streams, c.streamsVersion, c.streamsLen = s, version, n
			return then(c)
		},
	}}, nil
}

var errNoStream = errors.New("the packet belongs to no TCP stream")

func streamCommands() []*Command {
	step := func(n int) func(e *Editor, _ []string) (Effect, error) {
		return func(e *Editor, _ []string) (Effect, error) {
			return e.withStreams(func(c *Capture) (Effect, error) {
				if c.streams.Of(c.chosen) < 0 {
					return nil, errNoStream
				}
				k := c.streams.Next(c.chosen, n)
				if k < 0 {
					return nil, errors.New("no more packets of the stream that way")
				}
				return nil, e.choosePacket(c, k)
			})
		}
	}
	return []*Command{
		{Name: "stream-next", Group: "Packets", Help: "Go to the next packet of the same TCP stream", Enabled: someCapture, Run: step(1)},
		{Name: "stream-previous", Group: "Packets", Help: "Go to the previous packet of the same TCP stream", Enabled: someCapture, Run: step(-1)},
		{Name: "stream-follow", Group: "Packets", Help: "Open what a TCP stream carried, both directions in turns, as a document; what is changed there goes back into the packets",
			Args: []Arg{{Kind: ArgNumber, Optional: true}}, Enabled: someCapture, Run: runStreamFollow},
		{Name: "conversations", Group: "Packets", Help: "List the TCP streams of the capture", Enabled: someCapture,
			Run: func(e *Editor, _ []string) (Effect, error) {
				return e.withStreams(func(c *Capture) (Effect, error) {
					e.setList(&List{Name: "conversations", Rows: streamRows{c}, snapshot: e.Snapshot(), jumps: true, Again: "conversations", Use: useConversation})
					e.List("conversations").ended.Store(true)
					return Panel{"conversations", Focus}, nil
				})
			}},
	}
}

// streamRows are the streams of a capture as the rows of a list.
type streamRows struct{ c *Capture }

func (r streamRows) Len() int64 { return int64(len(r.c.streams.List)) }

func (r streamRows) Row(i int64) ListRow {
	if i < 0 || i >= r.Len() {
		return ListRow{}
	}
	s := r.c.streams.List[i]
	row := ListRow{Lead: strconv.FormatInt(i, 10), Text: fmt.Sprintf("%s ↔ %s", s.A, s.B),
		Note: fmt.Sprintf("%s, %s → %s ←", count(int64(s.Packets), "packet"), Grouped(s.Bytes[0]), Grouped(s.Bytes[1]))}
	if s.First < r.c.index.Len() {
		p := r.c.index.At(s.First)
		row.Range = mmapdoc.Range{Start: p.Data, End: p.End}
	}
	return row
}

// useConversation follows the stream of a row.
func useConversation(e *Editor, row ListRow) (Effect, error) {
	if err := someCapture(e); err != nil {
		return nil, err
	}
	return runStreamFollow(e, []string{row.Lead})
}

func runStreamFollow(e *Editor, args []string) (Effect, error) {
	id := -1
	if len(args) > 0 {
		n, err := strconv.Atoi(args[0])
		if err != nil || n < 0 {
			return nil, fmt.Errorf("stream %q: want a number from 0", args[0])
		}
		id = n
	}
	return e.withStreams(func(c *Capture) (Effect, error) {
		if id < 0 {
			if id = c.streams.Of(c.chosen); id < 0 {
				return nil, errNoStream
			}
		}
		if id >= len(c.streams.List) {
			return nil, fmt.Errorf("there is no stream %d: the capture has %s", id, Grouped(int64(len(c.streams.List))))
		}
		st := c.streams.List[id]
		if n := st.Bytes[0] + st.Bytes[1]; n > maxSubstream {
			return nil, fmt.Errorf("stream %d has %s; at most %s open as a document", id, count(n, "byte"), count(maxSubstream, "byte"))
		}
		var text []byte
		f := &followed{ends: [2]string{st.A.String(), st.B.String()}}
		snap, s, chosen := e.Snapshot(), c.streams, c.chosen
		return Start{&Job{
			Kind: "packet streams", Title: "following the stream", Quick: true,
			Run: func(ctx context.Context, _ *atomic.Int64) error {
				dirs, err := s.Follow(ctx, id)
				if err != nil {
					return err
				}
				text, err = f.put(dirs, snap)
				return err
			},
			Done: func(e *Editor, err error) (Effect, error) {
				if err != nil {
					return nil, notCancelled(err)
				}
				if e.doc != c.doc || e.Snapshot() != snap {
					return nil, errors.New("the capture was changed meanwhile")
				}
				write := func(e *Editor, b []byte) (Effect, error) { return nil, f.write(e, text, b) }
				doc := mmapdoc.FromBytes(fmt.Sprintf("stream %d of %s", id, e.doc.Info().Name), text)
				if err := e.enter(doc, f.first(chosen), write, ""); err != nil {
					return nil, err
				}
				e.outers[len(e.outers)-1].from = f.inCapture
				e.notCapture()
				if _, err := e.lay(&Template{Name: "turns", own: f}, mmapdoc.Range{End: doc.Size()}, false); err != nil {
					return nil, err
				}
				e.Notef("stream %d, %s ↔ %s: %s in %s; substream-close goes back", id, f.ends[0], f.ends[1], count(int64(len(text)), "byte"),
					count(int64(len(f.turns)), "turn"))
				e.notice.Text += f.trouble()
				return Panel{"structure", Show}, nil
			},
		}}, nil
	})
}

// notCapture says that the document is no capture, whatever it begins with: a capture may have gone through a stream.
func (e *Editor) notCapture() { e.noCapture = e.doc }

// followed is a stream that was opened as a document: who said what, and where it is in the capture.
type followed struct {
	ends  [2]string
	turns []turn
	parts []part
}

type turn struct {
	from       int
	start, end int64
	packet     int
	pieces     []piece
}

// part is bytes of the document that stand together in the capture.
type part struct {
	at, off, len int64
	packet       int
}

// piece is what a turn is made of.
type piece struct {
	kind    pieceKind
	at, end int64 // in the document
	packet  int
	missing int64 // how many bytes a gap lacks
	other   bool  // what came again is not what came before
}

type pieceKind int

// In the order in which they stand at one place.
const (
	pieceGap    pieceKind = iota // bytes that are not in the capture
	pieceBytes                   // what a packet brought
	pieceRepeat                  // of it, what another packet brought again
)

// put makes the document of a stream's directions: what each said in turns, with what is missing and what came again.
func (f *followed) put(dirs [2]packet.Direction, snap *mmapdoc.Snapshot) (text []byte, err error) {
	type placed struct {
		at, doc int64
		turn    int
	}
	var all [2][]placed // by direction, in order
	var seen [2]int64
	for _, ch := range packet.Chunks(dirs) {
		turn := turn{from: ch.From, start: int64(len(text)), packet: ch.Segments[0].Packet}
		for _, seg := range ch.Segments {
			at := int64(len(text))
			text = append(text, make([]byte, seg.Len)...)
			if _, err := snap.ReadAt(text[at:], seg.Off); err != nil {
				return nil, err
			}
			f.parts = append(f.parts, part{at, seg.Off, seg.Len, seg.Packet})
			if n := seg.At - seen[ch.From]; n > 0 {
				turn.pieces = append(turn.pieces, piece{kind: pieceGap, at: at, end: at, packet: seg.Packet, missing: n})
			}
			seen[ch.From] = seg.At + seg.Len
			turn.pieces = append(turn.pieces, piece{kind: pieceBytes, at: at, end: at + seg.Len, packet: seg.Packet})
			all[ch.From] = append(all[ch.From], placed{seg.At, at, len(f.turns)})
		}
		turn.end = int64(len(text))
		f.turns = append(f.turns, turn)
	}
	for d := range dirs {
		for _, again := range dirs[d].Again {
			k := sort.Search(len(all[d]), func(i int) bool { return all[d][i].at > again.At }) - 1
			b := make([]byte, again.Len)
			if _, err := snap.ReadAt(b, again.Off); err != nil {
				return nil, err
			}
			at := all[d][k].doc + again.At - all[d][k].at
			t := &f.turns[all[d][k].turn]
			t.pieces = append(t.pieces, piece{kind: pieceRepeat, at: at, end: at + again.Len, packet: again.Packet, other: !bytes.Equal(b, text[at:at+again.Len])})
		}
	}
	for i := range f.turns {
		slices.SortStableFunc(f.turns[i].pieces, func(a, b piece) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.kind, b.kind)) })
	}
	return text, nil
}

// first is where what a packet brought begins, be it again, 0 where it brought nothing.
func (f *followed) first(packet int) int64 {
	for _, t := range f.turns {
		for _, p := range t.pieces {
			if p.packet == packet && p.kind != pieceGap {
				return p.at
			}
		}
	}
	return 0
}

// inCapture is the place in the capture of a byte of the document.
func (f *followed) inCapture(off int64) (int64, bool) {
	i := sort.Search(len(f.parts), func(i int) bool { return f.parts[i].at+f.parts[i].len > off })
	if i == len(f.parts) {
		return 0, false
	}
	return f.parts[i].off + max(0, off-f.parts[i].at), true
}

// trouble tells what is missing and what came again, in a few words.
func (f *followed) trouble() string {
	var gaps, repeats []piece
	others := 0
	for _, t := range f.turns {
		for _, p := range t.pieces {
			switch p.kind {
			case pieceGap:
				gaps = append(gaps, p)
			case pieceRepeat:
				repeats = append(repeats, p)
				if p.other {
					others++
				}
			}
		}
	}
	s := ""
	if len(gaps) > 0 {
		s += fmt.Sprintf("; %s missing in the capture at %#x", areBytes(gaps[0].missing), gaps[0].at)
		if n := len(gaps) - 1; n > 0 {
			s += fmt.Sprintf(", and at %s more", count(int64(n), "place"))
		}
	}
	if n := len(repeats); n > 0 {
		s += fmt.Sprintf("; %s came again", count(int64(n), "part"))
		if others > 0 {
			s += fmt.Sprintf(", %s with other bytes", Grouped(int64(others)))
		}
	}
	return s
}

// areBytes is a number of bytes with its verb.
func areBytes(n int64) string {
	if n == 1 {
		return "1 byte is"
	}
	return count(n, "byte") + " are"
}

// write patches the capture with what was changed, and the checksums of the packets with it.
func (f *followed) write(e *Editor, was, now []byte) error {
	if len(now) != len(was) {
		return fmt.Errorf("the stream has %s, its packets have room for %s", count(int64(len(now)), "byte"), count(int64(len(was)), "byte"))
	}
	c := e.Capture()
	if c == nil {
		return errors.New("the document is no capture any more")
	}
	dec := c.decoder(e)
	var ps []patch
	type checksum struct {
		at  int64
		sum [2]byte
	}
	sums := make(map[int]*checksum) // by packet
	for _, p := range f.parts {
		old, new := was[p.at:p.at+p.len], now[p.at:p.at+p.len]
		first := 0
		for first < len(old) && old[first] == new[first] {
			first++
		}
		if first == len(old) {
			continue
		}
		end := len(old)
		for old[end-1] == new[end-1] {
			end--
		}
		ps = append(ps, patch{p.off + int64(first), int64(end - first), new[first:end]})
		k, err := dec.Packet(p.packet)
		if err != nil {
			return err
		}
		var from *[2]byte
		if s := sums[p.packet]; s != nil {
			from = &s.sum
		}
		if at, sum, ok := k.Resum(p.off+int64(first), old[first:end], new[first:end], from); ok {
			sums[p.packet] = &checksum{at, sum}
		}
	}
	for _, s := range sums {
		ps = append(ps, patch{s.at, 2, s.sum[:]})
	}
	return e.apply(ps)
}

// turnAt is the turn that holds off; -1 for none.
func (f *followed) turnAt(off int64) int {
	i := sort.Search(len(f.turns), func(i int) bool { return f.turns[i].end > off })
	if i == len(f.turns) || f.turns[i].start > off {
		return -1
	}
	return i
}

// followedLaid shows the turns as fields, each side in its colour.
type followedLaid struct {
	f    *followed
	snap *mmapdoc.Snapshot
}

func (l *followedLaid) during(context.Context, bool)                        {}
func (l *followedLaid) behind() bool                                        { return false }
func (l *followedLaid) advance() (int64, error)                             { return -1, nil }
func (l *followedLaid) edited(*mmapdoc.Snapshot, mmapdoc.Range, int64) bool { return false }
func (l *followedLaid) unsure() bool                                        { return false }
func (l *followedLaid) ahead() int64                                        { return 0 }
func (l *followedLaid) gaps(context.Context, int) ([]mmapdoc.Range, error)  { return nil, nil }
func (l *followedLaid) root() node                                          { return turnNode{l, -1} }
func (l *followedLaid) find(_ context.Context, off int64) []node {
	i := l.f.turnAt(off)
	if i < 0 {
		return nil
	}
	pieces := l.f.turns[i].pieces
	k := sort.Search(len(pieces), func(k int) bool { return pieces[k].at > off }) - 1
	for k >= 0 && (pieces[k].kind != pieceBytes || off >= pieces[k].end) {
		k--
	}
	if k < 0 {
		return []node{turnNode{l, i}}
	}
	return []node{turnNode{l, i}, pieceNode{l, i, k}}
}

// turnNode is one turn, or with -1 all of them.
type turnNode struct {
	l *followedLaid
	i int
}

func (n turnNode) step() string {
	if n.i < 0 {
		return "turns"
	}
	return indexStep(int64(n.i))
}

func (n turnNode) kids() (int64, bool) {
	if n.i < 0 {
		return int64(len(n.l.f.turns)), true
	}
	return int64(len(n.l.f.turns[n.i].pieces)), true
}

func (n turnNode) child(i int64) (node, error) {
	if k, _ := n.kids(); i < 0 || i >= k {
		return nil, errNoChild
	}
	if n.i >= 0 {
		return pieceNode{n.l, n.i, int(i)}, nil
	}
	return turnNode{n.l, int(i)}, nil
}

func (n turnNode) kid(step string) (int64, node, bool) {
	i, ok := stepIndex(step)
	if c, err := n.child(i); ok && err == nil {
		return i, c, true
	}
	return 0, nil, false
}

func (n turnNode) place() (mmapdoc.Range, bool) {
	if n.i < 0 {
		return mmapdoc.Range{End: n.l.snap.Size()}, true
	}
	t := n.l.f.turns[n.i]
	return mmapdoc.Range{Start: t.start, End: min(t.end, n.l.snap.Size())}, true
}

func (n turnNode) describe(r *Row) {
	if n.i < 0 {
		r.Value = count(int64(len(n.l.f.turns)), "turn")
		return
	}
	t := n.l.f.turns[n.i]
	r.Name = [2]string{"→ ", "← "}[t.from] + n.l.f.ends[t.from]
	r.Type = fmt.Sprintf("packet %d", t.packet+1)
	r.Value = n.l.show(t.start, t.end)
}

// show is the value of a row that has bytes.
func (l *followedLaid) show(from, to int64) string {
	b := make([]byte, min(to-from, maxValue/3))
	k, _ := l.snap.ReadAt(b, from)
	return showBytes(b[:k], to-from)
}

// colour is that of the side.
func (n turnNode) colour() int { return n.l.f.turns[max(0, n.i)].from }

// pieceNode is one piece of a turn.
type pieceNode struct {
	l       *followedLaid
	turn, i int
}

func (n pieceNode) piece() piece                   { return n.l.f.turns[n.turn].pieces[n.i] }
func (n pieceNode) step() string                   { return indexStep(int64(n.i)) }
func (n pieceNode) kids() (int64, bool)            { return 0, true }
func (n pieceNode) child(int64) (node, error)      { return nil, errNoChild }
func (n pieceNode) kid(string) (int64, node, bool) { return 0, nil, false }
func (n pieceNode) colour() int                    { return n.l.f.turns[n.turn].from }

func (n pieceNode) place() (mmapdoc.Range, bool) {
	p, size := n.piece(), n.l.snap.Size()
	return mmapdoc.Range{Start: min(p.at, size), End: min(p.end, size)}, true
}

func (n pieceNode) describe(r *Row) {
	p := n.piece()
	r.Name = fmt.Sprintf("packet %d", p.packet+1)
	switch p.kind {
	case pieceGap:
		r.Name, r.State, r.Note = "gap", Missing, fmt.Sprintf("%s missing in the capture, before packet %d", count(p.missing, "byte"), p.packet+1)
	case pieceBytes:
		r.Value = n.l.show(p.at, p.end)
		r.Doc = "What this packet brought."
	case pieceRepeat:
		r.Name += " again"
		r.Value = "the same"
		if p.other {
			r.State, r.Note = Bad, "other bytes than these"
		}
		r.Doc = "A packet that brought these bytes once more; those that came first count."
	}
}
