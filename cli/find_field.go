package cli

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
	"hexlay/overlay/pystruct"
	"hexlay/templates"
)

// fieldFind is a search for the objects of a template of which a condition holds.
type fieldFind struct {
	decodeFlags
	condition   string
	limit       int64
	count, json bool
}

// findFields prints what holds in the range wanted of the file, in the order of the template.
func (a *app) findFields(ctx context.Context, o *fieldFind, file string, rng func(*mmapdoc.Document) (mmapdoc.Range, error)) error {
	schema, err := a.loadTemplate(&o.decodeFlags, file)
	if err != nil {
		return err
	}
	cond, err := schema.Condition(o.condition)
	if err != nil {
		return refused(fmt.Errorf("condition %s: %w", quote(o.condition), err))
	}
	d, err := openToRead(file)
	if err != nil {
		return err
	}
	defer d.Close()
	r, err := rng(d)
	if err != nil {
		return err
	}
	snap := d.Snapshot()
	var progress atomic.Int64
	stop := a.progress(&progress, r.Len())
	n := int64(0)
	w := bufio.NewWriterSize(a.stdout, 64<<10)
	array := newJSONArray(a.stdout)
	shown := heads{s: snap}
	show := func(path string, m ksy.Match) error {
		if !m.InData { // it has no place in the file
			return nil
		}
		n++
		switch {
		case o.count:
		case o.json:
			name, err := json.Marshal(path)
			if err != nil {
				return err
			}
			line := append(appendJSONRange([]byte{'{'}, m.Range.Start, m.Range.End), `,"path":`...)
			array.add(append(append(line, name...), '}'))
		default:
			head, err := shown.of(mmapdoc.Range(m.Range))
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "%#x: %s  %s\n", m.Range.Start, shorten(head, m.Range.Len()), oneLine(path))
		}
		if n == o.limit {
			return ksy.ErrStop
		}
		return nil
	}
	at := func(off int64) { progress.Store(max(progress.Load(), off-r.Start)) }
	options := ksy.Options{Context: ctx}
	var why error
	if size := recordSize(o.template); size > 0 { // as many records as there are
		_, why, err = schema.RecordMatches(reader{snap}, r.Start, size, r.Len()/size, cond, options, at, func(i int64, m ksy.Match) error {
			return show(fmt.Sprintf("[%d]", i)+m.Path, m)
		})
	} else {
		_, why, err = schema.Open(reader{snap}, r.Start, r.Len(), options).Matches(cond, at, func(m ksy.Match) error { return show(m.Path, m) })
	}
	stop()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	switch {
	case o.count && o.json:
		fmt.Fprintf(w, "{\"count\":%d}\n", n)
	case o.count:
		fmt.Fprintln(w, n)
	case o.json:
		if e := array.end(); err == nil {
			err = e
		}
	}
	if e := w.Flush(); err == nil {
		err = e
	}
	switch {
	case err != nil:
		return err
	case n > 0:
		return nil
	case why != nil:
		return dataError("not found; the condition could not be told of all, first %s", why)
	case o.count || o.json:
		return errSaid
	}
	return dataError("not found")
}

// recordSize is the size of the struct format that a template is named by, or 0.
func recordSize(name string) int64 {
	if _, ok := templates.Lookup(name); ok || name == "" || !isFormat(name) {
		return 0
	}
	f, err := pystruct.Compile(name)
	if err != nil {
		return 0
	}
	return f.Size()
}

var errFieldAlone = errors.New("--field takes the place of PATTERN: find FILE --field 'type == 7' --template T")
