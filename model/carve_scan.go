package model

import (
	"context"
	"math/bits"
	"strings"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
)

// magicScan looks for many magics in one pass. Of each magic two neighbouring bytes are chosen, the ones that fix most; a table says at
// which pairs of bytes to look closer. However many formats there are, a byte costs about a nanosecond. (An automaton of thirty
// magics took ten times as long.)
type magicScan struct {
	pairs   [1024]uint64 // a bit for each pair at which some magic may stand
	anchors map[uint16][]*simpleMagic
	longest int // bytes of a magic
}

// simpleMagic is a magic of digits and question marks.
type simpleMagic struct {
	f           *carveFormat
	at          int64 // in the file
	value, mask []byte
	anchor      int // the chosen pair's place in value
}

// add takes a magic; false: it is of another notation, or has no two neighbouring bytes that tell anything.
func (m *magicScan) add(f *carveFormat, at int64, digits string) bool {
	s := &simpleMagic{f: f, at: at, anchor: -1}
	digits = strings.ReplaceAll(digits, " ", "")
	for i := 0; i+1 < len(digits); i += 2 {
		var value, mask byte
		for _, c := range []byte(digits[i : i+2]) {
			value, mask = value<<4, mask<<4
			k := strings.IndexByte("0123456789abcdef", c|0x20)
			switch {
			case c == '?':
			case k < 0:
				return false
			default:
				value, mask = value|byte(k), mask|0xf
			}
		}
		s.value, s.mask = append(s.value, value), append(s.mask, mask)
	}
	best := 11 // fixed bits that a pair must have at least
	for i := 0; i+1 < len(s.value) && len(digits)%2 == 0; i++ {
		n := bits.OnesCount8(s.mask[i]) + bits.OnesCount8(s.mask[i+1])
		if s.value[i]|s.value[i+1] == 0 { // zeros are everywhere
			n -= 8
		}
		if n > best {
			best, s.anchor = n, i
		}
	}
	if s.anchor < 0 {
		return false
	}
	if m.anchors == nil {
		m.anchors = make(map[uint16][]*simpleMagic)
	}
	for v := range 1 << 16 {
		if (byte(v)^s.value[s.anchor])&s.mask[s.anchor] == 0 && (byte(v>>8)^s.value[s.anchor+1])&s.mask[s.anchor+1] == 0 {
			m.pairs[v>>6] |= 1 << (v & 63)
			m.anchors[uint16(v)] = append(m.anchors[uint16(v)], s)
		}
	}
	m.longest = max(m.longest, len(s.value))
	return true
}

func (s *simpleMagic) fits(b []byte) bool {
	if len(b) < len(s.value) {
		return false
	}
	for i, v := range s.value {
		if (b[i]^v)&s.mask[i] != 0 {
			return false
		}
	}
	return true
}

const scanBlock = 1 << 20

// run hands the places of magics in r to emit, which is called on many goroutines at once, until that returns false.
func (m *magicScan) run(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, progress *atomic.Int64, emit func(candidate) bool) {
	blocks := make(chan mmapdoc.Range)
	var all sync.WaitGroup
	share(&all, "carving", cores, func() {
		buf := make([]byte, scanBlock+2*m.longest)
		var way pause
		for block := range blocks {
			way.give()
			if ctx.Err() == nil {
				m.block(s, r, block, buf, emit)
				progress.Add(block.Len())
			}
		}
	})
	for at := r.Start; at < r.End && ctx.Err() == nil; {
		data := s.NextData(at)
		data.Start, data.End = min(max(data.Start, at), r.End), min(data.End, r.End)
		progress.Add(data.Start - at)
		for at = data.Start; at < data.End && ctx.Err() == nil; {
			block := mmapdoc.Range{Start: at, End: min(at+scanBlock, data.End)}
			select {
			case blocks <- block:
			case <-ctx.Done():
			}
			at = block.End
		}
	}
	close(blocks)
	all.Wait()
}

// block looks for pairs that begin in the block; their magics may begin before it and end behind.
func (m *magicScan) block(s *mmapdoc.Snapshot, r, block mmapdoc.Range, buf []byte, emit func(candidate) bool) {
	lo, hi := max(r.Start, block.Start-int64(m.longest)), min(r.End, block.End+int64(m.longest))
	n, _ := s.Read(buf[:hi-lo], lo, nil)
	b := buf[:n]
	end := min(int(block.End-lo), n-1)
	pairs := &m.pairs
	for i := int(block.Start - lo); i < end; i++ {
		v := uint16(b[i]) | uint16(b[i+1])<<8
		if pairs[v>>6]>>(v&63)&1 == 0 {
			continue
		}
		for _, a := range m.anchors[v] {
			at := i - a.anchor
			start := lo + int64(at) - a.at
			if at < 0 || start < r.Start || !a.fits(b[at:]) {
				continue
			}
			if !emit(candidate{a.f, start, lo + int64(at+len(a.value)), a}) {
				return
			}
		}
	}
}
