package packet

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// refitNames keeps the names of a DNS message whole: a name may go on where another one has the same end, and says so by a pointer, an offset in the message
// (RFC 1035, 4.1.4), which changes when what lies before it becomes longer. Over TCP the length before the message changes, too.
func (p *Packet) refitNames(f *Refit, edits []Edit) error {
	l, ok := p.Layer("dns")
	if !ok {
		return nil
	}
	start, end := l.Start, min(l.End, len(p.Bytes))
	if _, tcp := p.Layer("tcp"); tcp {
		if start += 2; start > end {
			return nil
		}
		grow := int64(0)
		for _, e := range edits {
			if e.Off >= p.Data+int64(start) {
				grow += int64(len(e.New)) - e.Del
			}
		}
		was := int64(binary.BigEndian.Uint16(p.Bytes[start-2:]))
		off := p.Data + int64(start) - 2
		if is := was + grow; was == int64(end-start) && is <= 0xffff && grow != 0 && !f.touches(off, 2) {
			f.Edits = append(f.Edits, Edit{off, 2, binary.BigEndian.AppendUint16(nil, uint16(is))})
			f.Lengths = append(f.Lengths, Length{Name: "length of the DNS message", Was: was, Is: is})
		}
	}
	msg := p.Bytes[start:end]
	n := int64(0)
	for _, at := range namePointers(msg) {
		to := int64(binary.BigEndian.Uint16(msg[at:]) & 0x3fff)
		off, is := p.Data+int64(start+at), to
		for _, e := range edits {
			if t := p.Data + int64(start) + to; t >= e.Off+e.Del && t > e.Off && e.Off >= p.Data+int64(start) {
				is += int64(len(e.New)) - e.Del
			}
		}
		if is == to || f.touches(off, 2) {
			continue
		}
		if is > 0x3fff {
			return fmt.Errorf("a name would go on at %d of the DNS message, at most %d can be told", is, 0x3fff)
		}
		f.Edits = append(f.Edits, Edit{off, 2, binary.BigEndian.AppendUint16(nil, 0xc000|uint16(is))})
		n++
	}
	switch {
	case n == 1:
		f.Notes = append(f.Notes, "1 compressed DNS name is pointed to where the rest of it now is.")
	case n > 1:
		f.Notes = append(f.Notes, fmt.Sprintf("%d compressed DNS names are pointed to where the rest of them now is.", n))
	}
	return nil
}

// touches tells whether an edit is among the bytes.
func (f *Refit) touches(off, n int64) bool {
	return slices.ContainsFunc(f.Edits, func(e Edit) bool { return e.Off < off+n && off < e.Off+e.Del })
}

// namePointers are the places of the pointers in the names of a DNS message, as far as it can be read.
func namePointers(b []byte) (list []int) {
	if len(b) < 12 {
		return nil
	}
	name := func(at int) int { // the place behind it, beyond the end where it is none
		for at < len(b) {
			switch n := int(b[at]); {
			case n == 0:
				return at + 1
			case n >= 0xc0 && at+1 < len(b):
				list = append(list, at)
				return at + 2
			case n < 0x40:
				at += 1 + n
			default:
				return len(b) + 1
			}
		}
		return len(b) + 1
	}
	at := 12
	for range binary.BigEndian.Uint16(b[4:]) {
		if at = name(at) + 4; at > len(b) {
			return list
		}
	}
	for range int(binary.BigEndian.Uint16(b[6:])) + int(binary.BigEndian.Uint16(b[8:])) + int(binary.BigEndian.Uint16(b[10:])) {
		if at = name(at); at+10 > len(b) {
			return list
		}
		typ, end := binary.BigEndian.Uint16(b[at:]), at+10+int(binary.BigEndian.Uint16(b[at+8:]))
		if at += 10; end > len(b) {
			return list
		}
		if at < end {
			switch typ {
			case 2, 3, 4, 5, 7, 8, 9, 12, 39, 47: // NS, MD, MF, CNAME, MB, MG, MR, PTR, DNAME, NSEC
				name(at)
			case 6, 14, 17: // SOA, MINFO, RP
				if at = name(at); at < end {
					name(at)
				}
			case 15, 18, 21, 36: // MX, AFSDB, RT, KX
				name(at + 2)
			case 33: // SRV
				name(at + 6)
			}
		}
		at = end
	}
	return list
}
