package model

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
	"hexlay/overlay/pattern"
	"hexlay/templates"
)

// A Carver looks for places where files of some formats may begin: where a template's magic stands, and the template's first
// fields can be read behind it.
type Carver struct {
	formats []*carveFormat
	simple  magicScan
	others  *pattern.Pattern // of the magics that are not simple; nil: there are none
}

// carveFormat is a template and what tells its files.
type carveFormat struct {
	name      string // as overlay takes it
	builtIn   string // the name of a built-in one, else ""
	title     string
	extension string
	schema    *ksy.Schema
	magics    []carveMagic // those that are not simple
}

// carveMagic is a pattern that the file has at a place.
type carveMagic struct {
	at      int64
	pattern *pattern.Pattern
}

// Carved is a place where a file may begin.
type Carved struct {
	Template  string
	Title     string
	Extension string
	Range     mmapdoc.Range // End is how far the template could be read where Ends is false
	Ends      bool          // it is known where the file ends
	Fields    int           // that were read behind the magic
	Sound     bool          // the first fields behind the magic could be read
	Err       error         // what ended the reading; nil: nothing did
}

// NewCarver looks for the formats named, in the ways of overlay, or for all that have a magic: the built-in ones, without those of the tour,
// and those of the user's folder.
func NewCarver(names []string, o TemplateOptions) (*Carver, error) {
	c := &Carver{}
	all := len(names) == 0
	if all {
		for _, f := range templates.Formats() {
			if len(f.Magic) > 0 && f.Name != "tour" && f.Name != "message" {
				names = append(names, f.Name)
			}
		}
		for _, own := range ownNames(o.Folder) {
			if !slices.Contains(names, own) {
				names = append(names, own)
			}
		}
	}
	var patterns []string
	for _, name := range names {
		t, err := loadTemplate(name, false, o)
		if err != nil {
			if _, builtIn := templates.Lookup(name); all && !builtIn {
				continue // a template of the user's that is not sound, or that he is writing
			}
			return nil, err
		}
		file := t.schema.Files[0]
		f := &carveFormat{name: name, title: file.Title, schema: t.schema, extension: strings.TrimSuffix(filepath.Base(name), ".ksy")}
		if len(file.Extensions) > 0 {
			f.extension = file.Extensions[0]
		}
		if _, builtIn, err := findTemplate(name, o); err == nil && builtIn {
			f.builtIn = name
		}
		known := false
		for _, m := range file.Magic {
			if m.At < 0 { // counted from an end that nobody knows
				continue
			}
			known = true
			if c.simple.add(f, m.At, m.Hex) {
				continue
			}
			p, err := pattern.Hex(m.Hex)
			if err == nil && p.MaxLen() > maxMagic {
				err = fmt.Errorf("it may have more than %s", count(maxMagic, "byte"))
			}
			if err != nil {
				return nil, fmt.Errorf("%s: its magic: %w", name, err)
			}
			f.magics = append(f.magics, carveMagic{m.At, p})
			patterns = append(patterns, "("+m.Hex+")")
		}
		switch {
		case known:
			c.formats = append(c.formats, f)
		case !all:
			return nil, fmt.Errorf("%s has no magic that stands at a fixed place from the start (-hexlay/magic)", name)
		}
	}
	if len(c.formats) == 0 {
		return nil, errors.New("no template has a magic to look for")
	}
	var err error
	if len(patterns) > 0 {
		c.others, err = pattern.Hex(strings.Join(patterns, "|"))
	}
	return c, err
}

// maxMagic bounds a magic.
const maxMagic = 4 << 10

// carveSteps bounds what is read of each candidate: tens of milliseconds.
const carveSteps = 200_000

// soundFields is how many fields behind the magic must be readable for a place to count, where not all of them are.
const soundFields = 4

type candidate struct {
	f     *carveFormat
	start int64
	magic int64        // where the magic ends
	by    *simpleMagic // which one it is
}

// Run looks through r of a snapshot on all cores. found gets every candidate, those that are not sound too, about in order and
// one call at a time; its error ends the search. Progress counts the bytes of r.
func (c *Carver) Run(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, progress *atomic.Int64, found func(Carved) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	work := make(chan candidate, 64)
	budget := newCarveBudget(r)
	var all sync.WaitGroup
	var mu sync.Mutex
	share(&all, "carving", cores, func() {
		for cand := range work {
			if ctx.Err() != nil {
				continue
			}
			got := cand.look(ctx, s, r.End, budget)
			if ctx.Err() != nil {
				continue
			}
			mu.Lock()
			if err := found(got); err != nil {
				cancel(err)
			}
			mu.Unlock()
		}
	})
	var ends fromEnds
	emit := func(cand candidate) bool {
		if cand.f.fromEnd() {
			return ends.add(cand)
		}
		select {
		case work <- cand:
			return true
		case <-ctx.Done():
			return false
		}
	}
	c.simple.run(ctx, s, r, progress, emit)
	err := c.searchOthers(ctx, s, r, emit)
	close(work)
	all.Wait()
	if err == nil && ctx.Err() == nil {
		err = ends.look(ctx, s, r.End, found)
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// searchOthers looks for the magics that are not simple.
func (c *Carver) searchOthers(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, emit func(candidate) bool) error {
	if c.others == nil || ctx.Err() != nil {
		return nil
	}
	matchers := make(map[*pattern.Pattern]*pattern.Matcher)
	for _, f := range c.formats {
		for _, m := range f.magics {
			matchers[m.pattern] = m.pattern.NewMatcher()
		}
	}
	head := make([]byte, c.others.MaxLen())
	search := Search{Snapshot: s, Pattern: c.others, Range: r, Overlap: true}
	return search.Run(ctx, func(hits []mmapdoc.Range) error {
		for _, h := range hits {
			n, _ := s.Read(head[:min(int64(len(head)), r.End-h.Start)], h.Start, nil)
			for _, f := range c.formats {
				for _, m := range f.magics {
					matcher := matchers[m.pattern]
					matcher.Window(head[:n], 1)
					start, end, ok := matcher.Next(0)
					if h.Start-m.at < r.Start || !ok || start > 0 {
						continue
					}
					if !emit(candidate{f, h.Start - m.at, h.Start + int64(end), nil}) {
						return ctx.Err()
					}
					break
				}
			}
		}
		return nil
	})
}

// look lays the template over the place.
//
// One zero byte is added behind the data: what takes it reads to the end of whatever it gets, and does not know where its own
// end is. Where an end comes out, the template must find the same one when it gets no more than that, for some formats are read
// from their end. Where the template knows none, the format may (ownEnds).
func (c *candidate) look(ctx context.Context, s *mmapdoc.Snapshot, end int64, budget *carveBudget) Carved {
	got := Carved{Template: c.f.name, Title: c.f.title, Extension: c.f.extension}
	reach, fields, told, err := c.lay(ctx, padded{s, end}, end+1)
	got.Fields, got.Err = fields, err
	got.Range = mmapdoc.Range{Start: c.start, End: min(max(reach, c.start+1), end)}
	got.Sound = fields >= soundFields || fields > 0 && err == nil
	for _, last := range []int64{told, reach} { // what the file says itself is surer
		if last < reach-1 || last > end || err != nil && (last != told || ksy.ErrorKind(err) != "LimitError") {
			continue
		}
		again, _, _, err := c.lay(ctx, s, last)
		if last == told && again <= last || err == nil && again == last {
			got.Range.End, got.Ends = last, true
			break
		}
	}
	if !got.Ends && told > c.magic && told < reach { // what reads to the end of all took what follows for its own, or failed at it
		if again, fields, _, err := c.lay(ctx, s, told); err == nil && again == told && fields > 0 {
			got.Range.End, got.Ends, got.Sound, got.Fields, got.Err = told, true, true, fields, nil
		}
	}
	if !got.Ends && got.Sound {
		if last, ok := c.extent(ctx, s, end, budget); ok {
			got.Range.End, got.Ends, got.Err = last, true, nil
		}
	}
	return got
}

// lay reads the template over the bytes up to end: how far its fields reach, how many there are, where the file says that it ends (0: it
// does not), and what ended the reading.
func (c *candidate) lay(ctx context.Context, r io.ReaderAt, end int64) (reach int64, fields int, told int64, err error) {
	limits := ksy.Limits{Steps: carveSteps, Nodes: 20_000, Inflated: 16 << 20}
	t := c.f.schema.Open(r, c.start, end-c.start, ksy.Options{Limits: limits, Context: ctx})
	reach = c.magic
	var broken error
	err = t.Walk(func(v *ksy.Visit) error {
		switch {
		case v.Err != nil && v.Attr.Place == ksy.SeqField:
			broken = cmp.Or(broken, v.Err)
		case v.Err != nil || !v.InData || !v.HasRange:
		case v.Depth == 0 && leftover(v.Attr):
			v.Skip = true
		case v.Object == nil && !v.IsArray:
			if v.Range.End > c.magic {
				fields++
			}
			reach = max(reach, v.Range.End)
		}
		return nil
	})
	if size, ok := c.toldSize(t); ok && size <= end-c.start {
		told = c.start + size
	}
	return reach, fields, told, cmp.Or(err, broken)
}

// leftover tells of a field that takes what is left where something is: it belongs to the format of no file.
func leftover(a *ksy.Attr) bool {
	return a.Type != nil && a.Type.SizeEOS && a.If != nil && strings.TrimSpace(a.If.Text) == "not _io.eof"
}

// toldSize is where the file ends by the value of a field at the top: one that a check compares with the size of the whole file, or with the
// length of all from some field to the last one.
func (c *candidate) toldSize(t *ksy.Tree) (int64, bool) {
	root := t.Root()
	n, _ := root.Len()
	starts := map[string]int64{}
	for i := range min(n, 64) {
		k, err := root.Child(i)
		if err != nil {
			continue
		}
		if r, ok := k.Range(); ok {
			starts[k.Name()] = r.Start - c.start
		}
	}
	for i := range min(n, 64) {
		k, err := root.Child(i)
		if err != nil || k.Attr() == nil {
			continue
		}
		for _, check := range k.Attr().Checks {
			from, ok := int64(0), false
			switch {
			case check.Value != nil:
				ok = strings.TrimSpace(check.Value.Text) == "_io.size"
			case len(check.Length) == 1 && check.Length[0].From != nil && check.Length[0].To != nil:
				from, ok = starts[check.Length[0].From.Text]
				ok = ok && check.Length[0].To.Text == c.lastField()
			}
			if !ok {
				continue
			}
			if v, err := k.Value(); err == nil {
				if size, ok := v.Int64(); ok && size > 0 && size < math.MaxInt64-from {
					return from + size, true
				}
			}
		}
	}
	return 0, false
}

// lastField is the name of the last field at the top of the template, but for what is left over.
func (c *candidate) lastField() string {
	seq := c.f.schema.Top.Seq
	for i := len(seq) - 1; i >= 0; i-- {
		if !leftover(seq[i]) {
			return seq[i].ID
		}
	}
	return ""
}

// padded is data up to end with a zero byte behind.
type padded struct {
	r   io.ReaderAt
	end int64
}

func (p padded) ReadAt(b []byte, off int64) (n int, err error) {
	if room := p.end - off; room > 0 {
		n, err = p.r.ReadAt(b[:min(int64(len(b)), room)], off)
		if err == io.EOF {
			err = nil
		}
		if err != nil || int64(n) < min(int64(len(b)), room) {
			return n, cmp.Or(err, io.ErrUnexpectedEOF)
		}
	}
	if n < len(b) && off+int64(n) == p.end {
		b[n] = 0
		n++
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}

// CarvedList is what was carved, by place. What lies within a sound file of the same format whose end is known is a part of that, and is left
// out. Any goroutine may read it.
type CarvedList struct {
	mu        sync.Mutex
	found     []Carved
	Unsound   bool  // those that are not sound are kept too
	dismissed int64 // that were not sound
}

// maxCarved bounds the list.
const maxCarved = 200_000

// Add puts one in its place; it is for [Carver.Run].
func (l *CarvedList) Add(c Carved) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !c.Sound {
		l.dismissed++
		if !l.Unsound {
			return nil
		}
	}
	i, there := slices.BinarySearchFunc(l.found, c, compareCarved)
	if there { // by another of its magics
		return nil
	}
	for k := i - 1; k >= 0 && k >= i-1000; k-- {
		if o := l.found[k]; o.Template == c.Template && o.Ends && o.Sound && o.Range.End >= c.Range.End && o.Range.Start < c.Range.Start {
			return nil
		}
	}
	if len(l.found) == maxCarved {
		return ErrStop
	}
	l.found = slices.Insert(l.found, i, c)
	if c.Ends && c.Sound {
		k := i + 1
		for k < len(l.found) && l.found[k].Range.Start < c.Range.End {
			k++
		}
		rest := slices.DeleteFunc(l.found[i+1:k:k], func(o Carved) bool { return o.Template == c.Template && o.Range.End <= c.Range.End })
		l.found = append(l.found[:i+1+len(rest)], l.found[k:]...)
	}
	return nil
}

func compareCarved(a, b Carved) int {
	return cmp.Or(cmp.Compare(a.Range.Start, b.Range.Start), strings.Compare(a.Template, b.Template))
}

// All is a copy of what was found.
func (l *CarvedList) All() []Carved {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.found)
}

// Dismissed is how many places were not sound.
func (l *CarvedList) Dismissed() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.dismissed
}

func (l *CarvedList) Len() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return int64(len(l.found))
}

// Row is one of the rows of the list.
func (l *CarvedList) Row(i int64) ListRow {
	l.mu.Lock()
	defer l.mu.Unlock()
	if i < 0 || i >= int64(len(l.found)) {
		return ListRow{}
	}
	c := l.found[i]
	row := ListRow{Range: c.Range, Lead: c.Template, Text: c.Describe(), State: Good}
	if c.Err != nil && !c.Ends {
		row.State = Plain
		row.Note = c.Err.Error()
	}
	if !c.Sound {
		row.State = Bad
	}
	return row
}

// ends tells whether the end of a row's file is known.
func (l *CarvedList) ends(row ListRow) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	i, ok := slices.BinarySearchFunc(l.found, Carved{Range: row.Range, Template: row.Lead}, compareCarved)
	return ok && l.found[i].Ends
}

// Describe says how large the file is, as far as is known.
func (c *Carved) Describe() string {
	switch {
	case c.Ends:
		return count(c.Range.Len(), "byte")
	case c.Err == nil:
		return "to the end, or nearer"
	case ksy.ErrorKind(c.Err) == "LimitError":
		return "more than " + count(c.Range.Len(), "byte")
	}
	return count(c.Range.Len(), "byte") + " readable"
}

func carveCommands() []*Command {
	return []*Command{
		{Name: "carve", Group: "Structure", Help: "List the places where files of known formats begin; with names only of those: carve, carve png zip @0x100:4K",
			Args: []Arg{{Kind: ArgString, Optional: true}}, Run: runCarve},
	}
}

func runCarve(e *Editor, args []string) (Effect, error) {
	s := e.Snapshot()
	r := mmapdoc.Range{End: s.Size()}
	var names []string
	again := "carve"
	if len(args) > 0 {
		text, at, err := e.cutRange(args[0])
		if err != nil {
			return nil, err
		}
		names = strings.FieldsFunc(text, func(c rune) bool { return c == ' ' || c == ',' })
		again = strings.TrimSpace(again + " " + text)
		if at != nil {
			r = *at
			again += fmt.Sprintf(" @%#x:%d", r.Start, r.Len())
		}
	}
	options := e.Templates
	rows := new(CarvedList)
	l := &List{Name: "carved", Title: strings.Join(names, " "), Rows: rows, snapshot: s, Again: again}
	l.Use = func(e *Editor, row ListRow) (Effect, error) {
		where := fmt.Sprintf("@%#x", row.Range.Start)
		if row.State == Good && rows.ends(row) {
			where += fmt.Sprintf(":%d", row.Range.Len())
		}
		return e.do("overlay " + row.Lead + " " + where)
	}
	full := false
	return e.listJob(l, "carving", r.Len(),
		func(ctx context.Context, progress *atomic.Int64) error {
			c, err := NewCarver(names, options)
			if err != nil {
				return err
			}
			err = c.Run(ctx, s, r, progress, rows.Add)
			if full = errors.Is(err, ErrStop); full {
				return nil
			}
			return err
		},
		func(e *Editor) (Effect, error) {
			n, away := rows.Len(), ""
			if d := rows.Dismissed(); d > 0 {
				away = fmt.Sprintf("; %s whose first fields make no sense left out", count(d, "place"))
			}
			switch {
			case full:
				l.note = "and more"
				e.Notef("more than %s; the list ends there", count(n, "file"))
			case n == 0:
				return nil, errors.New("no file of a known format begins there" + away)
			default:
				e.Notef("%s%s; Enter lays the template", count(n, "file"), away)
			}
			return nil, nil
		}), nil
}
