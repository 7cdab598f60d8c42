package diff

import (
	"cmp"
	"slices"
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
		x.items = x.items[:0]
		err := c.anchors(&c.a, 0, x.mask, func(h uint64, end int64) (bool, error) {
			x.items = append(x.items, item{h, end})
			return len(x.items) < most, nil
		})
		if err != nil {
			return nil, err
		}
		if len(x.items) < most {
			break
		}
		step *= 4 // content that repeats can have more anchors than chance gives
		x.mask = uint64(step-1) << 40
		if step > c.a.in.Size {
			break
		}
	}
	slices.SortFunc(x.items, compareItems)
	return x, nil
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

// anchors hands the anchors of s that begin at from or later to each, until that says to stop.
func (c *comparison) anchors(s *side, from int64, mask uint64, each func(h uint64, end int64) (more bool, err error)) error {
	buf := make([]byte, window)
	var h, last uint64
	for at := from; at < s.in.Size; {
		if err := c.ctx.Err(); err != nil {
			return err
		}
		p := buf[:min(window, s.in.Size-at)]
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
