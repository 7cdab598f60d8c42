//go:build darwin || freebsd

package mmapdoc

import "golang.org/x/sys/unix"

const missingXattr = unix.ENOATTR
