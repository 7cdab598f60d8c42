package model

import (
	"bytes"
	"fmt"

	"hexlay/overlay/expr"
	"hexlay/overlay/ksy"
	"hexlay/overlay/packet"
)

// PacketLayers gives packet filters the fields of templates. It belongs to one goroutine.
type PacketLayers struct {
	options TemplateOptions
	loaded  map[string]*ksy.Schema // nil for those that there are not
}

// NewPacketLayers looks for templates as o says.
func NewPacketLayers(o TemplateOptions) *PacketLayers {
	return &PacketLayers{o, make(map[string]*ksy.Schema)}
}

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
	var o ksy.Options
	if at.Name == "tcp" || at.Name == "udp" {
		o.Params = []expr.Value{expr.BytesValue(p.Src.AsSlice()), expr.BytesValue(p.Dst.AsSlice())}
	}
	v, err := s.Open(bytes.NewReader(b), 0, int64(len(b)), o).Root().Value()
	if v.Object() == nil {
		return nil, err
	}
	return v.Object(), nil
}
