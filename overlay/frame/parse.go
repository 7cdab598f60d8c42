package frame

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"hexlay/overlay/ksy"
	"hexlay/overlay/literal"
)

// Help says how framings are written.
const Help = `a template (NAME.ksy or a built-in one), struct:FORMAT, len:OFF:WIDTH[:le][:+N], delim:HEX, delim:"TEXT", lines, or fixed:N`

// Parse reads a framing as people write it:
//
//	fixed:N                       frames of N bytes
//	struct:<2sHI[:a,b,c]          frames as long as the struct format, whose fields may have names
//	len:OFF:WIDTH[:le|be][:+N]    a length field of WIDTH bytes at OFF; the frame ends that many bytes behind it, and N more or less
//	delim:0d0a  delim:"\r\n"      frames end with these bytes
//	lines                         frames end with a line feed
//	anything else                 the name of a template, which load loads
func Parse(spec string, load func(name string) (*ksy.Schema, error)) (Cutter, error) {
	kind, rest, _ := strings.Cut(spec, ":")
	switch kind {
	case "fixed":
		n, err := strconv.ParseInt(rest, 0, 64)
		if err != nil || n <= 0 || n > MaxFrame {
			return nil, fmt.Errorf("%q: a frame has 1 to %d bytes", spec, MaxFrame)
		}
		return Fixed(n), nil
	case "struct":
		s, err := ksy.FromStruct(rest)
		if err != nil {
			return nil, err
		}
		bits, ok := s.Top.SizeBits()
		if !ok || bits < 8 {
			return nil, fmt.Errorf("%q: a frame of this format has no bytes", spec)
		}
		if strings.Contains(rest, ":") { // its fields have names that conditions may ask for
			return &Template{Schema: s, fixed: Fixed(bits / 8)}, nil
		}
		return Fixed(bits / 8), nil
	case "len":
		return parseLength(spec, rest)
	case "delim":
		b, err := literal.ParseHex(rest)
		if strings.HasPrefix(rest, `"`) {
			b, err = literal.ParsePy("b" + rest)
		}
		if err != nil {
			return nil, fmt.Errorf("%q: %w", spec, err)
		}
		if len(b) == 0 {
			return nil, fmt.Errorf("%q: a delimiter has at least one byte", spec)
		}
		return Delimiter(b), nil
	case "lines":
		if rest == "" {
			return Delimiter("\n"), nil
		}
	case "":
		return nil, errors.New("a framing is expected: " + Help)
	}
	s, err := load(spec)
	if err != nil {
		return nil, err
	}
	return NewTemplate(s)
}

func parseLength(spec, rest string) (Cutter, error) {
	bad := func(why string) (Cutter, error) {
		return nil, fmt.Errorf("%q: %s; len:OFF:WIDTH[:le][:+N] is expected, such as len:2:4:le", spec, why)
	}
	words := strings.Split(rest, ":")
	if len(words) < 2 {
		return bad("a place and a width are missing")
	}
	l := Length{}
	var err error
	if l.Off, err = strconv.ParseInt(words[0], 0, 64); err != nil || l.Off < 0 || l.Off > MaxFrame {
		return bad(fmt.Sprintf("%q is no place of a field", words[0]))
	}
	if l.Width, err = strconv.Atoi(words[1]); err != nil || l.Width < 1 || l.Width > 8 {
		return bad(fmt.Sprintf("a width of %q bytes; there are 1 to 8", words[1]))
	}
	l.Add = l.Off + int64(l.Width)
	for _, w := range words[2:] {
		switch {
		case w == "le":
			l.Little = true
		case w == "be":
		case strings.HasPrefix(w, "+"), strings.HasPrefix(w, "-"):
			n, err := strconv.ParseInt(w, 0, 64)
			if err != nil || n > MaxFrame || n < -MaxFrame {
				return bad(fmt.Sprintf("%q is no number of bytes", w))
			}
			l.Add += n
		default:
			return bad(fmt.Sprintf("%q is not known", w))
		}
	}
	return l, nil
}
