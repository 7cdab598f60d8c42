package text

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// wideTable gives what each byte decodes to: UTF-8 of up to three bytes in the low bytes, its length in the high one; 0
// for nothing. Looking a byte up and storing four bytes takes no branch on it: where ASCII and other bytes take turns, a
// wrong guess of the processor costs more than the byte.
type wideTable [256]uint32

// set makes b the character r, which is below U+10000.
func (t *wideTable) set(b byte, r rune) {
	var buf [4]byte
	n := utf8.EncodeRune(buf[:], r)
	t[b] = binary.LittleEndian.Uint32(buf[:]) | uint32(n)<<24
}

// run decodes from at on up to a byte that is nothing. With ascii, bytes below 0x80 are themselves and are looked for
// in runs, which are copied.
func (t *wideTable) run(dst, src []byte, at int, ascii bool) ([]byte, int) {
	for at < len(src) {
		if ascii {
			n := asciiPrefix(src[at:])
			dst = append(dst, src[at:at+n]...)
			at += n
		}
		block := src[at:min(at+1024, len(src))]
		j := len(dst)
		dst = slices.Grow(dst, 3*len(block)+4)
		out := dst[:cap(dst)]
		for i, b := range block {
			w := t[b]
			if w == 0 {
				return out[:j], at + i
			}
			binary.LittleEndian.PutUint32(out[j:], w)
			j += int(w >> 24)
		}
		dst = out[:j]
		at += len(block)
	}
	return dst, at
}
