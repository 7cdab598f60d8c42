package model

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"hexlay/mmapdoc"
)

// patch is bytes to be written: del bytes at off become data.
type patch struct {
	off, del int64
	data     []byte
}

// editable is a node whose value can be changed.
type editable interface {
	node
	// value is the field's value as it is typed.
	value() (string, error)
	// encode gives the bytes of a value as it is typed; it refuses what the field cannot hold.
	encode(s string) ([]patch, error)
}

func fieldCommands() []*Command {
	return []*Command{
		{Name: "field-set", Group: "Structure", Help: "Give the chosen field a new value",
			Args: []Arg{{Kind: ArgString, Optional: true}}, Enabled: (*Editor).someOverlay, Run: runFieldSet},
	}
}

// chosen is the node that is chosen, with its path.
func (o *outline) chosen() (node, path, error) {
	n, ok := o.resolve(o.cursor)
	if !ok {
		return nil, o.cursor, fmt.Errorf("no field lies at %#x", o.at)
	}
	return n, o.cursor, nil
}

func runFieldSet(e *Editor, args []string) (Effect, error) {
	var row Row
	var now string
	var patches []patch
	return Start{e.treeJob("", func(ctx context.Context, o *outline, sc *scene) error {
		o.follow(ctx, sc.cursor)
		n, _, err := o.chosen()
		if err != nil {
			return err
		}
		row.Name = n.step()
		n.describe(&row)
		f, ok := n.(editable)
		if !ok {
			return fmt.Errorf("%s has no value of its own to edit", or(row.Name, "the overlay"))
		}
		if len(args) == 0 {
			now, err = f.value()
		} else if patches, err = f.encode(args[0]); err == nil {
			now = args[0]
		}
		if err != nil {
			return fmt.Errorf("%s: %w", row.Name, err)
		}
		return nil
	}, func(e *Editor, err error) (Effect, error) {
		switch {
		case errors.Is(err, context.Canceled):
			return nil, nil
		case err != nil:
			return nil, err
		case len(args) == 0:
			return Prompt{Title: row.Name + " (" + row.Type + ")", Command: "field-set", Initial: now}, nil
		}
		if err := e.apply(patches); err != nil {
			return nil, err
		}
		e.Notef("%s = %s", row.Name, shorten(now, 60))
		return nil, nil
	})}, nil
}

// apply writes patches as one undo step; the cursor stays.
func (e *Editor) apply(ps []patch) error {
	e.low = false
	for _, p := range ps {
		if p.off < 0 || p.del < 0 || p.off > e.Size()-p.del {
			return fmt.Errorf("%s at %#x do not fit: the document ends at %#x", count(p.del, "byte"), p.off, e.Size())
		}
	}
	slices.SortFunc(ps, func(a, b patch) int { return cmp.Compare(b.off, a.off) }) // from the end: the others stay where they are
	e.doc.Begin()
	defer e.doc.End()
	for _, p := range ps {
		if err := e.splice(p.off, p.del, p.data, mmapdoc.Alone); err != nil {
			return err
		}
	}
	return nil
}

func or(s, t string) string {
	if s == "" {
		return t
	}
	return s
}
