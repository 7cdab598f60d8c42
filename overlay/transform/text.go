package transform

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// digits reads a format of text, character by character.
type digits interface {
	// add takes a character and appends the bytes that are complete; false: it is none of the format's.
	add(dst []byte, c byte) ([]byte, bool)
	// end appends what the last characters give.
	end(dst []byte) ([]byte, error)
}

// textReader decodes a format of text. White space is left out anywhere, unless spaces says that it means itself.
func textReader(spaces bool, begin func() digits) func(r *bufio.Reader) (io.Reader, error) {
	return func(r *bufio.Reader) (io.Reader, error) { return &textDecoder{r: r, d: begin(), spaces: spaces}, nil }
}

type textDecoder struct {
	r      *bufio.Reader
	d      digits
	spaces bool
	in     []byte
	out    []byte
	rest   []byte // of out
	at     int64
	err    error
}

func (t *textDecoder) Read(p []byte) (int, error) {
	if t.in == nil {
		t.in = make([]byte, 16<<10)
	}
	for len(t.rest) == 0 {
		if t.err != nil {
			return 0, t.err
		}
		n, err := t.r.Read(t.in)
		t.out = t.out[:0]
		for _, c := range t.in[:n] {
			ok := true
			if t.spaces || c != ' ' && (c < '\t' || c > '\r') {
				t.out, ok = t.d.add(t.out, c)
			}
			if !ok {
				what := fmt.Sprintf("the byte %02x", c)
				if c >= ' ' && c < 0x7f {
					what = strconv.QuoteRune(rune(c))
				}
				err = &DecodeError{Off: t.at, Err: fmt.Errorf("%s does not belong there", what)}
				break
			}
			t.at++
		}
		if err == io.EOF {
			var bad error
			if t.out, bad = t.d.end(t.out); bad != nil {
				err = &DecodeError{Off: t.at, Err: bad}
			}
		}
		t.rest, t.err = t.out, err
	}
	n := copy(p, t.rest)
	t.rest = t.rest[n:]
	return n, nil
}

// base64Digits reads base64 with or without padding (RFC 4648).
type base64Digits struct {
	alphabet string // the last two digits
	bits     uint32
	n, pads  int
}

func (d *base64Digits) add(dst []byte, c byte) ([]byte, bool) {
	v := uint32(0)
	switch {
	case c == '=':
		d.pads++
		return dst, d.pads <= 2 && d.n >= 2 && d.n+d.pads <= 4
	case d.pads > 0:
		return dst, false
	case c >= 'A' && c <= 'Z':
		v = uint32(c - 'A')
	case c >= 'a' && c <= 'z':
		v = uint32(c-'a') + 26
	case c >= '0' && c <= '9':
		v = uint32(c-'0') + 52
	default:
		k := strings.IndexByte(d.alphabet, c)
		if k < 0 {
			return dst, false
		}
		v = uint32(k) + 62
	}
	d.bits = d.bits<<6 | v
	if d.n++; d.n == 4 {
		dst = append(dst, byte(d.bits>>16), byte(d.bits>>8), byte(d.bits))
		d.n = 0
	}
	return dst, true
}

func (d *base64Digits) end(dst []byte) ([]byte, error) {
	switch {
	case d.n == 1, d.pads > 0 && d.n+d.pads != 4:
		return dst, io.ErrUnexpectedEOF
	case d.n == 2:
		dst = append(dst, byte(d.bits>>4))
	case d.n == 3:
		dst = append(dst, byte(d.bits>>10), byte(d.bits>>2))
	}
	return dst, nil
}

type hexDigits struct {
	high byte
	half bool
}

func (d *hexDigits) add(dst []byte, c byte) ([]byte, bool) {
	v, ok := hexValue(c)
	switch {
	case !ok:
		return dst, false
	case d.half:
		dst = append(dst, d.high|v)
	default:
		d.high = v << 4
	}
	d.half = !d.half
	return dst, true
}

func (d *hexDigits) end(dst []byte) ([]byte, error) {
	if d.half {
		return dst, errors.New("an odd number of digits")
	}
	return dst, nil
}

func hexValue(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10, true
	}
	return 0, false
}

// percentDigits reads percent-encoding (RFC 3986). "+" is itself.
type percentDigits struct {
	hexDigits
	left int // digits that must follow
}

func (d *percentDigits) add(dst []byte, c byte) ([]byte, bool) {
	switch {
	case d.left > 0:
		d.left--
		return d.hexDigits.add(dst, c)
	case c == '%':
		d.left = 2
		return dst, true
	}
	return append(dst, c), true
}

func (d *percentDigits) end(dst []byte) ([]byte, error) {
	if d.left > 0 {
		return dst, io.ErrUnexpectedEOF
	}
	return dst, nil
}

// percentWriter writes what is not unreserved (RFC 3986) as %XX.
type percentWriter struct{ w io.Writer }

func (p percentWriter) Write(b []byte) (int, error) {
	out := make([]byte, 0, 3*len(b))
	for _, c := range b {
		if c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0 {
			out = append(out, c)
		} else {
			const digits = "0123456789ABCDEF"
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	if _, err := p.w.Write(out); err != nil {
		return 0, err
	}
	return len(b), nil
}
