package packet

import (
	"encoding/binary"
	"fmt"
	"io"
)

// A Writer writes packets of a capture as a new one, little-endian, with times in nanoseconds.
type Writer struct {
	w      io.Writer
	x      *Index
	format Format
	link   LinkType       // of pcap, which has one
	ifaces map[int]uint32 // of pcapng: the numbers that interfaces have there
	begun  bool
	buf    []byte
}

// NewWriter makes a writer of packets of x.
func NewWriter(w io.Writer, x *Index, format Format) *Writer {
	return &Writer{w: w, x: x, format: format, ifaces: make(map[int]uint32)}
}

// begin writes the header of a capture, which one without packets has too.
func (w *Writer) begin(link LinkType) error {
	if w.begun {
		return nil
	}
	w.begun, w.link = true, link
	le := binary.LittleEndian
	b := w.buf[:0]
	if w.format == Pcap {
		b = le.AppendUint32(b, 0xa1b23c4d)
		b = le.AppendUint32(b, 4<<16|2)
		b = le.AppendUint32(le.AppendUint32(b, 0), 0)
		b = le.AppendUint32(b, usualCaplen)
		b = le.AppendUint32(b, uint32(link))
	} else {
		b = le.AppendUint32(le.AppendUint32(b, blockSection), 28)
		b = le.AppendUint32(b, sectionOrder)
		b = le.AppendUint32(b, 1)
		b = le.AppendUint64(b, 1<<64-1)
		b = le.AppendUint32(b, 28)
	}
	_, err := w.w.Write(b)
	return err
}

// Packet writes one packet. A pcap file takes packets of one link type only.
func (w *Writer) Packet(p *Packet) error {
	if p.Caplen > int64(len(p.Bytes)) {
		return fmt.Errorf("packet %d has %d bytes; at most %d can be written", p.Index+1, p.Caplen, maxDecoded)
	}
	f := w.x.Interface(p.Interface)
	link := f.Link
	if link == LinkUnknown {
		link = p.Link
	}
	if err := w.begin(link); err != nil {
		return err
	}
	le := binary.LittleEndian
	b := w.buf[:0]
	when := uint64(0)
	if p.Time != NoTime && p.Time > 0 {
		when = uint64(p.Time)
	}
	data := p.Bytes
	if w.format == Pcap {
		if link != w.link {
			return fmt.Errorf("packet %d is %v and others are %v, which one pcap file cannot hold; pcapng can", p.Index+1, link, w.link)
		}
		b = le.AppendUint32(le.AppendUint32(b, uint32(when/1e9)), uint32(when%1e9))
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(data))), uint32(p.Len))
		b = append(b, data...)
	} else {
		id, known := w.ifaces[p.Interface]
		if !known {
			id = uint32(len(w.ifaces))
			w.ifaces[p.Interface] = id
			opts := []byte{9, 0, 1, 0, 9, 0, 0, 0} // nanoseconds
			if n := len(f.Name); n > 0 {
				opts = le.AppendUint16(le.AppendUint16(opts, 2), uint16(n))
				opts = append(append(opts, f.Name...), make([]byte, -n&3)...)
			}
			opts = append(opts, 0, 0, 0, 0)
			n := uint32(20 + len(opts))
			b = le.AppendUint32(le.AppendUint32(b, blockInterface), n)
			b = le.AppendUint32(le.AppendUint32(b, uint32(link)), f.Snaplen)
			b = le.AppendUint32(append(b, opts...), n)
		}
		n := uint32(32 + (len(data)+3)&^3)
		b = le.AppendUint32(le.AppendUint32(b, blockEnhanced), n)
		b = le.AppendUint32(b, id)
		b = le.AppendUint32(le.AppendUint32(b, uint32(when>>32)), uint32(when))
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(data))), uint32(p.Len))
		b = append(append(b, data...), make([]byte, -len(data)&3)...)
		b = le.AppendUint32(b, n)
	}
	w.buf = b
	_, err := w.w.Write(b)
	return err
}

// End writes what a capture without packets has.
func (w *Writer) End() error { return w.begin(LinkEthernet) }
