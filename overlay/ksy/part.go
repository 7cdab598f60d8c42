package ksy

import (
	"context"
	"errors"
	"io"
)

// within is what lies around a part: the template that the part belongs to, the bytes it was laid over, and the path of the part there.
type within struct {
	schema     *Schema
	r          io.ReaderAt
	base, size int64
	o          Options
	path       string
	tree       *Tree // of a tree that the part is laid with
}

// Part is the template of an object alone, to be laid over the bytes of its own stream, or over what they became. It holds what
// lies around the object: its parameters, _parent and _root are those that it has in the node's tree, whose bytes must not change.
// It is nil for what is no object.
func (n *Node) Part() *Schema {
	typ := n.Type()
	if typ == nil || n.parent == nil {
		return nil
	}
	t := n.t
	s := &Schema{Top: typ, Files: t.schema.Files,
		within: &within{schema: t.schema, r: t.src.r, base: t.base, size: t.size, o: t.o, path: n.Path()}}
	s.compiled.once.Do(func() {}) // its types are
	return s
}

// Again is a part once more, in another template around it: one that was changed and read again. The error is that the part is not
// there any more.
func (s *Schema) Again(ctx context.Context, around *Schema) (*Schema, error) {
	w := *s.within
	w.schema = around
	n, err := w.open(ctx).tree.Lookup(w.path)
	if err != nil {
		return nil, err
	}
	part := n.Part()
	if part == nil {
		if err := n.Err(); err != nil {
			return nil, err
		}
		return nil, lookupError(n, "is no object any more")
	}
	part.within.o.Context = nil
	return part, nil
}

// open lays the template around the part, for one tree of the part.
func (w *within) open(ctx context.Context) *within {
	if w == nil {
		return nil
	}
	c := *w
	c.o.Context = ctx
	c.tree = c.schema.Open(c.r, c.base, c.size, c.o)
	return &c
}

// object is the part as it lies in what is around it.
func (w *within) object(typ *Type) (*object, error) {
	n, err := w.tree.Lookup(w.path)
	if err != nil {
		return nil, err
	}
	if o := n.object(); o != nil && o.c.typ == typ {
		return o, nil
	}
	if err := n.Err(); err != nil {
		return nil, err
	}
	return nil, &Error{Kind: "NotParsed", Msg: w.path + " is not there any more"}
}

// takeFrom gives the top object of a part what it has from what is around it.
func (o *object) takeFrom(p *object) {
	o.parent, o.depth, o.endian = p.parent, p.depth, p.endian
	if p.root != p {
		o.root = p.root
	}
	copy(o.slots, p.slots[:o.c.params])
}

var errAround = errors.New("which stands in the document around this one")
