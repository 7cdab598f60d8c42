package model

import (
	"cmp"
	"context"
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
				return Ask{Title: fmt.Sprintf("%s = %s", row.Name, shorten(args[0], 40)), Text: "What depends on it:\n" + mendedText(all.fields) + strings.Join(all.notes, "\n"),
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

// mendedText is a line for each field that is mended.
func mendedText(fields []ksy.Mended) string {
	var b strings.Builder
	for i, f := range fields {
		if i == maxShown {
			fmt.Fprintf(&b, "… and %d more\n", len(fields)-i)
			break
		}
		fmt.Fprintf(&b, "%s: %s becomes %s\n", f.Path, shorten(f.Was, 40), shorten(f.Is, 40))
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
			fmt.Fprintf(&b, " … and %d more", len(ps)-i)
			break
		}
		if i > 0 {
			b.WriteString("; ")
		}
		fmt.Fprintf(&b, "%s at %#x", count(p.del, "byte"), p.off)
		if int64(len(p.data)) != p.del {
			fmt.Fprintf(&b, " become %d", len(p.data))
		}
	}
	return b.String()
}

// mender is a laid template that knows which fields depend on others.
type mender interface {
	// failing are the checks that do not hold, or cannot be made, of how many there are; unread is why there may be more.
	failing(ctx context.Context) (list []failure, total int, unread, err error)
	// mend adds to edits what they make necessary; without edits it mends all that is wrong.
	mend(ctx context.Context, edits []patch) ([]patch, []ksy.Mended, error)
}

// failure is a check that does not hold.
type failure struct {
	path, actual, expected string
	err                    error // it cannot be made
}

// mendJob finds what is wrong in the overlay of the chosen field.
func (e *Editor) mendJob(answer func(e *Editor, wrong []failure, ps []patch) (Effect, error)) (Effect, error) {
	var wrong []failure
	var ps []patch
	return e.ask("checking", func(ctx context.Context, o *outline, _ node, p path) error {
		trees := []*tree{o.tree(p.overlay)}
		for _, t := range slices.Backward(o.trees) { // of the others here, the innermost first
			if t.ID != p.overlay && t.Region.Start <= o.at && o.at < t.Region.End {
				trees = append(trees, t)
			}
		}
		said, declared := fmt.Errorf("%s: there are no checks in it", trees[0].Name()), 0
		for _, t := range trees {
			m, ok := t.laid.(mender)
			if !ok {
				continue
			}
			all, total, unread, err := m.failing(ctx)
			if err != nil {
				return err
			}
			declared += total
			for _, f := range all {
				if f.err == nil {
					wrong = append(wrong, f)
				}
			}
			if len(wrong) > 0 {
				ps, _, err = m.mend(ctx, nil)
				return err
			}
			switch {
			case len(all) > 0:
				said = fmt.Errorf("nothing is wrong, but %s cannot be checked: %s: %w", count(int64(len(all)), "field"), all[0].path, all[0].err)
			case unread != nil:
				said = fmt.Errorf("%s: nothing is wrong in what can be read; %w", t.Name(), unread)
			case declared > 0 && total == declared: // of those that have some, the first
				said = fmt.Errorf("%s: every check holds", t.Name())
			}
		}
		return said
	}, func(e *Editor) (Effect, error) { return answer(e, wrong, ps) })
}

func runMend(e *Editor, _ []string) (Effect, error) {
	return e.mendJob(func(_ *Editor, wrong []failure, ps []patch) (Effect, error) {
		fields := make([]ksy.Mended, len(wrong))
		for i, f := range wrong {
			fields[i] = ksy.Mended{Path: f.path, Was: f.actual, Is: f.expected}
		}
		return Ask{Title: "Mend " + count(int64(len(wrong)), "field") + "?", Text: mendedText(fields) + preview(ps), Choices: []Choice{
			{"m", "mend", "mend!"}, {"esc", "leave it", ""}}}, nil
	})
}

func runMendNow(e *Editor, _ []string) (Effect, error) {
	return e.mendJob(func(e *Editor, wrong []failure, ps []patch) (Effect, error) {
		if err := e.apply(ps); err != nil {
			return nil, err
		}
		e.Notef("%s mended", count(int64(len(wrong)), "field"))
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
