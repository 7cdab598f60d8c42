package mmapdoc

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"time"
)

// The format of an edit journal
//
// A journal is the line journalMagic and then frames:
//
//	length  uint32, little-endian; of the payload, 1 to maxFrame
//	check   uint32, little-endian; CRC-32C over the check of the frame before (0 for the first), the length and the payload
//	payload the kind of the record, one byte, and the record
//
// Each check hangs on all frames before it, so that a journal cut anywhere, or with any bit changed, reads as a prefix of
// what was written. Integers in records are varints of encoding/binary.
//
//	header   JSON of journalHeader; the first frame, and only that
//	base     bytes: the next part of the content that the edits start from, where no file holds it
//	data     bytes, which wait for the next splice
//	parts    parts, which wait for the next splice
//	splice   off, del, join, size of the inserted bytes, number of parts, parts, bytes. What is inserted is made of the
//	         waiting parts and these ones, and a literal part takes its bytes from the waiting bytes and these ones
//	begin, end, seal
//	undo, redo   the size of the document after it
//	mark     n: a plan was made of the document as it is here
//	saving   JSON of journalSaving: the plan of a mark begins to be carried out
//
// A part is its kind and
//
//	literal  n
//	base     off, n; pasted is the same with the identity of pasted bytes
//	fill     off, n, size of the pattern, whose bytes are literal
//	file     n, size of the JSON of journalFile, that JSON (literal), off
const journalMagic = "hexlay edit journal 1\n"

const maxFrame = 1 << 20

const (
	recHeader = 'h'
	recBase   = 'c'
	recData   = 'd'
	recParts  = 'p'
	recSplice = 's'
	recBegin  = '('
	recEnd    = ')'
	recSeal   = '|'
	recUndo   = 'u'
	recRedo   = 'r'
	recMark   = 'm'
	recSaving = 'w'
)

const (
	partLiteral = 'l'
	partBase    = 'b'
	partPasted  = 'p'
	partFill    = 'f'
	partFile    = 'x'
)

// journalHeader says what the edits of a journal start from.
type journalHeader struct {
	Name  []byte // bytes, for they need not be UTF-8
	Path  []byte // absolute; empty when there is no such place
	Kind  Kind
	PID   int
	Began time.Time
	// Held tells that base records hold the content; else it is that of File, and when that is nil it is empty.
	Held bool
	File *fileIdentity `json:",omitempty"`
}

// journalSaving says how to recognise a file into which a save wrote, if that was the last that could be noted.
type journalSaving struct {
	Mark   uint64
	Result *fileIdentity // what the file will be; its device, inode and time are not known yet
	Probe  *probe        `json:",omitempty"` // of a save in place
}

// journalFile names a file of which bytes were pasted that were too many to be copied.
type journalFile struct {
	Path []byte
	fileIdentity
}

var crcTable = crc32.MakeTable(crc32.Castagnoli)

// appendFrame appends a frame to b, and returns the check that the next one hangs on.
func appendFrame(b []byte, check uint32, kind byte, record ...[]byte) ([]byte, uint32) {
	start := len(b)
	b = append(b, 0, 0, 0, 0, 0, 0, 0, 0, kind)
	for _, r := range record {
		b = append(b, r...)
	}
	frame := b[start:]
	binary.LittleEndian.PutUint32(frame, uint32(len(frame)-8))
	check = frameCheck(check, frame)
	binary.LittleEndian.PutUint32(frame[4:], check)
	return b, check
}

func frameCheck(check uint32, frame []byte) uint32 {
	var last [4]byte
	binary.LittleEndian.PutUint32(last[:], check)
	sum := crc32.Update(0, crcTable, last[:])
	sum = crc32.Update(sum, crcTable, frame[:4])
	return crc32.Update(sum, crcTable, frame[8:])
}

// errTorn says that a journal ends, or is damaged, behind its last good frame.
var errTorn = errors.New("the journal ends within a record")

// frameReader reads the frames of a journal.
type frameReader struct {
	r     io.Reader
	at    int64 // behind the last good frame
	check uint32
	buf   []byte
}

// newFrameReader reads the line that a journal begins with.
func newFrameReader(r io.Reader) (*frameReader, error) {
	line := make([]byte, len(journalMagic))
	if _, err := io.ReadFull(r, line); err != nil || string(line) != journalMagic {
		return nil, errors.New("is no journal of edits, or one of another version")
	}
	return &frameReader{r: r, at: int64(len(line))}, nil
}

// next returns the next record, valid until the next call; io.EOF at the end, and errTorn where the rest is of no use.
func (f *frameReader) next() (kind byte, record []byte, err error) {
	if cap(f.buf) < 8 {
		f.buf = make([]byte, 8, 4<<10)
	}
	head := f.buf[:8]
	switch _, err := io.ReadFull(f.r, head); {
	case err == io.EOF:
		return 0, nil, io.EOF
	case err == io.ErrUnexpectedEOF:
		return 0, nil, errTorn
	case err != nil:
		return 0, nil, err
	}
	n := binary.LittleEndian.Uint32(head)
	if n < 1 || n > maxFrame {
		return 0, nil, errTorn
	}
	if cap(f.buf) < int(8+n) {
		f.buf = append(make([]byte, 0, 8+n), head...)
	}
	f.buf = f.buf[:8+n]
	if _, err := io.ReadFull(f.r, f.buf[8:]); err == io.EOF || err == io.ErrUnexpectedEOF {
		return 0, nil, errTorn
	} else if err != nil {
		return 0, nil, err
	}
	check := frameCheck(f.check, f.buf)
	if check != binary.LittleEndian.Uint32(f.buf[4:]) {
		return 0, nil, errTorn
	}
	f.check, f.at = check, f.at+int64(8+n)
	return f.buf[8], f.buf[9:], nil
}

// fields reads the integers of a record; the first that is not there sets bad.
type fields struct {
	b   []byte
	bad bool
}

func (f *fields) uint() uint64 {
	v, n := binary.Uvarint(f.b)
	if n <= 0 {
		f.bad = true
		return 0
	}
	f.b = f.b[n:]
	return v
}

// int is a count or an offset.
func (f *fields) int() int64 {
	v := f.uint()
	if v > math.MaxInt64 {
		f.bad = true
		return 0
	}
	return int64(v)
}

func (f *fields) byte() byte {
	if len(f.b) == 0 {
		f.bad = true
		return 0
	}
	c := f.b[0]
	f.b = f.b[1:]
	return c
}

func marshal(v any) []byte {
	b, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("mmapdoc: a journal's record cannot be written as JSON: %v", err)) // it has no type that could fail
	}
	return b
}

func unmarshal(what string, b []byte, v any) error {
	if err := json.Unmarshal(b, v); err != nil {
		return fmt.Errorf("%s cannot be read: %w", what, err)
	}
	return nil
}
