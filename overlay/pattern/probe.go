package pattern

import "math/bits"

// probe is the test by which starts where no match can be are passed over, for one sequence or several: a pair or, where
// that is nil, a triple. Which places it looks at is a guess at first and is learnt from the bytes when it lets too much
// pass.
type probe struct {
	seqs   []*sequence
	n      int // the length of the shortest
	pair   *pair
	triple *triple
	exact  bool // there is one sequence, and what passes the pair is it
}

// newProbe is nil when the machine cannot run one, or there is nothing worth testing.
func newProbe(seqs []*sequence) *probe {
	if !vector || len(seqs) > 64 {
		return nil
	}
	p := &probe{seqs: seqs, n: len(seqs[0].sets)}
	for _, s := range seqs[1:] {
		p.n = min(p.n, len(s.sets))
	}
	places := p.places(-1)
	share := make([]float64, len(places))
	for i, at := range places {
		for _, s := range seqs {
			share[i] += s.share[at]
		}
	}
	// The rarest places, of equals the first.
	best := [3]int{-1, -1, -1}
	for k := range best {
		for i := range places {
			if (best[k] < 0 || share[i] < share[best[k]]) && i != best[0] && i != best[1] {
				best[k] = i
			}
		}
		if best[k] < 0 {
			best[k] = best[0]
		}
	}
	if share[best[0]] > 0.99*float64(len(seqs)) {
		return nil
	}
	a, b, c := places[best[0]], places[best[1]], places[best[2]]
	if !p.usePair(a, b) || share[best[0]]*share[best[1]] > 1./512 {
		p.useTriple(a, b, c)
	}
	return p
}

const mostPlaces = 48

// places are those to choose among: all, or some at both ends and around near.
func (p *probe) places(near int) (out []int) {
	part := mostPlaces / 3
	if len(p.seqs) > 1 {
		part /= 2
	}
	for i := range p.n {
		if i < part || i >= p.n-part || near >= 0 && i >= near-part/2 && i < near+part/2 {
			out = append(out, i)
		}
	}
	return out
}

// usePair reports false when two places cannot be tested by masks, or there are several sequences.
func (p *probe) usePair(a, b int) bool {
	s := p.seqs[0]
	if len(p.seqs) > 1 || s.odd[a] || s.odd[b] {
		return false
	}
	p.pair, p.triple = &pair{a, b, s.val[a], s.mask[a], s.val[b], s.mask[b]}, nil
	p.exact = len(s.sets) == 1 || len(s.sets) == 2 && a != b
	return true
}

func (p *probe) useTriple(a, b, c int) {
	p.pair, p.exact, p.triple = nil, false, newTriple(p.seqs, [3]int{a, b, c})
}

// find is the first start in [from, to) that passes, or -1.
func (p *probe) find(hay []byte, from, to int) int {
	if p.pair != nil {
		return p.pair.find(hay, from, to)
	}
	return p.triple.find(hay, from, to)
}

// fitting has a bit for each sequence that may stand at i, which has passed.
func (p *probe) fitting(hay []byte, i int) (seqs uint64) {
	if p.pair != nil {
		return 1
	}
	for m := p.triple.bits(hay, i); m != 0; m &= m - 1 {
		seqs |= p.triple.boxes[bits.TrailingZeros8(m)].seqs
	}
	return seqs
}

const (
	sampleStarts = 1024
	leastToLearn = 4 * sampleStarts // with fewer starts left it is not worth the time
)

// sample has a bit for each of so many starts.
type sample [sampleStarts / 64]uint64

// learn takes the places that let the fewest starts from at on pass, of which there are leastToLearn. near is a place
// where the last false find differed. It reports false when there are no good places.
func (p *probe) learn(hay []byte, at, near int) bool {
	places := p.places(near)
	seen := make([][]sample, len(p.seqs)) // by sequence and place: which starts have a byte of that place
	for k, s := range p.seqs {
		seen[k] = make([]sample, len(places))
		for j, place := range places {
			set, out := &s.sets[place], &seen[k][j]
			for i, c := range hay[at+place : at+place+sampleStarts] {
				out[i>>6] |= (set[c>>6] >> (c & 63) & 1) << (i & 63)
			}
		}
	}
	passing := func(a, b, c int) (n int) {
		for k := range seen {
			x, y, z := &seen[k][a], &seen[k][b], &seen[k][c]
			for w := range x {
				n += bits.OnesCount64(x[w] & y[w] & z[w])
			}
		}
		return n
	}
	best, a, b := 1<<30, 0, 0
	for i := range places {
		for j := i; j < len(places); j++ {
			if n := passing(i, j, j); n < best {
				best, a, b = n, i, j
			}
		}
	}
	if best <= sampleStarts/128 && p.usePair(places[a], places[b]) {
		return true
	}
	third, c := 1<<30, 0
	for k := range places {
		if n := passing(a, b, k); n < third {
			third, c = n, k
		}
	}
	if third > sampleStarts/tooClose && third > best/2 && p.usePair(places[a], places[b]) {
		return best <= sampleStarts/tooClose
	}
	p.useTriple(places[a], places[b], places[c])
	return third <= sampleStarts/tooClose
}
