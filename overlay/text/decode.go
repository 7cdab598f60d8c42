package text

import "slices"

// Decode appends the text of src to dst as WTF-8. The error is a *DecodeError; what was decoded before it is returned
// with it.
func (c *Codec) Decode(dst, src []byte, h Handler) ([]byte, error) {
	d := Decoder{c: c, eng: c.engine(), h: h}
	dst, _, err := d.decode(dst, src, 0, true, nil)
	return dst, err
}

// Decoder decodes a stream piece by piece. Its memory does not grow with the stream: it keeps the bytes of an unfinished
// sequence, a few in every codec but UTF-7, where it is the open shift sequence up to 64 KiB; of an error that spans more
// than that it has the right positions but only the last bytes. It is not safe for several goroutines.
type Decoder struct {
	c    *Codec
	eng  engine
	h    Handler
	st   state
	off  int    // where the piece being decoded starts in the stream
	keep []byte // the end of the stream so far, which an error may still name or a sequence still needs
	at   int    // how much of keep has been decoded
	err  error
}

// NewDecoder starts decoding a stream.
func (c *Codec) NewDecoder(h Handler) *Decoder { return &Decoder{c: c, eng: c.engine(), h: h} }

// Decode appends the text of the next piece of the stream to dst. final says that it is the last piece, which may be
// empty. Positions in the error, a *DecodeError, count from the start of the stream. After an error every call returns it.
func (d *Decoder) Decode(dst, src []byte, final bool) ([]byte, error) {
	if d.err != nil {
		return dst, d.err
	}
	// The kept bytes are continued with as little of src as completes their sequence, so that src is not copied whole.
	for len(d.keep) > 0 && (len(src) > 0 || final) {
		kept := len(d.keep)
		n := min(len(src), max(64, kept))
		buf := append(d.keep, src[:n]...)
		var at int
		dst, at, d.err = d.decode(dst, buf, d.at, final && n == len(src), nil)
		if d.err != nil {
			return dst, d.err
		}
		from := d.needed(at)
		if n == len(src) || from < kept {
			d.off += from
			d.keep = append([]byte(nil), buf[from:]...)
			d.at = at - from
			src = src[n:]
			if final && len(src) == 0 {
				return dst, nil
			}
			continue
		}
		// All that is still needed is in src.
		d.off += kept
		from -= kept
		at -= kept
		d.keep, d.at = nil, 0
		return d.whole(dst, src, from, at, final)
	}
	if len(d.keep) > 0 {
		return dst, nil
	}
	return d.whole(dst, src, 0, 0, final)
}

// whole decodes src from at and keeps what is needed of it.
func (d *Decoder) whole(dst, src []byte, from, at int, final bool) ([]byte, error) {
	dst, at, d.err = d.decode(dst, src, at, final, nil)
	if d.err != nil {
		return dst, d.err
	}
	from = d.needed(at)
	d.keep = append(d.keep[:0], src[from:]...)
	d.at = at - from
	d.off += from
	return dst, nil
}

// maxShift bounds the bytes kept of an open UTF-7 shift sequence.
const maxShift = 1 << 16

// needed is the first byte that later errors may name when all before at is decoded.
func (d *Decoder) needed(at int) int {
	if d.st.base64 {
		return max(at-min(d.st.since, maxShift), 0)
	}
	return at
}

// sink takes the characters of Chars: text from the bytes [start, end) of the input.
type sink interface {
	char(start, end int, r, r2 rune)
	entry(start, end int, text string)
	replaced(start, end int, text []byte, reason string)
}

// decode decodes src[at:] and returns how far it came, which without final may be before the end of src. With a sink
// characters go there and dst stays as it is.
func (d *Decoder) decode(dst, src []byte, at int, final bool, to sink) ([]byte, int, error) {
	var fast func(dst, src []byte, at int, st *state) ([]byte, int)
	if to == nil {
		if r, ok := d.eng.(replaceRunner); ok && d.h == Replace {
			fast = r.runReplace
		} else if r, ok := d.eng.(runner); ok {
			fast = r.run
		}
	}
	for {
		if fast != nil {
			dst, at = fast(dst, src, at, &d.st)
		}
		var u unit
		if at < len(src) {
			u = d.eng.step(src, at, &d.st, final)
		} else if e, ok := d.eng.(ender); ok && final {
			if u = e.end(src, &d.st); u.bad == "" {
				return dst, at, nil
			}
		} else {
			return dst, at, nil
		}
		switch {
		case u.more:
			return dst, at, nil
		case u.bad != "" && d.h == Replace && to == nil && u.bad != internalReason:
			dst = append(dst, 0xEF, 0xBF, 0xBD) // as handle does, which costs more
		case u.bad != "":
			var err error
			next := at
			dst, next, err = d.handle(dst, src, at+u.start, at+u.n, u.bad, final, to)
			if err != nil {
				return dst, at, err
			}
			if next < 0 {
				return dst, at, nil
			}
			at = next
			continue
		case u.text != "" && to != nil:
			to.entry(at, at+u.n, u.text)
		case u.text != "":
			dst = append(dst, u.text...)
		case to != nil:
			to.char(at, at+u.n, u.r, u.r2)
		default:
			if u.r >= 0 {
				dst = AppendRune(dst, u.r)
			}
			if u.r2 >= 0 {
				dst = AppendRune(dst, u.r2)
			}
		}
		at += u.n
	}
}

// handle gives the error at src[start:end] to the handler and returns where decoding goes on, or -1 when the handler
// has to see bytes that are not in src yet.
func (d *Decoder) handle(dst, src []byte, start, end int, reason string, final bool, to sink) ([]byte, int, error) {
	enc := d.c.errName
	if d.st.enc != "" {
		enc = d.st.enc
	}
	first := start
	start = max(start, 0)
	if d.h == SurrogatePass && !final && len(src)-start < passWidth(enc) {
		return dst, -1, nil
	}
	if reason != internalReason {
		n := len(dst)
		out, next, ok := d.h.decoded(dst, enc, src, start, end)
		if ok && to != nil {
			to.replaced(start, next, out[n:], reason)
			return out[:n], next, nil
		} else if ok {
			return out, next, nil
		}
	}
	return dst, start, &DecodeError{
		Encoding: enc, Reason: reason, Base: d.st.base,
		Start: d.off + first - d.st.base, End: d.off + end - d.st.base,
		Bytes: slices.Clone(src[start:end]),
	}
}
