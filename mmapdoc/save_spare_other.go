//go:build !linux

package mmapdoc

import (
	"errors"
	"os"
)

func spareFile(path string) *os.File { return nil }

func nameSpare(f *os.File, path string) error { return errors.ErrUnsupported }

func namelessFile(path string, mode uint32) *os.File { return nil }

func giveName(f *os.File, path string) error { return errors.ErrUnsupported }
