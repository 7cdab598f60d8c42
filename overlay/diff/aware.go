package diff

import "encoding/binary"

const (
	// gapLimit is how many bytes may differ in a gap before the next place in common, for it to be compared exactly.
	gapLimit = 1500
	gapMost  = 256 << 10
	// apart is how many bytes alike separate two hunks.
	apart = 6
)

// aware compares with an eye to what was put in and taken out.
func (c *comparison) aware() error {
	var i, j int64
	for {
		n, err := c.alike(i, j)
		if err != nil {
			return err
		}
		i, j = i+n, j+n
		na, nb := c.a.in.Size-i, c.b.in.Size-j
		if na == 0 || nb == 0 {
			return c.emit(Hunk{Range{i, i + na}, Range{j, j + nb}})
		}
		if err := c.tick(i, j); err != nil {
			return err
		}
		hunks, ok, err := c.near(i, j)
		if err != nil {
			return err
		}
		if !ok {
			if hunks, err = c.far(i, j); err != nil {
				return err
			}
		}
		for _, h := range join(hunks, apart) {
			if err := c.emit(h); err != nil {
				return err
			}
			i, j = h.A.End, h.B.End
		}
	}
}

// far finds the next place that both have in common and compares what lies before it.
func (c *comparison) far(i, j int64) ([]Hunk, error) {
	// A stretch that was overwritten is the commonest reason: soon the same offsets agree again. So they do behind two stretches that
	// changed places; an index is made for that only where the bytes before are found again elsewhere.
	k, ok, err := c.sameAgain(i, j)
	if err != nil || ok && k <= 512 {
		return c.gap(i, j, i+k, j+k, err)
	}
	if ok && c.index == nil && c.unlike(c.pa[:k], c.pb[:k]) {
		return []Hunk{{Range{i, i + k}, Range{j, j + k}}}, nil
	}
	ai, bj, err := c.anchor(i, j)
	if err != nil {
		return nil, err
	}
	if ok && 2*k <= (ai-i)+(bj-j) { // not so where an insertion and a deletion make up for each other
		return c.gap(i, j, i+k, j+k, nil)
	}
	n, err := c.alikeBefore(ai, bj, min(ai-i, bj-j))
	return c.gap(i, j, ai-n, bj-n, err)
}

// sameAgain looks how far from i and j, within a window, the same offsets agree for a good while.
func (c *comparison) sameAgain(i, j int64) (k int64, ok bool, err error) {
	most := min(64<<10, c.a.in.Size-i, c.b.in.Size-j)
	x, next := 0, 0 // read so far; the next place to look at
	for n := min(4<<10, most); ; n = min(4*n, most) {
		pa, pb := c.pa[:n], c.pb[:n]
		if err := c.a.read(pa[x:], i+int64(x)); err != nil {
			return 0, false, err
		}
		if err := c.b.read(pb[x:], j+int64(x)); err != nil {
			return 0, false, err
		}
		x = int(n)
		// A good while holds all 8 bytes from one of the places 64 bytes apart.
		for next+8 <= x {
			if binary.LittleEndian.Uint64(pa[next:]) != binary.LittleEndian.Uint64(pb[next:]) {
				next += goodWhile / 2
				continue
			}
			start := next - commonEnd(pa[:next], pb[:next])
			run := common(pa[start:], pb[start:])
			if run >= goodWhile && varied(pa[start:][:goodWhile]) {
				return int64(start), true, nil
			}
			if start+run == x && n < most {
				break // it may go on
			}
			next = max(next+8, (start+run+goodWhile/2)/(goodWhile/2)*(goodWhile/2))
		}
		if n == most {
			return 0, false, nil
		}
	}
}

// goodWhile is how many bytes at the same offsets must be alike.
const goodWhile = 4 * sure

// gap compares exactly, or else says to be different, what lies between (i,j) and (ai,bj).
func (c *comparison) gap(i, j, ai, bj int64, err error) ([]Hunk, error) {
	if err != nil {
		return nil, err
	}
	whole := []Hunk{{Range{i, ai}, Range{j, bj}}}
	na, nb := ai-i, bj-j
	if na == 0 || nb == 0 || max(na, nb) > gapMost {
		return whole, nil
	}
	pa, pb := c.pa[:na], c.pb[:nb]
	if err := c.a.read(pa, i); err != nil {
		return nil, err
	}
	if err := c.b.read(pb, j); err != nil {
		return nil, err
	}
	return c.between(pa, pb, i, j), nil
}

// anchor finds the place that both have in common, at or after i in a and j in b, with the fewest bytes before it. Without
// one, it gives the ends. It reads no more of b than it moves on, so that all calls together read b a few times at most.
func (c *comparison) anchor(i, j int64) (ai, bj int64, err error) {
	if c.index == nil {
		if c.index, err = c.newIndex(); err != nil {
			return 0, 0, err
		}
	}
	ai, bj = c.a.in.Size, c.b.in.Size
	best := (ai - i) + (bj - j)
	err = c.anchors(&c.b, j, c.index.mask, func(h uint64, end int64) (more bool, err error) {
		from := end - anchorLen
		if start, ok := c.index.first(h, i); ok && (start-i)+(from-j) < best {
			same, err := c.verify(start, from)
			if err != nil {
				return false, err
			}
			if same {
				ai, bj, best = start, from, (start-i)+(from-j)
			}
		}
		return from-j < best, nil
	})
	return ai, bj, err
}

func (c *comparison) verify(i, j int64) (bool, error) {
	var pa, pb [anchorLen]byte
	if err := c.a.read(pa[:], i); err != nil {
		return false, err
	}
	if err := c.b.read(pb[:], j); err != nil {
		return false, err
	}
	return pa == pb, nil
}
