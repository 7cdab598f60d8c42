package pattern

import "math/bits"

// Most bytes are passed over by one of two tests that look at 32 starts of a match at once, where the machine can
// (vector): a pair looks at two places of a sequence, a triple at three places of up to eight.
//
// A pair of places is much rarer than its rarer place alone, also in text, and such a test costs the same wherever it is
// passed. What passes is compared as a whole.

// pair is the test that hay[i+a]&am == av and hay[i+b]&bm == bv. a and b may be the same place.
type pair struct {
	a, b           int
	av, am, bv, bm byte
}

// find is the first start in [from, to) that passes, or -1. All of hay[:to+max(a, b)] is there.
func (p *pair) find(hay []byte, from, to int) int {
	if vector && to-from >= lanes {
		if k := vectorPair(&hay[from+p.a : to+p.a][0], &hay[from+p.b : to+p.b][0], to-from, [4]byte{p.av, p.am, p.bv, p.bm}); k >= 0 {
			return from + k
		}
		return -1
	}
	return p.scalar(hay, from, to)
}

func (p *pair) scalar(hay []byte, from, to int) int {
	for i := from; i < to; i++ {
		if hay[i+p.a]&p.am == p.av && hay[i+p.b]&p.bm == p.bv {
			return i
		}
	}
	return -1
}

// triple is the test that some bit is in all of lo[k][low nibble] & hi[k][high nibble] of hay[i+at[k]]. A bit stands for a
// box: a set of low and a set of high nibbles at each of the places. (The method is known as Teddy.)
type triple struct {
	at     [3]int
	tables tripleTables
	boxes  []box
}

type tripleTables struct{ lo, hi [3][16]byte }

// find is the first start in [from, to) that passes, or -1. All of hay[:to+max(at)] is there.
func (t *triple) find(hay []byte, from, to int) int {
	if vector && to-from >= lanes {
		if k := vectorTriple(&hay[from+t.at[0] : to+t.at[0]][0], &hay[from+t.at[1] : to+t.at[1]][0], &hay[from+t.at[2] : to+t.at[2]][0], to-from, &t.tables); k >= 0 {
			return from + k
		}
		return -1
	}
	return t.scalar(hay, from, to)
}

func (t *triple) scalar(hay []byte, from, to int) int {
	for i := from; i < to; i++ {
		if t.bits(hay, i) != 0 {
			return i
		}
	}
	return -1
}

// bits are the boxes that the start i passes.
func (t *triple) bits(hay []byte, i int) byte {
	bits := ^byte(0)
	for k, at := range t.at {
		b := hay[i+at]
		bits &= t.tables.lo[k][b&15] & t.tables.hi[k][b>>4]
	}
	return bits
}

// box is a part of what a triple lets pass: bytes of one or more sequences at its three places.
type box struct {
	sets [3]set
	seqs uint64 // which sequences
}

const maxBoxes = 8

// newTriple makes the test for sequences, at most 64, of which all have the places at. While there are fewer than eight
// boxes, those that let pass much more than they should are split.
func newTriple(seqs []*sequence, at [3]int) *triple {
	t := &triple{at: at}
	for i, s := range seqs {
		b := box{seqs: 1 << i}
		for k := range at {
			b.sets[k] = s.sets[at[k]]
			if k > 0 && at[k] == at[0] || k > 1 && at[k] == at[1] {
				b.sets[k] = set{}.inverse() // the same place need not be split twice
			}
		}
		if len(seqs) > maxBoxes && len(t.boxes) > i*maxBoxes/len(seqs) {
			last := &t.boxes[len(t.boxes)-1]
			for k := range at {
				last.sets[k] = last.sets[k].or(b.sets[k])
			}
			last.seqs |= b.seqs
			continue
		}
		t.boxes = append(t.boxes, b)
	}
	for len(t.boxes) < maxBoxes {
		most, which, place := 1.0, 0, 0
		for i := range t.boxes {
			for k := range at {
				if x := slack(t.boxes[i].sets[k]); x > most {
					most, which, place = x, i, k
				}
			}
		}
		if most == 1 {
			break
		}
		part := t.boxes[which]
		part.sets[place] = firstRows(part.sets[place])
		t.boxes = append(t.boxes, part)
		whole := &t.boxes[which].sets[place]
		for i := range whole {
			whole[i] &^= part.sets[place][i]
		}
	}
	for i := range t.boxes {
		for k, s := range t.boxes[i].sets {
			lo, hi := nibbles(s)
			for v := range 16 {
				t.tables.lo[k][v] |= byte(lo>>v&1) << i
				t.tables.hi[k][v] |= byte(hi>>v&1) << i
			}
		}
	}
	return t
}

// row is the low nibbles that stand behind a high one in s.
func row(s set, high int) uint16 { return uint16(s[high>>2] >> (high & 3 * 16)) }

// nibbles are the low and the high nibbles that are met in s.
func nibbles(s set) (lo, hi uint16) {
	for h := range 16 {
		if r := row(s, h); r != 0 {
			lo |= r
			hi |= 1 << h
		}
	}
	return lo, hi
}

// slack is how many times as many bytes as s has are made of its nibbles.
func slack(s set) float64 {
	lo, hi := nibbles(s)
	return float64(bits.OnesCount16(lo)*bits.OnesCount16(hi)) / float64(max(1, s.len()))
}

// firstRows is the part of s whose high nibbles have the same low ones as the first of them.
func firstRows(s set) (out set) {
	var first uint16
	for h := range 16 {
		r := row(s, h)
		if first == 0 {
			first = r
		}
		if r != 0 && r == first {
			out[h>>2] |= uint64(r) << (h & 3 * 16)
		}
	}
	return out
}
