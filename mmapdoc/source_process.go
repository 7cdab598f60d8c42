package mmapdoc

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"syscall"
)

// A process's memory is a document in which the offset is the address, so that pointers found in it lead somewhere. What is
// between the regions is lost, as the bytes behind the end of a file that was cut; whoever reads much jumps over it.
// It is written as a disk is: in place, without a map, under a journal. The bytes change under the document while the
// process runs, and only what was read before can be shown once it has ended.

// Region is a part of a process's memory that is mapped.
type Region struct {
	Range
	Access string // as in /proc/N/maps: "r-xp"
	Name   string // of the file that is mapped there, or a word in brackets; "" for anonymous memory
}

// Regions are the regions of a process's memory as they were when the document was opened, ascending; nil for any other
// document.
func (d *Document) Regions() []Region {
	if g, ok := d.base.store.(*generation); ok && g.file.mapped.memory != nil {
		return g.file.mapped.memory.regions
	}
	return nil
}

// ProcessGone tells whether the process whose memory the document is has ended; nil for any other document. It may be called
// on any goroutine.
func (d *Document) ProcessGone() func() bool {
	if d.Regions() == nil {
		return nil
	}
	maps := filepath.Join(filepath.Dir(d.info.Path), "maps")
	return func() bool {
		f, err := os.Open(maps)
		if err != nil {
			return os.IsNotExist(err)
		}
		defer f.Close()
		n, err := f.Read(make([]byte, 1)) // one that nobody has waited for has a file, and no memory
		return n == 0 && (err == io.EOF || errors.Is(err, syscall.ESRCH))
	}
}

// memory is what a mappedFile over a process knows.
type memory struct {
	regions []Region

	mu   sync.Mutex
	seen map[int64][]byte // pages that were read for someone to look at, by address
}

const (
	seenPages  = 4096     // so many are kept after the process has ended
	seenAtOnce = 64 << 10 // longer reads are passes over the memory that nobody looks at
)

// next is the first part of [off, end) that is mapped.
func (m *memory) next(off, end int64) Range {
	i := sort.Search(len(m.regions), func(i int) bool { return m.regions[i].End > off })
	if i == len(m.regions) || m.regions[i].Start >= end {
		return Range{end, end}
	}
	return Range{max(off, m.regions[i].Start), min(end, m.regions[i].End)}
}

// saw keeps b, whole pages that were read at off.
func (m *memory) saw(b []byte, off int64) {
	if len(b) > seenAtOnce {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.seen == nil {
		m.seen = make(map[int64][]byte)
	}
	for ; len(b) >= rawAlign; off, b = off+rawAlign, b[rawAlign:] {
		page := m.seen[off]
		if page == nil {
			if len(m.seen) >= seenPages {
				for k := range m.seen { // any will do
					delete(m.seen, k)
					break
				}
			}
			page = make([]byte, rawAlign)
			m.seen[off] = page
		}
		copy(page, b)
	}
}

// remember fills b, whole pages at off, with what was seen there, and returns how many bytes from off on that were.
func (m *memory) remember(b []byte, off int64) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for n < len(b) {
		page, ok := m.seen[off+int64(n)]
		if !ok {
			break
		}
		n += copy(b[n:], page)
	}
	return n
}

// parseRegions reads the lines of /proc/N/maps. Regions beyond 1<<63, which are the kernel's, are left out.
func parseRegions(maps string) (regions []Region) {
	for line := range strings.Lines(maps) {
		var start, end uint64
		var access, offset, device, inode string
		n, _ := fmt.Sscanf(line, "%x-%x %s %s %s %s", &start, &end, &access, &offset, &device, &inode)
		if n < 3 || start >= end || end > 1<<63-1 {
			continue
		}
		fields := strings.SplitN(line, " ", 6)
		name := ""
		if len(fields) == 6 {
			name = strings.TrimSpace(fields[5])
		}
		regions = append(regions, Region{Range{int64(start), int64(end)}, access, name})
	}
	return regions
}
