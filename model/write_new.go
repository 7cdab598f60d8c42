package model

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// fileError is an error of package os in people's words: the file that was meant, once, and the system's reason.
func fileError(path string, err error) error {
	var at *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &at):
		err = at.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return fmt.Errorf("%s: %w", path, err)
}

// writeNew writes a file that appears whole or not at all: it is made beside its place, flushed to the disk and given its name. A file
// of that name is an error, fs.ErrExist, unless force says to replace it.
func writeNew(path string, force bool, write func(w *bufio.Writer) error) (err error) {
	exists := func() error { return &fs.PathError{Op: "write", Path: path, Err: fs.ErrExist} }
	if _, err := os.Lstat(path); err == nil && !force {
		return exists()
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".hexlay-*")
	if err != nil {
		return fileError(path, err)
	}
	defer func() {
		if err != nil {
			_ = f.Close()
		}
		if rerr := os.Remove(f.Name()); err == nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = rerr
		}
	}()
	w := bufio.NewWriterSize(f, 256<<10)
	if err = write(w); err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	give := func() error {
		if err := os.Rename(f.Name(), path); err != nil {
			return fileError(path, err)
		}
		return nil
	}
	if force {
		return give()
	}
	switch err = os.Link(f.Name(), path); { // of all that give a name, this alone never takes it from another file
	case err == nil:
		return nil
	case errors.Is(err, fs.ErrExist):
		return exists()
	}
	if _, serr := os.Lstat(path); serr == nil {
		return exists()
	}
	return give()
}

// jsonList writes the elements of a JSON array, one a line, as the verbs do.
type jsonList struct {
	w     io.Writer
	begun bool
}

func (l *jsonList) add(b []byte) error {
	head := "["
	if l.begun {
		head = ",\n "
	}
	l.begun = true
	if _, err := io.WriteString(l.w, head); err != nil {
		return err
	}
	_, err := l.w.Write(b)
	return err
}

func (l *jsonList) end() error {
	s := "]\n"
	if !l.begun {
		s = "[" + s
	}
	_, err := fmt.Fprint(l.w, s)
	return err
}
