package ksy

import (
	"bytes"

	"hexlay/overlay/expr"
)

// longPart is from how many bytes on it pays to find out whether a check would come out as before the edit.
const longPart = 4096

// untouched tells of a check of a node in the patched data that everything it is made of is as it was in this tree, so
// that it comes out as before. It is asked for the sake of speed: where the answer would cost as much as the check, or
// is not sure, it is false.
func (t *Tree) untouched(n *Node, c *Check, p *patched) bool {
	parts := c.Over
	if parts == nil {
		parts = c.Length
	}
	if c.Then != nil || len(parts) == 0 {
		return false
	}
	type piece struct {
		at     Range
		mem    []byte
		inData bool
	}
	ps := make([]piece, len(parts))
	long := false
	for i := range parts {
		r, b, m, err := n.part(&parts[i])
		if err != nil || b != nil && b != n.t.src {
			return false
		}
		ps[i] = piece{r, m, b != nil}
		// A length is counted without its bytes being read, unless they have to be inflated.
		long = long || parts[i].Process != "" || c.Over != nil && r.Len() >= longPart
	}
	if !long {
		return false
	}
	old, err := t.Lookup(n.Path())
	if err != nil || old.attr == nil || old.attr.attr != n.attr.attr || old.holder() == nil {
		return false
	}
	if c.If != nil {
		if stood, err := old.holder().evalBool(c.If, expr.Value{}, old.index, "-check/if"); err != nil || !stood {
			return false
		}
	}
	now, nb, err := n.spot()
	if err != nil || nb != n.t.src {
		return false
	}
	was, wb, err := old.spot()
	if err != nil || wb != t.src || !p.kept(now, was) {
		return false
	}
	for i := range parts {
		r, b, m, err := old.part(&parts[i])
		switch {
		case err != nil, b != nil && b != t.src, ps[i].inData != (b != nil):
			return false
		case b == nil && !bytes.Equal(m, ps[i].mem), b != nil && !p.kept(ps[i].at, r):
			return false
		}
	}
	return true
}

// kept tells whether a range of the patched data is a range of the data as it was, byte for byte.
func (p *patched) kept(now, was Range) bool {
	if now.Len() != was.Len() {
		return false
	}
	if now.Len() == 0 {
		return true
	}
	i := p.find(now.Start)
	if i == len(p.pieces) {
		return false
	}
	k := p.pieces[i]
	return k.old >= 0 && now.End <= k.at+k.n && now.Start-k.at+k.old == was.Start
}
