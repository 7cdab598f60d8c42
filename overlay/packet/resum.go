package packet

// Resum gives what the packet's TCP or UDP checksum becomes when bytes of its payload at off, an offset of the capture, change from old
// to now: the sum is changed by the difference (RFC 1624), so that a right one stays right and one that was not finished when it was
// captured stays as far from it. from is what an earlier change of the packet made of it, or nil. ok is false where there is no such
// checksum.
func (p *Packet) Resum(off int64, old, now []byte, from *[2]byte) (at int64, sum [2]byte, ok bool) {
	name, field := "tcp", 16
	if p.udp != nil {
		name, field = "udp", 6
	}
	l, found := p.Layer(name)
	if !found || l.Start+field+2 > len(p.Bytes) || len(old) != len(now) || off < p.Data+int64(l.Start) {
		return 0, sum, false
	}
	b := p.Bytes[l.Start+field:]
	if from != nil {
		b = from[:]
	}
	was := uint32(b[0])<<8 | uint32(b[1])
	if name == "udp" && was == 0 { // none
		return 0, sum, false
	}
	s := ^was & 0xffff
	odd := (off - p.Data - int64(l.Start)) % 2
	for i := range old {
		shift := 8 * uint(1-(odd+int64(i))%2)
		s += (^(uint32(old[i]) << shift) & 0xffff) + uint32(now[i])<<shift
		s = s&0xffff + s>>16
	}
	s = s&0xffff + s>>16
	s = ^s & 0xffff
	if name == "udp" && s == 0 {
		s = 0xffff
	}
	return p.Data + int64(l.Start+field), [2]byte{byte(s >> 8), byte(s)}, true
}
