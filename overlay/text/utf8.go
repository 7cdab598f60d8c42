package text

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

type utf8Codec struct{ sig bool }

// utf8Lead says which second bytes a lead byte takes, count of them from lo on, and how many bytes it leads. All is 0 for
// bytes that lead nothing.
type utf8Lead struct{ lo, count, n uint8 }

func (l utf8Lead) takes(second byte) bool { return second-l.lo < l.count }

// utf8Leads is table 3-7 of the Unicode standard.
var utf8Leads = func() (t [256]utf8Lead) {
	for b := 0xC2; b <= 0xF4; b++ {
		e := &t[b]
		e.lo, e.count, e.n = 0x80, 0x40, 2
		switch {
		case b >= 0xF0:
			e.n = 4
		case b >= 0xE0:
			e.n = 3
		}
	}
	t[0xE0].lo, t[0xE0].count, t[0xED].count = 0xA0, 0x20, 0x20 // no longer forms, no surrogates
	t[0xF0].lo, t[0xF0].count, t[0xF4].count = 0x90, 0x30, 0x10 // no longer forms, nothing beyond U+10FFFF
	return t
}()

func (c utf8Codec) step(src []byte, at int, st *state, final bool) unit {
	b := src[at:]
	if c.sig && !st.begun {
		if len(b) < 3 && !final && string(b) == "\xEF\xBB\xBF"[:len(b)] {
			return needMore()
		}
		st.begun = true
		if len(b) >= 3 && string(b[:3]) == "\xEF\xBB\xBF" {
			st.base = 3
			return silent(3)
		}
	}
	if b[0] < 0x80 {
		return char(rune(b[0]), 1)
	}
	n, reason := badUTF8(b)
	switch reason {
	case "":
		r, _ := utf8.DecodeRune(b)
		return char(r, n)
	case utf8Cut:
		return wait(final, bad(n, reason))
	}
	return bad(n, reason)
}

const utf8Cut = "unexpected end of data"

// badUTF8 says why b does not start with a character beyond ASCII and how many bytes the error spans: the maximal
// subpart, the bytes that could have begun a character. The reason is empty when it does start with one, of n bytes.
func badUTF8(b []byte) (n int, reason string) {
	lead := utf8Leads[b[0]]
	if lead.n == 0 {
		return 1, "invalid start byte"
	}
	for i := 1; i < int(lead.n); i++ {
		if i >= len(b) {
			return i, utf8Cut
		}
		if i == 1 && !lead.takes(b[i]) || b[i]&0xC0 != 0x80 {
			return i, "invalid continuation byte"
		}
	}
	return int(lead.n), ""
}

// utf8Replaced is what bytes make that begin no character: themselves below 0x80, else U+FFFD.
var utf8Replaced = func() (t wideTable) {
	for b := range t {
		r := rune(b)
		if b >= 0x80 {
			r = utf8.RuneError
		}
		t.set(byte(b), r)
	}
	return t
}()

// runReplace is run and the handler Replace in one: binary files are decoded so, and a step for each of their errors
// takes five times as long. Behind an error more errors are likely, so a block is decoded byte by byte.
func (c utf8Codec) runReplace(dst, src []byte, at int, st *state) ([]byte, int) {
	for at < len(src) && (!c.sig || st.begun) {
		dst, at = c.run(dst, src, at, st)
		if at == len(src) {
			break
		}
		if len(src)-at > 4 {
			dst, at = appendReplaced(dst, src, at)
			continue
		}
		n, reason := badUTF8(src[at:])
		if reason == utf8Cut {
			break
		}
		dst = append(dst, 0xEF, 0xBF, 0xBD)
		at += n
	}
	return dst, at
}

// errorBlock is how many bytes behind an error appendReplaced decodes.
const errorBlock = 256

// appendReplaced decodes from at on up to errorBlock bytes and a sequence, but not the last three bytes of src, so that no
// sequence is cut. The one branch is for a lead byte with a fitting second byte, which is rare in binary data: what else
// comes there comes in no order that the processor could guess.
func appendReplaced(dst, src []byte, at int) ([]byte, int) {
	end := min(at+errorBlock, len(src)-3)
	j := len(dst)
	dst = slices.Grow(dst, 3*(end-at)+4)
	out := dst[:cap(dst)]
	for at < end {
		w, n := utf8Replaced[src[at]], 1
		if lead := utf8Leads[src[at]]; lead.takes(src[at+1]) {
			seq := src[at : at+4]
			w = utf8Replaced[0xFF]
			switch {
			case lead.n >= 3 && seq[2]&0xC0 != 0x80:
				n = 2
			case lead.n == 4 && seq[3]&0xC0 != 0x80:
				n = 3
			default:
				copy(out[j:j+4], seq)
				j, at = j+int(lead.n), at+int(lead.n)
				continue
			}
		}
		binary.LittleEndian.PutUint32(out[j:], w)
		j += int(w >> 24)
		at += n
	}
	return out[:j], at
}

func (c utf8Codec) run(dst, src []byte, at int, st *state) ([]byte, int) {
	if c.sig && !st.begun {
		return dst, at
	}
	n := validUTF8(src[at:])
	return append(dst, src[at:at+n]...), at + n
}

// validUTF8 is the length of b's longest prefix of whole characters.
func validUTF8(b []byte) int {
	const high = 0x8080808080808080
	i := 0
	for i < len(b) {
		if b[i] < 0x80 {
			for i+32 <= len(b) && (binary.LittleEndian.Uint64(b[i:])|binary.LittleEndian.Uint64(b[i+8:])|
				binary.LittleEndian.Uint64(b[i+16:])|binary.LittleEndian.Uint64(b[i+24:]))&high == 0 {
				i += 32
			}
			for i < len(b) && b[i] < 0x80 {
				i++
			}
			continue
		}
		lead := utf8Leads[b[i]]
		if lead.n == 0 || len(b)-i < int(lead.n) || !lead.takes(b[i+1]) {
			return i
		}
		if lead.n >= 3 && b[i+2]&0xC0 != 0x80 || lead.n == 4 && b[i+3]&0xC0 != 0x80 {
			return i
		}
		i += int(lead.n)
	}
	return i
}

func (c utf8Codec) plain(s string) bool { return !c.sig && utf8.ValidString(s) }

func (c utf8Codec) encode(dst []byte, in []rune, at int, st *state) ([]byte, gap) {
	if c.sig && !st.begun {
		st.begun = true
		dst = append(dst, "\xEF\xBB\xBF"...)
	}
	for i := at; i < len(in); i++ {
		if isSurrogate(in[i]) {
			end := i + 1
			for end < len(in) && isSurrogate(in[end]) {
				end++
			}
			return dst, gap{i, end, "surrogates not allowed"}
		}
		dst = utf8.AppendRune(dst, in[i])
	}
	return dst, gap{}
}

func (utf8Codec) reset(dst []byte, _ *state) []byte { return dst }
func (utf8Codec) family() family                    { return direct }
