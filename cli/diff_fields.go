package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/ksy"
)

// diffFields compares two files by the fields of a template.
func (a *app) diffFields(ctx context.Context, o *decodeFlags, nameA, nameB string, json bool) error {
	schema, err := a.loadTemplate(o, nameA)
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var snap [2]*mmapdoc.Snapshot
	var tree [2]*ksy.Tree
	for i, name := range []string{nameA, nameB} {
		d, err := openToRead(name)
		if err != nil {
			return err
		}
		defer d.Close()
		snap[i] = d.Snapshot()
		tree[i] = schema.Open(reader{snap[i]}, 0, snap[i].Size(), ksy.Options{Context: ctx})
	}
	all, err := model.CompareFields(tree[0], tree[1], snap[0], snap[1])
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case err != nil && !errors.Is(err, model.ErrFields):
		return err
	}
	if e := a.printFields(all, json); e != nil {
		return e
	}
	if err != nil {
		fmt.Fprintln(a.stderr, oneLine(err.Error()))
		return errSaid
	}
	if len(all) > 0 {
		return errSaid
	}
	return nil
}

func fieldText(v *model.FieldValue) string {
	if v == nil {
		return "–"
	}
	return visible(v.Text)
}

// fieldJSON is {"path":P,"old":T,"new":T,"a":[s,e],"b":[s,e]}; null stands for a side that has no such field or no place for it.
// A field that is equal on both has "same":true.
func fieldJSON(d model.FieldDifference) []byte {
	b := appendJSONString([]byte(`{"path":`), d.Path)
	for i, v := range []*model.FieldValue{d.Left, d.Right} {
		b = append(b, []string{`,"old":`, `,"new":`}[i]...)
		if v == nil {
			b = append(b, "null"...)
		} else {
			b = appendJSONString(b, v.Text)
		}
	}
	for i, v := range []*model.FieldValue{d.Left, d.Right} {
		b = append(b, []string{`,"a":`, `,"b":`}[i]...)
		if v == nil || !v.HasRange {
			b = append(b, "null"...)
		} else {
			b = fmt.Appendf(b, "[%d,%d]", v.Range.Start, v.Range.End)
		}
	}
	if d.Same {
		b = append(b, `,"same":true`...)
	}
	return append(b, '}')
}
