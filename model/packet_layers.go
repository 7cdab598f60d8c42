package model

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"hexlay/overlay/expr"
	"hexlay/overlay/ksy"
	"hexlay/overlay/packet"
)

// PacketLayers gives packet filters the fields of templates. It belongs to one goroutine.
type PacketLayers struct {
	options TemplateOptions
	ports   packet.Ports
	loaded  map[string]*ksy.Schema // nil for those that there are not
	ctx     context.Context
}

// NewPacketLayers looks for templates as o says.
func NewPacketLayers(o TemplateOptions) *PacketLayers {
	return &PacketLayers{options: o, loaded: make(map[string]*ksy.Schema)}
}

// With adds the templates that the user lays over ports.
func (l *PacketLayers) With(ports packet.Ports) *PacketLayers {
	l.ports = ports
	return l
}

// SetContext gives what cancels the templates from now on.
func (l *PacketLayers) SetContext(ctx context.Context) { l.ctx = ctx }

// Own names the templates that the user lays over ports.
func (l *PacketLayers) Own() []string { return slices.Compact(slices.Sorted(maps.Values(l.ports))) }

// packetLayers gives the fields that filters and columns know.
func (e *Editor) packetLayers() *PacketLayers { return NewPacketLayers(e.Templates).With(e.Ports) }

func (l *PacketLayers) schema(layer string) *ksy.Schema {
	s, known := l.loaded[layer]
	if !known {
		if t, err := loadTemplate(layer, false, l.options); err == nil {
			s = t.schema
		}
		l.loaded[layer] = s
	}
	return s
}

// Class is the class of a layer's template.
func (l *PacketLayers) Class(layer string) expr.Class {
	if s := l.schema(layer); s != nil {
		return s.Top
	}
	return nil
}

// Object lays a layer's template over the packet.
func (l *PacketLayers) Object(p *packet.Packet, at packet.Layer) (expr.Object, error) {
	s := l.schema(at.Name)
	if s == nil {
		return nil, fmt.Errorf("there is no template %s", at.Name)
	}
	b := p.Bytes[at.Start:at.End]
	if _, tcp := p.Layer("tcp"); tcp && at.Name == "dns" { // TCP has the length before each message
		b = b[min(2, len(b)):]
	}
	o := ksy.Options{Context: l.ctx}
	if at.Name == "tcp" || at.Name == "udp" {
		o.Params = []expr.Value{expr.BytesValue(p.Src.AsSlice()), expr.BytesValue(p.Dst.AsSlice())}
	}
	v, err := s.Open(bytes.NewReader(b), 0, int64(len(b)), o).Root().Value()
	if v.Object() == nil {
		return nil, err
	}
	return v.Object(), nil
}
