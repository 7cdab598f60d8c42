package ksy

import (
	"strings"

	"hexlay/overlay/expr"
)

// fixed is the size in bits that every element takes, where it is always the same.
func (d *DataType) fixed() (int64, bool) { return d.bits(false) }

// bits is fixed, or with declared what the template declares: of objects all fields, those with a condition too.
func (d *DataType) bits(declared bool) (int64, bool) {
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
	if declared {
		d.User.declare()
		return d.User.declared, d.User.declared >= 0
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
func (t *Type) measure() { t.size(&t.FixedBits, &t.sizing, false) }

// declare finds what sizeof<> gives.
func (t *Type) declare() { t.size(&t.declared, &t.declaring, true) }

// size finds one of the sizes of a type, once.
func (t *Type) size(bits *int64, state *progress, declared bool) {
	switch *state {
	case doing: // it holds itself
		*bits = -1
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
	*state = doing
	*bits = t.sum(declared)
	*state = done
}

// sum adds up the sizes of the fields, or is -1.
func (t *Type) sum(declared bool) int64 {
	bits := int64(0)
	for i, a := range t.Seq {
		if a.Type == nil || a.If != nil && !declared || a.Repeat == RepeatEOS || a.Repeat == RepeatUntil {
			return -1
		}
		n, ok := a.Type.bits(declared)
		count := int64(1)
		if ok && a.Repeat == RepeatExpr {
			count, ok = constInt(a.RepeatExpr)
		}
		if !ok || count < 0 || n > 0 && count > (1<<60)/n {
			return -1
		}
		// Bits that are left of a byte are dropped before a field of bytes, and between a field of bits and any other.
		if s := a.Type.Sort; s != BitsType && (s != UserType || i > 0 && t.Seq[i-1].Type.Sort == BitsType) {
			bits = (bits + 7) &^ 7
		}
		if bits += n * count; bits > 1<<60 {
			return -1
		}
	}
	return bits
}

// constInt is the value of an expression of integers that are written out, and operators.
func constInt(e *expr.Expr) (int64, bool) {
	if e == nil {
		return 0, false
	}
	text := strings.TrimSpace(e.Text)
	if len(text) > 1 && text[0] == '0' && text[1] <= '9' { // octal to YAML, not to the language
		return 0, false
	}
	if v := yamlInt(text); v != nil {
		return v.Int64(), v.IsInt64()
	}
	if len(text) > 200 || strings.Trim(text, "0123456789abcdefxABCDEFX_ ()+-*/%&|^~<>") != "" {
		return 0, false
	}
	alone, err := expr.Parse(text)
	if err != nil {
		return 0, false
	}
	if typ, problems := alone.Check(nowhere{}); typ.Kind != expr.Int || len(problems) > 0 {
		return 0, false
	}
	v, err := alone.Eval(&expr.Frame{})
	if err != nil {
		return 0, false
	}
	return v.Int64()
}

// nowhere is a scope without names.
type nowhere struct{}

func (nowhere) Self() expr.Class                        { return nil }
func (nowhere) Class([]string, bool) (expr.Class, bool) { return nil, false }
func (nowhere) Enum([]string, bool) (expr.Enum, bool)   { return nil, false }
func (nowhere) It() (expr.Type, bool)                   { return expr.Type{}, false }
func (nowhere) Index() bool                             { return false }
