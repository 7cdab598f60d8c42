package mmapdoc

import "golang.org/x/sys/unix"

const missingXattr = unix.ENODATA
