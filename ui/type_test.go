package ui

import (
	"bytes"
	"testing"
)

func TestTypeHexAndText(t *testing.T) {
	inTerminal(t, edit(bytes.Repeat([]byte("0123456789abcdef"), 8)), rigOptions{}, func(r *rig) {
		r.right()
		r.keys("a", "B", "c")
		r.right()
		if got := r.bytes()[:2]; !bytes.Equal(got, []byte{0xab, 0xc1}) {
			t.Fatalf("the first bytes are % x", got)
		}
	})
}
