package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/diff"
)

func compareCommands() []*Command {
	comparing := func(e *Editor) error {
		if e.Comparison() == nil {
			return errors.New("nothing is compared; compare FILE does")
		}
		return nil
	}
	sides := []Arg{{Kind: ArgWord, Choices: []string{"right", "left"}}}
	return []*Command{
		{Name: "compare", Group: "Compare", Help: "Compare with a FILE, with what is on disk (compare disk), or two regions (compare region A B)",
			Args: []Arg{{Kind: ArgFile, Optional: true}}, Run: runCompare},
		{Name: "compare-end", Group: "Compare", Help: "End the comparison and go on with the document that was there before", Enabled: comparing,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.comparison.leave() }},
		{Name: "compare-end!", Group: "Compare", Help: "End the comparison and give up the changes of the other document", Enabled: comparing,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.comparison.leaveNow() }},
		{Name: "compare-switch", Group: "Compare", Help: "Go to the other side", Enabled: comparing,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.comparison.Turn(1 - e.comparison.active), nil }},
		{Name: "compare-mode", Group: "Compare", Help: "Switch between comparing with an eye to insertions and at the same offsets only", Enabled: comparing,
			Args: []Arg{{Kind: ArgWord, Choices: []string{"aligned", "same-offset"}, Optional: true}},
			Run: func(e *Editor, args []string) (Effect, error) {
				c := e.comparison
				if c.same = !c.same; len(args) > 0 {
					c.same = args[0] == "same-offset"
				}
				e.Notef("comparing with an eye to what was inserted and deleted")
				if c.same {
					e.Notef("comparing bytes at the same offsets")
				}
				return c.restart(false), nil
			}},
		{Name: "compare-layout", Group: "Compare", Help: "Show the sides beside or above each other, or as the window's size suggests", Enabled: comparing,
			Args: []Arg{{Kind: ArgWord, Choices: []string{"auto", "beside", "above"}, Optional: true}},
			Run: func(e *Editor, args []string) (Effect, error) {
				c := e.comparison
				if c.Stacking = (c.Stacking + 1) % 3; len(args) > 0 {
					c.Stacking = map[string]Stacking{"beside": Beside, "above": Above}[args[0]]
				}
				e.Notef("the sides stand %s", [...]string{"as the window's size suggests", "beside each other", "above each other"}[c.Stacking])
				return nil, nil
			}},
		{Name: "compare-again", Group: "Compare", Help: "Compare all once more", Enabled: comparing,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.comparison.again(), nil }},
		{Name: "copy-difference", Group: "Compare", Help: "Copy the difference at the cursor to the right or left side, as one undo step there", Enabled: comparing, Args: sides,
			Run: func(e *Editor, args []string) (Effect, error) { return e.comparison.copy(args[0] == "right") }},
		{Name: "copy-differences", Group: "Compare", Help: "Copy all differences to the right or left side, as one undo step there", Enabled: comparing, Args: sides,
			Run: func(e *Editor, args []string) (Effect, error) { return e.comparison.copyAll(args[0] == "right") }},
		{Name: "compare-fields", Group: "Compare", Help: "List the fields of a template that differ, of the one at the cursor, a named one, or what is detected", Enabled: comparing,
			Args: []Arg{{Kind: ArgTemplate, Optional: true}},
			Run: func(e *Editor, args []string) (Effect, error) {
				spec := ""
				if len(args) > 0 {
					spec = strings.TrimSpace(args[0])
				}
				return e.comparison.compareFields(spec)
			}},
		{Name: "differences-filter", Group: "Compare", Help: "List differences of one kind only; without one the next of all, changed, left, right", Enabled: comparing,
			Args: []Arg{{Kind: ArgWord, Choices: Filters, Optional: true}},
			Run: func(e *Editor, args []string) (Effect, error) {
				c := e.comparison
				next := Filters[(slices.Index(Filters, c.Filter())+1+len(Filters))%len(Filters)]
				if c.Filter() == "" {
					next = Filters[1]
				}
				if len(args) > 0 {
					next = args[0]
				}
				c.show = differenceFilter{kind: filterKinds[next]}
				return Panel{"differences", Show}, nil
			}},
		{Name: "difference", Group: "Compare", Help: "Go to difference N", Enabled: comparing, Args: []Arg{{Kind: ArgNumber}},
			Run: func(e *Editor, args []string) (Effect, error) {
				n, err := strconv.ParseInt(args[0], 10, 64)
				if have := e.comparison.list.Len(); err != nil || n < 1 || n > have {
					return nil, fmt.Errorf("difference %q: want a number from 1 to %s", args[0], Grouped(have))
				}
				e.comparison.arrive(n - 1)
				e.Notef("%s", e.comparison.tell(n-1))
				return nil, nil
			}},
	}
}

func runCompare(e *Editor, args []string) (Effect, error) {
	if e.comparison != nil && !e.comparison.ended {
		return nil, errors.New("two documents are compared already; compare-end ends that")
	}
	if len(args) == 0 {
		return Prompt{Title: "Compare with", Command: "compare", Complete: ArgFile, Hint: "a file; disk: what is on disk; region A B: two regions"}, nil
	}
	if word, rest := cutWord(args[0] + " "); word == "region" {
		return e.compareRegions(rest)
	}
	if args[0] == "disk" {
		return e.compareDisk()
	}
	return e.compareFileNamed(expandHome(args[0]))
}

// compareFileNamed opens path in the background and shows it at the right.
func (e *Editor) compareFileNamed(path string) (Effect, error) {
	if own := e.doc.Info().Path; own != "" && sameFile(own, path) {
		return nil, fmt.Errorf("%s is this document's own file; compare disk compares with it", path)
	}
	var doc *mmapdoc.Document
	old := e.doc
	return Start{&Job{
		Kind: "open", Title: "opening " + path, Detached: true, Quick: true,
		Run: func(ctx context.Context, _ *atomic.Int64) (err error) {
			if doc, err = mmapdoc.Open(path); err == nil && ctx.Err() != nil {
				return errors.Join(ctx.Err(), doc.Close())
			}
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case err != nil:
				return nil, notCancelled(err)
			case e.doc != old || e.Comparison() != nil:
				return nil, doc.Close()
			}
			return e.compareWith(&compared{ed: e}, &compared{ed: e.another(doc)}, Left), nil
		},
	}}, nil
}

// compareDisk shows what is on disk at the left, and the document at the right: what was edited is what the right one has more.
func (e *Editor) compareDisk() (Effect, error) {
	look, old := e.doc.Outsider(), e.doc
	if look == nil {
		return nil, errors.New("the document has no file to compare with")
	}
	var doc *mmapdoc.Document
	return Start{&Job{
		Kind: "open", Title: "opening the file again", Quick: true,
		Run: func(context.Context, *atomic.Int64) (err error) {
			doc, err = look.OpenAgain()
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case err != nil:
				return nil, notCancelled(err)
			case e.doc != old || e.Comparison() != nil:
				return nil, doc.Close()
			}
			disk := New(doc)
			disk.KeepFiles()
			return e.compareWith(&compared{ed: disk, label: "on disk: " + doc.Info().Name}, &compared{ed: e}, Right), nil
		},
	}}, nil
}

// maxRegion bounds what comparing two regions takes of memory, for each.
const maxRegion = 256 << 20

// compareRegions compares copies of two regions; saving one writes it back into the document.
func (e *Editor) compareRegions(words string) (Effect, error) {
	fields := strings.Fields(words)
	if len(fields) != 2 {
		return nil, fmt.Errorf("compare region: two regions are wanted, as 0x100:64 and 'a..'b, not %d", len(fields))
	}
	var regions [2]mmapdoc.Range
	var data [2][]byte
	for i, f := range fields {
		r, err := e.AddressRange(f)
		if err != nil {
			return nil, err
		}
		if r.Len() == 0 {
			return nil, fmt.Errorf("compare region: %s has no bytes; a region is OFF:LEN or OFF..END", f)
		}
		if data[i], err = e.bytesOf(r, maxRegion, "compare region"); err != nil {
			return nil, err
		}
		regions[i] = r
	}
	if regions[0].Start < regions[1].End && regions[1].Start < regions[0].End && regions[0] != regions[1] {
		e.Notef("the regions overlap")
	}
	var sides [2]*compared
	home := e
	// The range is behind, as a narrow heading is cut at its beginning.
	label := func(i int) string {
		return fmt.Sprintf("%s %#x..%#x", home.doc.Info().Name, regions[i].Start, regions[i].End)
	}
	for i := range regions {
		sides[i] = &compared{ed: e.another(mmapdoc.FromBytes(label(i), data[i])), label: label(i), back: func(side *Editor) error {
			b, err := side.bytesOf(mmapdoc.Range{End: side.Size()}, maxRegion, "save")
			if err != nil {
				return err
			}
			r := regions[i]
			if r.End > home.Size() {
				return fmt.Errorf("%s does not reach to %#x any more", home.doc.Info().Name, r.End)
			}
			if err := home.splice(r.Start, r.Len(), b, mmapdoc.Alone); err != nil {
				return err
			}
			end := r.Start + int64(len(b))
			moved := func(p int64) int64 {
				if p >= r.End {
					return p + end - r.End
				}
				return min(p, end)
			}
			regions[i].End = end
			o := &regions[1-i]
			o.Start, o.End = moved(o.Start), moved(o.End)
			for i, s := range sides { // the headings tell where the regions are now
				s.label = label(i)
				s.doc.Rename(s.label)
			}
			return nil
		}}
	}
	return e.compareWith(sides[0], sides[1], Left), nil
}

// another is an editor for a second document, with this one's ways.
func (e *Editor) another(doc *mmapdoc.Document) *Editor {
	o := New(doc)
	o.Settings, o.Templates, o.keeping = e.Settings, e.Templates, e.keeping
	o.kept = append(o.kept, e.kept...)
	o.keepFile()
	o.protection.on = e.protection.on
	return o
}

// compareWith begins a comparison of two sides, one of which may be e.
func (e *Editor) compareWith(left, right *compared, active int) Effect {
	c := &Comparison{home: e, sides: [2]*compared{left, right}, active: active, list: &diff.List{}, fresh: [...]*compared{left, right}[active].ed.cursor == 0}
	eff := Effects{}
	for _, s := range c.sides {
		s.doc, s.depth, s.ed.comparison = s.ed.doc, len(s.ed.outers), c
		if s.ed != e {
			s.ed.finding.last = e.finding.last.everywhere()
			if s.ed.protection.on && s.ed.doc.Info().Path != "" {
				eff = append(eff, Other{s.ed, s.ed.protect()})
			}
		}
	}
	e.comparison = c
	c.cursor = c.sides[active].ed.cursor
	return append(eff, Go{c.sides[active].ed}, c.restart(false))
}

// Turn gives the keys to a side.
func (c *Comparison) Turn(side int) Effect {
	if side == c.active {
		return nil
	}
	from, to := c.sides[c.active].ed, c.sides[side].ed
	v := c.place()
	if i, ok := c.Here(); ok && c.arrived.cursor == from.cursor { // of a difference that is a gap here, its start there
		v = c.list.At(i).V
	}
	off, _ := c.Offset(side, v)
	to.Settings, to.column, to.low, to.selecting, to.cursor = from.Settings, from.column, false, false, off
	to.notice = Notice{}
	if from.register.snap != nil && from.register.keep == nil { // what was copied here is pasted there
		to.register.set(from.doc, from.register.r)
		to.register.snap = from.register.snap
	}
	if f := from.finding.last; f != nil {
		to.finding.last = f.everywhere()
	}
	if c.arrived.cursor == from.cursor && c.arrived.side == c.active {
		c.arrived.side, c.arrived.cursor = side, off
	}
	c.active, c.cursor = side, off
	return Go{to}
}

// modified tells whether a side that ends with the comparison has changes that nobody has saved.
func (c *Comparison) modified(s *compared) bool {
	return s.ed != c.home && s.ed.doc.Modified() && (s.back == nil || s.ed.doc.Version() != s.kept)
}

// leave ends the comparison, after a question where changes would be lost.
func (c *Comparison) leave() (Effect, error) {
	for i, s := range c.sides {
		if s.ed != c.home && s.ed.jobs.running["save"] != nil {
			return nil, errors.New("a save is running; end the comparison when it is done")
		}
		if c.modified(s) {
			save := Choice{"s", "save them", "save"}
			if s.back != nil {
				save.Label = "write them back into the document"
			}
			ask := Ask{Title: "Save the changes of the " + [...]string{"left", "right"}[i] + " side?", Text: c.Label(i) + " has changes that are not saved.",
				Choices: []Choice{save, {"x", "give them up and end the comparison", "compare-end!"}, {"esc", "go on comparing", ""}}}
			return Effects{c.Turn(i), ask}, nil
		}
	}
	return c.leaveNow()
}

func (c *Comparison) leaveNow() (Effect, error) {
	for _, s := range c.sides {
		if s.ed != c.home && s.ed.jobs.running["save"] != nil {
			return nil, errors.New("a save is running; end the comparison when it is done")
		}
	}
	home := c.home
	if from := c.sides[c.active].ed; from != home {
		home.Settings = from.Settings
	}
	for _, s := range c.sides {
		if s.ed == home {
			continue
		}
		s.ed.doc.Unlock()
		if err := s.ed.doc.DropJournal(); err != nil {
			return nil, err
		}
		if s.ed.register.from == s.doc && s.ed.register.keep == nil && s.ed.register.snap != nil || home.register.from == s.doc {
			if home.register.from != s.doc {
				home.register.drop()
				home.register = register{snap: s.ed.register.snap, r: s.ed.register.r, from: s.doc}
			}
			home.register.keep = s.doc
		}
	}
	cols, top := home.View.cols, home.cursor
	err := c.end()
	home.View.top = top - top%int64(max(1, cols))
	home.clampTop()
	home.revealFar()
	home.notice = Notice{}
	return Go{home}, err
}

// end closes what the comparison has opened. A nil comparison has nothing to end.
func (c *Comparison) end() error {
	if c == nil || c.ended {
		return nil
	}
	c.ended = true
	for _, j := range c.home.jobs.running {
		if j.Kind == "compare" || j.Kind == "compare-part" {
			j.cancel()
			j.Wait() // it reads what is closed now
		}
	}
	var err error
	for _, s := range c.sides {
		s.ed.comparison = nil
		if s.ed == c.home {
			continue
		}
		s.ed.jobs.stopAll()
		s.ed.endWatch()
		s.ed.endReceive()
		if s.ed.register.keep != nil && c.home.register.keep != s.ed.register.keep {
			s.ed.register.drop()
		}
		if c.home.register.keep != s.doc {
			err = errors.Join(err, s.ed.doc.Close())
		}
		for _, o := range s.ed.outers {
			err = errors.Join(err, o.doc.Close())
		}
	}
	c.home.comparison = nil
	return err
}

// saved runs what makes a saved document's bytes the file's: they stay the same, so nothing is compared again.
func (c *Comparison) saved(e *Editor, do func() error) (Effect, error) {
	if c == nil || c.ended {
		return nil, do()
	}
	eff, rerr := c.Refresh()
	err := do()
	for _, s := range c.sides {
		if s.ed == e && s.doc == e.doc && err == nil && rerr == nil {
			s.snap = e.Snapshot()
		}
	}
	return eff, err
}

// writeBack saves a side that is a copy of a region.
func (c *Comparison) writeBack(e *Editor) (done bool, err error) {
	s := c.sides[c.sideOf(e)]
	if s.back == nil {
		return false, nil
	}
	if err := s.back(e); err != nil {
		return true, err
	}
	s.kept = e.doc.Version()
	e.Notef("written back into %s as one step of undo; save there saves it", c.home.doc.Info().Name)
	return true, nil
}

// copy makes the difference at the cursor equal on both sides.
func (c *Comparison) copy(right bool) (Effect, error) {
	i, ok := c.Here()
	if !ok {
		return nil, errors.New("no difference is at the cursor; next-difference goes to one")
	}
	p := c.list.At(i)
	from, to := Right, Left
	if right {
		from, to = Left, Right
	}
	src, dst := mmapdoc.Range(p.Hunk.Side(from)), mmapdoc.Range(p.Hunk.Side(to))
	e := c.sides[c.active].ed
	t := c.sides[to].ed
	if err := t.take(dst, c.sides[from].snap, src); err != nil {
		return nil, err
	}
	eff, err := c.settle(to, i, i+1)
	if err != nil {
		return eff, err
	}
	e.Notef("copied %s to the %s", count(src.Len(), "byte"), [...]string{"left", "right"}[to])
	if src.Len() == 0 {
		e.Notef("deleted %s on the %s", count(dst.Len(), "byte"), [...]string{"left", "right"}[to])
	}
	return eff, nil
}

// take replaces dst by bytes of another document, as one undo step.
func (e *Editor) take(dst mmapdoc.Range, from *mmapdoc.Snapshot, src mmapdoc.Range) error {
	if err := e.doc.SpliceFrom(dst.Start, dst.Len(), from, src); err != nil {
		return err
	}
	e.shift(dst.Start, dst.Len(), src.Len())
	e.setCursor(min(e.cursor, e.Size()))
	return nil
}

// maxCopied is how many differences are copied at once.
const maxCopied = 50_000

// copyAll makes both sides equal, as far as they are compared.
func (c *Comparison) copyAll(right bool) (Effect, error) {
	n := c.list.Len()
	switch {
	case n == 0:
		return nil, errors.New("there is no difference to copy")
	case !c.whole:
		return nil, errors.New("not all is compared yet")
	case n > maxCopied:
		return nil, fmt.Errorf("%s are too many to copy at once; at most %s are", c.Count(-1), Grouped(maxCopied))
	}
	from, to := Right, Left
	if right {
		from, to = Left, Right
	}
	var all []diff.Placed
	c.list.Each(0, func(_ int64, p diff.Placed) bool {
		all = append(all, p)
		return true
	})
	t, snap := c.sides[to].ed, c.sides[from].snap
	t.doc.Begin()
	for k := len(all) - 1; k >= 0; k-- { // from the end: the others stay where they are
		h := all[k].Hunk
		if err := t.take(mmapdoc.Range(h.Side(to)), snap, mmapdoc.Range(h.Side(from))); err != nil {
			t.doc.End()
			return nil, err
		}
	}
	t.doc.End()
	eff, err := c.settle(to, 0, n)
	if err != nil {
		return eff, err
	}
	c.sides[c.active].ed.Notef("copied %s to the %s; undo there takes all back", count(n, "difference"), [...]string{"left", "right"}[to])
	return eff, nil
}

// settle takes the differences [i,j) out of the list after a side has got what the other one has there.
func (c *Comparison) settle(to int, i, j int64) (Effect, error) {
	if c.finding != nil {
		return c.Refresh() // coarse, and right
	}
	keep := c.hold()
	first, last := c.list.At(i), c.list.At(j-1)
	was := diff.Range{Start: first.Hunk.Side(to).Start, End: last.Hunk.Side(to).End}
	delta := last.Hunk.Side(1-to).End - first.Hunk.Side(1-to).Start - was.Len()
	var by [2]int64
	by[to] = delta
	list, err := c.list.Replace(i, j, nil, by[0], by[1])
	if err != nil {
		return nil, err
	}
	c.soil(to, was, delta)
	c.list, c.sides[to].snap = list, c.sides[to].ed.Snapshot()
	if !c.whole {
		move(&c.known, to, delta)
	}
	c.version++
	keep()
	return c.Refresh()
}
