package diff

import (
	"cmp"
	"runtime"
	"slices"
	"sync"
)

// anchorLen is how many bytes decide whether a place is an anchor: as many as a hash that moves up by one bit a byte
// remembers.
const anchorLen = 64

// gear gives each byte value its own random bits (splitmix64 from 1).
var gear = func() (t [256]uint64) {
	x := uint64(1)
	for i := range t {
		x += 0x9e3779b97f4a7c15
		z := x
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		t[i] = z ^ z>>31
	}
	return t
}()

// most is how many anchors an index holds: 16 bytes each.
const most = 4 << 20

// An index finds the anchors of a file by their hash.
type index struct {
	mask  uint64
	items []item // by hash, then by place
}

type item struct {
	hash uint64
	end  int64 // where the anchor's bytes end
}

// newIndex reads all of a.
func (c *comparison) newIndex() (*index, error) {
	step := int64(512) // about so many bytes lie between two anchors
	for c.a.in.Size/step > most/2 {
		step *= 2
	}
	x := &index{mask: uint64(step-1) << 40}
	for {
		full, err := c.collect(x)
		if err != nil {
			return nil, err
		}
		if !full {
			break
		}
		step *= 4 // content that repeats can have more anchors than chance gives
		x.mask = uint64(step-1) << 40
		if step > c.a.in.Size {
			break
		}
	}
	return x, nil
}

// collect reads all of a on all cores and sorts the anchors; full tells that there are too many.
func (c *comparison) collect(x *index) (full bool, err error) {
	x.items = nil
	workers := int64(max(1, min(runtime.NumCPU(), 8)))
	part := (c.a.in.Size + workers - 1) / workers
	parts, errs := make([][]item, workers), make([]error, workers)
	var all sync.WaitGroup
	for w := range workers {
		start, end := w*part, min((w+1)*part, c.a.in.Size)
		if start >= end {
			continue
		}
		work := func() {
			s := c.a
			s.in.Size = min(c.a.in.Size, end+anchorLen-1) // an anchor belongs to the part that it begins in
			errs[w] = c.anchors(&s, start, x.mask, func(h uint64, at int64) (bool, error) {
				parts[w] = append(parts[w], item{h, at})
				return len(parts[w]) < most/int(workers), nil
			})
			slices.SortFunc(parts[w], compareItems)
		}
		if w == workers-1 || end == c.a.in.Size {
			work() // here, while the others run
			continue
		}
		all.Add(1)
		c.o.start(func() {
			defer all.Done()
			work()
		})
	}
	all.Wait()
	for w, p := range parts {
		if errs[w] != nil {
			return false, errs[w]
		}
		full = full || len(p) >= most/int(workers)
	}
	if !full {
		for _, p := range parts {
			x.items = merged(x.items, p)
		}
	}
	return full, nil
}

// merged is both lists, which are sorted, as one.
func merged(a, b []item) []item {
	if len(a) == 0 {
		return b
	}
	out := make([]item, 0, len(a)+len(b))
	for len(a) > 0 && len(b) > 0 {
		if compareItems(a[0], b[0]) <= 0 {
			out, a = append(out, a[0]), a[1:]
		} else {
			out, b = append(out, b[0]), b[1:]
		}
	}
	return append(append(out, a...), b...)
}

// first finds the first anchor with this hash that begins at from or later, and gives where it begins.
func (x *index) first(h uint64, from int64) (start int64, ok bool) {
	k, _ := slices.BinarySearchFunc(x.items, item{h, from + anchorLen}, compareItems)
	if k < len(x.items) && x.items[k].hash == h {
		return x.items[k].end - anchorLen, true
	}
	return 0, false
}

func compareItems(p, q item) int {
	return cmp.Or(cmp.Compare(p.hash, q.hash), cmp.Compare(p.end, q.end))
}

// zerosHash is the hash behind 64 zeros or more.
var zerosHash = func() (h uint64) {
	for range 64 {
		h = h<<1 + gear[0]
	}
	return h
}()

// anchors hands the anchors of s that begin at from or later to each, until that says to stop.
func (c *comparison) anchors(s *side, from int64, mask uint64, each func(h uint64, end int64) (more bool, err error)) error {
	var buf []byte
	var h, last uint64
	// Mostly the next anchor is near, and to read a whole window for it would take most of the time.
	size := int64(4096)
	for at := from; at < s.in.Size; size = min(4*size, window) {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		if h == zerosHash && at-from >= anchorLen { // more zeros change nothing
			if z := s.zeros(at, s.in.Size-at); z > 0 {
				at += z
				continue
			}
		}
		if size > int64(len(buf)) {
			buf = make([]byte, size)
		}
		p := buf[:min(size, s.in.Size-at)]
		if err := s.read(p, at); err != nil {
			return err
		}
		for k, b := range p {
			h = h<<1 + gear[b]
			if h&mask != 0 {
				continue
			}
			if end := at + int64(k) + 1; end-from >= anchorLen && h != last { // of a filling, only the first
				last = h
				if more, err := each(h, end); err != nil || !more {
					return err
				}
			}
		}
		at += int64(len(p))
	}
	return nil
}
