package model

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"hexlay/overlay/packet"
	"hexlay/overlay/text"
	"hexlay/templates"
)

// Completion is one way to go on with a command line.
type Completion struct {
	Line string // the whole line with it
	Word string // the word that it completes to
	Help string
}

// maxCompletions bounds what a list shows; a longer one helps nobody.
const maxCompletions = 200

// Complete gives the ways to go on with line: command names, then the arguments of the command named.
func (e *Editor) Complete(line string) []Completion {
	trimmed := strings.TrimLeft(line, " ")
	name, rest, spaced := strings.Cut(trimmed, " ")
	if !spaced {
		var out []Completion
		for _, c := range table {
			if strings.HasPrefix(c.Name, name) {
				l := c.Name
				if len(c.Args) > 0 {
					l += " "
				}
				out = append(out, Completion{l, c.Name, c.Help})
			}
		}
		slices.SortFunc(out, func(a, b Completion) int { return strings.Compare(a.Word, b.Word) })
		return out
	}
	if to := known(trimmed); to != trimmed {
		name, rest, _ = strings.Cut(to, " ")
	}
	c := byName[name]
	if c == nil {
		return nil
	}
	head := name + " "
	for _, a := range c.Args {
		word, after := rest, ""
		if !a.Kind.rest() {
			var more bool
			if word, after, more = strings.Cut(rest, " "); more {
				head += word + " "
				rest = after
				continue
			}
		}
		return e.completeArg(a, head, word)
	}
	return nil
}

// CompleteArg completes the text of a prompt for one argument.
func (e *Editor) CompleteArg(kind ArgKind, word string) []Completion {
	return e.completeArg(Arg{Kind: kind}, "", word)
}

func (e *Editor) completeArg(a Arg, head, word string) []Completion {
	var out []Completion
	add := func(s, help string) {
		if strings.HasPrefix(strings.ToLower(s), strings.ToLower(word)) && len(out) < maxCompletions {
			out = append(out, Completion{head + s, s, help})
		}
	}
	for _, s := range a.Choices {
		add(s, "")
	}
	switch a.Kind {
	case ArgCodec:
		for _, c := range text.Codecs() {
			add(c.Name(), c.Description())
		}
	case ArgHandler:
		for _, h := range decodeHandlers() {
			add(h, "")
		}
	case ArgName:
		for _, c := range table {
			add(c.Name, c.Help)
		}
	case ArgAddress:
		for _, n := range []string{"end", "start", "here", "sel"} {
			add(n, "")
		}
		for r := range e.marks {
			add("'"+string(r), "")
		}
	case ArgTemplate:
		for _, f := range templates.Formats() {
			add(f.Name, f.Title)
		}
		for _, n := range e.ownTemplates {
			add(n, "yours")
		}
		if len(out) == 0 {
			out = completeFile(head, word)
		}
	case ArgFile:
		out = completeFile(head, word)
	case ArgSetting:
		e.completeSetting(word, add)
	case ArgFilter:
		start, list := packet.Complete(word, len(word), e.packetLayers())
		for _, c := range list {
			if strings.HasPrefix(c.Text, "_") || len(out) == maxCompletions {
				continue
			}
			out = append(out, Completion{head + word[:start] + c.Text, c.Text, c.Type.String()})
		}
	}
	return out
}

// completeFile lists the folder that word names so far. It is the one place where the editor reads a folder; one that
// hangs (a dead network mount) hangs the completion, so only the tab key asks for it.
func completeFile(head, word string) []Completion {
	dir, base := filepath.Split(word)
	read := dir
	if read == "" {
		read = "."
	} else if rest, ok := strings.CutPrefix(read, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			read = filepath.Join(home, rest)
		}
	}
	entries, err := os.ReadDir(read)
	if err != nil {
		return nil
	}
	var out []Completion
	for _, ent := range entries {
		name := ent.Name()
		if !strings.HasPrefix(name, base) || strings.HasPrefix(name, ".") && base == "" {
			continue
		}
		if ent.IsDir() {
			name += "/"
		}
		if out = append(out, Completion{head + dir + name, name, ""}); len(out) == maxCompletions {
			break
		}
	}
	return out
}
