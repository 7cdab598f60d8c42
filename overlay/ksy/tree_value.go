package ksy

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"hexlay/overlay/expr"
	"hexlay/overlay/text"
)

// value gives what a slot holds, and reads bytes that were left in the data.
func (o *object) value(sl *slot, a *cattr) (expr.Value, error) {
	if sl.flags&lazy == 0 {
		if sl.v.Kind() != expr.Bytes || a.d == nil {
			return sl.v, nil
		}
		if d := a.d.data(sl.which); d != nil && d.op == opStr {
			return d.decode(sl.v.Bytes())
		}
		return sl.v, nil
	}
	n, _ := sl.v.Int64()
	d := a.d.data(sl.which)
	b, err := o.t.src.view(sl.start, n)
	if err != nil {
		return expr.Value{}, err
	}
	if err := o.t.step(int(n / 256)); err != nil {
		return expr.Value{}, err
	}
	if d.op == opStr {
		return d.decode(b)
	}
	return expr.BytesValue(bytes.Clone(b)), nil
}

// decode makes text of a string's bytes.
func (d *cdata) decode(b []byte) (expr.Value, error) {
	if d.codec == nil {
		return expr.Value{}, &Error{Kind: "UnknownEncodingError", Msg: "there is no encoding " + quoted(d.d.Encoding)}
	}
	if d.ascii && isASCII(b) {
		return expr.StrValue(string(b)), nil
	}
	return decodeWith(d.codec, b)
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func decodeWith(c *text.Codec, b []byte) (expr.Value, error) {
	out, err := c.Decode(nil, b, text.Strict)
	if err == nil {
		return expr.StrValue(string(out)), nil
	}
	out, err = c.Decode(nil, b, text.Replace)
	if err != nil {
		return expr.Value{}, exprError("%v", err)
	}
	return expr.LossyStrValue(string(out), bytes.Clone(b)), nil
}

// decode is to_s(encoding).
func (t *Tree) decode(encoding string, b []byte) (expr.Value, error) {
	c, err := text.Lookup(encoding)
	if err != nil {
		return expr.Value{}, &expr.Error{Kind: "UnknownEncodingError", Msg: "there is no encoding " + quoted(encoding)}
	}
	return decodeWith(c, b)
}

// encodeText is to_b(encoding).
func encodeText(encoding, s string) (expr.Value, error) {
	c, err := text.Lookup(encoding)
	if err != nil {
		return expr.Value{}, &expr.Error{Kind: "UnknownEncodingError", Msg: "there is no encoding " + quoted(encoding)}
	}
	b, err := c.Encode(nil, s, text.Strict)
	if err != nil {
		return expr.Value{}, &expr.Error{Kind: "ConversionError", Msg: err.Error()}
	}
	return expr.BytesValue(b), nil
}

// same tells whether two values are equal, an enum's value being its integer.
func same(a, b expr.Value) bool {
	n, ok := compare(a, b)
	return ok && n == 0
}

// compare orders two values of one kind; ok is false where there is no order.
func compare(a, b expr.Value) (n int, ok bool) {
	ka, kb := a.Kind(), b.Kind()
	if ka == expr.EnumOf {
		a, ka = a.Int(), expr.Int
	}
	if kb == expr.EnumOf {
		b, kb = b.Int(), expr.Int
	}
	if ka == expr.Int && kb == expr.Int {
		x, fine := a.Int64()
		y, too := b.Int64()
		if fine && too {
			return cmp.Compare(x, y), true
		}
		return a.Big().Cmp(b.Big()), true
	}
	if (ka == expr.Int || ka == expr.Float) && (kb == expr.Int || kb == expr.Float) {
		x, y := a.Float(), b.Float()
		if x != x || y != y {
			return 0, false
		}
		return cmp.Compare(x, y), true
	}
	if ka != kb {
		return 0, false
	}
	switch ka {
	case expr.Str:
		return strings.Compare(a.Str(), b.Str()), true
	case expr.Bytes:
		return bytes.Compare(a.Bytes(), b.Bytes()), true
	case expr.Bool:
		switch {
		case a.Bool() == b.Bool():
			return 0, true
		case b.Bool():
			return -1, true
		}
		return 1, true
	}
	return 0, false
}

// validate tests a value that was read.
func (o *object) validate(a *cattr, sl *slot, index int64) error {
	v, err := o.value(sl, a)
	if err != nil {
		return err
	}
	if sl.state == isRunning {
		sl.state = isRead // a condition may name the field itself
	}
	k := a.attr.Valid
	bad := func(kind, format string, args ...any) error {
		where := a.attr.Pos.Path
		if sl.flags&hasRange != 0 {
			where = fmt.Sprintf("%s: at pos %d", where, sl.start-o.st.off)
		}
		return &Error{Kind: kind, Msg: fmt.Sprintf("%s: validation failed: %s", where, fmt.Sprintf(format, args...)), Attr: a.attr}
	}
	if k.Eq != nil {
		w, err := o.eval(k.Eq, index)
		if err != nil {
			return err
		}
		if !same(v, w) {
			return bad("ValidationNotEqualError", "not equal, expected %s, but got %s", show(w), show(v))
		}
	}
	if k.Min != nil {
		w, err := o.eval(k.Min, index)
		if err != nil {
			return err
		}
		if n, ok := compare(v, w); !ok || n < 0 {
			return bad("ValidationLessThanError", "not in range, min %s, but got %s", show(w), show(v))
		}
	}
	if k.Max != nil {
		w, err := o.eval(k.Max, index)
		if err != nil {
			return err
		}
		if n, ok := compare(v, w); !ok || n > 0 {
			return bad("ValidationGreaterThanError", "not in range, max %s, but got %s", show(w), show(v))
		}
	}
	if k.AnyOf != nil {
		found := false
		for _, e := range k.AnyOf {
			w, err := o.eval(e, index)
			if err != nil {
				return err
			}
			if found = same(v, w); found {
				break
			}
		}
		if !found {
			return bad("ValidationNotAnyOfError", "not any of the list, got %s", show(v))
		}
	}
	if k.InEnum {
		if e := v.Enum(); e != nil {
			if _, ok := e.Member(v.Int()); !ok {
				return bad("ValidationNotInEnumError", "not in the enum, got %s", show(v))
			}
		}
	}
	if k.Expr != nil {
		ok, err := o.evalBool(k.Expr, v, index, "valid")
		if err != nil {
			return err
		}
		if !ok {
			return bad("ValidationExprError", "not matching the expression, got %s", show(v))
		}
	}
	return nil
}

// contents compares a field with what it must be.
func (o *object) contents(d *cdata, sl *slot) error {
	want := d.d.Contents
	b := sl.v.Bytes()
	if sl.flags&lazy != 0 {
		n, _ := sl.v.Int64()
		if n == int64(len(want)) {
			var err error
			if b, err = o.t.src.view(sl.start, n); err != nil {
				return err
			}
		}
	}
	if bytes.Equal(b, want) {
		return nil
	}
	return &Error{Kind: "ValidationNotEqualError", Msg: fmt.Sprintf("%s: at pos %d: validation failed: not equal, expected %s, but got %s",
		d.d.Pos.Path, sl.start-o.st.off, show(expr.BytesValue(want)), show(expr.BytesValue(b)))}
}

// show writes a value for a message.
func show(v expr.Value) string {
	const most = 16
	switch v.Kind() {
	case expr.Int, expr.EnumOf:
		return v.Big().String()
	case expr.Float:
		return strconv.FormatFloat(v.Float(), 'g', -1, 64)
	case expr.Bool:
		return strconv.FormatBool(v.Bool())
	case expr.Str:
		s := []rune(v.Str())
		if len(s) > 4*most {
			return strconv.QuoteToGraphic(string(s[:4*most])) + "…"
		}
		return strconv.QuoteToGraphic(string(s))
	case expr.Bytes:
		b := v.Bytes()
		if len(b) > most {
			return fmt.Sprintf("[% x …]", b[:most])
		}
		return fmt.Sprintf("[% x]", b)
	}
	return kindOf(v)
}

func termText(b []byte) string { return fmt.Sprintf("%x", b) }

func quoted(s string) string { return strconv.QuoteToGraphic(s) }

func indexText(i, n int64) string { return fmt.Sprintf("index %d of an array of %d", i, n) }
