package ksy

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strings"

	"hexlay/overlay/checksum"
	"hexlay/overlay/expr"
)

// A CheckResult is what one -check of a field says.
type CheckResult struct {
	Check    *Check
	Path     string
	OK       bool
	Expected string // as a new value of the field is written
	Actual   string
	Err      error // it cannot be made: neither right nor wrong
	depth    int
	node     *Node
	terse    bool // its values are told where it does not hold only
}

// Sum tells whether the check is a checksum, which depends on everything else.
func (c *CheckResult) Sum() bool { return c.Check.Algorithm != "" || c.Check.Params != nil }

// Checks evaluates the -check keys of the node; those whose condition is false are left out.
func (n *Node) Checks() []CheckResult {
	if n.attr == nil || len(n.attr.attr.Checks) == 0 {
		return nil
	}
	var out []CheckResult
	path := n.Path()
	n.checks(nil, false, func(r *CheckResult) {
		r.Path, r.node = path, nil
		out = append(out, *r)
	})
	return out
}

// checks gives fn the results without paths; those that skip picks are left out, too, and terse ones tell values only where they are wrong.
func (n *Node) checks(skip func(*Node, *Check) bool, terse bool, fn func(*CheckResult)) {
	if n.attr == nil || len(n.attr.attr.Checks) == 0 || n.attr.repeat != Once && !n.isElement() {
		return
	}
	sl, err := n.read()
	if sl == nil || err == nil && sl.v.IsNull() && sl.flags&lazy == 0 {
		return
	}
	for _, c := range n.attr.attr.Checks {
		r := CheckResult{Check: c, node: n, terse: terse}
		stands := true
		if c.If != nil {
			stands, r.Err = n.holder().evalBool(c.If, expr.Value{}, n.index, "-check/if")
		}
		if r.Err == nil && (!stands || skip != nil && skip(n, c)) {
			continue
		}
		if r.Err == nil {
			n.t.briefly(func() error {
				r.Err = n.check(sl, c, &r)
				return r.Err
			})
		}
		if !r.OK {
			r.depth = n.depth()
		}
		fn(&r)
	}
}

func (n *Node) depth() int {
	d := 0
	for m := n.parent; m != nil; m = m.parent {
		d++
	}
	return d
}

// check computes what the value must be and compares it.
func (n *Node) check(sl *slot, c *Check, r *CheckResult) error {
	actual, err := n.Value()
	if err != nil {
		return err
	}
	var want expr.Value
	var sum []byte
	switch {
	case c.Algorithm != "" || c.Params != nil:
		if sum, err = n.sum(sl, c); err != nil {
			return err
		}
		want = expr.BigValue(new(big.Int).SetBytes(sum))
	case c.Length != nil:
		total := int64(0)
		for i := range c.Length {
			k, err := n.partLen(&c.Length[i])
			if err != nil {
				return err
			}
			total += k
		}
		want = expr.IntValue(total)
	case c.Count != nil:
		m, err := n.path(c.Count)
		if err != nil {
			return err
		}
		a := m.array()
		if a == nil {
			return fmt.Errorf("%s does not repeat", c.Count.Text)
		}
		k, err := a.Len()
		if err != nil {
			return err
		}
		want = expr.IntValue(k)
	default:
		if want, err = n.holder().eval(c.Value, n.index); err != nil {
			return err
		}
	}
	if c.Then != nil {
		if want, err = n.holder().evalIt(c.Then, want, n.index); err != nil {
			return err
		}
	}
	switch {
	case actual.Kind() == expr.Bytes && sum != nil && c.Then == nil:
		if r.OK = bytes.Equal(actual.Bytes(), sum); r.OK && r.terse {
			return nil
		}
		r.Expected, r.Actual = hex.EncodeToString(sum), hex.EncodeToString(actual.Bytes())
	case actual.Kind() == expr.Str && sum != nil && c.Then == nil:
		digest := hex.EncodeToString(sum)
		if actual.Str() == strings.ToUpper(actual.Str()) && actual.Str() != strings.ToLower(actual.Str()) {
			digest = strings.ToUpper(digest)
		}
		r.OK = strings.EqualFold(actual.Str(), digest)
		r.Expected, r.Actual = digest, actual.Str()
	default:
		if _, ok := compare(actual, want); !ok {
			return fmt.Errorf("%s cannot be compared with %s", kindOf(actual), kindOf(want))
		}
		if r.OK = same(actual, want); r.OK && r.terse {
			return nil
		}
		r.Expected, r.Actual = plainText(want), plainText(actual)
		if sum != nil && actual.Kind() == expr.Int { // checksums are known by their digits in hex
			r.Expected, r.Actual = fmt.Sprintf("%#x", want.Big()), fmt.Sprintf("%#x", actual.Big())
		}
	}
	return nil
}

// plainText writes a value as Encode reads it.
func plainText(v expr.Value) string {
	switch v.Kind() {
	case expr.Bytes:
		return hex.EncodeToString(v.Bytes())
	case expr.Str:
		return v.Str()
	}
	return show(v)
}

// sum computes a checksum over the parts.
func (n *Node) sum(sl *slot, c *Check) ([]byte, error) {
	a, err := c.algorithm()
	if err != nil {
		return nil, err
	}
	h := a.New()
	zero := Range{-1, -1}
	if c.Zero {
		zero = Range{sl.start, sl.end}
	}
	for i := range c.Over {
		if err := n.feed(h, &c.Over[i], zero, n.buffer(sl)); err != nil {
			return nil, err
		}
	}
	return h.Sum(nil), nil
}

func (c *Check) algorithm() (*checksum.Algorithm, error) {
	if c.Params == nil {
		return checksum.Lookup(c.Algorithm)
	}
	get := func(name string) uint64 {
		if v := c.Params[name]; v != nil {
			return v.Uint64()
		}
		return 0
	}
	return checksum.CRC(checksum.Params{Width: int(get("width")), Poly: get("poly"), Init: get("init"), XorOut: get("xorout"),
		RefIn: get("refin") != 0, RefOut: get("refout") != 0})
}

// path finds the field of a plain path from the object that the node is a field of.
func (n *Node) path(e *expr.Expr) (*Node, error) {
	at := n.parent
	if n.isElement() {
		at = at.parent
	}
	m, err := (*Node)(nil), error(nil)
	if !strings.ContainsAny(e.Text, " ._[") { // most are names, which are quick to follow
		m = at.Field(e.Text)
	}
	if m == nil {
		m, err = at.follow(strings.ReplaceAll(strings.TrimSpace(e.Text), "_index", fmt.Sprint(n.index)))
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.Text, err)
	}
	if err := m.Err(); err != nil && (m.Kind() == NullNode || ErrorKind(err) == "EndOfStreamError") {
		return nil, err
	}
	if m.Kind() == NullNode {
		return nil, fmt.Errorf("%s is not there", e.Text)
	}
	return m, nil
}

// spot gives where a field lies, read to its end, and in which buffer.
func (m *Node) spot() (Range, *buffer, error) {
	sl, err := m.read()
	if sl == nil {
		return Range{}, nil, err
	}
	if a := m.array(); a != nil {
		if err := a.finish(); err != nil {
			return Range{}, nil, err
		}
	} else if o := m.object(); o != nil && m.attr != nil && !m.attr.d.data(sl.which).sized {
		if err := o.finish(false); err != nil {
			return Range{}, nil, err
		}
	}
	if sl.flags&hasRange == 0 {
		return Range{}, nil, fmt.Errorf("%s has no bytes", m.Path())
	}
	start, end, _ := m.extent(sl)
	if m.parent == nil {
		return Range{start, end}, m.t.src, nil
	}
	return Range{start, end}, m.buffer(sl), nil
}

// part gives the bytes of a CheckPart: a range of a buffer, or bytes.
func (n *Node) part(p *CheckPart) (Range, *buffer, []byte, error) {
	none := Range{}
	switch {
	case p.Field != nil:
		m, err := n.path(p.Field)
		if err != nil {
			return none, nil, nil, err
		}
		r, b, err := m.spot()
		return r, b, nil, err
	case p.From != nil || p.To != nil:
		var r Range
		var b *buffer
		st := n.holder().st
		if p.From != nil {
			m, err := n.path(p.From)
			if err != nil {
				return none, nil, nil, err
			}
			if r, b, err = m.spot(); err != nil {
				return none, nil, nil, err
			}
			if m.parent != nil {
				st = m.holder().st
			}
		}
		if p.To != nil {
			m, err := n.path(p.To)
			if err != nil {
				return none, nil, nil, err
			}
			to, tb, err := m.spot()
			if err != nil {
				return none, nil, nil, err
			}
			if b != nil && b != tb {
				return none, nil, nil, fmt.Errorf("%s and %s lie in different streams", p.From.Text, p.To.Text)
			}
			if m.parent != nil && p.From == nil {
				st = m.holder().st
			}
			b, r.End = tb, to.End
		} else {
			r.End = st.off + st.size
		}
		if p.From == nil {
			r.Start = st.off
		}
		if r.End < r.Start {
			return none, nil, nil, fmt.Errorf("the part ends at %d, before its start %d", r.End, r.Start)
		}
		return r, b, nil, nil
	}
	v, err := n.holder().eval(p.Value, n.index)
	if err != nil {
		return none, nil, nil, err
	}
	switch {
	case p.Type != nil:
		d := compileData(p.Type, map[*Type]bool{})
		i := v.Big()
		if i == nil {
			return none, nil, nil, fmt.Errorf("%s is %s, not an integer", p.Value.Text, kindOf(v))
		}
		if _, err := d.fits(i, i.String()); err != nil {
			return none, nil, nil, err
		}
		little := d.little
		if d.comp {
			if little, err = n.holder().order(); err != nil {
				return none, nil, nil, err
			}
		}
		return none, nil, intBytes(v, d, little), nil
	case v.Kind() == expr.Str:
		return none, nil, []byte(v.Str()), nil
	case v.Kind() == expr.Bytes:
		return none, nil, v.Bytes(), nil
	}
	return none, nil, nil, fmt.Errorf("%s is %s, no bytes", p.Value.Text, kindOf(v))
}

// partLen is how many bytes a part has.
func (n *Node) partLen(p *CheckPart) (int64, error) {
	if p.Process != "" {
		c := counter(0)
		err := n.feed(&c, p, Range{-1, -1}, nil)
		return int64(c), err
	}
	r, b, mem, err := n.part(p)
	if b == nil {
		return int64(len(mem)), err
	}
	return r.Len(), err
}

type counter int64

func (c *counter) Write(b []byte) (int, error) { *c += counter(len(b)); return len(b), nil }

// feed writes the bytes of a part, those of zero as zeros.
func (n *Node) feed(w io.Writer, p *CheckPart, zero Range, zeroIn *buffer) error {
	r, b, mem, err := n.part(p)
	if err != nil {
		return err
	}
	var in io.Reader
	if b == nil {
		in = bytes.NewReader(mem)
	} else {
		if b != zeroIn {
			zero = Range{-1, -1}
		}
		in = &partReader{n.t, b, r, zero}
	}
	switch p.Process {
	case "":
		_, err = io.Copy(w, in)
		return err
	case "deflate":
		z := flate.NewReader(in)
		return n.t.inflateTo(w, z)
	case "zlib":
		z, err := zlib.NewReader(in)
		if err != nil {
			return zlibError(err)
		}
		return n.t.inflateTo(w, z)
	case "gzip":
		z, err := gzip.NewReader(in)
		if err != nil {
			return zlibError(err)
		}
		return n.t.inflateTo(w, z)
	}
	return fmt.Errorf("process %s is not known", p.Process)
}

// inflateTo copies what a decompressor makes, in bounds.
func (t *Tree) inflateTo(w io.Writer, z io.Reader) error {
	const most = 64 << 30
	buf := make([]byte, 64<<10)
	total := int64(0)
	for {
		k, err := z.Read(buf)
		if _, e := w.Write(buf[:k]); e != nil {
			return e
		}
		if total += int64(k); total > most {
			return limitError("more than %d bytes are inflated", int64(most))
		}
		if e := t.step(k / 1024); e != nil {
			return e
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return zlibError(err)
		}
	}
}

// A partReader reads a range of a buffer.
type partReader struct {
	t    *Tree
	b    *buffer
	r    Range
	zero Range
}

func (p *partReader) Read(out []byte) (int, error) {
	if p.r.Len() == 0 {
		return 0, io.EOF
	}
	b, err := p.next(int64(len(out)))
	return copy(out, b), err
}

// WriteTo saves io.Copy a buffer, which costs more than a short checksum.
func (p *partReader) WriteTo(w io.Writer) (total int64, err error) {
	for p.r.Len() > 0 {
		b, err := p.next(windowSize / 2)
		if err != nil {
			return total, err
		}
		n, err := w.Write(b)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// next gives the next bytes, at most n; they are valid until the next call.
func (p *partReader) next(n int64) ([]byte, error) {
	n = min(n, p.r.Len(), windowSize/2)
	log := p.b.log
	p.b.log = nil
	b, err := p.b.view(p.r.Start, n)
	p.b.log = log
	if err != nil {
		return nil, err
	}
	if log != nil {
		log.feed(Range{p.r.Start, p.r.Start + n}, p.zero)
	}
	if err := p.t.step(int(n / 1024)); err != nil {
		return nil, err
	}
	from, to := max(p.r.Start, p.zero.Start), min(p.r.Start+n, p.zero.End)
	if from < to {
		b = bytes.Clone(b)
		clear(b[from-p.r.Start : to-p.r.Start])
	}
	p.r.Start += n
	return b, nil
}

// AllChecks evaluates every -check of the tree, instances included. unread is why there may be more: what could not be read, nil where all could.
func (t *Tree) AllChecks(ctx context.Context) (results []CheckResult, unread, err error) {
	unread, err = t.eachCheck(ctx, nil, nil, false, func(r *CheckResult, path []byte) {
		r.Path, r.node = string(path), nil
		results = append(results, *r)
	})
	return results, unread, err
}

// FailingChecks is AllChecks that gives only those that do not hold or cannot be made, and how many there are in all: a large capture
// has millions of others.
func (t *Tree) FailingChecks(ctx context.Context) (failing []CheckResult, total int, unread, err error) {
	unread, err = t.eachCheck(ctx, nil, nil, true, func(r *CheckResult, path []byte) {
		if total++; !r.OK {
			r.Path, r.node = string(path), nil
			failing = append(failing, *r)
		}
	})
	return failing, total, unread, err
}

// FailingAndMended is FailingChecks together with what Mend makes of them, which costs little more; unread is as there. told is told the part of the work
// that is done, from 0 to 1, as far as that is known.
func (t *Tree) FailingAndMended(ctx context.Context, told func(part float64)) (failing []CheckResult, total int, patches []Patch, unread, err error) {
	saved := t.o.Told
	defer func() { t.o.Told = saved }()
	from, to := 0.0, 1.0
	t.o.Told = func(off int64) {
		part := from + (to-from)*float64(off-t.base)/float64(max(t.size, 1))
		told(min(max(part, from), to))
	}
	p := newPatched(t.src.r, t.base, t.size)
	s := &settler{was: neverWrong, all: true, find: true}
	switch err := t.settle(ctx, p, s); {
	case ErrorKind(err) == "Cancelled":
		return nil, 0, nil, nil, err
	case err == nil:
		size := p.size
		p.apply(s.patches)
		patches, err = p.patches(size)
		return s.found, s.total, patches, s.w.unread, err
	}
	to = 0.3
	if failing, total, unread, err = t.FailingChecks(ctx); err != nil {
		return nil, 0, nil, nil, err
	}
	if slices.ContainsFunc(failing, func(c CheckResult) bool { return c.Err == nil }) {
		from, to = 0.3, 1
		patches, err = t.Mend(ctx, nil)
	}
	return failing, total, patches, unread, err
}

func neverWrong(*CheckResult) bool { return false }

// eachCheck hands the result of every -check to fn but for those that skip picks and those in elements that spare does.
func (t *Tree) eachCheck(ctx context.Context, skip func(*Node, *Check) bool, spare func(string, *array) func(int64, *slot) bool, terse bool, fn func(r *CheckResult, path []byte)) (unread, err error) {
	if !t.schema.hasChecks() {
		return nil, nil
	}
	saved := t.o.Context
	if ctx != nil {
		t.o.Context = ctx
	}
	defer func() { t.o.Context = saved }()
	way := pathway{t: t}
	var w walker
	w = walker{t: t, spare: spare, visit: checkVisit(&w, func(v *Visit) error {
		if n := way.field(v); n != nil {
			n.checks(skip, terse, func(r *CheckResult) { fn(r, v.Path) })
		}
		return nil
	})}
	err = t.walk(&w)
	return w.unread, err
}

// checkVisit makes a visitor that comes by all fields with checks and enters nothing else than it has to.
func checkVisit(w *walker, fn func(*Visit) error) func(*Visit) error {
	declares := map[*DataType]bool{}
	return func(v *Visit) error {
		if v.Attr == nil {
			return nil
		}
		if v.Err != nil && w.unread == nil {
			w.unread = v.Err
		}
		if told := w.t.o.Told; told != nil && v.HasRange && v.InData {
			told(v.Range.Start)
		}
		if len(v.Attr.Checks) > 0 && !v.IsArray {
			return fn(v)
		}
		declared, known := declares[v.Attr.Type]
		if !known {
			declared = v.Attr.Type.declaresChecks()
			declares[v.Attr.Type] = declared
		}
		v.Skip = v.Err == nil && len(v.Attr.Checks) == 0 && !declared
		return nil
	}
}

// declaresChecks tells whether there may be a -check within what is read as the type.
func (d *DataType) declaresChecks() bool {
	var types []*Type
	seen := map[*Type]bool{}
	var add func(d *DataType)
	add = func(d *DataType) {
		if d == nil {
			return
		}
		if d.User != nil && !seen[d.User] {
			seen[d.User] = true
			types = append(types, d.User)
		}
		if d.Switch != nil {
			for i := range d.Switch.Cases {
				add(d.Switch.Cases[i].Type)
			}
			add(d.Switch.Type)
		}
	}
	add(d)
	for i := 0; i < len(types); i++ {
		for _, a := range types[i].Slots {
			if len(a.Checks) > 0 {
				return true
			}
			add(a.Type)
		}
	}
	return false
}

func (s *Schema) hasChecks() bool {
	for _, f := range s.Files {
		if f.Top != nil && f.Top.hasChecks() {
			return true
		}
	}
	return false
}

func (t *Type) hasChecks() bool {
	for _, a := range t.Slots {
		if len(a.Checks) > 0 {
			return true
		}
	}
	return slices.ContainsFunc(t.Types, (*Type).hasChecks)
}

// Mend gives edits, which are patches of the data, together with what they make necessary: fields with a -check that was
// changed by them, or all that are wrong where there are no edits. Lengths, counts and values are written first, then
// checksums, those of inner objects before those of outer ones. The tree itself stays as it is.
func (t *Tree) Mend(ctx context.Context, edits []Patch) ([]Patch, error) {
	return t.mend(ctx, edits, t.untouched, true, nil)
}

// Mended is a field to which Mend gives a new value.
type Mended struct{ Path, Was, Is string }

// MendFields is Mend that tells which fields it mends.
func (t *Tree) MendFields(ctx context.Context, edits []Patch) ([]Patch, []Mended, error) {
	var fields []Mended
	known := map[string]int{}
	ps, err := t.mend(ctx, edits, t.untouched, true, func(m Mended) {
		if i, ok := known[m.Path]; ok {
			fields[i].Is = m.Is // once more, after another one
			return
		}
		known[m.Path] = len(fields)
		fields = append(fields, m)
	})
	return ps, fields, err
}

// mend leaves out checks that untouched tells of, and with sparing whole elements (see sparer).
func (t *Tree) mend(ctx context.Context, edits []Patch, untouched func(*Node, *Check, *patched) bool, sparing bool, tell func(Mended)) ([]Patch, error) {
	size := t.base + t.size
	p := newPatched(t.src.r, t.base, t.size)
	was := neverWrong
	var skip func(*Node, *Check) bool
	var spare func(string, *array) func(int64, *slot) bool
	if len(edits) > 0 {
		if sparing {
			spare = (&sparer{t: t, p: p, known: map[*cattr]bool{}}).array
		}
		was = t.wrongBefore()
		skip = func(n *Node, c *Check) bool { return untouched(n, c, p) }
		var err error
		edits, err = MergePatches(edits)
		if err != nil {
			return nil, err
		}
		p.apply(edits)
	}
	var since *patched // what changed since elements were settled
	var told []toldUnit
	if sparing && t.schema.hasChecks() {
		s := &settler{skip: skip, spare: spare, was: was, keep: tell != nil, all: len(edits) > 0}
		switch err := t.settle(ctx, p, s); {
		case ErrorKind(err) == "Cancelled":
			return nil, err
		case err != nil: // all in rounds
		default:
			p.apply(s.patches)
			told = s.inOrder()
			if !s.outside {
				for _, m := range told {
					tell(m.Mended)
				}
				return p.patches(size)
			}
			before := *p
			since = newPatched(&before, 0, p.size)
			spare = s.others(&before, since)
		}
	}
	for round := range mendRounds {
		o := t.o
		o.Context = ctx
		now := t.schema.Open(p, t.base, p.size-t.base, o)
		var all []CheckResult
		_, err := now.eachCheck(ctx, skip, spare, true, func(r *CheckResult, path []byte) {
			if !r.OK && r.Err == nil {
				r.Path, r.node = string(path), nil
				all = append(all, *r)
			}
		})
		if err != nil {
			return nil, err
		}
		todo := wrong(all, was)
		if since != nil && round == 0 {
			if len(todo) > 0 && !todo[0].Sum() { // what may move others comes first
				return t.mend(ctx, edits, untouched, false, tell)
			}
			for _, m := range told {
				tell(m.Mended)
			}
		}
		if len(todo) == 0 {
			return p.patches(size)
		}
		var list patchRow
		for _, r := range todo {
			if tell != nil {
				tell(Mended{r.Path, r.Actual, r.Expected})
			}
			n, err := now.Lookup(r.Path)
			if err != nil {
				return nil, err
			}
			more, err := n.Encode(r.Expected)
			if err != nil {
				return nil, err
			}
			if _, err := list.add(more); err != nil {
				return nil, err
			}
		}
		p.apply(list)
		if since != nil {
			since.apply(list)
		}
	}
	return nil, fmt.Errorf("the checks depend on each other: they are still wrong after %d rounds", mendRounds)
}

// mendRounds is how often what is mended may make something else wrong.
const mendRounds = 100

// A patchRow is sorted patches of the same data that do not overlap.
type patchRow []Patch

// add puts patches in. taken is false where they touch the same bytes as others: then they have to wait for the next round.
func (l *patchRow) add(more []Patch) (taken bool, err error) {
	if k := len(*l); len(more) == 1 && (k == 0 || more[0].Range.Start > (*l)[k-1].Range.End) {
		*l = append(*l, more[0])
		return true, nil
	}
	both, err := MergePatches(slices.Concat(*l, more))
	if err == nil {
		*l = both
		return true, nil
	}
	if len(*l) > 0 {
		err = nil
	}
	return false, err
}

// wrongBefore tells of a check that fails whether it fails in the same way in this tree.
func (t *Tree) wrongBefore() func(*CheckResult) bool {
	known := map[string][]CheckResult{}
	return func(c *CheckResult) bool {
		list, ok := known[c.Path]
		if !ok {
			if n, err := t.Lookup(c.Path); err == nil {
				list = n.Checks()
			}
			known[c.Path] = list
		}
		return slices.ContainsFunc(list, func(o CheckResult) bool {
			return o.Check == c.Check && !o.OK && o.Err == nil && o.Expected == c.Expected && o.Actual == c.Actual
		})
	}
}

// wrong picks the checks to mend next: all but checksums first, then the innermost checksums.
func wrong(all []CheckResult, was func(*CheckResult) bool) []CheckResult {
	var plain, sums []CheckResult
	for _, r := range all {
		if r.OK || r.Err != nil || was(&r) {
			continue
		}
		if r.Sum() {
			sums = append(sums, r)
		} else {
			plain = append(plain, r)
		}
	}
	if len(plain) > 0 {
		return plain
	}
	deepest := 0
	for _, r := range sums {
		deepest = max(deepest, r.depth)
	}
	return slices.DeleteFunc(sums, func(r CheckResult) bool { return r.depth < deepest })
}
