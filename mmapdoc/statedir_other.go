//go:build !unix

package mmapdoc

import "os"

const (
	noFollow = 0
	nonBlock = 0
)

// inodeOf: the system does not tell without opening the file.
func inodeOf(os.FileInfo) (dev, ino uint64, ok bool) { return 0, 0, false }

// private: the folder is within the user's own, which others cannot write.
func private(os.FileInfo) bool { return true }
