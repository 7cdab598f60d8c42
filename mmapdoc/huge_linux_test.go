package mmapdoc

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// hollow makes a file of size bytes that takes no room, on the disk and in memory, and calls fn for each that there is.
func hollow(t *testing.T, size int64, fn func(t *testing.T, path string)) {
	for name, dir := range map[string]string{"disk": t.TempDir(), "memory": "/dev/shm"} {
		t.Run(name, func(t *testing.T) {
			dir, err := os.MkdirTemp(dir, "hexlay-hollow")
			if err != nil {
				t.Skip(err)
			}
			defer os.RemoveAll(dir)
			path := filepath.Join(dir, "f")
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, size); err != nil {
				t.Skipf("no file of %d bytes here: %v", size, err)
			}
			fn(t, path)
		})
	}
}

// room is what the file takes on its disk.
func room(t *testing.T, path string) int64 {
	t.Helper()
	var st unix.Stat_t
	if err := unix.Stat(path, &st); err != nil {
		t.Fatal(err)
	}
	return st.Blocks * 512
}

func readOne(t *testing.T, path string, off int64) byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], off); err != nil {
		t.Fatal(err)
	}
	return b[0]
}

// TestN6HollowTerabyte: overwriting in a sparse file of 1 TiB takes at most 64 KiB of room, and another length keeps the
// holes, whether by a new file or, where it has another name, within the file; or it is refused before it begins.
func TestN6HollowTerabyte(t *testing.T) {
	const size = 1 << 40
	hollow(t, size, func(t *testing.T, path string) {
		before := room(t, path)
		d := mustOpen(t, path)
		splice(t, d, size/2-3, 6, "middle")
		p := save(t, d, "", InPlace)
		if grown := room(t, path) - before; grown > 64<<10 || p.Bytes != 6 {
			t.Errorf("overwriting 6 bytes wrote %d and took %d", p.Bytes, grown)
		}
		splice(t, d, 1000, 0, "x")
		save(t, d, "", NewFile)
		if took := room(t, path); took > before+256<<10 {
			t.Errorf("an insert made the file take %d bytes", took)
		}
		if got := readOne(t, path, size/2+1); got != 'd' {
			t.Errorf("%q behind the insert", got)
		}
		if err := os.Link(path, path+"2"); err != nil {
			t.Skip(err)
		}
		before = room(t, path)
		splice(t, d, 1000, 0, "yz")
		want := d.Size()
		if p, err := d.Plan(""); err != nil {
			if !strings.Contains(err.Error(), "hard links") || strings.Contains(err.Error(), "\n") {
				t.Errorf("refused: %v", err)
			}
		} else {
			finish(t, d, p)
			if fi, err := os.Stat(path); err != nil || fi.Size() != want {
				t.Errorf("%v, %v", fi, err)
			}
		}
		if took := room(t, path); took > before+256<<10 {
			t.Errorf("an insert into a file with two names made it take %d bytes, before %d", took, before)
		}
	})
}

// TestN6HollowMove: bytes that move within a sparse file leave its holes.
func TestN6HollowMove(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	const size = 64 << 20
	hollow(t, size, func(t *testing.T, path string) {
		if err := os.Link(path, path+"2"); err != nil {
			t.Skip(err)
		}
		d := mustOpen(t, path)
		splice(t, d, size/2, 6, "middle")
		save(t, d, "", InPlace)
		before := room(t, path)
		splice(t, d, 1000, 0, "x")
		save(t, d, "", InPlaceMove)
		if grown := room(t, path) - before; grown > 256<<10 {
			t.Errorf("the move took %d bytes", grown)
		}
		if got := readOne(t, path, size/2+1); got != 'm' {
			t.Errorf("%q behind the insert", got)
		}
		splice(t, d, 0, 5000, "")
		save(t, d, "", InPlaceMove)
		if grown := room(t, path) - before; grown > 256<<10 {
			t.Errorf("the move back took %d bytes", grown)
		}
	})
}

// TestLargestFile: in the largest file that the filesystem holds, up to 8 EiB, single bytes are edited where offsets of 32 bits,
// floating point numbers and offsets of 63 bits end; they alone are marked, and they alone are written.
func TestLargestFile(t *testing.T) {
	for _, top := range []int64{math.MaxInt64, 1<<44 - 4096} {
		t.Run(fmt.Sprint(top), func(t *testing.T) {
			hollow(t, top, func(t *testing.T, path string) { editAtTheEdges(t, path, top) })
		})
	}
}

func editAtTheEdges(t *testing.T, path string, size int64) {
	var marks []int64
	for _, m := range []int64{0, 1<<32 - 1, 1 << 32, 1<<32 + 1, 1<<53 - 1, 1 << 53, 1<<53 + 1, math.MaxInt64 - 8, size - 1} {
		if m < size {
			marks = append(marks, m)
		}
	}
	slices.Sort(marks)
	marks = slices.Compact(marks)
	d := mustOpen(t, path)
	if d.Size() != size {
		t.Fatalf("%d bytes", d.Size())
	}
	for i, m := range marks {
		splice(t, d, m, 1, string(rune('A'+i)))
	}
	var want []Range
	for _, m := range marks {
		want = appendRange(want, Range{m, m + 1})
	}
	s := d.Snapshot()
	if got := s.Changed(Range{0, size}, nil); !slices.Equal(got, want) {
		t.Errorf("changed are %v, want %v", got, want)
	}
	for i, m := range marks {
		b := make([]byte, 3)
		at := max(0, m-1)
		n, _ := s.ReadAt(b[:min(3, size-at)], at)
		if n < int(m-at)+1 || b[m-at] != byte('A'+i) {
			t.Errorf("around %#x: % x", m, b[:n])
		}
		if r, ok := s.PrevChange(m + 1); !ok || r.Start > m || r.End <= m {
			t.Errorf("the change before %#x is %v", m+1, r)
		}
	}
	before := room(t, path)
	p, err := d.Plan("")
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(t.Context(), nil); err != nil {
		// Linux writes no further than the last page but one.
		t.Logf("writing all of them: %v", err)
		if readOne(t, path, 0) != 0 || readOne(t, path, 1<<32) != 0 || strings.Contains(err.Error(), "\n") {
			t.Error("the save that failed has changed the file")
		}
		for size-marks[len(marks)-1] <= 4096 {
			d.Undo()
			marks = marks[:len(marks)-1]
		}
		if p, err = d.Plan(""); err == nil {
			err = p.Run(t.Context(), nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Saved(p); err != nil {
		t.Fatal(err)
	}
	if p.Bytes != int64(len(marks)) {
		t.Errorf("wrote %d bytes", p.Bytes)
	}
	if grown := room(t, path) - before; grown > int64(len(marks))*64<<10 {
		t.Errorf("%d bytes took %d", len(marks), grown)
	}
	for i, m := range marks {
		if got := readOne(t, path, m); got != byte('A'+i) {
			t.Errorf("at %#x is %#x", m, got)
		}
	}
	for d.CanUndo() {
		d.Undo()
	}
	save(t, d, "", InPlace)
	for _, m := range marks {
		if got := readOne(t, path, m); got != 0 {
			t.Errorf("after undo, at %#x is %#x", m, got)
		}
	}
}

// TestJournalOfHoles: recognising a file reads bytes from all over it, and takes no room where it has none.
func TestJournalOfHoles(t *testing.T) {
	stateFolder(t)
	path := filepath.Join(memoryFolder(t), "sparse")
	if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, 1<<40)); err != nil {
		t.Skip(err)
	}
	d := mustOpen(t, path)
	if err := d.StartJournal(); err != nil {
		t.Fatal(err)
	}
	splice(t, d, 5, 1, "x")
	syncJournalOf(t, d)
	save(t, d, "", InPlace)
	splice(t, d, 1<<39, 1, "y")
	syncJournalOf(t, d)
	save(t, d, "", InPlace)
	if got := room(t, path); got > 64<<10 {
		t.Errorf("two bytes changed in a hole take %d bytes", got)
	}
	if err := d.DropJournal(); err != nil {
		t.Fatal(err)
	}
}
