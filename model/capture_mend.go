package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
)

// sound is a capture when its records told how long their packets are, as far as they ever did: what edits that know nothing of packets make longer or
// shorter is measured against it.
type sound struct {
	snap  *mmapdoc.Snapshot
	index *packet.Index
	size  int64
}

// maxPlaces bounds the places of edits among which packets that became longer or shorter are looked for.
const maxPlaces = 1 << 22

// maxAppended is what bytes at the end of a capture can be at most to be the last packet's: more is what the capture grew by.
const maxAppended = 16 << 20

// done gives what edits did to the packets since. nil, nil is said where nobody can know: after a save.
func (s *sound) done(ctx context.Context, snap *mmapdoc.Snapshot, size int64, ports packet.Ports, told func(part float64)) (*packet.Done, error) {
	hunks, ok := snap.HunksSince(s.snap, maxPlaces)
	if !ok {
		return nil, nil
	}
	if n := len(hunks) - 1; n >= 0 && hunks[n].Old.Start == s.size && hunks[n].New.Len() > maxAppended {
		hunks = hunks[:n]
	}
	list := make([]packet.Change, len(hunks))
	for i, h := range hunks {
		list[i] = packet.Change{Was: [2]int64{h.Old.Start, h.Old.End}, Now: [2]int64{h.New.Start, h.New.End}}
	}
	return packet.NewDone(ctx, packet.NewDecoder(s.index, s.snap, s.size, ports), snap, size, list, told)
}

// since compares a capture with what it was: with the newest of several states from which edits led here that do not touch the records' headers, as undo
// may have gone behind the mending. It is nil where a save came between. told is called now and then with the part that is done, from 0 to 1.
func since(ctx context.Context, sounds []*sound, snap *mmapdoc.Snapshot, size int64, ports packet.Ports, told func(part float64)) (found *packet.Done, err error) {
	for _, s := range slices.Backward(sounds) {
		d, err := s.done(ctx, snap, size, ports, told)
		if err != nil {
			return nil, err
		}
		if d != nil && !d.Told {
			return d, nil
		}
		if found == nil {
			found = d
		}
	}
	return found, nil
}

// maxSounds bounds the states that are kept.
const maxSounds = 4

// unfit is what is known of packets whose length edits changed without a word to the capture.
type unfit struct {
	packets []int
	grown   int64  // the first of them
	sums    [2]int // where none changed its length: the first two whose checksum is wrong since
}

// look says what is unfit in a capture whose index is made, and whether that is a state to compare with: where no packet moved, the last one is as good.
func look(ctx context.Context, sounds []*sound, snap *mmapdoc.Snapshot, size int64, ports packet.Ports, told func(part float64)) (u *unfit, keep bool) {
	d, err := since(ctx, sounds, snap, size, ports, told)
	switch {
	case ctx.Err() != nil: // nobody knows, so it is no state to compare with
		return nil, false
	case err != nil || d == nil:
		return nil, true
	case len(d.Unfit) > 0:
		return &unfit{packets: d.Unfit, grown: d.Grown(d.Unfit[0])}, false
	case d.Told || d.Moved:
		return nil, true
	}
	// Of one packet the tree tells; several, as after a replacement, are told of here.
	if f, err := d.Sums(ctx, someSums, told); err == nil && len(f.Edits) > 0 {
		if first, last := f.Lengths[0].Packet, f.Lengths[len(f.Lengths)-1].Packet; first != last {
			return &unfit{sums: [2]int{first, last}}, false
		}
	}
	return nil, false
}

// someSums is after how many packets with a wrong checksum no more are looked for, to tell of them.
const someSums = 2

func (u *unfit) String() string {
	if len(u.packets) == 0 {
		return fmt.Sprintf("checksums of packets no longer hold, in %d and %d first", u.sums[0]+1, u.sums[1]+1)
	}
	by, than := count(u.grown, "byte")+" longer", "its record says"
	if u.grown < 0 {
		by = count(-u.grown, "byte") + " shorter"
	}
	s := fmt.Sprintf("packet %d is %s than %s", u.packets[0]+1, by, than)
	if n := len(u.packets) - 1; n > 0 {
		s += fmt.Sprintf(", and %s more changed their length", Grouped(int64(n)))
	}
	return s
}

// found takes over what the index job found out.
func (c *Capture) found(e *Editor, now *sound, u *unfit, keep bool) {
	if u == nil {
		c.unfit = nil
		if c.clean {
			c.sounds = nil
		} else if len(c.sounds) == maxSounds && keep {
			c.sounds = c.sounds[1:]
		}
		if c.clean || keep {
			c.sounds = append(c.sounds, now)
		}
		if text, was := strings.CutSuffix(e.notice.Text, c.said); was && c.said != "" {
			e.notice = Notice{Text: strings.TrimSuffix(text, "; ")}
		}
		c.said = ""
		return
	}
	again := c.unfit != nil && slices.Equal(c.unfit.packets, u.packets) && c.unfit.grown == u.grown && c.unfit.sums == u.sums
	c.unfit = u
	if again || e.notice.Error || e.doc != c.doc {
		return
	}
	said := e.notice.Text
	if c.said != "" {
		said = strings.TrimSuffix(strings.TrimSuffix(said, c.said), "; ")
	}
	c.said = u.String()
	if said != "" {
		said += "; "
	}
	e.notice = Notice{Text: said + c.said, Hint: Hint{"packet-mend", "mends that"}}
}

// packetPlan is what packet-mend has asked about, ready to be done.
type packetPlan struct {
	snap    *mmapdoc.Snapshot
	refit   packet.Refit
	packets []int
	batch   *mmapdoc.Batch
	mended  int // how many packets have a field that is mended
}

// ready makes a batch of the edits: there may be a million of them, which the screen must not wait for.
func (p *packetPlan) ready() error {
	if len(p.refit.Edits) == 0 {
		return errors.New("there is nothing left to mend")
	}
	p.batch = p.snap.NewBatch()
	for _, x := range p.refit.Edits {
		if err := p.batch.Replace(mmapdoc.Range{Start: x.Off, End: x.Off + x.Del}, x.New); err != nil {
			return err
		}
	}
	p.batch.Build()
	p.refit.Edits = nil
	of := make(map[int]bool)
	for _, l := range p.refit.Lengths {
		of[l.Packet] = true
	}
	p.mended = len(of)
	return nil
}

// mendSteps is what the progress of packetMending counts up to: comparing is about a third of it.
const mendSteps = 3000

// packetMending finds what packet-mend has to do.
func (e *Editor) packetMending(answer func(e *Editor, p *packetPlan) (Effect, error)) (Effect, error) {
	c := e.Capture()
	sounds := slices.Clone(c.sounds)
	if len(sounds) == 0 {
		return nil, errors.New("the packets are still being looked for")
	}
	snap, size, ports := e.Snapshot(), e.Size(), e.Ports
	if p := c.mending; p != nil && p.snap == snap { // it was asked about just now
		return answer(e, p)
	}
	p := &packetPlan{snap: snap}
	return Start{&Job{
		Kind: "packet mend", Title: "looking for what to mend", Total: mendSteps, Quick: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			d, err := since(ctx, sounds, snap, size, ports, func(part float64) { progress.Store(int64(part * mendSteps / 3)) })
			switch {
			case err != nil:
				return err
			case d == nil:
				return errors.New("the capture was saved meanwhile")
			}
			if p.packets = d.Unfit; len(p.packets) > 0 {
				if p.refit, err = d.Refit(ctx, func(part float64) { progress.Store(int64((1 + part) * mendSteps / 3)) }); err != nil {
					return err
				}
			}
			sums, err := d.Sums(ctx, 0, func(part float64) { progress.Store(int64((2 + part) * mendSteps / 3)) })
			if err != nil {
				return err
			}
			if len(p.packets) == 0 && len(sums.Edits) == 0 {
				return errors.New(strings.Join(append([]string{"no length and no checksum of a packet was made wrong by edits"}, sums.Notes...), ". "))
			}
			p.refit.Add(sums)
			return p.ready()
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case err != nil:
				return nil, notCancelled(err)
			case e.doc != c.doc || e.Snapshot() != snap:
				return nil, errors.New("the capture was changed meanwhile")
			}
			c.mending = p
			return answer(e, p)
		},
	}}, nil
}

func runPacketMend(e *Editor, _ []string) (Effect, error) {
	return e.packetMending(func(_ *Editor, p *packetPlan) (Effect, error) {
		title := "Mend the checksums of " + count(int64(p.mended), "packet") + "?"
		if n := len(p.packets); n > 0 {
			title = "Mend " + count(int64(n), "packet") + " whose length changed?"
			if more := p.mended - n; more > 0 {
				title = "Mend " + count(int64(n), "packet") + " whose length changed, and checksums of " + Grouped(int64(more)) + " more?"
			}
		}
		return Ask{Title: title, Text: lengthsText(p.refit),
			Choices: []Choice{{"m", "mend " + count(int64(len(p.refit.Lengths)), "field"), "packet-mend!"}, {"esc", "leave it", ""}}}, nil
	})
}

func runPacketMendNow(e *Editor, _ []string) (Effect, error) {
	return e.packetMending(func(e *Editor, p *packetPlan) (Effect, error) {
		e.Capture().mending = nil
		at := e.cursor
		if err := e.applyBatch(p.batch); err != nil {
			return nil, err
		}
		e.low = false
		e.setCursor(min(p.batch.Moved(at), e.Size()))
		e.Notef("%s of %s mended", count(int64(len(p.refit.Lengths)), "field"), count(int64(p.mended), "packet"))
		return nil, nil
	})
}

// lengthsText is a line for each field that is mended.
func lengthsText(f packet.Refit) string {
	var b strings.Builder
	for i, l := range f.Lengths {
		if i == maxShown {
			fmt.Fprintf(&b, "… and %s more\n", Grouped(int64(len(f.Lengths)-i)))
			break
		}
		format := "packet %d: %s: %d becomes %d\n"
		if strings.HasSuffix(l.Name, "checksum") {
			format = "packet %d: %s: 0x%04x becomes 0x%04x\n"
		}
		fmt.Fprintf(&b, format, l.Packet+1, l.Name, l.Was, l.Is)
	}
	return b.String() + strings.Join(f.Notes[:min(len(f.Notes), maxShown)], "\n")
}
