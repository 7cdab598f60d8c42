package model

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"hexlay/mmapdoc"
)

// Overlay is a template laid over a region of the document. Several lie over one document, the newest on top; the fields
// of each are read when someone looks, on another goroutine (see outline).
type Overlay struct {
	ID     int
	Region mmapdoc.Range // as the document is now; edits move and stretch it
	// Open tells that the region reaches to the document's end, wherever that goes.
	Open     bool
	template *Template
	// stamp changes when the template or the region does: what was read is read again.
	stamp int64
}

// Name is what the template is called.
func (o *Overlay) Name() string { return o.template.Name }

// maxOverlays bounds what a script may pile up; each frame asks every overlay.
const maxOverlays = 1024

// Overlays are the templates laid over the document, the newest last.
func (e *Editor) Overlays() []*Overlay { return e.overlays }

// OverlayAt is the newest overlay whose region holds off, or nil.
func (e *Editor) OverlayAt(off int64) *Overlay {
	for _, o := range slices.Backward(e.overlays) {
		if r := e.regionOf(o); off >= r.Start && (off < r.End || r.Len() == 0 && off == r.Start) {
			return o
		}
	}
	return nil
}

// regionOf is an overlay's region as far as the document goes.
func (e *Editor) regionOf(o *Overlay) mmapdoc.Range {
	r := o.Region
	if o.Open {
		r.End = e.Size()
	}
	return r
}

// lay puts a template over r; open tells that r goes to the document's end. Laid again at the same place it comes to the
// top and is read anew.
func (e *Editor) lay(t *Template, r mmapdoc.Range, open bool) (*Overlay, error) {
	if r.Start < 0 || r.Start > e.Size() {
		return nil, fmt.Errorf("%s at %#x: not within the document's [0, %#x]", t.Name, r.Start, e.Size())
	}
	e.overlays = slices.DeleteFunc(e.overlays, func(o *Overlay) bool {
		return o.template.key() == t.key() && o.Open == open && o.Region.Start == r.Start && (open || o.Region == r)
	})
	if len(e.overlays) >= maxOverlays {
		return nil, fmt.Errorf("%s: at most %s overlays; overlay-remove takes some away", t.Name, Grouped(maxOverlays))
	}
	e.overlayID++
	e.stamps++
	o := &Overlay{ID: e.overlayID, Region: r, Open: open, template: t, stamp: e.stamps}
	e.overlays = append(e.overlays, o)
	return o, nil
}

func (e *Editor) someOverlay() error {
	if len(e.overlays) == 0 {
		return errors.New("no template is laid over the document; overlay does")
	}
	return nil
}

// removeOverlay takes o away.
func (e *Editor) removeOverlay(o *Overlay) {
	e.overlays = slices.DeleteFunc(e.overlays, func(x *Overlay) bool { return x == o })
}

// moveRegion is shift for an overlay: del bytes at off became ins. What is put right behind the region is not in it.
func (o *Overlay) moveRegion(off, del int64, move func(int64) int64) {
	end := o.Region.End
	if end != off || del > 0 {
		end = move(end)
	}
	o.Region.Start = move(o.Region.Start)
	o.Region.End = max(o.Region.Start, end)
}

// layAt parses "[@]WHERE" of an overlay command: a range, or an address to the document's end.
func (e *Editor) layAt(where string) (r mmapdoc.Range, open bool, err error) {
	where = strings.TrimPrefix(strings.TrimSpace(where), "@")
	if where == "" {
		if s := e.Scope(); s.Len() > 0 {
			return s, false, nil
		}
		if e.Found() {
			return mmapdoc.Range{Start: e.Selection().Start, End: e.Size()}, true, nil
		}
		return mmapdoc.Range{Start: e.cursor, End: e.Size()}, true, nil
	}
	if r, err = e.AddressRange(where); err != nil {
		return r, false, err
	}
	if !strings.Contains(where, ":") && !strings.Contains(where, "..") {
		r.End = e.Size()
		return r, true, nil
	}
	if strings.HasSuffix(where, ":") {
		return r, true, nil
	}
	return r, false, nil
}
