package model

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"unicode"

	"hexlay/keymap"
	"hexlay/mmapdoc"
	"hexlay/templates"
)

func over(b []byte) *Editor { return New(mmapdoc.FromBytes("memory", b)) }

func contents(t testing.TB, e *Editor) []byte {
	t.Helper()
	b := make([]byte, e.Size())
	if n, lost := e.Snapshot().Read(b, 0, nil); n != len(b) || len(lost) > 0 {
		t.Fatalf("%d of %d bytes read, lost %v", n, len(b), lost)
	}
	return b
}

// run runs a command line and all that it starts, as a face does; it gives the effects that need a face.
func run(t testing.TB, e *Editor, line string) (effs []Effect, err error) {
	t.Helper()
	lastPanic = ""
	eff, err := e.Do(line)
	effs, jerr := finish(e, eff)
	if err == nil {
		err = jerr
	}
	if lastPanic != "" {
		t.Fatalf("%q panicked: %s", line, lastPanic)
	}
	return effs, err
}

// finish runs jobs to their end.
func finish(e *Editor, eff Effect) (effs []Effect, err error) {
	switch eff := eff.(type) {
	case nil:
	case Effects:
		for _, one := range eff {
			more, merr := finish(e, one)
			effs, err = append(effs, more...), errors.Join(err, merr)
		}
	case Start:
		j := e.StartJob(eff.Job)
		if j.Kind == "template watch" { // it waits for a save
			return nil, nil
		}
		j.Wait()
		next, derr := e.Finish(j)
		if derr != nil {
			e.Fail(derr)
		}
		effs, err = finish(e, next)
		err = errors.Join(derr, err)
	default:
		effs = []Effect{eff}
	}
	return effs, err
}

func TestCommandTable(t *testing.T) {
	seen := make(map[string]bool)
	for _, c := range Commands() {
		if seen[c.Name] {
			t.Errorf("%s is there twice", c.Name)
		}
		seen[c.Name] = true
		if !slices.Contains(Groups, c.Group) {
			t.Errorf("%s: there is no group %q", c.Name, c.Group)
		}
		if c.Help == "" || strings.ContainsAny(c.Help, "\n\t") || strings.HasSuffix(c.Help, ".") || !unicode.IsUpper([]rune(c.Help)[0]) {
			t.Errorf("%s: the help is %q", c.Name, c.Help)
		}
		if c.Name != strings.ToLower(c.Name) || strings.ContainsAny(c.Name, " \t'\"") || c.Run == nil {
			t.Errorf("%q is no name of a command", c.Name)
		}
		if got, err := Lookup(c.Name); err != nil || got != c {
			t.Errorf("Lookup(%q) = %v, %v", c.Name, got, err)
		}
		for i, a := range c.Args {
			if a.Kind.rest() && i != len(c.Args)-1 {
				t.Errorf("%s: argument %d takes the rest of the line and is not the last", c.Name, i)
			}
			if i > 0 && c.Args[i-1].Optional && !a.Optional {
				t.Errorf("%s: argument %d is needed behind one that is not", c.Name, i)
			}
		}
	}
	for _, g := range Groups {
		if !slices.ContainsFunc(Commands(), func(c *Command) bool { return c.Group == g }) {
			t.Errorf("the group %s is empty", g)
		}
	}
	if _, err := Lookup("sav"); err == nil || !strings.Contains(err.Error(), `"save"`) {
		t.Errorf("a slip of a key is answered with %v", err)
	}
}

// changes are the commands that may change bytes when they get no arguments.
var changes = []string{"delete", "backspace", "cut", "undo", "redo", "paste", "paste-insert", "paste-overwrite", "revert",
	"invert", "reverse-bytes", "reverse-bits", "random"}

// TestEveryCommandEverywhere invokes each command without arguments, with every choice of its first one and with odd
// words, on documents where off-by-one errors live.
func TestEveryCommandEverywhere(t *testing.T) {
	t.Chdir(t.TempDir())
	tour, _ := templates.Tour()
	states := map[string]func(e *Editor){
		"start":     func(*Editor) {},
		"end":       func(e *Editor) { e.Jump(e.Size()) },
		"selection": func(e *Editor) { e.Select(mmapdoc.Range{Start: 0, End: e.Size()}) },
		"layout":    func(e *Editor) { e.Do("struct <2sIHHI:a,b,c,d,e") },
		"many":      func(e *Editor) { e.Do("struct >BHf 0:"); e.Jump(e.Size()) },
		"half":      func(e *Editor) { e.TypeHex(7); e.Insert = true },
		"text":      func(e *Editor) { e.column = Text; e.Do("codec utf-16-le"); e.Do("sidecar"); e.extendTo(3) },
		"undone":    func(e *Editor) { e.TypeHex(7); e.Do("copy"); e.Do("undo"); e.Do("find 00") },
	}
	for _, doc := range [][]byte{{}, {0x42}, tour} {
		for name, enter := range states {
			for _, c := range Commands() {
				lines := []string{c.Name}
				if len(c.Args) > 0 {
					for _, w := range append(slices.Clone(c.Args[0].Choices), "0", "-1", "''", "zz", "'a", "\x1b", "漢", "9223372036854775807", "1:2", "%", "(") {
						lines = append(lines, c.Name+" "+w)
					}
				}
				for i, line := range lines {
					e := over(doc)
					enter(e)
					was, before, modified := e.Document(), contents(t, e), e.Document().Modified()
					_, err := run(t, e, line)
					if e.Cursor() < 0 || e.Cursor() > e.Size() {
						t.Errorf("%s, %d bytes: %q puts the cursor at %d of %d", name, len(doc), line, e.Cursor(), e.Size())
					}
					if s := e.Selection(); s.Start < 0 || s.End < s.Start || s.End > e.Size() {
						t.Errorf("%s, %d bytes: %q selects %v of %d", name, len(doc), line, s, e.Size())
					}
					if err != nil && (err.Error() == "" || !e.Notice().Error || strings.Contains(err.Error(), "\n")) {
						t.Errorf("%q fails with %q, notice %+v", line, err, e.Notice())
					}
					opened := e.Document() != was
					if i == 0 && !slices.Contains(changes, c.Name) && !opened && !bytes.Equal(contents(t, e), before) {
						t.Errorf("%s, %d bytes: %q changed the document", name, len(doc), line)
					}
					if err != nil && !bytes.Equal(contents(t, e), before) {
						t.Errorf("%s, %d bytes: %q failed (%v) and changed the document", name, len(doc), line, err)
					}
					if !opened && !bytes.Equal(contents(t, e), before) && !e.Document().Modified() && !modified {
						t.Errorf("%s, %d bytes: %q changed bytes, but nothing is to be saved", name, len(doc), line)
					}
					if err := e.Close(); err != nil {
						t.Errorf("%q: %v", line, err)
					}
				}
			}
		}
	}
}

func TestPanicBecomesAnError(t *testing.T) {
	e := over([]byte{1, 2, 3})
	lastPanic = ""
	c := &Command{Name: "boom", Run: func(e *Editor, _ []string) (Effect, error) {
		var m map[string]int
		m["x"] = 1
		return Quit{}, nil
	}}
	eff, err := e.Invoke(c, nil)
	if eff != nil || err == nil || !strings.Contains(err.Error(), "internal error") || !strings.Contains(lastPanic, "boom") && !strings.Contains(lastPanic, "commands_test") {
		t.Errorf("Invoke = %v, %v; the stack is %q", eff, err, lastPanic)
	}
	lastPanic = ""
	if !bytes.Equal(contents(t, e), []byte{1, 2, 3}) {
		t.Error("the document changed")
	}
}

// TestDefaultKeys: every binding runs a command that is there, with arguments that it takes, no key means two things in
// one context, and the hex column keeps its digits.
func TestDefaultKeys(t *testing.T) {
	type place struct {
		c   keymap.Context
		key string
	}
	seen := make(map[place]string)
	m := keymap.New(keymap.Default)
	for _, b := range keymap.Default {
		name, rest, _ := strings.Cut(b.Command, " ")
		c, err := Lookup(name)
		if err != nil {
			t.Errorf("%s: %v", b.Key, err)
			continue
		}
		if _, err := splitArgs(c, rest); err != nil {
			t.Errorf("%s: %v", b.Key, err)
		}
		p := place{b.Context, keymap.Normalize(b.Key)}
		if was, twice := seen[p]; twice {
			t.Errorf("%s means %q and %q in the %s", b.Key, was, b.Command, b.Context)
		}
		seen[p] = b.Command
		if got := m.Command(b.Context, b.Key); got != b.Command {
			t.Errorf("%s in the %s runs %q, want %q", b.Key, b.Context, got, b.Command)
		}
		if len(b.Key) == 1 && !slices.Contains([]keymap.Context{keymap.Tree, keymap.List, keymap.Packets, keymap.Chart, keymap.Image, keymap.Pixels}, b.Context) && (b.Context != keymap.Hex && b.Context != keymap.Compare || strings.ContainsAny(b.Key, "0123456789abcdefABCDEF")) {
			t.Errorf("%s is typed into the document and cannot be bound in the %s", b.Key, b.Context)
		}
	}
}

// TestTourCommands: what the tour's notes run works.
func TestTourCommands(t *testing.T) {
	b, at := templates.Tour()
	e := over(b)
	for _, s := range templates.TourNotes() {
		if s.Title == "" || s.Text == "" {
			t.Errorf("an empty note: %+v", s)
		}
		for _, line := range s.Commands {
			if _, err := run(t, e, line); err != nil {
				t.Errorf("%s: %q: %v", s.Title, line, err)
			}
		}
	}
	if !bytes.Equal(contents(t, e), b) {
		t.Error("the notes change the document")
	}
	if len(at) != 10 || b[at[0]] != 1 {
		t.Errorf("messages at %v", at)
	}
}

// TestElsewhere: names from elsewhere lead to commands, with what stands behind them, and hide none of here.
func TestElsewhere(t *testing.T) {
	for name, to := range elsewhere {
		if byName[name] != nil {
			t.Errorf("%s is a command of its own", name)
		}
		first, rest, _ := strings.Cut(to, " ")
		c, err := Lookup(first)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := splitArgs(c, rest); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for line, want := range map[string]string{
		"w": "save", "w  a b": "save-as a b", "w! x": "save-as! x", "w! ": "save!", "e  file": "open file", "stats": "panel-focus statistics",
		"goto 5": "goto 5", "diff disk": "compare disk", "nothing here": "nothing here", "": "",
	} {
		if got := known(line); got != want {
			t.Errorf("%q is taken as %q, want %q", line, got, want)
		}
	}
	e := over([]byte("some bytes"))
	defer e.Close()
	lines(t, e, "goto 3", "$")
	if e.Cursor() != e.Size() && e.Cursor() != e.Size()-1 {
		t.Errorf("$ goes to %d", e.Cursor())
	}
	lines(t, e, "goto 3", "fill ff", "u")
	if c := e.Complete("dump c"); len(c) == 0 || !strings.HasPrefix(c[0].Line, "copy-as c") {
		t.Errorf("dump c goes on with %v", c)
	}
	if got := contents(t, e); string(got) != "some bytes" {
		t.Errorf("u leaves %q", got)
	}
}
