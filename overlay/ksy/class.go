package ksy

import (
	"strings"

	"hexlay/overlay/expr"
)

// Type is the class of its objects to the expression language, Enum an enum.
var (
	_ expr.Class = (*Type)(nil)
	_ expr.Enum  = (*Enum)(nil)
)

// Name is the full path: "top::sub".
func (t *Type) Name() string {
	if t.Outer == nil {
		return t.ID
	}
	return t.Outer.Name() + "::" + t.ID
}

// Member finds a parameter, a seq field or an instance; its slot is the index in Slots. Of "_parent" and "_root" it
// gives the types.
func (t *Type) Member(name string) (expr.Member, bool) {
	switch name {
	case "_parent":
		if t.Parent == nil {
			return expr.Member{Type: expr.Type{Kind: expr.ClassOf}, Slot: -1}, true
		}
		return expr.Member{Type: expr.Type{Kind: expr.ClassOf, Class: t.Parent}, Slot: -1}, true
	case "_root":
		return expr.Member{Type: expr.Type{Kind: expr.ClassOf, Class: t.File.Top}, Slot: -1}, true
	}
	i, ok := t.byName[name]
	if !ok {
		return expr.Member{}, false
	}
	a := t.Slots[i]
	if l := t.File.loader; l != nil {
		l.typed(a)
	}
	return expr.Member{Type: a.Static, Slot: i}, true
}

// Members lists the names of Slots.
func (t *Type) Members() []string {
	names := make([]string, len(t.Slots))
	for i, a := range t.Slots {
		names[i] = a.ID
	}
	return names
}

// SizeBits is the size of every object, where all have the same; fields with a condition count as if it held.
func (t *Type) SizeBits() (int64, bool) {
	if t.File.loader != nil {
		t.declare()
	}
	return t.declared, t.declared >= 0
}

// Sub finds a type inside this one.
func (t *Type) Sub(name string) *Type {
	if t.subs != nil {
		return t.subs[name]
	}
	for _, s := range t.Types {
		if s.ID == name {
			return s
		}
	}
	return nil
}

func (t *Type) enum(name string) *Enum {
	if t.enums != nil {
		return t.enums[name]
	}
	for _, e := range t.Enums {
		if e.ID == name {
			return e
		}
	}
	return nil
}

// index makes finding names quick where there are many.
func (t *Type) index() {
	const many = 16
	if len(t.Types) > many {
		t.subs = make(map[string]*Type, len(t.Types))
		for _, s := range t.Types {
			t.subs[s.ID] = s
		}
	}
	if len(t.Enums) > many {
		t.enums = make(map[string]*Enum, len(t.Enums))
		for _, e := range t.Enums {
			t.enums[e.ID] = e
		}
	}
}

// Name is the full path: "top::animal".
func (e *Enum) Name() string { return e.Outer.Name() + "::" + e.ID }

// Value gives the integer of a member.
func (e *Enum) Value(member string) (expr.Value, bool) {
	i, ok := e.values[member]
	if !ok {
		return expr.Value{}, false
	}
	return expr.BigValue(e.Entries[i].Value), true
}

// Member names an integer.
func (e *Enum) Member(v expr.Value) (string, bool) {
	i, ok := e.Find(v)
	if !ok {
		return "", false
	}
	return e.Entries[i].ID, true
}

// Find gives the entry of an integer.
func (e *Enum) Find(v expr.Value) (int, bool) {
	if n, ok := v.Int64(); ok {
		i, ok := e.small[n]
		return i, ok
	}
	if e.large == nil {
		return 0, false
	}
	i, ok := e.large[v.Big().String()]
	return i, ok
}

// Members lists the names in the order of the file.
func (e *Enum) Members() []string {
	names := make([]string, len(e.Entries))
	for i, entry := range e.Entries {
		names[i] = entry.ID
	}
	return names
}

// A scope is where an expression stands in a template.
type scope struct {
	t     *Type
	it    expr.Type // of "_", where hasIt
	hasIt bool
	index bool
	fixed bool // it stands in the template and is no key of ours
	files map[string]*File
}

// Scope is where a value instance of the type stands.
func (t *Type) Scope() expr.Scope { return &scope{t: t, files: t.File.ids} }

// Expression reads and checks an expression as if it were the value of an instance of the type. The error is an
// *expr.Error.
func (t *Type) Expression(text string) (*expr.Expr, error) {
	e, err := expr.Parse(text)
	if err != nil {
		return nil, &expr.Error{Kind: "ExprError", Msg: err.Error()}
	}
	if _, problems := e.Check(t.Scope()); len(problems) > 0 {
		var all []string
		for _, p := range problems {
			all = append(all, p.Msg)
		}
		return nil, &expr.Error{Kind: "ExprError", Msg: strings.Join(all, "; ")}
	}
	return e, nil
}

func (s *scope) Self() expr.Class { return s.t }

func (s *scope) Class(path []string, abs bool) (expr.Class, bool) {
	t := findType(s.t, s.files, path, abs)
	return t, t != nil
}

func (s *scope) Enum(path []string, abs bool) (expr.Enum, bool) {
	e := findEnum(s.t, s.files, path, abs)
	return e, e != nil
}

func (s *scope) It() (expr.Type, bool) { return s.it, s.hasIt }

func (s *scope) Index() bool { return s.index }

func (s *scope) FixedSizes() bool { return s.fixed }

// findType resolves a path from a type outward, then among all files by their meta/id. An absolute one begins at the
// top of the file. What follows the first name is looked for in the same way from the type found, as the reference
// compiler does.
func findType(from *Type, files map[string]*File, path []string, abs bool) *Type {
	var found *Type
	f := resolver{files: files, at: func(t *Type, name string) bool {
		if t == nil {
			if file := files[name]; file != nil {
				found = file.Top
			}
			return found != nil
		}
		found = t.Sub(name)
		return found != nil
	}}
	f.start(from, path, abs)
	return found
}

// findEnum does the same for an enum, the last name of the path.
func findEnum(from *Type, files map[string]*File, path []string, abs bool) *Enum {
	var found *Enum
	f := resolver{files: files, at: func(t *Type, name string) bool {
		if t != nil {
			found = t.enum(name)
		}
		return found != nil
	}}
	f.start(from, path, abs)
	return found
}

// A resolver follows a path. The last name is tried by at, in a type or, with nil, among all files.
type resolver struct {
	files map[string]*File
	at    func(t *Type, name string) bool
	tried map[step]bool // what was in vain: types of one name in each other would be gone through over and over
}

// A step is a place of the search: the names that are left, and where they are looked for.
type step struct {
	from *Type
	left int
}

func (f *resolver) start(from *Type, path []string, abs bool) {
	if len(path) == 0 {
		return
	}
	if abs {
		from = from.File.Top
	}
	f.find(from, path)
}

func (f *resolver) find(from *Type, path []string) bool {
	if len(path) > 2 && f.tried == nil {
		f.tried = map[step]bool{}
	}
	if f.tried[step{from, len(path)}] {
		return false
	}
	for t := from; t != nil; t = t.Outer {
		if len(path) == 1 {
			if f.at(t, path[0]) {
				return true
			}
		} else if sub := t.Sub(path[0]); sub != nil && f.find(sub, path[1:]) {
			return true
		}
	}
	if len(path) == 1 {
		return f.at(nil, path[0])
	}
	if file := f.files[path[0]]; file != nil && file.Top != nil && f.find(file.Top, path[1:]) {
		return true
	}
	if f.tried != nil {
		f.tried[step{from, len(path)}] = true
	}
	return false
}

// typeNames lists the names that a type could be found by, for suggestions.
func typeNames(from *Type, files map[string]*File) []string {
	var names []string
	for t := from; t != nil; t = t.Outer {
		for _, s := range t.Types {
			names = append(names, s.ID)
		}
	}
	for id := range files {
		names = append(names, id)
	}
	return append(names, "u1", "u2", "u4", "u8", "s1", "s2", "s4", "s8", "f4", "f8", "str", "strz", "u2le", "u2be", "u4le", "u4be", "u8le", "u8be")
}

func joinPath(path []string, abs bool) string {
	s := strings.Join(path, "::")
	if abs {
		s = "::" + s
	}
	return s
}
