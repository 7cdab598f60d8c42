package model

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
)

// packetLayers are the overlays that follow the chosen packet: the template of its link type over all of it, and that of the
// protocol in TCP over the payload. They are overlays like others, so that everything that works on fields works on them; what is
// open in the tree stays open from packet to packet.
type packetLayers struct {
	off       bool // the user took them away
	templates map[string]*Template
	loading   bool
	laid      [2]*Overlay // link, protocol
	packet    int
	version   uint64
	stamp     int64
}

// LayersJob lays the layers over the packet that the cursor is in. It gives the job that loads a template first, where one is
// missing.
func (e *Editor) LayersJob() *Job {
	c := e.Capture()
	if c == nil || c.index.Len() == 0 {
		return nil
	}
	c.followCursor(e)
	e.placeVarying(c)
	l := &c.layers
	for i, o := range l.laid {
		if o != nil && !slices.Contains(e.overlays, o) { // overlay-remove
			if !l.off && o.stamp == l.stamp {
				l.off = true
			}
			l.laid[i] = nil
		}
	}
	if l.off || l.loading || c.chosen < 0 || l.packet == c.chosen+1 && l.version == e.doc.Version() {
		return nil
	}
	p, err := c.decoder(e).Packet(c.chosen)
	if err != nil {
		return nil
	}
	want, regions := templatesOver(p, e.Ports)
	var missing []string
	for _, name := range want {
		if _, have := l.templates[name]; name != "" && !have {
			missing = append(missing, name)
		}
	}
	if missing != nil {
		return l.load(e, missing)
	}
	l.packet, l.version = c.chosen+1, e.doc.Version()
	e.stamps++
	l.stamp = e.stamps
	for i, name := range want {
		t := l.templates[name]
		o := l.laid[i]
		switch {
		case t == nil && o == nil:
			continue
		case t == nil:
			e.removeOverlay(o)
			l.laid[i] = nil
			continue
		case o == nil:
			e.overlayID++
			o = &Overlay{ID: e.overlayID}
			at := 0
			if i == 1 && l.laid[0] != nil {
				at = 1 + slices.Index(e.overlays, l.laid[0])
			}
			e.overlays = slices.Insert(e.overlays, at, o) // below what the user lays
			l.laid[i] = o
		}
		o.Region, o.template, o.stamp = regions[i], t, e.stamps
	}
	return nil
}

// load reads templates; one that cannot be is not laid.
func (l *packetLayers) load(e *Editor, names []string) *Job {
	l.loading = true
	options := e.Templates
	got := make(map[string]*Template)
	var failed error
	return &Job{
		Kind: "packet layers", Title: "loading templates", Quick: true, Quiet: true, Keep: true,
		Run: func(context.Context, *atomic.Int64) error {
			for _, name := range names {
				t, err := loadTemplate(name, false, options)
				if err != nil {
					failed = fmt.Errorf("the layer %s: %w", name, err)
				}
				got[name] = t
			}
			return nil
		},
		Done: func(e *Editor, _ error) (Effect, error) {
			l.loading = false
			if l.templates == nil {
				l.templates = make(map[string]*Template)
			}
			for name, t := range got {
				l.templates[name] = t
			}
			return nil, failed
		},
	}
}
