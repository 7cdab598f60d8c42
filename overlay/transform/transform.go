// Package transform turns bytes into others: filling, arithmetic with a key or an expression, shifting and rotating bits,
// reordering, and encoding and decoding of text and compression formats.
//
//	Parse("xor", "de ad") → *Op → Open(data, size, 0) → io.Reader
//
// An operation reads its bytes through an io.ReaderAt and gives the result as a stream, in memory that does not depend on
// how many bytes there are. Most results are as long as what they come from ([Op.SameSize]) and are made block by block, each
// for itself. What a decoder makes is bounded, for a few compressed bytes can stand for any number.
//
// The package knows nothing of documents, ranges or files.
package transform

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// Info describes an operation for people.
type Info struct {
	Name  string
	Args  string // what stands behind the name; "" for nothing
	Help  string // one line; a capital letter, no full stop
	parse func(o *Op, args string) error
}

// List is all operations, in the order in which they are shown. It is made anew for each caller.
func List() []Info { return slices.Clone(operations()) }

func operations() []Info {
	return []Info{
		{"fill", "[UNIT] BYTES | [UNIT] = EXPRESSION", "Fill with bytes, repeated, or with an expression: fill de ad, fill = i & 255, fill u2le = b * 2", arithmetic(setUnit)},
		{"xor", "[UNIT] BYTES | [UNIT] = EXPRESSION", `XOR with a key, repeated, or with an expression: xor 5a, xor "secret", xor = i`, arithmetic(func(a, b uint64) uint64 { return a ^ b })},
		{"and", "[UNIT] BYTES | [UNIT] = EXPRESSION", "AND with a mask, repeated, or with an expression: and 7f", arithmetic(func(a, b uint64) uint64 { return a & b })},
		{"or", "[UNIT] BYTES | [UNIT] = EXPRESSION", "OR with a mask, repeated, or with an expression: or 80", arithmetic(func(a, b uint64) uint64 { return a | b })},
		{"add", "[UNIT] BYTES | [UNIT] = EXPRESSION", "Add a key, repeated, or an expression, each unit by itself: add 01, add u4le = 1000", arithmetic(func(a, b uint64) uint64 { return a + b })},
		{"subtract", "[UNIT] BYTES | [UNIT] = EXPRESSION", "Subtract a key, repeated, or an expression: subtract 01, subtract u2be = i", arithmetic(func(a, b uint64) uint64 { return a - b })},
		{"shift-bits", "left|right N [UNIT]", "Shift the bits of all bytes as one row, or of each unit: shift-bits left 3, shift-bits right 1 u2le", parseShift(false)},
		{"rotate-bits", "left|right N [UNIT]", "Rotate the bits of all bytes as one row, or of each unit: rotate-bits left 4 u1", parseShift(true)},
		{"invert", "", "Invert every bit", parseInvert},
		{"reverse-bytes", "", "Reverse the order of the bytes", parseReverseBytes},
		{"reverse-bits", "", "Reverse the order of the bits in each byte", parseReverseBits},
		{"swap-bytes", "2|4|8", "Reverse the bytes in units of 2, 4 or 8: the other byte order", parseSwap},
		{"random", "[SEED]", "Random bytes; the same ones every time for one SEED, which is no secret", parseRandom},
		{"encode", "FORMAT [LEVEL]", "Encode as " + formatNames(", ") + ": encode base64, encode zstd 19", parseEncode},
		{"decode", "FORMAT [LIMIT]", "Decode " + formatNames(", ") + "; at most LIMIT bytes come of it: decode gzip 8G", parseDecode},
	}
}

// Lookup finds an operation by its name.
func Lookup(name string) (Info, bool) {
	for _, info := range operations() {
		if info.Name == name {
			return info, true
		}
	}
	return Info{}, false
}

// An Op is one operation, ready to be used any number of times, on any goroutine.
type Op struct {
	name, args string
	unit       int // whose bytes belong together; the number of bytes must be a multiple of it
	// block fills b with the result's bytes from off on. off is a multiple of blockSize.
	block func(b []byte, off int64, in input) error
	// stream gives a result of another length; one of the two is nil.
	stream func(in input) io.Reader
	// pattern is what is repeated, of an operation that looks at no byte.
	pattern []byte
}

// input is what an operation works on.
type input struct {
	io.ReaderAt
	size int64
	at   int64 // where the bytes stand in the whole, for expressions
}

// BlockSize is how many bytes are made at once: a multiple of every unit.
const BlockSize = 64 << 10

const blockSize = BlockSize

// Parse makes the operation ready. An error says in one line what is wrong with the arguments.
func Parse(name, args string) (*Op, error) {
	info, ok := Lookup(name)
	if !ok {
		var names []string
		for _, i := range operations() {
			names = append(names, i.Name)
		}
		return nil, fmt.Errorf("there is no operation %q: %s", name, strings.Join(names, ", "))
	}
	if !strings.Contains(info.Args, "BYTES") || strings.TrimSpace(args) == "" {
		args = strings.TrimSpace(args)
	}
	args = strings.TrimLeft(args, " \t") // spaces at the end may be a part of text whose quote is not closed
	o := &Op{name: name, args: args, unit: 1}
	switch {
	case args != "" && info.Args == "":
		return nil, fmt.Errorf("%s takes no arguments, not %q", name, args)
	case args == "" && info.Args != "" && info.Args[0] != '[' || args == "" && strings.Contains(info.Args, "|"):
		return nil, fmt.Errorf("%s: an argument is missing: %s %s", name, name, info.Args)
	}
	if err := info.parse(o, args); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return o, nil
}

// String is the operation as it was written.
func (o *Op) String() string { return strings.TrimSpace(o.name + " " + o.args) }

// SameSize tells whether the result has as many bytes as what it is made from.
func (o *Op) SameSize() bool { return o.stream == nil }

// Pattern is what the result repeats from its first byte on; nil for a result that depends on the bytes or their places.
func (o *Op) Pattern() []byte { return o.pattern }

// Fits tells what is wrong with using the operation on so many bytes.
func (o *Op) Fits(size int64) error {
	if size%int64(o.unit) != 0 {
		return fmt.Errorf("%s: a size of %d is not a whole number of units of %d bytes", o.name, size, o.unit)
	}
	return nil
}

// Open gives the result for the size bytes of data; at is where they stand in the whole, the "off" of expressions. Errors
// of data come as they are; a *DecodeError says that the bytes are not what the operation needs.
func (o *Op) Open(data io.ReaderAt, size, at int64) (io.Reader, error) {
	if err := o.Fits(size); err != nil {
		return nil, err
	}
	in := input{data, size, at}
	if o.stream != nil {
		return o.stream(in), nil
	}
	return &blocks{o: o, in: in}, nil
}

// Block makes the result's bytes from off on, a multiple of BlockSize, for the size bytes of data as in Open: BlockSize of them or as
// many as there are. The operation must be of the same size. Many blocks may be made at once.
func (o *Op) Block(b []byte, off int64, data io.ReaderAt, size, at int64) error {
	return o.block(b, off, input{data, size, at})
}

// Head gives the first n bytes of the result, or all if it has fewer, for little work.
func (o *Op) Head(data io.ReaderAt, size, at int64, n int) ([]byte, error) {
	if err := o.Fits(size); err != nil {
		return nil, err
	}
	in := input{data, size, at}
	if o.stream != nil {
		b := make([]byte, n)
		k, err := io.ReadFull(o.stream(in), b)
		if err == io.EOF || err == io.ErrUnexpectedEOF || k > 0 {
			err = nil
		}
		return b[:k], err
	}
	whole := (n + o.unit - 1) / o.unit * o.unit
	b := make([]byte, min(int64(whole), size))
	if err := o.block(b, 0, in); err != nil {
		return nil, err
	}
	return b[:min(n, len(b))], nil
}

// blocks reads the result of an operation block by block.
type blocks struct {
	o    *Op
	in   input
	next int64 // where the next block begins
	buf  []byte
	rest []byte // of buf
}

func (r *blocks) Read(p []byte) (int, error) {
	if len(r.rest) == 0 {
		if r.next >= r.in.size {
			return 0, io.EOF
		}
		n := min(blockSize, r.in.size-r.next)
		into := p
		if int64(len(p)) < n {
			if r.buf == nil {
				r.buf = make([]byte, blockSize)
			}
			into = r.buf
		}
		into = into[:n]
		if err := r.o.block(into, r.next, r.in); err != nil {
			return 0, err
		}
		r.next += n
		if int64(len(p)) >= n {
			return int(n), nil
		}
		r.rest = into
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// read fills b from off on; less is an error.
func (in input) read(b []byte, off int64) error {
	if n, err := in.ReadAt(b, off); n < len(b) {
		if err == nil || err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		return err
	}
	return nil
}

// each makes an operation of what it does to the bytes of a block in place.
func each(f func(b []byte, off int64, in input) error) func([]byte, int64, input) error {
	return func(b []byte, off int64, in input) error {
		if err := in.read(b, off); err != nil {
			return err
		}
		return f(b, off, in)
	}
}
