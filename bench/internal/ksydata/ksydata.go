// Package ksydata makes the large files that templates are measured with: an archive and a capture, always the same bytes for
// the same sizes.
package ksydata

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
)

// Zip writes an archive of so many entries, stored, which together have so many bytes.
func Zip(out io.Writer, entries int, size int64) error {
	b := bufio.NewWriterSize(out, 1<<20)
	w := zip.NewWriter(b)
	r := rand.New(rand.NewPCG(1, 2))
	body := make([]byte, size/int64(entries))
	for i := range entries {
		fill(r, body)
		h := &zip.FileHeader{Name: fmt.Sprintf("folder%02d/file%05d.bin", i%40, i), Method: zip.Store, CRC32: crc32.ChecksumIEEE(body),
			CompressedSize64: uint64(len(body)), UncompressedSize64: uint64(len(body)), ModifiedDate: 46<<9 | 11<<5 | 24, ModifiedTime: 12 << 11}
		f, err := w.CreateRaw(h)
		if err != nil {
			return err
		}
		if _, err := f.Write(body); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	return b.Flush()
}

// Pcap writes a capture of so many Ethernet frames, which together with their records have about so many bytes: TCP segments
// of a few connections, three in four, and DNS questions and answers.
func Pcap(out io.Writer, packets int, size int64) error {
	const record, headers = 16, 14 + 20 + 20
	w := bufio.NewWriterSize(out, 1<<20)
	le, be := binary.LittleEndian, binary.BigEndian
	head := le.AppendUint32(nil, 0xa1b2c3d4)
	head = le.AppendUint32(le.AppendUint16(le.AppendUint16(head, 2), 4), 0)
	head = le.AppendUint32(le.AppendUint32(le.AppendUint32(head, 0), 262144), 1)
	if _, err := w.Write(head); err != nil {
		return err
	}
	r := rand.New(rand.NewPCG(3, 4))
	question := []byte("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x03www\x07example\x03org\x00\x00\x01\x00\x01")
	answer := append(append([]byte(nil), question...), "\xc0\x0c\x00\x01\x00\x01\x00\x00\x01\x2c\x00\x04\xc0\x00\x02\x35"...)
	answer[2], answer[3], answer[7] = 0x81, 0x80, 1
	small := int64(packets/4) * (record + 14 + 20 + 8 + int64(len(question)+len(answer))/2)
	payload := make([]byte, min(1460, (size-small)/int64(packets-packets/4)-record-headers))
	fill(r, payload)
	var b []byte
	for i := range packets {
		protocol, body := byte(6), payload
		if i%4 == 3 {
			protocol, body = 17, question
			if i%8 == 7 {
				body = answer
			}
		}
		transport := 20
		if protocol == 17 {
			transport = 8
		}
		n := 14 + 20 + transport + len(body)
		b = le.AppendUint32(b[:0], uint32(1795500000+i/1000))
		b = le.AppendUint32(b, uint32(i%1000*1000))
		b = le.AppendUint32(le.AppendUint32(b, uint32(n)), uint32(n))
		b = append(b, 2, 0, 0, 0, 0, 11, 2, 0, 0, 0, 0, 10, 8, 0)
		ip := len(b)
		b = append(b, 0x45, 0)
		b = be.AppendUint16(be.AppendUint16(be.AppendUint16(b, uint16(n-14)), uint16(i)), 0x4000)
		b = append(b, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, byte(2+i%16))
		be.PutUint16(b[ip+10:], internet(b[ip:]))
		if protocol == 17 {
			b = be.AppendUint16(be.AppendUint16(b, 53), uint16(40000+i%1000))
			b = be.AppendUint16(be.AppendUint16(b, uint16(8+len(body))), 0)
		} else {
			b = be.AppendUint16(be.AppendUint16(b, 443), uint16(50000+i%16))
			b = be.AppendUint32(be.AppendUint32(b, uint32(i/16*len(body))), 1)
			b = append(b, 0x50, 0x18, 0xfa, 0xf0, 0, 0, 0, 0)
		}
		if _, err := w.Write(append(b, body...)); err != nil {
			return err
		}
	}
	return w.Flush()
}

func fill(r *rand.Rand, b []byte) {
	for i := 0; i+8 <= len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], r.Uint64())
	}
}

// internet is the checksum of an IPv4 header.
func internet(b []byte) uint16 {
	total := uint32(0)
	for i := 0; i < len(b); i += 2 {
		total += uint32(binary.BigEndian.Uint16(b[i:]))
	}
	for total>>16 != 0 {
		total = total&0xffff + total>>16
	}
	return ^uint16(total)
}
