package ui

import "testing"

// A number of bytes that has no room is rounded, not cut: what is left of a cut number looks like another one.
func TestFitLength(t *testing.T) {
	for _, c := range []struct {
		n    int64
		room int
		want string
	}{{999, 7, "999"}, {999_999, 7, "999,999"}, {1_234_567, 7, "1234567"}, {23_658_514, 7, "22 M"}, {23_658_514, 10, "23,658,514"}, {1 << 62, 7, "4096 P"}} {
		if got := fitLength(c.n, c.room); got != c.want {
			t.Errorf("%d in %d: %q, want %q", c.n, c.room, got, c.want)
		}
	}
}
