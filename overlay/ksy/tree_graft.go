package ksy

import (
	"slices"
	"strconv"
)

// Where the bytes change, what was read before is forgotten: values depend on each other in ways that nobody wrote down. But to
// find where the elements of a long array begin may have taken long, and a fresh tree needs not do it again as long as all that was
// read until then lay before the change. buffer.seen says that: it only grows, and each head of a page keeps what it was.

// A graft is what is kept of an array for a fresh tree.
type graft struct {
	start int64
	cur   cursor
	want  int64
	per   int64
	heads []head
}

const (
	keepFrom = 4   // pages that an array has when it is remembered
	maxLong  = 256 // arrays that are remembered
)

// remember notes an array whose heads are worth to be kept.
func (t *Tree) remember(r *array) {
	if r.file && len(t.long) < maxLong {
		t.long = append(t.long, r)
	}
}

// keepWays takes the heads of arrays that depend only on bytes before from.
func (t *Tree) keepWays(from int64) {
	old := t.grafts
	t.grafts = nil
	keep := func(key string, g *graft) {
		n := len(g.heads)
		for n > 0 && g.heads[n-1].seen > from {
			n--
		}
		if n < 2 {
			return
		}
		g.heads = g.heads[:n]
		for i := range g.heads {
			g.heads[i].page = nil
		}
		if t.grafts == nil {
			t.grafts = map[string]*graft{}
		}
		if have := t.grafts[key]; have == nil || len(have.heads) < n {
			t.grafts[key] = g
		}
	}
	for key, g := range old {
		keep(key, g) // nobody asked for it since
	}
	for _, r := range t.long {
		key, ok := r.way()
		if !ok {
			continue
		}
		keep(key, &graft{r.dense[0].cur.pos + r.st.off, r.dense[0].cur, r.want, r.per, r.dense})
	}
	t.long = nil
}

// way is the path of an array by slots and indices; ok is false where it is no part of the tree any more.
func (r *array) way() (string, bool) {
	b := strconv.AppendInt(nil, int64(r.a.attr.Slot), 10)
	o := r.o
	for ; o.holder != nil; o = o.holder {
		b = strconv.AppendInt(append(b, '['), o.index, 10)
		b = strconv.AppendInt(append(b, '.'), int64(o.held), 10)
	}
	return string(b), o == o.t.top
}

// resume begins a fresh array with what is known of where its elements lie.
func (r *array) resume() {
	t := r.o.t
	if len(t.grafts) == 0 || !r.file {
		return
	}
	key, ok := r.way()
	if !ok {
		return
	}
	g := t.grafts[key]
	if g == nil || g.start != r.start || g.cur != r.cur || g.want != r.want {
		return
	}
	last := len(g.heads) - 1
	r.per, r.dense = g.per, slices.Clone(g.heads[:last])
	r.cur, r.count = g.heads[last].cur, int64(last)*g.per
	r.absent = g.heads[last].absent
	t.src.saw(g.heads[last].seen)
	if last >= keepFrom {
		t.remember(r)
	}
}

// thin forgets where every other page of a very long array begins.
func (r *array) thin() {
	t := r.o.t
	for i := range r.dense {
		if p := r.dense[i].page; p != nil {
			r.dense[i].page = nil
			t.pages.remove(t, p)
		}
		if i%2 == 0 {
			r.dense[i/2] = r.dense[i]
		}
	}
	r.dense = r.dense[:(len(r.dense)+1)/2]
	r.per *= 2
}
