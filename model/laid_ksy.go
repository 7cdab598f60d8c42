package model

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hexlay/mmapdoc"
	"hexlay/overlay/expr"
	"hexlay/overlay/ksy"
)

// ksyLaid is a .ksy template laid over a region.
type ksyLaid struct {
	*ksy.Tree
	of *Template
	// checks are the results of -check keys by path, until the bytes change; unchecked are the fields whose checks take
	// longer than a look may.
	checks    map[string][]ksy.CheckResult
	unchecked []*ksy.Node
	remedy    *remedy // what is wrong with all of it, until the bytes change
}

// hastySteps are what a look may read: some milliseconds.
const hastySteps = 20_000

// advanceFor is how long advance reads on: what waits for the tree waits that long.
const advanceFor = 4 * time.Millisecond

func (l *ksyLaid) during(ctx context.Context, hasty bool) {
	l.SetContext(ctx)
	if hasty {
		l.Hasty(hastySteps)
	}
}

func (l *ksyLaid) behind() bool { return l.Behind() || len(l.unchecked) > 0 }

func (l *ksyLaid) advance() (int64, error) {
	if l.Behind() {
		return l.Advance(advanceFor)
	}
	if len(l.unchecked) > 0 {
		n := l.unchecked[0]
		found := n.Checks()
		for _, c := range found {
			if ksy.ErrorKind(c.Err) == "Cancelled" {
				return -1, c.Err
			}
		}
		l.unchecked = l.unchecked[1:]
		l.checks[n.Path()] = found
	}
	return -1, nil
}

func (l *ksyLaid) edited(s *mmapdoc.Snapshot, r mmapdoc.Range, from int64) bool {
	l.checks, l.unchecked, l.remedy = nil, nil, nil
	l.Reset(s, r.Len(), from)
	return true
}

func (l *ksyLaid) unsure() bool { return l.Unsure() }
func (l *ksyLaid) ahead() int64 { return l.Ahead() }

// maxChecks bounds how many results are kept, and maxUnchecked how many fields wait for theirs.
const (
	maxChecks    = 10_000
	maxUnchecked = 256
)

// checksOf gives the results of a field's checks; wait tells that they are not known yet.
func (l *ksyLaid) checksOf(n *ksy.Node) (found []ksy.CheckResult, wait bool) {
	if a := n.Attr(); a == nil || len(a.Checks) == 0 {
		return nil, false
	}
	path := n.Path()
	if found, ok := l.checks[path]; ok {
		return found, false
	}
	found = n.Checks()
	if l.checks == nil || len(l.checks) >= maxChecks {
		l.checks = make(map[string][]ksy.CheckResult)
	}
	for _, c := range found {
		if ksy.NotYet(c.Err) {
			if len(l.unchecked) < maxUnchecked && !slices.ContainsFunc(l.unchecked, func(o *ksy.Node) bool { return o.Path() == path }) {
				l.unchecked = append(l.unchecked, n)
			}
			return nil, true
		}
		if ksy.ErrorKind(c.Err) == "Cancelled" {
			return nil, true
		}
	}
	l.checks[path] = found
	return found, false
}

func (l *ksyLaid) root() node { return ksyNode{l, l.Tree.Root()} }

func (l *ksyLaid) find(_ context.Context, off int64) []node {
	found := l.Find(off)
	if len(found) == 0 {
		return nil
	}
	n := 0
	for k := found[len(found)-1]; k.Parent() != nil; k = k.Parent() {
		n++
	}
	chain := make([]node, n)
	for k := found[len(found)-1]; n > 0; k = k.Parent() {
		n--
		chain[n] = ksyNode{l, k}
	}
	return chain
}

func (l *ksyLaid) gaps(ctx context.Context, most int) ([]mmapdoc.Range, error) {
	gs, err := l.Gaps(ctx, most)
	out := make([]mmapdoc.Range, len(gs))
	for i, g := range gs {
		out[i] = mmapdoc.Range(g)
	}
	return out, err
}

// ksyNode is one field.
type ksyNode struct {
	l *ksyLaid
	*ksy.Node
}

func (n ksyNode) step() string { return n.Name() }

func (n ksyNode) kids() (int64, bool) { return n.Len() }

func (n ksyNode) child(i int64) (node, error) {
	c, err := n.Child(i)
	if err != nil {
		return nil, err
	}
	return ksyNode{n.l, c}, nil
}

func (n ksyNode) kid(step string) (int64, node, bool) {
	if i, ok := stepIndex(step); ok {
		c, err := n.Child(i)
		return i, ksyNode{n.l, c}, err == nil
	}
	have, _ := n.Len()
	for i := range have {
		c, err := n.Child(i)
		if err != nil {
			break
		}
		if _, element := c.Index(); element {
			break
		}
		if c.Name() == step {
			return i, ksyNode{n.l, c}, true
		}
	}
	return 0, nil, false
}

func (n ksyNode) place() (mmapdoc.Range, bool) {
	r, ok := n.Range()
	if !ok {
		_, r, ok = n.Partial(0)
	}
	return mmapdoc.Range(r), ok
}

func (n ksyNode) describe(r *Row) {
	r.Type = n.TypeName()
	if first, _, ok := n.Bits(); ok {
		r.Bit = int(first % 8)
	}
	if a := n.Attr(); a != nil {
		r.Doc = a.Doc
		_, r.Pointer = n.Target()
	} else if t := n.Type(); t != nil {
		r.Doc = t.Doc
	}
	r.Value = n.show(maxValue, r.Open)
	if err := n.Err(); err != nil {
		if ksy.NotYet(err) {
			r.Note = notYet
			return
		}
		if m := n.Missing(); m > 0 {
			r.State, r.Note = Missing, (&missingError{m}).Error()
			if b, at, ok := n.Partial(maxValue / 3); ok && n.Kind() != ksy.ArrayNode {
				r.Value = showBytes(b, at.Len())
			}
		} else if ksy.ErrorKind(err) == "NotParsed" {
			r.Note = notRead
		} else {
			r.State, r.Note = Failed, err.Error()
		}
		return
	}
	n.describeChecks(r)
}

// notYet is what a row says whose field was not read so far.
const notYet = "reading …"

// notRead is what a row says whose field comes after one that could not be read.
const notRead = "not read"

// show is the value as the panel has it.
func (n ksyNode) show(most int, open bool) string {
	switch n.Kind() {
	case ksy.NullNode:
		if n.Err() != nil {
			return ""
		}
		return "–"
	case ksy.ArrayNode:
		have, final := n.Len()
		if final {
			return count(have, "element")
		}
		return Grouped(have) + "… elements"
	case ksy.ObjectNode:
		return n.summary(most, open)
	}
	if b, total, ok := n.Preview(most / 3); ok && n.isBytes() {
		if s, ok := n.Attr().Shown(expr.BytesValue(b)); ok && int64(len(b)) == total {
			return s
		}
		return showBytes(b, total)
	}
	v, err := n.Value()
	if err != nil {
		return ""
	}
	if s, ok := n.Attr().Shown(v); ok {
		return s
	}
	if v.Kind() == expr.Float {
		return n.float(v)
	}
	return showValue(v, most)
}

// float writes a number as short as its size allows.
func (n ksyNode) float(v expr.Value) string {
	if d := n.Data(); d != nil && d.Sort == ksy.FloatType && d.Width < 8 {
		return formatFloat(v.Float(), 32)
	}
	return formatFloat(v.Float(), 64)
}

// isBytes tells whether the value is a byte array.
func (n ksyNode) isBytes() bool {
	d := n.Data()
	return d != nil && d.Sort == ksy.BytesType
}

// summary is an object in one line: what its to-string says, else its first values while it is closed.
func (n ksyNode) summary(most int, open bool) string {
	if v, err := n.Value(); err == nil && v.Object() != nil {
		if s, ok, err := v.Object().Text(); ok && err == nil {
			return s
		}
	}
	if open {
		return ""
	}
	var b strings.Builder
	have, _ := n.Len()
	for i := int64(0); i < have && i < 16 && b.Len() < most; i++ {
		c, err := n.Child(i)
		if err != nil || c.Attr() == nil || c.Attr().Place != ksy.SeqField {
			break
		}
		if c.Kind() != ksy.LeafNode {
			continue
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(shorten(ksyNode{n.l, c}.show(60, false), 40))
	}
	return b.String()
}

// showValue writes a value for people.
func showValue(v expr.Value, most int) string {
	switch v.Kind() {
	case expr.Int:
		b := v.Big()
		if b == nil {
			return ""
		}
		s := b.String()
		if b.BitLen() > 4 && b.Sign() > 0 {
			s += fmt.Sprintf(" (%#x)", b)
		}
		return s
	case expr.Float:
		return formatFloat(v.Float(), 64)
	case expr.Bool:
		return strconv.FormatBool(v.Bool())
	case expr.Str:
		s := v.Str()
		if len(s) > most {
			return strconv.Quote(cutText(s, most)) + "…"
		}
		return strconv.Quote(s)
	case expr.Bytes:
		b := v.Bytes()
		return showBytes(b[:min(len(b), most/3)], int64(len(b)))
	case expr.EnumOf:
		if e := v.Enum(); e != nil {
			if name, ok := e.Member(v); ok {
				return fmt.Sprintf("%s (%s)", name, v.Int().Big())
			}
		}
		return fmt.Sprint(v.Int().Big())
	case expr.ClassOf:
		return "an object"
	case expr.ArrayOf:
		if n, err := v.Array().Len(); err == nil {
			return count(n, "element")
		}
	}
	return "–"
}

// cutText is the first n bytes of s at the most, whole characters.
func cutText(s string, n int) string {
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:min(n, len(s))]
}

// showBytes writes bytes: hex, and text where they are text.
func showBytes(b []byte, total int64) string {
	if total == 0 {
		return "(empty)"
	}
	text := len(b) > 0
	for _, c := range b {
		text = text && c >= 0x20 && c < 0x7f
	}
	var s string
	if text {
		s = strconv.Quote(string(b))
	} else {
		s = fmt.Sprintf("% x", b)
	}
	if int64(len(b)) < total {
		s += fmt.Sprintf(" … %s", count(total, "byte"))
	}
	return s
}

func (n ksyNode) value() (string, error) {
	switch n.Kind() {
	case ksy.ObjectNode, ksy.ArrayNode:
		return "", errNotOne
	case ksy.NullNode:
		if err := n.Err(); err != nil {
			return "", err
		}
		return "", errors.New("is not there: its condition is false")
	}
	if _, total, ok := n.Preview(1); ok && total > maxTyped {
		return "", fmt.Errorf("%s are too long to edit as one value", count(total, "byte"))
	}
	v, err := n.Value()
	if err != nil && v.IsNull() {
		return "", err
	}
	if s, ok := n.Attr().Shown(v); ok {
		return s, nil
	}
	switch v.Kind() {
	case expr.Int:
		return v.Big().String(), nil
	case expr.Float:
		return n.float(v), nil
	case expr.Bool:
		return strconv.FormatBool(v.Bool()), nil
	case expr.Str:
		if s := v.Str(); strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) || strings.HasPrefix(s, `"`) {
			return strconv.Quote(s), nil
		}
		return v.Str(), nil
	case expr.Bytes:
		return fmt.Sprintf("% x", v.Bytes()), nil
	case expr.EnumOf:
		if name, ok := v.Enum().Member(v); ok {
			return name, nil
		}
		return v.Int().Big().String(), nil
	}
	return "", errNotOne
}

// maxTyped is the longest value that is put into a line to be edited.
const maxTyped = 4096

var errNotOne = errors.New("has no value of its own to edit")

func (n ksyNode) encode(s string) ([]patch, error) {
	ps, err := n.Encode(s)
	return patchesOf(ps), err
}

func patchesOf(ps []ksy.Patch) []patch {
	out := make([]patch, len(ps))
	for i, p := range ps {
		out[i] = patch{p.Range.Start, p.Range.Len(), p.New}
	}
	return out
}

// choices are the members of an enum field, with what they say of themselves.
func (n ksyNode) choices() []Completion {
	var out []Completion
	for _, c := range n.Choices() {
		help := c.Value.String()
		if c.Doc != "" {
			help += "  " + c.Doc
		}
		out = append(out, Completion{Line: c.ID, Word: c.ID, Help: help})
	}
	return out
}

func (n ksyNode) describeChecks(r *Row) {
	found, wait := n.l.checksOf(n.Node)
	if wait {
		r.Note = "checking …"
	}
	for _, c := range found {
		switch {
		case c.Err != nil:
			r.Note = "not checked: " + c.Err.Error()
		case !c.OK:
			r.State, r.Note = Bad, "expected "+c.Expected
			return
		default:
			r.State = Good
		}
	}
}

func (l *ksyLaid) wrong(ctx context.Context, told func(part float64)) (*remedy, error) {
	if l.remedy != nil {
		return l.remedy, nil
	}
	failing, total, patches, unread, err := l.FailingAndMended(ctx, told)
	if err != nil {
		return nil, err
	}
	m := &remedy{checks: total, unread: unread, patches: patchesOf(patches)}
	for _, c := range failing {
		switch {
		case c.Err != nil:
			if m.unable++; m.why == nil {
				m.why = fmt.Errorf("%s: %w", c.Path, c.Err)
			}
		default:
			if m.wrong++; m.wrong <= maxShown {
				m.first = append(m.first, ksy.Mended{Path: c.Path, Was: c.Actual, Is: c.Expected})
			}
		}
	}
	l.remedy = m
	return m, nil
}

func (l *ksyLaid) mend(ctx context.Context, edits []patch) ([]patch, []ksy.Mended, error) {
	in := make([]ksy.Patch, len(edits))
	for i, p := range edits {
		in[i] = ksy.Patch{Range: ksy.Range{Start: p.off, End: p.off + p.del}, New: p.data}
	}
	out, fields, err := l.MendFields(ctx, in)
	return patchesOf(out), fields, err
}

func layKsy(s *ksy.Schema, snap *mmapdoc.Snapshot, r mmapdoc.Range) *ksyLaid {
	return &ksyLaid{Tree: s.Open(snap, r.Start, r.Len(), ksy.Options{})}
}

func (n ksyNode) substream() (*io.SectionReader, mmapdoc.Range, bool, bool) {
	b, raw, writable, ok := n.Substream()
	return b, mmapdoc.Range(raw), writable, ok
}

func (n ksyNode) part() *Template {
	s := n.Part()
	if s == nil {
		return nil
	}
	return n.l.of.part(s)
}

func (n ksyNode) encodeBytes(b []byte) ([]patch, error) {
	ps, err := n.EncodeBytes(b)
	return patchesOf(ps), err
}

// target is where an instance has its bytes; of an integer that a pos of an instance beside it names, where that one has
// them.
func (n ksyNode) target() (int64, bool) {
	if off, ok := n.Target(); ok {
		return off, true
	}
	for p := n.Parent(); p != nil && n.Attr() != nil; p = p.Parent() {
		t := p.Type()
		if t == nil {
			continue
		}
		for _, in := range t.Insts {
			if in.At == nil || !names(in.At.Text, n.Name()) {
				continue
			}
			if c := p.Field(in.ID); c != nil {
				if r, ok := c.Range(); ok {
					return r.Start, true
				}
			}
		}
	}
	return 0, false
}

// names tells whether an expression has a name in it as a word.
func names(text, name string) bool {
	return slices.Contains(strings.FieldsFunc(text, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
	}), name)
}

// json is the value as the verb decode prints it.
func (n ksyNode) json() []byte {
	if b, total, ok := n.Preview(64); ok && total > maxExportValue {
		return fmt.Appendf(nil, `{"bytes":"%x","size":%d}`, b, total)
	}
	v, err := n.Value()
	if err != nil && v.IsNull() {
		return []byte("null")
	}
	return appendJSON(nil, v)
}

// maxExportValue is the longest byte array or string that is exported whole.
const maxExportValue = 1 << 20

func appendJSON(b []byte, v expr.Value) []byte {
	quoted := func(s string) []byte { return AppendJSONString(nil, s) }
	switch v.Kind() {
	case expr.Int:
		return v.Big().Append(b, 10)
	case expr.Float:
		switch f := v.Float(); {
		case math.IsNaN(f):
			return append(b, `{"float":"nan"}`...)
		case math.IsInf(f, 1):
			return append(b, `{"float":"inf"}`...)
		case math.IsInf(f, -1):
			return append(b, `{"float":"-inf"}`...)
		default:
			return append(b, formatFloat(f, 64)...)
		}
	case expr.Bool:
		return strconv.AppendBool(b, v.Bool())
	case expr.Str:
		return append(b, quoted(v.Str())...)
	case expr.Bytes:
		return fmt.Appendf(b, `{"bytes":"%x"}`, v.Bytes())
	case expr.EnumOf:
		name := []byte("null")
		if m, ok := v.Enum().Member(v); ok {
			name = quoted(v.Enum().Name() + "::" + m)
		}
		return fmt.Appendf(b, `{"enum":%s,"value":%s}`, name, v.Int().Big())
	case expr.ArrayOf:
		b = append(b, '[')
		a := v.Array()
		n, _ := a.Len()
		for i := range n {
			if i > 0 {
				b = append(b, ',')
			}
			e, err := a.At(i)
			if err != nil {
				break
			}
			b = appendJSON(b, e)
		}
		return append(b, ']')
	}
	return append(b, "null"...)
}
