package packet

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strings"
	"unicode/utf8"
)

// The types of blocks that are read.
const (
	blockSection    = 0x0a0d0d0a
	blockInterface  = 1
	blockPacket     = 2 // obsolete
	blockSimple     = 3
	blockNames      = 4
	blockStatistics = 5
	blockEnhanced   = 6
	blockSecrets    = 0xa
	blockCustom     = 0xbad
	blockCustomToo  = 0x40000bad

	sectionOrder = 0x1a2b3c4d
)

// sectionState is what is known of the section that is read.
type sectionState struct {
	begun   bool
	big     bool
	local   []int // the interfaces of the section, as numbers of Index.Interfaces
	missing int   // of the interface that stands for those which nothing describes; 0: none yet, else plus one
}

func (s *sectionState) order() binary.ByteOrder { return byteOrder(s.big) }

func byteOrder(big bool) binary.ByteOrder {
	if big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// minBlock is the length of each block's smallest form.
func minBlock(typ uint32) int64 {
	switch typ {
	case blockSection:
		return 28
	case blockInterface, blockSecrets:
		return 20
	case blockPacket, blockEnhanced:
		return 32
	case blockSimple:
		return 16
	case blockStatistics:
		return 24
	case blockCustom, blockCustomToo:
		return 16
	}
	return 12
}

func known(typ uint32) bool {
	switch typ {
	case blockSection, blockInterface, blockPacket, blockSimple, blockNames, blockStatistics, blockEnhanced, blockSecrets, blockCustom, blockCustomToo:
		return true
	}
	return false
}

// stepBlock reads the block at next; false where the capture ends.
func (x *Index) stepBlock() bool {
	g := &x.reader
	s := &g.section
	off := g.next
	b := g.piece(off, 32)
	if len(b) < 12 {
		if x.unreadable(off) {
			return true
		}
		x.ends(off, 12-int64(len(b)), "the header of a block")
		return false
	}
	big := s.big
	if binary.LittleEndian.Uint32(b) == blockSection {
		switch binary.LittleEndian.Uint32(b[8:]) {
		case sectionOrder:
			big = false
		case 0x4d3c2b1a:
			big = true
		default:
			return x.lost(BadMagic, off, "a section begins with byte order % x, 1a 2b 3c 4d expected in some order", b[8:12])
		}
	}
	o := byteOrder(big)
	typ, length := o.Uint32(b), int64(o.Uint32(b[4:]))
	lost := func(kind Kind, off int64, format string, args ...any) bool {
		if typ == blockSection { // it begins all the same, and tells its order
			x.beginSection(big)
		}
		return x.lost(kind, off, format, args...)
	}
	if length < 12 || length < minBlock(typ) || off+length > g.size && !known(typ) {
		if swapped := byteOrder(!big); known(swapped.Uint32(b)) && g.closes(off, int64(swapped.Uint32(b[4:])), !big) {
			x.damage(OtherOrder, off, off, "block length %d makes no sense; in the other byte order, in which it is read, it is %d", length, swapped.Uint32(b[4:]))
			x.block(off, int64(swapped.Uint32(b[4:])), swapped.Uint32(b), !big)
			return true
		}
	}
	switch {
	case length < minBlock(typ):
		return lost(BadLength, off, "block of type %#x and length %d, at least %d expected", typ, length, minBlock(typ))
	case off+length > g.size:
		if _, ok := g.findBlock(off+4, off); !ok && known(typ) {
			x.ends(off, off+length-g.size, "a block")
			return false
		}
		return lost(BadLength, off, "block of type %#x and length %d goes beyond the end", typ, length)
	}
	if !g.closes(off, length, big) {
		again := g.tailOf(off, length, big)
		if !g.begins(off+length, big) {
			if length%4 != 0 {
				return lost(Unaligned, off, "block length %d is no multiple of four", length)
			}
			return lost(Mismatch, off, "block length %d, but %d at its end", length, again)
		}
		x.damage(Mismatch, off, off, "block length %d, but %d at its end", length, again)
	} else if length%4 != 0 {
		x.damage(Unaligned, off, off, "block length %d is no multiple of four", length)
	}
	x.block(off, length, typ, big)
	return true
}

// beginSection forgets the interfaces of the section before.
func (x *Index) beginSection(big bool) {
	x.reader.section = sectionState{begun: true, big: big}
	x.mu.Lock()
	x.sections++
	x.mu.Unlock()
}

// lost goes on where the next block is.
func (x *Index) lost(kind Kind, off int64, format string, args ...any) bool {
	g := &x.reader
	at, ok := g.findBlock(off+1, off)
	if !ok {
		at = g.size
	}
	x.damage(kind, off, at, "%s", fmt.Sprintf(format, args...))
	g.next = at
	return true
}

// tailOf is the length at a block's end.
func (g *reader) tailOf(off, length int64, big bool) uint32 {
	var b [4]byte
	if off+length > g.size || length < 12 {
		return 0
	}
	if at := off + length - 4; at >= g.at && at+4 <= g.at+int64(g.n) {
		return byteOrder(big).Uint32(g.buf[at-g.at:])
	} else if n, _ := g.window.r.ReadAt(b[:], at); n < 4 {
		return 0
	}
	return byteOrder(big).Uint32(b[:])
}

// closes tells whether the block at off has the same length at its end.
func (g *reader) closes(off, length int64, big bool) bool {
	return length >= 12 && off+length <= g.size && int64(g.tailOf(off, length, big)) == length
}

// begins tells whether a block that is whole, or the end, comes at off.
func (g *reader) begins(off int64, big bool) bool {
	if off == g.size {
		return true
	}
	var b [12]byte
	if n, _ := g.window.r.ReadAt(b[:min(12, g.size-off)], off); n < 12 {
		return false
	}
	typ, length, big, ok := blockHead(b[:], big)
	return ok && known(typ) && length >= minBlock(typ) && g.closes(off, length, big)
}

// blockHead reads twelve bytes of a block, in the order of the section or of the section that it begins.
func blockHead(b []byte, big bool) (typ uint32, length int64, _ bool, ok bool) {
	if binary.LittleEndian.Uint32(b) == blockSection {
		switch binary.LittleEndian.Uint32(b[8:]) {
		case sectionOrder:
			big = false
		case 0x4d3c2b1a:
			big = true
		default:
			return 0, 0, big, false
		}
	}
	o := byteOrder(big)
	return o.Uint32(b), int64(o.Uint32(b[4:])), big, true
}

// findBlock looks for the next block that is whole, from off. One in the other byte order counts only where a section
// begins; before the first section both orders count.
func (g *reader) findBlock(off, _ int64) (int64, bool) {
	for g.size-off >= 12 {
		b := g.piece(off, pieceLen)
		if g.err != nil && len(b) < 12 {
			g.err = nil
			off += 4096 - off%4096
			continue
		}
		n := len(b) - 11
		for i := range max(0, n) {
			if !known(binary.LittleEndian.Uint32(b[i:])) && !known(binary.BigEndian.Uint32(b[i:])) {
				continue
			}
			for _, big := range []bool{g.section.big, !g.section.big} {
				typ, length, big, ok := blockHead(b[i:], big)
				if ok && known(typ) && length%4 == 0 && length >= minBlock(typ) && g.closes(off+int64(i), length, big) {
					if !g.section.begun {
						g.section.big = big
					}
					if big == g.section.big || typ == blockSection {
						return off + int64(i), true
					}
				}
				if g.section.begun {
					break
				}
			}
		}
		if n <= 0 {
			break
		}
		off += int64(n)
	}
	return 0, false
}

// block takes a block that is whole.
func (x *Index) block(off, length int64, typ uint32, big bool) {
	g := &x.reader
	s := &g.section
	o := byteOrder(big)
	g.next = off + length
	b := g.piece(off, int(min(length, pieceLen)))
	if int64(len(b)) < minBlock(typ) && typ != blockNames {
		x.unreadable(off)
		g.next = off + length
		return
	}
	r := record{head: off}
	if big {
		r.source = sourceBig
	}
	switch typ {
	case blockSection:
		x.beginSection(big)
		options(b[24:], o, func(code uint16, v []byte) {
			if code == 1 {
				x.comment(v)
			}
		})
	case blockInterface:
		f := Interface{At: off, Link: LinkType(o.Uint16(b[8:])), Snaplen: o.Uint32(b[12:]), unit: microseconds}
		options(b[16:], o, func(code uint16, v []byte) {
			switch {
			case code == 1:
				f.Comment = text(v)
			case code == 2:
				f.Name = text(v)
			case code == 9 && len(v) >= 1:
				f.unit.resol = v[0]
			case code == 14 && len(v) >= 8:
				f.unit.offset = int64(o.Uint64(v))
			}
		})
		if len(s.local) < maxInterfaces {
			s.local = append(s.local, x.openInterface(f))
		}
	case blockEnhanced, blockPacket:
		r.source |= kindEnhanced
		id, caplen := o.Uint32(b[8:]), o.Uint32(b[20:])
		if typ == blockPacket {
			r.source += kindPacket - kindEnhanced
			id = uint32(o.Uint16(b[8:]))
		}
		n, f := x.interfaceOf(off, id)
		room := length - 32
		whole := int64(o.Uint32(b[24:])) // what it is where the length is damaged: as on the wire, if that fills the block
		fills := (whole+3)&^3 == room
		behind := 28 + (int64(caplen)+3)&^3
		switch {
		case int64(caplen) > room:
			x.damage(BadLength, off+20, off+20, "captured length %d, but the block has room for %d", caplen, room)
			if caplen = uint32(room); fills {
				caplen = uint32(whole)
			}
		case length-4-behind > 0 && length <= int64(len(b)) && !areOptions(b[behind:length-4], o):
			x.damage(BadLength, off+20, off+20, "captured length %d: the %s behind that are no options", caplen, byteCount(length-4-behind))
			if fills {
				caplen = uint32(whole)
			}
		}
		r.caplen = caplen
		r.source |= uint32(n) << sourceShift
		r.time = f.nanoseconds(uint64(o.Uint32(b[12:]))<<32 | uint64(o.Uint32(b[16:])))
		if r.time == NoTime {
			x.damage(BadTime, off+12, off+12, "time %#x%08x does not fit", o.Uint32(b[12:]), o.Uint32(b[16:]))
		}
		x.found(r)
	case blockSimple:
		r.source |= kindSimple
		n, _ := x.interfaceOf(off, 0)
		caplen := min(int64(o.Uint32(b[8:])), length-16)
		if snap := x.interfaces[n].Snaplen; snap > 0 { // only Grow writes interfaces
			caplen = min(caplen, int64(snap))
		}
		r.caplen, r.time = uint32(caplen), NoTime
		r.source |= uint32(n) << sourceShift
		x.found(r)
	case blockNames:
		x.nameBlock(off, length, o)
	case blockStatistics:
		id := o.Uint32(b[8:])
		if int64(id) < int64(len(s.local)) {
			x.mu.Lock()
			f := &x.interfaces[s.local[id]]
			options(b[20:], o, func(code uint16, v []byte) {
				switch {
				case code == 4 && len(v) >= 8:
					f.Received = o.Uint64(v)
				case code == 5 && len(v) >= 8:
					f.Dropped = o.Uint64(v)
				}
			})
			x.mu.Unlock()
		}
	case blockSecrets:
		x.mu.Lock()
		x.secrets++
		x.mu.Unlock()
	}
}

// interfaceOf gives the interface of a packet's block at off.
func (x *Index) interfaceOf(off int64, id uint32) (int, timeUnit) {
	s := &x.reader.section
	if int64(id) < int64(len(s.local)) {
		n := s.local[id]
		return n, x.interfaces[n].unit
	}
	if s.missing == 0 {
		s.missing = 1 + x.openInterface(Interface{At: off, Link: LinkUnknown, unit: microseconds, Undescribed: true})
	}
	x.damage(NoInterface, off, off, "a packet of interface %d; the section describes %d", id, len(s.local))
	return s.missing - 1, microseconds
}

// options calls f with each option of a list that ends with the block's second length.
func options(b []byte, o binary.ByteOrder, f func(code uint16, v []byte)) {
	for len(b) >= 4 {
		code, n := o.Uint16(b), int(o.Uint16(b[2:]))
		if code == 0 || 4+n > len(b) {
			return
		}
		f(code, b[4:4+n])
		b = b[min(len(b), 4+(n+3)&^3):]
	}
}

// areOptions tells that bytes are a whole list of options.
func areOptions(b []byte, o binary.ByteOrder) bool {
	for len(b) >= 4 {
		code, n := o.Uint16(b), (int(o.Uint16(b[2:]))+3)&^3
		if code == 0 {
			return n == 0
		}
		if 4+n > len(b) {
			return false
		}
		b = b[4+n:]
	}
	return len(b) == 0
}

// The most that is kept of names and comments.
const (
	maxNames    = 1 << 16
	maxComments = 256
	maxText     = 4096
)

// text is what a capture says in UTF-8, cut to a length that can be kept.
func text(b []byte) string {
	b = b[:min(len(b), maxText)]
	return strings.ToValidUTF8(strings.TrimRight(string(b), "\x00"), string(utf8.RuneError))
}

func (x *Index) comment(b []byte) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.comments) < maxComments {
		x.comments = append(x.comments, text(b))
	}
}

// nameBlock reads the names of addresses.
func (x *Index) nameBlock(off, length int64, o binary.ByteOrder) {
	g := &x.reader
	end := off + length - 4
	for at := off + 8; at+4 <= end; {
		b := g.piece(at, 4)
		if len(b) < 4 {
			return
		}
		typ, n := o.Uint16(b), int64(o.Uint16(b[2:]))
		if typ == 0 || at+4+n > end {
			return
		}
		b = g.piece(at+4, int(n))
		at += 4 + (n+3)&^3
		if int64(len(b)) < n {
			return
		}
		var addr string
		switch {
		case typ == 1 && n > 4:
			a, _ := netip.AddrFromSlice(b[:4])
			addr, b = a.String(), b[4:]
		case typ == 2 && n > 16:
			a, _ := netip.AddrFromSlice(b[:16])
			addr, b = a.String(), b[16:]
		default:
			continue
		}
		name, _, _ := strings.Cut(string(b), "\x00")
		x.mu.Lock()
		if len(x.names) < maxNames && x.names[addr] == "" {
			x.names[addr] = text([]byte(name))
		}
		x.mu.Unlock()
	}
}
