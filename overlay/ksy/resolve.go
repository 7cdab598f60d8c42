package ksy

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"hexlay/overlay/expr"
)

// progress of something that is found out on demand.
type progress uint8

const (
	toDo progress = iota
	doing
	done
)

// resolve finds out what the names of types and enums stand for, then the types of _parent, of all fields and of all
// expressions.
func (l *loader) resolve() {
	for _, f := range l.files {
		f.loader = l
	}
	defer func() {
		for _, f := range l.files {
			f.loader = nil
		}
	}()
	for i := 0; i < len(l.types); i++ { // opaque types may add more
		t := l.types[i]
		for _, a := range t.Slots {
			if a.Type != nil {
				l.names(t, a.Type)
			}
		}
	}
	l.parents()
	for _, t := range l.types { // all of them first: where a check names an instance, a mistake of that is an error still
		for _, a := range t.Slots {
			l.typed(a)
		}
	}
	for _, t := range l.types {
		l.checkType(t)
	}
	for _, t := range l.types {
		t.measure()
		t.declare()
	}
	l.style()
}

// names resolves what a data type names.
func (l *loader) names(t *Type, d *DataType) {
	if d.ref != nil {
		d.User = findType(t, l.byID, d.ref.Path, d.ref.Abs)
		told := false
		if d.User == nil {
			d.User, told = l.opaque(t, d)
		}
		if d.User == nil && !told {
			name := joinPath(d.ref.Path, d.ref.Abs)
			l.errorf(d.Pos, "there is no type %s, seen from %s%s", quote(name), t.Name(), l.near(name, typeNames(t, l.byID)))
		}
		d.ref = nil
	}
	if d.enum != nil {
		switch d.Sort {
		case IntType, BitsType:
			d.Enum = l.enum(t, d.enum)
		}
		d.enum = nil
	}
	if d.Elem != nil {
		l.names(t, d.Elem)
	}
	if d.Switch != nil {
		for _, c := range d.Switch.Cases {
			l.names(t, c.Type)
		}
		if d.Switch.Type != nil {
			l.names(t, d.Switch.Type)
		}
	}
}

// opaque looks for a type that meta/ks-opaque-types promises elsewhere: as a file of its name. It tells whether the
// promise was there, and broken if the type is nil.
func (l *loader) opaque(t *Type, d *DataType) (*Type, bool) {
	if !t.defaults.opaque || len(d.ref.Path) != 1 {
		return nil, false
	}
	before := l.report
	f := l.importFile(t.File, d.ref.Path[0], d.Pos)
	if f == nil {
		l.report = before
		l.errorf(d.Pos, "type %s is opaque: it is made by a program, and there is no %s.ksy that describes it", quote(d.ref.Path[0]), d.ref.Path[0])
		return nil, true
	}
	f.loader = l
	return f.Top, true
}

func (l *loader) enum(t *Type, ref *enumRef) *Enum {
	e := findEnum(t, l.byID, ref.path, ref.abs)
	if e == nil {
		var known []string
		for o := t; o != nil; o = o.Outer {
			for _, x := range o.Enums {
				known = append(known, x.ID)
			}
		}
		name := joinPath(ref.path, ref.abs)
		l.errorf(ref.at, "there is no enum %s, seen from %s%s", quote(name), t.Name(), l.near(name, known))
	}
	return e
}

// parents finds the class of _parent: that of all objects which have a field of the type, in the file where the type is
// written. Where they are of several classes there is none, nor for the type of a file, whose object may be the first.
func (l *loader) parents() {
	type use struct{ by, of *Type }
	var uses []use
	var forced []func()
	several := map[*Type]bool{}
	known := map[*expr.Expr]expr.Type{} // the cases of a switch share one
	note := func(by, of *Type) {
		switch {
		case by == nil || of == nil || by.File != of.File || of.Outer == nil || several[of]:
		case of.Parent == nil:
			of.Parent = by
		case of.Parent != by:
			of.Parent, several[of] = nil, true
		}
	}
	var walk func(t *Type, d *DataType)
	walk = func(t *Type, d *DataType) {
		switch {
		case d == nil:
		case d.Switch != nil:
			for _, c := range d.Switch.Cases {
				walk(t, c.Type)
			}
			walk(t, d.Switch.Type)
		case d.Sort != UserType || d.ParentNone:
		case d.Parent != nil:
			forced = append(forced, func() {
				// Its problems are reported when everything is checked, with all parents known.
				before := l.report
				typ, ok := known[d.Parent]
				if !ok {
					typ, _ = d.Parent.Check(&scope{t: t, files: l.byID})
					known[d.Parent] = typ
				}
				l.report = before
				if c, ok := typ.Class.(*Type); ok {
					note(c, d.User)
				}
			})
		default:
			uses = append(uses, use{t, d.User})
		}
	}
	for _, t := range l.types {
		for _, a := range t.Slots {
			if a.Place == SeqField || a.Place == ParseInstance {
				walk(t, a.Type)
			}
		}
	}
	for _, u := range uses {
		note(u.by, u.of)
	}
	for _, f := range forced {
		f()
	}
	if len(forced) > 0 {
		for _, t := range l.types {
			for _, a := range t.Slots {
				a.typing = toDo
			}
		}
	}
}

// maxChain bounds how many things are found out for the sake of each other, so that the stack stays small.
const maxChain = 1000

// typed finds out what expressions see of an attribute.
func (l *loader) typed(a *Attr) {
	switch a.typing {
	case done:
		return
	case doing:
		l.errorf(l.exprs[a.Value], "the value of %s depends on itself", quote(a.ID))
		a.Static = expr.Type{}
		return
	}
	if l.depth++; l.depth > maxChain {
		if l.depth == maxChain+1 {
			l.errorf(a.Pos, "more than %d values depend on one another in a row", maxChain)
		}
		l.depth--
		return
	}
	defer func() { l.depth-- }()
	a.typing = doing
	var t expr.Type
	if a.Place == ValueInstance {
		if a.Value != nil && a.enum == nil {
			if cast, ok := a.Value.CastType(&scope{t: a.Of, files: l.byID}); ok { // what is cast may come back to this
				a.Static, a.typing = cast, done
			}
		}
		t = l.typeOf(a.Value, &scope{t: a.Of})
		if a.enum != nil {
			t = l.enumValue(a, t)
		}
	} else {
		if a.Type != nil {
			t = l.static(a.Type)
		}
		if a.Repeat != Once {
			t = expr.ArrayType(t)
		}
	}
	a.Static, a.typing = t, done
}

// enumValue is the type of a value instance with an enum.
func (l *loader) enumValue(a *Attr, t expr.Type) expr.Type {
	ref := *a.enum
	ref.at.Path = a.Pos.Path + "/value" // it belongs to the value, says the reference compiler
	e := l.enum(a.Of, &ref)
	if t.Kind != expr.Int && t.Kind != expr.Null {
		l.errorf(a.enum.at, "only an integer can have an enum, and the value is %s", article(t))
		return expr.Type{}
	}
	if e == nil {
		return expr.Type{}
	}
	a.EnumOf = e
	return expr.Type{Kind: expr.EnumOf, Enum: e}
}

// static is the type of one element.
func (l *loader) static(d *DataType) expr.Type {
	var t expr.Type
	switch d.Sort {
	case IntType:
		t = expr.Type{Kind: expr.Int, Bits: uint8(8 * d.Width), Unsigned: !d.Signed}
		if d.Enum != nil {
			t = expr.Type{Kind: expr.EnumOf, Enum: d.Enum}
		}
	case BitsType:
		switch {
		case d.Enum != nil:
			t = expr.Type{Kind: expr.EnumOf, Enum: d.Enum}
		case d.Width == 1:
			t.Kind = expr.Bool
		default:
			t = expr.Type{Kind: expr.Int, Bits: uint8(d.Width), Unsigned: true}
		}
	case FloatType:
		t.Kind = expr.Float
	case BytesType:
		t.Kind = expr.Bytes
	case StrType:
		t.Kind = expr.Str
	case UserType:
		if d.User == nil {
			return t
		}
		t = expr.Type{Kind: expr.ClassOf, Class: d.User}
	case SwitchType:
		first := true
		join := func(c *DataType) {
			if first {
				t, first = l.static(c), false
			} else {
				t = expr.Combine(t, l.static(c))
			}
		}
		for _, c := range d.Switch.Cases {
			join(c.Type)
		}
		if d.Switch.Type != nil {
			join(d.Switch.Type)
		}
		d.Switch.Static = t
		return t
	case BoolParam:
		t.Kind = expr.Bool
	case AnyParam:
		t.Kind = expr.Any
	case StructParam:
		t.Kind = expr.ClassOf
	case IOParam:
		t.Kind = expr.StreamOf
	case ArrayParam:
		return expr.ArrayType(l.static(d.Elem))
	}
	if bits, ok := d.fixed(); ok && d.Sort < BoolParam {
		t.Sized, t.Size = true, bits
	}
	return t
}

// typeOf checks an expression and gives its type, of no kind where it is missing or has a mistake.
func (l *loader) typeOf(e *expr.Expr, s *scope) expr.Type {
	if e == nil {
		return expr.Type{}
	}
	s.files, s.fixed = l.byID, !l.soft
	t, problems := e.Check(s)
	for _, p := range problems {
		l.errorf(l.exprs[e].within(e.Text, e.Offset, e.Offset+p.Start), "%s", p.Msg)
	}
	return t
}

// within is the place of a byte of an expression, text, that begins offset bytes after p. It is p itself where the file
// does not have the text on one line as it is: with escapes, or folded.
func (p Pos) within(text string, offset, at int) Pos {
	if p.File == nil {
		return p
	}
	rest := p.File.Text
	for range p.Line - 1 {
		_, rest, _ = bytes.Cut(rest, []byte{'\n'})
	}
	line, _, _ := bytes.Cut(rest, []byte{'\n'})
	start := 0
	for col := 1; col < p.Col && start < len(line); col++ {
		_, n := utf8.DecodeRune(line[start:])
		start += n
	}
	if start < len(line) && (line[start] == '"' || line[start] == '\'') && !bytes.HasPrefix(line[min(len(line), start+offset):], []byte(text)) {
		start++
	}
	if at > len(line)-start || !bytes.HasPrefix(line[min(len(line), start+offset):], []byte(text)) {
		return p
	}
	p.Col += utf8.RuneCount(line[:start+at]) - (p.Col - 1)
	return p
}

// article names a type for a message: "an integer".
func article(t expr.Type) string {
	s := t.String()
	if strings.ContainsRune("aeiou", rune(s[0])) {
		return "an " + s
	}
	return "a " + s
}
