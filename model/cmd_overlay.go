package model

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/pystruct"
)

func structureCommands() []*Command {
	cs := []*Command{
		{Name: "overlay", Group: "Structure", Help: "Lay a template over the selection or from the cursor on: overlay bmp @0x0, overlay msg.ksy @0x36:100 repeat, overlay x.ksy hits",
			Args: []Arg{{Kind: ArgTemplate, Optional: true}}, Run: runOverlay},
		{Name: "overlay-detect", Group: "Structure", Help: "Lay the built-in template whose magic stands at the cursor or the start of the selection",
			Run: runOverlayDetect},
		{Name: "struct", Group: "Structure", Help: "Lay a struct format over the selection or the cursor: struct <2sIHHI:magic,size,a,b,data 0x0",
			Args: []Arg{{Kind: ArgFormat, Optional: true}}, Run: runStruct},
		{Name: "overlay-remove", Group: "Structure", Help: "Take the overlay under the cursor away, or with all every one",
			Args: []Arg{{Kind: ArgWord, Choices: []string{"all"}, Optional: true}}, Enabled: (*Editor).someOverlay, Run: runOverlayRemove},
		{Name: "overlay-move", Group: "Structure", Help: "Lay the overlay under the cursor somewhere else: overlay-move 0x36",
			Args: []Arg{{Kind: ArgRange, Optional: true}}, Enabled: (*Editor).someOverlay, Run: runOverlayMove},
		{Name: "overlays", Group: "Structure", Help: "List the overlays and go to one", Enabled: (*Editor).someOverlay, Run: runOverlays},
		{Name: "overlay-goto", Group: "Structure", Help: "Go to an overlay by its number in the list", Enabled: (*Editor).someOverlay,
			Args: []Arg{{Kind: ArgNumber}}, Run: runOverlayGoto},
	}
	cs = append(cs, nodeCommands()...)
	cs = append(cs, fieldCommands()...)
	cs = append(cs, templateCommands()...)
	cs = append(cs, innerCommands()...)
	cs = append(cs, treeCommands()...)
	return append(cs, annotateCommands()...)
}

// overlaySpec is what stands behind overlay: a template, where to lay it, and how often.
type overlaySpec struct {
	name         string
	where        string
	repeat, hits bool
}

func parseOverlay(s string) overlaySpec {
	var o overlaySpec
	words := strings.Fields(s)
	for len(words) > 1 {
		last := words[len(words)-1]
		switch {
		case last == "repeat":
			o.repeat = true
		case last == "hits":
			o.hits = true
		case strings.HasPrefix(last, "@"):
			o.where = last[1:]
		default:
			o.name = strings.Join(words, " ")
			return o
		}
		words = words[:len(words)-1]
	}
	o.name = strings.Join(words, " ")
	return o
}

func runOverlay(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Lay template", Command: "overlay", Complete: ArgTemplate,
			Hint: "bmp   msg.ksy @0x36   msg.ksy @0x36:100 repeat"}, nil
	}
	o := parseOverlay(args[0])
	r, open, err := e.layAt(o.where)
	if err != nil {
		return nil, err
	}
	if r.Start > e.Size() {
		return nil, fmt.Errorf("%s at %#x: not within the document's [0, %#x]", o.name, r.Start, e.Size())
	}
	if f, err := pystruct.Compile(o.name); err == nil && !e.isTemplate(o.name) {
		if open && !o.repeat {
			r.End = min(r.End, r.Start+f.Size())
		}
		return e.layStruct(f, r)
	}
	if o.hits {
		if l, w := e.Hits(), e.finding.last; w != nil && w.pattern != nil && (l == nil || e.List("hits").Title != w.shown || e.Stale(e.List("hits"))) {
			return e.listHits(w, func(e *Editor) (Effect, error) { return e.layAtHits(o) }), nil
		}
		return e.layAtHits(o)
	}
	return e.layTemplate(o, []mmapdoc.Range{r}, open), nil
}

func (e *Editor) layAtHits(o overlaySpec) (Effect, error) {
	rs, err := e.hitRegions()
	if err != nil {
		return nil, err
	}
	return e.layTemplate(o, rs, false), nil
}

// hitRegions are the places of the list of matches, each up to the next one.
func (e *Editor) hitRegions() ([]mmapdoc.Range, error) {
	l := e.Hits()
	switch {
	case l == nil || l.Len() == 0:
		return nil, errors.New("nothing was searched for; find or hits does that")
	case e.Stale(e.List("hits")):
		return nil, errors.New("the list of matches is of the document as it was before the last change; hits makes it anew")
	case l.Len() > maxOverlays:
		return nil, fmt.Errorf("%s are too many for overlays; at most %s", count(l.Len(), "match"), Grouped(maxOverlays))
	}
	var rs []mmapdoc.Range
	for i := range l.Len() {
		h := l.At(i)
		if n := len(rs); n > 0 {
			rs[n-1].End = h.Start
		}
		rs = append(rs, mmapdoc.Range{Start: h.Start, End: e.Size()})
	}
	return rs, nil
}

// isTemplate tells whether a name that could be a struct format names a template.
func (e *Editor) isTemplate(name string) bool {
	return slices.Contains(builtInNames(), name) || strings.HasSuffix(name, ".ksy") || strings.ContainsAny(name, `/\`)
}

// layTemplate loads a template and lays it over regions.
func (e *Editor) layTemplate(o overlaySpec, regions []mmapdoc.Range, open bool) Effect {
	var t *Template
	options, doc, cursor, version := e.Templates, e.doc, e.cursor, e.doc.Version()
	return Start{&Job{
		Kind: "template", Title: "loading " + shorten(o.name, 40), Quick: true,
		Run: func(context.Context, *atomic.Int64) (err error) {
			t, err = loadTemplate(o.name, o.repeat, options)
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			e.problems = nil
			switch bad := (*TemplateError)(nil); {
			case errors.As(err, &bad):
				e.problems = bad
				return nil, err
			case err != nil:
				return nil, err
			case e.doc != doc:
				return nil, nil
			}
			var last *Overlay
			for _, r := range regions {
				if last, err = e.lay(t, r, open); err != nil {
					return nil, err
				}
			}
			if last == nil {
				return nil, nil
			}
			if e.cursor == cursor && e.doc.Version() == version { // who went on typing meanwhile stays there, with half a byte perhaps
				e.selecting = false
				e.setCursor(last.Region.Start)
				e.revealFar()
			}
			e.Notef("%s is laid over %#x", t.Name, last.Region.Start)
			if len(regions) > 1 {
				e.Notef("%s is laid over %s", t.Name, count(int64(len(regions)), "place"))
			}
			return Effects{Start{e.choose(last)}, Panel{"structure", Show}, e.watchTemplates()}, nil
		},
	}}
}

func runOverlayDetect(e *Editor, _ []string) (Effect, error) {
	r, _, err := e.layAt("")
	if err != nil {
		return nil, err
	}
	var names []string
	s := e.Snapshot()
	return Start{&Job{
		Kind: "template", Title: "looking for a template", Quick: true,
		Run: func(context.Context, *atomic.Int64) error {
			names = detectTemplates(s, r.Start, r.End)
			if len(names) == 0 && r.Start > 0 { // the document's own, wherever the cursor stands
				if names = detectTemplates(s, 0, s.Size()); len(names) > 0 {
					r.Start = 0
				}
			}
			return nil
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil || len(names) == 0 {
				return nil, cmp.Or(err, errNoTemplate)
			}
			return e.do(fmt.Sprintf("overlay %s @%#x", names[0], r.Start))
		},
	}}, nil
}

// OfferTemplate gives the job that looks whether a built-in template fits the document, and says so. It also finds out
// what templates the user has.
func (e *Editor) OfferTemplate() Effect {
	s, doc, folder := e.Snapshot(), e.doc, e.Templates.Folder
	var names, own []string
	return Start{&Job{
		Kind: "template offer", Quick: true, Quiet: true,
		Run: func(context.Context, *atomic.Int64) error {
			own = ownNames(folder)
			names = detectTemplates(s, 0, s.Size())
			return nil
		},
		Done: func(e *Editor, err error) (Effect, error) {
			e.ownTemplates = own
			if e.doc == doc && e.Capture() != nil {
				return nil, nil // its packets have templates of their own
			}
			if err == nil && e.doc == doc && len(names) > 0 && len(e.overlays) == 0 && !e.notice.Error {
				if e.notice.Text != "" {
					e.notice.Text += "; "
				}
				e.notice.Text += "this looks like " + names[0]
				e.notice.Hint = Hint{"overlay-detect", "lays its template"}
			}
			return nil, nil
		},
	}}
}

// overlayHere is the overlay that a command means: the one that holds the chosen field, else the one under the cursor.
func (e *Editor) overlayHere() (*Overlay, error) {
	if s := e.sight; s != nil && s.Look.Cursor == e.cursor {
		for _, r := range s.Rows {
			if r.Cursor {
				if o := e.overlayByID(r.Overlay); o != nil {
					return o, nil
				}
			}
		}
	}
	if o := e.OverlayAt(e.cursor); o != nil {
		return o, nil
	}
	if len(e.overlays) == 1 {
		return e.overlays[0], nil
	}
	return nil, fmt.Errorf("no overlay lies at %#x", e.cursor)
}

func (e *Editor) overlayByID(id int) *Overlay {
	for _, o := range e.overlays {
		if o.ID == id {
			return o
		}
	}
	return nil
}

func runOverlayRemove(e *Editor, args []string) (Effect, error) {
	if len(args) > 0 {
		e.Notef("%s gone", count(int64(len(e.overlays)), "overlay"))
		e.overlays = nil
		e.stamps++
		return nil, nil
	}
	o, err := e.overlayHere()
	if err != nil {
		return nil, err
	}
	e.removeOverlay(o)
	e.stamps++
	e.Notef("%s is gone", o.Name())
	return nil, nil
}

func runOverlayMove(e *Editor, args []string) (Effect, error) {
	o, err := e.overlayHere()
	if err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return Prompt{Title: "Move " + o.Name() + " to", Command: "overlay-move", Complete: ArgAddress, Hint: "0x36, +16, or a range"}, nil
	}
	r, open, err := e.layAt(args[0])
	if err != nil {
		return nil, err
	}
	if o.template.format != nil { // as long as it is
		r.End, open = r.Start+o.Region.Len(), false
	} else if open && !o.Open { // an address alone moves it
		r.End, open = min(r.Start+o.Region.Len(), e.Size()), false
	}
	o.Region, o.Open = r, open
	e.stamps++
	o.stamp = e.stamps
	e.Notef("%s is at %#x", o.Name(), r.Start)
	return Start{e.choose(o)}, nil
}

func runOverlays(e *Editor, _ []string) (Effect, error) {
	ask := Ask{Title: "Overlays"}
	for i, o := range e.overlays {
		if i == 35 {
			break
		}
		r := e.regionOf(o)
		ask.Choices = append(ask.Choices, Choice{strconv.FormatInt(int64(i+1), 36), fmt.Sprintf("%s  %#x, %s", shorten(o.Name(), 50), r.Start, count(r.Len(), "byte")),
			"overlay-goto " + strconv.Itoa(i+1)})
	}
	return ask, nil
}

func runOverlayGoto(e *Editor, args []string) (Effect, error) {
	n, err := wholeNumber(args[0])
	if err != nil {
		return nil, err
	}
	if n < 1 || n > int64(len(e.overlays)) {
		return nil, fmt.Errorf("there is no overlay %d", n)
	}
	o := e.overlays[n-1]
	e.Jump(o.Region.Start)
	return Effects{Start{e.choose(o)}, Panel{"structure", Show}}, nil
}

func wholeNumber(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 0, 64)
	if err != nil {
		return 0, errors.New(strconv.Quote(s) + " is not a whole number")
	}
	return n, nil
}
