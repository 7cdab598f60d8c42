package model

import (
	"fmt"
	"slices"
	"strconv"
)

// Panels are the names of the panels that a face shows.
var Panels = slices.Concat([]string{"packets", "inspector", "structure", "text", "codecs", "map", "picture", "statistics", "notes", "differences"}, ListNames)

func viewCommands() []*Command {
	return []*Command{
		{Name: "panel", Group: "View", Help: "Show or hide a panel",
			Args: []Arg{{Kind: ArgWord, Choices: Panels}},
			Run:  func(_ *Editor, args []string) (Effect, error) { return Panel{args[0], Toggle}, nil }},
		{Name: "panel-show", Group: "View", Help: "Show a panel",
			Args: []Arg{{Kind: ArgWord, Choices: Panels}},
			Run:  func(_ *Editor, args []string) (Effect, error) { return Panel{args[0], Show}, nil }},
		{Name: "panel-focus", Group: "View", Help: "Go to a panel, showing it if need be",
			Args: []Arg{{Kind: ArgWord, Choices: Panels}},
			Run:  func(_ *Editor, args []string) (Effect, error) { return Panel{args[0], Focus}, nil }},
		{Name: "panel-next", Group: "View", Help: "Go to the next panel, and from the last back to the bytes",
			Run: func(*Editor, []string) (Effect, error) { return Panel{"", Focus}, nil }},
		{Name: "endian", Group: "View", Help: "Switch between little-endian and big-endian, or choose one",
			Args: []Arg{{Kind: ArgWord, Choices: []string{"little", "big"}, Optional: true}},
			Run: func(e *Editor, args []string) (Effect, error) {
				if len(args) == 0 {
					e.BigEndian = !e.BigEndian
				} else {
					e.BigEndian = args[0] == "big"
				}
				e.Notef("values are %s", e.EndianName())
				return nil, nil
			}},
		{Name: "group", Group: "View", Help: "Bytes in a group of hex digits; without a number the next of 1, 2, 4, 8",
			Args: []Arg{{Kind: ArgWord, Choices: []string{"1", "2", "4", "8"}, Optional: true}},
			Run: func(e *Editor, args []string) (Effect, error) {
				if len(args) == 0 {
					e.Group = max(1, e.Group*2%16)
				} else {
					e.Group, _ = strconv.Atoi(args[0])
				}
				e.Notef("groups of %s", count(int64(e.Group), "byte"))
				return nil, nil
			}},
		{Name: "columns", Group: "View", Help: "Bytes in a row: a number, or auto to fit the window",
			Args: []Arg{{Kind: ArgNumber, Optional: true}}, Run: runColumns},
		{Name: "redraw", Group: "View", Help: "Paint the whole screen again",
			Run: func(*Editor, []string) (Effect, error) { return Redraw{}, nil }},
	}
}

// MaxColumns is the most bytes that a row may have.
const MaxColumns = 512

func runColumns(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Bytes in a row", Command: "columns", Initial: "auto", Hint: "a number, or auto"}, nil
	}
	if args[0] == "auto" {
		e.Columns = 0
		e.Notef("rows fit the window")
		return nil, nil
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < 1 || n > MaxColumns {
		return nil, fmt.Errorf("columns %q: want auto or a number from 1 to %d", args[0], MaxColumns)
	}
	e.Columns = n
	e.Notef("rows of %s", count(int64(n), "byte"))
	return nil, nil
}

// EndianName is "little-endian" or "big-endian".
func (e *Editor) EndianName() string {
	if e.BigEndian {
		return "big-endian"
	}
	return "little-endian"
}
