package model

import (
	"fmt"

	"hexlay/mmapdoc"
	"hexlay/overlay/literal"
)

func editCommands() []*Command {
	plain := func(name, help string, run func(e *Editor) error) *Command {
		return &Command{Name: name, Group: "Edit", Help: help,
			Run: func(e *Editor, _ []string) (Effect, error) { return nil, run(e) }}
	}
	edit := func(c *Command) *Command {
		c.Edits = true
		return c
	}
	return []*Command{
		plain("undo", "Undo the last edit", (*Editor).undo),
		plain("redo", "Redo what was undone", (*Editor).redo),
		edit(plain("delete", "Delete the selection or the byte under the cursor", (*Editor).Delete)),
		edit(plain("backspace", "Delete the byte before the cursor; in overwrite mode step back", (*Editor).Backspace)),
		plain("insert-mode", "Switch between inserting and overwriting", func(e *Editor) error {
			e.Insert, e.low = !e.Insert, false
			if e.Insert {
				e.Notef("typing inserts")
			} else {
				e.Notef("typing overwrites")
			}
			return nil
		}),
		{Name: "insert", Edits: true, Group: "Edit", Help: `Insert bytes: 89 50 4e, b"ID: %04x" % 255, {0x89, 0x50}, base64:…`,
			Args: []Arg{{Kind: ArgBytes, Optional: true}}, Run: writeLiteral("insert", true)},
		{Name: "overwrite", Edits: true, Group: "Edit", Help: "Overwrite bytes from the cursor on, in any notation",
			Args: []Arg{{Kind: ArgBytes, Optional: true}}, Run: writeLiteral("overwrite", false)},
		{Name: "type", Edits: true, Group: "Edit", Help: "Type text at the cursor, encoded with the chosen codec",
			Args: []Arg{{Kind: ArgString, Optional: true}}, Run: runType},
		{Name: "insert-zeros", Edits: true, Group: "Edit", Help: "Insert N zero bytes at the cursor",
			Args: []Arg{{Kind: ArgAddress, Optional: true}}, Run: runInsertZeros},
		{Name: "revert", Edits: true, Group: "Edit", Help: "Bring the selection's bytes back to what is saved",
			Run: runRevert},
	}
}

func writeLiteral(name string, insert bool) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, args []string) (Effect, error) {
		if len(args) == 0 {
			return Prompt{Title: name, Command: name, Complete: ArgBytes,
				Hint: `89 50 4e 47   b"text\x00"   {0x89, 0x50}   base64:iVBORw==`}, nil
		}
		b, _, err := literal.ParseLine(args[0])
		if err != nil {
			return nil, err
		}
		return nil, e.put(b, insert)
	}
}

// put writes b at the cursor as one undo step of its own, inserting whatever the mode.
func (e *Editor) put(b []byte, insert bool) error {
	if len(b) == 0 {
		return fmt.Errorf("no bytes to write")
	}
	if e.selecting {
		e.moveTo(e.Selection().Start)
	}
	mode := e.Insert
	e.Insert = insert
	defer func() { e.Insert = mode }()
	at := e.cursor
	if err := e.write(b, mmapdoc.Alone); err != nil {
		return err
	}
	verb := "overwrote"
	if insert {
		verb = "inserted"
	}
	e.Notef("%s %s at %#x", verb, count(int64(len(b)), "byte"), at)
	return nil
}

func runType(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Type as " + e.Codec.Name(), Command: "type"}, nil
	}
	b, err := e.encode(args[0])
	if err != nil {
		return nil, err
	}
	return nil, e.put(b, e.Insert)
}

func runInsertZeros(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "How many zero bytes to insert", Command: "insert-zeros", Complete: ArgAddress, Hint: "16  0x200  4K"}, nil
	}
	env := e.addressEnv()
	env.cursor = 0 // it is a count: nothing is relative
	n, err := evalAddress(args[0], env)
	if err != nil {
		return nil, err
	}
	if n <= 0 || n > 1<<62-e.Size() {
		return nil, fmt.Errorf("insert-zeros %s: the count must be above 0 and leave the size below 2^62", args[0])
	}
	at := e.cursor
	if err := e.doc.SpliceFill(at, 0, n, []byte{0}); err != nil {
		return nil, err
	}
	e.shift(at, 0, n)
	e.moveTo(at)
	e.Notef("inserted %s at %#x", count(n, "zero byte"), at)
	return nil, nil
}

func runRevert(e *Editor, _ []string) (Effect, error) {
	r := e.Target()
	before := e.Size()
	if err := e.doc.Revert(r); err != nil {
		return nil, err
	}
	e.shift(r.Start, r.Len(), r.Len()+e.Size()-before)
	e.low = false
	e.setCursor(e.cursor)
	are := "are"
	if r.Len() == 1 {
		are = "is"
	}
	e.Notef("%s at %#x %s as saved", count(r.Len(), "byte"), r.Start, are)
	return nil, nil
}

// shorten keeps n characters of s at most.
func shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	if rs := []rune(s[:min(len(s), 4*n)]); len(rs) > n {
		return string(rs[:n-1]) + "…"
	}
	return s
}
