package model

import (
	"bytes"
	"context"
	"fmt"
	"hash/maphash"
	"io"
	"strconv"

	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
	"hexlay/overlay/packet"
)

// templatesOver are the templates that lie over a packet, with where: that of the link type over all of it, and that of the protocol
// in TCP, or of what the user says a port carries, over the payload. "" stands for none.
func templatesOver(p *packet.Packet, ports packet.Ports) (names [2]string, regions [2]mmapdoc.Range) {
	names[0], regions[0] = p.Link.Template(), mmapdoc.Range{Start: p.Data, End: p.End}
	if user := ports[p.DstPort]; p.App != "" && (p.SrcPort|p.DstPort) != 0 {
		_, tcp := p.Layer("tcp")
		at, _ := p.Layer(p.App)
		if tcp || user != "" || ports[p.SrcPort] != "" {
			names[1], regions[1] = p.App, mmapdoc.Range{Start: p.Data + int64(at.Start), End: p.Data + int64(at.End)}
			if tcp && p.App == "dns" {
				regions[1].Start = min(regions[1].Start+2, regions[1].End)
			}
		}
	}
	return names, regions
}

// part is a template over bytes of a packet.
type packetPart struct {
	name   string // in front of the paths of its fields
	spec   string
	schema *ksy.Schema
	region mmapdoc.Range
}

func (l *PacketLayers) parts(p *packet.Packet) []packetPart {
	names, regions := templatesOver(p, l.ports)
	var parts []packetPart
	for i, spec := range names {
		if spec == "" {
			continue
		}
		if s := l.schema(spec); s != nil {
			parts = append(parts, packetPart{packet.LayerName(spec), spec, s, regions[i]})
		}
	}
	return parts
}

// layerNames give the fields of a packet paths that begin with the name of their layer, as filters have them: "tcp.dst_port", though the
// template of the link has it as "body.body.dst_port". A nil one leaves paths as they are.
type layerNames struct {
	tops  map[*ksy.Type]bool
	used  map[string]int
	stack []layerPath
}

// layerPath is where a layer's object stands in the tree.
type layerPath struct{ at, name string }

// begin goes on with another part of the packet.
func (l *layerNames) begin(p packetPart) {
	if l.used == nil {
		l.used = make(map[string]int)
	}
	l.tops = make(map[*ksy.Type]bool)
	for _, f := range p.schema.Files {
		l.tops[f.Top] = true
	}
	l.stack = append(l.stack[:0], layerPath{"", l.name(p.name)})
}

// name is a layer's name; of a second one of that name, as in tunnels, another.
func (l *layerNames) name(s string) string {
	if l.used[s]++; l.used[s] > 1 {
		return fmt.Sprintf("%s_%d", s, l.used[s])
	}
	return s
}

// enter takes note of an object.
func (l *layerNames) enter(v *ksy.Visit) {
	if l == nil || v.IsArray || v.Object == nil || !l.tops[v.Object] {
		return
	}
	l.leave(v)
	l.stack = append(l.stack, layerPath{string(v.Path) + ".", l.name(v.Object.ID)})
}

// leave forgets the layers that the node is not in.
func (l *layerNames) leave(v *ksy.Visit) {
	for n := len(l.stack) - 1; n > 0 && !bytes.HasPrefix(v.Path, []byte(l.stack[n].at)); n-- {
		l.stack = l.stack[:n]
	}
}

// path is a field's path.
func (l *layerNames) path(v *ksy.Visit) string {
	if l == nil {
		return string(v.Path)
	}
	l.leave(v)
	in := l.stack[len(l.stack)-1]
	return in.name + "." + string(v.Path[len(in.at):])
}

func (t packetPart) open(ctx context.Context, r io.ReaderAt) *ksy.Tree {
	return t.schema.Open(r, t.region.Start, t.region.Len(), ksy.Options{Context: ctx})
}

// maxPacketFields is how many fields of a packet are written.
const maxPacketFields = 100_000

// PacketJSON writes packets as the verb packets does. It belongs to one goroutine.
type PacketJSON struct {
	Columns []*packet.Column
	Fields  bool          // also all decoded fields
	Layers  *PacketLayers // whose templates they come of
	Data    io.ReaderAt   // the capture
}

// Append appends one packet: {"no":N,"time":T,"range":[s,e],"caplen":N,"len":N,"src":T,"dst":T,"protocol":T,"info":T}, with "comment":T
// where the capture has one, and "columns":
// {EXPR:VALUE,…} and "fields":[{"path":P,"range":[s,e],"value":V},…] where these are asked for; ranges are of the capture.
func (j *PacketJSON) Append(ctx context.Context, b []byte, p *packet.Packet) ([]byte, error) {
	s := p.Summary()
	b = append(b, `{"no":`...)
	b = strconv.AppendInt(b, int64(p.Index)+1, 10)
	b = append(b, `,"time":`...)
	if t, ok := p.When(); ok {
		b = append(t.AppendFormat(append(b, '"'), packetTimeFormat), '"')
	} else {
		b = append(b, "null"...)
	}
	b = AppendJSONRange(append(b, ','), p.Data, p.End)
	b = append(b, `,"caplen":`...)
	b = strconv.AppendInt(b, p.Caplen, 10)
	b = append(b, `,"len":`...)
	b = strconv.AppendInt(b, p.Len, 10)
	b = AppendJSONString(append(b, `,"src":`...), s.Src)
	b = AppendJSONString(append(b, `,"dst":`...), s.Dst)
	b = AppendJSONString(append(b, `,"protocol":`...), s.Protocol)
	b = AppendJSONString(append(b, `,"info":`...), s.Info)
	if c := p.Comment(); c != "" {
		b = AppendJSONString(append(b, `,"comment":`...), c)
	}
	for i, c := range j.Columns {
		v, err := c.Value(ctx, p)
		if err != nil {
			return b, err
		}
		b = append(b, []string{`,"columns":{`, `,`}[min(i, 1)]...)
		b = appendJSON(append(AppendJSONString(b, c.Text()), ':'), v)
		if i == len(j.Columns)-1 {
			b = append(b, '}')
		}
	}
	if j.Fields {
		var err error
		if b, err = j.appendFields(ctx, b, p); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

// packetTimeFormat is RFC 3339 with all nine digits.
const packetTimeFormat = "2006-01-02T15:04:05.000000000Z"

func (j *PacketJSON) appendFields(ctx context.Context, b []byte, p *packet.Packet) ([]byte, error) {
	b = append(b, `,"fields":[`...)
	comma := false
	err := j.eachField(ctx, p, func(path string, v *ksy.Visit) {
		if comma {
			b = append(b, ',')
		}
		comma = true
		b = AppendJSONString(append(b, `{"path":`...), path)
		if v.HasRange && v.InData {
			b = AppendJSONRange(append(b, ','), v.Range.Start, v.Range.End)
		} else {
			b = append(b, `,"range":null`...)
		}
		b = append(appendFieldJSON(b, v), '}')
	})
	return append(b, ']'), err
}

// AppendText appends a line for each decoded field: its path and its value. printable makes text from the capture so.
func (j *PacketJSON) AppendText(ctx context.Context, b []byte, p *packet.Packet, printable func(string) string) ([]byte, error) {
	seed := maphash.MakeSeed()
	err := j.eachField(ctx, p, func(path string, v *ksy.Visit) {
		var h maphash.Hash
		h.SetSeed(seed)
		b = fmt.Appendf(b, "        %s: %s\n", printable(path), printable(leafText(v, j.Data, &h)))
	})
	return b, err
}

// eachField calls fn with the fields of a packet that have values of their own.
func (j *PacketJSON) eachField(ctx context.Context, p *packet.Packet, fn func(path string, v *ksy.Visit)) error {
	n := 0
	var names layerNames
	for _, part := range j.Layers.parts(p) {
		names.begin(part)
		err := part.open(ctx, j.Data).Walk(func(v *ksy.Visit) error {
			if v.IsArray || v.Object != nil {
				names.enter(v)
				return nil
			}
			if n == maxPacketFields {
				return ksy.ErrStop
			}
			n++
			fn(names.path(v), v)
			return nil
		})
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if ksy.ErrorKind(err) == "IOError" { // what the data makes fail was told with its field
			return fmt.Errorf("packet %d: %w", p.Index+1, err)
		}
	}
	return nil
}

// appendFieldJSON appends the member "value" of a field, or "error".
func appendFieldJSON(b []byte, v *ksy.Visit) []byte {
	fail := func(err error) []byte { return AppendJSONString(append(b, `,"error":`...), err.Error()) }
	if v.Err != nil && v.IsEmpty() {
		return fail(v.Err)
	}
	x, err := v.Value()
	if err != nil {
		return fail(err)
	}
	return appendJSON(append(b, `,"value":`...), x)
}
