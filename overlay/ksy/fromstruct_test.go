package ksy

import (
	"bytes"
	"strings"
	"testing"

	"hexlay/overlay/expr"
	"hexlay/overlay/pystruct"
)

func TestFromStruct(t *testing.T) {
	describe := func(s *Schema) string {
		var out []string
		for _, a := range s.Top.Seq {
			d := a.Type
			one := a.ID + ":" + a.Static.String()
			if d.Endian == Big {
				one += " be"
			}
			if d.Size != nil {
				one += " of " + d.Size.Text
			}
			out = append(out, one)
		}
		return strings.Join(out, ", ")
	}
	for format, want := range map[string]string{
		"<2sIH:magic,size,n":  "magic:byte array of 2, size:integer (u4), n:integer (u2)",
		">hq?":                "field0:integer (s2) be, field1:integer (s8) be, field2:enum struct::bool",
		"@bi":                 "field0:integer (s1), _unnamed1:byte array of 3, field1:integer (s4)",
		"<b3x":                "field0:integer (s1), _unnamed1:byte array of 3",
		"<d1000000000I":       "field0:float, field1:array of integer (u4)",
		"!e":                  "field0:float be",
		"<BB:a b,a-b":         "a_b:integer (u1), a_b_:integer (u1)",
		"<cp:x,1":             "x:byte array of 1, f1:byte array of 1",
		"<3H":                 "field0:integer (u2), field1:integer (u2), field2:integer (u2)",
		"":                    "",
		"4x":                  "_unnamed0:byte array of 4",
		"<0sB:empty,_private": "empty:byte array of 0, f_private:integer (u1)",
	} {
		s, err := FromStruct(format)
		if err != nil {
			t.Errorf("%s: %v", format, err)
			continue
		}
		if got := describe(s); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", format, got, want)
		}
		f, err := pystruct.Compile(format)
		if err != nil {
			t.Fatal(err)
		}
		if s.Top.FixedBits != 8*f.Size() {
			t.Errorf("%s: %d bits, want %d bytes", format, s.Top.FixedBits, f.Size())
		}
		for i, a := range s.Top.Slots {
			if m, ok := s.Top.Member(a.ID); !ok || m.Slot != i || m.Type.Kind == expr.Null {
				t.Errorf("%s: %s is in slot %d, want %d", format, a.ID, m.Slot, i)
			}
		}
	}
	if _, err := FromStruct("<y"); err == nil {
		t.Error("a format that Python refuses was accepted")
	}
}

// Half floats are not in the language, only in struct formats.
func TestHalfFloat(t *testing.T) {
	s, err := FromStruct("<e>")
	if err == nil {
		t.Error("a byte order after a code was accepted")
	}
	if s, err = FromStruct(">e:h"); err != nil {
		t.Fatal(err)
	}
	data := []byte{0x3e, 0x00}
	tree := s.Open(bytes.NewReader(data), 0, 2, Options{})
	n, err := tree.Lookup("h")
	if err != nil {
		t.Fatal(err)
	}
	if v, err := n.Value(); err != nil || v.Float() != 1.5 {
		t.Errorf("got %v %v, want 1.5", v, err)
	}
	patches, err := n.Encode("-2")
	if err != nil || len(patches) != 1 || !bytes.Equal(patches[0].New, []byte{0xc0, 0x00}) {
		t.Errorf("-2 is %v %v", patches, err)
	}
	if _, err := n.Encode("70000"); err == nil {
		t.Error("70000 fits in a half float")
	}
}
