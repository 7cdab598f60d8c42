//go:build amd64 || arm64

// Package prefault has the system hand over, in a few calls at the very start, the memory that a start touches anyway: the program's
// text and data, and the first pages of the heap. Left to themselves they come one page fault at a time, more than a thousand of them. A
// fault costs a microsecond at best, and fifteen to sixty in some virtual machines, where it made up most of the time to the first screen
// (docs/PERFORMANCE.md).
//
// The package imports nothing that has to be initialized, so it runs before nearly all others do. All of it is advice: where the system
// refuses, the pages come as before.
package prefault

import "unsafe"

// getAuxv is what the kernel told the program at its start, as pairs of a tag and a value.
//
//go:linkname getAuxv runtime.getAuxv
func getAuxv() []uintptr

// madvise is the system call; what it returns does not matter here.
func madvise(addr, n, advice uintptr)

// From the ELF specification and linux/auxvec.h, linux/mman.h.
const (
	atPhdr, atPhent, atPhnum, atPagesz = 3, 4, 5, 6

	ptLoad, pfWrite = 1, 2

	madvHugepage, madvPopulateRead, madvPopulateWrite = 14, 22, 23
)

// segment is an ELF program header of 64 bits.
type segment struct {
	kind, flags                                         uint32
	offset, address, physical, fileSize, memSize, align uint64
}

// heapChunk is what the runtime asks the system for at once when it needs more heap.
const heapChunk = 4 << 20

// first is in the first chunk of the heap.
var first *[64]byte

func init() {
	var headers, size, count, page uintptr
	aux := getAuxv()
	for i := 0; i+1 < len(aux); i += 2 {
		switch v := aux[i+1]; aux[i] {
		case atPhdr:
			headers = v
		case atPhent:
			size = v
		case atPhnum:
			count = v
		case atPagesz:
			page = v
		}
	}
	first = new([64]byte)
	heap := uintptr(unsafe.Pointer(first)) &^ (heapChunk - 1)
	madvise(heap, heapChunk, madvHugepage)
	madvise(heap, heapChunk, madvPopulateWrite)
	if headers == 0 || size != unsafe.Sizeof(segment{}) || page == 0 {
		return
	}
	all := unsafe.Slice((*segment)(unsafe.Add(unsafe.Pointer(nil), headers)), count)
	base := slide(all, headers)
	for _, s := range all {
		if s.kind != ptLoad || s.fileSize == 0 {
			continue
		}
		start := (base + uintptr(s.address)) &^ (page - 1)
		advice := uintptr(madvPopulateRead)
		if s.flags&pfWrite != 0 {
			advice = madvPopulateWrite
		}
		madvise(start, (base+uintptr(s.address+s.fileSize)-start+page-1)&^(page-1), advice)
	}
}

// slide is how far the program lies from the addresses in its headers: not 0 where it was built to be put anywhere.
func slide(all []segment, headers uintptr) uintptr {
	const ptPhdr = 6
	for _, s := range all {
		if s.kind == ptPhdr {
			return headers - uintptr(s.address)
		}
	}
	return 0
}
