package pattern

import "bytes"

// sequence is a run of byte sets: the simplest pattern, of which nearly all others are made.
type sequence struct {
	sets []set
	// A byte b matches at i iff b&mask[i] == val[i], except at the places in odd.
	mask, val []byte
	odd       []bool
	odds      []int     // where odd is true
	share     []float64 // a guess, how many of all bytes are in the set
	literal   bool      // one value at each place

	run    int    // where the longest run of single values begins
	lit    []byte // that run
	anchor int    // the place with the fewest values, and of those the rarest; -1 when all have more than two
	values []byte // at the anchor, one or two
	few    []choice
}

// choice is a place with one or two values.
type choice struct {
	at     int
	values []byte
}

// maxFew bounds the places that are compared with what is seen in the data.
const maxFew = 256

func newSequence(sets []set) *sequence {
	s := &sequence{sets: sets, mask: make([]byte, len(sets)), val: make([]byte, len(sets)),
		odd: make([]bool, len(sets)), share: make([]float64, len(sets)), anchor: -1, literal: true}
	for i := range sets {
		var ok bool
		if s.mask[i], s.val[i], ok = masked(&sets[i]); !ok {
			s.odd[i] = true
			s.odds = append(s.odds, i)
		}
		s.share[i] = share(&sets[i])
		s.literal = s.literal && ok && s.mask[i] == 0xff
	}
	for i := 0; i < len(sets); {
		j := i
		for j < len(sets) && s.mask[j] == 0xff {
			j++
		}
		if j-i > len(s.lit) {
			s.run, s.lit = i, s.val[i:j]
		}
		i = max(j, i+1)
	}
	best := 1 << 30
	for i := range sets {
		if n := sets[i].len(); n == 1 || n == 2 {
			values := s.val[i : i+1]
			if n == 2 {
				values = sets[i].bytes()
			}
			cost := 0
			for _, b := range values {
				cost += 20 + usual(b)
			}
			if len(s.few) < maxFew {
				s.few = append(s.few, choice{i, values})
			}
			if cost < best {
				best, s.anchor, s.values = cost, i, values
			}
		}
	}
	return s
}

// masked finds mask and value such that c is in s iff c&mask == val.
func masked(s *set) (mask, val byte, ok bool) {
	members := s.bytes()
	if len(members) == 0 {
		return 0, 0, false
	}
	mask = 0xff
	for _, b := range members {
		mask &^= b ^ members[0]
	}
	val = members[0] & mask
	free := 0
	for c := range 256 {
		if byte(c)&mask == val {
			free++
		}
	}
	if free != len(members) {
		return 0, 0, false // such a place is looked at by its set
	}
	return mask, val, true
}

// usual is a guess how frequent a byte is in files, from 0 to 100.
func usual(b byte) int {
	switch {
	case b == 0:
		return 100
	case b == 0xff:
		return 60
	case b == ' ' || b == 'e' || b == 't' || b == 'a' || b == 'o' || b == 'n' || b == 'i' || b == 'r' || b == 's':
		return 50
	case b >= 'a' && b <= 'z', b >= '0' && b <= '9', b < 0x10:
		return 30
	case b >= 'A' && b <= 'Z', b == 0x20, b == 0x40, b == 0x80:
		return 20
	case b < 0x80:
		return 12
	}
	return 8
}

// share is a guess, how many of all bytes are in s.
func share(s *set) float64 {
	n := 0
	for _, b := range s.bytes() {
		n += usual(b)
	}
	return float64(n) / float64(allUsual)
}

var allUsual = func() (n int) {
	for c := range 256 {
		n += usual(byte(c))
	}
	return n
}()

// mismatch is the first place where hay, which is long enough, does not match s, or -1.
func (s *sequence) mismatch(hay []byte) int {
	if s.literal {
		if bytes.Equal(hay[:len(s.val)], s.val) {
			return -1
		}
	}
	val := s.val[:len(s.mask)]
	hay = hay[:len(s.mask)]
	for i, m := range s.mask {
		if hay[i]&m != val[i] {
			return i
		}
	}
	for _, i := range s.odds {
		if !s.sets[i].has(hay[i]) {
			return i
		}
	}
	return -1
}

// union is a sequence that matches whereever one of several of the same length does, if it is worth looking for: it has a
// place with few values and a byte that is not found everywhere. Two sequences are better looked for one by one.
func union(seqs []*sequence) *sequence {
	if len(seqs) < 3 {
		return nil
	}
	all := make([]set, len(seqs[0].sets))
	for _, s := range seqs {
		if len(s.sets) != len(all) {
			return nil
		}
		for i := range all {
			all[i] = all[i].or(s.sets[i])
		}
	}
	u := newSequence(all)
	if u.anchor < 0 {
		return nil
	}
	for _, b := range u.values {
		if usual(b) > 50 {
			return nil
		}
	}
	return u
}
