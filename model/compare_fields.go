package model

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"slices"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
)

// FieldValue is what one side has for a field.
type FieldValue struct {
	Text     string // in a few words
	Range    mmapdoc.Range
	HasRange bool // Range is one of the data
}

// FieldDifference is a field that two files have with other values, or that only one of them has; that side is nil then.
type FieldDifference struct {
	Path        string
	Left, Right *FieldValue
	Same        bool // it is none: the values are equal
}

// maxFields is how many fields of one side are compared.
const maxFields = 500_000

// ErrFields tells that there are more fields than are compared; those before were.
var ErrFields = fmt.Errorf("there are more than %s fields; the first ones were compared", Grouped(maxFields))

// comparedField is a leaf of the left side's tree.
type comparedField struct {
	path  string
	sum   uint64
	value FieldValue
	seen  bool
}

// CompareFields lays a template over two files and tells what fields differ, in their order: left's, and behind those before
// them the ones that only right has. a and b read the same bytes as left and right.
func CompareFields(left, right *ksy.Tree, a, b io.ReaderAt) ([]FieldDifference, error) {
	return compareLeaves(leavesOf(left, a), leavesOf(right, b), false)
}

// eachField hands over the fields of a side; nil: it has none.
type eachField func(seed maphash.Seed, each func(f comparedField)) error

func leavesOf(t *ksy.Tree, data io.ReaderAt) eachField {
	return func(seed maphash.Seed, each func(f comparedField)) error { return eachLeaf(t, data, seed, nil, each) }
}

// compareLeaves is CompareFields of fields wherever they come from; all tells equal ones too.
func compareLeaves(left, right eachField, all bool) ([]FieldDifference, error) {
	none := func(maphash.Seed, func(comparedField)) error { return nil }
	if left == nil {
		left = none
	}
	if right == nil {
		right = none
	}
	seed := maphash.MakeSeed()
	var fields []comparedField
	byPath := make(map[string]int)
	err := left(seed, func(f comparedField) {
		byPath[f.path] = len(fields)
		fields = append(fields, f)
	})
	if err != nil && err != ErrFields {
		return nil, fmt.Errorf("the first of the two: %w", err)
	}
	type found struct {
		behind int // the index of the left field that it is told behind
		FieldDifference
	}
	var list []found
	last := -1
	rerr := right(seed, func(f comparedField) {
		value := f.value
		k, ok := byPath[f.path]
		if !ok {
			list = append(list, found{last, FieldDifference{Path: f.path, Right: &value}})
			return
		}
		last = k
		fields[k].seen = true
		if same := fields[k].sum == f.sum; all || !same {
			old := fields[k].value
			list = append(list, found{k, FieldDifference{f.path, &old, &value, same}})
		}
	})
	if rerr != nil && rerr != ErrFields {
		return nil, fmt.Errorf("the second of the two: %w", rerr)
	}
	cut := err == ErrFields || rerr == ErrFields
	for k, f := range fields {
		if !f.seen && !cut { // of a cut list nobody knows
			old := f.value
			list = append(list, found{k, FieldDifference{Path: f.path, Left: &old}})
		}
	}
	slices.SortStableFunc(list, func(x, y found) int { return x.behind - y.behind })
	out := make([]FieldDifference, len(list))
	for i, f := range list {
		out[i] = f.FieldDifference
	}
	if cut {
		return out, ErrFields
	}
	return out, nil
}

// eachLeaf hands over the fields that have values of their own. A parse that fails ends them without an error: what was read
// before is compared. names, where it is not nil, gives the paths.
func eachLeaf(t *ksy.Tree, data io.ReaderAt, seed maphash.Seed, names *layerNames, each func(f comparedField)) error {
	n := 0
	full := false
	err := t.Walk(func(v *ksy.Visit) error {
		if v.IsArray || v.Object != nil {
			names.enter(v)
			return nil
		}
		if n++; n > maxFields {
			full = true
			return ksy.ErrStop
		}
		f := comparedField{path: names.path(v)}
		if v.HasRange && v.InData {
			f.value.Range, f.value.HasRange = mmapdoc.Range{Start: v.Range.Start, End: v.Range.End}, true
		}
		var h maphash.Hash
		h.SetSeed(seed)
		f.value.Text = leafText(v, data, &h)
		f.sum = h.Sum64()
		each(f)
		return nil
	})
	switch {
	case full:
		return ErrFields
	case ksy.ErrorKind(err) == "Cancelled", ksy.ErrorKind(err) == "IOError":
		return err
	}
	return nil
}

// leafText says a field's value in a few words, and hashes all of it.
func leafText(v *ksy.Visit, data io.ReaderAt, h *maphash.Hash) string {
	const shown = 24
	fail := func(err error) string {
		s := "! " + err.Error()
		h.WriteString(s)
		return s
	}
	if v.Err != nil && v.IsEmpty() {
		return fail(v.Err)
	}
	b, size, ok, err := v.Preview(shown)
	switch {
	case ok && err != nil:
		return fail(err)
	case ok && size > shown:
		if v.HasRange && v.InData && v.Range.End-v.Range.Start == size { // not held whole, it may be long
			_, err = io.Copy(h, io.NewSectionReader(data, v.Range.Start, size))
		} else if x, verr := v.Value(); verr == nil {
			h.Write(x.Bytes())
		} else {
			err = verr
		}
		if err != nil {
			return fail(err)
		}
		return showBytes(b, size)
	}
	x, err := v.Value()
	if err != nil {
		return fail(err)
	}
	h.Write(appendJSON(nil, x))
	if s, ok := v.Attr.Shown(x); ok {
		return s
	}
	if s := showValue(x, 60); s != "" {
		return s
	}
	return "empty"
}

// fieldList is the list of fields that differ, for one of the sides.
type fieldList struct {
	all  []FieldDifference
	side int
}

func (l fieldList) Len() int64 { return int64(len(l.all)) }

func (l fieldList) Row(i int64) ListRow {
	d := l.all[i]
	row := ListRow{Lead: d.Path}
	text := [2]string{"–", "–"}
	for k, v := range []*FieldValue{d.Left, d.Right} {
		if v != nil {
			text[k] = v.Text
		}
		if v != nil && v.HasRange && (k == l.side || row.Range == (mmapdoc.Range{})) {
			row.Range = v.Range
		}
	}
	row.Text = text[0] + " → " + text[1]
	switch {
	case d.Left == nil:
		row.Note = "only on the right"
	case d.Right == nil:
		row.Note = "only on the left"
	}
	return row
}

// compareFields lists, in the background, the fields of a template that differ.
func (c *Comparison) compareFields(spec string) (Effect, error) {
	e := c.sides[c.active].ed
	regions := [2]mmapdoc.Range{{End: c.sides[0].ed.Size()}, {End: c.sides[1].ed.Size()}}
	var t *Template
	if o := e.OverlayAt(e.cursor); spec == "" && o != nil && o.template.schema != nil {
		t = o.template
		regions[c.active] = e.regionOf(o)
		other := c.sides[1-c.active].ed
		start, _ := c.Offset(1-c.active, c.Align(c.active, regions[c.active].Start))
		end, _ := c.Offset(1-c.active, c.Align(c.active, regions[c.active].End))
		regions[1-c.active] = mmapdoc.Range{Start: start, End: max(start, end)}
		if o.Open || regions[c.active].End == e.Size() {
			regions[1-c.active].End = other.Size()
		}
	}
	snaps := [2]*mmapdoc.Snapshot{c.sides[0].ed.Snapshot(), c.sides[1].ed.Snapshot()}
	options := e.Templates
	var all []FieldDifference
	var short error
	return Start{&Job{
		Kind: "compare-fields", Title: "comparing fields",
		Run: func(ctx context.Context, _ *atomic.Int64) (err error) {
			if t == nil {
				if spec == "" {
					names := detectTemplates(snaps[0], 0, snaps[0].Size())
					if len(names) == 0 {
						return errors.New("no template lies over the bytes and no built-in one knows them; compare-fields TEMPLATE names one")
					}
					spec = names[0]
				}
				if t, err = loadTemplate(spec, false, options); err != nil {
					return err
				}
				if t.schema == nil {
					return fmt.Errorf("%s is no template with fields", spec)
				}
			}
			var trees [2]*ksy.Tree
			for i := range trees {
				trees[i] = layKsy(t.schema, snaps[i], regions[i]).Tree
				trees[i].SetContext(ctx)
			}
			all, err = CompareFields(trees[0], trees[1], snaps[0], snaps[1])
			if err == ErrFields {
				short, err = err, nil
			}
			return err
		},
		Done: func(_ *Editor, err error) (Effect, error) {
			if err != nil || c.ended {
				return nil, notCancelled(err)
			}
			for i, s := range c.sides {
				l := &List{Name: "fields", Title: t.Name, Rows: fieldList{all, i}, snapshot: snaps[i], Again: "compare-fields " + spec}
				if short != nil {
					l.note = short.Error()
				}
				l.ended.Store(true)
				s.ed.setList(l)
			}
			c.sides[c.active].ed.Notef("%s of %s differ", count(int64(len(all)), "field"), t.Name)
			return Panel{"fields", Focus}, nil
		},
	}}, nil
}
