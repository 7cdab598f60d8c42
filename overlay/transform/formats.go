package transform

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// A format is a way to write bytes as text, or a compression.
type format struct {
	name   string
	levels [2]int // of a compression, the least and the most; 0, 0 for none
	encode func(w io.Writer, level int) (io.WriteCloser, error)
	decode func(r *bufio.Reader) (io.Reader, error)
	exact  bool // decode reads no byte behind the end of its stream

	// head tells what is wrong in the first bytes, and in which of them; nil where nothing is.
	head    func(b []byte) *DecodeError
	trailer int64 // the length of what stands behind the data, their checksum first
}

var formats = []format{
	{name: "base64", encode: base64Writer(base64.StdEncoding), decode: textReader(false, func() digits { return &base64Digits{alphabet: "+/"} })},
	{name: "base64url", encode: base64Writer(base64.RawURLEncoding), decode: textReader(false, func() digits { return &base64Digits{alphabet: "-_"} })},
	{name: "hex", encode: func(w io.Writer, _ int) (io.WriteCloser, error) { return plainWriter{hex.NewEncoder(w)}, nil },
		decode: textReader(false, func() digits { return new(hexDigits) })},
	{name: "url", encode: func(w io.Writer, _ int) (io.WriteCloser, error) { return plainWriter{percentWriter{w}}, nil },
		decode: textReader(true, func() digits { return new(percentDigits) })},
	{name: "deflate", levels: [2]int{1, 9}, exact: true,
		encode: func(w io.Writer, level int) (io.WriteCloser, error) { return flate.NewWriter(w, level) },
		decode: func(r *bufio.Reader) (io.Reader, error) { return flate.NewReader(r), nil }},
	{name: "zlib", levels: [2]int{1, 9}, exact: true,
		encode: func(w io.Writer, level int) (io.WriteCloser, error) { return zlib.NewWriterLevel(w, level) },
		head:   zlibHead, trailer: 4,
		decode: func(r *bufio.Reader) (io.Reader, error) { return zlib.NewReader(r) }},
	{name: "gzip", levels: [2]int{1, 9}, exact: true,
		encode: func(w io.Writer, level int) (io.WriteCloser, error) { return gzip.NewWriterLevel(w, level) },
		head:   magic(0x1f, 0x8b, 8), trailer: 8,
		decode: newGzipMembers},
	{name: "zstd", levels: [2]int{1, 22}, head: zstdHead,
		encode: func(w io.Writer, level int) (io.WriteCloser, error) {
			l := zstd.SpeedDefault
			if level > 0 {
				l = zstd.EncoderLevelFromZstd(level)
			}
			return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(l))
		},
		decode: func(r *bufio.Reader) (io.Reader, error) {
			return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(1<<62))
		}},
}

// magic makes a check of bytes that each stream begins with.
func magic(want ...byte) func([]byte) *DecodeError {
	return func(b []byte) *DecodeError {
		for i := range min(len(b), len(want)) {
			if b[i] != want[i] {
				return &DecodeError{Off: int64(i), Err: fmt.Errorf("the header begins with %x, not with %x", b[:i+1], want[:i+1])}
			}
		}
		return nil
	}
}

// zlibHead checks the two bytes of RFC 1950.
func zlibHead(b []byte) *DecodeError {
	switch {
	case len(b) > 0 && b[0]&15 != 8:
		return &DecodeError{Err: fmt.Errorf("the header's %02x tells of method %d, not 8", b[0], b[0]&15)}
	case len(b) > 0 && b[0]>>4 > 7:
		return &DecodeError{Err: fmt.Errorf("the header's %02x tells of a window above 32 KiB", b[0])}
	case len(b) > 1 && (int(b[0])<<8|int(b[1]))%31 != 0:
		return &DecodeError{Off: 1, Err: fmt.Errorf("the header %x does not check: it is no multiple of 31", b[:2])}
	case len(b) > 1 && b[1]&0x20 != 0:
		return &DecodeError{Off: 1, Err: errors.New("the data need a dictionary that is not among them")}
	}
	return nil
}

// zstdHead checks the magic of a frame, or of one to be skipped.
func zstdHead(b []byte) *DecodeError {
	if len(b) > 0 && b[0]&0xf0 == 0x50 {
		return magic(b[0], 0x2a, 0x4d, 0x18)(b)
	}
	return magic(0x28, 0xb5, 0x2f, 0xfd)(b)
}

// gzipMembers reads one member after another, as long as another one begins.
type gzipMembers struct {
	r *bufio.Reader
	z *gzip.Reader
}

func newGzipMembers(r *bufio.Reader) (io.Reader, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	return &gzipMembers{r, z}, nil
}

func (g *gzipMembers) Read(p []byte) (int, error) {
	n, err := g.z.Read(p)
	for err == io.EOF && n == 0 {
		if b, _ := g.r.Peek(3); !bytes.Equal(b, []byte{0x1f, 0x8b, 8}) {
			return 0, err
		}
		if err = g.z.Reset(g.r); err != nil {
			return 0, err
		}
		g.z.Multistream(false)
		n, err = g.z.Read(p)
	}
	if n > 0 && err == io.EOF { // perhaps of this member only
		err = nil
	}
	return n, err
}

// maxWindow bounds the memory that a zstd frame may ask for; zstd's own tool stops at 128 MiB too unless told otherwise.
const maxWindow = 128 << 20

// Formats names what encode and decode know.
func Formats() (names []string) {
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

func formatNames(sep string) string {
	return "base64" + sep + "base64url" + sep + "hex" + sep + "url" + sep + "deflate" + sep + "zlib" + sep + "gzip" + sep + "zstd"
}

func lookupFormat(name string) (*format, error) {
	for i := range formats {
		if formats[i].name == name {
			return &formats[i], nil
		}
	}
	return nil, fmt.Errorf("there is no format %q: %s", name, formatNames(", "))
}

// plainWriter is a writer that needs no end.
type plainWriter struct{ io.Writer }

func (plainWriter) Close() error { return nil }

func base64Writer(e *base64.Encoding) func(io.Writer, int) (io.WriteCloser, error) {
	return func(w io.Writer, _ int) (io.WriteCloser, error) { return base64.NewEncoder(e, w), nil }
}

func parseEncode(o *Op, args string) error {
	name, rest, _ := strings.Cut(args, " ")
	f, err := lookupFormat(name)
	if err != nil {
		return err
	}
	level := 0
	if f.levels[1] > 0 {
		level = -1 // what the format takes for itself
	}
	if rest = strings.TrimSpace(rest); rest != "" {
		level, err = strconv.Atoi(rest)
		if err != nil || level < f.levels[0] || level > f.levels[1] {
			if f.levels[1] == 0 {
				return fmt.Errorf("%s has no levels, not %q", name, rest)
			}
			return fmt.Errorf("level %q of %s; want %d to %d", rest, name, f.levels[0], f.levels[1])
		}
	}
	o.stream = func(in input) io.Reader {
		e := &encoder{in: io.NewSectionReader(in, 0, in.size)}
		e.w, e.err = f.encode(&e.out, level)
		return e
	}
	return nil
}

// An encoder turns a writer into a reader: it writes as much as it takes until there is something to read.
type encoder struct {
	in   *io.SectionReader
	w    io.WriteCloser
	out  bytes.Buffer
	buf  []byte
	done bool
	err  error
}

func (e *encoder) Read(p []byte) (int, error) {
	for e.out.Len() == 0 && e.err == nil && !e.done {
		if e.buf == nil {
			e.buf = make([]byte, blockSize)
		}
		n, err := io.ReadFull(e.in, e.buf)
		if _, e.err = e.w.Write(e.buf[:n]); e.err != nil {
			break
		}
		switch err {
		case nil:
		case io.EOF, io.ErrUnexpectedEOF:
			e.done, e.err = true, e.w.Close()
		default:
			e.err = err
		}
	}
	if e.err != nil {
		return 0, e.err
	}
	return e.out.Read(p) // at the end: io.EOF
}

// DefaultLimit is how many bytes a decoder makes unless told otherwise.
const DefaultLimit = 1 << 30

// A LimitError says that more would come of the bytes than is allowed.
type LimitError struct {
	Format string
	Limit  int64
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("more than %d bytes come of it; a higher limit stands behind the format: decode %s %dG", e.Limit, e.Format, e.Limit>>30*4+1)
}

// A DecodeError says why bytes are not of a format, and where.
type DecodeError struct {
	Format string
	Off    int64 // in the whole that the bytes are a part of: where the fault is
	Before bool  // or this is how far the decoder had read
	Err    error
}

func (e *DecodeError) Error() string {
	if errors.Is(e.Err, io.ErrUnexpectedEOF) || errors.Is(e.Err, io.EOF) {
		return fmt.Sprintf("the bytes end in the middle of the %s data", e.Format)
	}
	where := "at"
	if e.Before {
		where = "before"
	}
	return fmt.Sprintf("%s: %s (%s offset %#x)", e.Format, strings.TrimPrefix(e.Err.Error(), e.Format+": "), where, e.Off)
}

func (e *DecodeError) Unwrap() error { return e.Err }

func parseDecode(o *Op, args string) error {
	name, rest, _ := strings.Cut(args, " ")
	f, err := lookupFormat(name)
	if err != nil {
		return err
	}
	limit := int64(DefaultLimit)
	if rest = strings.TrimSpace(rest); rest != "" {
		if limit, err = parseSize(rest); err != nil {
			return err
		}
	}
	o.stream = func(in input) io.Reader {
		src := &source{r: io.NewSectionReader(in, 0, in.size)}
		return &decoder{f: f, src: src, buffered: bufio.NewReaderSize(src, blockSize), left: limit, limit: limit, size: in.size, base: in.at}
	}
	return nil
}

// parseSize reads a number of bytes: 1000, 64K, 8G.
func parseSize(s string) (int64, error) {
	digits, factor := s, int64(1)
	if n := len(s) - 1; n > 0 {
		if k := strings.IndexByte("KMGT", s[n]&^0x20); k >= 0 {
			digits, factor = s[:n], 1<<(10*(k+1))
		}
	}
	n, err := strconv.ParseInt(digits, 0, 64)
	if err != nil || n <= 0 || n > (1<<62)/factor {
		return 0, fmt.Errorf("limit %q; want a number of bytes such as 64M or 8G", s)
	}
	return n * factor, nil
}

// source remembers an error of what is decoded, which is no fault of the format.
type source struct {
	r   io.Reader
	n   int64
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	s.n += int64(n)
	if err != nil && err != io.EOF {
		s.err = err
	}
	return n, err
}

// decoder reads what comes of a format, up to a limit.
type decoder struct {
	f           *format
	src         *source
	buffered    *bufio.Reader
	r           io.Reader
	left, limit int64
	size, base  int64 // of what is decoded, and where it stands in the whole
	err         error
}

func (d *decoder) Read(p []byte) (n int, err error) {
	if d.err != nil {
		return 0, d.err
	}
	if d.r == nil {
		if d.f.head != nil {
			b, _ := d.buffered.Peek(4)
			if bad := d.f.head(b); bad != nil {
				return 0, d.fail(bad)
			}
		}
		if d.r, err = d.f.decode(d.buffered); err != nil {
			return 0, d.fail(err)
		}
	}
	if d.left == 0 {
		p = make([]byte, 1) // one byte more would be too many
	}
	n, err = d.r.Read(p[:min(int64(len(p)), max(d.left, 1))])
	if n > 0 && d.left == 0 {
		d.err = &LimitError{d.f.name, d.limit}
		return 0, d.err
	}
	d.left -= int64(n)
	switch {
	case err == io.EOF && d.f.exact && d.at() < d.size:
		d.err = &DecodeError{Format: d.f.name, Off: d.base + d.at(), Err: fmt.Errorf("the data end there and %d bytes follow; select the data alone", d.size-d.at())}
	case err == io.EOF:
		d.err = io.EOF
		if c, ok := d.r.(*zstd.Decoder); ok {
			c.Close()
		}
	case err != nil:
		d.fail(err)
	}
	if n > 0 {
		return n, nil
	}
	return 0, d.err
}

// at is how many bytes the format has taken.
func (d *decoder) at() int64 { return d.src.n - int64(d.buffered.Buffered()) }

func (d *decoder) fail(err error) error {
	bad := &DecodeError{Format: d.f.name, Off: d.at(), Before: true, Err: err}
	var corrupt flate.CorruptInputError
	var own *DecodeError
	switch {
	case errors.As(err, &own):
		own.Format = d.f.name
		bad = own
	case errors.As(err, &corrupt): // noticed at the byte that was read last
		bad.Off, bad.Before, bad.Err = max(0, d.at()-1), false, errors.New("the compressed data make no sense")
	case errors.Is(err, zlib.ErrChecksum), errors.Is(err, gzip.ErrChecksum):
		bad.Off, bad.Before, bad.Err = d.at()-d.f.trailer, false, errors.New("this checksum, or the length behind it, is not that of the data")
		if d.f.trailer == 4 {
			bad.Err = errors.New("this checksum is not that of the data")
		}
	}
	bad.Off += d.base
	d.err = bad
	if d.src.err != nil {
		d.err = d.src.err
	}
	return d.err
}
