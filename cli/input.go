package cli

import (
	"errors"
	"io"
	"os"
	"syscall"

	"hexlay/mmapdoc"
)

// inputs is what `dump` and `text` read as a stream: one file after the other, in constant memory, so that pipes, devices
// and files of any size work alike. Verbs that jump about open a document instead.
type inputs struct {
	parts []inputPart
	limit int64 // bytes that may still be read; -1 for all

	spool *mmapdoc.Document // when everything had to be read first,
	rest  io.Reader         // this reads on
}

type inputPart struct {
	name string
	f    *os.File
}

// openInputs opens every file before anything is read. "-" is standard input.
func openInputs(stdin *os.File, names []string) (*inputs, error) {
	in := &inputs{limit: -1}
	for _, name := range names {
		f := stdin
		if name != "-" {
			var err error
			if f, err = openFile(name); err != nil {
				in.Close()
				return nil, err
			}
		}
		in.parts = append(in.parts, inputPart{name, f})
	}
	return in, nil
}

func openFile(name string) (*os.File, error) {
	if err := mmapdoc.CheckTorn(name); err != nil {
		return nil, err
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, fileError(name, err)
	}
	st, err := f.Stat()
	if err == nil && st.IsDir() {
		err = errors.New("is a directory")
	}
	if err != nil {
		f.Close()
		return nil, fileError(name, err)
	}
	return f, nil
}

// openToRead opens a file for the verbs that jump about in it. The null device, which has an end unlike other character
// devices, is empty, as for the verbs that read a stream.
func openToRead(name string) (*mmapdoc.Document, error) {
	if name == os.DevNull {
		return mmapdoc.FromBytes(name, nil), nil
	}
	return mmapdoc.Open(name)
}

func (in *inputs) Close() {
	for _, p := range in.parts {
		p.close()
	}
	in.parts = nil
	if in.spool != nil {
		in.spool.Close()
	}
}

func (p inputPart) close() {
	if p.name != "-" {
		p.f.Close()
	}
}

// Read reads from the first part that has bytes left.
func (in *inputs) Read(p []byte) (int, error) {
	if in.limit >= 0 && int64(len(p)) > in.limit {
		p = p[:in.limit]
	}
	if in.rest != nil && len(p) > 0 {
		n, err := in.rest.Read(p)
		if in.limit >= 0 {
			in.limit -= int64(n)
		}
		return n, err
	}
	for len(in.parts) > 0 && len(p) > 0 {
		n, err := in.parts[0].read(p)
		if in.limit >= 0 {
			in.limit -= int64(n)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return n, fileError(in.parts[0].name, err)
		}
		if n > 0 {
			return n, nil
		}
		in.parts[0].close()
		in.parts = in.parts[1:]
	}
	return 0, io.EOF
}

// read is one read of the file. Linux refuses one that would reach beyond 2^63-1 even where the file ends there.
func (p inputPart) read(b []byte) (int, error) {
	n, err := p.f.Read(b)
	if errors.Is(err, syscall.EINVAL) {
		if left, ok := p.left(); ok && left == 0 {
			return 0, io.EOF
		} else if ok && left < int64(len(b)) {
			return p.f.Read(b[:left])
		}
	}
	return n, err
}

// left gives how many bytes follow in a part that can tell: regular files (those of /proc say they are empty and are not
// believed) and block devices. Such a part can seek.
func (p inputPart) left() (int64, bool) {
	st, err := p.f.Stat()
	if err != nil {
		return 0, false
	}
	device := st.Mode()&os.ModeDevice != 0 && st.Mode()&os.ModeCharDevice == 0
	if !device && (!st.Mode().IsRegular() || st.Size() == 0) {
		return 0, false
	}
	at, err := p.f.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, false
	}
	end := st.Size()
	if device {
		if end, err = p.f.Seek(0, io.SeekEnd); err != nil {
			return 0, false
		}
		if _, err = p.f.Seek(at, io.SeekStart); err != nil {
			return 0, false
		}
	}
	return max(0, end-at), true
}

// size gives the number of bytes of all parts, if every part can tell.
func (in *inputs) size() (total int64, ok bool) {
	for _, p := range in.parts {
		n, ok := p.left()
		if !ok {
			return 0, false
		}
		total += n
	}
	return total, true
}

// skip leaves out n bytes and returns how many there were.
func (in *inputs) skip(n int64) (int64, error) {
	skipped := int64(0)
	for len(in.parts) > 0 && skipped < n {
		p := in.parts[0]
		want := n - skipped
		if left, ok := p.left(); ok && left > want {
			if _, err := p.f.Seek(want, io.SeekCurrent); err != nil {
				return skipped, fileError(p.name, err)
			}
			return n, nil
		} else if ok {
			skipped += left
		} else {
			k, err := io.CopyN(io.Discard, p.f, want)
			skipped += k
			if err == nil {
				return skipped, nil
			}
			if !errors.Is(err, io.EOF) {
				return skipped, fileError(p.name, err)
			}
		}
		p.close()
		in.parts = in.parts[1:]
	}
	return skipped, nil
}

// at goes to an offset of all parts together and returns where that is: their end, when it lies beyond. Only an offset
// from the end of what cannot tell its size has to read everything first; it is spooled, to a file when it is long.
func (in *inputs) at(off offset) (int64, error) {
	if !off.fromEnd {
		return in.skip(off.n)
	}
	size, ok := in.size()
	if ok {
		start, err := off.resolve(size)
		if err != nil {
			return 0, err
		}
		return in.skip(start)
	}
	d, err := mmapdoc.OpenStream("input", &inputs{parts: in.parts, limit: -1})
	if err != nil {
		return 0, err
	}
	in.spool = d
	start, err := off.resolve(d.Size())
	in.rest = io.NewSectionReader(d.Snapshot(), start, d.Size()-start)
	return start, err
}
