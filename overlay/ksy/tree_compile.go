package ksy

import (
	"math"
	"slices"
	"strings"
	"sync"

	"hexlay/overlay/expr"
	"hexlay/overlay/text"
)

// This file turns the attributes of a Schema into a form that is quick to read by. It happens once, when the schema is
// first opened.

// compiled is embedded in a Schema.
type compiled struct{ once sync.Once }

// A class is a compiled Type.
type class struct {
	typ    *Type
	params int     // slots[:params] are the parameters
	seq    int     // slots[params:params+seq] the seq fields, the rest instances
	slots  []cattr // in the order of Type.Slots
	byName []int   // the slots of parse instances in the order of their names
	// fixed is how many bytes every object takes, -1 where they differ or are no whole bytes.
	fixed int64
	// pure tells that nothing can fail in a fixed-size object but the end of the data.
	pure     bool
	measured bool
	computed bool // its own byte order is computed
}

// A cattr is a compiled Attr.
type cattr struct {
	attr   *Attr
	d      *cdata
	repeat Repeat
	plain  bool // once, without if and valid
	times  int64
	// strange tells that what it gives depends on when it is asked first, as it looks at a stream's position.
	strange bool
	// inward tells that how an element is read or judged depends on those before it: its expressions name the array.
	inward bool
}

type op uint8

const (
	opInt op = iota
	opFloat
	opBits
	opBytes
	opStr
	opUser
	opSwitch
	opNone
)

// A cdata is a compiled DataType.
type cdata struct {
	d      *DataType
	op     op
	width  int
	signed bool
	little bool
	comp   bool // the byte order is the object's
	enum   expr.Enum
	sized  bool  // its bytes are cut out first
	size   int64 // the constant size, -1 where it is computed or there is none
	cut    bool  // something is taken off the end: padding, terminator
	user   *class
	codec  *text.Codec
	ascii  bool // bytes below 0x80 are ASCII in it
	cases  []ccase
	other  *cdata // the default of a switch
	raw    *cdata // what is read where no case matches but there is a size
	limit  int64  // of bits, the first value that does not fit int64 or 0
}

type ccase struct {
	match *expr.Expr
	key   expr.Value // where the case is a constant integer
	isKey bool
	d     *cdata
}

func (s *Schema) compile() {
	s.compiled.once.Do(func() {
		seen := map[*Type]bool{}
		s.Top.compile(seen)
		for _, f := range s.Files {
			if f.Top != nil {
				f.Top.compile(seen)
			}
		}
		for t := range seen {
			t.code.measure()
		}
	})
}

func (t *Type) compile(seen map[*Type]bool) {
	if seen[t] {
		return
	}
	seen[t] = true
	c := t.class()
	for i, a := range t.Slots {
		c.slots[i] = compileAttr(a, seen)
	}
	for _, sub := range t.Types {
		sub.compile(seen)
	}
}

// class makes the compiled type, still empty. A type that several schemas share is compiled once.
func (t *Type) class() *class {
	if t.code == nil {
		c := &class{typ: t, params: len(t.Params), seq: len(t.Seq), slots: make([]cattr, len(t.Slots)), computed: t.EndianOn != nil}
		for i, a := range t.Slots {
			if a.Place == ParseInstance {
				c.byName = append(c.byName, i)
			}
		}
		slices.SortFunc(c.byName, func(a, b int) int { return strings.Compare(t.Slots[a].ID, t.Slots[b].ID) })
		t.code = c
	}
	return t.code
}

func compileAttr(a *Attr, seen map[*Type]bool) cattr {
	c := cattr{attr: a, repeat: a.Repeat, times: -1}
	if a.Type != nil {
		c.d = compileData(a.Type, seen)
	}
	if n, ok := constant(a.RepeatExpr); ok {
		c.times = n
	}
	c.inward = a.Repeat != Once && a.namesItself()
	c.plain = a.Repeat == Once && a.If == nil && a.Valid == nil && c.d != nil && c.d.op != opSwitch
	if a.Place == ValueInstance || a.Place == ParseInstance {
		c.strange = a.Place == ParseInstance && a.At == nil
		for _, e := range []*expr.Expr{a.If, a.At, a.IO, a.Value, a.RepeatExpr, a.RepeatUntil} {
			c.strange = c.strange || e != nil && (strings.Contains(e.Text, ".pos") || strings.Contains(e.Text, ".eof"))
		}
	}
	return c
}

// namesItself tells whether an expression by which a value is read or found valid has the name of the attribute in it.
func (a *Attr) namesItself() bool {
	var es []*expr.Expr
	add := func(d *DataType) {
		es = append(es, d.Args...)
		if d.Process != nil {
			es = append(es, d.Process.Args...)
		}
	}
	if a.Type != nil {
		add(a.Type)
		if sw := a.Type.Switch; sw != nil {
			es = append(es, sw.On)
			for _, c := range append(sw.Cases, Case{Type: sw.Type}) {
				if c.Type != nil {
					add(c.Type)
				}
				es = append(es, c.Match)
			}
		}
	}
	if v := a.Valid; v != nil {
		es = append(append(es, v.Eq, v.Min, v.Max, v.Expr), v.AnyOf...)
	}
	return slices.ContainsFunc(es, func(e *expr.Expr) bool { return e != nil && slices.Contains(words(e.Text), a.ID) })
}

func compileData(d *DataType, seen map[*Type]bool) *cdata {
	c := &cdata{d: d, width: d.Width, signed: d.Signed, little: d.Endian == Little, comp: d.Endian == Computed, size: -1}
	if d.Enum != nil {
		c.enum = d.Enum
	}
	c.sized = d.Sized()
	c.cut = d.PadRight >= 0 || d.Terminator != nil
	if n, ok := constant(d.Size); ok {
		c.size = n
	}
	switch d.Sort {
	case IntType:
		c.op = opInt
		c.sized = false
	case FloatType:
		c.op = opFloat
		c.sized = false
	case BitsType:
		c.op = opBits
		c.sized = false
	case BytesType:
		c.op = opBytes
		if d.Contents != nil && d.Size == nil {
			c.sized, c.size = true, int64(len(d.Contents))
		}
	case StrType:
		c.op = opStr
		c.codec, _ = text.Lookup(d.Encoding)
		c.ascii = c.codec != nil && asciiCodec(c.codec)
	case UserType:
		c.op = opUser
		d.User.compile(seen)
		c.user = d.User.class()
	case SwitchType:
		c.op = opSwitch
		for _, k := range d.Switch.Cases {
			cc := ccase{match: k.Match}
			if k.Type != nil {
				cc.d = compileData(k.Type, seen)
			}
			if n, ok := constant(k.Match); ok {
				cc.key, cc.isKey = expr.IntValue(n), true
			}
			c.cases = append(c.cases, cc)
		}
		if d.Switch.Type != nil {
			c.other = compileData(d.Switch.Type, seen)
		}
		if c.sized {
			raw := *d
			raw.Sort, raw.Switch = BytesType, nil
			c.raw = compileData(&raw, seen)
		}
	default:
		c.op = opNone
	}
	return c
}

// asciiCodec tells of the codecs in which a byte below 0x80 is the character of that number.
func asciiCodec(c *text.Codec) bool {
	var all [128]byte
	for i := range all {
		all[i] = byte(i)
	}
	out, err := c.Decode(nil, all[:], text.Strict)
	return err == nil && string(out) == string(all[:]) && c.Name() != "utf-7" && !strings.Contains(c.Name(), "2022") && c.Name() != "hz"
}

// constant gives the value of an expression that is the same everywhere.
func constant(e *expr.Expr) (int64, bool) {
	if e == nil {
		return 0, false
	}
	v, ok := e.Const()
	if !ok || v.Kind() != expr.Int && v.Kind() != expr.EnumOf {
		return 0, false
	}
	return v.Int64()
}

// measure finds the fixed size of a class, once all are compiled.
func (c *class) measure() {
	if c.measured {
		return
	}
	c.measured = true
	c.fixed = -1 // for a type within itself
	bits, pure := int64(0), !c.computed && c.params == 0
	for i := range c.typ.Seq {
		a := &c.slots[c.params+i]
		n, clean := a.fixedBits(bits)
		if n < 0 {
			return
		}
		bits = n
		pure = pure && clean
	}
	if bits%8 == 0 {
		c.fixed, c.pure = bits/8, pure
	}
}

// fixedBits gives where the field ends if it begins behind the first bits of an object, -1 where that is not fixed.
func (a *cattr) fixedBits(bits int64) (end int64, pure bool) {
	if a.attr.If != nil {
		return -1, false
	}
	pure = a.attr.Valid == nil
	if a.repeat == Once {
		n, clean := a.d.fixedBits(bits)
		return n, pure && clean
	}
	if a.repeat != RepeatExpr || a.times < 0 {
		return -1, false
	}
	if a.d.op == opBits {
		if a.times > math.MaxInt32 {
			return -1, false
		}
		return bits + a.times*int64(a.d.width), pure && a.times < 1<<16
	}
	bits = (bits + 7) &^ 7
	n, clean := a.d.fixedBits(0)
	if n < 0 || n%8 != 0 || a.times > 0 && n > math.MaxInt64/4/a.times {
		return -1, false
	}
	return bits + n*a.times, pure && clean
}

func (d *cdata) fixedBits(bits int64) (end int64, pure bool) {
	aligned := (bits + 7) &^ 7
	const most = math.MaxInt64 / 16
	switch d.op {
	case opInt, opFloat:
		return aligned + int64(d.width)*8, !d.comp
	case opBits:
		return bits + int64(d.width), true
	case opBytes, opStr:
		if d.size < 0 || d.size > most {
			return -1, false
		}
		return aligned + d.size*8, d.d.Process == nil && d.d.Contents == nil && (d.op == opBytes || d.codec != nil)
	case opUser:
		if d.sized {
			if d.size < 0 || d.size > most || d.d.Terminator != nil && d.d.Size == nil {
				return -1, false
			}
			// What is inside may need more than there is.
			d.user.measure()
			return aligned + d.size*8, d.d.Process == nil && len(d.d.Args) == 0 && d.user.pure && d.user.fixed >= 0 && d.user.fixed <= d.size && !d.cut
		}
		d.user.measure()
		if d.user.fixed < 0 || d.user.fixed > most {
			return -1, false
		}
		return aligned + d.user.fixed*8, d.user.pure && len(d.d.Args) == 0 && d.d.Parent == nil
	case opSwitch:
		if d.sized && d.size >= 0 && d.size <= most && (d.d.Terminator == nil || d.d.Size != nil) {
			return aligned + d.size*8, false
		}
	}
	return -1, false
}

// fixed is how many bytes an element takes if it begins at a whole byte; -1 where that differs.
func (d *cdata) fixed() (bytes int64, pure bool) {
	n, pure := d.fixedBits(0)
	if n < 0 || n%8 != 0 {
		return -1, false
	}
	return n / 8, pure
}

func (s op) scalar() bool { return s <= opStr }

// whole tells that what is read drops the bits left of a byte.
func (s op) whole() bool { return s.scalar() && s != opBits }
