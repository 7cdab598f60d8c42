package mmapdoc

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// TestPassage: a pass copies first, then tries the map, takes what is cheaper, and tries the other way again, ever more seldom.
func TestPassage(t *testing.T) {
	const block = 1 << 20
	run := func(p *passage, copied, mapped int64, blocks int) (copies int) {
		for range blocks {
			if p.copies(block) {
				p.copied.took(block, copied)
				copies++
			} else {
				p.mapped.took(block, mapped)
			}
		}
		return copies
	}
	p := new(passage)
	if !p.copies(block) {
		t.Fatal("the first block is not copied, so nobody knows what that takes")
	}
	if n := run(p, 300, 50, 4000); n < 10 || n > 40 {
		t.Errorf("%d of 4000 blocks were copied where mapping is cheap", n)
	}
	p = new(passage)
	if n := run(p, 300, 290, 4000); n < 3960 || n > 3990 {
		t.Errorf("%d of 4000 blocks were copied where mapping is dear", n)
	}
	// Files change, and so does what a machine has to do.
	if n := run(p, 300, 20, 4000); n > 700 {
		t.Errorf("%d of 4000 blocks were still copied after mapping had become cheap", n)
	}
	// One slow time says little: the next tell.
	p = new(passage)
	run(p, 300, 50, 100)
	p.mapped.took(block, 1e9)
	if n := run(p, 300, 50, 100); n > 10 {
		t.Errorf("%d of 100 blocks were copied after one was mapped slowly", n)
	}
	p.onlyCopies.Store(true)
	if n := run(p, 300, 50, 100); n != 100 {
		t.Errorf("%d of 100 blocks were copied where there is no other way", n)
	}
}

// TestMappedPass: a pass that maps sees the same bytes, and what is cut off the file meanwhile is lost and no fault.
func TestMappedPass(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("other systems copy")
	}
	const size = 6<<20 + 12345
	data := make([]byte, size)
	n := randomSeed()
	t.Logf("HEXLAY_SEED=%d", n)
	rnd := rand.New(rand.NewPCG(n, 0))
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	m := d.base.store.(*generation).file.mapped
	cheap := func() { // whatever this machine says
		m.pass.copied.Store(1 << 40)
		m.pass.mapped.Store(1)
		m.pass.left.Store(1 << 40)
	}
	s := d.Snapshot()
	mapped := 0
	for range 200 {
		cheap()
		r := Range{rnd.Int64N(size - longRead), 0}
		r.End = r.Start + longRead + rnd.Int64N(size-longRead-r.Start+1)
		ok, err := s.View(r, func(b []byte) error {
			if !bytes.Equal(b, data[r.Start:r.End]) {
				t.Fatalf("%v: other bytes", r)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			mapped++
		}
	}
	if m.pass.onlyCopies.Load() {
		t.Skip("this system does not map many pages at once")
	}
	if mapped != 200 {
		t.Errorf("%d of 200 views were of mapped bytes", mapped)
	}
	cheap()
	pos := int64(0)
	err = s.Look(Range{0, size}, func(off int64, b []byte) error {
		if off != pos || !bytes.Equal(b, data[off:][:len(b)]) {
			t.Fatalf("Look: other bytes at %d", off)
		}
		if pos += int64(len(b)); off == 0 {
			if err := os.Truncate(path, 5<<20); err != nil {
				t.Fatal(err)
			}
		}
		return nil
	})
	var lost *LostError
	if !errors.As(err, &lost) || lost.Range.Start < 5<<20-readBlock {
		t.Errorf("a file that is cut during a pass: %v", err)
	}
	cheap()
	_, err = s.View(Range{0, 5 << 20}, func(b []byte) error {
		if err := os.Truncate(path, 1<<20); err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte("not there, 1234567890")) { // looks at all
			t.Error("found")
		}
		return nil
	})
	if !errors.As(err, &lost) {
		t.Errorf("a file that is cut under a look at it: %v", err)
	}
}
