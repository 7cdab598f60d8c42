package text

import (
	"encoding/binary"
	"slices"
)

// latin is ascii (limit 0x80) and latin-1 (limit 0x100).
type latin struct {
	limit  rune
	reason string
}

var (
	asciiCodec  = latin{0x80, "ordinal not in range(128)"}
	latin1Codec = latin{0x100, "ordinal not in range(256)"}
)

func (c latin) step(src []byte, at int, _ *state, _ bool) unit {
	if r := rune(src[at]); r < c.limit {
		return char(r, 1)
	}
	return bad(1, c.reason)
}

func (c latin) run(dst, src []byte, at int, _ *state) ([]byte, int) {
	if c.limit == 0x80 {
		n := asciiPrefix(src[at:])
		return append(dst, src[at:at+n]...), at + n
	}
	return latin1Wide.run(dst, src, at, true)
}

// latin1Wide is the UTF-8 of U+0000 to U+00FF.
var latin1Wide = func() (t wideTable) {
	for b := range t {
		t.set(byte(b), rune(b))
	}
	return t
}()

// asciiPrefix is how many bytes b starts with that are below 0x80.
func asciiPrefix(b []byte) int {
	i := 0
	for i+32 <= len(b) && (binary.LittleEndian.Uint64(b[i:])|binary.LittleEndian.Uint64(b[i+8:])|
		binary.LittleEndian.Uint64(b[i+16:])|binary.LittleEndian.Uint64(b[i+24:]))&0x8080808080808080 == 0 {
		i += 32
	}
	for i < len(b) && b[i] < 0x80 {
		i++
	}
	return i
}

func (c latin) plain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func (c latin) encode(dst []byte, in []rune, at int, _ *state) ([]byte, gap) {
	dst = slices.Grow(dst, len(in)-at)
	for i := at; i < len(in); i++ {
		if in[i] >= c.limit {
			end := i + 1
			for end < len(in) && in[end] >= c.limit {
				end++
			}
			return dst, gap{i, end, c.reason}
		}
		dst = append(dst, byte(in[i]))
	}
	return dst, gap{}
}

func (latin) reset(dst []byte, _ *state) []byte { return dst }
func (latin) family() family                    { return direct }
