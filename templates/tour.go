// Package templates is what ships inside the program: the tour, which is the document that opens when hexlay is started
// without a file, and the templates of well-known formats, one directory each with a sample and its golden decode.
package templates

import (
	"bytes"
	"encoding/binary"
	"math"
)

// Step is one of the tour's notes: what to look at and the command lines that go there.
type Step struct {
	Title, Text string
	Commands    []string
}

// The tour's picture: a 24-bit BMP as the format's BITMAPFILEHEADER and BITMAPINFOHEADER describe it, rows bottom up,
// each filled up to a multiple of four bytes.
const (
	tourWidth, tourHeight = 21, 14 // 63 bytes a row: one byte of padding shows
	bmpHeader             = 14 + 40
)

// The message protocol of the tour, big-endian:
//
//	[1 B version][2 B type][4 B payload length][payload][2 B CRC-16 over all before it]
const (
	typeHello   = 0x0001
	typeClimate = 0x0010 // two float32: temperature in °C, relative humidity in %
	typeText    = 0x0020
	typeBye     = 0x00ff
)

// Tour builds the tour's document: a picture and, behind it, ten messages, the sixth with a wrong CRC, the last one cut
// short. It gives the offsets of the messages too.
func Tour() (doc []byte, messages []int) {
	doc = picture()
	climate := func(temperature, humidity float32) []byte {
		return message(typeClimate, binary.BigEndian.AppendUint32(
			binary.BigEndian.AppendUint32(nil, math.Float32bits(temperature)), math.Float32bits(humidity)))
	}
	broken := climate(21.75, 48.5)
	broken[len(broken)-1] ^= 0x10
	bye := message(typeBye, []byte("good night"))
	for _, m := range [][]byte{
		message(typeHello, []byte("station-7")),
		climate(20.5, 51.25),
		climate(20.75, 50.5),
		message(typeText, []byte("fenêtre ouverte, 21 °C")),
		climate(21.25, 49),
		broken,
		climate(22.5, 47.75),
		message(typeText, []byte{0xff, 'b', 'a', 'd', 0xc3, 0x28}),
		climate(-3.5, 88),
		bye[:len(bye)-6],
	} {
		messages = append(messages, len(doc))
		doc = append(doc, m...)
	}
	return doc, messages
}

// message builds one message of the protocol.
func message(typ uint16, payload []byte) []byte {
	m := append([]byte{1}, 0, 0, 0, 0, 0, 0)
	binary.BigEndian.PutUint16(m[1:], typ)
	binary.BigEndian.PutUint32(m[3:], uint32(len(payload)))
	m = append(m, payload...)
	return binary.BigEndian.AppendUint16(m, crc16(m))
}

// crc16 is the CRC-16 with the reflected polynomial 0xA001 and the start value 0xFFFF (as in Modbus).
func crc16(b []byte) uint16 {
	crc := uint16(0xffff)
	for _, c := range b {
		crc ^= uint16(c)
		for range 8 {
			low := crc & 1
			crc >>= 1
			if low == 1 {
				crc ^= 0xa001
			}
		}
	}
	return crc
}

func picture() []byte {
	row := (tourWidth*3 + 3) &^ 3
	var b bytes.Buffer
	le := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) } // a bytes.Buffer takes all
	b.WriteString("BM")
	le(uint32(bmpHeader + row*tourHeight))
	le([2]uint16{})
	le(uint32(bmpHeader))
	le(uint32(40))
	le(int32(tourWidth))
	le(int32(tourHeight))
	le([2]uint16{1, 24})
	le([2]uint32{0, uint32(row * tourHeight)})
	le([2]int32{2835, 2835}) // 72 dots per inch
	le([2]uint32{})
	for y := tourHeight - 1; y >= 0; y-- {
		line := make([]byte, row)
		for x := range tourWidth {
			copy(line[3*x:], pixel(x, y))
		}
		b.Write(line)
	}
	return b.Bytes()
}

// pixel gives blue, green and red: a hexagon, hexlay's sign, before an evening sky.
func pixel(x, y int) []byte {
	dx, dy := math.Abs(float64(x)-10)*0.95, math.Abs(float64(y)-6.5)*1.1
	switch d := math.Max(dy, dx*0.87+dy*0.5); {
	case d < 3.4:
		return []byte{0x30, 0xb8, 0xf8}
	case d < 5.4:
		return []byte{0x90, 0x58, 0x18}
	}
	return []byte{byte(0x50 + 6*y), byte(0x28 + 3*y), byte(0x60 - 4*y)}
}
