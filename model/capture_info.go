package model

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
)

func captureInfoCommands() []*Command {
	return []*Command{
		{Name: "capture-info", Group: "Packets", Help: "List what the capture says of itself: sections and their comments, interfaces, names of addresses, damage", Enabled: someCapture, Run: runCaptureInfo},
		{Name: "packet-names", Group: "Packets", Help: "Show the names that the capture has for addresses instead of them, or the addresses again", Enabled: someCapture,
			Run: func(e *Editor, _ []string) (Effect, error) {
				n := len(e.Capture().index.Names())
				if n == 0 && !e.PacketNames {
					return nil, errors.New("the capture has no names of addresses")
				}
				if e.PacketNames = !e.PacketNames; e.PacketNames {
					e.Notef("names instead of addresses, as far as the capture has them: %s", count(int64(n), "name"))
				} else {
					e.Notef("addresses")
				}
				return nil, nil
			}},
		{Name: "datagram-open", Group: "Packets", Help: "Open the IP packet that this one is a part of, put together, as a document; what is changed there goes back into the parts",
			Enabled: someCapture, Run: runDatagramOpen},
	}
}

// CaptureFact is one thing that a capture says of itself.
type CaptureFact struct {
	About string        // "section", "interface 0", an address
	Text  string        // not made printable
	Range mmapdoc.Range // where it says so; empty where that is not known
}

// CaptureFacts lists what an index has found beside packets.
func CaptureFacts(x *packet.Index) (list []CaptureFact) {
	add := func(about, text string, at int64) {
		r := mmapdoc.Range{Start: at, End: at}
		if at >= 0 {
			r.End++
		} else {
			r = mmapdoc.Range{}
		}
		list = append(list, CaptureFact{about, text, r})
	}
	add("capture", fmt.Sprintf("%s, %s, %s", x.Format(), count(int64(x.Sections()), "section"), count(int64(x.Len()), "packet")), -1)
	for _, s := range x.Comments() {
		add("section", s, -1)
	}
	for i, f := range x.Interfaces() {
		said := []string{f.Link.String()}
		if f.Undescribed {
			said = append(said, "not described")
		}
		if f.Name != "" {
			said = append(said, f.Name)
		}
		if f.Snaplen > 0 {
			said = append(said, fmt.Sprintf("at most %s a packet", count(int64(f.Snaplen), "byte")))
		}
		if f.Received > 0 || f.Dropped > 0 {
			said = append(said, fmt.Sprintf("%s received, %s dropped", groupedUint(f.Received), groupedUint(f.Dropped)))
		}
		if f.Comment != "" {
			said = append(said, f.Comment)
		}
		add(fmt.Sprintf("interface %d", i), strings.Join(said, ", "), f.At)
	}
	if n := x.Secrets(); n > 0 {
		add("secrets", count(int64(n), "block")+" of them", -1)
	}
	for _, a := range x.Names() {
		add(a, x.Name(a), -1)
	}
	damage, _ := x.Damage()
	for _, d := range damage {
		add("damage", d.Error(), d.At)
	}
	return list
}

func runCaptureInfo(e *Editor, _ []string) (Effect, error) {
	c := e.Capture()
	rows := &fixedRows{}
	for _, f := range CaptureFacts(c.index) {
		rows.add(ListRow{Lead: f.About, Text: f.Text, Range: f.Range, Copy: f.Text})
	}
	e.setList(&List{Name: "capture", Rows: rows, Again: "capture-info", snapshot: e.Snapshot(), jumps: true})
	e.List("capture").ended.Store(true)
	return Panel{"capture", Focus}, nil
}

// about says what stands beside a packet in the capture: its comment, and what its addresses are called.
func (c *Capture) about(e *Editor, k int) string {
	p, err := c.decoder(e).Packet(k)
	if err != nil {
		return ""
	}
	var said []string
	if s := p.Comment(); s != "" {
		said = append(said, "“"+s+"”")
	}
	for _, a := range [2]string{p.Summary().Src, p.Summary().Dst} {
		if s := p.Name(a); s != "" {
			said = append(said, a+" is "+s)
		}
	}
	return strings.Join(said, "; ")
}

func runDatagramOpen(e *Editor, _ []string) (Effect, error) {
	c := e.Capture()
	c.followCursor(e)
	if c.chosen < 0 {
		return nil, errors.New("no packet is at the cursor")
	}
	k, x, snap, size, ports := c.chosen, c.index, e.Snapshot(), e.Size(), e.Ports
	var text []byte
	var g *packet.Datagram
	return Start{&Job{
		Kind: "packet streams", Title: "putting the datagram together", Quick: true,
		Run: func(_ context.Context, _ *atomic.Int64) (err error) {
			if g, err = packet.NewDecoder(x, snap, size, ports).Datagram(k); err != nil || g == nil {
				return err
			}
			for _, s := range g.Segments {
				at := len(text)
				text = append(text, make([]byte, s.Len)...)
				if _, err := snap.ReadAt(text[at:], s.Off); err != nil {
					return err
				}
			}
			return nil
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case err != nil:
				return nil, notCancelled(err)
			case g == nil:
				return nil, fmt.Errorf("packet %d is no part of an IP packet whose other parts are near it", k+1)
			case e.doc != c.doc || e.Snapshot() != snap:
				return nil, errors.New("the capture was changed meanwhile")
			}
			write := func(e *Editor, now []byte) (Effect, error) {
				if len(now) != len(text) {
					return nil, fmt.Errorf("the datagram has %s, its parts have room for %s", count(int64(len(now)), "byte"), count(int64(len(text)), "byte"))
				}
				g.Resum(text, now)
				f := &followed{}
				for _, s := range g.Segments {
					f.parts = append(f.parts, part{s.At, s.Off, s.Len, s.Packet})
				}
				return nil, f.write(e, text, now)
			}
			doc := mmapdoc.FromBytes(fmt.Sprintf("datagram of packet %d of %s", g.Last+1, e.doc.Info().Name), text)
			if err := e.enter(doc, 0, write, ""); err != nil {
				return nil, err
			}
			e.notCapture()
			said := fmt.Sprintf("%s of %s; substream-write puts changes back, substream-close leaves them", count(int64(len(text)), "byte"), count(int64(len(g.Segments)), "part"))
			if g.Name() == "" {
				e.Notef("%s", said)
				return nil, nil
			}
			eff, err := e.Do("overlay " + g.Name())
			if s, ok := eff.(Start); ok { // what it says itself is no news
				done := s.Job.Done
				s.Job.Done = func(e *Editor, err error) (Effect, error) {
					eff, err := done(e, err)
					if err == nil {
						e.Notef("%s", said)
					}
					return eff, err
				}
			}
			e.Notef("%s", said)
			return Effects{eff, Panel{"structure", Show}}, err
		},
	}}, nil
}
