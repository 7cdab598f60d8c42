package ksy

import (
	"slices"

	"hexlay/overlay/expr"
)

// checkType checks all expressions of a type.
func (l *loader) checkType(t *Type) {
	l.want(t.ToString, &scope{t: t}, expr.Str)
	if s := t.EndianOn; s != nil {
		on := l.typeOf(s.On, &scope{t: t})
		for _, c := range s.Cases {
			l.comparable(c.Match, &scope{t: t}, on, false)
		}
	}
	for _, a := range t.Slots {
		l.typed(a)
		l.checkAttr(t, a)
	}
}

// want checks an expression that has to be of one of some kinds.
func (l *loader) want(e *expr.Expr, s *scope, kinds ...expr.Kind) expr.Type {
	if e == nil {
		return expr.Type{}
	}
	t := l.typeOf(e, s)
	if t.Kind == expr.Null || slices.Contains(kinds, t.Kind) {
		return t
	}
	names := ""
	for i, k := range kinds {
		if i > 0 {
			names += " or "
		}
		names += article(expr.Type{Kind: k})
	}
	hint := ""
	if t.Kind == expr.Any {
		hint = ": cast it with .as<…>"
	}
	l.errorf(l.exprs[e], "expected %s, got %s%s", names, article(t), hint)
	return expr.Type{}
}

func (l *loader) checkAttr(t *Type, a *Attr) {
	here := &scope{t: t}
	each := &scope{t: t, index: a.Repeat != Once}
	l.want(a.If, here, expr.Bool)
	l.want(a.At, here, expr.Int)
	l.want(a.IO, here, expr.StreamOf)
	l.want(a.RepeatExpr, here, expr.Int)
	var one expr.Type
	if a.Type != nil {
		one = a.Static
		if a.Repeat != Once && one.Elem != nil {
			one = *one.Elem
		}
		if a.Place == Parameter {
			for _, e := range a.Type.Args {
				l.errorf(l.exprs[e], "the type of a parameter takes no arguments")
			}
		} else {
			l.checkData(t, a.Type, each)
		}
	}
	if a.RepeatUntil != nil {
		l.want(a.RepeatUntil, &scope{t: t, it: one, hasIt: true, index: true}, expr.Bool)
	}
	if a.Valid != nil {
		l.checkValid(a.Valid, one, each)
	}
	a.Checks = slices.DeleteFunc(a.Checks, func(c *Check) bool { return !l.checkCheck(c, each) })
}

// checkData checks the expressions of a data type.
func (l *loader) checkData(t *Type, d *DataType, s *scope) {
	l.checkCut(d, s)
	switch {
	case d.Switch != nil:
		for _, c := range append(d.Switch.Cases, Case{Type: d.Switch.Type}) {
			if c.Type != nil && c.Type.Parent != nil {
				l.want(c.Type.Parent, s, expr.ClassOf) // the cases share it
				break
			}
		}
		on := l.typeOf(d.Switch.On, s)
		for _, c := range d.Switch.Cases {
			l.comparable(c.Match, s, on, false)
			l.checkCase(c.Type, s)
		}
		if d.Switch.Type != nil {
			l.checkCase(d.Switch.Type, s)
		}
	case d.Sort == UserType:
		l.want(d.Parent, s, expr.ClassOf)
		l.checkUse(d, s)
	}
}

// checkCase checks a case, whose keys about bytes are those of the field and are checked already.
func (l *loader) checkCase(d *DataType, s *scope) {
	if d.Sort == UserType {
		l.checkUse(d, s)
	}
}

// checkCut checks the keys about bytes.
func (l *loader) checkCut(d *DataType, s *scope) {
	l.want(d.Size, s, expr.Int)
	if d.Process == nil {
		return
	}
	for _, e := range d.Process.Args {
		switch d.Process.Name {
		case "xor":
			l.want(e, s, expr.Int, expr.Bytes)
		case "rol", "ror":
			l.want(e, s, expr.Int)
		default:
			l.typeOf(e, s)
		}
	}
}

// checkUse checks the arguments of a user type.
func (l *loader) checkUse(d *DataType, s *scope) {
	if d.User == nil {
		for _, e := range d.Args {
			l.typeOf(e, s)
		}
		return
	}
	params := d.User.Params
	if len(params) != len(d.Args) {
		l.errorf(d.Pos, "type %s takes %d arguments, got %d", d.User.Name(), len(params), len(d.Args))
	}
	for i, e := range d.Args {
		got := l.typeOf(e, s)
		if i >= len(params) {
			continue
		}
		l.typed(params[i])
		if need := params[i].Static; !canPass(got, need) {
			l.errorf(l.exprs[e], "argument %d is %s, and parameter %s of %s takes %s", i+1, article(got), params[i].ID, d.User.Name(), article(need))
		}
	}
}

// canPass tells whether a value of one type may be an argument for a parameter of another.
func canPass(got, need expr.Type) bool {
	switch {
	case got.Kind == expr.Null || need.Kind == expr.Null || need.Kind == expr.Any:
		return true
	case got.Kind != need.Kind:
		return false
	case need.Kind == expr.ClassOf && need.Class == nil:
		return true
	case need.Kind == expr.ArrayOf:
		return got.Elem == nil || need.Elem == nil || canPass(*got.Elem, *need.Elem)
	}
	return got.Equal(need)
}

// checkValid checks what a value must fulfil.
func (l *loader) checkValid(v *Valid, one expr.Type, s *scope) {
	l.comparable(v.Eq, s, one, false)
	l.comparable(v.Min, s, one, true)
	l.comparable(v.Max, s, one, true)
	for _, e := range v.AnyOf {
		l.comparable(e, s, one, false)
	}
	if v.Expr != nil {
		l.want(v.Expr, &scope{t: s.t, it: one, hasIt: true, index: s.index}, expr.Bool)
	}
	if v.InEnum && one.Kind != expr.EnumOf && one.Kind != expr.Null {
		at := v.Pos
		at.Path += "/in-enum"
		l.errorf(at, "in-enum needs a field with an enum, and this is %s", article(one))
	}
}

// comparable checks an expression that is compared with a value: for equality, or with ordered also for "less than".
func (l *loader) comparable(e *expr.Expr, s *scope, with expr.Type, ordered bool) {
	if e == nil {
		return
	}
	t := l.typeOf(e, s)
	if t.Kind == expr.Null || with.Kind == expr.Null {
		return
	}
	number := func(t expr.Type) bool { return t.Kind == expr.Int || t.Kind == expr.Float }
	same := false
	switch {
	case number(t) && number(with):
		same = true
	case t.Kind != with.Kind:
	case t.Kind == expr.Str || t.Kind == expr.Bytes:
		same = true
	case t.Kind == expr.Bool:
		same = !ordered
	case t.Kind == expr.EnumOf:
		same = t.Enum == with.Enum && !ordered
	}
	if !same {
		how := "equal"
		if ordered {
			how = "be less or greater than"
		}
		l.errorf(l.exprs[e], "%s cannot %s %s", article(with), how, article(t))
	}
}

// checkCheck checks the expressions of a -check, whose mistakes are warnings.
func (l *loader) checkCheck(c *Check, s *scope) bool {
	return l.lenient(func() {
		l.want(c.If, s, expr.Bool)
		for _, e := range c.exprs() {
			if e != nil && e != c.If {
				l.typeOf(e, s)
			}
		}
		if c.Then != nil {
			l.typeOf(c.Then, &scope{t: s.t, it: expr.Type{Kind: expr.Int}, hasIt: true, index: s.index})
		}
	})
}
