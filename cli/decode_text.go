package cli

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"

	"hexlay/overlay/expr"
	"hexlay/overlay/ksy"
)

// people prints the tree of fields, long arrays shortened.
func (d *decoder) people(t *ksy.Tree) error {
	const most = 16 // elements of an array
	cut := -1       // the depth of an array whose rest is left out
	return t.WalkCut(func(v *ksy.Visit) error {
		if cut >= 0 && v.Depth > cut {
			v.Skip = true
			return nil
		}
		cut = -1
		name := leafName(v.Path)
		if i, ok := elementIndex(name); ok && i >= most {
			fmt.Fprintf(d.w, "%s… and more\n", indent(v.Depth))
			cut = v.Depth - 1
			v.Skip = true
			return nil
		}
		d.line(v, indent(v.Depth)+name, checks(t, v))
		return nil
	})
}

// checks says what the -check keys of a node say: nothing, that its value holds, or what it should be.
func checks(t *ksy.Tree, v *ksy.Visit) string {
	if v.Attr == nil || len(v.Attr.Checks) == 0 || v.Err != nil {
		return ""
	}
	n, err := t.Lookup(string(v.Path))
	if err != nil {
		return ""
	}
	var b strings.Builder
	held := false
	for _, c := range n.Checks() {
		switch {
		case c.Err != nil:
			fmt.Fprintf(&b, "  ? %s", oneLine(c.Err.Error()))
		case c.OK:
			held = true
		default:
			fmt.Fprintf(&b, "  ! should be %s", visible(c.Expected))
		}
	}
	if held && b.Len() == 0 {
		return "  ok"
	}
	return b.String()
}

func indent(depth int) string { return strings.Repeat("  ", min(depth, 40)) }

// leafName is the last part of a path.
func leafName(path []byte) string {
	if i := strings.LastIndexAny(string(path), ".["); i >= 0 {
		return strings.TrimPrefix(string(path[i:]), ".")
	}
	return string(path)
}

func elementIndex(name string) (int64, bool) {
	if !strings.HasPrefix(name, "[") {
		return 0, false
	}
	i, err := strconv.ParseInt(name[1:len(name)-1], 10, 64)
	return i, err == nil
}

// dumpText prints a node with its whole path.
func (d *decoder) dumpText(v *ksy.Visit) error {
	d.line(v, string(v.Path), "")
	return nil
}

// line prints a node: where it lies, what it is called, its value, and what is said of it.
func (d *decoder) line(v *ksy.Visit, name, remark string) {
	place := ""
	switch {
	case v.HasRange && v.InData:
		place = fmt.Sprintf("%#x..%#x", v.Range.Start, v.Range.End)
	case v.HasRange:
		place = "-"
	}
	fmt.Fprintf(d.w, "%-22s %s", place, visible(name))
	switch {
	case v.IsArray:
		fmt.Fprintf(d.w, ": %s", plural(v.Count, "element"))
	case v.Object != nil:
		fmt.Fprintf(d.w, ": %s", v.Object.Name())
		if v.Cycle {
			fmt.Fprint(d.w, " (as above)")
		} else if x, err := v.Value(); err == nil {
			if s, ok, err := x.Object().Text(); ok && err == nil {
				fmt.Fprintf(d.w, " %s", quote(s))
			}
		}
	case v.Cut:
		if b, err := v.Partial(mostBytes); err == nil {
			fmt.Fprintf(d.w, " = %s", someBytes(b, v.Range.Len()))
		}
	case !v.IsEmpty():
		fmt.Fprintf(d.w, " = %s", d.short(v))
	}
	if v.Err != nil && v.Err != d.told {
		fmt.Fprintf(d.w, "  ! %s", oneLine(v.Err.Error()))
		if ksy.ErrorKind(v.Err) == "LimitError" { // it names the field, so the lines below need not repeat it
			d.told = v.Err
		}
	}
	d.w.WriteString(remark)
	d.w.WriteByte('\n')
}

// mostBytes is how many bytes of a byte array are written.
const mostBytes = 16

// someBytes writes the first bytes of size.
func someBytes(b []byte, size int64) string {
	s := fmt.Sprintf("% x", b)
	if size > int64(len(b)) {
		s += fmt.Sprintf(" … (%d bytes)", size)
	}
	return s
}

// short writes a value in a few words.
func (d *decoder) short(v *ksy.Visit) string {
	if b, size, ok, err := v.Preview(mostBytes); ok && err == nil {
		if s, ok := v.Attr.Shown(expr.BytesValue(b)); ok && size == int64(len(b)) {
			return s
		}
		return someBytes(b, size)
	}
	x, err := v.Value()
	if err != nil {
		return "! " + oneLine(err.Error())
	}
	if s, ok := v.Attr.Shown(x); ok {
		return fmt.Sprintf("%s (%s)", s, x.Big())
	}
	switch x.Kind() {
	case expr.Int:
		if i, ok := x.Int64(); ok && i > 9 {
			return fmt.Sprintf("%d (%#x)", i, i)
		}
		return x.Big().String()
	case expr.EnumOf:
		if name, ok := x.Enum().Member(x.Int()); ok {
			return fmt.Sprintf("%s (%s)", visible(name), x.Big())
		}
		return x.Big().String() + " (no member)"
	case expr.Str:
		s := x.Str()
		if utf8.RuneCountInString(s) > 60 {
			return strconv.Quote(string([]rune(s)[:60])) + "…"
		}
		return strconv.Quote(s)
	}
	if t := v.Data(); x.Kind() == expr.Float && t != nil && t.Sort == ksy.FloatType && t.Width < 8 {
		return string(appendFloat(nil, x.Float(), 32))
	}
	b, err := appendValue(nil, x, true)
	if err != nil {
		return "! " + oneLine(err.Error())
	}
	return string(b)
}
