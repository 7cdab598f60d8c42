package patchfile

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

// TestXxd applies what xxd prints, and refuses what is none of it in one line.
func TestXxd(t *testing.T) {
	old := []byte("0123456789")
	for _, c := range []struct{ text, want, fails string }{
		{"00000002: 4142  AB\n", "01AB456789", ""},
		{"00000002: 41 42\n\n00000008: 58 59 5a 5a\n", "01AB4567XYZZ", ""},
		{"00000002: 41\n00000001: 41\n", "", "line 2: 0x1 comes behind 0x3"},
		{"00000002: 4g\n", "", "is not hexadecimal"},
		{"00000002 41:\n", "", "begins with none"},
		{"0000000b: 41\n", "", "another file"},
		{"ffffffffffffffff: 41\n", "", "no offset"},
		{"7fffffffffffffff: 41\n", "", "do not fit in 63 bits"},
	} {
		p, err := Open(strings.NewReader(c.text), int64(len(c.text)))
		var got []byte
		at := int64(0)
		if err == nil {
			err = p.Apply(context.Background(), Input{bytes.NewReader(old), int64(len(old))}, func(h Change) error {
				got = append(append(got, old[at:h.Start]...), h.New...)
				at = h.End
				return nil
			})
		}
		switch {
		case c.fails != "":
			if err == nil || !strings.Contains(err.Error(), c.fails) || strings.Contains(err.Error(), "\n") || !errors.Is(err, ErrFormat) && !errors.Is(err, ErrMismatch) {
				t.Errorf("%q: %v, want %q", c.text, err, c.fails)
			}
		case err != nil:
			t.Errorf("%q: %v", c.text, err)
		default:
			if got = append(got, old[at:]...); string(got) != c.want {
				t.Errorf("%q makes %q, want %q", c.text, got, c.want)
			}
		}
	}
}
