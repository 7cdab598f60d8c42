package transform

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

func parseInvert(o *Op, _ string) error {
	o.block = each(func(b []byte, _ int64, _ input) error {
		for i := range b {
			b[i] = ^b[i]
		}
		return nil
	})
	return nil
}

func parseReverseBits(o *Op, _ string) error {
	o.block = each(func(b []byte, _ int64, _ input) error {
		for i := range b {
			b[i] = bits.Reverse8(b[i])
		}
		return nil
	})
	return nil
}

func parseReverseBytes(o *Op, _ string) error {
	o.block = func(b []byte, off int64, in input) error {
		if err := in.read(b, in.size-off-int64(len(b))); err != nil {
			return err
		}
		for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
		return nil
	}
	return nil
}

func parseSwap(o *Op, args string) error {
	n, err := strconv.Atoi(args)
	if err != nil || n != 2 && n != 4 && n != 8 {
		return fmt.Errorf("units of %s bytes; want 2, 4 or 8", args)
	}
	o.unit = n
	o.block = each(func(b []byte, _ int64, _ input) error {
		for ; len(b) > 0; b = b[n:] {
			switch n {
			case 2:
				binary.BigEndian.PutUint16(b, binary.LittleEndian.Uint16(b))
			case 4:
				binary.BigEndian.PutUint32(b, binary.LittleEndian.Uint32(b))
			default:
				binary.BigEndian.PutUint64(b, binary.LittleEndian.Uint64(b))
			}
		}
		return nil
	})
	return nil
}

// A unit is an unsigned number in the bytes.
type unit struct {
	size int // 1, 2, 4 or 8
	big  bool
}

// parseUnit reads u1, u2le, u4be, ….
func parseUnit(word string) (unit, bool) {
	if word == "u1" {
		return unit{size: 1}, true
	}
	if len(word) == 4 && word[0] == 'u' && strings.IndexByte("248", word[1]) >= 0 && (word[2:] == "le" || word[2:] == "be") {
		return unit{int(word[1] - '0'), word[2:] == "be"}, true
	}
	return unit{}, false
}

func (u unit) get(b []byte) uint64 {
	switch {
	case u.size == 1:
		return uint64(b[0])
	case u.size == 2 && u.big:
		return uint64(binary.BigEndian.Uint16(b))
	case u.size == 2:
		return uint64(binary.LittleEndian.Uint16(b))
	case u.size == 4 && u.big:
		return uint64(binary.BigEndian.Uint32(b))
	case u.size == 4:
		return uint64(binary.LittleEndian.Uint32(b))
	case u.big:
		return binary.BigEndian.Uint64(b)
	}
	return binary.LittleEndian.Uint64(b)
}

func (u unit) put(b []byte, v uint64) {
	switch {
	case u.size == 1:
		b[0] = byte(v)
	case u.size == 2 && u.big:
		binary.BigEndian.PutUint16(b, uint16(v))
	case u.size == 2:
		binary.LittleEndian.PutUint16(b, uint16(v))
	case u.size == 4 && u.big:
		binary.BigEndian.PutUint32(b, uint32(v))
	case u.size == 4:
		binary.LittleEndian.PutUint32(b, uint32(v))
	case u.big:
		binary.BigEndian.PutUint64(b, v)
	default:
		binary.LittleEndian.PutUint64(b, v)
	}
}

// mask is all the bits of a unit.
func (u unit) mask() uint64 { return 1<<(8*u.size-1)<<1 - 1 }

// parseShift reads "left 3" and "right 1 u2le". Without a unit all bytes are one row of bits, the most significant bit of the
// first byte in front. Shifting fills up with zeros.
func parseShift(rotate bool) func(o *Op, args string) error {
	return func(o *Op, args string) error {
		words := strings.Fields(args)
		if len(words) < 2 || len(words) > 3 || words[0] != "left" && words[0] != "right" {
			return fmt.Errorf("%q; want left or right, by how many bits, and a unit if it is not all bytes as one row: left 3, right 1 u2le", args)
		}
		n, err := strconv.ParseInt(words[1], 0, 64)
		if err != nil || n < 0 {
			return fmt.Errorf("by %q bits; want a number from 0 on", words[1])
		}
		left := words[0] == "left"
		if len(words) == 2 {
			o.block = func(b []byte, off int64, in input) error { return shiftRow(b, off, in, n, left, rotate) }
			return nil
		}
		u, ok := parseUnit(words[2])
		if !ok {
			return fmt.Errorf("unit %q; want u1, u2le, u2be, u4le, u4be, u8le or u8be", words[2])
		}
		o.unit = u.size
		width := int64(8 * u.size)
		if rotate {
			n %= width
		}
		o.block = each(func(b []byte, _ int64, _ input) error {
			for ; len(b) > 0; b = b[u.size:] {
				v := u.get(b)
				switch k := min(n, 64); {
				case rotate && left:
					v = v<<k | v>>(width-k)
				case rotate:
					v = v>>k | v<<(width-k)
				case left:
					v <<= k
				default:
					v >>= k
				}
				u.put(b, v&u.mask())
			}
			return nil
		})
		return nil
	}
}

// shiftRow makes the bytes of a row of bits that is moved by n. Byte i of the result has bits of two neighbours, which lie n
// bits further on in the old row (to the left) or before.
func shiftRow(b []byte, off int64, in input, n int64, left, rotate bool) error {
	whole, part := n/8, uint(n%8)
	if rotate {
		whole %= in.size
	}
	from := off + whole // the old byte whose low bits become the high bits of byte off
	if !left {
		from = off - whole
		if part > 0 {
			from--
			part = 8 - part
		}
	}
	// One byte more than the result has, for the bits of its last byte.
	old := make([]byte, len(b)+1)
	if err := in.readAround(old, from, rotate); err != nil {
		return err
	}
	for i := range b {
		b[i] = old[i]<<part | old[i+1]>>(8-part)
	}
	return nil
}

// readAround is read, but what lies outside is zeros, or goes round.
func (in input) readAround(b []byte, off int64, round bool) error {
	for len(b) > 0 {
		if round {
			off = (off%in.size + in.size) % in.size
		}
		n := int64(len(b))
		switch {
		case off < 0:
			n = min(n, -off)
			clear(b[:n])
		case off >= in.size:
			clear(b)
		default:
			n = min(n, in.size-off)
			if err := in.read(b[:n], off); err != nil {
				return err
			}
		}
		b, off = b[n:], off+n
	}
	return nil
}
