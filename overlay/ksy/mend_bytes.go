package ksy

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"sort"
)

// patched is data with patches laid over it, which may change its length.
type patched struct {
	r      io.ReaderAt
	size   int64
	pieces []patchPiece // in order, without gaps, of the data as it is now
}

// A patchPiece is some bytes: of the data as it was, or new ones.
type patchPiece struct {
	at  int64 // where it is now
	n   int64
	old int64 // where it was, or -1
	new []byte
}

func newPatched(r io.ReaderAt, base, size int64) *patched {
	return &patched{r: r, size: base + size, pieces: []patchPiece{{at: 0, n: base + size, old: 0}}}
}

// find gives the piece that holds a byte.
func (p *patched) find(off int64) int {
	return sort.Search(len(p.pieces), func(i int) bool { return p.pieces[i].at+p.pieces[i].n > off })
}

// ReadAt reads the patched data.
func (p *patched) ReadAt(b []byte, off int64) (int, error) {
	done := 0
	for i := p.find(off); i < len(p.pieces) && done < len(b); i++ {
		k := p.pieces[i]
		from := off + int64(done) - k.at
		n := int(min(int64(len(b)-done), k.n-from))
		if k.old < 0 {
			copy(b[done:done+n], k.new[from:])
		} else if m, err := p.r.ReadAt(b[done:done+n], k.old+from); m < n {
			if err == nil {
				err = io.ErrUnexpectedEOF
			}
			return done + m, err
		}
		done += n
	}
	if done < len(b) {
		return done, io.EOF
	}
	return done, nil
}

// apply lays patches over the data as it is now; they are sorted and do not overlap.
func (p *patched) apply(list []Patch) {
	out := make([]patchPiece, 0, len(p.pieces)+2*len(list))
	put := func(k patchPiece) {
		if k.n > 0 {
			out = append(out, k)
		}
	}
	at, i := int64(0), 0
	keep := func(end int64) {
		for ; i < len(p.pieces); i++ {
			k := p.pieces[i]
			if from, to := max(at, k.at), min(end, k.at+k.n); from < to {
				put(k.slice(from-k.at, to-k.at))
			}
			if k.at+k.n > end {
				break
			}
		}
	}
	for _, c := range list {
		keep(c.Range.Start)
		put(patchPiece{n: int64(len(c.New)), old: -1, new: c.New})
		at = c.Range.End
	}
	keep(p.size)
	at = 0
	for i := range out {
		out[i].at = at
		at += out[i].n
	}
	p.pieces, p.size = out, at
}

func (k patchPiece) slice(from, to int64) patchPiece {
	s := patchPiece{at: k.at + from, n: to - from, old: -1}
	if k.old >= 0 {
		s.old = k.old + from
	} else {
		s.new = k.new[from:to]
	}
	return s
}

// patches gives what was changed, as patches of the data as it was, without bytes that stayed the same.
func (p *patched) patches(size int64) ([]Patch, error) {
	out := make([]Patch, 0, len(p.pieces)/2)
	at := int64(0)
	var fresh []byte
	flush := func(end int64) error {
		if at == end && len(fresh) == 0 {
			return nil
		}
		c := Patch{Range{at, end}, fresh}
		fresh = nil
		if c.Range.Len() == int64(len(c.New)) {
			old := make([]byte, len(c.New))
			if _, err := p.r.ReadAt(old, c.Range.Start); err != nil && err != io.EOF {
				return err
			}
			for len(old) > 0 && old[0] == c.New[0] {
				old, c.New = old[1:], c.New[1:]
				c.Range.Start++
			}
			for len(old) > 0 && old[len(old)-1] == c.New[len(old)-1] {
				old, c.New = old[:len(old)-1], c.New[:len(old)-1]
				c.Range.End--
			}
			if len(old) == 0 {
				return nil
			}
		}
		out = append(out, c)
		return nil
	}
	for _, k := range p.pieces {
		if k.old < 0 {
			fresh = append(fresh, k.new...)
			continue
		}
		if err := flush(k.old); err != nil {
			return nil, err
		}
		at = k.old + k.n
	}
	return out, flush(size)
}

// An Assignment is a new value for the field that a path leads to, written as Encode reads it.
type Assignment struct{ Path, Value string }

// Set gives the patches that write new values, one after the other: a value may make the field of the next one. The tree
// itself stays as it is.
func (t *Tree) Set(ctx context.Context, list []Assignment) ([]Patch, error) {
	p := newPatched(t.src.r, t.base, t.size)
	for _, a := range list {
		o := t.o
		o.Context = ctx
		n, err := t.schema.Open(p, t.base, p.size-t.base, o).Lookup(a.Path)
		if err != nil {
			return nil, err
		}
		edits, err := n.Encode(a.Value)
		if err != nil {
			return nil, err
		}
		if edits, err = MergePatches(edits); err != nil {
			return nil, err
		}
		p.apply(edits)
	}
	return p.patches(t.base + t.size)
}

// MergePatches makes one sorted row of patches that were all made of the same data. Patches that contradict each other
// are refused.
func MergePatches(list []Patch) ([]Patch, error) {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b Patch) int {
		if a.Range.Start != b.Range.Start {
			return int(max(-1, min(1, a.Range.Start-b.Range.Start)))
		}
		return int(max(-1, min(1, a.Range.End-b.Range.End)))
	})
	var out []Patch
	for _, c := range list {
		if n := len(out); n > 0 {
			last := &out[n-1]
			if last.Range == c.Range && bytes.Equal(last.New, c.New) {
				continue
			}
			if c.Range.Start < last.Range.End {
				return nil, fmt.Errorf("two changes of the bytes %#x..%#x", c.Range.Start, last.Range.End)
			}
		}
		out = append(out, c)
	}
	return out, nil
}
