//go:build !windows && (!unix || solaris || aix)

package mmapdoc

import (
	"errors"
	"os"
)

func lockFile(*os.File) (held bool, err error) { return false, errors.ErrUnsupported }
func unlockFile(*os.File)                      {}
