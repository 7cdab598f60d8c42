package mmapdoc

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"time"
)

// fileIdentity is how the file that edits belong to is recognised later: by what the system says of it, and by a hash of
// bytes taken from all over it.
type fileIdentity struct {
	Key    string // fileKey; "" when not known
	Size   int64
	Time   time.Time // of the last write; zero when not known
	Change time.Time `json:",omitzero"` // of the inode's change, which no program can set
	Sample []byte    // sampleHash; nil when it could not be read
}

// likeness is how well a file matches an identity.
type likeness int

const (
	otherFile likeness = iota
	sameBytes          // as large, with the same sample
	sameFile           // the same file, not written since
)

func (id *fileIdentity) compare(now *fileIdentity) likeness {
	switch {
	case now == nil || id == nil || id.Size != now.Size || id.Sample != nil && now.Sample != nil && !bytes.Equal(id.Sample, now.Sample):
		return otherFile
	case id.Key != "" && id.Key == now.Key && !id.Time.IsZero() && id.Time.Equal(now.Time):
		return sameFile
	case id.Sample != nil && now.Sample != nil:
		return sameBytes
	}
	return otherFile
}

// partlyCompared says, of a file that is the same, that it was changed, maybe only in its attributes, and that its sample is
// not of all its bytes.
func (id *fileIdentity) partlyCompared(now *fileIdentity) bool {
	return id.Size > sampleWhole && !id.Change.IsZero() && !now.Change.IsZero() && !id.Change.Equal(now.Change)
}

// identityOf is the identity of the file that s was taken of and content shows.
func identityOf(s stamp, path string, content io.ReaderAt, size int64) *fileIdentity {
	id := &fileIdentity{Size: size, Sample: sampleHash(content, size)}
	if s.exists() {
		id.Key = fileKey(s.info, path)
		if !s.device() {
			id.Time, id.Change = s.mtime, s.ctime
		}
	}
	return id
}

const (
	sampleWhole  = 1 << 20 // up to this size all bytes are hashed
	sampleEnds   = 64 << 10
	sampleBlocks = 60
	sampleBlock  = 4 << 10
)

// sampleHash is a hash over the size of content and bytes of it: all of a small one, else both ends and blocks at equal
// distances. It is nil when they cannot be read.
func sampleHash(content io.ReaderAt, size int64) []byte {
	h := sha256.New()
	_ = binary.Write(h, binary.LittleEndian, size)
	for _, r := range samplePlaces(size) {
		for r.Start < r.End {
			data := dataIn(content, r)
			_, err := io.CopyN(h, zeros{}, data.Start-r.Start)
			if err == nil {
				_, err = io.Copy(h, io.NewSectionReader(content, data.Start, data.Len()))
			}
			if err != nil {
				return nil
			}
			r.Start = data.End
		}
	}
	return h.Sum(nil)[:16]
}

// dataIn is the first part of r that may hold another byte than zero; it is empty, at r.End, when there is none. Reading a hole
// through a map would take room for it on some filesystems.
func dataIn(content io.ReaderAt, r Range) Range {
	switch c := content.(type) {
	case *origin:
		return dataIn(c.store, r)
	case holeStore:
		return c.nextData(r.Start, r.End)
	case *Snapshot:
		data := c.NextData(r.Start)
		return Range{min(data.Start, r.End), min(data.End, r.End)}
	}
	return r
}

// zeros reads as zeros without end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func samplePlaces(size int64) []Range {
	if size <= sampleWhole {
		return []Range{{0, size}}
	}
	places := []Range{{0, sampleEnds}}
	step := size / (sampleBlocks + 1)
	for i := range int64(sampleBlocks) {
		at := (i + 1) * step
		places = append(places, Range{at, min(at+sampleBlock, size)})
	}
	return append(places, Range{size - sampleEnds, size})
}

// probe is bytes of the ranges that a save in place writes, before and after. A file that was being saved when the power
// went is put in order by the journal of the save, and then holds one or the other.
type probe struct {
	Places   []Range
	Old, New []byte // hashes
}

const (
	probePlaces = 256
	probeBlock  = 4 << 10
)

func newProbe(ranges []Range, old, now io.ReaderAt) *probe {
	p := &probe{}
	for i := range min(len(ranges), probePlaces) {
		r := ranges[i*len(ranges)/min(len(ranges), probePlaces)]
		p.Places = append(p.Places, Range{r.Start, min(r.End, r.Start+probeBlock)})
	}
	p.Old, p.New = p.hash(old), p.hash(now)
	return p
}

func (p *probe) hash(content io.ReaderAt) []byte {
	h := sha256.New()
	for _, r := range p.Places {
		if n, err := io.Copy(h, io.NewSectionReader(content, r.Start, r.Len())); err != nil || n != r.Len() {
			return nil
		}
	}
	return h.Sum(nil)[:16]
}

// is tells whether content holds the hashed bytes; what could not be hashed is not held.
func (p *probe) is(hash []byte, content io.ReaderAt) bool {
	return hash != nil && bytes.Equal(hash, p.hash(content))
}

// absolute is path from the root, as far as that can be found.
func absolute(path string) string {
	if path == "" {
		return ""
	}
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}

// identityOfPath looks at the regular file at path as it is now.
func identityOfPath(path string) (*fileIdentity, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, os.ErrInvalid
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return identityOf(newStamp(fi), path, f, fi.Size()), nil
}
