package model

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"hexlay/overlay/packet"
)

func packetCommands() []*Command {
	step := func(n int) func(e *Editor, _ []string) (Effect, error) {
		return func(e *Editor, _ []string) (Effect, error) {
			c := e.Capture()
			c.followCursor(e)
			row := c.RowOf(c.chosen)
			if n > 0 && row < c.Rows() && c.PacketAt(row) > c.chosen { // the one chosen is not listed
				row--
			}
			return nil, e.packetRow(c, row+n)
		}
	}
	return []*Command{
		{Name: "packet", Group: "Packets", Help: "Go to a packet by its number; -1 is the last one", Args: []Arg{{Kind: ArgNumber, Optional: true}}, Enabled: someCapture,
			Run: func(e *Editor, args []string) (Effect, error) {
				if len(args) == 0 {
					return Prompt{Title: "Go to packet", Command: "packet"}, nil
				}
				c := e.Capture()
				n, err := strconv.Atoi(args[0])
				if err != nil || n == 0 {
					return nil, fmt.Errorf("packet %q: want a number from 1, or a negative one from the end", args[0])
				}
				if n < 0 {
					n += c.index.Len() + 1
				}
				return nil, e.choosePacket(c, n-1)
			}},
		{Name: "packet-next", Group: "Packets", Help: "Go to the next packet of the list", Enabled: someCapture, Run: step(1)},
		{Name: "packet-previous", Group: "Packets", Help: "Go to the previous packet of the list", Enabled: someCapture, Run: step(-1)},
		{Name: "packet-filter", Group: "Packets", Help: "List only packets that fulfil a condition",
			Args: []Arg{{Kind: ArgFilter, Optional: true}}, Enabled: someCapture, Run: runPacketFilter},
		{Name: "packet-all", Group: "Packets", Help: "List all packets again", Enabled: someCapture,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.Capture().setFilter(e, "") }},
		{Name: "packet-filter-field", Group: "Packets", Help: "List only packets with the value of a column of this one",
			Args: []Arg{{Kind: ArgWord, Choices: []string{"src", "dst", "protocol", "ports"}}}, Enabled: someCapture, Run: runFilterField},
		{Name: "packet-time", Group: "Packets", Help: "Show times since the start, since the packet before, since the reference, as time of day or with the date",
			Args: []Arg{{Kind: ArgWord, Choices: timeFormNames[:], Optional: true}}, Enabled: someCapture, Run: runPacketTime},
		{Name: "packet-reference", Group: "Packets", Help: "Count times from this packet; again: no longer", Enabled: someCapture,
			Run: func(e *Editor, _ []string) (Effect, error) {
				c := e.Capture()
				c.followCursor(e)
				if c.reference == c.chosen {
					c.reference, c.TimeForm = -1, TimeSinceStart
					e.Notef("times count from the start")
					return nil, nil
				}
				c.reference, c.TimeForm = c.chosen, TimeSinceReference
				e.Notef("times count from packet %d", c.chosen+1)
				return nil, nil
			}},
		{Name: "packet-mark", Group: "Packets", Help: "Mark this packet, or take its mark away", Enabled: someCapture,
			Run: func(e *Editor, _ []string) (Effect, error) {
				c := e.Capture()
				c.followCursor(e)
				if c.marks[c.chosen] {
					delete(c.marks, c.chosen)
				} else if c.chosen >= 0 {
					c.marks[c.chosen] = true
				}
				e.Notef("%s marked", count(int64(len(c.marks)), "packet"))
				return nil, nil
			}},
		{Name: "packet-mark-next", Group: "Packets", Help: "Go to the next marked packet", Enabled: someCapture,
			Run: func(e *Editor, _ []string) (Effect, error) {
				c := e.Capture()
				c.followCursor(e)
				if len(c.marks) == 0 {
					return nil, errors.New("no packet is marked; packet-mark does")
				}
				var all []int
				for k := range c.marks {
					all = append(all, k)
				}
				slices.Sort(all)
				i, _ := slices.BinarySearch(all, c.chosen+1)
				return nil, e.choosePacket(c, all[i%len(all)])
			}},
		{Name: "packet-hierarchy", Group: "Packets", Help: "List the protocols of the listed packets, each within the one that carries it, with packets and bytes", Enabled: someCapture,
			Run: runHierarchy},
		{Name: "packet-vary", Group: "Packets", Help: "List which bytes of the listed packets, of their payload or a layer, or of live frames, are constant, counters, lengths, of few values or random",
			Args: []Arg{{Kind: ArgWord, Choices: varyParts(), Optional: true}}, Enabled: someCapture, Run: runVary},
		{Name: "packet-traffic", Group: "Packets", Help: "Show a chart of the listed packets, and of their bytes, over time", Enabled: someCapture,
			Run: func(e *Editor, _ []string) (Effect, error) { return runPicture(e, []string{string(PictureTraffic)}) }},
		{Name: "packet-damage", Group: "Packets", Help: "Say what is wrong with the capture, and go to the next place behind the cursor", Enabled: someCapture, Run: runPacketDamage},
		{Name: "packet-mend", Group: "Packets", Help: "Show which lengths and checksums of packets edits made wrong, in all packets, and mend them", Enabled: someCapture, Run: runPacketMend},
		{Name: "packet-mend!", Group: "Packets", Help: "Mend the lengths and checksums of packets that edits made wrong without asking", Enabled: someCapture, Run: runPacketMendNow},
		{Name: "packet-layers", Group: "Packets", Help: "Lay the templates of its layers over the packet at the cursor, or no longer", Enabled: someCapture,
			Run: func(e *Editor, _ []string) (Effect, error) {
				l := &e.Capture().layers
				l.off = !l.off
				l.packet = 0
				if l.off {
					for i, o := range l.laid {
						if o != nil {
							e.removeOverlay(o)
							l.laid[i] = nil
						}
					}
				}
				return nil, nil
			}},
		{Name: "packet-export", Group: "Packets", Help: "Write the marked packets, or if there are none the listed ones, to a new capture; a name that ends in .pcapng makes one, every other a pcap file",
			Args: []Arg{{Kind: ArgFile, Optional: true}}, Enabled: someCapture, Run: runPacketExport},
		{Name: "layer", Group: "Packets", Help: "Take what a port carries for a protocol, now and later: a built-in template, a .ksy file, or none",
			Args: []Arg{{Kind: ArgNumber}, {Kind: ArgTemplate}}, Enabled: someCapture, Run: runLayer},
	}
}

// packetRow goes to a row of the list.
func (e *Editor) packetRow(c *Capture, row int) error {
	if row < 0 || row >= c.Rows() {
		return errors.New("no more packets that way")
	}
	return e.choosePacket(c, c.PacketAt(row))
}

func runPacketFilter(e *Editor, args []string) (Effect, error) {
	c := e.Capture()
	if len(args) > 0 {
		eff, err := c.setFilter(e, strings.TrimSpace(args[0]))
		return Effects{Panel{"packets", Show}, eff}, err
	}
	return Prompt{Title: "Packets that fulfil", Command: "packet-filter", Initial: c.Filter(), Hint: filterHint, Complete: ArgFilter, Typing: filterTyping}, nil
}

const filterHint = `ip.src == "10.0.0.1" and tcp.dst_port == 80 and len > 100`

// filterTyping says what is wrong while a filter is typed.
func filterTyping(e *Editor, text string) (Effect, error) {
	e.Notef("")
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	_, err := packet.CompileFilter(text, e.packetLayers())
	return nil, err
}

// runFilterField narrows the list to what the chosen packet has in a column.
func runFilterField(e *Editor, args []string) (Effect, error) {
	c := e.Capture()
	c.followCursor(e)
	if c.chosen < 0 {
		return nil, errors.New("no packet is chosen")
	}
	p, err := c.decoder(e).Packet(c.chosen)
	if err != nil {
		return nil, err
	}
	s := p.Summary()
	var text string
	switch args[0] {
	case "src":
		text = fmt.Sprintf("src == %q", s.Src)
	case "dst":
		text = fmt.Sprintf("dst == %q", s.Dst)
	case "protocol":
		text = fmt.Sprintf("protocol == %q", s.Protocol)
	case "ports":
		if p.SrcPort|p.DstPort == 0 {
			return nil, errors.New("the packet has no ports")
		}
		text = fmt.Sprintf("src_port == %d and dst_port == %d or src_port == %d and dst_port == %d", p.SrcPort, p.DstPort, p.DstPort, p.SrcPort)
	}
	return c.setFilter(e, text)
}

func runPacketTime(e *Editor, args []string) (Effect, error) {
	c := e.Capture()
	if len(args) == 0 {
		c.TimeForm = (c.TimeForm + 1) % timeForms
	} else {
		c.TimeForm = TimeForm(slices.Index(timeFormNames[:], args[0]))
	}
	e.Notef("times: %s", [...]string{"since the start", "since the packet before", "since the reference", "of day, UTC", "with the date, UTC"}[c.TimeForm])
	return nil, nil
}

func runPacketDamage(e *Editor, _ []string) (Effect, error) {
	c := e.Capture()
	list, n := c.index.Damage()
	if tail, cut := c.index.Tail(); cut {
		if n == 0 {
			e.Jump(tail.At)
			e.Notef("%v", tail)
			return nil, nil
		}
	}
	if n == 0 {
		e.Notef("nothing is wrong with the capture")
		return nil, nil
	}
	i := slices.IndexFunc(list, func(d packet.Damage) bool { return d.At > e.cursor })
	i = max(0, i)
	e.Jump(list[i].At)
	e.Notef("%s of %s: %v", Grouped(int64(i+1)), Grouped(int64(n)), list[i])
	return nil, nil
}

func runPacketExport(e *Editor, args []string) (Effect, error) {
	c := e.Capture()
	if len(args) == 0 {
		return Prompt{Title: "Write " + c.exportedName() + " to", Command: "packet-export", Hint: "new.pcapng", Complete: ArgFile}, nil
	}
	path := expandHome(strings.TrimSpace(args[0]))
	which := c.exported()
	format := packet.Pcap
	if strings.EqualFold(filepath.Ext(path), ".pcapng") {
		format = packet.Pcapng
	}
	x, snap, size := c.index, e.Snapshot(), e.Size()
	return Start{&Job{
		Kind: "packet export", Title: "writing packets", Total: int64(len(which)), Quick: true,
		Run: func(ctx context.Context, progress *atomic.Int64) (err error) {
			f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
			if err != nil {
				return fileError(path, err)
			}
			defer func() {
				if cerr := f.Close(); err == nil {
					err = cerr
				}
				if err != nil {
					err = errors.Join(err, os.Remove(path))
				}
			}()
			buffered := bufio.NewWriterSize(f, 256<<10)
			w := packet.NewWriter(buffered, x, format)
			dec := packet.NewDecoder(x, snap, size, nil)
			for i, k := range which {
				if i%1024 == 0 {
					progress.Store(int64(i))
					if err := ctx.Err(); err != nil {
						return err
					}
				}
				p, err := dec.Packet(k)
				if err == nil {
					err = w.Packet(p)
				}
				if err != nil {
					return err
				}
			}
			if err := w.End(); err != nil {
				return err
			}
			return buffered.Flush()
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err == nil {
				e.Notef("%s written to %s, %v", count(int64(len(which)), "packet"), path, format)
			}
			return nil, notCancelled(err)
		},
	}}, nil
}
