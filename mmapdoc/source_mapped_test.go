//go:build unix

package mmapdoc

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"
)

// smallWindows makes every file one of many windows for a test.
func smallWindows(t *testing.T) {
	size, n := windowSize, maxWindows
	windowSize, maxWindows = 2*pageSize, 3
	t.Cleanup(func() { windowSize, maxWindows = size, n })
}

func TestTruncatedWhileOpen(t *testing.T) {
	for _, small := range []bool{false, true} {
		for _, noMap := range []bool{false, true} {
			for _, cut := range []int64{0, 1, pageSize - 1, pageSize, 5*pageSize + 100, 20*pageSize - 1} {
				if small {
					smallWindows(t)
				}
				want := bytes.Repeat([]byte("x"), int(20*pageSize))
				path := writeFile(t, want)
				d := mustOpen(t, path)
				d.baseStore().(*generation).file.mapped.noMap.Store(noMap)
				splice(t, d, 10, 0, "edited")
				if got := readAll(t, d); len(got) != len(want)+6 {
					t.Fatal("short")
				}
				if err := os.Truncate(path, cut); err != nil {
					t.Fatal(err)
				}
				unlook(d)
				got := make([]byte, d.Size())
				n, lost := d.Snapshot().Read(got, 0, nil)
				if n != len(got) {
					t.Fatalf("Read gave %d of %d bytes", n, len(got))
				}
				expect := append(append(bytes.Clone(want[:10]), "edited"...), want[10:]...)
				var ranges []Range
				if cut < 10 {
					clear(expect[cut:10])
					clear(expect[16:])
					ranges = []Range{{cut, 10}, {16, d.Size()}}
				} else {
					clear(expect[cut+6:])
					ranges = []Range{{cut + 6, d.Size()}}
				}
				if !bytes.Equal(got, expect) || !equalRanges(lost, ranges) {
					t.Errorf("cut at %d: lost %v, expected %v; right bytes: %v", cut, lost, ranges, bytes.Equal(got, expect))
				}
				var le *LostError
				if err := d.Snapshot().Scan(Range{0, d.Size()}, func(int64, []byte) error { return nil }); !errors.As(err, &le) {
					t.Errorf("cut at %d: Scan: %v", cut, err)
				}
				if _, err := d.Snapshot().ReadAt(got, 0); !errors.As(err, &le) || le.Range.Start != ranges[0].Start {
					t.Errorf("cut at %d: ReadAt: %v", cut, err)
				}
			}
		}
	}
}

func equalRanges(a, b []Range) bool {
	for len(a) > 0 && len(b) > 0 && a[0] == b[0] {
		a, b = a[1:], b[1:]
	}
	return len(a)+len(b) == 0
}

// A fault in the middle of a window that was handed out, before anybody looked where the file ends.
func TestFaultInWindow(t *testing.T) {
	d := mustOpen(t, writeFile(t, sample(int(20*pageSize))))
	m := d.baseStore().(*generation).file.mapped
	m.looked.Store(clock() + int64(time.Hour)) // nobody looks
	if err := os.Truncate(d.Info().Path, 3*pageSize); err != nil {
		t.Fatal(err)
	}
	var sum byte
	err := m.view(0, m.Size(), func(b []byte) error {
		for _, c := range b {
			sum += c
		}
		return nil
	})
	var le *LostError
	if !errors.As(err, &le) || le.Range.Start != 3*pageSize || le.Range.End != 20*pageSize {
		t.Errorf("view: %v", err)
	}
	m.looked.Store(clock() + int64(time.Hour))
	m.end.Store(m.Size())
	b := make([]byte, 10*pageSize)
	if n, err := m.ReadAt(b, 100); n != int(3*pageSize)-100 || !errors.As(err, &le) {
		t.Errorf("ReadAt: %d, %v", n, err)
	}
}

func TestGuardLetsOtherPanicsThrough(t *testing.T) {
	for name, fn := range map[string]func([]byte) error{
		"panic":     func([]byte) error { panic("mine") },
		"nil":       func([]byte) error { var p *int; *p = 1; return nil },
		"out of it": func(b []byte) error { _ = b[len(b)-1:][:1:1][len(b)]; return nil },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: the guard swallowed it", name)
				}
			}()
			_, _ = guard(make([]byte, 10), fn)
		}()
	}
}

func TestReadersDuringTruncation(t *testing.T) {
	smallWindows(t)
	const pages = 64
	want := sample(int(pages * pageSize))
	for i, c := range want {
		if c == 0 {
			want[i] = 1 // so that a zero is a byte that should have been lost
		}
	}
	path := writeFile(t, want)
	d := mustOpen(t, path)
	s := d.Snapshot()
	stop := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(i), 0))
			buf := make([]byte, 3*pageSize)
			for {
				select {
				case <-stop:
					return
				default:
				}
				off := rng.Int64N(s.Size())
				s.Read(buf, off, nil)
				_ = s.Scan(Range{off, s.Size()}, func(at int64, b []byte) error {
					bytes.IndexByte(b, 0)
					return nil
				})
			}
		})
	}
	for range 100 {
		if err := os.Truncate(path, rand.Int64N(int64(len(want)))); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
		if err := os.WriteFile(path, want, 0); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Close(); err != nil { // while they read
		t.Error(err)
	}
	time.Sleep(5 * time.Millisecond)
	close(stop)
	wg.Wait()
}

func TestClosedFile(t *testing.T) {
	d := mustOpen(t, writeFile(t, sample(10_000)))
	s := d.Snapshot()
	err := s.Scan(Range{0, 10_000}, func(off int64, b []byte) error {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		if !bytes.Equal(b, sample(10_000)) { // the window in use stays
			t.Error("other bytes after Close")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
	if _, err := s.ReadAt(make([]byte, 10), 0); !errors.Is(err, os.ErrClosed) {
		t.Errorf("read after Close: %v", err)
	}
}

func BenchmarkReadAt16(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(dir+"/f", sample(1<<20), 0o644); err != nil {
		b.Fatal(err)
	}
	d, err := Open(dir + "/f")
	if err != nil {
		b.Fatal(err)
	}
	defer d.Close()
	base := d.baseStore()
	buf := make([]byte, 16)
	for b.Loop() {
		if _, err := base.ReadAt(buf, 5000); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpen(b *testing.B) {
	for _, size := range []int64{1 << 12, 4 << 30} {
		b.Run(Range{0, size}.String(), func(b *testing.B) {
			path := b.TempDir() + "/f"
			if err := os.WriteFile(path, nil, 0o644); err != nil {
				b.Fatal(err)
			}
			if err := os.Truncate(path, size); err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				d, err := Open(path)
				if err != nil {
					b.Fatal(err)
				}
				if err := d.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
