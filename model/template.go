package model

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
	"hexlay/overlay/pystruct"
	"hexlay/templates"
)

// Template is what an overlay lays over bytes: a .ksy file, a built-in one, or a struct format.
type Template struct {
	Name   string
	format *pystruct.Format
	count  int64 // records of format

	own *followed // the turns of a stream, in place of a schema

	of *Template // the one that this is a part of, laid over a substream

	schema   *ksy.Schema
	spec     string // what the user named it by, to load it again
	repeated bool   // laid back to back
	files    []watched
	notes    []annotation // of the user's annotations
}

// watched is a file that a template was read from.
type watched struct {
	path string
	at   time.Time
	size int64
}

// TemplateOptions say where templates and their imports are looked for.
type TemplateOptions struct {
	Folder     string   // the user's own templates; "" for none
	ImportDirs []string // searched for imports
	// Watch tells on the channel that something happened to files, until end is called; it is nil, or told is, where nobody can tell.
	Watch func(paths ...string) (told <-chan struct{}, end func())
}

// structTemplate is n records of a struct format. Its name is the format without the names of its fields.
func structTemplate(f *pystruct.Format, n int64) *Template {
	name, _, _ := strings.Cut(f.String(), ":")
	return &Template{Name: strings.TrimSpace(name), format: f, count: n}
}

// key tells two templates apart: laid again, one replaces itself.
func (t *Template) key() string {
	if t.format != nil {
		return t.format.String()
	}
	if t.repeated {
		return t.spec + " repeat"
	}
	return t.spec
}

// open lays the template over r of a snapshot. It reads nothing yet.
func (t *Template) open(s *mmapdoc.Snapshot, r mmapdoc.Range) laid {
	if t.format != nil {
		return &structLaid{t.format, s, r, t.count}
	}
	if t.own != nil {
		return &followedLaid{t.own, s}
	}
	l := layKsy(t.schema, s, r)
	l.of = t
	return l
}

// TemplateError tells why a template was refused: all its problems.
type TemplateError struct {
	Name     string
	Problems []ksy.Problem
}

func (err *TemplateError) Error() string {
	if len(err.Problems) == 0 {
		return err.Name + ": the template was refused"
	}
	first := err.Problems[0]
	for _, p := range err.Problems {
		if !p.Warning {
			first = p
			break
		}
	}
	if first.Unread {
		return err.Name + ": " + first.Msg
	}
	s := fmt.Sprintf("%s:%d:%d: %s", err.Name, first.Line, first.Col, first.Msg)
	if n := len(err.Problems) - 1; n > 0 {
		s += fmt.Sprintf(" (and %d more; template-errors lists them)", n)
	}
	return s
}

// loadTemplate reads the template that spec names: a path, a name in the user's folder, or a built-in's.
func loadTemplate(spec string, repeated bool, o TemplateOptions) (*Template, error) {
	t := &Template{spec: spec, repeated: repeated}
	lo := ksy.LoadOptions{ImportDirs: o.ImportDirs, BuiltIn: templates.FS()}
	if o.Folder != "" {
		lo.ImportDirs = append(slices.Clip(lo.ImportDirs), o.Folder)
	}
	file, builtIn, err := findTemplate(spec, o)
	if err != nil {
		return nil, err
	}
	var problems []ksy.Problem
	if builtIn {
		t.schema, problems = ksy.LoadBuiltIn(file, lo)
	} else {
		t.schema, problems = ksy.Load(file, lo)
	}
	if t.schema == nil {
		return nil, &TemplateError{filepath.Base(file), problems}
	}
	t.Name = t.schema.Top.ID
	if repeated {
		if err := t.repeat(file, builtIn, lo); err != nil {
			return nil, err
		}
	}
	t.watch()
	return t, nil
}

// load reads the template again.
func (t *Template) load(ctx context.Context, o TemplateOptions) (*Template, error) {
	if t.of == nil {
		return loadTemplate(t.spec, t.repeated, o)
	}
	of, err := t.of.load(ctx, o)
	if err != nil {
		return nil, err
	}
	s, err := t.schema.Again(ctx, of.schema)
	if err != nil {
		return nil, err
	}
	return of.part(s), nil
}

// part is the template of a part of what t was laid over.
func (t *Template) part(s *ksy.Schema) *Template {
	return &Template{Name: s.Top.ID, schema: s, of: t, files: slices.Clone(t.files)}
}

// repeat makes the template one of as many of it as fit, back to back.
func (t *Template) repeat(file string, builtIn bool, lo ksy.LoadOptions) error {
	dir, base := filepath.Split(file)
	imported := strings.TrimSuffix(base, ".ksy")
	if builtIn {
		dir, imported = "", "/"+strings.TrimSuffix(file, ".ksy")
	}
	id := t.schema.Top.ID
	text := fmt.Sprintf("meta:\n  id: %s_repeated\n  imports:\n    - %s\nseq:\n  - id: all\n    type: %s\n    repeat: eos\n", id, imported, id)
	schema, problems := ksy.LoadText(dir+id+"_repeated.ksy", []byte(text), lo)
	if schema == nil {
		return &TemplateError{base, problems}
	}
	t.schema, t.Name = schema, id+" × n"
	return nil
}

// findTemplate gives the file that spec names.
func findTemplate(spec string, o TemplateOptions) (file string, builtIn bool, err error) {
	if strings.HasSuffix(spec, ".ksy") || strings.ContainsAny(spec, `/\`) {
		return expandHome(spec), false, nil
	}
	if o.Folder != "" {
		own := filepath.Join(o.Folder, spec+".ksy")
		if _, err := os.Stat(own); err == nil {
			return own, false, nil
		}
	}
	if f, ok := templates.Lookup(spec); ok {
		return f.Path(), true, nil
	}
	return "", false, fmt.Errorf("there is no template %q: a built-in one (%s), a .ksy file, or a struct format", shorten(spec, 60),
		strings.Join(builtInNames(), ", "))
}

// builtInNames are the templates inside the program.
func builtInNames() []string {
	var names []string
	for _, f := range templates.Formats() {
		names = append(names, f.Name)
	}
	return names
}

// detectTemplates names the built-in templates that fit a region of r, the surest first.
func detectTemplates(r io.ReaderAt, start, end int64) (names []string) {
	for _, m := range templates.Detect(io.NewSectionReader(r, start, end-start), end-start) {
		names = append(names, m.Format.Name)
	}
	return names
}

// ownNames are the templates in the user's folder.
func ownNames(folder string) []string {
	if folder == "" {
		return nil
	}
	files, _ := filepath.Glob(filepath.Join(folder, "*.ksy"))
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = strings.TrimSuffix(filepath.Base(f), ".ksy")
	}
	return names
}

// watch notes the files that the template was read from.
func (t *Template) watch() {
	for _, p := range t.schema.Paths() {
		if st, err := os.Stat(p); err == nil {
			t.files = append(t.files, watched{p, st.ModTime(), st.Size()})
		}
	}
}

// changed tells whether a file is not what it was. One that is away is about to be written again.
func (w watched) changed() bool {
	st, err := os.Stat(w.path)
	return err == nil && (!st.ModTime().Equal(w.at) || st.Size() != w.size)
}

var errNoTemplate = errors.New("no template fits: none of the built-in ones has its magic here")
