package frame

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/big"

	"hexlay/overlay/expr"
	"hexlay/overlay/ksy"
)

// Template is frames that a template describes: its top object, or one element of it where the top object is nothing but a
// list to the end of the stream. A frame with a -check that is wrong is none.
type Template struct {
	Schema *ksy.Schema
	magic  []byte
	fixed  Fixed // of a struct format, which fits all bytes
}

// templateSteps bounds one try: a frame is small, and a hostile stream must not cost much for each of its bytes.
const templateSteps = 1 << 20

// NewTemplate cuts by a schema. It fails for a template whose every field may be empty: frames of no bytes never end.
func NewTemplate(s *ksy.Schema) (*Template, error) {
	t := &Template{Schema: s}
	top := s.Top
	if list := listOf(top); list != nil {
		top = list.Type.User
	}
	for top != nil && len(top.Seq) > 0 {
		first := top.Seq[0]
		if first.If != nil || first.Repeat != ksy.Once {
			break
		}
		if first.Type.Sort == ksy.UserType {
			top = first.Type.User
			continue
		}
		t.magic = first.Type.Contents
		break
	}
	return t, nil
}

// listOf is the only field of a type when that is a list of objects to the end of the stream.
func listOf(t *ksy.Type) *ksy.Attr {
	if len(t.Seq) != 1 {
		return nil
	}
	a := t.Seq[0]
	if a.Repeat != ksy.RepeatEOS || a.Type.Sort != ksy.UserType || a.Type.Sized() {
		return nil
	}
	return a
}

// Magic is for Cutter.
func (t *Template) Magic() []byte { return t.magic }

// Cut is for Cutter.
func (t *Template) Cut(r io.ReaderAt, off, size int64) Cut {
	if t.fixed > 0 {
		return t.fixed.Cut(r, off, size)
	}
	n, err := t.parse(r, off, size-off)
	var e *ksy.Error
	switch {
	case errors.As(err, &e) && e.Kind == "EndOfStreamError" && e.Missing > 0:
		if e.Missing > MaxFrame {
			return Cut{Err: err}
		}
		// Only the end of the stream itself moves when more comes, not that of a part with a size of its own.
		if _, again := t.parse(padded{r, size}, off, size-off+e.Missing); sameShortage(e, again) {
			return Cut{Err: err}
		}
		return Cut{Need: e.Missing}
	case err != nil:
		return Cut{Err: err}
	case n <= 0:
		return Cut{Err: errors.New("the template takes no bytes here")}
	}
	if err := t.check(r, off, n); err != nil {
		return Cut{Err: err}
	}
	return Cut{N: n}
}

func sameShortage(e *ksy.Error, again error) bool {
	var b *ksy.Error
	return errors.As(again, &b) && b.Kind == e.Kind && b.Missing == e.Missing && b.Attr == e.Attr
}

// parse reads one frame of at most size bytes and returns its length.
func (t *Template) parse(r io.ReaderAt, off, size int64) (n int64, err error) {
	tree := t.Schema.Open(r, off, size, ksy.Options{Limits: ksy.Limits{Steps: templateSteps}})
	top := tree.Root()
	if list := listOf(t.Schema.Top); list != nil {
		all := top.Field(list.ID)
		if all == nil {
			return 0, top.Err()
		}
		one, err := all.Child(0)
		if err != nil {
			return 0, err
		}
		if one == nil {
			return 0, &ksy.Error{Kind: "EndOfStreamError", Missing: 1, Msg: "no bytes"}
		}
		return length(one, off)
	}
	if err := tree.Parse(); err != nil {
		return 0, err
	}
	return length(top, off)
}

// length reads all of an object and gives how far it reaches.
func length(n *ksy.Node, off int64) (int64, error) {
	if err := readAll(n); err != nil {
		return 0, err
	}
	if n.Parent() != nil {
		r, _ := n.Range()
		return r.End - off, nil
	}
	end := off // the top object reaches over all that it was laid over; its last field tells more
	for i := int64(0); ; i++ {
		if count, final := n.Len(); final && i >= count {
			return end - off, nil
		}
		c, err := n.Child(i)
		if err != nil {
			return 0, err
		}
		if a := c.Attr(); a.Place == ksy.SeqField {
			if r, ok := c.Range(); ok {
				end = max(end, r.End)
			}
		}
	}
}

// readAll reads the sequence of an object and of all in it, and returns the first error.
func readAll(n *ksy.Node) error {
	if err := n.Err(); err != nil {
		return err
	}
	for i := int64(0); ; i++ {
		if count, final := n.Len(); final && i >= count {
			return nil
		}
		c, err := n.Child(i)
		if err != nil {
			return err
		}
		if c == nil {
			return n.Err()
		}
		if a := c.Attr(); a != nil && a.Place != ksy.SeqField {
			continue // instances are no part of a frame
		}
		if err := readAll(c); err != nil {
			return err
		}
	}
}

// check looks at the -check fields of a frame.
func (t *Template) check(r io.ReaderAt, off, n int64) error {
	tree := t.Schema.Open(r, off, n, ksy.Options{Limits: ksy.Limits{Steps: templateSteps}})
	all, _, err := tree.AllChecks(context.Background())
	if err != nil {
		return err
	}
	for _, c := range all {
		if c.Err != nil {
			return fmt.Errorf("%s: %w", c.Path, c.Err)
		}
		if !c.OK {
			return fmt.Errorf("%s is %s, expected %s", c.Path, c.Actual, c.Expected)
		}
	}
	return nil
}

// padded is r, of size bytes, and zeros behind it.
type padded struct {
	r    io.ReaderAt
	size int64
}

func (p padded) ReadAt(b []byte, off int64) (int, error) {
	n := 0
	if off < p.size {
		k := min(int64(len(b)), p.size-off)
		m, err := p.r.ReadAt(b[:k], off)
		if int64(m) < k {
			return m, err
		}
		n = m
	}
	clear(b[n:])
	return len(b), nil
}

// Summary is one line about the frame b: what the template's to-string says, or "" where it has none.
func (t *Template) Summary(b []byte) string {
	tree := t.Schema.Open(bytes.NewReader(b), 0, int64(len(b)), ksy.Options{Limits: ksy.Limits{Steps: templateSteps}})
	n := t.object(tree)
	if n == nil {
		return ""
	}
	v, err := n.Value()
	if err != nil || v.Object() == nil {
		return ""
	}
	text, _, _ := v.Object().Text()
	return text
}

// apply does patches that do not overlap.
func apply(b []byte, patches []ksy.Patch) ([]byte, error) {
	patches, err := ksy.MergePatches(patches)
	if err != nil {
		return nil, err
	}
	var out []byte
	at := int64(0)
	for _, p := range patches {
		out = append(append(out, b[at:p.Range.Start]...), p.New...)
		at = p.Range.End
	}
	return append(out, b[at:]...), nil
}

// object is the node that is the frame: the top one, or the first of its list.
func (t *Template) object(tree *ksy.Tree) *ksy.Node {
	if list := listOf(t.Schema.Top); list != nil {
		all := tree.Root().Field(list.ID)
		if all == nil {
			return nil
		}
		n, _ := all.Child(0)
		return n
	}
	return tree.Root()
}

// Set gives the frame b with a field's value changed, and what depends on it mended. The path is one within the frame.
func (t *Template) Set(ctx context.Context, b []byte, path, value string) ([]byte, error) {
	tree := t.Schema.Open(bytes.NewReader(b), 0, int64(len(b)), ksy.Options{})
	patches, err := tree.Set(ctx, []ksy.Assignment{{Path: t.path(path), Value: value}})
	if err != nil {
		return nil, err
	}
	if patches, err = tree.Mend(ctx, patches); err != nil {
		return nil, err
	}
	return apply(b, patches)
}

// Number is the value of an integer field of the frame b.
func (t *Template) Number(b []byte, path string) (*big.Int, error) {
	tree := t.Schema.Open(bytes.NewReader(b), 0, int64(len(b)), ksy.Options{})
	n, err := tree.Lookup(t.path(path))
	if err != nil {
		return nil, err
	}
	v, err := n.Value()
	if err != nil {
		return nil, err
	}
	if v.Kind() == expr.EnumOf {
		v = v.Int()
	}
	if v.Kind() != expr.Int {
		return nil, fmt.Errorf("%s is no integer", path)
	}
	return v.Big(), nil
}

// path is a path within the frame as one from the top.
func (t *Template) path(p string) string {
	if list := listOf(t.Schema.Top); list != nil {
		return list.ID + "[0]." + p
	}
	return p
}

// Holds tells whether a condition is true of the frame b or of an object in it.
func (t *Template) Holds(b []byte, c *ksy.Condition) (holds bool, err error) {
	tree := t.Schema.Open(bytes.NewReader(b), 0, int64(len(b)), ksy.Options{Limits: ksy.Limits{Steps: templateSteps}})
	_, _, err = tree.Matches(c, nil, func(ksy.Match) error {
		holds = true
		return ksy.ErrStop
	})
	return holds, err
}
