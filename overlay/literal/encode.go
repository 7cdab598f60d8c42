package literal

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"mime/quotedprintable"
	"slices"
	"strings"
)

// Options of writing. The zero value is the notation's usual form.
type Options struct {
	// Width is the number of bytes on a line: 0 what is usual, negative everything on one line (which an [Encoder]
	// must then hold in memory). Base64 rounds it down to a multiple of 3; uuencode and quoted-printable have lines
	// of their own.
	Width int
	// Name of the variable to declare in C, Go, Python and Rust, or of the file in uuencode. Without, C, Go, Python
	// and Rust give the bare value, on one line where it fits Width.
	Name string
}

// style is how a notation of lines looks.
type style struct {
	width  int                               // bytes on a line unless told otherwise
	append func(dst, line []byte) []byte     // the bytes of one line, with what separates them
	indent string                            // before each line of a list
	single [2]string                         // around a bare value on one line
	multi  [2]string                         // around a bare value of several lines
	named  func(name string) [2]string       // around a declared value of any length
	after  func(name string, n int64) string // after the declaration
}

func styleOf(n Notation) style {
	switch n {
	case AsHex:
		return style{width: 16, append: appendSpaced}
	case AsPlain:
		return style{width: 30, append: hex.AppendEncode}
	case AsBase64:
		return style{width: 57, append: base64.StdEncoding.AppendEncode}
	case AsC:
		return style{width: 12, append: appendNumbers, indent: "  ", single: [2]string{"{", "}"}, multi: [2]string{"{\n", "}"},
			named: func(name string) [2]string { return [2]string{"unsigned char " + name + "[] = {\n", "};\n"} },
			after: func(name string, n int64) string { return fmt.Sprintf("unsigned int %s_len = %d;\n", name, n) }}
	case AsGo:
		return style{width: 12, append: appendNumbers, indent: "\t", single: [2]string{"[]byte{", "}"}, multi: [2]string{"[]byte{\n", "}"},
			named: func(name string) [2]string { return [2]string{"var " + name + " = []byte{\n", "}\n"} }}
	case AsRust:
		return style{width: 12, append: appendNumbers, indent: "    ", single: [2]string{"[", "]"}, multi: [2]string{"[\n", "]"},
			named: func(name string) [2]string {
				return [2]string{"pub const " + strings.ToUpper(name) + ": &[u8] = &[\n", "];\n"}
			}}
	case AsPython:
		return style{width: 16, append: appendPy, indent: "    ", multi: [2]string{"(\n", ")"},
			named: func(name string) [2]string { return [2]string{name + " = (\n", ")\n"} }}
	}
	return style{}
}

// Format writes b in a notation. The text of several lines has no line end after the last one, except for
// declarations, uuencode and quoted-printable.
func Format(n Notation, b []byte, o Options) string {
	var buf bytes.Buffer
	e := NewEncoder(&buf, n, o)
	_, err := e.Write(b)
	if err == nil {
		err = e.Close()
	}
	if err != nil {
		return "" // a notation that is only read; a buffer does not fail
	}
	s := buf.String()
	if o.Name == "" && n != AsUU && n != AsQP {
		s = strings.TrimSuffix(s, "\n")
	}
	return s
}

// Encoder writes a stream of bytes in a notation, as text that ends with a line end. Close completes the text; it does
// not close the writer below.
type Encoder struct {
	w       io.Writer
	n       Notation
	o       Options
	style   style
	width   int
	line    []byte // bytes of a line that is not full yet
	out     []byte
	total   int64
	started bool // the opening is written
	qp      *quotedprintable.Writer
	err     error
}

// flushAt is when collected text goes to the writer.
const flushAt = 1 << 16

// NewEncoder begins a text of notation n on w.
func NewEncoder(w io.Writer, n Notation, o Options) *Encoder {
	e := &Encoder{w: w, n: n, o: o, style: styleOf(n)}
	e.width = o.Width
	if e.width == 0 {
		e.width = e.style.width
	}
	switch n {
	case AsBase64:
		if e.width > 0 {
			e.width = max(3, e.width/3*3)
		}
	case AsUU:
		e.width = uuLine
	case AsQP:
		e.qp = quotedprintable.NewWriter(w)
		e.qp.Binary = true
	case AsHex, AsPlain, AsC, AsGo, AsPython, AsRust:
	default:
		e.err = fmt.Errorf("%v cannot be written", n)
	}
	return e
}

// Write encodes b. The error is the writer's.
func (e *Encoder) Write(b []byte) (int, error) {
	if e.err != nil {
		return 0, e.err
	}
	n := len(b)
	e.total += int64(n)
	if e.qp != nil {
		_, e.err = e.qp.Write(b)
		return n, e.err
	}
	if e.width < 0 {
		e.line = append(e.line, b...)
		return n, nil
	}
	// A bare value that fits one line is written in another form, so the first line waits for a byte after it.
	for len(b) > 0 {
		if len(e.line) == 0 && e.started && len(b) >= e.width {
			e.writeLine(b[:e.width])
			b = b[e.width:]
		} else {
			if len(e.line) == e.width {
				e.start()
				e.writeLine(e.line)
				e.line = e.line[:0]
				continue
			}
			k := min(e.width-len(e.line), len(b))
			e.line = append(e.line, b[:k]...)
			b = b[k:]
		}
	}
	return n, e.err
}

// start writes the opening of a text of several lines.
func (e *Encoder) start() {
	if e.started {
		return
	}
	e.started = true
	switch {
	case e.n == AsUU:
		name := e.o.Name
		if name == "" {
			name = "data"
		}
		e.out = append(e.out, "begin 644 "+name+"\n"...)
	case e.o.Name != "" && e.style.named != nil:
		e.out = append(e.out, e.style.named(e.o.Name)[0]...)
	default:
		e.out = append(e.out, e.style.multi[0]...)
	}
}

func (e *Encoder) writeLine(line []byte) {
	if e.n == AsUU {
		e.out = appendUU(e.out, line)
	} else {
		e.out = append(e.out, e.style.indent...)
		e.out = e.style.append(e.out, line)
		if e.style.indent != "" && e.n != AsPython {
			e.out = append(e.out, ',')
		}
		e.out = append(e.out, '\n')
	}
	if len(e.out) >= flushAt {
		e.flush()
	}
}

func (e *Encoder) flush() {
	if e.err == nil && len(e.out) > 0 {
		_, e.err = e.w.Write(e.out)
	}
	e.out = e.out[:0]
}

// Close writes what remains of the text.
func (e *Encoder) Close() error {
	if e.err != nil {
		return e.err
	}
	declared := e.o.Name != "" && e.style.named != nil
	switch {
	case e.qp != nil:
		return e.qp.Close()
	case e.n == AsUU:
		e.start()
		if len(e.line) > 0 {
			e.writeLine(e.line)
		}
		e.out = append(e.out, " \nend\n"...)
	case !e.started && !declared:
		e.out = append(e.out, e.style.single[0]...)
		e.out = e.style.append(e.out, e.line)
		e.out = append(e.out, e.style.single[1]...)
		if e.total > 0 || e.style.indent != "" {
			e.out = append(e.out, '\n')
		}
	case declared && e.n == AsPython && !e.started:
		e.out = append(e.out, e.o.Name+" = "...)
		e.out = append(appendPy(e.out, e.line), '\n')
	default:
		e.start()
		if len(e.line) > 0 {
			e.writeLine(e.line)
		}
		if declared {
			e.out = append(e.out, e.style.named(e.o.Name)[1]...)
			if e.style.after != nil {
				e.out = append(e.out, e.style.after(e.o.Name, e.total)...)
			}
		} else if e.style.indent != "" {
			e.out = append(e.out, e.style.multi[1]+"\n"...)
		}
	}
	e.flush()
	return e.err
}

// hexNumbers holds "0x89, " for every byte as eight characters to be stored at once, six of which count.
var hexNumbers = func() (t [256]uint64) {
	for i := range t {
		t[i] = binary.LittleEndian.Uint64(fmt.Appendf(nil, "0x%02x,   ", i))
	}
	return t
}()

// hexSpaced holds "89 ", three of four characters.
var hexSpaced = func() (t [256]uint32) {
	for i := range t {
		t[i] = binary.LittleEndian.Uint32(fmt.Appendf(nil, "%02x  ", i))
	}
	return t
}()

// appendNumbers appends "0x89, 0x50".
func appendNumbers(dst, b []byte) []byte {
	n := len(dst)
	dst = slices.Grow(dst, 6*len(b)+2)
	dst = dst[:cap(dst)]
	for _, c := range b {
		binary.LittleEndian.PutUint64(dst[n:], hexNumbers[c])
		n += 6
	}
	if len(b) > 0 {
		n -= len(", ")
	}
	return dst[:n]
}

// appendSpaced appends "89 50".
func appendSpaced(dst, b []byte) []byte {
	n := len(dst)
	dst = slices.Grow(dst, 3*len(b)+1)
	dst = dst[:cap(dst)]
	for _, c := range b {
		binary.LittleEndian.PutUint32(dst[n:], hexSpaced[c])
		n += 3
	}
	if len(b) > 0 {
		n -= len(" ")
	}
	return dst[:n]
}
