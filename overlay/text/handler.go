package text

import (
	"fmt"
	"strconv"
)

// Handler says what happens to bytes that are no text, or to characters that have no bytes. The zero value is Strict.
type Handler uint8

// The handlers of Python's codecs module. The last two are for encoding only.
const (
	Strict            Handler = iota // an error
	Ignore                           // drop them
	Replace                          // U+FFFD when decoding, "?" when encoding
	BackslashReplace                 // \xNN for a byte; \xNN, \uNNNN or \UNNNNNNNN for a character
	SurrogateEscape                  // bytes 80..FF are U+DC80..U+DCFF and come back as themselves
	SurrogatePass                    // UTF-8, UTF-16 and UTF-32 code surrogates like other characters
	XMLCharRefReplace                // &#NNN;
	NameReplace                      // \N{UNICODE NAME}
)

var handlerNames = [...]string{"strict", "ignore", "replace", "backslashreplace", "surrogateescape", "surrogatepass",
	"xmlcharrefreplace", "namereplace"}

// String is Python's name of the handler.
func (h Handler) String() string {
	if int(h) < len(handlerNames) {
		return handlerNames[h]
	}
	return "handler " + strconv.Itoa(int(h))
}

// Handlers returns the names of all handlers, those for encoding only at the end.
func Handlers() []string { return append([]string(nil), handlerNames[:]...) }

// LookupHandler finds a handler by Python's name. A handler that only encodes is not found for decoding, where
// Python raises a TypeError at the first bad byte. The error is an *UnknownError.
func LookupHandler(name string, encoding bool) (Handler, error) {
	usable := handlerNames[:XMLCharRefReplace]
	if encoding {
		usable = handlerNames[:]
	}
	for i, n := range handlerNames {
		if n != name {
			continue
		}
		if i >= len(usable) {
			return Strict, &UnknownError{Kind: "error handler", Name: name, Hint: "it only encodes"}
		}
		return Handler(i), nil
	}
	return Strict, &UnknownError{Kind: "error handler", Name: name, Near: nearest(name, usable, func(n string) string { return n })}
}

// decoded appends what the handler makes of the bad bytes src[start:end] and returns where decoding goes on. ok is
// false when the handler gives up and the error stands. enc is the name in the error: like CPython's, surrogatepass
// knows its codecs by it.
func (h Handler) decoded(dst []byte, enc string, src []byte, start, end int) (out []byte, next int, ok bool) {
	switch h {
	case Ignore:
		return dst, end, true
	case Replace:
		return append(dst, 0xEF, 0xBF, 0xBD), end, true
	case BackslashReplace:
		for _, b := range src[start:end] {
			dst = append(dst, '\\', 'x', hexDigits[b>>4], hexDigits[b&15])
		}
		return dst, end, true
	case SurrogateEscape:
		n := start
		for n < end && n < start+4 && src[n] >= 0x80 {
			dst = AppendRune(dst, 0xDC00+rune(src[n]))
			n++
		}
		return dst, n, n > start
	case SurrogatePass:
		r, w := rawSurrogate(enc, src[start:])
		if w == 0 {
			return dst, start, false
		}
		return AppendRune(dst, r), start + w, true
	}
	return dst, start, false
}

const hexDigits = "0123456789abcdef"

// passWidth is how many bytes surrogatepass reads in a codec, 0 where it does nothing.
func passWidth(enc string) int {
	switch enc {
	case "utf-8":
		return 3
	case "utf-16", "utf-16-le", "utf-16-be":
		return 2
	case "utf-32", "utf-32-le", "utf-32-be":
		return 4
	}
	return 0
}

// rawSurrogate reads a surrogate coded as if it were a character, or returns width 0.
func rawSurrogate(enc string, b []byte) (rune, int) {
	w := passWidth(enc)
	if w == 0 || len(b) < w {
		return 0, 0
	}
	var r uint32
	switch enc {
	case "utf-8":
		if b[0]&0xF0 == 0xE0 && b[1]&0xC0 == 0x80 && b[2]&0xC0 == 0x80 {
			r = uint32(b[0]&0xF)<<12 | uint32(b[1]&0x3F)<<6 | uint32(b[2]&0x3F)
		}
	case "utf-16", "utf-16-le":
		r = uint32(b[0]) | uint32(b[1])<<8
	case "utf-16-be":
		r = uint32(b[1]) | uint32(b[0])<<8
	case "utf-32", "utf-32-le":
		r = uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
	case "utf-32-be":
		r = uint32(b[3]) | uint32(b[2])<<8 | uint32(b[1])<<16 | uint32(b[0])<<24
	}
	if r&^0x7FF != 0xD800 {
		return 0, 0
	}
	return rune(r), w
}

// replacement is the ASCII text that the handler puts in place of characters when encoding. ok is false for the
// handlers that do not replace by text.
func (h Handler) replacement(chars []rune) (text []byte, ok bool) {
	switch h {
	case Replace:
		for range chars {
			text = append(text, '?')
		}
	case BackslashReplace:
		for _, r := range chars {
			text = appendBackslash(text, r)
		}
	case XMLCharRefReplace:
		for _, r := range chars {
			text = append(strconv.AppendInt(append(text, "&#"...), int64(r), 10), ';')
		}
	case NameReplace:
		for _, r := range chars {
			if name, ok := Name(r); ok {
				text = append(append(append(text, `\N{`...), name...), '}')
			} else {
				text = appendBackslash(text, r)
			}
		}
	default:
		return nil, false
	}
	return text, true
}

func appendBackslash(dst []byte, r rune) []byte {
	switch {
	case r < 0x100:
		return fmt.Appendf(dst, `\x%02x`, r)
	case r < 0x10000:
		return fmt.Appendf(dst, `\u%04x`, r)
	}
	return fmt.Appendf(dst, `\U%08x`, r)
}

// passed is what surrogatepass makes of surrogates in a codec, or nil when it gives up.
func passed(enc string, chars []rune) []byte {
	var out []byte
	for _, r := range chars {
		if !isSurrogate(r) {
			return nil
		}
		lo, hi := byte(r), byte(r>>8)
		switch enc {
		case "utf-8":
			out = AppendRune(out, r)
		case "utf-16", "utf-16-le":
			out = append(out, lo, hi)
		case "utf-16-be":
			out = append(out, hi, lo)
		case "utf-32", "utf-32-le":
			out = append(out, lo, hi, 0, 0)
		case "utf-32-be":
			out = append(out, 0, 0, hi, lo)
		default:
			return nil
		}
	}
	return out
}

// escaped is what surrogateescape makes of characters: the bytes of the leading ones that stand for bytes.
func escaped(chars []rune) []byte {
	var out []byte
	for _, r := range chars {
		if r < 0xDC80 || r > 0xDCFF {
			break
		}
		out = append(out, byte(r))
	}
	return out
}
