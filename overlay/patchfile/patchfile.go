// Package patchfile reads and writes patches: IPS and IPS32, BPS, UPS, and a script of lines that people can read.
//
//	Open(r, size)      → *Patch    which format it is; its own checksum is looked at
//	(*Patch).Apply(…)              the changes it makes of a file, old bytes checked where the format has them
//	Write(w, format, …)            a patch from the hunks between two files
//
// IPS knows neither the file that it is for nor its old bytes, and offsets of 24 bits (IPS32: 32). BPS and UPS carry the size
// and CRC-32 of both files. The script carries every old byte.
//
// Sources: the IPS format as romhackers describe it, with run-length records and the length behind "EOF"; byuu's
// specifications of BPS and UPS.
package patchfile

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"strings"
)

// A Format is one way to write a patch.
type Format string

const (
	IPS    Format = "ips"
	IPS32  Format = "ips32"
	BPS    Format = "bps"
	UPS    Format = "ups"
	Script Format = "hexpatch"
)

// Formats lists those that carry any change of any file within their bounds, by the file names' ending. [XXD] is one more.
func Formats() []Format { return []Format{IPS, IPS32, BPS, UPS, Script} }

// ByName finds a format by the ending of a file's name.
func ByName(name string) (Format, bool) {
	_, ext, _ := strings.Cut(name[strings.LastIndexAny(name, `/\`)+1:], ".")
	ext = strings.ToLower(ext[strings.LastIndex(ext, ".")+1:])
	if ext == "script" {
		return Script, true
	}
	for _, f := range append(Formats(), XXD) {
		if string(f) == ext {
			return f, true
		}
	}
	return "", false
}

// SameOffset tells whether the format knows only bytes at offsets: its hunks must be those of a comparison at the same
// offsets.
func (f Format) SameOffset() bool { return f != BPS && f != Script }

// An Input is a file.
type Input struct {
	R    io.ReaderAt
	Size int64
}

func (in Input) section(start, end int64) io.Reader {
	return io.NewSectionReader(in.R, start, end-start)
}

// sum gives the CRC-32 of all of it.
func (in Input) sum(ctx context.Context) (uint32, error) {
	h := crc32.NewIEEE()
	err := copyTo(ctx, h, in.section(0, in.Size))
	return h.Sum32(), err
}

// copyTo copies until the end, with a look at ctx in between.
func copyTo(ctx context.Context, w io.Writer, r io.Reader) error {
	buf := make([]byte, 256<<10)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := r.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// A Change replaces the bytes [Start,End) of the file as it was by New.
type Change struct {
	Start, End int64
	New        []byte // valid until the next
}

// A Patch is an opened patch.
type Patch struct {
	Format Format
	in     Input
	begin  int64 // of the body
	end    int64
	// Of BPS and UPS:
	sourceSize, targetSize int64
	sourceSum, targetSum   uint32
}

// ErrFormat is an error of the patch itself; ErrMismatch says that it is for another file.
var (
	ErrFormat   = errors.New("not a sound patch")
	ErrMismatch = errors.New("the patch is for another file")
)

func broken(at int64, format string, args ...any) error {
	return fmt.Errorf("%w: at 0x%x: %s", ErrFormat, at, fmt.Sprintf(format, args...))
}

// maxNew bounds how much a patch may make out of little: the copies of BPS can make any size of a few bytes.
const maxNew = 1 << 30

// Open finds out the format.
func Open(r io.ReaderAt, size int64) (*Patch, error) {
	p := &Patch{in: Input{r, size}, end: size}
	head := make([]byte, min(20, size))
	if _, err := io.ReadFull(io.NewSectionReader(r, 0, size), head); err != nil {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(head, []byte("PATCH")):
		p.Format, p.begin = IPS, 5
	case bytes.HasPrefix(head, []byte("IPS32")):
		p.Format, p.begin = IPS32, 5
	case bytes.HasPrefix(head, []byte("BPS1")), bytes.HasPrefix(head, []byte("UPS1")):
		p.Format = Format(strings.ToLower(string(head[:3])))
		return p, p.openSummed()
	case bytes.HasPrefix(head, []byte("# hexlay")):
		p.Format = Script
	case looksXxd(head):
		p.Format = XXD
	default:
		return nil, fmt.Errorf("%w: it begins with none of PATCH, IPS32, BPS1, UPS1, \"# hexlay\", nor as xxd prints", ErrFormat)
	}
	return p, nil
}

// openSummed reads the sizes and sums of BPS and UPS.
func (p *Patch) openSummed() error {
	if p.in.Size < 4+2+12 {
		return broken(p.in.Size, "it ends within its header")
	}
	var tail [12]byte
	if err := readAt(p.in, tail[:], p.in.Size-12); err != nil {
		return err
	}
	p.end = p.in.Size - 12
	p.sourceSum, p.targetSum = binary.LittleEndian.Uint32(tail[:]), binary.LittleEndian.Uint32(tail[4:])
	h := crc32.NewIEEE()
	if _, err := io.Copy(h, p.in.section(0, p.in.Size-4)); err != nil {
		return err
	}
	if want := binary.LittleEndian.Uint32(tail[8:]); h.Sum32() != want {
		return broken(p.in.Size-4, "its CRC-32 is %08x, its bytes have %08x", want, h.Sum32())
	}
	c := p.cursor(4)
	var err error
	if p.sourceSize, err = c.number(); err == nil {
		p.targetSize, err = c.number()
	}
	if err == nil && p.Format == BPS {
		var n int64
		if n, err = c.number(); err == nil && n > p.end-c.at {
			err = broken(c.at, "%d bytes of metadata, but only %d are there", n, p.end-c.at)
		}
		if err == nil {
			c.at += n
		}
	}
	p.begin = c.at
	return err
}

func readAt(in Input, b []byte, off int64) error {
	n, err := in.R.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// cursor reads a patch's body.
type cursor struct {
	r  *bufio.Reader
	p  *Patch
	at int64
}

func (p *Patch) cursor(at int64) *cursor {
	return &cursor{r: bufio.NewReader(p.in.section(at, p.end)), p: p, at: at}
}

func (c *cursor) byte() (byte, error) {
	b, err := c.r.ReadByte()
	if err == io.EOF {
		return 0, broken(c.at, "it ends too early")
	}
	c.at++
	return b, err
}

func (c *cursor) full(b []byte) error {
	n, err := io.ReadFull(c.r, b)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return broken(c.at, "%d of %d bytes are missing", len(b)-n, len(b))
	}
	c.at += int64(n)
	return err
}

// big reads an integer of n bytes, the most significant first.
func (c *cursor) big(n int) (int64, error) {
	var b [8]byte
	err := c.full(b[8-n:])
	return int64(binary.BigEndian.Uint64(b[:])), err
}

// number reads an integer of BPS and UPS: seven bits a byte, the least first, the last byte with its top bit set, and each
// length beginning where the shorter one ended.
func (c *cursor) number() (int64, error) {
	var n, shift uint64 = 0, 1
	for at := c.at; ; {
		b, err := c.byte()
		if err != nil {
			return 0, err
		}
		n += uint64(b&0x7f) * shift
		if b&0x80 != 0 {
			if n > 1<<62 {
				return 0, broken(at, "the number is too large")
			}
			return int64(n), nil
		}
		if shift <<= 7; shift > 1<<55 {
			return 0, broken(at, "the number is too large")
		}
		n += shift
	}
}

func appendNumber(dst []byte, n int64) []byte {
	for {
		x := byte(n & 0x7f)
		if n >>= 7; n == 0 {
			return append(dst, 0x80|x)
		}
		dst = append(dst, x)
		n--
	}
}

// Apply hands the changes that make the new file of old to each, ascending and apart or touching. They are good only when
// Apply returns nil: sums are known at the end.
func (p *Patch) Apply(ctx context.Context, old Input, each func(Change) error) error {
	switch p.Format {
	case IPS, IPS32:
		return p.applyIPS(ctx, old, each)
	case UPS:
		return p.applyUPS(ctx, old, each)
	case BPS:
		return p.applyBPS(ctx, old, each)
	case XXD:
		return p.applyXxd(ctx, old, each)
	}
	return p.applyScript(ctx, old, each)
}

// target sums the new file while its changes are made.
type target struct {
	ctx  context.Context
	old  Input
	h    hash.Hash32
	at   int64 // in old
	size int64
	each func(Change) error
}

func newTarget(ctx context.Context, old Input, each func(Change) error) *target {
	return &target{ctx: ctx, old: old, h: crc32.NewIEEE(), each: each}
}

// keep goes on to at with the old bytes.
func (t *target) keep(at int64) error {
	t.size += at - t.at
	err := copyTo(t.ctx, t.h, t.old.section(t.at, at))
	t.at = at
	return err
}

// change replaces the next n old bytes.
func (t *target) change(n int64, b []byte) error {
	if n == 0 && len(b) == 0 {
		return nil
	}
	t.h.Write(b)
	c := Change{t.at, t.at + n, b}
	t.at, t.size = t.at+n, t.size+int64(len(b))
	return t.each(c)
}

func (p *Patch) wrongFile(old Input, sum uint32) error {
	if old.Size != p.sourceSize {
		return fmt.Errorf("%w: it is for one of %d bytes, this has %d", ErrMismatch, p.sourceSize, old.Size)
	}
	if sum != p.sourceSum {
		return fmt.Errorf("%w: it is for one with CRC-32 %08x, this has %08x", ErrMismatch, p.sourceSum, sum)
	}
	return nil
}

func (p *Patch) checkTarget(t *target) error {
	if t.size != p.targetSize || t.h.Sum32() != p.targetSum {
		return broken(p.end, "it promises %d bytes with CRC-32 %08x, but makes %d with %08x", p.targetSize, p.targetSum, t.size, t.h.Sum32())
	}
	return nil
}
