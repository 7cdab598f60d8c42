package model

import (
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// ArgKind says what an argument is, for help and completion.
type ArgKind string

// The kinds of arguments.
const (
	ArgAddress ArgKind = "ADDRESS" // see Editor.Address
	ArgRange   ArgKind = "OFF:LEN" // see Editor.AddressRange
	ArgBytes   ArgKind = "BYTES"   // bytes in any notation of overlay/literal; takes the rest of the line
	ArgString  ArgKind = "TEXT"    // takes the rest of the line
	ArgWord    ArgKind = "WORD"
	ArgNumber  ArgKind = "N"
	ArgFile    ArgKind = "FILE" // takes the rest of the line
	ArgCodec   ArgKind = "CODEC"
	ArgHandler ArgKind = "HANDLER"
	ArgFormat  ArgKind = "FORMAT" // a struct format string, and where to lay it; takes the rest of the line
	// ArgTemplate is a template, where to lay it and how often; takes the rest of the line.
	ArgTemplate ArgKind = "TEMPLATE"
	ArgName     ArgKind = "COMMAND"
	ArgFilter   ArgKind = "CONDITION"  // over the fields of a packet; takes the rest of the line
	ArgSetting  ArgKind = "NAME VALUE" // of the settings file; takes the rest of the line
)

// rest tells that an argument of this kind takes all that is left of the line, as it stands.
func (k ArgKind) rest() bool {
	return k == ArgBytes || k == ArgString || k == ArgFile || k == ArgFormat || k == ArgTemplate || k == ArgFilter || k == ArgSetting
}

// Arg is one argument of a command.
type Arg struct {
	Kind     ArgKind
	Choices  []string // for ArgWord: the words that are taken
	Optional bool
}

// Command is one thing that the editor can do. The table of them is what keys, palette, command line, help and the
// manual are made from.
type Command struct {
	Name    string // what is typed behind ":"
	Group   string // the heading in help
	Help    string // one line; a capital letter, no full stop
	Args    []Arg
	Edits   bool                  // it changes the bytes at the cursor
	Enabled func(e *Editor) error // nil: always; else why not now
	Run     func(e *Editor, args []string) (Effect, error)
	// Preview says what Run would do with the arguments typed so far, in one line and for little work; nil: it has none.
	Preview func(e *Editor, args []string) string
}

// Usage is the command's name with its arguments.
func (c *Command) Usage() string {
	var b strings.Builder
	b.WriteString(c.Name)
	for _, a := range c.Args {
		word := string(a.Kind)
		if len(a.Choices) > 0 {
			word = strings.Join(a.Choices, "|")
		}
		if a.Optional {
			word = "[" + word + "]"
		}
		b.WriteString(" " + word)
	}
	return b.String()
}

// Groups are the headings of help, in order.
var Groups = []string{"Move", "Select", "Edit", "Bytes", "Clipboard", "Find", "Compare", "Structure", "Packets", "Text", "View", "Pictures", "Live", "File", "Help"}

var (
	table  []*Command
	byName map[string]*Command
)

func init() { // not in the declarations: some commands run others by name, through the table
	table = slices.Concat(
		moveCommands(),
		selectCommands(),
		editCommands(),
		byteCommands(),
		inspectCommands(),
		clipboardCommands(),
		findCommands(),
		listCommands(),
		stringsCommands(),
		hashCommands(),
		compareCommands(),
		carveCommands(),
		patchCommands(),
		structureCommands(),
		packetCommands(),
		columnCommands(),
		packetCompareCommands(),
		packetJSONCommands(),
		streamCommands(),
		captureInfoCommands(),
		textCommands(),
		viewCommands(),
		settingCommands(),
		pictureCommands(),
		fileCommands(),
		recoverCommands(),
		outsideCommands(),
		growingCommands(),
		liveCommands(),
		tornCommands(),
		regionCommands(),
		helpCommands(),
	)
	byName = make(map[string]*Command, len(table))
	for _, c := range table {
		if byName[c.Name] != nil {
			panic("model: two commands are named " + c.Name)
		}
		byName[c.Name] = c
	}
}

// Commands is the table of commands, grouped as Groups says.
func Commands() []*Command { return table }

// Lookup finds a command by its name.
func Lookup(name string) (*Command, error) {
	if c := byName[name]; c != nil {
		return c, nil
	}
	msg := fmt.Sprintf("there is no command %q", name)
	best, dist := "", 4
	for _, c := range table {
		if d := levenshtein.ComputeDistance(name, c.Name); d < dist {
			best, dist = c.Name, d
		}
	}
	if best != "" {
		msg += fmt.Sprintf(", did you mean %q?", best)
	}
	return nil, errors.New(msg)
}

// Do runs a command line: a name and its arguments, or an address alone, which goes there. Errors are shown as the
// notice and returned. A new command line clears the last notice.
func (e *Editor) Do(line string) (Effect, error) {
	e.notice = Notice{}
	eff, err := e.do(strings.TrimLeft(line, " "))
	if err != nil {
		e.Fail(err)
	}
	return eff, err
}

func (e *Editor) do(line string) (Effect, error) {
	if strings.TrimSpace(line) == "" {
		return nil, nil
	}
	line = known(line)
	name, rest, _ := strings.Cut(line, " ")
	c, err := Lookup(name)
	if err != nil {
		if _, aerr := e.Address(line); aerr == nil {
			c, rest = byName["goto"], line
		} else if _, rerr := e.AddressRange(line); rerr == nil {
			c, rest = byName["select"], line
		} else {
			return nil, err
		}
	}
	args, err := splitArgs(c, rest)
	if err != nil {
		return nil, err
	}
	return e.Invoke(c, args)
}

// Preview says what a command line would do; "" when it cannot tell yet.
func (e *Editor) Preview(line string) (text string) {
	name, rest, _ := strings.Cut(known(strings.TrimLeft(line, " ")), " ")
	c := byName[name]
	if c == nil || c.Preview == nil || strings.TrimSpace(rest) == "" || c.Enabled != nil && c.Enabled(e) != nil {
		return ""
	}
	err := guarded(func() error {
		args, err := splitArgs(c, rest)
		if err == nil {
			text = c.Preview(e, args)
		}
		return err
	})
	if err != nil {
		return err.Error()
	}
	return text
}

// Invoke runs c. A panic in it becomes an error: a fault in one command must not cost the user's edits.
func (e *Editor) Invoke(c *Command, args []string) (eff Effect, err error) {
	if c.Enabled != nil {
		if err := c.Enabled(e); err != nil {
			return nil, err
		}
	}
	err = guarded(func() error {
		var err error
		eff, err = c.Run(e, args)
		return err
	})
	return eff, err
}

func guarded(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			lastPanic = string(debug.Stack())
			err = fmt.Errorf("internal error: %v; please report it", p)
		}
	}()
	return f()
}

// lastPanic is the stack of the last panic that was turned into an error, for a debugger and for tests.
var lastPanic string

// splitArgs cuts the rest of a command line into the arguments of c. Words may be quoted with ' or "; an argument that
// takes the rest gets it untouched.
func splitArgs(c *Command, rest string) ([]string, error) {
	var args []string
	for i, a := range c.Args {
		if !a.Kind.rest() {
			rest = strings.TrimSpace(rest)
		}
		if rest == "" {
			if !a.Optional {
				return nil, fmt.Errorf("%s: an argument is missing: %s", c.Name, c.Usage())
			}
			return args, nil
		}
		if a.Kind.rest() || a.Kind == ArgRange && i == len(c.Args)-1 || a.Kind == ArgAddress && i == len(c.Args)-1 {
			return append(args, rest), nil
		}
		var word string
		word, rest = cutWord(rest)
		if len(a.Choices) > 0 && !slices.Contains(a.Choices, word) {
			return nil, fmt.Errorf("%s: %q is not one of %s", c.Name, word, strings.Join(a.Choices, ", "))
		}
		args = append(args, word)
	}
	if strings.TrimSpace(rest) != "" {
		return nil, fmt.Errorf("%s: too many arguments: %s", c.Name, c.Usage())
	}
	return args, nil
}

func cutWord(s string) (word, rest string) {
	if q := s[0]; q == '"' || q == '\'' {
		if i := strings.IndexByte(s[1:], q); i >= 0 {
			return s[1 : i+1], strings.TrimSpace(s[i+2:])
		}
	}
	if i := strings.IndexAny(s, " \t"); i >= 0 {
		return s[:i], strings.TrimSpace(s[i:])
	}
	return s, ""
}
