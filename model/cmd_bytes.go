package model

import (
	"errors"
	"fmt"
	"strings"

	"hexlay/overlay/transform"
)

// byteCommands are the operations of package transform on the selection.
func byteCommands() []*Command {
	var cs []*Command
	for _, info := range transform.List() {
		c := &Command{Name: info.Name, Group: "Bytes", Help: info.Help, Edits: true, Args: transformArgs(info.Name)}
		c.Run = func(e *Editor, args []string) (Effect, error) { return e.runTransform(info, args) }
		c.Preview = func(e *Editor, args []string) string {
			op, err := transform.Parse(info.Name, strings.Join(args, " "))
			if err != nil {
				return err.Error()
			}
			return e.previewTransform(op)
		}
		cs = append(cs, c)
	}
	return cs
}

func transformArgs(name string) []Arg {
	units := Arg{Kind: ArgWord, Choices: []string{"u1", "u2le", "u2be", "u4le", "u4be", "u8le", "u8be"}, Optional: true}
	switch name {
	case "shift-bits", "rotate-bits":
		return []Arg{{Kind: ArgWord, Choices: []string{"left", "right"}, Optional: true}, {Kind: ArgNumber, Optional: true}, units}
	case "swap-bytes":
		return []Arg{{Kind: ArgWord, Choices: []string{"2", "4", "8"}, Optional: true}}
	case "encode", "decode":
		return []Arg{{Kind: ArgWord, Choices: transform.Formats(), Optional: true}, {Kind: ArgNumber, Optional: true}}
	case "random":
		return []Arg{{Kind: ArgString, Optional: true}}
	case "invert", "reverse-bytes", "reverse-bits":
		return nil
	}
	return []Arg{{Kind: ArgBytes, Optional: true}}
}

// transformHints are examples for the prompts.
var transformHints = map[string]string{
	"fill": `00   de ad be ef   b"text"   = i * 3   u2le = i`, "xor": `5a   de ad be ef   "secret"   = i   u4le = 0x12345678 + i`,
	"shift-bits": "left 3   right 1 u2le", "rotate-bits": "left 3   right 1 u2le", "swap-bytes": "2   4   8",
	"encode": strings.Join(transform.Formats(), "   "), "decode": strings.Join(transform.Formats(), "   "),
}

// transformTitles are what the prompts ask.
var transformTitles = map[string]string{
	"fill": "Fill %s with", "xor": "XOR %s with", "and": "AND %s with", "or": "OR %s with", "add": "Add to %s", "subtract": "Subtract from %s",
	"shift-bits": "Shift the bits of %s", "rotate-bits": "Rotate the bits of %s", "swap-bytes": "Swap the bytes of %s in units of",
	"encode": "Encode %s as", "decode": "Decode %s of",
}

func (e *Editor) runTransform(info transform.Info, args []string) (Effect, error) {
	r := e.Target()
	switch {
	case e.Size() == 0:
		return nil, errors.New(info.Name + ": the document is empty; insert puts bytes into it")
	case r.Len() == 0:
		return nil, errors.New(info.Name + ": there is no byte behind the end")
	}
	if len(args) == 0 && info.Args != "" && info.Args[0] != '[' || len(args) == 0 && strings.Contains(info.Args, "|") {
		p := Prompt{Title: fmt.Sprintf(transformTitles[info.Name], count(r.Len(), "byte")), Command: info.Name, Complete: ArgBytes,
			Hint: or(transformHints[info.Name], "01   ff 00   = i   u2le = i")}
		switch info.Name {
		case "fill":
			p.Initial = "00"
		case "encode", "decode":
			for _, f := range transform.Formats() {
				p.Choices = append(p.Choices, Completion{Line: f, Word: f})
			}
		}
		return p, nil
	}
	op, err := transform.Parse(info.Name, strings.Join(args, " "))
	if err != nil {
		return nil, err
	}
	return e.transform(op, r)
}
