package mmapdoc

import (
	"io"
	"os"
)

// reserveByWriting is reserve for systems without fallocate: what is beyond the end of f is written with zeros.
func reserveByWriting(f *os.File, off, n int64) error {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	for at := max(end, off); at < off+n; {
		b := zeroBlock[:min(int64(len(zeroBlock)), off+n-at)]
		if _, err := f.WriteAt(b, at); err != nil {
			return err
		}
		at += int64(len(b))
	}
	return nil
}
