package ksy

import (
	"context"
	"io"

	"hexlay/overlay/expr"
)

// A Range is the half-open byte range [Start, End).
type Range struct{ Start, End int64 }

// Len is the number of bytes.
func (r Range) Len() int64 { return r.End - r.Start }

// Limits end templates that would run for ever or fill memory, with a LimitError. Zero values mean the defaults.
type Limits struct {
	Steps int64 // fields read and operations of expressions in all; default 4 million and 64 for each byte of the data
	Depth int   // of objects in objects; default 1,000
	Nodes int64 // fields kept in memory, of some 60 bytes each; the elements of long arrays are dropped beyond that and
	// read again, other fields end with the error at ten times as many. Default 800,000
	Inflated int64 // bytes that processes made and that are held; default 512 MiB
}

// maxValue is the longest byte array or string that an expression gets to see.
const maxValue = 256 << 20

// Options say how a schema is laid over bytes.
type Options struct {
	Params  []expr.Value // of the top type, in order; those that are not given are null
	Limits  Limits
	Context context.Context // cancels; nil never
	// Told, where it is set, is told again and again how far in the data a walk is that looks at all checks.
	Told func(off int64)
}

// A Tree is a schema laid over bytes. Nothing is read before someone looks. It belongs to one goroutine at a time.
type Tree struct {
	schema *Schema
	within *within // of a part, else nil
	src    *buffer
	base   int64
	size   int64
	o      Options
	top    *object
	topErr error // the top object could not be begun
	parsed bool  // Parse went through
	strict bool  // in Parse: everything is read in order, and the first error ends it
	epoch  int   // of nodes: Reset ends one

	steps, kept, inflated int64
	checkAt               int64 // of steps, when the budgets are looked at again
	soft                  int64 // of steps, the end of what limited allows; 0 none
	left                  []behind
	effort                int64 // steps of Advance at once
	cut                   bool  // the last Find ended early
	ahead                 int64 // see Ahead
	long                  []*array
	grafts                map[string]*graft
	depth                 int
	pages                 pageList
	frames                []*expr.Frame
	framesUsed            int
	root                  *Node
	text                  []byte
}

// Open lays the template over [base, base+size) of r. It reads nothing yet. Offsets are those of r.
func (s *Schema) Open(r io.ReaderAt, base, size int64, o Options) *Tree {
	s.compile()
	t := &Tree{schema: s, within: s.within.open(o.Context), base: base, o: o}
	t.src = &buffer{t: t}
	t.Reset(r, size, 0)
	return t
}

// Schema is the template.
func (t *Tree) Schema() *Schema { return t.schema }

// Range is what the template was laid over.
func (t *Tree) Range() Range { return Range{t.base, t.base + t.size} }

// SetContext sets what cancels the calls that follow, and gives them the whole budget of steps.
func (t *Tree) SetContext(ctx context.Context) {
	t.o.Context = ctx
	t.steps, t.checkAt, t.soft = 0, 0, 0
	if t.within != nil {
		t.within.tree.SetContext(ctx)
	}
}

// Reset tells that the bytes changed: r has them now, size of them in the tree's range; those before from are the same as
// before, from 0 on none need be. What was read is forgotten, but for where elements of long arrays begin that depend on nothing
// behind from; nodes that were handed out find themselves again by their paths when they are looked at.
func (t *Tree) Reset(r io.ReaderAt, size, from int64) {
	if size != t.size {
		from = min(from, t.base+min(size, t.size))
	}
	t.keepWays(from)
	t.size = size
	t.src.reset(r, t.base+size)
	t.forget()
}

// forget drops what was read, but for the bytes.
func (t *Tree) forget() {
	t.epoch++
	t.kept, t.inflated, t.steps, t.checkAt, t.depth = 0, 0, 0, 0, 0
	t.pages = pageList{}
	t.left, t.cut = nil, false
	t.parsed, t.strict = false, false
	t.framesUsed = 0
	t.top, t.topErr = nil, nil
}

func (l *Limits) steps(size int64) int64 {
	if l.Steps > 0 {
		return l.Steps
	}
	const most = 1 << 40
	return 4e6 + 64*min(size, most)
}

func (l *Limits) nodes() int64 {
	if l.Nodes > 0 {
		return l.Nodes
	}
	return 800e3
}

func (l *Limits) depthOr() int {
	if l.Depth > 0 {
		return l.Depth
	}
	return 1000
}

func (l *Limits) inflatedOr() int64 {
	if l.Inflated > 0 {
		return l.Inflated
	}
	return 512 << 20
}

// step counts work and ends it when there was too much or when it was cancelled.
func (t *Tree) step(n int) error {
	t.steps += int64(n)
	if t.steps < t.checkAt {
		return nil
	}
	return t.check()
}

func (t *Tree) check() error {
	t.checkAt = t.steps + 1<<12
	if t.soft > 0 {
		if t.steps >= t.soft {
			t.checkAt = t.soft
			return &Error{Kind: "LimitError", Msg: "not read yet", soon: true}
		}
		t.checkAt = min(t.checkAt, t.soft)
	}
	if most := t.o.Limits.steps(t.size); t.steps > most {
		t.checkAt = most
		return limitError("more than %d steps", most)
	}
	if t.kept > 10*t.o.Limits.nodes() {
		return limitError("more than %d fields in memory", t.kept)
	}
	if t.o.Context != nil {
		if err := t.o.Context.Err(); err != nil {
			t.checkAt = t.steps
			return &Error{Kind: "Cancelled", Msg: err.Error(), cause: err}
		}
	}
	return nil
}

// object begins the top object.
func (t *Tree) object() (*object, error) {
	if t.top != nil || t.topErr != nil {
		return t.top, t.topErr
	}
	st := &stream{t: t, src: t.src, off: t.base, size: t.size}
	c := t.schema.Top.code
	if t.within == nil && len(t.o.Params) > c.params {
		t.topErr = exprError("the type %s takes %d parameters, not %d", t.schema.Top.ID, c.params, len(t.o.Params))
		return nil, t.topErr
	}
	o := t.newObject(c, nil, st)
	o.root = o
	if t.within != nil {
		p, err := t.within.object(t.schema.Top)
		if err != nil {
			if t.final(err) {
				t.topErr = err
			}
			return nil, err
		}
		o.takeFrom(p)
	} else {
		for i, v := range t.o.Params {
			o.slots[i] = slot{v: v, state: isDone}
		}
		for i := len(t.o.Params); i < c.params; i++ {
			o.slots[i].state = isDone // null: what needs it fails, everything else is read
		}
	}
	t.top = o
	if c.computed {
		err := o.decide()
		if err != nil && !t.final(err) {
			t.top = nil
			return nil, err
		}
		t.topErr = err
	}
	return o, t.topErr
}

// Parse reads the whole seq in the order of the template, as a compiled parser would, and stops at the first error.
// Instances are read as far as fields need them. What was read before stays.
func (t *Tree) Parse() error {
	o, err := t.object()
	if err != nil {
		return err
	}
	if t.parsed {
		return o.err
	}
	t.strict = true
	err = o.finish(true)
	t.strict = false
	t.parsed = ErrorKind(err) != "Cancelled"
	return err
}

// frame gives a frame for an expression in an object; release gives it back.
func (t *Tree) frame(o *object) *expr.Frame {
	if t.framesUsed == len(t.frames) {
		t.frames = append(t.frames, &expr.Frame{Decode: t.decode, Encode: encodeText, Step: t.step})
	}
	f := t.frames[t.framesUsed]
	t.framesUsed++
	f.Self = o
	return f
}

func (t *Tree) release(f *expr.Frame) {
	f.Self, f.It, f.Index = nil, expr.Value{}, 0
	t.framesUsed--
}

// eval runs an expression of an attribute.
func (o *object) eval(e *expr.Expr, index int64) (expr.Value, error) {
	f := o.t.frame(o)
	f.Index = index
	v, err := e.Eval(f)
	o.t.release(f)
	return v, err
}

func (o *object) evalIt(e *expr.Expr, it expr.Value, index int64) (expr.Value, error) {
	f := o.t.frame(o)
	f.It, f.Index = it, index
	v, err := e.Eval(f)
	o.t.release(f)
	return v, err
}

// evalBool runs a condition.
func (o *object) evalBool(e *expr.Expr, it expr.Value, index int64, key string) (bool, error) {
	v, err := o.evalIt(e, it, index)
	if err != nil {
		return false, err
	}
	if v.Kind() != expr.Bool {
		return false, exprError("%s: %s gives %s, not a boolean", key, e.Text, kindOf(v))
	}
	return v.Bool(), nil
}

// evalInt runs an expression for a number that must fit int64. What is larger is as good as the largest.
func (o *object) evalInt(e *expr.Expr, index int64, key string) (int64, error) {
	v, err := o.eval(e, index)
	if err != nil {
		return 0, err
	}
	n, ok := v.Int64()
	if ok {
		return n, nil
	}
	if b := v.Big(); b != nil {
		if b.Sign() < 0 {
			return -1 << 63, nil
		}
		return 1<<63 - 1, nil
	}
	return 0, exprError("%s: %s gives %s, not an integer", key, e.Text, kindOf(v))
}

func kindOf(v expr.Value) string {
	if v.IsNull() {
		return "null"
	}
	return v.Kind().String()
}
