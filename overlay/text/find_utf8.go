package text

import (
	"encoding/binary"
	"unicode/utf8"
)

// asciiLen is how many bytes of printable ASCII, or tabs, b begins with.
func asciiLen(b []byte) int {
	const (
		ones = 0x0101010101010101
		high = 0x80 * ones
	)
	i := 0
	for {
		for ; i+8 <= len(b); i += 8 {
			x := binary.LittleEndian.Uint64(b[i:])
			del := x ^ 0x7f*ones
			if (x|(x-0x20*ones)|(del-ones)&^del)&high != 0 {
				break
			}
		}
		for k := 0; ; k++ {
			if i == len(b) || b[i] >= 0x7f || b[i] < ' ' && b[i] != '\t' {
				return i
			}
			i++
			if k == 8 {
				break
			}
		}
	}
}

// fastUTF8 is fast for UTF-8: all but a character that the end of src cuts.
func (p *phase) fastUTF8(src []byte, off int64, emit func(Run)) int {
	t := runeTable()
	at := 0
	for at < len(src) {
		if p.start < 0 {
			if at = p.skipShortUTF8(src, at); at == len(src) {
				break
			}
		}
		if n := asciiLen(src[at:min(len(src), at+4096)]); n > 0 {
			p.addASCII(src[at:at+n], off+int64(at), emit)
			at += n
			continue
		}
		if src[at] < 0x80 {
			p.end0(-1, emit)
			at++
			continue
		}
		r, n := utf8.DecodeRune(src[at:])
		switch {
		case r == utf8.RuneError && n == 1:
			if !utf8.FullRune(src[at:]) {
				return at
			}
			p.end0(-1, emit)
		case r < 1<<16 && t[r]&1 == 0 || r >= 1<<16 && !printable(r):
			p.end0(-1, emit)
		default:
			p.add(off+int64(at), off+int64(at+n), src[at:at+n], emit)
		}
		at += n
	}
	return at
}

// What a byte is to UTF-8, if one does not look closer.
const (
	textByte = iota
	noText   // no printable character has it
	follows
	leads2
	leads3
	leads4
)

var utf8Bytes = func() (t [256]uint8) {
	for b := range t {
		switch {
		case b >= ' ' && b < 0x7f || b == '\t':
			t[b] = textByte
		case b < 0x80, b == 0xc0, b == 0xc1, b > 0xf4:
			t[b] = noText
		case b < 0xc0:
			t[b] = follows
		case b < 0xe0:
			t[b] = leads2
		case b < 0xf0:
			t[b] = leads3
		default:
			t[b] = leads4
		}
	}
	return t
}()

// utf8Steps counts the characters that follow each other. It is indexed by how many bytes a character still lacks, times 8, and
// what the next byte is; the low byte is the next index, bit 8 one more character, and the high half masks the count.
var utf8Steps = func() (t [32]uint32) {
	const keep = 0xffff << 16
	for lacks := range uint32(4) {
		row := t[8*lacks:]
		hold := uint32(0)
		if lacks == 0 {
			hold = keep
		}
		row[textByte] = hold | 1<<8
		row[leads2], row[leads3], row[leads4] = hold|8, hold|16, hold|24
		if lacks > 0 {
			row[follows] = keep | 8*(lacks-1)
		}
		if lacks == 1 {
			row[follows] |= 1 << 8
		}
	}
	return t
}()

// skipShortUTF8 gives where, from at on, the first run begins that may be long enough, or the one that src cuts. It counts
// without a branch, since in random bytes none can be foreseen.
func (p *phase) skipShortUTF8(src []byte, at int) int {
	least := uint32(min(p.least, 32)) // what is passed back over again has a bound
	n, s := uint32(0), uint32(0)
	end := len(src)
	for i, b := range src[at:] {
		e := utf8Steps[(s+uint32(utf8Bytes[b]))&31]
		s = e & 0xff
		n = n&(e>>16) + e>>8&1
		if n >= least {
			end = at + i + 1
			break
		}
	}
	// Back over the characters, and over what there is of the last one.
	for n > 0 || s > 0 {
		end--
		if utf8Bytes[src[end]] != follows {
			if s > 0 {
				s = 0
			} else {
				n--
			}
		}
	}
	return end
}
