package mmapdoc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"hexlay/lifeline"
)

// Opening never reads a regular file or a disk, so it takes the same time for every size. What cannot be mapped is
// spooled: pipes, and files of /proc and the like, which say that they hold 0 bytes.

const (
	spoolInMemory = 32 << 20 // a longer stream goes on in a temporary file
	virtualLimit  = 1 << 30  // more than this a /proc-like file may not give
	fifoPatience  = 800 * time.Millisecond
)

// Open opens the file, disk or pipe at path; "-" is standard input. A path that does not exist gives an error that is
// fs.ErrNotExist. A FIFO must give its first byte within a second and is then read to its end; what never ends or cannot
// be read at an offset (terminals, /dev/zero, sockets) is refused, and a file that a torn save left half written gives a
// *TornSaveError. Every other error is one line that begins with path.
func Open(path string) (*Document, error) {
	if path == "-" {
		return openStdin(os.Stdin)
	}
	if err := CheckTorn(path); err != nil {
		return nil, err
	}
	d, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, plainError(err))
	}
	return d, nil
}

// OpenTorn opens a file for which Open gave a *TornSaveError as it is, with its mix of old and new bytes, for reading.
func OpenTorn(path string) (*Document, error) {
	d, err := open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, plainError(err))
	}
	d.info.ReadOnly = "an interrupted save is to be mended first"
	return d, nil
}

// CheckTorn gives a *TornSaveError for a file that holds a part of a save. Programs that read a file without Open call it
// first. What is not there, and what no save in place can have written, is fine.
func CheckTorn(path string) error {
	fi, err := os.Stat(path)
	if err != nil || !fi.Mode().IsRegular() && (fi.Mode()&os.ModeDevice == 0 || fi.Mode()&os.ModeCharDevice != 0) {
		return nil
	}
	torn, err := FindTornSave(path)
	if torn != nil {
		return &TornSaveError{torn}
	}
	return err
}

// plainError takes the operation and the path out of an error of package os, for the message names the path already.
func plainError(err error) error {
	if err == context.Canceled {
		return errCancelled
	}
	var pe *fs.PathError
	if errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// errCancelled is context.Canceled in the words of people.
var errCancelled error = cancelled{}

type cancelled struct{}

func (cancelled) Error() string        { return "cancelled" }
func (cancelled) Is(target error) bool { return target == context.Canceled }

func open(path string) (*Document, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	// Opening alone can have effects (a tape rewinds, a terminal hangs up): decide by the kind first.
	if err := refuse(path, fi.Mode()); err != nil {
		return nil, err
	}
	f, err := openNonblock(path)
	if err != nil {
		return nil, lockedError(err)
	}
	d, err := openFile(f, path)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	return d, nil
}

// refuse says why a thing of this kind cannot be opened as a document.
func refuse(path string, mode os.FileMode) error {
	switch {
	case mode.IsDir():
		return errors.New("is a directory")
	case mode&os.ModeSocket != 0:
		return errors.New("is a socket; only files, disks and pipes can be opened")
	case mode&os.ModeCharDevice != 0 && !charDisk(path):
		return errors.New("is a character device without an end; only files, disks and pipes can be opened")
	case mode&os.ModeIrregular != 0:
		return errors.New("is not a regular file")
	}
	return nil
}

// openFile makes the document over f, which it owns when it succeeds.
func openFile(f *os.File, path string) (*Document, error) {
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	mode := fi.Mode()
	if err := refuse(path, mode); err != nil { // the path may name another thing by now
		return nil, err
	}
	info := Info{Name: filepath.Base(path), Path: path, Kind: File, ReadOnly: readOnlyReason(path)}
	switch {
	case mode&os.ModeNamedPipe != 0:
		return openFIFO(f, path)
	case mode&os.ModeDevice != 0:
		size, err := diskSize(f)
		if err != nil {
			return nil, fmt.Errorf("the size of the disk cannot be found: %w", err)
		}
		info.Kind = Device
		return openMapped(f, info, size, newStamp(fi))
	case fi.Size() == 0:
		return openEmpty(f, info, fi)
	case fi.Size() <= virtualSize && !mappable(f, fi.Size()):
		return openVirtual(f, info, fi)
	}
	return openMapped(f, info, fi.Size(), stampOfOpen(f, fi))
}

func openMapped(f *os.File, info Info, size int64, seen stamp) (*Document, error) {
	sf, err := newSavedFile(f, info.Path, size, seen, info.Kind == Device)
	if err != nil {
		return nil, err
	}
	return newDocument(info, newGeneration(sf), sf), nil
}

// openEmpty opens a file that says it holds nothing. Files of /proc say so too, and give content all the same.
func openEmpty(f *os.File, info Info, fi os.FileInfo) (*Document, error) {
	s := newSpool(spoolInMemory)
	if err := s.readFrom(endAtBlock{f}, virtualLimit); err != nil {
		_ = s.Close()
		return nil, err
	}
	if s.Size() == 0 {
		return openMapped(f, info, 0, stampOfOpen(f, fi))
	}
	return virtualDocument(f, info, s)
}

// virtualSize is the most that a file of /sys claims to hold; what it gives is often less. One such file cannot be
// mapped, which tells it apart.
const virtualSize = 16 << 20

func openVirtual(f *os.File, info Info, fi os.FileInfo) (*Document, error) {
	s := newSpool(spoolInMemory)
	if err := s.readFrom(endAtBlock{f}, virtualLimit); err != nil {
		_ = s.Close()
		return nil, err
	}
	if s.Size() == fi.Size() { // it keeps its word: a regular file of a system without maps
		_ = s.Close()
		return openMapped(f, info, fi.Size(), stampOfOpen(f, fi))
	}
	return virtualDocument(f, info, s)
}

func virtualDocument(f *os.File, info Info, s *spool) (*Document, error) {
	_ = f.Close()
	info.Kind = Virtual
	if info.ReadOnly = lockdownReason(info.Path); info.ReadOnly == "" {
		info.ReadOnly = "its content is made while it is read; it can be saved elsewhere"
	}
	return newDocument(info, s, s), nil
}

// endAtBlock takes "nothing more for now" of a file that never ends, such as a kernel log, for its end.
type endAtBlock struct{ r io.Reader }

func (e endAtBlock) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	if err != nil && wouldBlock(err) {
		err = io.EOF
	}
	return n, plainError(err)
}

// OpenStream reads r to its end, into memory and then into a temporary file, and opens what it gave. To stop the
// reading, close r.
func OpenStream(name string, r io.Reader) (*Document, error) {
	d, err := openStream(name, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return d, nil
}

func openStream(name string, r io.Reader) (*Document, error) {
	s := newSpool(spoolInMemory)
	if err := s.readFrom(r, math.MaxInt64); err != nil {
		_ = s.Close()
		return nil, plainError(err)
	}
	return newDocument(Info{Name: name, Kind: Stream}, s, s), nil
}

// OpenPipe opens standard input without waiting for its end: what comes through a pipe arrives at the document's Tail. A
// file that was redirected there is opened as Open does.
func OpenPipe() (*Document, error) { return openStdinBy(os.Stdin, growingStream) }

func growingStream(name string, r io.Reader) (*Document, error) {
	d, tail := NewTail(name)
	lifeline.Go("reading "+name, func() { _, _ = tail.ReadFrom(r) })
	return d, nil
}

// openStdin opens what is on standard input. A file that was redirected there is mapped, not read.
func openStdin(stdin *os.File) (*Document, error) { return openStdinBy(stdin, OpenStream) }

func openStdinBy(stdin *os.File, stream func(name string, r io.Reader) (*Document, error)) (*Document, error) {
	const name = "standard input"
	fi, err := stdin.Stat()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, plainError(err))
	}
	mode := fi.Mode()
	switch {
	case mode.IsDir():
		return nil, fmt.Errorf("%s: is a directory", name)
	case mode&os.ModeCharDevice != 0 && isTerminal(stdin):
		return nil, fmt.Errorf("%s: is a terminal; name a file or pipe something in", name)
	case mode.IsRegular() && fi.Size() > 0:
		if at, err := stdin.Seek(0, io.SeekCurrent); err == nil && at == 0 && mappable(stdin, fi.Size()) {
			f, err := duplicate(stdin)
			if err != nil {
				break
			}
			return openMapped(f, Info{Name: name, Kind: Stream}, fi.Size(), newStamp(fi))
		}
	}
	return stream(name, stdin)
}

// Create makes an empty document whose save creates the file path.
func Create(path string) *Document {
	return newDocument(Info{Name: filepath.Base(path), Path: path, Kind: File}, bytesStore(nil), nil)
}
