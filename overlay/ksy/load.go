package ksy

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"hexlay/overlay/expr"
)

// LoadOptions say where imports are looked for.
type LoadOptions struct {
	// ImportDirs are searched in order for absolute imports ("/common/riff"), and for relative ones that are not beside
	// the file that imports them.
	ImportDirs []string
	// BuiltIn is searched last. [LoadBuiltIn] starts in it.
	BuiltIn fs.FS
	// Outside lets imports leave the folder of the template and the ImportDirs, by ".." or a link.
	Outside bool
}

// maxFiles bounds what one template may import, itself counted.
const maxFiles = 500

// Load reads a template and all it imports. The Schema is nil where one of the problems is an error; the problems are
// all there are, warnings among them, the template's own first and each file's in the order of its lines.
func Load(name string, o LoadOptions) (*Schema, []Problem) {
	l := newLoader(o)
	f := &File{Path: name, source: source{dir: filepath.Dir(name), name: filepath.Base(name)}}
	text, err := readFile(name, f)
	return l.load(f, text, err)
}

// LoadText reads a template that is not, or not so, on disk: one that is being edited. Its imports are looked for as
// if it were the file of that name.
func LoadText(name string, text []byte, o LoadOptions) (*Schema, []Problem) {
	l := newLoader(o)
	return l.load(&File{Path: name, source: source{dir: filepath.Dir(name), name: filepath.Base(name)}, unsaved: true}, text, nil)
}

// LoadBuiltIn reads a template out of o.BuiltIn.
func LoadBuiltIn(name string, o LoadOptions) (*Schema, []Problem) {
	l := newLoader(o)
	f := &File{Path: name, source: source{fs: o.BuiltIn, dir: path.Dir(name), name: path.Base(name)}}
	text, err := fs.ReadFile(o.BuiltIn, name)
	return l.load(f, text, err)
}

// A loader holds what is known while a template is being loaded.
type loader struct {
	o     LoadOptions
	files []*File
	byKey map[string]*File
	byID  map[string]*File
	report
	types  []*Type            // of all files, outer ones first
	exprs  map[*expr.Expr]Pos // where they are written
	uses   map[string]int     // in how many expressions a word stands, for style
	hints  int                // suggestions made
	depth  int                // of types that depend on others, being found out
	broken bool               // a file is missing or no YAML, so that nothing can be said about names
}

func newLoader(o LoadOptions) *loader {
	return &loader{o: o, byKey: map[string]*File{}, byID: map[string]*File{}, exprs: map[*expr.Expr]Pos{}}
}

// load reads the template f and what it imports, then finds out what all names stand for.
func (l *loader) load(f *File, text []byte, err error) (*Schema, []Problem) {
	l.files = append(l.files, f)
	if f.source.fs == nil {
		l.byKey[fileKey(f.Path)] = f
	} else {
		l.byKey["builtin:"+path.Join(f.source.dir, f.source.name)] = f
	}
	if err != nil {
		return nil, []Problem{{Pos: Pos{File: f, Path: "/", Line: 1, Col: 1}, Unread: true, Msg: readError(err)}}
	}
	l.read(f, text)
	for i := 0; i < len(l.files); i++ {
		l.imports(l.files[i])
	}
	if !l.broken {
		l.resolve()
	}
	return l.finish()
}

// finish sorts the problems and makes the Schema if none is an error.
func (l *loader) finish() (*Schema, []Problem) {
	order := map[*File]int{}
	for i, f := range l.files {
		order[f] = i
	}
	slices.SortStableFunc(l.problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(order[a.File], order[b.File]), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col))
	})
	l.problems = slices.CompactFunc(l.problems, func(a, b Problem) bool { return a == b })
	if l.failed() {
		return nil, l.problems
	}
	return &Schema{Top: l.files[0].Top, Files: l.files, Warnings: l.problems}, l.problems
}

// The numbers of errors and warnings beyond which a list helps nobody any more.
const (
	maxErrors   = 1000
	maxWarnings = 500
)

// A report collects problems.
type report struct {
	problems         []Problem
	errors, warnings int
	soft             bool // mistakes only warn
}

// failed tells whether one of the problems so far refuses the template.
func (r *report) failed() bool { return r.errors > 0 }

func (r *report) errorf(at Pos, format string, args ...any) {
	if r.soft {
		r.warnf(at, format, args...)
		return
	}
	switch r.errors++; {
	case r.errors > maxErrors+1:
		return
	case r.errors > maxErrors:
		format, args = "there are more errors than can be listed", nil
	}
	r.problems = append(r.problems, Problem{Pos: at, Msg: fmt.Sprintf(format, args...)})
}

func (r *report) warnf(at Pos, format string, args ...any) {
	if r.warnings++; r.warnings <= maxWarnings {
		r.problems = append(r.problems, Problem{Pos: at, Warning: true, Msg: fmt.Sprintf(format, args...)})
	}
}

// lenient runs something whose mistakes only warn: what stands under "-check" and "-hexlay" is ours alone, and other
// tools accept the file. It tells whether there were none.
func (r *report) lenient(run func()) (fine bool) {
	before, soft := r.warnings, r.soft
	r.soft = true
	run()
	r.soft = soft
	return r.warnings == before
}

// read turns the text of a file into types.
func (l *loader) read(f *File, text []byte) {
	f.Text, f.ids = text, l.byID
	root, err := parseYAML(text)
	if err != nil {
		at := Pos{File: f, Line: 1, Col: 1}
		msg := err.Error()
		if e, ok := err.(*syntaxError); ok {
			at.Line, at.Col, msg = e.line, e.col, e.msg
		}
		at.Path = fmt.Sprintf("%d:%d", at.Line, at.Col)
		l.broken = true
		l.errorf(at, "%s", msg)
		return
	}
	r := reader{loader: l, file: f}
	r.top(root)
	l.broken = l.broken || f.Top == nil
	if f.ID != "" && l.byID[f.ID] == nil {
		l.byID[f.ID] = f
	}
}

// imports loads what a file imports, those files' own imports being left to the caller.
func (l *loader) imports(f *File) {
	for _, w := range f.wants {
		g := l.importFile(f, w.name, w.at)
		if g == nil {
			l.broken = true
		} else if !slices.Contains(f.Imports, g) {
			f.Imports = append(f.Imports, g)
		}
	}
}

// importFile finds and reads the file that f imports under a name.
func (l *loader) importFile(f *File, name string, at Pos) *File {
	if len(l.files) >= maxFiles {
		l.errorf(at, "more than %d files are imported", maxFiles)
		return nil
	}
	if strings.ContainsAny(name, "\x00\\") || name == "" || strings.HasSuffix(name, "/") {
		l.errorf(at, "%s is no name of a template", quote(name))
		return nil
	}
	for _, c := range l.candidates(f, name) {
		key := c.key()
		if g := l.byKey[key]; g != nil {
			return g
		}
		g := &File{Path: c.path(), source: c, guest: true}
		text, err := c.read(g, l.o.Outside)
		if os.IsNotExist(err) || err == errNotRegular {
			continue
		}
		if err != nil {
			l.errorf(at, "cannot import %s: %s", quote(name), readError(err))
			return nil
		}
		l.byKey[key] = g
		l.files = append(l.files, g)
		l.read(g, text)
		return g
	}
	where := "beside this file or in an import directory"
	if strings.HasPrefix(name, "/") {
		where = "in an import directory"
	}
	l.errorf(at, "cannot import %s: there is no %s.ksy %s", quote(name), strings.TrimPrefix(name, "/"), where)
	return nil
}

// candidates are the places where an import may lie, in the order of search.
func (l *loader) candidates(f *File, name string) []source {
	var cs []source
	rel := strings.TrimPrefix(name, "/") + ".ksy"
	if !strings.HasPrefix(name, "/") {
		if abs, err := filepath.Abs(filepath.Join(filepath.Dir(f.source.path()), filepath.FromSlash(rel))); err == nil && f.source.fs == nil {
			// What ".." reaches may lie in an import directory, although it leaves the folder of the template.
			for _, d := range l.o.ImportDirs {
				if top, err := filepath.Abs(d); err == nil {
					if in, err := filepath.Rel(top, abs); err == nil && filepath.IsLocal(in) {
						cs = append(cs, source{dir: d, name: in})
					}
				}
			}
		}
		s := f.source
		if s.fs != nil {
			s.name = path.Join(path.Dir(s.name), rel)
		} else {
			s.name = filepath.Join(filepath.Dir(s.name), filepath.FromSlash(rel))
		}
		cs = append(cs, s)
	}
	for _, d := range l.o.ImportDirs {
		cs = append(cs, source{dir: d, name: filepath.FromSlash(path.Clean(rel))})
	}
	if l.o.BuiltIn != nil {
		cs = append(cs, source{fs: l.o.BuiltIn, dir: ".", name: path.Clean(rel)})
	}
	return cs
}

// A source is a place from which a file is read: a name below a directory that it may not leave.
type source struct {
	fs   fs.FS // nil: the file system
	dir  string
	name string
}

func (s source) path() string {
	if s.fs != nil {
		return path.Join(s.dir, s.name)
	}
	return filepath.Join(s.dir, s.name)
}

func (s source) key() string {
	if s.fs != nil {
		return "builtin:" + s.path()
	}
	return fileKey(s.path())
}

// fileKey is the same for all names of a file.
func fileKey(name string) string {
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	return name
}

var errNotRegular = fmt.Errorf("not a regular file")

func (s source) read(f *File, outside bool) ([]byte, error) {
	switch {
	case s.fs != nil:
		if !fs.ValidPath(s.path()) {
			return nil, fs.ErrNotExist
		}
		return fs.ReadFile(s.fs, s.path())
	case outside:
		if st, err := os.Stat(s.path()); err == nil && !st.Mode().IsRegular() {
			return nil, errNotRegular
		}
		return readFile(s.path(), f)
	}
	root, err := os.OpenRoot(s.dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	st, err := root.Stat(s.name)
	if err != nil {
		return nil, s.outside(err)
	}
	if !st.Mode().IsRegular() { // a pipe would be waited for
		return nil, errNotRegular
	}
	file, err := root.Open(s.name)
	if err != nil {
		return nil, s.outside(err)
	}
	return readAll(file, f)
}

// outside makes clear why a file that exists is not opened.
func (s source) outside(err error) error {
	if !os.IsNotExist(err) {
		if _, other := os.Stat(s.path()); other == nil {
			return fmt.Errorf("%s lies outside the template's folder and the import directories", s.path())
		}
		if strings.HasPrefix(s.name, "..") {
			return fs.ErrNotExist
		}
	}
	return err
}

// readFile reads a file as a whole, up to one byte more than is allowed.
func readFile(name string, f *File) ([]byte, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	return readAll(file, f)
}

func readAll(file *os.File, f *File) ([]byte, error) {
	defer file.Close()
	st, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if st.IsDir() {
		return nil, fmt.Errorf("it is a directory")
	}
	f.stat = st
	return io.ReadAll(io.LimitReader(file, maxText+1))
}

// readError is an error of the file system without the name, which the message has already.
func readError(err error) string {
	if e, ok := err.(*fs.PathError); ok {
		err = e.Err
	}
	return err.Error()
}
