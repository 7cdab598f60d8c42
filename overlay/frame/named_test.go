package frame

import "testing"

// TestStructWithNames: the names in a struct format are fields that conditions know.
func TestStructWithNames(t *testing.T) {
	c, err := Parse("struct:<2sH:magic,len", nil)
	if err != nil {
		t.Fatal(err)
	}
	named, ok := c.(*Template)
	if !ok {
		t.Fatalf("it is %T", c)
	}
	when, err := named.Schema.Condition("len > 3 and magic == [65, 66]")
	if err != nil {
		t.Fatal(err)
	}
	for frame, want := range map[string]bool{"AB\x05\x00": true, "AB\x03\x00": false, "AC\x05\x00": false} {
		if holds, err := named.Holds([]byte(frame), when); err != nil || holds != want {
			t.Errorf("%q: %v, %v", frame, holds, err)
		}
	}
	if _, err := named.Schema.Condition("length > 3"); err == nil {
		t.Error("a name that is none is taken")
	}
}
