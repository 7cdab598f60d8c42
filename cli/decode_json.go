package cli

import (
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"

	"hexlay/overlay/expr"
	"hexlay/overlay/ksy"
)

// This file writes values of templates in the JSON of `decode`.

// In a dump, longer values are cut.
const (
	dumpBytes = 64
	dumpChars = 256
	dumpShown = 64
)

// appendValue appends a value. short cuts what is long.
func appendValue(dst []byte, v expr.Value, short bool) ([]byte, error) {
	switch v.Kind() {
	case expr.Int:
		return appendInteger(dst, v), nil
	case expr.EnumOf:
		dst = append(dst, `{"enum":`...)
		if name, ok := v.Enum().Member(v.Int()); ok {
			dst = append(dst, '"')
			dst = appendJSONText(dst, []byte(v.Enum().Name()))
			dst = append(dst, "::"...)
			dst = appendJSONText(dst, []byte(name))
			dst = append(dst, '"')
		} else {
			dst = append(dst, "null"...)
		}
		dst = append(dst, `,"value":`...)
		return append(appendInteger(dst, v), '}'), nil
	case expr.Float:
		return appendFloat(dst, v.Float(), 64), nil
	case expr.Bool:
		return strconv.AppendBool(dst, v.Bool()), nil
	case expr.Str:
		return appendStr(dst, v, short), nil
	case expr.Bytes:
		return appendBytes(dst, v.Bytes(), int64(len(v.Bytes())), short), nil
	case expr.ArrayOf:
		a := v.Array()
		n, err := a.Len()
		if err != nil {
			return dst, err
		}
		dst = append(dst, '[')
		for i := range n {
			if i > 0 {
				dst = append(dst, ',')
			}
			if len(dst) > maxRecord {
				return dst, &expr.Error{Kind: "LimitError", Msg: "the value is too long to be printed at once; use --dump"}
			}
			e, err := a.At(i)
			if err == nil {
				dst, err = appendValue(dst, e, short)
			}
			if err != nil {
				return dst, err
			}
		}
		return append(dst, ']'), nil
	case expr.ClassOf:
		o := v.Object()
		dst = append(dst, `{"type":`...)
		dst = appendJSONString(dst, o.Class().Name())
		s, ok, err := o.Text()
		if err != nil {
			return dst, err
		}
		if ok {
			dst = append(dst, `,"str":`...)
			dst = appendJSONString(dst, s)
		}
		return append(dst, '}'), nil
	case expr.StreamOf:
		pos, err := v.Stream().Pos()
		if err != nil {
			return dst, err
		}
		size, err := v.Stream().Size()
		dst = append(dst, `{"io":{"pos":`...)
		dst = strconv.AppendInt(dst, pos, 10)
		dst = append(dst, `,"size":`...)
		dst = strconv.AppendInt(dst, size, 10)
		return append(dst, "}}"...), err
	}
	return append(dst, "null"...), nil
}

func appendInteger(dst []byte, v expr.Value) []byte {
	if i, ok := v.Int64(); ok {
		return strconv.AppendInt(dst, i, 10)
	}
	return v.Big().Append(dst, 10)
}

// appendFloat writes a float in the shortest form that reads back as one of so many bits.
func appendFloat(dst []byte, f float64, bits int) []byte {
	switch {
	case math.IsNaN(f):
		return append(dst, `{"float":"nan"}`...)
	case math.IsInf(f, 1):
		return append(dst, `{"float":"inf"}`...)
	case math.IsInf(f, -1):
		return append(dst, `{"float":"-inf"}`...)
	}
	format := byte('f')
	if a := math.Abs(f); a != 0 && (a < 1e-6 || a >= 1e21) {
		format = 'e'
	}
	at := len(dst)
	dst = strconv.AppendFloat(dst, f, format, -1, bits)
	if !strings.ContainsAny(string(dst[at:]), ".e") {
		dst = append(dst, ".0"...)
	}
	return dst
}

func appendStr(dst []byte, v expr.Value, short bool) []byte {
	s := v.Str()
	raw, lost := v.Lossy()
	if n := utf8.RuneCountInString(s); short && len(s) > dumpChars && n > dumpChars {
		at, k := 0, 0
		for at = range s {
			if k == dumpShown {
				break
			}
			k++
		}
		dst = append(dst, `{"str":`...)
		dst = appendJSONString(dst, s[:at])
		dst = append(dst, `,"chars":`...)
		return append(strconv.AppendInt(dst, int64(n), 10), '}')
	}
	if !lost {
		return appendJSONString(dst, s)
	}
	dst = append(dst, `{"str":`...)
	dst = appendJSONString(dst, s)
	dst = append(dst, `,"bytes":"`...)
	dst = hex.AppendEncode(dst, raw)
	return append(dst, `"}`...)
}

// appendBytes appends a byte array of size bytes, of which b are at hand.
func appendBytes(dst, b []byte, size int64, short bool) []byte {
	dst = append(dst, `{"bytes":"`...)
	if short && size > dumpBytes {
		dst = hex.AppendEncode(dst, b[:dumpBytes])
		dst = append(dst, `","size":`...)
		return append(strconv.AppendInt(dst, size, 10), '}')
	}
	dst = hex.AppendEncode(dst, b)
	return append(dst, `"}`...)
}

// appendPlace appends the members "range" and "bits".
func appendPlace(dst []byte, inData bool, r ksy.Range, hasBits bool, bits [2]int64) []byte {
	if !inData {
		return append(dst, `,"range":null`...)
	}
	dst = append(dst, ',')
	dst = appendJSONRange(dst, r.Start, r.End)
	if hasBits {
		dst = append(dst, `,"bits":[`...)
		dst = strconv.AppendInt(dst, bits[0], 10)
		dst = append(dst, ',')
		dst = strconv.AppendInt(dst, bits[1], 10)
		dst = append(dst, ']')
	}
	return dst
}

// eval prints the values of expressions.
func (d *decoder) eval(t *ksy.Tree, exprs []string) error {
	if !d.json {
		for _, e := range exprs {
			r := t.Eval(e)
			b := []byte(nil)
			if r.Err == nil {
				b, r.Err = appendValue(nil, r.Value, false)
			}
			if r.Err != nil {
				b = []byte(oneLine(r.Err.Error()))
			}
			d.w.Write(append(b, '\n'))
		}
		return nil
	}
	d.w.WriteByte('[')
	for i, e := range exprs {
		if i > 0 {
			d.w.WriteString(",\n ")
		}
		r := t.Eval(e)
		b := append(d.buf[:0], `{"ok":true,"value":`...)
		if r.Err == nil {
			b, r.Err = appendValue(b, r.Value, false)
		}
		if r.Err != nil {
			b = append(b[:0], `{"ok":false,"error":`...)
			b = appendJSONString(b, r.Err.Error())
		} else if r.HasRange {
			b = appendPlace(b, r.InData, r.Range, r.HasBits, r.Bits)
		}
		d.buf = append(b, '}')
		if _, err := d.w.Write(d.buf); err != nil {
			return err
		}
	}
	_, err := d.w.WriteString("]\n")
	return err
}

// dump prints every node.
func (d *decoder) dump(t *ksy.Tree) error {
	if !d.json {
		return t.WalkCut(d.dumpText)
	}
	return t.Walk(func(v *ksy.Visit) error {
		b := d.buf[:0]
		b = append(b, `{"path":"`...)
		b = append(b, v.Path...)
		b = append(b, '"')
		var err error
		switch {
		case v.Err != nil && v.IsEmpty():
			b = append(b, `,"error":`...)
			b = appendJSONString(b, v.Err.Error())
		case v.IsArray:
			b = appendPlace(b, v.InData, v.Range, false, v.Bits)
			b = append(b, `,"count":`...)
			b = strconv.AppendInt(b, v.Count, 10)
		default:
			b = appendPlace(b, v.InData, v.Range, v.HasBits, v.Bits)
			mark := len(b)
			b = append(b, `,"value":`...)
			if b, err = appendVisit(b, v); err != nil {
				b = append(b[:mark], `,"error":`...)
				b = appendJSONString(b, err.Error())
			}
			if v.Cycle {
				b = append(b, `,"cycle":true`...)
			}
		}
		d.buf = append(b, '}', '\n')
		_, err = d.w.Write(d.buf)
		return err
	})
}

// appendVisit appends a node's value as a dump shows it, without reading long byte arrays whole.
func appendVisit(dst []byte, v *ksy.Visit) ([]byte, error) {
	if b, size, ok, err := v.Preview(dumpBytes); ok && err == nil {
		return appendBytes(dst, b, size, true), nil
	}
	x, err := v.Value()
	if err != nil {
		return dst, err
	}
	return appendValue(dst, x, true)
}
