package model

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"hexlay/overlay/text"
)

// encodeHandler is the chosen handler if it also encodes, else strict: what is typed must arrive whole.
func (e *Editor) encodeHandler() text.Handler {
	h, err := text.LookupHandler(e.Handler.String(), true)
	if err != nil {
		h, _ = text.LookupHandler("strict", true)
	}
	return h
}

// commonCodecs are what codec-next goes through; every other one is reached by its name.
var commonCodecs = []string{"utf-8", "ascii", "iso8859-1", "cp1252", "utf-16-le", "utf-16-be", "utf-32-le", "cp437", "shift_jis", "cp037"}

func textCommands() []*Command {
	return []*Command{
		{Name: "codec", Group: "Text", Help: "Choose the codec that decodes the text panel and encodes what is typed",
			Args: []Arg{{Kind: ArgCodec, Optional: true}}, Run: runCodec},
		{Name: "codec-table", Group: "Text", Help: "Load a character table (.tbl, Thingy format) and choose it as the codec",
			Args: []Arg{{Kind: ArgFile, Optional: true}}, Run: runCodecTable},
		{Name: "codec-next", Group: "Text", Help: "Choose the next of the common codecs", Run: codecStep(1)},
		{Name: "codec-previous", Group: "Text", Help: "Choose the previous of the common codecs", Run: codecStep(-1)},
		{Name: "errors", Group: "Text", Help: "Choose the error handler for decoding: strict, replace, …",
			Args: []Arg{{Kind: ArgHandler, Optional: true}}, Run: runErrors},
		{Name: "errors-next", Group: "Text", Help: "Choose the next error handler", Run: runErrorsNext},
		{Name: "sidecar", Group: "Text", Help: "Decode the text column with the chosen codec, or show ASCII again",
			Run: func(e *Editor, _ []string) (Effect, error) {
				if e.Sidecar != nil {
					e.Sidecar = nil
					e.Notef("the text column shows ASCII")
				} else {
					e.Sidecar = e.Codec
					e.Notef("the text column shows %s", e.Codec.Name())
				}
				return nil, nil
			}},
	}
}

func (e *Editor) setCodec(c *text.Codec) {
	if e.Sidecar != nil {
		e.Sidecar = c
	}
	e.Codec = c
	e.Notef("text is %s, errors %s", c.Name(), e.Handler)
}

func runCodec(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Codec", Command: "codec", Initial: e.Codec.Name(), Complete: ArgCodec}, nil
	}
	c, err := text.Lookup(args[0])
	if err != nil {
		return nil, err
	}
	e.setCodec(c)
	return Panel{"text", Show}, nil
}

func runCodecTable(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Character table", Command: "codec-table", Complete: ArgFile, Hint: "a .tbl file: lines like 41=A"}, nil
	}
	path := expandHome(args[0])
	if st, err := os.Stat(path); err != nil {
		return nil, fileError(args[0], err)
	} else if !st.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", args[0])
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, fileError(args[0], err)
	}
	defer f.Close()
	c, err := text.LoadTable(filepath.Base(path), f)
	if err != nil {
		return nil, err
	}
	e.setCodec(c)
	return Panel{"text", Show}, nil
}

func codecStep(dir int) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, _ []string) (Effect, error) {
		i := slices.Index(commonCodecs, e.Codec.Name())
		if i < 0 && dir < 0 {
			i = 0
		}
		n := len(commonCodecs)
		c, err := text.Lookup(commonCodecs[((i+dir)%n+n)%n])
		if err != nil {
			return nil, err
		}
		e.setCodec(c)
		return nil, nil
	}
}

func runErrors(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		ask := Ask{Title: "Errors while decoding " + e.Codec.Name()}
		for i, h := range decodeHandlers() {
			ask.Choices = append(ask.Choices, Choice{string(rune('a' + i)), h, "errors " + h})
		}
		return ask, nil
	}
	h, err := text.LookupHandler(args[0], false)
	if err != nil {
		return nil, err
	}
	e.Handler = h
	e.Notef("text is %s, errors %s", e.Codec.Name(), h)
	return nil, nil
}

// decodeHandlers are the names of the handlers that can decode.
func decodeHandlers() []string {
	var names []string
	for _, h := range text.Handlers() {
		if _, err := text.LookupHandler(h, false); err == nil {
			names = append(names, h)
		}
	}
	return names
}

func runErrorsNext(e *Editor, _ []string) (Effect, error) {
	hs := decodeHandlers()
	if len(hs) == 0 {
		return nil, errors.New("no handlers")
	}
	return runErrors(e, []string{hs[(slices.Index(hs, e.Handler.String())+1)%len(hs)]})
}

// SetCodecByName is how a face applies its command line flags.
func (e *Editor) SetCodecByName(name string) error {
	c, err := text.Lookup(name)
	if err != nil {
		return fmt.Errorf("codec: %w", err)
	}
	e.Codec = c
	return nil
}
