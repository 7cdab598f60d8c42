package ksy

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"hexlay/overlay/expr"
	"hexlay/overlay/literal"
	"hexlay/overlay/pystruct"
	"hexlay/overlay/text"
)

// A Patch replaces the bytes of Range, a range of the data as it was, by New. Where the lengths differ the data grows or
// shrinks.
type Patch struct {
	Range Range
	New   []byte
}

// Encode gives the bytes that make value the node's value, as patches of the data. value is written as people do:
// an integer in any base, an enum's member or its integer, true or false, a float, text as it is or in double quotes with
// escapes, a byte array in any notation of package literal. Nothing is given where the value does not fit the field,
// where it is not valid, or where it would not be read back as it was written.
//
// A string or byte array of another length is possible where the format can carry it: the field's size and those of all
// that it lies in are not fixed, or each is one integer field, which is then patched too.
func (n *Node) Encode(value string) ([]Patch, error) {
	sl, err := n.read()
	if sl == nil || sl.state != isDone && err != nil {
		return nil, encodeError(n, "was not read: %v", err)
	}
	d := n.data()
	switch {
	case n.computed():
		return nil, encodeError(n, "is computed: change the fields that it is computed from")
	case sl.v.IsNull() && sl.flags&lazy == 0:
		return nil, encodeError(n, "is not there")
	case d == nil || !d.op.scalar():
		return nil, encodeError(n, "has parts: change one of them")
	case sl.flags&hasRange == 0:
		return nil, encodeError(n, "has no bytes")
	}
	v, content, err := n.parse(d, value)
	if err != nil {
		return nil, encodeError(n, "%v", err)
	}
	if err := n.valid(sl, v, content); err != nil {
		return nil, err
	}
	var raw []byte
	switch d.op {
	case opInt, opFloat:
		little := d.little
		if d.comp {
			little = sl.flags&swapped == 0
		}
		raw = intBytes(v, d, little)
	case opBits:
		if raw, err = n.bits(sl, d, v); err != nil {
			return nil, err
		}
	default:
		if raw, err = n.layOut(sl, d, content); err != nil {
			return nil, encodeError(n, "%v", err)
		}
	}
	return n.write(sl, d, raw)
}

func encodeError(n *Node, format string, args ...any) error {
	return fmt.Errorf("%s %s", n.Path(), fmt.Sprintf(format, args...))
}

// parse reads a value as people write it. content is the bytes of a string or byte array.
func (n *Node) parse(d *cdata, s string) (v expr.Value, content []byte, err error) {
	switch d.op {
	case opInt, opBits:
		if d.op == opBits && d.width == 1 && d.enum == nil {
			switch strings.ToLower(strings.TrimSpace(s)) {
			case "true", "yes", "on", "1":
				return expr.BoolValue(true), nil, nil
			case "false", "no", "off", "0":
				return expr.BoolValue(false), nil, nil
			}
			return v, nil, fmt.Errorf("%s is neither true nor false", quoted(s))
		}
		if shown, ok := n.Attr().unshow(s); ok && shown.Kind() == expr.Int {
			s = shown.Big().String()
		}
		i, err := d.number(strings.TrimSpace(s))
		if err != nil {
			return v, nil, err
		}
		v = expr.BigValue(i)
		if d.enum != nil {
			v = expr.EnumValue(d.enum, v)
		}
		return v, nil, nil
	case opFloat:
		f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
		switch {
		case err != nil && !errors.Is(err, strconv.ErrRange):
			return v, nil, fmt.Errorf("%s is no float", quoted(s))
		case err != nil && math.IsInf(f, 0):
			return v, nil, fmt.Errorf("%s is too large for %s", quoted(s), howMany(int64(d.width)))
		case math.IsNaN(f):
			f = math.Float64frombits(0x7ff8 << 48) // the usual one; Go's has another bit set
		}
		switch d.width {
		case 2:
			h, ok := pystruct.FloatToHalf(f)
			if !ok {
				return v, nil, fmt.Errorf("%s is too large for 2 bytes", quoted(s))
			}
			f = pystruct.HalfToFloat(h)
		case 4:
			g := float32(f)
			if math.IsInf(float64(g), 0) && !math.IsInf(f, 0) {
				return v, nil, fmt.Errorf("%s is too large for 4 bytes", quoted(s))
			}
			f = float64(g)
		}
		return expr.FloatValue(f), nil, nil
	case opStr:
		if d.codec == nil {
			return v, nil, fmt.Errorf("has an encoding that is not known, %s", quoted(d.d.Encoding))
		}
		if len(s) >= 2 && s[0] == '"' && s[len(s)-1] == '"' {
			if u, err := strconv.Unquote(s); err == nil {
				s = u
			}
		}
		content, err = d.codec.Encode(nil, s, text.Strict)
		if err != nil {
			return v, nil, err
		}
		back, err := d.codec.Decode(nil, content, text.Strict)
		if err != nil || string(back) != s {
			return v, nil, fmt.Errorf("%s would not be read back from %s", quoted(s), d.d.Encoding)
		}
		return expr.StrValue(s), content, nil
	}
	if strings.TrimSpace(s) == "" {
		return expr.BytesValue(nil), nil, nil
	}
	if shown, ok := n.Attr().unshow(s); ok && shown.Kind() == expr.Bytes {
		content = shown.Bytes()
	} else if content, _, err = literal.ParseLine(s); err != nil {
		return v, nil, err
	}
	if want := d.d.Contents; want != nil && !bytes.Equal(want, content) {
		return v, nil, fmt.Errorf("must be %s", show(expr.BytesValue(want)))
	}
	return expr.BytesValue(content), content, nil
}

// number reads an integer, in any base or by its name in the enum, that fits the field.
func (d *cdata) number(s string) (*big.Int, error) {
	if d.enum != nil {
		name := s
		if i := strings.LastIndex(s, "::"); i >= 0 {
			name = s[i+2:]
			if s[:i] != d.enum.Name() && !strings.HasSuffix(d.enum.Name(), "::"+s[:i]) {
				name = ""
			}
		}
		if v, ok := d.enum.Value(name); ok {
			return d.fits(v.Big(), s)
		}
	}
	i, ok := new(big.Int).SetString(s, 0)
	if !ok {
		if d.enum != nil {
			return nil, fmt.Errorf("%s is no integer and no member of %s", quoted(s), d.enum.Name())
		}
		return nil, fmt.Errorf("%s is no integer", quoted(s))
	}
	return d.fits(i, s)
}

func (d *cdata) fits(i *big.Int, s string) (*big.Int, error) {
	bits := d.width
	if d.op == opInt {
		bits *= 8
	}
	low, high := new(big.Int), new(big.Int).Lsh(big.NewInt(1), uint(bits))
	if d.op == opInt && d.signed {
		high.Rsh(high, 1)
		low.Neg(high)
	}
	if i.Cmp(low) < 0 || i.Cmp(high) >= 0 {
		return nil, fmt.Errorf("%s does not fit: %s has %s … %s", quoted(s), d.name(), low, high.Sub(high, big.NewInt(1)))
	}
	return i, nil
}

// valid tests the new value as the template does.
func (n *Node) valid(sl *slot, v expr.Value, content []byte) error {
	if n.attr.attr.Valid == nil {
		return nil
	}
	trial := *sl
	trial.flags &^= lazy | failed
	trial.v = v
	if content != nil || v.Kind() == expr.Str {
		trial.v = expr.BytesValue(content)
	}
	err := n.holder().validate(n.attr, &trial, n.index)
	if err == nil {
		return nil
	}
	if e, ok := err.(*Error); ok {
		return fmt.Errorf("%s: %s", n.Path(), e.Msg)
	}
	return err
}

// holder is the object whose expressions the node's attribute uses.
func (n *Node) holder() *object {
	if n.isElement() {
		return n.arr.o
	}
	return n.owner
}

func intBytes(v expr.Value, d *cdata, little bool) []byte {
	var u uint64
	switch {
	case d.op == opFloat && d.width == 2:
		h, _ := pystruct.FloatToHalf(v.Float())
		u = uint64(h)
	case d.op == opFloat && d.width == 4:
		u = uint64(math.Float32bits(float32(v.Float())))
	case d.op == opFloat:
		u = math.Float64bits(v.Float())
	default:
		if i, ok := v.Int64(); ok {
			u = uint64(i)
		} else {
			u, _ = v.Uint64()
		}
	}
	b := make([]byte, d.width)
	for i := range b {
		k := i
		if !little {
			k = d.width - 1 - i
		}
		b[k] = byte(u >> (8 * i))
	}
	return b
}

// bits puts an integer into the bytes that hold its bits.
func (n *Node) bits(sl *slot, d *cdata, v expr.Value) ([]byte, error) {
	u, _ := v.Uint64()
	if v.Bool() {
		u = 1
	}
	old, err := n.current(sl)
	if err != nil {
		return nil, err
	}
	little := d.little
	if d.comp {
		little = sl.flags&swapped == 0
	}
	for k := range d.width {
		at := int(sl.sb) + k
		bit := byte(u>>k) & 1
		shift := at % 8
		if !little {
			bit = byte(u>>(d.width-1-k)) & 1
			shift = 7 - shift
		}
		old[at/8] = old[at/8]&^(1<<shift) | bit<<shift
	}
	return old, nil
}

// buffer is what the node's slot counts its places in.
func (n *Node) buffer(sl *slot) *buffer {
	if sl.flags&inFile != 0 {
		return n.t.src
	}
	return n.holder().st.src
}

// current gives the bytes of a slot as they are.
func (n *Node) current(sl *slot) ([]byte, error) {
	b, err := n.buffer(sl).view(sl.start, sl.end-sl.start)
	return bytes.Clone(b), err
}

// layOut makes the bytes of a whole field of its contents: process, terminator, padding.
func (n *Node) layOut(sl *slot, d *cdata, content []byte) ([]byte, error) {
	k := d.d
	b := bytes.Clone(content)
	if k.Process != nil {
		var err error
		if b, err = n.unprocess(k.Process, b, 0); err != nil {
			return nil, err
		}
	}
	size, least := sl.end-sl.start, int64(len(b))
	cutAt := indexOrNone(b, k.Terminator)
	if k.Terminator != nil {
		switch {
		case k.Include && cutAt >= 0 && cutAt != len(b)-len(k.Terminator),
			!k.Include && cutAt >= 0:
			return nil, fmt.Errorf("would end at its terminator %s, which is at byte %d", termText(k.Terminator), cutAt)
		case k.Include && cutAt < 0 && k.Size == nil && !k.SizeEOS && k.EOSError:
			return nil, fmt.Errorf("must end in its terminator %s", termText(k.Terminator))
		}
	}
	if k.Size == nil && !k.SizeEOS && k.Terminator != nil {
		old, err := n.current(sl)
		if err != nil {
			return nil, err
		}
		if k.Consume && !k.Include && (k.EOSError || bytes.HasSuffix(old, k.Terminator)) {
			b = append(b, k.Terminator...)
		}
		if k.Include && !k.Consume {
			b = bytes.TrimSuffix(b, k.Terminator) // it stands behind the field
		}
		return b, nil
	}
	if k.PadRight >= 0 && len(b) > 0 && int(b[len(b)-1]) == k.PadRight && (k.Terminator == nil || int64(len(b)) >= size) {
		return nil, fmt.Errorf("ends in its padding %#02x, which would be cut off", k.PadRight)
	}
	if int64(len(b)) >= size || k.SizeEOS || k.PadRight < 0 && k.Terminator == nil {
		return b, nil
	}
	fill := byte(0)
	if k.PadRight >= 0 {
		fill = byte(k.PadRight)
	}
	if k.Terminator != nil && !(k.Include && cutAt >= 0) {
		if k.PadRight >= 0 && len(b) > 0 && b[len(b)-1] == fill || k.PadRight < 0 || len(k.Terminator) != 1 || k.Terminator[0] != fill {
			b = append(b, k.Terminator...)
		}
	}
	for int64(len(b)) < size {
		b = append(b, fill)
	}
	return b[:max(size, least)], nil
}

func indexOrNone(b, term []byte) int {
	if len(term) == 0 {
		return -1
	}
	return indexTerm(b, term)
}

// unprocess turns what was processed back into the bytes of the data; at is where b begins in what was processed. It changes b.
// What zlib made is compressed anew, which needs all of it.
func (n *Node) unprocess(p *Process, b []byte, at int64) ([]byte, error) {
	if p.Name == "zlib" {
		var out bytes.Buffer
		z := zlib.NewWriter(&out)
		_, err := z.Write(b)
		if e := z.Close(); err == nil {
			err = e
		}
		return out.Bytes(), err
	}
	key, err := n.holder().processKey(p, n.index)
	if err != nil {
		return nil, err
	}
	if k := int64(len(key.xor)); k > 1 {
		turned := make([]byte, 0, k)
		for i := range k {
			turned = append(turned, key.xor[(at+i)%k])
		}
		key.xor = turned
	}
	key.undo(b)
	return b, nil
}

// write gives the patches that put raw where the node's bytes are: through the processes that it lies in, and with the
// lengths that count it.
func (n *Node) write(sl *slot, d *cdata, raw []byte) ([]Patch, error) {
	at := Range{sl.start, sl.end}
	delta := int64(len(raw)) - at.Len()
	var out []Patch
	if delta != 0 {
		more, err := n.carry(d, delta)
		if err != nil {
			return nil, err
		}
		out = more
	}
	// Outward through the buffers that processes made.
	in := sl.flags&inFile != 0
	for m := n.parent; !in; m = m.parent {
		if m == nil {
			return nil, encodeError(n, "lies in no part of the data")
		}
		msl, _ := m.read()
		md := m.data()
		if msl == nil || md == nil || md.d.Process == nil {
			continue
		}
		if delta != 0 && md.d.Process.Name == "xor" {
			key, err := m.holder().processKey(md.d.Process, m.index)
			if err != nil {
				return nil, err
			}
			if len(key.xor) > 1 && delta%int64(len(key.xor)) != 0 {
				return nil, encodeError(n, "lies in bytes that a key of %d bytes is laid over: its length cannot change so", len(key.xor))
			}
		}
		if md.d.Process.Name == "zlib" {
			if delta != 0 && len(out) > 0 {
				return nil, encodeError(n, "lies in bytes compressed by zlib together with its length: it cannot change that")
			}
			var err error
			if raw, err = m.layOut(msl, md, m.spliced(msl, at, raw)); err != nil {
				return nil, encodeError(n, "lies in %s, which %v", m.Path(), err)
			}
			at = Range{msl.start, msl.end}
			in = msl.flags&inFile != 0
			if delta = int64(len(raw)) - at.Len(); delta != 0 {
				if out, err = m.carry(md, delta); err != nil {
					return nil, err
				}
			}
			continue
		}
		var err error
		if raw, err = m.unprocess(md.d.Process, bytes.Clone(raw), at.Start); err != nil {
			return nil, encodeError(n, "%v", err)
		}
		at = Range{msl.start + at.Start, msl.start + at.End}
		in = msl.flags&inFile != 0
	}
	return append(out, Patch{at, raw}), nil
}

// spliced gives what the process of m made, with other bytes at a place in it.
func (m *Node) spliced(sl *slot, at Range, b []byte) []byte {
	var mem []byte
	if o, ok := sl.v.Object().(*object); ok {
		mem = o.st.src.mem
	}
	return slices.Concat(mem[:at.Start], b, mem[at.End:])
}

// EncodeBytes gives the patches that make b the bytes which the node's value is made of: those of its own stream (see Substream), or of a
// string or byte array. They go back through its process; one that cannot be undone, and a length that the format cannot carry, is an
// error.
func (n *Node) EncodeBytes(b []byte) ([]Patch, error) {
	sl, err := n.read()
	if sl == nil || sl.state != isDone && err != nil {
		return nil, encodeError(n, "was not read: %v", err)
	}
	d := n.data()
	switch {
	case n.computed() || d == nil || d.op != opBytes && d.op != opStr && !(d.op == opUser && d.sized) || sl.flags&hasRange == 0:
		return nil, encodeError(n, "has no bytes of its own")
	case d.d.Contents != nil && !bytes.Equal(b, d.d.Contents):
		return nil, encodeError(n, "must be %s", show(expr.BytesValue(d.d.Contents)))
	case d.op != opUser:
		if err := n.valid(sl, expr.BytesValue(b), slices.Concat([]byte{}, b)); err != nil {
			return nil, err
		}
	}
	raw, err := n.layOut(sl, d, b)
	if err != nil {
		return nil, encodeError(n, "%v", err)
	}
	return n.write(sl, d, raw)
}

// carry gives the patches of the lengths that count the node's bytes when delta bytes come to it.
func (n *Node) carry(d *cdata, delta int64) ([]Patch, error) {
	var out []Patch
	for m := n; m != nil && m.parent != nil; m = m.parent {
		if m != n {
			d = m.data()
		}
		if d == nil {
			continue
		}
		k := d.d
		if m != n && k.Process != nil && k.Process.Name == "zlib" {
			return out, nil // what lies around it counts other bytes
		}
		switch {
		case k.Size == nil && (k.SizeEOS || k.Terminator != nil || !d.sized && m != n):
			continue
		case k.Size == nil && !d.sized || d.size >= 0:
			if delta < 0 {
				return nil, encodeError(n, "has %s too few: the size of %s is fixed", howMany(-delta), m.Path())
			}
			return nil, encodeError(n, "has %s too many: the size of %s is fixed", howMany(delta), m.Path())
		}
		p, err := m.lengthPatch(k.Size, delta)
		if err != nil {
			// The size is computed, but what from may be declared.
			more, cerr := m.checkedLengths(delta)
			if cerr != nil {
				return nil, encodeError(n, "cannot change its length: %v", cerr)
			}
			if len(more) > 0 {
				p, err = more, nil
			}
		}
		if err != nil {
			return nil, encodeError(n, "cannot change its length: the size of %s is %s (%v)", m.Path(), k.Size.Text, err)
		}
		out = append(out, p...)
	}
	return out, nil
}

// lengthPatch changes the integer field that an expression is, or is but for a constant added, by delta.
func (n *Node) lengthPatch(e *expr.Expr, delta int64) ([]Patch, error) {
	path := strings.TrimSpace(e.Text)
	if i := strings.LastIndexAny(path, "+-"); i > 0 {
		if _, err := strconv.ParseInt(strings.TrimSpace(path[i+1:]), 0, 64); err == nil {
			path = strings.TrimSpace(path[:i])
		}
	}
	at := n.parent
	if n.isElement() {
		at = at.parent
	}
	m, err := at.follow(path)
	if err != nil {
		return nil, err
	}
	v, err := m.Value()
	if err != nil {
		return nil, err
	}
	i := v.Big()
	if i == nil || m.computed() {
		return nil, errors.New("which is no plain integer field")
	}
	return m.Encode(new(big.Int).Add(i, big.NewInt(delta)).String())
}

// follow goes along a plain path from an object: names, _parent, _root, [n].
func (n *Node) follow(path string) (*Node, error) {
	m := n
	for s := path; s != ""; {
		if s[0] == '[' {
			end := strings.IndexByte(s, ']')
			if end < 0 {
				return nil, errors.New("which is no plain field")
			}
			i, err := strconv.ParseInt(s[1:end], 0, 64)
			if err != nil {
				return nil, errors.New("which is no plain field")
			}
			if m, err = m.Child(i); err != nil {
				return nil, err
			}
			s = s[end+1:]
			continue
		}
		if strings.HasPrefix(s, ".as<") {
			end := closing(s[3:])
			if end < 0 {
				return nil, errors.New("which is no plain field")
			}
			s = s[3+end+1:]
			continue
		}
		s = strings.TrimPrefix(s, ".")
		end := strings.IndexAny(s, ".[")
		if end < 0 {
			end = len(s)
		}
		switch name := s[:end]; name {
		case "_root":
			for m.parent != nil {
				m = m.parent
			}
			if o := m.object(); o != nil && o.root != o {
				return nil, errAround
			}
		case "_parent":
			if m.parent == nil && m.t.within != nil {
				return nil, errAround
			}
			if m = m.outer(); m == nil {
				return nil, errors.New("which is no plain field")
			}
		default:
			if m = m.Field(name); m == nil {
				return nil, errors.New("which is no plain field")
			}
		}
		s = s[end:]
	}
	return m, nil
}

// outer is the object that an object is a field or an element's field of.
func (n *Node) outer() *Node {
	for m := n.parent; m != nil; m = m.parent {
		if m.array() == nil {
			return m
		}
	}
	return nil
}

// Choices are the members of an enum field, nil for other fields.
func (n *Node) Choices() []EnumEntry {
	if d := n.data(); d != nil && d.d.Enum != nil {
		return d.d.Enum.Entries
	}
	return nil
}

func howMany(bytes int64) string {
	if bytes == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", bytes)
}
