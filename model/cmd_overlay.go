package model

import (
	"errors"
	"fmt"
	"strconv"
)

func structureCommands() []*Command {
	cs := []*Command{
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
	return append(cs, fieldCommands()...)
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
