package model

import (
	"bytes"
	"testing"
)

// TestTypingWhileATemplateIsLoaded: a template that is laid while somebody types leaves the cursor, and half a byte, where they are.
func TestTypingWhileATemplateIsLoaded(t *testing.T) {
	e := over([]byte{0x50, 0x4b, 3, 4, 5, 6, 7, 8})
	eff, err := e.Do("overlay zip @0")
	if err != nil {
		t.Fatal(err)
	}
	if err := e.TypeHex(0xa); err != nil {
		t.Fatal(err)
	}
	finishJobs(t, e, eff)
	if len(e.Overlays()) != 1 {
		t.Fatal("the template is not laid")
	}
	for _, digit := range []byte{0xb, 0xc, 0xd} {
		if err := e.TypeHex(digit); err != nil {
			t.Fatal(err)
		}
	}
	if got := contents(t, e); !bytes.HasPrefix(got, []byte{0xab, 0xcd, 3}) || e.Cursor() != 2 {
		t.Errorf("typed % x, the cursor is at %d", got[:3], e.Cursor())
	}
}
