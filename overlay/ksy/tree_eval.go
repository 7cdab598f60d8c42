package ksy

import (
	"strconv"
	"strings"

	"hexlay/overlay/expr"
)

// A Result is what Eval gives.
type Result struct {
	Value expr.Value
	Err   error
	// Of a path to a field: where it lies.
	HasRange bool
	InData   bool
	Range    Range
	HasBits  bool
	Bits     [2]int64
}

// Eval runs an expression as if it were the value of an instance of the top type. The error is one of its text: syntax,
// names, types.
func (t *Tree) Eval(text string) Result {
	e, err := expr.Parse(text)
	if err != nil {
		return Result{Err: &Error{Kind: "ExprError", Msg: err.Error(), cause: err}}
	}
	if _, problems := e.Check(t.schema.Top.Scope()); len(problems) > 0 {
		return Result{Err: exprError("%s: %s", text, problems[0].Msg)}
	}
	o, err := t.object()
	if err != nil {
		return Result{Err: err}
	}
	v, err := o.eval(e, 0)
	r := Result{Value: v, Err: err}
	if err != nil {
		return r
	}
	if sl := o.locate(text); sl != nil && sl.flags&hasRange != 0 {
		var p Visit
		end := *sl
		end.finish()
		p.place(&end)
		r.HasRange, r.InData, r.Range, r.HasBits, r.Bits = true, p.InData, p.Range, p.HasBits, p.Bits
	}
	return r
}

// finish reads an array or an object to its end and notes it.
func (sl *slot) finish() {
	switch sl.v.Kind() {
	case expr.ArrayOf:
		if r, ok := sl.v.Array().(*array); ok && !r.active && r.finish() == nil {
			r.seal(sl)
		}
	case expr.ClassOf:
		if o, ok := sl.v.Object().(*object); ok && o.st.off+o.st.size != sl.end && !o.active && o.finish(false) == nil && sl.end == sl.start {
			o.seal(sl)
		}
	}
}

// locate finds the slot that a plain path leads to: names, [n], .as<T>. It is nil for any other expression.
func (o *object) locate(path string) *slot {
	var sl *slot
	var tmp slot
	v := expr.ObjectValue(o)
	for s := strings.TrimSpace(path); s != ""; {
		switch {
		case strings.HasPrefix(s, ".as<"):
			end := closing(s[3:])
			if end < 0 {
				return nil
			}
			s = s[3+end+1:]
			continue
		case s[0] == '[':
			end := strings.IndexByte(s, ']')
			if end < 0 {
				return nil
			}
			n, err := strconv.ParseInt(strings.TrimSpace(s[1:end]), 0, 64)
			if err != nil || v.Array() == nil {
				return nil
			}
			r, ok := v.Array().(*array)
			if !ok {
				if v, err = v.Array().At(n); err != nil {
					return nil
				}
				sl, s = nil, s[end+1:]
				continue
			}
			p, err := r.at(n, &tmp)
			if err != nil {
				return nil
			}
			cp := *p
			inside := sl != nil
			sl = nil
			if inside {
				sl = &cp
			}
			if v, err = r.o.value(p, r.a); err != nil {
				return nil
			}
			s = s[end+1:]
			continue
		}
		s = strings.TrimPrefix(s, ".")
		n := 0
		for n < len(s) && (s[n] == '_' || s[n] >= 'a' && s[n] <= 'z' || s[n] >= '0' && s[n] <= '9') {
			n++
		}
		obj, ok := v.Object().(*object)
		if n == 0 || !ok {
			return nil
		}
		name := s[:n]
		s = s[n:]
		sl = nil
		switch name {
		case "_root":
			v = obj.Root()
			continue
		case "_parent":
			v = obj.Parent()
			continue
		}
		i := obj.c.find(name)
		if i < 0 {
			return nil
		}
		var err error
		if v, err = obj.Member(i); err != nil {
			return nil
		}
		if p := obj.c.slots[i].attr.Place; obj.t == o.t && (p == SeqField || p == ParseInstance) {
			sl = obj.slotAt(i)
		}
	}
	return sl
}

// find gives the slot of a name, or -1.
func (c *class) find(name string) int {
	for i := range c.slots {
		if c.slots[i].attr.ID == name {
			return i
		}
	}
	return -1
}

// closing finds the ">" that closes the "<" at the beginning.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		switch s[i] {
		case '<':
			depth++
		case '>':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
