package pattern

import (
	"os"
	"syscall"
	"testing"
)

// TestProbesReadNoFurther looks at bytes that end where the next page cannot be read, and that begin behind such a page.
func TestProbesReadNoFurther(t *testing.T) {
	page := os.Getpagesize()
	mem, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Skip(err)
	}
	defer syscall.Munmap(mem)
	for _, k := range []int{0, 2} {
		if err := syscall.Mprotect(mem[k*page:(k+1)*page], syscall.PROT_NONE); err != nil {
			t.Skip(err)
		}
	}
	mid := mem[page : 2*page]
	for _, src := range []string{"61 62", "61", "61 62 [63 70 91]", "[01 77 83] 01 [44-46]"} {
		p, err := Hex(src)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 300 {
			for _, hay := range [][]byte{mid[:n], mid[page-n:]} {
				if got := all(p, hay, 0, false); got != nil {
					t.Fatal(got)
				}
			}
		}
	}
}
