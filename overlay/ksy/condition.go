package ksy

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"hexlay/overlay/expr"
)

// A Condition is an expression that is true or false of an object: its fields are named as in an instance of its type. It
// applies to the types that have all the names in it.
type Condition struct {
	Text  string
	types map[*Type]*expr.Expr
}

// Condition reads a condition for the objects of the template. The error tells why it applies to none of the types.
func (s *Schema) Condition(text string) (*Condition, error) {
	if _, err := expr.Parse(text); err != nil {
		return nil, err
	}
	c := &Condition{Text: text, types: map[*Type]*expr.Expr{}}
	var first error
	nearest := 0
	var add func(t *Type)
	add = func(t *Type) {
		e, err := t.Expression(text)
		if err == nil && e.Type().Kind != expr.Bool {
			err = fmt.Errorf("%s is %s, not true or false", text, article(e.Type()))
		}
		if err == nil {
			c.types[t] = e
		} else if n := nearness(err); first == nil || n > nearest {
			first, nearest = err, n
		}
		for _, sub := range t.Types {
			add(sub)
		}
	}
	for _, f := range s.Files {
		if f.Top != nil {
			add(f.Top)
		}
	}
	if len(c.types) > 0 {
		return c, nil
	}
	var e *expr.Error
	if errors.As(first, &e) {
		first = errors.New(e.Msg)
	}
	if nearest == 2 {
		return nil, first
	}
	return nil, fmt.Errorf("no type of %s has such fields: %w", s.Top.ID, first)
}

// nearness tells how close a type came to having what the condition needs: all names, names like them, none.
func nearness(err error) int {
	switch msg := err.Error(); {
	case !strings.Contains(msg, "unable to access"):
		return 2
	case strings.Contains(msg, "did you mean"):
		return 1
	}
	return 0
}

// A Match is an object of which a condition holds.
type Match struct {
	Path   string // "a.b[2]"; "" for the top object
	Type   *Type
	InData bool // Range is one of the data; else the object lies below a process
	Range  Range
}

// Matches walks through the tree and calls fn with the objects of which c holds, parents first, until that returns an
// error: ErrStop ends it without one. at is called with how far in the data the walk is, at every node; it may be nil.
// failed counts the objects of which c could not be told, and why is the error of the first.
func (t *Tree) Matches(c *Condition, at func(off int64), fn func(Match) error) (failed int64, why error, err error) {
	look := func(o *object, m Match, sl *slot) error {
		e := c.types[o.c.typ]
		if e == nil {
			return nil
		}
		v, err := o.eval(e, 0)
		if err == nil && v.Kind() != expr.Bool {
			err = exprError("%s gives %s", c.Text, kindOf(v))
		}
		if err != nil {
			if w := (walker{t: t}); w.fatal(err) {
				return err
			}
			if failed++; why == nil {
				if why = err; m.Path != "" {
					why = fmt.Errorf("%s: %w", m.Path, err)
				}
			}
			return nil
		}
		if !v.Bool() {
			return nil
		}
		if sl != nil { // its end may not be known yet
			end := *sl
			end.finish()
			m.Range.End = end.end
		}
		return fn(m)
	}
	top, err := t.object()
	if err != nil {
		return 0, nil, err
	}
	err = look(top, Match{Type: top.c.typ, InData: true, Range: t.Range()}, nil)
	if err == nil {
		err = t.Walk(func(v *Visit) error {
			if v.HasRange && v.InData && at != nil {
				at(v.Range.Start)
			}
			if v.Object == nil || v.Cycle || c.types[v.Object] == nil {
				return nil
			}
			o, ok := v.s.v.Object().(*object)
			if !ok {
				return nil
			}
			m := Match{string(v.Path), v.Object, v.HasRange && v.InData, v.Range}
			if v.HasRange {
				return look(o, m, v.s)
			}
			return look(o, m, nil)
		})
	}
	if err == ErrStop {
		err = nil
	}
	return failed, why, err
}

// RecordMatches calls fn with the records of which c holds: count of them, of size bytes each, stand back to back from base on in
// r, and the template is that of one. Everything else is as with Matches.
func (s *Schema) RecordMatches(r io.ReaderAt, base, size, count int64, c *Condition, o Options, at func(off int64), fn func(i int64, m Match) error) (failed int64, why error, err error) {
	t := s.Open(r, base, size*count, o)
	t.size = size
	for i := int64(0); i < count; i++ {
		if o.Context != nil && i%1024 == 0 && o.Context.Err() != nil {
			return failed, why, o.Context.Err()
		}
		t.base = base + i*size
		t.forget()
		if at != nil {
			at(t.base)
		}
		stopped := false
		n, first, err := t.Matches(c, nil, func(m Match) error {
			err := fn(i, m)
			stopped = err == ErrStop
			return err
		})
		if failed += n; why == nil && first != nil {
			why = fmt.Errorf("[%d]: %w", i, first)
		}
		if err != nil || stopped {
			return failed, why, err
		}
	}
	return failed, why, nil
}
