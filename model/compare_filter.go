package model

import (
	"sort"

	"hexlay/overlay/diff"
)

// differenceFilter is which differences the list shows: all, or those of a kind. Those of a kind are looked for once for each
// state of the list, which is a walk of a few nanoseconds a difference.
type differenceFilter struct {
	kind    string // of diff.Hunk.Kind, or ""
	of      *diff.List
	indexes []uint32
}

// Filters are the kinds of differences that the list can be cut to, by their names on the screen.
var Filters = []string{"all", "changed", "left", "right"}

var filterKinds = map[string]string{"changed": "change", "left": "delete", "right": "insert"}

// Filter is the kind of differences that is shown; "" for all.
func (c *Comparison) Filter() string {
	for name, kind := range filterKinds {
		if kind == c.show.kind && kind != "" {
			return name
		}
	}
	return ""
}

func (c *Comparison) filtered() []uint32 {
	f := &c.show
	if f.of == c.list {
		return f.indexes
	}
	f.of, f.indexes = c.list, f.indexes[:0]
	c.list.Each(0, func(i int64, p diff.Placed) bool {
		if p.Kind() == f.kind {
			f.indexes = append(f.indexes, uint32(i)) // there are at most maxDifferences
		}
		return true
	})
	return f.indexes
}

// Shown is how many differences the filter leaves, so far.
func (c *Comparison) Shown() (n int64, more bool) {
	if c.show.kind == "" {
		return c.Len()
	}
	return int64(len(c.filtered())), !c.whole
}

// EachShown calls fn with those that the filter leaves, from the k-th on, until it returns false; i is their index among all.
func (c *Comparison) EachShown(k int64, fn func(k, i int64, p diff.Placed) bool) {
	if c.show.kind == "" {
		c.list.Each(k, func(i int64, p diff.Placed) bool { return fn(i, i, p) })
		return
	}
	for all := c.filtered(); k < int64(len(all)); k++ {
		i := int64(all[k])
		if !fn(k, i, c.list.At(i)) {
			return
		}
	}
}

// ShownIndex is where difference i stands among those that the filter leaves.
func (c *Comparison) ShownIndex(i int64) (k int64, ok bool) {
	if c.show.kind == "" {
		return i, true
	}
	all := c.filtered()
	at := sort.Search(len(all), func(x int) bool { return int64(all[x]) >= i })
	return int64(at), at < len(all) && int64(all[at]) == i
}
