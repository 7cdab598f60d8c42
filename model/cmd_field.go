package model

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
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
			Args: []Arg{{Kind: ArgString, Optional: true}}, Enabled: (*Editor).someOverlay, Run: fieldSet(asked)},
		{Name: "field-set!", Group: "Structure", Help: "Give the chosen field a new value, also when bytes have to be inserted or deleted for it",
			Args: []Arg{{Kind: ArgString}}, Enabled: (*Editor).someOverlay, Run: fieldSet(forced)},
		{Name: "field-set-mended", Group: "Structure", Help: "Give the chosen field a new value and mend the checksums and lengths that depend on it, as one step",
			Args: []Arg{{Kind: ArgString}}, Enabled: (*Editor).someOverlay, Run: fieldSet(mended)},
		{Name: "mend", Group: "Structure", Help: "Show which checksums, lengths and counts of the overlay are wrong, and mend them", Enabled: (*Editor).someOverlay, Run: runMend},
		{Name: "mend!", Group: "Structure", Help: "Mend what is wrong without asking", Enabled: (*Editor).someOverlay, Run: runMendNow},
		{Name: "mend-on-edit", Group: "Structure", Help: "Whether an edited field takes the checksums and lengths that depend on it along",
			Args: []Arg{{Kind: ArgWord, Choices: []string{"on", "off"}, Optional: true}}, Run: runMendOnEdit},
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

// chooser is a node whose values have names.
type chooser interface{ choices() []Completion }

func runFieldSet(e *Editor, args []string) (Effect, error) { return fieldSet(asked)(e, args) }

// setting is how a field gets a new value.
type setting int

const (
	asked  setting = iota // what else changes is shown before, where that is not wanted anyway
	forced                // also when bytes have to be inserted or deleted
	mended                // together with what depends on it
)

func fieldSet(how setting) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, args []string) (Effect, error) {
		var row Row
		var now string
		var all mending
		var choices []Completion
		wanted := e.MendOnEdit || how == mended
		shown := how == asked && e.Capture() != nil // what a packet's headers say of it is part of any change
		refit := e.refitter()
		snap := e.Snapshot()
		title := ""
		if (wanted || shown) && len(args) > 0 {
			title = "mending"
		}
		return e.ask(title, func(ctx context.Context, o *outline, n node, p path) error {
			row.Name = or(n.step(), "the overlay")
			n.describe(&row)
			f, ok := n.(editable)
			if !ok {
				return fmt.Errorf("%s %w", row.Name, errNotOne)
			}
			var err error
			if len(args) > 0 {
				if all.patches, err = f.encode(args[0]); err == nil && title != "" {
					if all, err = o.mend(ctx, p.overlay, all.patches, refit); err != nil {
						err = &hintedError{named(row.Name, err), alone(args[0], how)}
					}
				}
			} else if now, err = f.value(); err == nil {
				if c, ok := n.(chooser); ok {
					choices = c.choices()
				}
			}
			if err != nil {
				return named(row.Name, err)
			}
			return nil
		}, func(e *Editor) (Effect, error) {
			if len(args) > 0 && !e.still(snap) {
				return nil, errMeanwhile
			}
			if len(args) == 0 {
				p := Prompt{Title: row.Name, Command: "field-set", Initial: now, Choices: choices}
				if row.Type != "" {
					p.Title += " (" + row.Type + ")"
				}
				return p, nil
			}
			leave := Choice{"esc", "leave it", ""}
			grow := int64(0)
			for _, p := range all.patches {
				grow += int64(len(p.data)) - p.del
			}
			switch {
			case all.refitted && how == asked, len(all.fields) > 0 && !wanted:
				choices := []Choice{{"m", "change it and mend " + count(int64(len(all.fields)), "field"), "field-set-mended " + args[0]}}
				if !wanted {
					alone := Choice{"a", "change it alone", "field-set! " + args[0]}
					if all.refitted {
						alone.Label += ": the packets behind it are not found any more"
					}
					choices = append(choices, alone)
				}
				return Ask{Title: fmt.Sprintf("%s = %s", row.Name, shorten(args[0], 40)), Text: "What depends on it:\n" + mendedText(all.fields, len(all.fields)) + strings.Join(all.notes, "\n"),
					Choices: append(choices, leave)}, nil
			case grow != 0 && how == asked:
				do := fmt.Sprintf("insert %s", count(grow, "byte"))
				if grow < 0 {
					do = fmt.Sprintf("delete %s", count(-grow, "byte"))
				}
				text := "What lies behind it moves. "
				if e.Capture() != nil {
					text = "It lies in no packet's bytes alone: the capture goes on saying the old lengths, so the packets behind it may not be found any more. "
				}
				return Ask{Title: row.Name + " changes its length", Text: text + preview(all.patches), Choices: []Choice{
					{"y", do, "field-set! " + args[0]}, leave}}, nil
			}
			if err := e.apply(all.patches); err != nil {
				return nil, err
			}
			e.Notef("%s = %s", row.Name, shorten(args[0], 60))
			if len(all.fields) > 0 {
				e.notice.Text += fmt.Sprintf(", %s mended", count(int64(len(all.fields)), "field"))
			}
			return nil, nil
		})
	}
}

// alone is how a field gets a value although what depends on it cannot be mended.
func alone(value string, how setting) Hint {
	if how == forced { // only mend-on-edit asked for it
		return Hint{"mend-on-edit off", "has it changed alone"}
	}
	if len(value) > 32 {
		value = "VALUE"
	}
	return Hint{"field-set! " + value, "changes it alone"}
}

// mending is edits together with what they make necessary.
type mending struct {
	patches  []patch
	fields   []ksy.Mended
	notes    []string // sentences about what else there is to know
	refitted bool     // a packet of a capture changed its length, and what tells of it with it
}

// mend adds to edits of one overlay what they make necessary in it, and in the others that lie around them. refit, which may be nil, gives those of
// a capture the lengths of its packets.
func (o *outline) mend(ctx context.Context, overlay int, edits []patch, refit func(context.Context, []patch) (mending, error)) (m mending, err error) {
	m.patches = edits
	if refit != nil {
		if m, err = refit(ctx, edits); err != nil {
			return m, err
		}
	}
	in := func(t *tree, p patch) bool { return p.off >= t.Region.Start && p.off+p.del <= t.Region.End }
	around := func(t *tree) bool { return !slices.ContainsFunc(edits, func(p patch) bool { return !in(t, p) }) }
	trees := []*tree{o.tree(overlay)}
	for _, t := range slices.Backward(o.trees) { // the newest is the innermost
		if t.ID != overlay && around(t) {
			trees = append(trees, t)
		}
	}
	for _, t := range trees {
		l, ok := t.laid.(mender)
		if !ok {
			continue
		}
		var own, others []patch
		for _, p := range m.patches {
			if in(t, p) {
				own = append(own, p)
			} else {
				others = append(others, p)
			}
		}
		now, more, err := l.mend(ctx, own)
		if err != nil {
			return mending{}, err
		}
		m.patches = append(now, others...)
		m.fields = append(m.fields, more...)
	}
	return m, nil
}

// maxShown is how many fields that are mended are shown: those of a packet that changes its length, at least.
const maxShown = 12

// mendedText is a line for each of the fields that are mended, of which the first are enough.
func mendedText(fields []ksy.Mended, of int) string {
	var b strings.Builder
	for i, f := range fields {
		if i == maxShown {
			break
		}
		fmt.Fprintf(&b, "%s: %s becomes %s\n", f.Path, shorten(f.Was, 40), shorten(f.Is, 40))
	}
	if of > maxShown {
		fmt.Fprintf(&b, "… and %s more\n", Grouped(int64(of-maxShown)))
	}
	return b.String()
}

// named puts the name of a field before an error, unless the error begins with its path.
func named(field string, err error) error {
	first, _, _ := strings.Cut(err.Error(), " ")
	if strings.HasSuffix(strings.TrimSuffix(first, ":"), field) {
		return err
	}
	return fmt.Errorf("%s: %w", field, err)
}

// preview tells what patches do.
func preview(ps []patch) string {
	var b strings.Builder
	for i, p := range ps {
		if i == 6 {
			fmt.Fprintf(&b, " … and %s more", Grouped(int64(len(ps)-i)))
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s at %#x", count(p.del, "byte"), p.off)
		if int64(len(p.data)) != p.del {
			fmt.Fprintf(&b, " become %s", Grouped(int64(len(p.data))))
		}
	}
	return b.String()
}

// mender is a laid template that knows which fields depend on others.
type mender interface {
	// wrong finds the checks that do not hold and what mends them. told is told the part of the work that is done, from 0 to 1.
	wrong(ctx context.Context, told func(part float64)) (*remedy, error)
	// mend adds to edits what they make necessary.
	mend(ctx context.Context, edits []patch) ([]patch, []ksy.Mended, error)
}

// remedy is what is wrong in all of an overlay, and what mends it.
type remedy struct {
	checks  int          // all there are
	wrong   int          // how many do not hold
	first   []ksy.Mended // the first of them, as many as are shown
	unable  int          // how many cannot be made
	why     error        // the first of them cannot
	unread  error        // why there may be more
	patches []patch
	// batch is the same, where there are very many and none moves what is behind it, for the snapshot of.
	batch *mmapdoc.Batch
	of    *mmapdoc.Snapshot
}

// manyPatches is from how many patches on a batch is made of them, which the screen need not wait for.
const manyPatches = 1000

// ready makes a batch of very many patches.
func (m *remedy) ready(snap *mmapdoc.Snapshot) error {
	if len(m.patches) < manyPatches || slices.ContainsFunc(m.patches, func(p patch) bool { return p.del != int64(len(p.data)) }) {
		return nil
	}
	b := snap.NewBatch()
	for _, p := range m.patches {
		if err := b.Replace(mmapdoc.Range{Start: p.off, End: p.off + p.del}, p.data); err != nil {
			return err
		}
	}
	b.Build()
	m.batch, m.of = b, snap
	return nil
}

// mendJob finds what is wrong in the overlay of the chosen field.
func (e *Editor) mendJob(answer func(e *Editor, m *remedy) (Effect, error)) (Effect, error) {
	var found *remedy
	var job *Job
	told := func(part float64) { job.progress.Store(int64(part * mendSteps)) }
	snap := e.Snapshot()
	eff, err := e.ask("checking", func(ctx context.Context, o *outline, _ node, p path) error {
		trees := []*tree{o.tree(p.overlay)}
		for _, t := range slices.Backward(o.trees) { // of the others here, the innermost first
			if t.ID != p.overlay && t.Region.Start <= o.at && o.at < t.Region.End {
				trees = append(trees, t)
			}
		}
		said, declared := fmt.Errorf("%s: there are no checks in it", trees[0].Name()), 0
		for _, t := range trees {
			l, ok := t.laid.(mender)
			if !ok {
				continue
			}
			m, err := l.wrong(ctx, told)
			if err != nil {
				return err
			}
			declared += m.checks
			if m.wrong > 0 {
				found = m
				return m.ready(snap)
			}
			switch {
			case m.unable > 0:
				said = fmt.Errorf("nothing is wrong, but %s cannot be checked: %w", count(int64(m.unable), "field"), m.why)
			case m.unread != nil:
				said = fmt.Errorf("%s: nothing is wrong in what can be read; %w", t.Name(), m.unread)
			case declared > 0 && m.checks == declared: // of those that have some, the first
				said = fmt.Errorf("%s: every check holds", t.Name())
			}
		}
		return said
	}, func(e *Editor) (Effect, error) {
		if !e.still(snap) {
			return nil, errMeanwhile
		}
		return answer(e, found)
	})
	if start, ok := eff.(Start); ok {
		job = start.Job
		job.Total = mendSteps
	}
	return eff, err
}

var errMeanwhile = errors.New("nothing was done: the document was changed meanwhile")

// still tells that the document begins with what a snapshot of it had; it may have grown.
func (e *Editor) still(snap *mmapdoc.Snapshot) bool {
	now := e.Snapshot()
	return now == snap || now.SamePrefix(snap) >= snap.Size()
}

func runMend(e *Editor, _ []string) (Effect, error) {
	return e.mendJob(func(_ *Editor, m *remedy) (Effect, error) {
		return Ask{Title: "Mend " + count(int64(m.wrong), "field") + "?", Text: mendedText(m.first, m.wrong) + preview(m.patches), Choices: []Choice{
			{"m", "mend", "mend!"}, {"esc", "leave it", ""}}}, nil
	})
}

func runMendNow(e *Editor, _ []string) (Effect, error) {
	return e.mendJob(func(e *Editor, m *remedy) (Effect, error) {
		at := e.cursor
		switch {
		case m.batch != nil && m.of == e.Snapshot():
			if err := e.applyBatch(m.batch); err != nil {
				return nil, err
			}
			e.low = false
			e.setCursor(at)
		default:
			if err := e.apply(slices.Clone(m.patches)); err != nil {
				return nil, err
			}
		}
		e.Notef("%s mended", count(int64(m.wrong), "field"))
		return nil, nil
	})
}

func runMendOnEdit(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		e.MendOnEdit = !e.MendOnEdit
	} else {
		e.MendOnEdit = args[0] == "on"
	}
	if e.MendOnEdit {
		e.Notef("an edited field takes what depends on it along")
	} else {
		e.Notef("an edited field changes alone; mend mends what depends on it")
	}
	return nil, nil
}

// apply writes patches as one undo step; the cursor stays.
func (e *Editor) apply(ps []patch) error {
	e.low = false
	for _, p := range ps {
		if p.off < 0 || p.del < 0 || p.off > e.Size()-p.del {
			return fmt.Errorf("%s at %#x do not fit: the document ends at %#x", count(p.del, "byte"), p.off, e.Size())
		}
	}
	slices.SortFunc(ps, func(a, b patch) int { // from the end: the others stay where they are
		return cmp.Or(cmp.Compare(b.off, a.off), cmp.Compare(b.del, a.del)) // what is inserted stands before what is replaced
	})
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
