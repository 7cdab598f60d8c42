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
	"hexlay/overlay/literal"
)

// which finds out what checksum a value is.
func (a *app) which(ctx context.Context, name, value, rng string, json bool) error {
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
	q.Near = model.WhichNear(len(q.Value))
	q.Starts, q.Ends = model.WhichPlaces(r, q.At, int64(len(q.Value)), nil)
	tasks, tried, skipped, err := q.Tasks()
	if err != nil {
		return fmt.Errorf("--which: %w", err)
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
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
		return dataError("%x is no checksum of the ranges tried, %s in number", q.Value, model.Grouped(int64(tried)))
	}
	return nil
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
