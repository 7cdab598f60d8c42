package cli

import (
	"bytes"
	"encoding/binary"
)

// This file prints bytes as lines of `hexdump -C`, `xxd` and `xxd -p`. The functions are pure: they append to dst what the
// tool prints for a window of data, so windows can be formatted by several goroutines and written in order. Whole lines of
// 16 bytes go through tables and fixed-size stores; every other width and the last short line through the append path,
// which tests hold against the fast one.

// lineWidth is what the tools print on a line by default; plainWidth is that of `xxd -p`.
const (
	lineWidth  = 16
	plainWidth = 30
)

// The fast paths store groups of characters as little-endian words.
var le = binary.LittleEndian

const hexDigits = "0123456789abcdef"

var (
	// hexSpace holds "xx " in its low three bytes.
	hexSpace [256]uint32
	// hexPair holds "xx".
	hexPair [256]uint16
)

func init() {
	for i := range 256 {
		hi, lo := uint16(hexDigits[i>>4]), uint16(hexDigits[i&15])
		hexPair[i] = hi | lo<<8
		hexSpace[i] = uint32(hexPair[i]) | ' '<<16
	}
}

// printableASCII gives the byte as the text column shows it.
func printableASCII(c byte) byte {
	if c >= 0x20 && c < 0x7f {
		return c
	}
	return '.'
}

// printableWord replaces every byte of v outside 0x20…0x7e by '.', eight at a time.
func printableWord(v uint64) uint64 {
	const (
		low  = 0x7f7f7f7f7f7f7f7f
		high = 0x8080808080808080
		ones = 0x0101010101010101
	)
	seven := v & low
	// Bit 7 of each byte says that it goes: 0x7f, above it, or below 0x20. No sum carries over, each term is at most 0x7f.
	bad := (seven + (0x80-0x7f)*ones | v | ^(seven + (0x80-0x20)*ones)) & high
	mask := bad<<1 - bad>>7 // 0xff where bit 7 was
	return v ^ (v^'.'*ones)&mask
}

// appendAddress appends addr in hexadecimal with at least eight digits, as %08x does.
func appendAddress(dst []byte, addr int64) []byte {
	digits := 8
	for digits < 16 && addr>>(4*digits) != 0 {
		digits++
	}
	for i := digits - 1; i >= 0; i-- {
		dst = append(dst, hexDigits[addr>>(4*i)&15])
	}
	return dst
}

// putAddress8 stores the eight digits of an address below 2^32.
func putAddress8(dst *[8]byte, addr uint32) {
	le.PutUint64(dst[:], uint64(hexPair[addr>>24])|uint64(hexPair[addr>>16&0xff])<<16|
		uint64(hexPair[addr>>8&0xff])<<32|uint64(hexPair[addr&0xff])<<48)
}

// grow makes room for n more bytes and returns dst with its length unchanged.
func grow(dst []byte, n int) []byte {
	if cap(dst)-len(dst) >= n {
		return dst
	}
	return append(make([]byte, 0, max(2*cap(dst), len(dst)+n)), dst...)
}

// ---- canonical

// squeezer is what `hexdump -C` remembers between lines: the last line it read, and whether that was already left out.
type squeezer struct {
	last    []byte // the line before, nil at the start; it may alias the data of the caller during one call
	starred bool   // last was left out, and "*" stands in the output
	color   bool
}

// newSqueezer takes up behind the two lines before, or at the start of a dump when there are none.
func newSqueezer(before []byte, width int, color bool) *squeezer {
	sq := &squeezer{color: color}
	if len(before) == 2*width {
		sq.last = before[width:]
		sq.starred = bytes.Equal(before[:width], sq.last)
	}
	return sq
}

// appendCanonical appends the lines of data, whose first byte has the given address. All lines are whole but the last one of the
// whole dump. A whole line that equals the one before is left out; "*" stands for a run of them.
func appendCanonical(dst []byte, addr int64, data []byte, width int, sq *squeezer) []byte {
	for len(data) >= width {
		line := data[:width]
		if sq.last != nil && bytes.Equal(line, sq.last) {
			if !sq.starred {
				dst = append(dst, '*', '\n')
				sq.starred = true
			}
			n := repeats(data, width)
			sq.last = data[n-width : n]
			data = data[n:]
			addr += int64(n)
			continue
		}
		sq.starred = false
		if width == lineWidth && addr>>32 == 0 && !sq.color {
			n := 0
			dst, n = appendCanonical16(dst, uint32(addr), data)
			sq.last = data[n-width : n]
			data = data[n:]
			addr += int64(n)
			continue
		}
		dst = sq.appendLine(dst, addr, line, width)
		sq.last = line
		data = data[width:]
		addr += int64(width)
	}
	if len(data) > 0 {
		dst = sq.appendLine(dst, addr, data, width)
	}
	return dst
}

func (sq *squeezer) appendLine(dst []byte, addr int64, line []byte, width int) []byte {
	if sq.color {
		return appendColorLine(dst, addr, line, width, false)
	}
	return appendCanonicalLine(dst, addr, line, width)
}

// repeats gives the length of the run of whole lines at the start of data that are all equal.
func repeats(data []byte, width int) int {
	// Runs of zeros are long: compare big strides with themselves shifted by one line first.
	const stride = 4096
	n := width
	for len(data)-n >= stride && bytes.Equal(data[n:n+stride-stride%width], data[n-width:n+stride-stride%width-width]) {
		n += stride - stride%width
	}
	for len(data)-n >= width && bytes.Equal(data[n:n+width], data[n-width:n]) {
		n += width
	}
	return n
}

const canonicalLine16 = 8 + 2 + 24 + 1 + 24 + 1 + 1 + 16 + 1 + 1

// appendCanonical16 appends at least one line of 16 bytes and goes on until a line repeats, data has no more whole line or the
// address leaves 32 bits. It returns how many bytes it printed.
func appendCanonical16(dst []byte, addr uint32, data []byte) ([]byte, int) {
	lines := len(data) / lineWidth
	dst = grow(dst, lines*canonicalLine16)
	out := dst[:cap(dst)]
	w, n := len(dst), 0
	var lo, hi uint64
	for i := range lines {
		src := (*[lineWidth]byte)(data[n:])
		a, b := le.Uint64(src[0:]), le.Uint64(src[8:])
		if i > 0 && (a == lo && b == hi || addr < lineWidth) {
			break
		}
		lo, hi = a, b
		o := (*[canonicalLine16]byte)(out[w:])
		putAddress8((*[8]byte)(o[0:]), addr)
		le.PutUint16(o[8:], ' '|' '<<8)
		le.PutUint32(o[10:], hexSpace[src[0]])
		le.PutUint32(o[13:], hexSpace[src[1]])
		le.PutUint32(o[16:], hexSpace[src[2]])
		le.PutUint32(o[19:], hexSpace[src[3]])
		le.PutUint32(o[22:], hexSpace[src[4]])
		le.PutUint32(o[25:], hexSpace[src[5]])
		le.PutUint32(o[28:], hexSpace[src[6]])
		le.PutUint32(o[31:], hexSpace[src[7]]|' '<<24)
		le.PutUint32(o[35:], hexSpace[src[8]])
		le.PutUint32(o[38:], hexSpace[src[9]])
		le.PutUint32(o[41:], hexSpace[src[10]])
		le.PutUint32(o[44:], hexSpace[src[11]])
		le.PutUint32(o[47:], hexSpace[src[12]])
		le.PutUint32(o[50:], hexSpace[src[13]])
		le.PutUint32(o[53:], hexSpace[src[14]])
		le.PutUint32(o[56:], hexSpace[src[15]])
		le.PutUint16(o[59:], ' '|'|'<<8)
		le.PutUint64(o[61:], printableWord(a))
		le.PutUint64(o[69:], printableWord(b))
		le.PutUint16(o[77:], '|'|'\n'<<8)
		w += canonicalLine16
		n += lineWidth
		addr += lineWidth
	}
	return out[:w], n
}

// appendCanonicalLine appends one line of at most width bytes. Groups of eight are set apart by one more space.
func appendCanonicalLine(dst []byte, addr int64, line []byte, width int) []byte {
	dst = appendAddress(dst, addr)
	dst = append(dst, ' ')
	for i := range width {
		if i%8 == 0 {
			dst = append(dst, ' ')
		}
		if i < len(line) {
			dst = append(dst, hexDigits[line[i]>>4], hexDigits[line[i]&15], ' ')
		} else {
			dst = append(dst, "   "...)
		}
	}
	dst = append(dst, ' ', '|')
	for _, c := range line {
		dst = append(dst, printableASCII(c))
	}
	return append(dst, '|', '\n')
}

// ---- xxd

const xxdLine16 = 8 + 2 + 40 + 1 + 16 + 1

// appendXxd appends the lines of data as xxd prints them: pairs of bytes, no squeezing.
func appendXxd(dst []byte, addr int64, data []byte, width int) []byte {
	if width == lineWidth && addr>>32 == 0 {
		lines := min(len(data)/lineWidth, int((1<<32-addr+lineWidth-1)/lineWidth))
		dst = grow(dst, lines*xxdLine16)
		out := dst[:cap(dst)]
		w := len(dst)
		for i := range lines {
			src := (*[lineWidth]byte)(data[i*lineWidth:])
			a, b := le.Uint64(src[0:]), le.Uint64(src[8:])
			o := (*[xxdLine16]byte)(out[w:])
			putAddress8((*[8]byte)(o[0:]), uint32(addr))
			le.PutUint16(o[8:], ':'|' '<<8)
			le.PutUint16(o[10:], hexPair[src[0]])
			le.PutUint32(o[12:], hexSpace[src[1]])
			le.PutUint16(o[15:], hexPair[src[2]])
			le.PutUint32(o[17:], hexSpace[src[3]])
			le.PutUint16(o[20:], hexPair[src[4]])
			le.PutUint32(o[22:], hexSpace[src[5]])
			le.PutUint16(o[25:], hexPair[src[6]])
			le.PutUint32(o[27:], hexSpace[src[7]])
			le.PutUint16(o[30:], hexPair[src[8]])
			le.PutUint32(o[32:], hexSpace[src[9]])
			le.PutUint16(o[35:], hexPair[src[10]])
			le.PutUint32(o[37:], hexSpace[src[11]])
			le.PutUint16(o[40:], hexPair[src[12]])
			le.PutUint32(o[42:], hexSpace[src[13]])
			le.PutUint16(o[45:], hexPair[src[14]])
			le.PutUint32(o[47:], hexSpace[src[15]]|' '<<24)
			le.PutUint64(o[51:], printableWord(a))
			le.PutUint64(o[59:], printableWord(b))
			o[67] = '\n'
			w += xxdLine16
			addr += lineWidth
		}
		dst = out[:w]
		data = data[lines*lineWidth:]
	}
	for len(data) > 0 {
		line := data[:min(width, len(data))]
		dst = appendXxdLine(dst, addr, line, width)
		data = data[len(line):]
		addr += int64(len(line))
	}
	return dst
}

func appendXxdLine(dst []byte, addr int64, line []byte, width int) []byte {
	dst = appendAddress(dst, addr)
	dst = append(dst, ':', ' ')
	for i := range width {
		if i < len(line) {
			dst = append(dst, hexDigits[line[i]>>4], hexDigits[line[i]&15])
		} else {
			dst = append(dst, ' ', ' ')
		}
		if i%2 == 1 || i == width-1 {
			dst = append(dst, ' ')
		}
	}
	dst = append(dst, ' ')
	for _, c := range line {
		dst = append(dst, printableASCII(c))
	}
	return append(dst, '\n')
}

// ---- plain

// appendPlain appends data as `xxd -p` does: width bytes of hexadecimal on a line. Windows but the last hold whole lines.
func appendPlain(dst []byte, data []byte, width int) []byte {
	for len(data) > 0 {
		line := data[:min(width, len(data))]
		data = data[len(line):]
		need := 2*len(line) + 1
		dst = grow(dst, need)
		out := dst[len(dst) : len(dst)+need]
		dst = dst[:len(dst)+need]
		for len(line) >= 4 && len(out) >= 8 {
			le.PutUint64(out, uint64(hexPair[line[0]])|uint64(hexPair[line[1]])<<16|
				uint64(hexPair[line[2]])<<32|uint64(hexPair[line[3]])<<48)
			line, out = line[4:], out[8:]
		}
		for i, c := range line {
			out[2*i], out[2*i+1] = hexDigits[c>>4], hexDigits[c&15]
		}
		out[2*len(line)] = '\n'
	}
	return dst
}
