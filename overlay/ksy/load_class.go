package ksy

import (
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/agnivade/levenshtein"

	"hexlay/overlay/expr"
)

// A reader turns the YAML of one file into types. What it cannot read it reports and leaves out, so that one pass
// finds all mistakes.
type reader struct {
	*loader
	file *File
}

// defaults are what meta says for the fields of a type and of those inside it.
type defaults struct {
	endian, bits Endian
	encoding     string
	opaque       bool // ks-opaque-types
}

// fields is a map of the file, being read key by key.
type fields struct {
	r    *reader
	n    *node
	path string
}

func (r *reader) pos(n *node, path string) Pos {
	if path == "" {
		path = "/"
	}
	return Pos{r.file, path, n.line, n.col}
}

// fields opens a map, whose keys have to be strings.
func (r *reader) fields(n *node, path string) (fields, bool) {
	if n.sort != mapNode {
		r.errorf(r.pos(n, path), "expected a map, got %s", n.what())
		return fields{}, false
	}
	ok := true
	for _, k := range n.keys {
		if k.sort != strNode {
			r.errorf(r.pos(k, path), "expected a string as key, got %s", k.what())
			ok = false
		}
	}
	return fields{r, n, path}, ok
}

func (m fields) get(key string) *node { return m.n.get(key) }

func (m fields) at(key string) string { return m.path + "/" + key }

// pos is the place of a key's value, of the map itself if it has no such key.
func (m fields) pos(key string) Pos {
	if n := m.get(key); n != nil {
		return m.r.pos(n, m.at(key))
	}
	return Pos{m.r.file, m.at(key), m.n.line, m.n.col}
}

func (m fields) self() Pos { return m.r.pos(m.n, m.path) }

func (m fields) fail(key, format string, args ...any) { m.r.errorf(m.pos(key), format, args...) }

// legal refuses the keys that are not in the list and do not begin with "-".
func (m fields) legal(what string, keys ...string) {
	for _, k := range m.n.keys {
		if k.sort != strNode || strings.HasPrefix(k.text, "-") || slices.Contains(keys, k.text) {
			continue
		}
		known := slices.Compact(slices.Sorted(slices.Values(keys)))
		m.r.errorf(m.r.pos(k, m.at(k.text)), "unknown key %s in %s%s, expected: %s", quote(k.text), what, m.r.near(k.text, known), strings.Join(known, ", "))
	}
}

// near suggests the name that was probably meant. Only the first mistakes are worth the search.
func (l *loader) near(name string, known []string) string {
	if l.hints++; l.hints > 100 || len(known) > 5000 {
		return ""
	}
	best, least := "", max(1, len(name)/3)+1
	if len(name) > 100 {
		return ""
	}
	for _, k := range known {
		if k == name {
			continue
		}
		if d := len(k) - len(name); d >= least || -d >= least {
			continue
		}
		if d := levenshtein.ComputeDistance(name, k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" (did you mean %s?)", best)
}

// str is the value of a key as text; numbers and booleans are text too.
func (m fields) str(key string) (string, bool) {
	n := m.get(key)
	if n == nil {
		return "", false
	}
	switch n.sort {
	case nullNode, listNode, mapNode:
		m.fail(key, "expected a string, got %s", n.what())
		return "", false
	}
	return n.text, true
}

func (m fields) bool(key string, otherwise bool) bool {
	n := m.get(key)
	switch {
	case n == nil:
		return otherwise
	case n.sort != boolNode:
		m.fail(key, "expected true or false, got %s", n.what())
		return otherwise
	}
	return n.text == "true"
}

// expr is the value of a key as an expression, nil if there is none or it has a mistake.
func (m fields) expr(key string) *expr.Expr {
	n := m.get(key)
	if n == nil {
		return nil
	}
	return m.r.expr(n, m.at(key))
}

// expr reads a scalar as an expression.
func (r *reader) expr(n *node, path string) *expr.Expr {
	switch n.sort {
	case nullNode, listNode, mapNode:
		r.errorf(r.pos(n, path), "expected an expression, got %s", n.what())
		return nil
	}
	return r.parse(n.text, r.pos(n, path))
}

func (r *reader) parse(text string, at Pos) *expr.Expr {
	e, err := expr.Parse(text)
	if err != nil {
		var syntax *expr.SyntaxError
		if errors.As(err, &syntax) {
			at = at.within(text, 0, syntax.Pos)
		}
		r.errorf(at, "%s", err)
		return nil
	}
	r.exprs[e] = at
	return e
}

const idPattern = "[a-z][a-z0-9_]*"

// isID tells whether a name is of the form that the language wants.
func isID(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || i > 0 && (c == '_' || c >= '0' && c <= '9')) {
			return false
		}
	}
	return s != ""
}

// id checks a name.
func (r *reader) id(name, what string, at Pos) bool {
	if isID(name) {
		return true
	}
	r.errorf(at, "%s is no %s ID, expected %s", quote(name), what, idPattern)
	return false
}

// doc reads doc and doc-ref.
func (m fields) doc() (doc string, refs []string) {
	doc, _ = m.str("doc")
	n := m.get("doc-ref")
	switch {
	case n == nil:
	case n.sort == listNode:
		for i, v := range n.vals {
			if v.sort == listNode || v.sort == mapNode || v.sort == nullNode {
				m.r.errorf(m.r.pos(v, m.at("doc-ref")+"/"+strconv.Itoa(i)), "expected a string, got %s", v.what())
				continue
			}
			refs = append(refs, v.text)
		}
	default:
		if s, ok := m.str("doc-ref"); ok {
			refs = []string{s}
		}
	}
	return doc, refs
}

// extra keeps the keys that begin with "-".
func (m fields) extra() map[string]any {
	var x map[string]any
	for i, k := range m.n.keys {
		if k.sort == strNode && strings.HasPrefix(k.text, "-") {
			if x == nil {
				x = map[string]any{}
			}
			x[k.text] = m.n.vals[i].plain(0)
		}
	}
	return x
}

// plain is the node as Go values: nil, string, *big.Int, float64, bool, []any, map[string]any.
func (n *node) plain(depth int) any {
	switch n.sort {
	case strNode:
		return n.text
	case intNode:
		return n.n
	case floatNode:
		f, _ := strconv.ParseFloat(n.text, 64)
		return f
	case boolNode:
		return n.text == "true"
	case listNode:
		list := make([]any, len(n.vals))
		for i, v := range n.vals {
			list[i] = v.plain(depth + 1)
		}
		return list
	case mapNode:
		m := make(map[string]any, len(n.keys))
		for i, k := range n.keys {
			m[k.text] = n.vals[i].plain(depth + 1)
		}
		return m
	}
	return nil
}

// top reads a file.
func (r *reader) top(n *node) {
	m, ok := r.fields(n, "")
	if !ok {
		return
	}
	r.file.Top = r.class(m, nil, "")
	r.file.Extra = m.extra()
	r.hexlay(m)
	meta := m.get("meta")
	switch {
	case meta == nil:
		r.errorf(Pos{r.file, "/meta", n.line, n.col}, "there is no meta/id, which names the type of the file")
	case meta.sort == mapNode && meta.get("id") == nil:
		r.errorf(r.pos(meta, "/meta"), "there is no meta/id, which names the type of the file")
	}
}

// class reads a type: the file's or one of its types.
func (r *reader) class(m fields, outer *Type, id string) *Type {
	t := &Type{ID: id, File: r.file, Outer: outer, Pos: m.self(), FixedBits: -1, declared: -1}
	r.types = append(r.types, t)
	m.legal("a type", "meta", "doc", "doc-ref", "to-string", "params", "seq", "types", "instances", "enums")
	if outer != nil {
		t.defaults = outer.defaults
	}
	if meta := m.get("meta"); meta != nil {
		r.meta(t, meta, m.at("meta"))
	}
	t.Doc, t.DocRefs = m.doc()
	t.ToString = m.expr("to-string")
	t.Extra = m.extra()
	r.list(m, "params", func(n *node, path string, i int) {
		if p := r.param(t, n, path); p != nil {
			t.Params = append(t.Params, p)
		}
	})
	r.list(m, "seq", func(n *node, path string, i int) {
		if a := r.seqField(t, n, path, i); a != nil {
			t.Seq = append(t.Seq, a)
		}
	})
	r.each(m, "types", "type", func(id string, n *node, path string) {
		if sub, ok := r.fields(n, path); ok {
			t.Types = append(t.Types, r.class(sub, t, id))
		}
	})
	r.each(m, "instances", "instance", func(id string, n *node, path string) {
		if a := r.instance(t, n, path, id); a != nil {
			t.Insts = append(t.Insts, a)
		}
	})
	r.each(m, "enums", "enum", func(id string, n *node, path string) {
		if e := r.enum(t, n, path, id); e != nil {
			t.Enums = append(t.Enums, e)
		}
	})
	r.slots(t)
	t.index()
	return t
}

// list reads a list of maps.
func (r *reader) list(m fields, key string, read func(n *node, path string, i int)) {
	n := m.get(key)
	if n == nil {
		return
	}
	if n.sort != listNode {
		m.fail(key, "expected a list, got %s", n.what())
		return
	}
	for i, v := range n.vals {
		read(v, m.at(key)+"/"+strconv.Itoa(i), i)
	}
}

// each reads a map from names to something.
func (r *reader) each(m fields, key, what string, read func(id string, n *node, path string)) {
	n := m.get(key)
	if n == nil {
		return
	}
	sub, ok := r.fields(n, m.at(key))
	if !ok {
		return
	}
	for i, k := range n.keys {
		path := sub.at(k.text)
		r.id(k.text, what, r.pos(k, path))
		read(k.text, n.vals[i], path)
	}
}

// slots puts all members in one row and refuses a name that is taken.
func (r *reader) slots(t *Type) {
	all := make([]*Attr, 0, len(t.Params)+len(t.Seq)+len(t.Insts))
	all = append(append(append(all, t.Params...), t.Seq...), t.Insts...)
	t.Slots = all
	t.byName = make(map[string]int, len(all))
	idAt := func(a *Attr) Pos {
		at := a.Pos
		if a.Place == SeqField || a.Place == Parameter {
			at.Path += "/id"
		}
		return at
	}
	for i, a := range all {
		a.Slot = i
		if first, ok := t.byName[a.ID]; ok {
			r.errorf(idAt(a), "the ID %s is taken already, at %s", quote(a.ID), idAt(all[first]).Path)
			continue
		}
		t.byName[a.ID] = i
	}
}

var versionPattern = lazyRegexp(`^(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})(\.(0|[1-9][0-9]{0,5}))?$`)

// The versions of the language that are understood.
const (
	oldest = "0.6"
	newest = "0.12"
)

func (r *reader) meta(t *Type, n *node, path string) {
	m, ok := r.fields(n, path)
	if !ok {
		return
	}
	m.legal("meta", "id", "imports", "endian", "bit-endian", "encoding", "title", "ks-version", "ks-debug", "ks-opaque-types",
		"ks-zero-copy-substream", "license", "file-extension", "xref", "tags", "application")
	if id, ok := m.str("id"); ok && r.id(id, "meta", m.pos("id")) && t.Outer == nil {
		t.ID, r.file.ID = id, id
	}
	if v, ok := m.str("ks-version"); ok {
		switch {
		case !versionPattern().MatchString(v):
			m.fail("ks-version", "%s is no version, expected X.Y or X.Y.Z without leading zeros", quote(v))
		case versionLess(v, oldest):
			hint := ""
			if m.get("ks-version").sort == floatNode {
				hint = " (a version without quotes is a number to YAML: write '0.10' for 0.10)"
			}
			m.fail("ks-version", "version %s is older than %s, the first that is understood%s", v, oldest, hint)
		case versionLess(newest, v):
			m.fail("ks-version", "the template needs version %s of the language, and %s is what is understood here", v, newest)
		}
	}
	for _, key := range []string{"ks-debug", "ks-zero-copy-substream"} {
		m.bool(key, false)
	}
	t.defaults.opaque = m.bool("ks-opaque-types", t.defaults.opaque)
	if enc, ok := m.str("encoding"); ok {
		t.defaults.encoding = enc
		r.encoding(enc, m.pos("encoding"))
	}
	if n := m.get("bit-endian"); n != nil {
		switch {
		case n.sort == strNode && n.text == "le":
			t.defaults.bits = Little
		case n.sort == strNode && n.text == "be":
			t.defaults.bits = Big
		default:
			m.fail("bit-endian", "expected le or be, got %s", n.what())
		}
	}
	r.endian(t, m)
	if n := m.get("imports"); n != nil && n.sort == strNode { // one alone needs no list
		r.file.wants = append(r.file.wants, want{n.text, r.pos(n, m.at("imports")+"/0")})
	} else {
		r.list(m, "imports", r.want)
	}
	if t.Outer == nil {
		f := r.file
		f.Title = m.text("title")
		f.License = m.text("license")
		if n := m.get("file-extension"); n != nil {
			for _, v := range append(slices.Clone(n.vals), n) {
				if v.sort == strNode && n.sort != mapNode {
					f.Extensions = append(f.Extensions, v.text)
				}
			}
		}
	}
}

// want reads an element of meta/imports.
func (r *reader) want(n *node, path string, i int) {
	switch n.sort {
	case nullNode, listNode, mapNode:
		r.errorf(r.pos(n, path), "expected a string, got %s", n.what())
		return
	}
	r.file.wants = append(r.file.wants, want{n.text, r.pos(n, path)})
}

// text is a key that is only shown: whatever else stands there is no mistake.
func (m fields) text(key string) string {
	if n := m.get(key); n != nil && n.sort != listNode && n.sort != mapNode {
		return n.text
	}
	return ""
}

func versionLess(a, b string) bool {
	as, bs := strings.Split(a, "."), strings.Split(b, ".")
	for i := range max(len(as), len(bs)) {
		var x, y int
		if i < len(as) {
			x, _ = strconv.Atoi(as[i])
		}
		if i < len(bs) {
			y, _ = strconv.Atoi(bs[i])
		}
		if x != y {
			return x < y
		}
	}
	return false
}

// endian reads meta/endian.
func (r *reader) endian(t *Type, m fields) {
	n := m.get("endian")
	if n == nil {
		return
	}
	if n.sort == mapNode {
		sw, ok := r.fields(n, m.at("endian"))
		if !ok {
			return
		}
		sw.legal("a computed byte order", "switch-on", "cases")
		s := &Switch{On: sw.expr("switch-on")}
		if sw.get("switch-on") == nil {
			r.errorf(sw.self(), "there is no switch-on")
		}
		cases := sw.get("cases")
		if cases == nil {
			r.errorf(sw.self(), "there are no cases")
		} else if cases.sort != mapNode {
			sw.fail("cases", "expected a map, got %s", cases.what())
		} else {
			for i, k := range cases.keys {
				path := sw.at("cases") + "/" + k.text
				e, ok := r.byteOrder(cases.vals[i])
				if !ok {
					r.errorf(r.pos(cases.vals[i], path), "expected be or le, got %s", cases.vals[i].what())
				}
				if k.sort == strNode && k.text == "_" {
					s.Endian = e
				} else if match := r.caseKey(k, sw.at("cases")); match != nil {
					s.Cases = append(s.Cases, Case{Match: match, Endian: e, Pos: r.exprs[match]})
				}
			}
		}
		t.EndianOn, t.defaults.endian = s, Computed
		return
	}
	e, ok := r.byteOrder(n)
	if !ok {
		m.fail("endian", "expected le, be or a map with switch-on and cases, got %s", n.what())
		return
	}
	t.defaults.endian = e
}

func (r *reader) byteOrder(n *node) (Endian, bool) {
	switch {
	case n.sort == strNode && n.text == "le":
		return Little, true
	case n.sort == strNode && n.text == "be":
		return Big, true
	}
	return NoEndian, false
}

// caseKey is the key of a case as an expression. Its path is written as the reference compiler writes it.
func (r *reader) caseKey(k *node, cases string) *expr.Expr {
	switch k.sort {
	case listNode, mapNode, nullNode:
		r.errorf(r.pos(k, cases), "expected an expression as case, got %s", k.what())
		return nil
	}
	e := r.parse(k.text, r.pos(k, cases+"/"+k.text))
	if e != nil {
		at := r.exprs[e]
		at.Path = cases + "/" + casePath(e)
		r.exprs[e] = at
	}
	return e
}

// enum reads an enum.
func (r *reader) enum(t *Type, n *node, path, id string) *Enum {
	if n.sort != mapNode {
		r.errorf(r.pos(n, path), "expected a map, got %s", n.what())
		return nil
	}
	e := &Enum{ID: id, Outer: t, Pos: r.pos(n, path), Entries: make([]EnumEntry, 0, len(n.keys))}
	e.values = make(map[string]int, len(n.keys))
	e.small = make(map[int64]int, len(n.keys))
	for i, k := range n.keys {
		v := k.n
		if k.sort == strNode {
			v = yamlInt(k.text)
		}
		if v == nil || k.sort > intNode {
			r.errorf(r.pos(k, path), "expected an integer as key, got %s", k.what())
			continue
		}
		at := func() Pos { return r.pos(n.vals[i], path+"/"+v.String()) }
		if v.BitLen() > 64 || v.Sign() < 0 && v.BitLen() > 63 && v.Cmp(minInt64) < 0 {
			r.errorf(at(), "the value does not fit in 64 bits")
			continue
		}
		entry, ok := r.enumEntry(n.vals[i], at)
		if !ok {
			continue
		}
		entry.Value = v
		if first, twice := e.values[entry.ID]; twice {
			r.errorf(at(), "the enum member ID %s is taken already, at %s/%s", quote(entry.ID), path, e.Entries[first].Value)
			continue
		}
		if !e.add(entry) {
			r.errorf(at(), "the value %s has a member already", v)
		}
	}
	return e
}

var minInt64 = big.NewInt(-1 << 63)

// add appends an entry, unless its value has one already.
func (e *Enum) add(entry EnumEntry) bool {
	i := len(e.Entries)
	if entry.Value.IsInt64() {
		if _, twice := e.small[entry.Value.Int64()]; twice {
			return false
		}
		e.small[entry.Value.Int64()] = i
	} else {
		if _, twice := e.large[entry.Value.String()]; twice {
			return false
		}
		if e.large == nil {
			e.large = map[string]int{}
		}
		e.large[entry.Value.String()] = i
	}
	e.values[entry.ID] = i
	e.Entries = append(e.Entries, entry)
	return true
}

func (r *reader) enumEntry(n *node, at func() Pos) (EnumEntry, bool) {
	var entry EnumEntry
	switch n.sort {
	case strNode, boolNode: // YAML takes on, off, yes and no for booleans
		entry.ID = n.text
		return entry, isID(entry.ID) || r.id(entry.ID, "enum member", at())
	case mapNode:
	default:
		r.errorf(at(), "expected a string or a map, got %s", n.what())
		return entry, false
	}
	m, ok := r.fields(n, at().Path)
	if !ok {
		return entry, false
	}
	m.legal("an enum member", "id", "doc", "doc-ref")
	entry.Doc, entry.DocRefs = m.doc()
	entry.OrigID = m.text("-orig-id")
	if m.get("id") == nil {
		r.errorf(at(), "there is no id")
		return entry, false
	}
	entry.ID, ok = m.str("id")
	return entry, ok && r.id(entry.ID, "enum member", at())
}
