package ui

import (
	"math"
	"os"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// TestLargestFile: the whole screen, with all panels, at the end of a file of 8 EiB.
func TestLargestFile(t *testing.T) {
	f, err := os.CreateTemp("/dev/shm", "hexlay-hollow")
	if err != nil {
		t.Skip(err)
	}
	defer os.Remove(f.Name())
	defer f.Close()
	if err := f.Truncate(math.MaxInt64); err != nil {
		t.Skip("no file of 8 EiB here: ", err)
	}
	d, err := mmapdoc.Open(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	inTerminal(t, model.New(d), rigOptions{w: 150, h: 45}, func(r *rig) {
		r.line("goto 0x7ffffffffffffff6")
		r.send("41")
		r.settle()
		r.shows("7ffffffffffffff") // the row's address
		r.cursor(0x7ffffffffffffff7)
		for _, line := range []string{"sidecar", "panel text", "panel inspector", "panel structure", "struct <IHB", "goto end", "page-up", "page-down", "goto 0", "goto end-1"} {
			r.line(line)
			if err := r.check(); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		r.line("goto 0x7ffffffffffffff6")
		r.shows("41")
		if b := make([]byte, 1); true {
			if _, err := r.ed.Snapshot().ReadAt(b, math.MaxInt64-9); err != nil || b[0] != 0x41 {
				t.Errorf("%#x, %v", b[0], err)
			}
		}
	})
}
