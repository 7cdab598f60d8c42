//go:build !unix

package mmapdoc

import (
	"os"
	"time"
)

// The system does not tell these without opening the file.

func changeTime(os.FileInfo) time.Time { return time.Time{} }
func ownership(os.FileInfo) struct{}   { return struct{}{} }
func attributesOf(string) uint64       { return 0 }
func attributesOfOpen(*os.File) uint64 { return 0 }
