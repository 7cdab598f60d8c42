package pattern

import "math/bits"

// set is a set of byte values.
type set [4]uint64

func (s *set) add(b byte)      { s[b>>6] |= 1 << (b & 63) }
func (s *set) has(b byte) bool { return s[b>>6]>>(b&63)&1 != 0 }

func (s *set) addRange(lo, hi byte) {
	for c := int(lo); c <= int(hi); c++ {
		s.add(byte(c))
	}
}

func (s set) len() int {
	return bits.OnesCount64(s[0]) + bits.OnesCount64(s[1]) + bits.OnesCount64(s[2]) + bits.OnesCount64(s[3])
}

func (s set) inverse() set { return set{^s[0], ^s[1], ^s[2], ^s[3]} }

func (s set) or(t set) set { return set{s[0] | t[0], s[1] | t[1], s[2] | t[2], s[3] | t[3]} }

// bytes are the members, ascending.
func (s set) bytes() []byte {
	var out []byte
	for c := range 256 {
		if s.has(byte(c)) {
			out = append(out, byte(c))
		}
	}
	return out
}

func single(b byte) (s set) {
	s.add(b)
	return s
}

// toRune is how a byte stands in a tree. It keeps the order, and no byte from 0x80 on gets another case.
func toRune(b byte) rune {
	if b < 0x80 {
		return rune(b)
	}
	return highRunes + rune(b)
}

const highRunes = 0xe000

// ofRanges is the set of the bytes whose runes are in pairs of first and last.
func ofRanges(pairs []rune) (s set) {
	for c := range 256 {
		r := toRune(byte(c))
		for i := 0; i+1 < len(pairs); i += 2 {
			if pairs[i] <= r && r <= pairs[i+1] {
				s.add(byte(c))
				break
			}
		}
	}
	return s
}
