package expr

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Problem is one reason why an expression means nothing where it stands. Start and End are bytes of its Text.
type Problem struct {
	Start, End int
	Msg        string
}

// Check resolves the names of the expression, finds its type, and makes it ready for Eval. With problems the type may
// still be known (a comparison is boolean whatever is compared); Kind is Null where it is not. Checking again, in
// another scope perhaps, replaces what the first check found, so it must not run beside Eval.
func (e *Expr) Check(scope Scope) (Type, []Problem) {
	c := &checker{scope: scope, base: e.Offset}
	e.typ, e.code = c.check(e.root), nil
	if len(c.problems) == 0 {
		e.code, e.steps = compile(e.root, scope), e.root.count()/32
	}
	return e.typ, c.problems
}

// CastType is the type of an expression that is a cast as a whole. It is known before that of what is cast.
func (e *Expr) CastType(scope Scope) (Type, bool) {
	if e.root.form != cast {
		return Type{}, false
	}
	c := &checker{scope: scope, base: e.Offset}
	t := c.typePath(e.root.path)
	return t, len(c.problems) == 0
}

// Type is what Check found.
func (e *Expr) Type() Type { return e.typ }

type checker struct {
	scope    Scope
	base     int
	problems []Problem
}

// problem reports a mistake; the type that it leaves is not known and causes no further ones.
func (c *checker) problem(n *node, format string, args ...any) Type {
	return c.problemAt(n.start, n.end, format, args...)
}

func (c *checker) problemAt(start, end int, format string, args ...any) Type {
	c.problems = append(c.problems, Problem{start - c.base, end - c.base, clip(fmt.Sprintf(format, args...))})
	return Type{}
}

func (c *checker) check(n *node) Type {
	n.typ = c.typeOf(n)
	return n.typ
}

func (c *checker) typeOf(n *node) Type {
	switch n.form {
	case constant:
		return constantType(n.val)
	case name:
		return c.name(n)
	case member:
		return c.member(n)
	case call:
		return c.call(n)
	case index:
		return c.index(n)
	case cast:
		return c.cast(n)
	case enumName:
		return c.enumName(n)
	case sizeOf, bitSizeOf:
		return c.sizeOf(n)
	case list:
		return c.list(n)
	case joined:
		for _, k := range n.kids {
			if t := c.check(k); t.Kind != Int && t.Kind != Str && t.Kind != Null {
				c.problem(k, "only integers and strings can be put into a string, got %s", t)
			}
		}
		return Type{Kind: Str}
	case unary:
		return c.unary(n)
	case binary:
		return c.binary(n)
	case compare:
		return c.compare(n)
	case logic:
		for _, k := range n.kids {
			if t := c.check(k); !c.boolean(t) {
				c.problem(k, "%q needs booleans, got %s", n.text, t)
			}
		}
		return Type{Kind: Bool}
	default:
		return c.choice(n, false)
	}
}

// boolean tells whether a value of type t may stand where a boolean is wanted; where it is not known nobody complains again.
func (c *checker) boolean(t Type) bool {
	if t.Kind == ClassOf {
		_, lenient := c.scope.(LenientScope)
		return lenient
	}
	return t.Kind == Bool || t.Kind == Null
}

func constantType(v Value) Type {
	t := Type{Kind: v.Kind()}
	if t.Kind == Int {
		t.Literal = true
		if x, ok := v.Int64(); ok && 0 <= x && x <= 255 {
			t.Bits, t.Unsigned = 8, x > 127
		}
	}
	return t
}

func (c *checker) name(n *node) Type {
	self := c.scope.Self()
	switch n.text {
	case "_":
		if t, ok := c.scope.It(); ok {
			return t
		}
		return c.problem(n, `"_" means nothing here: it is the element in repeat-until and the value in valid/expr`)
	case "_index":
		if c.scope.Index() {
			return Type{Kind: Int}
		}
		return c.problem(n, `"_index" means nothing here: it belongs to repeated fields`)
	case "_sizeof":
		return c.objectSize(n, self)
	case "_io":
		return Type{Kind: StreamOf}
	}
	if self == nil {
		return c.problem(n, "unable to access '%s': there are no fields here", n.text)
	}
	if t, ok := familyType(self, n.text); ok {
		return t
	}
	if m, ok := self.Member(n.text); ok {
		return m.Type
	}
	hint := suggest(n.text, self.Members())
	if hint == "" {
		if _, ok := c.scope.Enum([]string{n.text}, false); ok {
			hint = " (an enum's member is written " + n.text + "::member)"
		}
	}
	return c.problem(n, "unable to access '%s' in %s context%s", n.text, self.Name(), hint)
}

// objectSize is _sizeof of an object, which a template may ask only where all objects of the class have one size.
func (c *checker) objectSize(n *node, class Class) Type {
	if s, ok := c.scope.(TemplateScope); !ok || !s.FixedSizes() {
		return Type{Kind: Int}
	}
	if class == nil {
		return c.problem(n, "the size of an object of no one type is not known")
	}
	if _, ok := class.SizeBits(); !ok {
		return c.problem(n, "the size of %s is not the same for every object", class.Name())
	}
	return Type{Kind: Int}
}

// familyType is the type of _parent and _root of a class, nil or not.
func familyType(class Class, word string) (Type, bool) {
	if word != "_parent" && word != "_root" {
		return Type{}, false
	}
	if class != nil {
		if m, ok := class.Member(word); ok {
			return m.Type, true
		}
	}
	return Type{Kind: ClassOf}, true
}

func (c *checker) member(n *node) Type {
	of := c.check(n.kids[0])
	switch {
	case of.Kind == Null:
		return Type{}
	case n.text == "_sizeof":
		switch {
		case of.Sized, of.Kind == Int && of.Bits != 0:
			return Type{Kind: Int}
		case of.Kind == ClassOf:
			return c.objectSize(n, of.Class)
		}
		return c.problem(n, "the size of a %s is not known", of)
	case of.Kind == ClassOf:
		if n.text == "_io" {
			return Type{Kind: StreamOf}
		}
		if t, ok := familyType(of.Class, n.text); ok {
			return t
		}
		if of.Class == nil {
			return c.problemAt(n.at, n.end, "don't know how to access '%s': this object may be of several types, "+
				"only _io, _parent and _root can be named before a cast", n.text)
		}
		if m, ok := of.Class.Member(n.text); ok {
			return m.Type
		}
		return c.problemAt(n.at, n.end, "unable to access '%s' in %s context%s", n.text, of.Class.Name(),
			suggest(n.text, of.Class.Members()))
	}
	m, ok := findMethod(of.Kind, n.text)
	switch {
	case !ok:
		return c.noMethod(n, of)
	case m.args != nil && !m.optional:
		return c.problemAt(n.at, n.end, "%s of %s needs arguments: expected (%s)", n.text, of, m.signature())
	}
	return c.result(n, m, of)
}

func (c *checker) noMethod(n *node, of Type) Type {
	if of.Kind == Any {
		return c.problemAt(n.at, n.end, "don't know how to access '%s' of a %s: cast it with .as<type> first", n.text, of)
	}
	return c.problemAt(n.at, n.end, "don't know how to call method '%s' of %s%s", n.text, of,
		suggest(n.text, methodNames(of.Kind)))
}

func (c *checker) result(n *node, m *method, of Type) Type {
	t := of
	if m.result != nil {
		t = m.result(of)
	}
	t.Sized, t.Size, t.Literal = false, 0, false
	if of.Kind == ArrayOf && (n.text == "min" || n.text == "max") {
		switch of.elem().Kind {
		case Int, Float, Str, Bytes, Null:
		default:
			return c.problemAt(n.at, n.end, "%s of %s: the elements have no order", n.text, of)
		}
	}
	return t
}

func (c *checker) call(n *node) Type {
	of := c.check(n.kids[0])
	args := n.kids[1:]
	types := make([]string, len(args))
	known := of.Kind != Null
	for i, a := range args {
		t := c.check(a)
		types[i] = t.String()
		known = known && t.Kind != Null
	}
	if !known {
		return Type{}
	}
	m, ok := findMethod(of.Kind, n.text)
	if !ok || m.args == nil {
		if ok || of.Kind == ClassOf {
			return c.problemAt(n.at, n.end, "'%s' of %s takes no parentheses", n.text, of)
		}
		return c.noMethod(n, of)
	}
	fits := len(args) == len(m.args) || m.optional && len(args) == 0
	if fits {
		for i, a := range args {
			fits = fits && m.args[i].has(a.typ.Kind)
		}
	}
	if !fits {
		return c.problem(n, "wrong arguments to method call `%s` on %s: expected (%s), got (%s)", n.text, of,
			m.signature(), strings.Join(types, ", "))
	}
	if m.literal && args[0].form != constant {
		return c.problem(args[0], "the encoding has to be written out as a string")
	}
	return c.result(n, m, of)
}

func (c *checker) index(n *node) Type {
	of, by := c.check(n.kids[0]), c.check(n.kids[1])
	if by.Kind != Int && by.Kind != Null {
		c.problem(n.kids[1], "unable to index an array using %s", by)
	}
	switch of.Kind {
	case Null:
		return Type{}
	case ArrayOf:
		return of.elem()
	case Bytes:
		return Type{Kind: Int, Bits: 8, Unsigned: true}
	}
	return c.problem(n, "unable to apply operation [] to %s", of)
}

// typePath resolves the type in .as<> and sizeof<>.
func (c *checker) typePath(p typePath) Type {
	var t Type
	builtin := false
	if len(p.names) == 1 && !p.abs {
		t, builtin = BuiltinType(p.names[0])
	}
	if !builtin {
		class, ok := c.scope.Class(p.names, p.abs)
		if !ok {
			return c.problemAt(p.start, p.end, "unable to find type '%s'", pathString(p))
		}
		t = Type{Kind: ClassOf, Class: class}
	}
	if p.array {
		return ArrayType(t)
	}
	return t
}

func pathString(p typePath) string {
	s := strings.Join(p.names, "::")
	if p.abs {
		s = "::" + s
	}
	return s
}

func (c *checker) cast(n *node) Type {
	t := c.typePath(n.path)
	kid := n.kids[0]
	if kid.form == choice {
		kid.typ = c.choice(kid, true)
		return t
	}
	if kid.form != list || t.Kind == Null {
		c.check(kid)
		return t
	}
	// The cast decides what an array literal is.
	for _, k := range kid.kids {
		c.check(k)
	}
	var elem Type
	switch t.Kind {
	case Bytes:
		elem = Type{Kind: Int}
	case ArrayOf:
		elem = t.elem()
	default:
		return c.problem(n, "unable to cast an array to %s", t)
	}
	for _, k := range kid.kids {
		if k.typ.Kind != Null && !assignable(k.typ, elem) {
			c.problem(k, "can't put %s into %s", k.typ, t)
		}
	}
	kid.typ = t
	return t
}

// assignable tells whether a value of type t may be an element of type u.
func assignable(t, u Type) bool {
	switch {
	case u.Kind == Any || t.Kind == Int && u.Kind == Float:
		return true
	case t.Kind == ClassOf && u.Kind == ClassOf:
		return u.Class == nil || t.Class == nil || t.Class == u.Class
	}
	return t.Equal(u)
}

func (c *checker) enumName(n *node) Type {
	e, ok := c.scope.Enum(n.path.names, n.path.abs)
	if !ok {
		return c.problemAt(n.path.start, n.path.end, "unable to find enum '%s'", pathString(n.path))
	}
	v, ok := e.Value(n.text)
	if !ok {
		return c.problemAt(n.at, n.end, "enum %s has no member '%s'%s", e.Name(), n.text, suggest(n.text, e.Members()))
	}
	n.val = EnumValue(e, v)
	return Type{Kind: EnumOf, Enum: e}
}

func (c *checker) sizeOf(n *node) Type {
	t := c.typePath(n.path)
	if t.Kind == Null {
		return Type{Kind: Int}
	}
	bits, ok := t.Size, t.Sized
	if t.Kind == ClassOf && t.Class != nil {
		bits, ok = t.Class.SizeBits()
	}
	if !ok {
		c.problem(n, "the size of %s is not the same for every value", pathString(n.path))
	}
	if n.form == sizeOf {
		bits = toBytes(bits)
	}
	n.val = IntValue(bits)
	return Type{Kind: Int}
}

func toBytes(bits int64) int64 { return bits/8 + (bits%8+7)/8 }

func (c *checker) list(n *node) Type {
	if len(n.kids) == 0 {
		return c.problem(n, "an empty array has no type: write [].as<bytes> or [].as<u1[]>")
	}
	var elem Type
	bad := false
	for i, k := range n.kids {
		t := c.check(k)
		if t.Kind == Null {
			bad = true
			continue
		}
		both := Combine(elem, t)
		if both.Kind == Any && elem.Kind != Any && t.Kind != Any {
			return c.problem(n.kids[i], "can't have %s and %s in one array", elem, t)
		}
		elem = both
	}
	if bad && elem.Kind == Null {
		return Type{}
	}
	if elem.isByte() {
		return Type{Kind: Bytes}
	}
	elem.Literal, elem.Sized, elem.Size = false, false, 0
	return ArrayType(elem)
}

func (c *checker) unary(n *node) Type {
	t := c.check(n.kids[0])
	switch {
	case n.text == "not":
		if !c.boolean(t) {
			c.problem(n, "unable to apply unary operator not to %s", t)
		}
		return Type{Kind: Bool}
	case t.Kind == Null:
		return Type{}
	case t.Kind == Int:
		return Type{Kind: Int, Literal: t.Literal}
	case t.Kind == Float && n.text != "~":
		return Type{Kind: Float}
	}
	return c.problem(n, "unable to apply unary operator %s to %s", n.text, t)
}

func (c *checker) binary(n *node) Type {
	l, r := c.check(n.kids[0]), c.check(n.kids[1])
	switch {
	case l.Kind == Null || r.Kind == Null:
		return Type{}
	case l.Kind == Int && r.Kind == Int:
		return Type{Kind: Int}
	case l.isNumber() && r.isNumber() && strings.Contains("+-*/%", n.text):
		return Type{Kind: Float}
	case l.Kind == Str && r.Kind == Str && n.text == "+":
		return Type{Kind: Str}
	}
	hint := ""
	switch {
	case n.text == "+" && (l.Kind == Str && r.Kind == Int || l.Kind == Int && r.Kind == Str):
		hint = " (make a string of an integer with .to_s)"
	case l.Kind == EnumOf || r.Kind == EnumOf:
		hint = " (make an integer of an enum with .to_i)"
	}
	return c.problem(n, "can't apply operator %s to %s and %s%s", n.text, l, r, hint)
}

func (c *checker) compare(n *node) Type {
	l, r := c.check(n.kids[0]), c.check(n.kids[1])
	if msg := Comparable(l, r, n.text); msg != "" {
		c.problem(n, "%s", msg)
	}
	return Type{Kind: Bool}
}

// Comparable tells why values of two types can't be compared by an operator, "" if they can.
func Comparable(l, r Type, op string) string {
	equality := op == "==" || op == "!="
	switch {
	case l.Kind == Null || r.Kind == Null:
		return ""
	case l.isNumber() && r.isNumber(), l.Kind == Str && r.Kind == Str, l.Kind == Bytes && r.Kind == Bytes:
		return ""
	case l.Kind == EnumOf && r.Kind == EnumOf:
		if l.Enum != r.Enum {
			return fmt.Sprintf("can't compare different enums '%s' and '%s'", l.Enum.Name(), r.Enum.Name())
		}
		if !equality {
			return fmt.Sprintf("can't use comparison operator %s on enums", op)
		}
		return ""
	case l.Kind == Bool && r.Kind == Bool:
		if !equality {
			return fmt.Sprintf("can't use comparison operator %s on %s and %s", op, l, r)
		}
		return ""
	case l.Kind == EnumOf && r.Kind == Int || l.Kind == Int && r.Kind == EnumOf:
		return fmt.Sprintf("can't compare %s and %s (make an integer of the enum with .to_i)", l, r)
	}
	return fmt.Sprintf("can't compare %s and %s", l, r)
}

// choice checks a "?:". Where it is cast, the cast says what it is, whichever of two unlike values that takes.
func (c *checker) choice(n *node, cast bool) Type {
	if t := c.check(n.kids[0]); !c.boolean(t) {
		c.problem(n.kids[0], "unable to switch over %s: the condition of ?: has to be boolean", t)
	}
	branch := func(n *node) Type {
		if cast && n.form == choice {
			n.typ = c.choice(n, true)
			return n.typ
		}
		return c.check(n)
	}
	yes, no := branch(n.kids[1]), branch(n.kids[2])
	both := Combine(yes, no)
	if both.Kind == Any && yes.Kind != Any && no.Kind != Any && !cast {
		return c.problem(n, "can't combine output types: %s vs %s", yes, no)
	}
	return both
}

// suggest is " (did you mean …?)" with the nearest of the names, "" if none is near.
func suggest(word string, names []string) string {
	best, least := "", (len(word)+2)/4
	for _, s := range names {
		if d := distance(word, s, least); d <= least && (best == "" || d < least) {
			best, least = s, d
		}
	}
	if best == "" {
		parts := strings.Split(word, "_")
		slices.Sort(parts)
		for _, s := range names {
			p := strings.Split(s, "_")
			slices.Sort(p)
			if slices.Equal(p, parts) || len(word) >= 3 && strings.Contains(s, word) {
				best = s
				break
			}
		}
	}
	if best == "" {
		return ""
	}
	return " (did you mean " + strconv.Quote(best) + "?)"
}

// distance is how many letters have to be put in, taken out, changed or swapped with the next to make b of a, or more
// than most.
func distance(a, b string, most int) int {
	if len(a) > 200 || len(b) > 200 || len(a)-len(b) > most || len(b)-len(a) > most {
		return most + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
