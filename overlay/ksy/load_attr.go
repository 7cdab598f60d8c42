package ksy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"hexlay/overlay/expr"
)

// An enumRef is the name of an enum as it is written.
type enumRef struct {
	path []string
	abs  bool
	at   Pos
}

// The keys that a field may have, by its type. The keys about a terminator stand in all of them: where they mean
// nothing the reference compiler passes over them, and so do we, with a warning.
var (
	commonKeys = []string{"id", "doc", "doc-ref", "type", "if", "valid", "terminator", "consume", "include", "eos-error"}
	bytesKeys  = []string{"size", "size-eos", "pad-right", "contents", "process", "parent"}
	strKeys    = []string{"size", "size-eos", "pad-right", "encoding"}
)

// seqField reads an element of seq.
func (r *reader) seqField(t *Type, n *node, path string, i int) *Attr {
	m, ok := r.fields(n, path)
	if !ok {
		return nil
	}
	a := &Attr{ID: "_unnamed" + strconv.Itoa(i), Place: SeqField, Pos: m.self(), Of: t}
	if m.get("id") != nil {
		if id, ok := m.str("id"); ok {
			r.id(id, "attribute", m.pos("id"))
			a.ID = id
		}
	}
	r.attr(t, a, m)
	return a
}

// instance reads an instance; what has a value is computed, all else is read.
func (r *reader) instance(t *Type, n *node, path, id string) *Attr {
	m, ok := r.fields(n, path)
	if !ok {
		return nil
	}
	a := &Attr{ID: id, Place: ParseInstance, Pos: m.self(), Of: t}
	if m.get("value") == nil {
		if m.get("id") != nil {
			r.warnf(m.pos("id"), "an instance has its name as key: id means nothing here")
		}
		a.At, a.IO = m.expr("pos"), m.expr("io")
		r.attr(t, a, m, "pos", "io")
		return a
	}
	a.Place = ValueInstance
	m.legal("a value instance", "value", "doc", "doc-ref", "enum", "if")
	r.common(a, m)
	a.Value = m.expr("value")
	a.enum = r.enumRef(m)
	return a
}

// common reads what every attribute has.
func (r *reader) common(a *Attr, m fields) {
	a.Doc, a.DocRefs = m.doc()
	a.OrigID = m.text("-orig-id")
	a.If = m.expr("if")
	a.Extra = m.extra()
	a.Show = r.show(m)
	if n := m.get("-check"); n != nil {
		a.Checks = r.checks(a, n, m.at("-check"))
	}
}

// attr reads a field that is laid out in bytes.
func (r *reader) attr(t *Type, a *Attr, m fields, more ...string) {
	r.common(a, m)
	legal := append(slices.Clone(commonKeys), more...)
	legal = append(legal, r.repeat(a, m)...)
	c := r.cut(m)
	a.Type = r.fieldType(t, a, m, c)
	if a.Type == nil { // what is allowed depends on a type that nobody knows
		m.legal("a field", append(append(append(legal, bytesKeys...), strKeys...), "enum", "repeat-expr", "repeat-until")...)
		return
	}
	switch a.Type.Sort {
	case BytesType, UserType, SwitchType:
		legal = append(legal, bytesKeys...)
	case StrType:
		legal = append(legal, strKeys...)
	case IntType, BitsType:
		legal = append(legal, "enum")
	}
	if a.Type.enum != nil && !slices.Contains(legal, "enum") && a.Type.Sort != SwitchType {
		m.fail("enum", "only an integer can have an enum")
		legal = append(legal, "enum")
	}
	if m.get("contents") != nil && m.get("valid") != nil {
		r.errorf(a.Pos, "contents and valid cannot be used together")
	} else if n := m.get("valid"); n != nil {
		a.Valid = r.valid(n, m.at("valid"))
	}
	m.legal("a field of this type", legal...)
	switch a.Type.Sort {
	case IntType, FloatType, BitsType:
		for _, key := range []string{"terminator", "consume", "include", "eos-error"} {
			if m.get(key) != nil {
				r.warnf(m.pos(key), "%s means nothing with this type", key)
			}
		}
	}
}

// repeat reads how often a field is read, and tells which keys go with that.
func (r *reader) repeat(a *Attr, m fields) []string {
	if m.get("repeat") == nil {
		return []string{"repeat"}
	}
	kind, ok := m.str("repeat")
	if !ok {
		return []string{"repeat", "repeat-expr", "repeat-until"}
	}
	switch kind {
	case "eos":
		a.Repeat = RepeatEOS
	case "expr":
		a.Repeat = RepeatExpr
		a.RepeatExpr = m.expr("repeat-expr")
		if m.get("repeat-expr") == nil {
			m.fail("repeat", "`repeat: expr` needs a repeat-expr")
		}
		return []string{"repeat", "repeat-expr"}
	case "until":
		a.Repeat = RepeatUntil
		a.RepeatUntil = m.expr("repeat-until")
		if m.get("repeat-until") == nil {
			m.fail("repeat", "`repeat: until` needs a repeat-until")
		}
		return []string{"repeat", "repeat-until"}
	default:
		m.fail("repeat", "expected eos, expr or until, got %s", quote(kind))
		return []string{"repeat", "repeat-expr", "repeat-until"}
	}
	return []string{"repeat"}
}

// A cut is what the keys of a field say about its bytes.
type cut struct {
	m        fields
	size     *expr.Expr
	sizeEOS  bool
	term     []byte
	include  bool
	consume  bool
	eosError bool
	pad      int
	process  *Process
	contents []byte
	enum     *enumRef
	encoding string
	encAt    Pos

	parent     *expr.Expr
	parentNone bool
	sized      bool // a size is written, though it may have a mistake
}

// cut reads the keys that are about bytes.
func (r *reader) cut(m fields) *cut {
	c := &cut{m: m, pad: -1}
	c.size = m.expr("size")
	c.sizeEOS = m.bool("size-eos", false)
	c.sized = m.get("size") != nil
	if c.sized && c.sizeEOS {
		r.errorf(m.self(), "only one of size and size-eos can be used")
	}
	if b, ok := r.byteValue(m, "pad-right"); ok {
		c.pad = int(b)
	}
	if b, ok := r.byteValue(m, "terminator"); ok {
		c.term = []byte{b}
	}
	c.include = m.bool("include", false)
	c.consume = m.bool("consume", true)
	c.eosError = m.bool("eos-error", true)
	if n := m.get("contents"); n != nil {
		before := r.errors
		c.contents = r.contents(n, m.at("contents"))
		if len(c.contents) == 0 && r.errors == before {
			m.fail("contents", "there is nothing to compare with")
		}
		c.size, c.sizeEOS, c.sized = r.parse(strconv.Itoa(len(c.contents)), m.pos("contents")), false, true
	}
	c.process = r.process(m)
	c.enum = r.enumRef(m)
	c.encoding, c.encAt = "", m.pos("encoding")
	if enc, ok := m.str("encoding"); ok {
		c.encoding = enc
	}
	if n := m.get("parent"); n != nil {
		if n.sort == boolNode && n.text == "false" || n.sort == strNode && strings.TrimSpace(n.text) == "false" {
			c.parentNone = true
		} else {
			c.parent = m.expr("parent")
		}
	}
	return c
}

// byteValue reads a key that holds one byte.
func (r *reader) byteValue(m fields, key string) (byte, bool) {
	n := m.get(key)
	if n == nil {
		return 0, false
	}
	if n.n == nil || !n.n.IsUint64() || n.n.Uint64() > 255 {
		m.fail(key, "expected an integer from 0 to 255, got %s", n.what())
		return 0, false
	}
	return byte(n.n.Uint64()), true
}

// contents reads the bytes that a field must have: a string, or a list of strings and byte values.
func (r *reader) contents(n *node, path string) []byte {
	b := []byte{}
	switch n.sort {
	case strNode:
		return append(b, n.text...)
	case listNode:
	default:
		r.errorf(r.pos(n, path), "expected a string or a list of strings and bytes, got %s", n.what())
		return b
	}
	for i, v := range n.vals {
		at := r.pos(v, path+"/"+strconv.Itoa(i))
		num := v.n
		if v.sort == strNode {
			num = nil
			if numberPattern().MatchString(v.text) {
				num = yamlInt(v.text)
			}
			if num == nil {
				b = append(b, v.text...)
				continue
			}
		}
		switch {
		case num == nil:
			r.errorf(at, "expected a string or a byte, got %s", v.what())
		case !num.IsUint64() || num.Uint64() > 255:
			r.errorf(at, "expected an integer from 0 to 255, got %s", v.what())
		default:
			b = append(b, byte(num.Uint64()))
		}
	}
	return b
}

// lazyRegexp compiles when it is first used: a start of the program needs none of them.
func lazyRegexp(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}

var numberPattern = lazyRegexp(`^(0x[0-9a-fA-F]+|0b[01]+|[0-9]+)$`)

// process reads what is done to raw bytes.
func (r *reader) process(m fields) *Process {
	if m.get("process") == nil {
		return nil
	}
	text, ok := m.str("process")
	if !ok {
		return nil
	}
	at := m.pos("process")
	name, args, err := expr.ParseCall(text)
	if err != nil {
		r.errorf(at, "%s", err)
		return nil
	}
	if rest := strings.TrimPrefix(text, name); !processPattern().MatchString(name) || rest != "" && (rest[0] != '(' || len(args) == 0 || rest[len(rest)-1] != ')') {
		r.errorf(at, "%s is no process: expected a name in lower case, which may have dots, and its arguments in parentheses if it has any", quote(text))
		return nil
	}
	for _, e := range args {
		r.exprs[e] = at
	}
	want := -1
	switch name {
	case "xor", "rol", "ror":
		want = 1
	case "zlib":
		want = 0
	}
	if want >= 0 && len(args) != want {
		r.errorf(at, "process %s takes %d arguments, got %d", name, want, len(args))
		return nil
	}
	if want < 0 {
		r.warnf(at, "process %s is a program's own and not available here: the raw bytes are shown", quote(name))
	}
	return &Process{Name: name, Args: args}
}

var processPattern = lazyRegexp(`^[a-z][a-z0-9_]*(\.[a-z0-9_]+)*$`)

var namePattern = lazyRegexp(`^(::)?[a-zA-Z_][a-zA-Z0-9_]*(::[a-zA-Z_][a-zA-Z0-9_]*)*$`)

// enumRef reads the key enum.
func (r *reader) enumRef(m fields) *enumRef {
	if m.get("enum") == nil {
		return nil
	}
	text, ok := m.str("enum")
	if !ok {
		return nil
	}
	text = strings.TrimSpace(text)
	if !namePattern().MatchString(text) {
		m.fail("enum", "%s is no name of an enum", quote(text))
		return nil
	}
	rest, abs := strings.CutPrefix(text, "::")
	return &enumRef{path: strings.Split(rest, "::"), abs: abs, at: m.pos("enum")}
}

// fieldType reads the key type.
func (r *reader) fieldType(t *Type, a *Attr, m fields, c *cut) *DataType {
	n := m.get("type")
	if n != nil && n.sort != listNode && m.get("contents") != nil {
		m.fail("contents", "contents cannot be used together with a type")
	}
	switch {
	case n == nil:
		d := r.bytesType(c, m.self())
		if d != nil {
			d.enum = c.enum
		}
		return d
	case n.sort == mapNode:
		return r.switchType(t, a, n, m.at("type"), c)
	case n.sort != strNode:
		m.fail("type", "expected a string or a map, got %s", n.what())
		return nil
	}
	return r.namedType(t, n.text, m.pos("type"), m.self(), c)
}

var (
	intPattern   = lazyRegexp(`^([us])(1|[248](le|be)?)$`)
	floatPattern = lazyRegexp(`^f([48])(le|be)?$`)
	bitsPattern  = lazyRegexp(`^b([0-9]+)(le|be)?$`)
)

// number reads the types that are integers, floats or bits. A nil type with true has a mistake.
func (r *reader) number(t *Type, name string, at Pos) (*DataType, bool) {
	d := &DataType{PadRight: -1, Pos: at}
	suffix := ""
	if len(name) < 2 || strings.IndexByte("usfb", name[0]) < 0 || name[1] < '0' || name[1] > '9' { // a name: the usual case
		return nil, false
	}
	if s := intPattern().FindStringSubmatch(name); s != nil {
		d.Sort, d.Width, d.Signed, suffix = IntType, int(s[2][0]-'0'), s[1] == "s", s[3]
	} else if s := floatPattern().FindStringSubmatch(name); s != nil {
		d.Sort, d.Width, suffix = FloatType, int(s[1][0]-'0'), s[2]
	} else if s := bitsPattern().FindStringSubmatch(name); s != nil {
		d.Sort, suffix = BitsType, s[2]
		n, err := strconv.Atoi(s[1])
		if err != nil || n < 1 || n > 64 {
			r.errorf(at, "%s: a bit field has 1 to 64 bits", quote(name))
			return nil, true
		}
		d.Width = n
	} else {
		return nil, false
	}
	switch {
	case suffix == "le":
		d.Endian = Little
	case suffix == "be":
		d.Endian = Big
	case d.Sort == BitsType:
		d.Endian = t.defaults.bits
		if d.Endian == NoEndian {
			d.Endian = Big
		}
	case d.Width > 1:
		d.Endian = t.defaults.endian
		if d.Endian == NoEndian {
			r.errorf(at, "type %s has no byte order: write %sle or %sbe, or set meta/endian", name, name, name)
			return nil, true
		}
	}
	return d, true
}

// namedType reads a type that is a name. The place of the field is where things are reported that its other keys have
// to do with.
func (r *reader) namedType(t *Type, name string, at, field Pos, c *cut) *DataType {
	if d, ok := r.number(t, name, at); ok {
		if d != nil {
			d.enum = c.enum
		}
		return d
	}
	switch name {
	case "str", "strz":
		d := r.strType(t, name, field, c)
		if d != nil {
			d.enum = c.enum
		}
		return d
	}
	ref, err := expr.ParseTypeRef(name)
	switch {
	case err != nil:
		r.errorf(at, "%s", err)
		return nil
	case len(ref.Args) == 0 && strings.Contains(name, "("):
		r.errorf(at, "%s: there are no arguments between the parentheses", quote(name))
		return nil
	case ref.Array:
		r.errorf(at, "%s: only parameters have array types; use repeat", quote(name))
		return nil
	}
	for _, e := range ref.Args {
		r.exprs[e] = at
	}
	d := &DataType{Sort: UserType, Args: ref.Args, Parent: c.parent, ParentNone: c.parentNone, PadRight: -1, Pos: at, ref: &ref, enum: c.enum}
	if c.sized || c.sizeEOS || c.term != nil {
		d.cut(c)
	} else if c.process != nil {
		r.errorf(field, "process needs a size, size-eos or terminator to know what bytes to work on")
	}
	return d
}

// cut takes over the keys about bytes.
func (d *DataType) cut(c *cut) {
	d.Size, d.SizeEOS, d.PadRight, d.Process = c.size, c.sizeEOS, c.pad, c.process
	d.Terminator, d.Include, d.Consume, d.EOSError = c.term, c.include, c.consume, c.eosError
	d.Contents = c.contents
}

// bytesType is the type of a field that has no other.
func (r *reader) bytesType(c *cut, field Pos) *DataType {
	if !c.sized && !c.sizeEOS && c.term == nil {
		if c.m.get("terminator") == nil {
			r.errorf(field, "there is no type, and none of size, size-eos, terminator and contents")
		}
		return nil
	}
	d := &DataType{Sort: BytesType, Pos: field}
	d.cut(c)
	return d
}

func (r *reader) strType(t *Type, name string, field Pos, c *cut) *DataType {
	d := &DataType{Sort: StrType, Pos: field, Encoding: c.encoding}
	if d.Encoding == "" {
		d.Encoding = t.defaults.encoding
	} else {
		r.encoding(d.Encoding, c.encAt)
	}
	if d.Encoding == "" {
		r.errorf(field, "a string needs an encoding: here or in meta")
	}
	d.cut(c)
	switch {
	case name == "strz":
		if d.Terminator == nil {
			d.Terminator = make([]byte, codeUnit(d.Encoding))
		}
	case !c.sized && !c.sizeEOS && c.term == nil && c.m.get("terminator") == nil:
		r.errorf(field, "a str needs one of size, size-eos and terminator")
	}
	return d
}

// switchType reads a type that is chosen by a value.
func (r *reader) switchType(t *Type, a *Attr, n *node, path string, c *cut) *DataType {
	m, ok := r.fields(n, path)
	if !ok {
		return nil
	}
	m.legal("a switch", "switch-on", "cases")
	s := &Switch{On: m.expr("switch-on")}
	d := &DataType{Sort: SwitchType, Switch: s, PadRight: -1, Pos: m.self()}
	d.cut(c)
	if c.enum != nil {
		r.errorf(c.enum.at, "a switch can have no enum: only an integer can")
		c.enum = nil
	}
	if m.get("switch-on") == nil {
		r.errorf(m.self(), "there is no switch-on")
	}
	cases := m.get("cases")
	switch {
	case cases == nil:
		r.errorf(m.self(), "there are no cases")
		return d
	case cases.sort != mapNode:
		m.fail("cases", "expected a map, got %s", cases.what())
		return d
	case len(cases.keys) == 0:
		m.fail("cases", "there are no cases")
	}
	for i, k := range cases.keys {
		v := cases.vals[i]
		otherwise := k.sort == strNode && k.text == "_"
		at := r.pos(v, m.at("cases")+"/"+k.text)
		late := at // the path once the key has been read, as the reference compiler has it
		late.Path = m.at("cases") + "/Name(identifier(_))"
		var match *expr.Expr
		if !otherwise {
			if match = r.caseKey(k, m.at("cases")); match != nil {
				late.Path = r.exprs[match].Path
			}
		}
		switch v.sort {
		case nullNode, listNode, mapNode:
			r.errorf(at, "expected the name of a type, got %s", v.what())
			continue
		}
		one := r.namedType(t, v.text, at, at, c)
		if one != nil {
			one.Pos = late
			for _, e := range one.Args {
				r.exprs[e] = late
			}
		}
		switch {
		case one == nil:
		case otherwise:
			s.Type = one
		case match != nil:
			s.Cases = append(s.Cases, Case{Match: match, Type: one, Pos: r.exprs[match]})
		}
	}
	if s.Type == nil && (c.sized || c.sizeEOS) {
		s.Type = &DataType{Sort: BytesType, Size: c.size, SizeEOS: c.sizeEOS, Process: c.process, PadRight: -1, Consume: true, EOSError: true, Pos: d.Pos}
	}
	return d
}

// param reads an element of params.
func (r *reader) param(t *Type, n *node, path string) *Attr {
	m, ok := r.fields(n, path)
	if !ok {
		return nil
	}
	m.legal("a parameter", "id", "type", "doc", "doc-ref", "enum")
	a := &Attr{Place: Parameter, Pos: m.self(), Of: t}
	a.Doc, a.DocRefs = m.doc()
	a.OrigID = m.text("-orig-id")
	a.Extra = m.extra()
	if id, ok := m.str("id"); ok {
		r.id(id, "parameter", m.pos("id"))
		a.ID = id
	} else if m.get("id") == nil {
		r.errorf(m.self(), "there is no id")
		return nil
	}
	a.Type = &DataType{Sort: BytesType, PadRight: -1, Pos: m.pos("type")}
	if m.get("type") != nil {
		name, ok := m.str("type")
		if !ok {
			return nil
		}
		a.Type = r.paramType(t, strings.TrimSpace(name), m.pos("type"))
	}
	if e := r.enumRef(m); e != nil && a.Type != nil {
		elem := a.Type
		if elem.Sort == ArrayParam && elem.Elem != nil {
			elem = elem.Elem
		}
		if elem.Sort != IntType && elem.Sort != BitsType {
			r.errorf(a.Pos, "only an integer can have an enum")
		} else {
			elem.enum = e
		}
	}
	return a
}

// paramType reads the type of a parameter, which says what may be passed and not how it is read.
func (r *reader) paramType(t *Type, name string, at Pos) *DataType {
	d := &DataType{PadRight: -1, Pos: at}
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		if strings.HasSuffix(elem, "[]") {
			r.errorf(at, "%s: there are no arrays of arrays", quote(name))
			return nil
		}
		d.Sort = ArrayParam
		d.Elem = r.paramType(t, elem, at)
		if d.Elem == nil {
			return nil
		}
		return d
	}
	switch name {
	case "bytes":
		d.Sort = BytesType
	case "str":
		d.Sort = StrType
	case "bool":
		d.Sort = BoolParam
	case "struct":
		d.Sort = StructParam
	case "io":
		d.Sort = IOParam
	case "any":
		d.Sort = AnyParam
	default:
		inner := *t
		if inner.defaults.endian == NoEndian {
			inner.defaults.endian = Big // a number that is passed has no bytes
		}
		if num, ok := r.number(&inner, name, at); ok {
			return num
		}
		ref, err := expr.ParseTypeRef(name)
		if err != nil {
			r.errorf(at, "%s", err)
			return nil
		}
		for _, e := range ref.Args {
			r.exprs[e] = at
		}
		d.Sort, d.ref = UserType, &ref
	}
	return d
}

// valid reads what a value must fulfil: an expression that it equals, or a map.
func (r *reader) valid(n *node, path string) *Valid {
	v := &Valid{Pos: r.pos(n, path)}
	if n.sort != mapNode {
		v.Eq = r.expr(n, path)
		return v
	}
	m, ok := r.fields(n, path)
	if !ok {
		return nil
	}
	first := ""
	for _, key := range []string{"eq", "min", "max", "any-of", "in-enum", "expr"} {
		if m.get(key) == nil {
			continue
		}
		switch {
		case first == "" || first == "min" && key == "max":
			if first == "" {
				first = key
			}
		case m.get("max") != nil || m.get("min") != nil:
			m.fail(key, "%s cannot be used together with %s", key, first)
		default:
			m.fail(key, "%s cannot be used together with %s", key, first)
		}
	}
	m.legal("valid", "eq", "min", "max", "any-of", "in-enum", "expr")
	if first == "" {
		r.errorf(v.Pos, "expected one of: any-of, eq, expr, in-enum, max, min")
		return nil
	}
	v.Eq, v.Min, v.Max, v.Expr = m.expr("eq"), m.expr("min"), m.expr("max"), m.expr("expr")
	if n := m.get("any-of"); n != nil {
		if n.sort != listNode {
			m.fail("any-of", "expected a list, got %s", n.what())
		} else if len(n.vals) == 0 {
			r.warnf(m.pos("any-of"), "no value can be one of none")
		}
		v.AnyOf = []*expr.Expr{}
		if n.sort == listNode {
			for i, item := range n.vals {
				if e := r.expr(item, m.at("any-of")+"/"+strconv.Itoa(i)); e != nil {
					v.AnyOf = append(v.AnyOf, e)
				}
			}
		}
	}
	if n := m.get("in-enum"); n != nil {
		if v.InEnum = m.bool("in-enum", true); !v.InEnum {
			m.fail("in-enum", "only true is a value: leave it out where every value is valid")
		}
	}
	return v
}
