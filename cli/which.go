package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/checksum"
	"hexlay/overlay/ksy"
	"hexlay/overlay/literal"
	"hexlay/templates"
)

// which finds out what checksum a value is. A template that is named is laid over the range: the borders of its fields are tried too.
func (a *app) which(ctx context.Context, name, value, rng string, o *decodeFlags, json bool) error {
	d, err := openToRead(name)
	if err != nil {
		return err
	}
	defer d.Close()
	r, err := rangeIn(rng, d.Size())
	if err != nil {
		return fmt.Errorf("--range: %w", err)
	}
	q := &checksum.Question{At: -1}
	if where, ok := strings.CutPrefix(value, "@"); ok {
		at, err := rangeIn(where, d.Size())
		if err == nil && at.Len() > 64 {
			err = fmt.Errorf("%d bytes; a checksum has at most 64", at.Len())
		}
		if err != nil {
			return fmt.Errorf("--which: %w", err)
		}
		q.At, q.Value = at.Start, make([]byte, at.Len())
		if _, err := d.Snapshot().ReadAt(q.Value, at.Start); err != nil && at.End < d.Size() {
			return err
		}
	} else if q.Value, err = literal.ParseHex(value); err != nil {
		return refused(fmt.Errorf("--which: %w", err))
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var borders []int64
	if o.template != "" {
		if borders, err = a.fieldBorders(ctx, d.Snapshot(), r, q.At, o); err != nil {
			return err
		}
	}
	q.Near = model.WhichNear(len(q.Value))
	q.Starts, q.Ends = model.WhichPlaces(r, q.At, int64(len(q.Value)), borders)
	tasks, tried, skipped, err := q.Tasks()
	if err != nil {
		return fmt.Errorf("--which: %w", err)
	}
	total := int64(0)
	for _, t := range tasks {
		total += t.Work()
	}
	var done atomic.Int64
	stopProgress := a.progress(&done, total)
	var answers []checksum.Answer
	err = model.WhichChecksum(ctx, d.Snapshot(), tasks, &done, func(found []checksum.Answer) { answers = append(answers, found...) })
	stopProgress()
	switch {
	case errors.Is(err, context.Canceled):
		return errInterrupted
	case err != nil:
		return err
	}
	slices.SortFunc(answers, model.CompareAnswers)
	order := map[bool]string{true: "little", false: "big"}
	if json {
		out := newJSONArray(a.stdout)
		for _, w := range answers {
			b := appendJSONString([]byte(`{"algorithm":`), w.Algorithm)
			b = appendJSONRange(append(b, ','), w.Start, w.End)
			out.add(fmt.Appendf(b, `,"order":"%s","zeroed":%t}`, order[w.Reversed], w.Zeroed))
		}
		if err := out.end(); err != nil {
			return err
		}
	} else {
		w := bufio.NewWriter(a.stdout)
		for _, an := range answers {
			fmt.Fprintf(w, "%-26s %#x..%#x, %s-endian", an.Algorithm, an.Start, an.End, order[an.Reversed])
			if an.Zeroed {
				w.WriteString(", its own bytes as zeros")
			}
			w.WriteByte('\n')
		}
		if n := checksum.ByChance(tried, len(q.Value)); len(answers) > 0 && n >= 0.01 {
			fmt.Fprintf(w, "about %.2g of them by chance\n", n)
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if skipped > 0 {
		fmt.Fprintf(a.stderr, "hexlay hash: %d passes over the data were left out as too much work\n", skipped)
	}
	if len(answers) == 0 {
		hint := ""
		if o.template == "" {
			if known := templates.Detect(d.Snapshot(), d.Size()); len(known) > 0 {
				hint = "; try --template " + known[0].Format.Name
			}
		}
		return dataError("%x is no checksum of the ranges tried, %s in number%s", q.Value, model.Grouped(int64(tried)), hint)
	}
	return nil
}

// fieldBorders lays the template over r of the data: of a struct format the record that has the byte at at, below 0 the first one.
func (a *app) fieldBorders(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, at int64, o *decodeFlags) ([]int64, error) {
	schema, err := a.loadTemplate(o, "")
	if err != nil {
		return nil, err
	}
	if size := recordSize(o.template); size > 0 {
		if at >= r.Start {
			r.Start += (at - r.Start) / size * size
		}
		r.End = min(r.End, r.Start+size)
	}
	borders := model.WhichBorders(schema.Open(reader{s}, r.Start, r.Len(), ksy.Options{Context: ctx}), at)
	if ctx.Err() != nil {
		return nil, errInterrupted
	}
	return borders, nil
}

// rangeIn is a range that must lie within size bytes.
func rangeIn(s string, size int64) (mmapdoc.Range, error) {
	sp, err := parseRange(s)
	if err != nil {
		return mmapdoc.Range{}, err
	}
	start, end, err := sp.resolve(size)
	if err == nil && (start > size || end > size) {
		err = dataError("range %d..%d reaches beyond the end: the data has %s", start, end, plural(size, "byte"))
	}
	return mmapdoc.Range{Start: start, End: end}, err
}
