package model

import (
	"errors"
	"sort"

	"hexlay/mmapdoc"
)

// The memory of a process is a few regions with wide gaps between them. The cursor never stands in a gap.

// skipGap is off, or where the region that comes next in the direction of the move begins or ends.
func (e *Editor) skipGap(off int64) int64 {
	list := e.doc.Regions()
	if list == nil {
		return off
	}
	i := sort.Search(len(list), func(i int) bool { return list[i].End > off })
	switch {
	case i < len(list) && list[i].Start <= off:
		return off
	case i == len(list), off < e.cursor && i > 0:
		return list[i-1].End - 1
	}
	return list[i].Start
}

// RegionAt is the index of the region that the cursor stands in; -1 for none.
func (e *Editor) RegionAt() int {
	list := e.doc.Regions()
	i := sort.Search(len(list), func(i int) bool { return list[i].End > e.cursor })
	if i == len(list) || list[i].Start > e.cursor {
		return -1
	}
	return i
}

// regionRows are the regions of a process as the rows of a list.
type regionRows []mmapdoc.Region

func (r regionRows) Len() int64 { return int64(len(r)) }
func (r regionRows) Row(i int64) ListRow {
	if i < 0 || i >= r.Len() {
		return ListRow{}
	}
	g := r[i]
	return ListRow{Range: g.Range, Lead: g.Access, Text: g.Name, Note: count(g.Range.Len(), "byte")}
}

func (e *Editor) regionList() *List {
	l := &List{Name: "regions", Rows: regionRows(e.doc.Regions()), jumps: true}
	l.row = int64(max(0, e.RegionAt()))
	l.ended.Store(true)
	return l
}

// Regions are the regions of a process's memory, nil for other documents.
func (e *Editor) Regions() []mmapdoc.Region { return e.doc.Regions() }

func regionCommands() []*Command {
	has := func(e *Editor) error {
		if e.doc.Regions() == nil {
			return errors.New("only the memory of a process has regions")
		}
		return nil
	}
	step := func(n int) func(e *Editor, _ []string) (Effect, error) {
		return func(e *Editor, _ []string) (Effect, error) {
			list := e.doc.Regions()
			i := e.RegionAt() + n
			if i < 0 || i >= len(list) {
				return nil, errors.New("no more regions that way")
			}
			e.Jump(list[i].Start)
			e.Notef("%s %s, %s", list[i].Access, list[i].Name, count(list[i].Len(), "byte"))
			return nil, nil
		}
	}
	return []*Command{
		{Name: "next-region", Group: "Move", Help: "Go to the next region of a process's memory", Enabled: has, Run: step(1)},
		{Name: "previous-region", Group: "Move", Help: "Go to the region of a process's memory before", Enabled: has, Run: step(-1)},
	}
}
