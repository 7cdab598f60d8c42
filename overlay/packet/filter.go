package packet

import (
	"context"
	"errors"
	"fmt"

	"hexlay/overlay/expr"
)

// Templates give the fields that templates lay over a packet's layers, beside those that a filter knows itself. Names of layers
// are those of Layer.Name.
type Templates interface {
	// Class is the class of a layer's template, nil (no typed nil) where there is none.
	Class(layer string) expr.Class
	// Object lays the template over a layer of the packet. The packet holds only during the evaluation.
	Object(p *Packet, l Layer) (expr.Object, error)
	// Own names the layers of the user's own, which lie over ports: names or paths of templates. See LayerName.
	Own() []string
}

// A Filter is a condition over the fields of a packet. It belongs to one goroutine.
type Filter struct {
	Text string
	expr *expr.Expr
	top  *object
	f    expr.Frame
}

// A FilterError is why a filter is none. Start and End are bytes of Text.
type FilterError struct {
	Text       string
	Start, End int
	Msg        string
	column     bool // it is one of a Column
}

func (e *FilterError) Error() string {
	what := "filter"
	if e.column {
		what = "column " + e.Text
	}
	return fmt.Sprintf("%s at column %d: %s", what, len([]rune(e.Text[:min(e.Start, len(e.Text))]))+1, e.Msg)
}

// CompileFilter reads a filter: an expression of the templates' language that gives a boolean, or a layer, which asks whether the
// packet has it. What a packet does not have makes a comparison false. t may be nil. The error is a *FilterError.
func CompileFilter(text string, t Templates) (*Filter, error) {
	f, typ, err := compile(text, t)
	if err != nil {
		return nil, err
	}
	if typ.Kind != expr.Bool && typ.Kind != expr.ClassOf {
		return nil, &FilterError{Text: text, End: len(text), Msg: fmt.Sprintf("gives %s; a filter gives true or false", typ)}
	}
	return f, nil
}

// compile reads an expression over the fields of a packet.
func compile(text string, t Templates) (*Filter, expr.Type, error) {
	e, err := expr.Parse(text)
	if err != nil {
		fe := &FilterError{Text: text, End: len(text), Msg: err.Error()}
		var se *expr.SyntaxError
		if errors.As(err, &se) {
			fe.Start, fe.Msg = min(se.Pos, len(text)), se.Msg
			fe.End = min(fe.Start+1, len(text))
		}
		return nil, expr.Type{}, fe
	}
	top := newTop(t)
	typ, problems := e.Check(filterScope{top.class})
	if len(problems) > 0 {
		p := problems[0]
		return nil, typ, &FilterError{Text: text, Start: p.Start, End: p.End, Msg: p.Msg}
	}
	return &Filter{Text: text, expr: e, top: top, f: expr.Frame{Self: top, Lenient: true}}, typ, nil
}

// Complete lists what may stand at a byte of a filter that is being written; see expr.Complete.
func Complete(text string, pos int, t Templates) (start int, list []expr.Completion) {
	return expr.Complete(text, pos, filterScope{newTop(t).class})
}

// Match tells whether p fulfils the filter. The error is one that ends it: cancelled, or beyond a limit.
func (f *Filter) Match(ctx context.Context, p *Packet) (bool, error) {
	f.top.set(p)
	f.f.Step = func(int) error { return ctx.Err() }
	v, err := f.expr.Eval(&f.f)
	switch {
	case err == nil:
		return v.Kind() == expr.ClassOf || v.Bool(), nil
	case ctx.Err() != nil:
		return false, ctx.Err()
	}
	return false, nil
}

// filterScope is where filters stand.
type filterScope struct{ c *class }

func (s filterScope) Self() expr.Class { return s.c }
func (s filterScope) Class(path []string, _ bool) (expr.Class, bool) {
	if len(path) == 1 {
		if m, ok := s.c.Member(path[0]); ok && m.Type.Class != nil {
			return m.Type.Class, true
		}
	}
	if in := s.in(path); in != nil {
		return in.Class(path[1:], false)
	}
	return nil, false
}
func (s filterScope) Enum(path []string, _ bool) (expr.Enum, bool) {
	if in := s.in(path); in != nil {
		return in.Enum(path[1:], false)
	}
	return nil, false
}

// in is where the names behind the first one of a path stand: in the template of the layer of that name, dns::type.
func (s filterScope) in(path []string) expr.Scope {
	if len(path) < 2 {
		return nil
	}
	m, _ := s.c.Member(path[0])
	c, ok := m.Type.Class.(*class)
	if !ok {
		return nil
	}
	if t, ok := c.more().(interface{ Scope() expr.Scope }); ok {
		return t.Scope()
	}
	return nil
}
func (s filterScope) It() (expr.Type, bool) { return expr.Type{}, false }
func (s filterScope) Index() bool           { return false }
func (s filterScope) Lenient()              {}

// class is what a packet or one of its layers is to expressions: fields of our own, then those of the layer's template.
type class struct {
	name   string
	fields []field
	byName map[string]int

	templates Templates
	layer     string     // of Layer.Name; "" for the packet
	template  expr.Class // loaded when someone asks for what is not ours
	loaded    bool
}

func (c *class) more() expr.Class {
	if !c.loaded && c.templates != nil && c.layer != "" {
		c.template = c.templates.Class(c.layer)
	}
	c.loaded = true
	return c.template
}

// field is one of our own. get is asked only where the layer is there.
type field struct {
	name string
	typ  expr.Type
	get  func(o *object) expr.Value
}

func (c *class) Name() string { return c.name }

func (c *class) Member(name string) (expr.Member, bool) {
	if i, ok := c.byName[name]; ok {
		return expr.Member{Type: c.fields[i].typ, Slot: i}, true
	}
	if name == "_parent" || name == "_root" || c.more() == nil {
		return expr.Member{}, false
	}
	m, ok := c.template.Member(name)
	m.Slot += len(c.fields)
	return m, ok
}

func (c *class) Members() []string {
	var names []string
	for _, f := range c.fields {
		names = append(names, f.name)
	}
	if c.more() != nil {
		for _, n := range c.template.Members() {
			if _, ours := c.byName[n]; !ours {
				names = append(names, n)
			}
		}
	}
	return names
}

func (c *class) SizeBits() (int64, bool) { return 0, false }

// object is the packet, or one of its layers.
type object struct {
	class *class
	p     *Packet
	laid  expr.Object
	kids  []*object
}

// set turns to another packet.
func (o *object) set(p *Packet) {
	o.p, o.laid = p, nil
	for _, k := range o.kids {
		k.p, k.laid = p, nil
	}
}

func (o *object) Class() expr.Class { return o.class }

func (o *object) Member(slot int) (expr.Value, error) {
	if slot < len(o.class.fields) {
		return o.class.fields[slot].get(o), nil
	}
	if o.laid == nil {
		l, ok := o.p.Layer(o.class.layer)
		if !ok {
			return expr.Value{}, expr.ErrAbsent
		}
		laid, err := o.class.templates.Object(o.p, l)
		if err != nil {
			return expr.Value{}, err
		}
		o.laid = laid
	}
	return o.laid.Member(slot - len(o.class.fields))
}

func (o *object) Parent() expr.Value          { return expr.Value{} }
func (o *object) Root() expr.Value            { return expr.Value{} }
func (o *object) Stream() expr.Stream         { return noStream{} }
func (o *object) SizeBits() (int64, error)    { return 0, expr.ErrAbsent }
func (o *object) Text() (string, bool, error) { return "", false, nil }

type noStream struct{}

func (noStream) Pos() (int64, error)  { return 0, expr.ErrAbsent }
func (noStream) Size() (int64, error) { return 0, expr.ErrAbsent }
func (noStream) EOF() (bool, error)   { return false, expr.ErrAbsent }
