package model

import (
	"errors"
	"fmt"
	"strconv"

	"hexlay/mmapdoc"
	"hexlay/overlay/literal"
)

// register holds what was copied or cut. It is a range of a snapshot, so copying 10 GB costs nothing and pasting it
// shares the pieces. The terminal's clipboard gets a text form when that is small enough; reading it back often gets no
// answer from the terminal, so the register is what paste takes.
type register struct {
	snap *mmapdoc.Snapshot
	r    mmapdoc.Range
	from *mmapdoc.Document
	keep *mmapdoc.Document // from, when it is no longer edited: closed with the register
}

func (g *register) set(d *mmapdoc.Document, r mmapdoc.Range) {
	if g.keep != d {
		g.drop()
	}
	g.snap, g.r, g.from = d.Snapshot(), r, d
}

func (g *register) drop() {
	if g.keep != nil {
		g.keep.Close()
	}
	*g = register{}
}

// What goes to the terminal's clipboard: terminals cut off OSC 52 at about 100,000 bytes.
const maxClipboard = 74_000

// maxCopyAs bounds the bytes that copy-as turns into text.
const maxCopyAs = maxClipboard

func clipboardCommands() []*Command {
	return []*Command{
		{Name: "copy", Group: "Clipboard", Help: "Copy the selection, or the byte under the cursor",
			Run: func(e *Editor, _ []string) (Effect, error) { return e.copy() }},
		{Name: "cut", Edits: true, Group: "Clipboard", Help: "Copy the selection and delete it", Run: runCut},
		{Name: "copy-as", Group: "Clipboard", Help: "Copy the selection to the terminal's clipboard in a notation",
			Args: []Arg{{Kind: ArgWord, Choices: copyNotations(), Optional: true}}, Run: runCopyAs},
		{Name: "copy-hex", Group: "Clipboard", Help: "Copy the selection as hex digits with a separator every N bytes, from the right: copy-hex : 2",
			Args: []Arg{{Kind: ArgWord, Optional: true}, {Kind: ArgNumber, Optional: true}}, Run: runCopyHex},
		{Name: "paste", Edits: true, Group: "Clipboard", Help: "Paste at the cursor: inserts or overwrites as the mode says",
			Run: func(e *Editor, _ []string) (Effect, error) { return e.paste(e.Insert) }},
		{Name: "paste-insert", Edits: true, Group: "Clipboard", Help: "Paste in front of the cursor, whatever the mode",
			Run: func(e *Editor, _ []string) (Effect, error) { return e.paste(true) }},
		{Name: "paste-overwrite", Edits: true, Group: "Clipboard", Help: "Paste over what is there, whatever the mode",
			Run: func(e *Editor, _ []string) (Effect, error) { return e.paste(false) }},
	}
}

func copyNotations() []string {
	var names []string
	for _, n := range literal.Notations() {
		names = append(names, n.String())
	}
	return append(names, "text")
}

func (e *Editor) copy() (Effect, error) {
	r := e.Target()
	if r.Len() == 0 {
		return nil, errors.New("nothing to copy behind the last byte")
	}
	e.register.set(e.doc, r)
	e.Notef("copied %s", count(r.Len(), "byte"))
	if r.Len() > maxClipboard/3 {
		e.notice.Text += " (too many for the terminal's clipboard; paste works here)"
		return nil, nil
	}
	b, err := e.bytesOf(r, maxClipboard, "copy")
	if err != nil {
		return nil, err
	}
	return Clipboard{literal.Hex(b, " ", 1)}, nil
}

func runCut(e *Editor, _ []string) (Effect, error) {
	if e.Selection().Len() == 0 {
		return nil, errors.New("nothing is selected to cut")
	}
	n := e.Selection().Len()
	eff, err := e.copy()
	if err != nil {
		return nil, err
	}
	if err := e.deleteSelection(); err != nil {
		return nil, err
	}
	e.Notef("cut %s", count(n, "byte"))
	return eff, nil
}

func runCopyAs(e *Editor, args []string) (Effect, error) {
	r := e.Target()
	if r.Len() == 0 {
		return nil, errors.New("nothing to copy behind the last byte")
	}
	if len(args) == 0 {
		ask := Ask{Title: "Copy " + count(r.Len(), "byte") + " as"}
		for i, n := range copyNotations() {
			ask.Choices = append(ask.Choices, Choice{Key: string(rune('a' + i)), Label: n, Command: "copy-as " + n})
		}
		return ask, nil
	}
	b, err := e.bytesOf(r, maxCopyAs, "copy-as")
	if err != nil {
		return nil, err
	}
	var out string
	if args[0] == "text" {
		t, err := e.Codec.Decode(nil, b, e.Handler)
		if err != nil {
			return nil, err
		}
		out = string(t)
	} else {
		n, ok := literal.NotationByName(args[0])
		if !ok {
			return nil, fmt.Errorf("there is no notation %q", args[0])
		}
		out = literal.Format(n, b, literal.Options{})
	}
	return e.toClipboard(r, out, args[0])
}

// runCopyHex writes hex digits as Python's bytes.hex(sep, bytes_per_sep) does: a negative count groups from the left.
func runCopyHex(e *Editor, args []string) (Effect, error) {
	sep, n := "", 1
	if len(args) > 0 {
		sep = args[0]
	}
	if len(sep) > 1 {
		return nil, fmt.Errorf("copy-hex: the separator %q is not one character", sep)
	}
	if len(args) > 1 {
		var err error
		if n, err = strconv.Atoi(args[1]); err != nil {
			return nil, fmt.Errorf("copy-hex: %q is not a number of bytes", args[1])
		}
	}
	r := e.Target()
	b, err := e.bytesOf(r, maxCopyAs, "copy-hex")
	if err != nil {
		return nil, err
	}
	if len(b) == 0 {
		return nil, errors.New("nothing to copy behind the last byte")
	}
	return e.toClipboard(r, literal.Hex(b, sep, n), "hex")
}

// toClipboard copies r, and its text form for the terminal. Terminals drop what is too long for them without a word.
func (e *Editor) toClipboard(r mmapdoc.Range, out, how string) (Effect, error) {
	if len(out) > maxClipboard {
		return nil, fmt.Errorf("%s are %s as %s: a terminal's clipboard takes %s; hexlay dump --format writes them to a file",
			count(r.Len(), "byte"), count(int64(len(out)), "character"), how, Grouped(maxClipboard))
	}
	e.register.set(e.doc, r)
	e.Notef("copied %s as %s: %s", count(r.Len(), "byte"), how, shorten(out, 40))
	return Clipboard{out}, nil
}

func (e *Editor) paste(insert bool) (Effect, error) {
	if e.register.snap == nil {
		return ReadClipboard{}, nil
	}
	n := e.register.r.Len()
	at, del := e.cursor, int64(0)
	switch sel := e.Selection(); {
	case insert && sel.Len() > 0:
		at, del = sel.Start, sel.Len()
	case insert:
	default:
		at = sel.Start
		del = min(n, e.Size()-at)
	}
	if err := e.doc.SpliceFrom(at, del, e.register.snap, e.register.r); err != nil {
		return nil, err
	}
	e.shift(at, del, n)
	e.moveTo(at + n)
	e.Notef("pasted %s at %#x", count(n, "byte"), at)
	return nil, nil
}

// PasteText takes text that the terminal pasted. In the hex column it is bytes in any common notation, in the text
// column it is text for the chosen codec. Hex that does not parse is asked about, never guessed.
func (e *Editor) PasteText(s string) (Effect, error) {
	e.notice = Notice{}
	eff, err := e.pasteText(s)
	if err != nil {
		e.Fail(err)
	}
	return eff, err
}

func (e *Editor) pasteText(s string) (Effect, error) {
	if s == "" {
		return nil, nil
	}
	if e.column == Text {
		b, err := e.encode(s)
		if err != nil {
			return nil, err
		}
		return nil, e.put(b, e.Insert)
	}
	b, how, err := literal.Parse(s)
	if err != nil {
		return nil, fmt.Errorf("pasted text is not bytes in a known notation (%w); tab to the text column pastes it as text", err)
	}
	if err := e.put(b, e.Insert); err != nil {
		return nil, err
	}
	e.notice.Text += ", read as " + how.String()
	return nil, nil
}
