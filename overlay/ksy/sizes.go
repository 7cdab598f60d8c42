package ksy

import (
	"strings"

	"hexlay/overlay/expr"
)

// fixed is the size in bits that every element takes, where it is always the same.
func (d *DataType) fixed() (int64, bool) {
	switch d.Sort {
	case IntType, FloatType:
		return 8 * int64(d.Width), true
	case BitsType:
		return int64(d.Width), true
	case SwitchType:
		return d.fixedSwitch()
	}
	if d.Size != nil {
		n, ok := constInt(d.Size)
		if !ok || n < 0 || n > 1<<58 {
			return 0, false
		}
		return 8 * n, true
	}
	if d.Sort != UserType || d.Sized() || d.User == nil {
		return 0, false
	}
	d.User.measure()
	return d.User.FixedBits, d.User.FixedBits >= 0
}

// fixedSwitch: a switch has a size if all its cases have the same, and one of them is always chosen.
func (d *DataType) fixedSwitch() (int64, bool) {
	if d.Switch.Type == nil {
		return 0, false
	}
	n, ok := d.Switch.Type.fixed()
	for _, c := range d.Switch.Cases {
		if m, fixed := c.Type.fixed(); !fixed || m != n {
			return 0, false
		}
	}
	return n, ok
}

// measure finds FixedBits.
func (t *Type) measure() {
	switch t.sizing {
	case doing: // it holds itself
		t.FixedBits = -1
		return
	case done:
		return
	}
	if l := t.File.loader; l != nil {
		if l.depth++; l.depth > maxChain {
			l.depth--
			return // its size stays unknown to who asked; it is asked again by itself
		}
		defer func() { l.depth-- }()
	}
	t.sizing = doing
	bits := int64(0)
	aligned := func() { bits = (bits + 7) &^ 7 }
	for _, a := range t.Seq {
		if a.Type == nil || a.If != nil || a.Repeat == RepeatEOS || a.Repeat == RepeatUntil {
			bits = -1
			break
		}
		n, ok := a.Type.fixed()
		count := int64(1)
		if ok && a.Repeat == RepeatExpr {
			count, ok = constInt(a.RepeatExpr)
		}
		if !ok || count < 0 || n > 0 && count > (1<<60)/n {
			bits = -1
			break
		}
		if a.Type.Sort != BitsType {
			aligned()
		}
		if bits += n * count; bits > 1<<60 {
			bits = -1
			break
		}
	}
	if bits >= 0 {
		aligned()
	}
	t.FixedBits, t.sizing = bits, done
}

// constInt is the value of an expression that is an integer written out.
func constInt(e *expr.Expr) (int64, bool) {
	if e == nil {
		return 0, false
	}
	text := strings.TrimSpace(e.Text)
	if len(text) > 1 && text[0] == '0' && text[1] <= '9' { // octal to YAML, not to the language
		return 0, false
	}
	v := yamlInt(text)
	if v == nil || !v.IsInt64() {
		return 0, false
	}
	return v.Int64(), true
}
