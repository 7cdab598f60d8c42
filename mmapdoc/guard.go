package mmapdoc

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"unsafe"
)

// Reading a mapped page faults when the file was cut short under the mapping or the disk failed; writing one faults
// when the filesystem has no room for it. The operating system reports that as a signal which kills a Go program, unless
// the goroutine asked for a panic instead. That wish is per goroutine and is not inherited, so it is set around each
// access and never once for all.

// pageSize is the granularity of mappings and of what a fault loses.
var pageSize = int64(os.Getpagesize())

// guard calls fn with mem under the fault guard. When fn touches a page of mem that cannot be read or written, guard
// returns the index in mem of the first byte of that page (0 when the page begins before mem), otherwise -1 and
// what fn returned. Any other panic, including a fault outside mem, is a bug and goes on.
func guard(mem []byte, fn func(mem []byte) error) (fault int, err error) {
	fault = -1
	defer unguard(debug.SetPanicOnFault(true), mem, &fault)
	return fault, fn(mem)
}

// guardCopy is guard for copy(dst, src), without the cost of a closure; mem is whichever of the two is mapped.
func guardCopy(dst, src, mem []byte) (fault int) {
	fault = -1
	defer unguard(debug.SetPanicOnFault(true), mem, &fault)
	copy(dst, src)
	return fault
}

// unguard is deferred by what set the wish to panic: it puts the old one back and makes an index of a fault in mem.
func unguard(old bool, mem []byte, fault *int) {
	debug.SetPanicOnFault(old)
	if r := recover(); r != nil {
		if *fault = faultIndex(mem, r); *fault < 0 {
			panic(r)
		}
	}
}

// guardCopyPages is guardCopy from the mapped src, page by page: all before the fault was copied. It returns -1 when the
// pages can be read after all.
func guardCopyPages(dst, src []byte) (fault int) {
	for done := 0; done < len(src); done += int(pageSize) { // not aligned, which costs at most a second fault
		part := src[done:min(len(src), done+int(pageSize))]
		if at := guardCopy(dst[done:], part, part); at >= 0 {
			// A copy may begin anywhere: the page before the fault was perhaps never tried.
			if at > 0 && guardCopy(dst[done:], part[:at], part) >= 0 {
				at = 0
			}
			return done + at
		}
	}
	return -1
}

// faultIndex returns where in mem the page begins whose fault made the panic r, or -1 when r is something else. The
// address is compared by whole pages, for not every system reports it to the byte.
func faultIndex(mem []byte, r any) int {
	f, ok := r.(interface{ Addr() uintptr })
	if !ok || len(mem) == 0 {
		return -1
	}
	page := int64(f.Addr()) &^ (pageSize - 1)
	first := int64(uintptr(unsafe.Pointer(unsafe.SliceData(mem))))
	if page+pageSize <= first || page >= first+int64(len(mem)) {
		return -1
	}
	return int(max(0, page-first))
}

// lostError says that [off, end) of a source cannot be read; now is where the file ends today.
func lostError(off, end, now int64, cause error) error {
	switch {
	case now <= off:
		cause = fmt.Errorf("the file was cut short to %s", byteCount(now))
	case cause == nil:
		cause = errors.New("the disk failed, or the file is changing")
	}
	return &LostError{Range: Range{off, end}, Err: cause}
}
