package ksy

import (
	"errors"
	"fmt"
	"math/big"

	"hexlay/overlay/expr"
)

// checkedLengths gives the patches of the fields beside n whose -check says that they are the length of bytes which n is among, when
// delta bytes come to it. The size of n may then be any expression of them. There are none where no check names n.
func (n *Node) checkedLengths(delta int64) ([]Patch, error) {
	at := n.ownField()
	if at.parent == nil || at.parent.Type() == nil {
		return nil, nil
	}
	var out []Patch
	for _, a := range at.parent.Type().Seq {
		for _, c := range a.Checks {
			if c.Length == nil {
				continue
			}
			f := at.parent.Field(a.ID)
			if f == nil || a.Repeat != Once {
				continue
			}
			p, err := f.lengthOf(c, at, delta)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", f.Path(), err)
			}
			out = append(out, p...)
		}
	}
	return out, nil
}

// ownField is the field that an element belongs to, or the node itself.
func (n *Node) ownField() *Node {
	for n.isElement() {
		n = n.parent
	}
	return n
}

// lengthOf is the patch of n, which by c is a length, when delta bytes come to m, a field of the same object. It is none where c does
// not count m.
func (n *Node) lengthOf(c *Check, m *Node, delta int64) ([]Patch, error) {
	counts := 0
	for i := range c.Length {
		if n.covers(&c.Length[i], m) {
			counts++
		}
	}
	if counts == 0 {
		return nil, nil
	}
	if v, err := n.Value(); err != nil || v.IsNull() {
		return nil, err
	}
	if c.If != nil {
		if v, err := n.holder().evalBool(c.If, expr.Value{}, n.index, "-check/if"); err != nil || !v {
			return nil, err
		}
	}
	total := int64(counts) * delta
	for i := range c.Length {
		k, err := n.partLen(&c.Length[i])
		if err != nil {
			return nil, err
		}
		total += k
	}
	if total < 0 {
		return nil, errors.New("the length becomes negative")
	}
	want, err := n.afterThen(c, total)
	if err != nil {
		return nil, err
	}
	// A length in larger units grows by whole ones only.
	if less, err := n.afterThen(c, total-1); c.Then != nil && (err != nil || less.Cmp(want) == 0) {
		return nil, fmt.Errorf("%s: no whole number of its units", howMany(total))
	}
	return n.Encode(want.String())
}

func (n *Node) afterThen(c *Check, total int64) (*big.Int, error) {
	if c.Then == nil {
		return big.NewInt(total), nil
	}
	v, err := n.holder().evalIt(c.Then, expr.IntValue(total), n.index)
	if err != nil {
		return nil, err
	}
	i := v.Big()
	if i == nil {
		return nil, errors.New("its length is no integer")
	}
	return i, nil
}

// covers tells whether the bytes of m, a field of the same object as n, are among those of a part.
func (n *Node) covers(p *CheckPart, m *Node) bool {
	if p.Process != "" || p.Value != nil {
		return false // the length of other bytes than those in the stream
	}
	slot := func(e *expr.Expr, none int) (int, bool) {
		if e == nil {
			return none, true
		}
		f, err := n.path(e)
		if err != nil {
			return 0, false
		}
		if f = f.ownField(); f.parent == nil || f.parent.Path() != m.parent.Path() {
			return 0, false
		}
		return f.Attr().Slot, true
	}
	mine := m.Attr().Slot
	if p.Field != nil {
		at, ok := slot(p.Field, 0)
		return ok && at == mine
	}
	from, ok := slot(p.From, -1)
	to, fine := slot(p.To, 1<<30)
	return ok && fine && from <= mine && mine <= to
}
