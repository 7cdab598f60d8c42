package model

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/checksum"
	"hexlay/overlay/ksy"
	"hexlay/overlay/literal"
)

// WhichPlaces are the places where the bytes of a checksum may begin and end, the most plausible first: at the ends of r, beside
// the value that stands at at (below 0: nowhere), at the borders of fields, and a few bytes further in.
func WhichPlaces(r mmapdoc.Range, at, size int64, borders []int64) (starts, ends []int64) {
	inner := []int64{4, 8, 2, 1, 12, 16, 6, 3, 5, 7, 10, 14, 20, 24, 28, 32, 40, 48, 56, 64, 128, 256, 512, 1024, 2048, 4096}
	add := func(list []int64, at int64) []int64 {
		if at < r.Start || at > r.End || slices.Contains(list, at) {
			return list
		}
		return append(list, at)
	}
	starts, ends = add(starts, r.Start), add(ends, r.End)
	if at >= 0 {
		starts, ends = add(starts, at+size), add(ends, at)
	}
	for _, b := range borders {
		starts, ends = add(starts, b), add(ends, b)
	}
	for _, n := range inner {
		starts, ends = add(starts, r.Start+n), add(ends, r.End-n)
		if at >= 0 && n <= 16 {
			starts, ends = add(starts, at+size+n), add(ends, at-n)
		}
	}
	return starts, ends
}

// WhichNear is how far around a checksum of so many bytes every place is tried; of one with few bits too many would be right by chance.
func WhichNear(size int) int64 {
	switch size {
	case 1:
		return 16
	case 2:
		return 128
	}
	return 4096
}

// WhichChecksum answers a question on all cores. found gets answers as they come, one call at a time.
func WhichChecksum(ctx context.Context, s *mmapdoc.Snapshot, tasks []*checksum.Task, progress *atomic.Int64, found func([]checksum.Answer)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var next atomic.Int64
	var mu sync.Mutex
	var first error
	var all sync.WaitGroup
	share(&all, "the search for a checksum", min(cores, len(tasks)), func() {
		for {
			i := next.Add(1) - 1
			if i >= int64(len(tasks)) || ctx.Err() != nil {
				return
			}
			answers, err := tasks[i].Run(ctx, s, progress)
			mu.Lock()
			found(answers)
			if err != nil && first == nil {
				first = err
				cancel()
			}
			mu.Unlock()
		}
	})
	all.Wait()
	if first != nil {
		return first
	}
	return ctx.Err()
}

// fieldBorders are where fields of the laid-over templates that are on the screen begin and end, and those around the cursor, which may
// begin with a length or a magic that is not summed.
func (e *Editor) fieldBorders() (places []int64) {
	for _, o := range e.overlays {
		places = append(places, o.Region.Start, o.Region.End)
	}
	if e.sight == nil {
		return places
	}
	places = append(places, bordersOf(e.sight.Chain)...)
	for _, row := range e.sight.Rows {
		if row.Placed {
			places = append(places, row.Region.Start, row.Region.End)
		}
	}
	return places[:min(len(places), maxBorders)]
}

// maxBorders bounds the borders of fields that are tried.
const maxBorders = 200

// bordersOf are the borders of a field and of those around it, innermost first, and places a few bytes further in: they may begin with a
// length or a magic that is not summed.
func bordersOf(chain []mmapdoc.Range) (places []int64) {
	for _, r := range chain {
		places = append(places, r.Start, r.End)
	}
	for _, r := range chain {
		for _, n := range []int64{4, 8, 2, 1, 12, 16} {
			if n < r.Len() {
				places = append(places, r.Start+n)
			}
		}
	}
	return places
}

// WhichBorders are where fields of a template begin and end, for WhichPlaces: those of the field at at, of those around it, and of the
// other fields of these, as far as the data fits the template; below 0 those of the first fields of all.
func WhichBorders(t *ksy.Tree, at int64) (places []int64) {
	if at < 0 {
		_ = t.Walk(func(v *ksy.Visit) error { // an error ends what is known, no more
			if v.HasRange && v.InData {
				places = append(places, v.Range.Start, v.Range.End)
			}
			if len(places) >= maxBorders {
				return ksy.ErrStop
			}
			return nil
		})
		return append(places, t.Range().Start, t.Range().End)
	}
	var chain []mmapdoc.Range
	var beside []int64
	for _, n := range t.Find(at) {
		for ; n != nil; n = n.Parent() {
			if r, ok := n.Range(); ok {
				chain = append(chain, mmapdoc.Range(r))
			}
			if n.Kind() != ksy.ObjectNode {
				continue
			}
			fields, _ := n.Len()
			for i := int64(0); i < fields && len(beside) < maxBorders; i++ {
				if c, err := n.Child(i); err == nil {
					if r, ok := c.Range(); ok {
						beside = append(beside, r.Start, r.End)
					}
				}
			}
		}
	}
	places = append(bordersOf(chain), beside...)
	return append(places[:min(len(places), maxBorders)], t.Range().Start, t.Range().End)
}

func runWhich(e *Editor, args []string) (Effect, error) {
	s := e.Snapshot()
	r := mmapdoc.Range{End: s.Size()}
	at, again := int64(-1), "which"
	var value []byte
	if len(args) > 0 {
		text, within, err := e.cutRange(args[0])
		if err != nil {
			return nil, err
		}
		if within != nil {
			r = *within
		}
		if text != "" {
			if value, _, err = literal.ParseLine(text); err != nil {
				return nil, err
			}
			again += " " + text
		}
		again += fmt.Sprintf(" @%#x:%d", r.Start, r.Len())
	}
	if value == nil {
		sel := e.Selection()
		if sel.Len() == 0 {
			return Prompt{Title: "Which checksum is", Command: "which", Complete: ArgBytes, Hint: "e3069283   or select the bytes of the checksum first"}, nil
		}
		var err error
		if value, err = e.bytesOf(sel, 64, "which"); err != nil {
			return nil, err
		}
		at = sel.Start
		again = "" // the selection is another one by then
	}
	q := &checksum.Question{Value: value, At: at, Near: WhichNear(len(value))}
	q.Starts, q.Ends = WhichPlaces(r, at, int64(len(value)), e.fieldBorders())
	tasks, tried, skipped, err := q.Tasks()
	if err != nil {
		return nil, err
	}
	if len(tasks) == 0 {
		return nil, fmt.Errorf("no checksum has results of %s", count(int64(len(value)), "byte"))
	}
	total := int64(0)
	for _, t := range tasks {
		total += t.Work()
	}
	rows := &whichRows{q: q, within: r}
	l := &List{Name: "which", Title: fmt.Sprintf("%x", value), Rows: rows, snapshot: s, Again: again}
	return e.listJob(l, "looking for the checksum", total,
		func(ctx context.Context, progress *atomic.Int64) error {
			return WhichChecksum(ctx, s, tasks, progress, rows.take)
		},
		func(e *Editor) (Effect, error) {
			n := rows.Len()
			note := ""
			if skipped > 0 {
				note = fmt.Sprintf("; %s left out as too much work", count(int64(skipped), "pass"))
			}
			if n == 0 {
				return nil, fmt.Errorf("%x is no checksum of the ranges tried, %s in number%s", value, Grouped(int64(tried)), note)
			}
			e.Notef("%s; about %.2g by chance%s", count(n, "answer"), checksum.ByChance(tried, len(value)), note)
			return nil, nil
		}), nil
}

// whichRows are answers, the most plausible first.
type whichRows struct {
	mu      sync.Mutex
	q       *checksum.Question
	within  mmapdoc.Range
	answers []checksum.Answer
}

func (w *whichRows) take(found []checksum.Answer) {
	if len(found) == 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers = append(w.answers, found...)
	slices.SortFunc(w.answers, CompareAnswers)
}

func (w *whichRows) Len() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return int64(len(w.answers))
}

func (w *whichRows) Row(i int64) ListRow {
	w.mu.Lock()
	defer w.mu.Unlock()
	if i < 0 || i >= int64(len(w.answers)) {
		return ListRow{}
	}
	a := w.answers[i]
	r := mmapdoc.Range{Start: a.Start, End: a.End}
	row := ListRow{Range: r, Lead: a.Algorithm, Text: rangeText(r), State: Good}
	at, last := w.q.At, w.q.At+int64(len(w.q.Value))
	switch {
	case r == w.within:
		row.Text += ", all of it"
	case at >= 0 && r.Start == w.within.Start && r.End == at:
		row.Text += ", all before it"
	case at >= 0 && r.Start == last && r.End == w.within.End:
		row.Text += ", all after it"
	}
	var notes []string
	if a.Zeroed {
		notes = append(notes, "its own bytes as zeros")
	}
	if a.Reversed {
		notes = append(notes, "least significant byte first")
	}
	for i, n := range notes {
		if i > 0 {
			row.Note += "; "
		}
		row.Note += n
	}
	row.Copy = checkText(a, len(w.q.Value))
	return row
}

// checkText is an answer as a check of a template.
func checkText(a checksum.Answer, size int) string {
	typ := fmt.Sprintf("size: %d", size)
	if size == 1 || size == 2 || size == 4 || size == 8 {
		typ = fmt.Sprintf("type: u%d", size)
		if size > 1 {
			typ += map[bool]string{true: "le", false: "be"}[a.Reversed]
		}
	}
	zero := ""
	if a.Zeroed {
		zero = "\n    zero: true"
	}
	return fmt.Sprintf("- id: checksum\n  %s\n  -check:\n    algorithm: %s\n    over: {from: first, to: last} # the fields at %#x and before %#x%s\n", typ, a.Algorithm, a.Start, a.End, zero)
}
