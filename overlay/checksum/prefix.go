package checksum

import "encoding/binary"

// A prefixSum computes a sum over words of any range from what stands in front of its start and in front of its end, so that
// one pass tells the sums of all ranges whose starts are whole words apart.
type prefixSum struct {
	sum *wordSum // gives the states; its value is not asked for
	// minus is the state of the words between two states, n of them.
	minus func(end, start sumState, n uint64) sumState
	value func(s sumState, n uint64) uint64
}

// prefixSums are by the names of their algorithms.
var prefixSums = func() map[string]*prefixSum {
	m := make(map[string]*prefixSum)
	for _, a := range sums {
		h, ok := a.New().(*wordHash)
		if !ok {
			continue
		}
		p := &prefixSum{h.wordSum, func(e, s sumState, _ uint64) sumState { return sumState{e[0] - s[0]} }, func(s sumState, _ uint64) uint64 { return h.value(s) }}
		switch a.Name {
		case "xor8":
			p.minus = func(e, s sumState, _ uint64) sumState { return sumState{e[0] ^ s[0]} }
		case "fletcher-16":
			p.minus = fletcherMinus(0xff)
		case "fletcher-32":
			p.minus = fletcherMinus(0xffff)
		case "fletcher-64":
			p.minus = fletcherMinus(0xffffffff)
		case "internet":
			// The carries go round at the end, for zeros and a full sum are the same remainder and not the same sum.
			p.sum = &wordSum{word: 2, add: func(s *sumState, b []byte) { addWords16(s, b, binary.BigEndian) }}
			p.value = func(s sumState, _ uint64) uint64 {
				if s[0] == 0 {
					return ^uint64(0)
				}
				return ^((s[0]-1)%0xffff + 1)
			}
		}
		m[a.Name] = p
	}
	// Adler-32 begins with the sums 1 and 0.
	m["adler-32"] = &prefixSum{&wordSum{word: 1, add: addAdler}, fletcherMinus(adlerModulus), func(s sumState, n uint64) uint64 {
		return (s[1]+n)%adlerModulus<<16 | (s[0]+1)%adlerModulus
	}}
	return m
}()

func addAdler(s *sumState, b []byte) {
	for len(b) > 0 {
		part := b[:min(len(b), fletcherBlock)]
		b = b[len(part):]
		lo, hi := s[0], s[1]
		for _, c := range part {
			lo += uint64(c)
			hi += lo
		}
		s[0], s[1] = lo%adlerModulus, hi%adlerModulus
	}
}

// fletcherMinus is for two sums modulo m, the second of the first ones: what stood before the start is in the second sum once for each word.
func fletcherMinus(m uint64) func(e, s sumState, n uint64) sumState {
	return func(e, s sumState, n uint64) sumState {
		before := n % m * s[0] % m
		return sumState{(e[0] + m - s[0]) % m, (e[1] + m - s[1] + m - before) % m}
	}
}

// state is the sum so far, with the last word filled up.
func (h *wordHash) state() sumState {
	s := h.s
	if h.n > 0 {
		var last [4]byte
		copy(last[:], h.rest[:h.n])
		h.add(&s, last[:h.word])
	}
	return s
}
