package model

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"

	"hexlay/overlay/packet"
)

// whatOfPackets is how much of a packet is exported.
var whatOfPackets = []string{"summary", "fields"}

func packetJSONCommands() []*Command {
	args := []Arg{{Kind: ArgWord, Choices: whatOfPackets, Optional: true}, {Kind: ArgFile, Optional: true}}
	return []*Command{
		{Name: "packet-json", Group: "Packets", Help: "Write the marked packets, or if there are none the listed ones, to a new file as JSON: the list, or with all decoded fields",
			Args: args, Enabled: someCapture, Run: packetJSON(false)},
		{Name: "packet-json!", Group: "Packets", Help: "Write packets as JSON, even over a file that is there",
			Args: args, Enabled: someCapture, Run: packetJSON(true)},
		{Name: "packet-copy-json", Group: "Packets", Help: "Copy this packet as JSON to the terminal's clipboard: its row, or with all decoded fields",
			Args: args[:1], Enabled: someCapture, Run: runPacketCopyJSON},
	}
}

// exported are the packets that exports mean: the marked ones, or if there are none the listed ones.
func (c *Capture) exported() []int {
	var which []int
	for k := range c.marks {
		if k < c.index.Len() {
			which = append(which, k)
		}
	}
	slices.Sort(which)
	if len(which) == 0 {
		for row := range c.Rows() {
			which = append(which, c.PacketAt(row))
		}
	}
	return which
}

// exportedName says which packets these are.
func (c *Capture) exportedName() string {
	n := int64(0)
	for k := range c.marks {
		if k < c.index.Len() {
			n++
		}
	}
	switch {
	case n > 0:
		return count(n, "marked packet")
	case c.filter != nil:
		return count(int64(c.Rows()), "listed packet")
	}
	return "all " + count(int64(c.Rows()), "packet")
}

// jsonOf prepares what writes packets of the document as it is now, on any goroutine.
func (c *Capture) jsonOf(e *Editor, fields bool) (func() (*packet.Decoder, *PacketJSON), error) {
	if c.index.Len() == 0 {
		return nil, errors.New("the capture has no packets")
	}
	x, snap, size, ports, layers := c.index, e.Snapshot(), e.Size(), e.Ports, e.packetLayers()
	exprs := slices.Clone(e.PacketColumns)
	return func() (*packet.Decoder, *PacketJSON) {
		j := &PacketJSON{Fields: fields, Layers: layers, Data: snap}
		all, _ := compileColumns(exprs, layers)
		for _, col := range all {
			if col != nil {
				j.Columns = append(j.Columns, col)
			}
		}
		return packet.NewDecoder(x, snap, size, ports), j
	}, nil
}

func packetJSON(force bool) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, args []string) (Effect, error) {
		c := e.Capture()
		what := "summary"
		if len(args) > 0 {
			what = args[0]
		}
		if len(args) < 2 || strings.TrimSpace(args[1]) == "" {
			name := "packet-json"
			if force {
				name += "!"
			}
			return Prompt{Title: "Write " + c.exportedName() + " as JSON to", Command: name + " " + what, Hint: "packets.json", Complete: ArgFile}, nil
		}
		path := expandHome(strings.TrimSpace(args[1]))
		begin, err := c.jsonOf(e, what == "fields")
		if err != nil {
			return nil, err
		}
		which := c.exported()
		return Start{&Job{
			Kind: "packet export", Title: "writing packets", Total: int64(len(which)), Quick: true,
			Run: func(ctx context.Context, progress *atomic.Int64) error {
				return writeNew(path, force, func(w *bufio.Writer) error {
					dec, j := begin()
					j.Layers.SetContext(ctx)
					out := jsonList{w: w}
					var b []byte
					for i, k := range which {
						if progress.Store(int64(i)); ctx.Err() != nil {
							return ctx.Err()
						}
						p, err := dec.Packet(k)
						if err == nil {
							b, err = j.Append(ctx, b[:0], p)
						}
						if err == nil {
							err = out.add(b)
						}
						if err != nil {
							return err
						}
					}
					return out.end()
				})
			},
			Done: func(e *Editor, err error) (Effect, error) {
				switch {
				case errors.Is(err, fs.ErrExist):
					return Ask{Title: "Overwrite?", Text: path + " exists.", Choices: []Choice{
						{"o", "overwrite it", "packet-json! " + what + " " + path}, {"esc", "cancel", ""}}}, nil
				case err == nil:
					e.Notef("%s written to %s", count(int64(len(which)), "packet"), path)
				}
				return nil, notCancelled(err)
			},
		}}, nil
	}
}

// maxCopiedJSON is how much is put on a clipboard.
const maxCopiedJSON = 1 << 20

func runPacketCopyJSON(e *Editor, args []string) (Effect, error) {
	c := e.Capture()
	c.followCursor(e)
	if c.chosen < 0 {
		return nil, errors.New("no packet is chosen")
	}
	begin, err := c.jsonOf(e, len(args) > 0 && args[0] == "fields")
	if err != nil {
		return nil, err
	}
	k := c.chosen
	var b []byte
	return Start{&Job{
		Kind: "packet copy", Title: "reading the packet", Quick: true,
		Run: func(ctx context.Context, _ *atomic.Int64) error {
			dec, j := begin()
			j.Layers.SetContext(ctx)
			p, err := dec.Packet(k)
			if err == nil {
				b, err = j.Append(ctx, nil, p)
			}
			if err == nil && len(b) > maxCopiedJSON {
				err = fmt.Errorf("packet %d has %s of JSON, at most %s go to the clipboard; mark it and use packet-json", k+1, count(int64(len(b)), "byte"), Grouped(maxCopiedJSON))
			}
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil {
				return nil, notCancelled(err)
			}
			e.Notef("packet %d copied: %s of JSON", k+1, count(int64(len(b)), "byte"))
			return Clipboard{string(b)}, nil
		},
	}}, nil
}
