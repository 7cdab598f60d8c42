package model

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"

	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
)

// Annotations are fields that the user names one by one. They are a template that grows: a top type with an instance for
// each, laid over the whole document, and they are exported as a .ksy file.
type annotation struct {
	name, typ string
	r         mmapdoc.Range
}

const annotationsName = "annotations"

func annotateCommands() []*Command {
	some := func(e *Editor) error {
		if e.annotations() == nil {
			return errors.New("nothing is annotated yet; annotate names the selection")
		}
		return nil
	}
	return []*Command{
		{Name: "annotate", Group: "Structure", Help: "Name the selected bytes as a field, with a type if you like: annotate width u4le",
			Args: []Arg{{Kind: ArgWord, Optional: true}, {Kind: ArgWord, Optional: true}}, Run: runAnnotate},
		{Name: "annotation-remove", Group: "Structure", Help: "Forget an annotation by its name", Enabled: some,
			Args: []Arg{{Kind: ArgWord}}, Run: runAnnotationRemove},
		{Name: "annotations-export", Group: "Structure", Help: "Write the annotations as a .ksy template", Enabled: some,
			Args: []Arg{{Kind: ArgFile, Optional: true}}, Run: annotationsExport(false)},
		{Name: "annotations-export!", Group: "Structure", Help: "Write the annotations even over a file that exists", Enabled: some,
			Args: []Arg{{Kind: ArgFile}}, Run: annotationsExport(true)},
	}
}

// annotations is the overlay of the annotations, or nil.
func (e *Editor) annotations() *Overlay {
	for _, o := range e.overlays {
		if o.template.notes != nil {
			return o
		}
	}
	return nil
}

var (
	idPattern      = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[a-z][a-z0-9_]*$`) })
	notePattern    = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^([us][1248]|f[48])(le|be)?$`) })
	maxAnnotations = 10_000
)

func runAnnotate(e *Editor, args []string) (Effect, error) {
	r := e.Target()
	if len(args) == 0 {
		return Prompt{Title: fmt.Sprintf("Name %s at %#x", count(r.Len(), "byte"), r.Start), Command: "annotate", Hint: "width   width u4le   title str"}, nil
	}
	if r.Len() == 0 {
		return nil, errors.New("no byte to name here")
	}
	a := annotation{name: args[0], r: r}
	if !idPattern().MatchString(a.name) {
		return nil, fmt.Errorf("annotate %q: a name has lower-case letters, digits and _, and begins with a letter", a.name)
	}
	if len(args) > 1 && args[1] != "bytes" {
		a.typ = args[1]
		switch m := notePattern().FindStringSubmatch(a.typ); {
		case a.typ == "str":
		case m == nil:
			return nil, fmt.Errorf("annotate %s: want a type like u1, u4le, s2be, f8le, str or bytes", a.typ)
		default:
			size := int64(m[1][1] - '0')
			if r.Len()%size != 0 {
				return nil, fmt.Errorf("annotate %s: a size of %s is not a whole number of %s", a.typ, count(r.Len(), "byte"), a.typ)
			}
			if m[2] == "" && size > 1 {
				a.typ += map[bool]string{true: "be", false: "le"}[e.BigEndian]
			}
		}
	}
	o := e.annotations()
	var list []annotation
	if o != nil {
		list = slices.DeleteFunc(slices.Clone(o.template.notes), func(b annotation) bool { return b.name == a.name })
	}
	if len(list) >= maxAnnotations {
		return nil, fmt.Errorf("at most %s", count(int64(maxAnnotations), "annotation"))
	}
	return e.annotate(append(list, a))
}

func runAnnotationRemove(e *Editor, args []string) (Effect, error) {
	old := e.annotations().template.notes
	list := slices.DeleteFunc(slices.Clone(old), func(a annotation) bool { return a.name == args[0] })
	if len(list) == len(old) {
		return nil, fmt.Errorf("there is no annotation %q", args[0])
	}
	return e.annotate(list)
}

// annotate lays the annotations anew.
func (e *Editor) annotate(list []annotation) (Effect, error) {
	o := e.annotations()
	if len(list) == 0 {
		e.removeOverlay(o)
		e.stamps++
		return nil, nil
	}
	schema, problems := ksy.LoadText(annotationsName+".ksy", annotationsText(list), ksy.LoadOptions{})
	if schema == nil {
		return nil, &TemplateError{annotationsName, problems}
	}
	t := &Template{Name: annotationsName, spec: annotationsName, schema: schema, notes: list}
	e.stamps++
	if o == nil {
		var err error
		if o, err = e.lay(t, mmapdoc.Range{End: e.Size()}, true); err != nil {
			return nil, err
		}
	} else {
		o.template, o.stamp = t, e.stamps
	}
	last := list[len(list)-1]
	e.Notef("%s is %s at %#x", last.name, count(last.r.Len(), "byte"), last.r.Start)
	return Panel{"structure", Show}, nil
}

// moveAnnotations lets the annotations go with the bytes that they name.
func (e *Editor) moveAnnotations(o *Overlay, move func(int64) int64) {
	list := slices.Clone(o.template.notes)
	moved := false
	for i, a := range list {
		r := mmapdoc.Range{Start: move(a.r.Start), End: move(a.r.End)}
		moved = moved || r != a.r
		list[i].r = r
	}
	if !moved {
		return
	}
	if schema, _ := ksy.LoadText(annotationsName+".ksy", annotationsText(list), ksy.LoadOptions{}); schema != nil {
		e.stamps++
		o.template, o.stamp = &Template{Name: annotationsName, spec: annotationsName, schema: schema, notes: list}, e.stamps
	}
}

// annotationsText is the template of the annotations.
func annotationsText(list []annotation) []byte {
	var b strings.Builder
	b.WriteString("meta:\n  id: " + annotationsName + "\ninstances:\n")
	for _, a := range list {
		fmt.Fprintf(&b, "  %s:\n    pos: %#x\n", a.name, a.r.Start)
		m := notePattern().FindStringSubmatch(a.typ)
		switch {
		case a.typ == "str":
			fmt.Fprintf(&b, "    type: str\n    size: %d\n    encoding: UTF-8\n", a.r.Len())
		case m != nil:
			fmt.Fprintf(&b, "    type: %s\n", a.typ)
			if n := a.r.Len() / int64(m[1][1]-'0'); n > 1 {
				fmt.Fprintf(&b, "    repeat: expr\n    repeat-expr: %d\n", n)
			}
		default:
			fmt.Fprintf(&b, "    size: %d\n", a.r.Len())
		}
	}
	return []byte(b.String())
}

func annotationsExport(force bool) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, args []string) (Effect, error) {
		if len(args) == 0 {
			return Prompt{Title: "Export annotations to", Command: "annotations-export", Complete: ArgFile, Hint: "a .ksy file"}, nil
		}
		name := expandHome(args[0])
		flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
		if force {
			flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
		}
		f, err := os.OpenFile(name, flags, 0o666)
		if errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("%s exists; annotations-export! writes over it", name)
		} else if err != nil {
			return nil, fileError(name, err)
		}
		list := e.annotations().template.notes
		_, err = f.Write(annotationsText(list))
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		e.Notef("wrote %s to %s", count(int64(len(list)), "annotation"), name)
		return nil, nil
	}
}
