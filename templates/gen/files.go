package main

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"log"
	"maps"
	"time"

	"hexlay/templates"
)

var le, be = binary.LittleEndian, binary.BigEndian

// samples gives the sample files by their names in the folder of templates.
func samples() map[string][]byte {
	tour, at := templates.Tour()
	s := map[string][]byte{
		"tour/sample.bin":    tour,
		"message/sample.bin": tour[at[0]:at[5]],
		"bmp/core.bmp":       coreBitmap(),
		"bmp/v5.bmp":         v5Bitmap(),
		"bmp/tour.bmp":       tour[:at[0]],
		"png/sample.png":     pngSample(),
		"gif/sample.gif":     gifSample(),
		"wav/sample.wav":     wavSample(),
		"zip/sample.zip":     zipSample(),
		"zip/zip64.zip":      zip64Sample(),
		"gzip/sample.gz":     gzipSample(),
		"elf/little64.elf":   elfSample(true, le),
		"elf/big32.elf":      elfSample(false, be),
	}
	maps.Copy(s, packetSamples())
	return s
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// pack writes values one behind the other.
func pack(order binary.ByteOrder, values ...any) []byte {
	var b bytes.Buffer
	for _, v := range values {
		if s, ok := v.(string); ok {
			v = []byte(s)
		}
		check(binary.Write(&b, order, v))
	}
	return b.Bytes()
}

// coreBitmap is a bitmap of OS/2 1.x: a header of 12 bytes and 16 colours.
func coreBitmap() []byte {
	b := pack(le, "BM", uint32(0), uint32(0), uint32(26+48), uint32(12), uint16(5), uint16(2), uint16(1), uint16(4))
	for i := range 16 {
		b = append(b, byte(i*17), byte(i*11), byte(i*5))
	}
	b = append(b, 0x12, 0x34, 0x50, 0, 0xfe, 0xdc, 0xb0, 0)
	le.PutUint32(b[2:], uint32(len(b)))
	return b
}

// v5Bitmap has the longest header, 32 bits a pixel with masks, and its rows go from the top to the bottom.
func v5Bitmap() []byte {
	b := pack(le, "BM", uint32(0), uint32(0), uint32(14+124), uint32(124), int32(2), int32(-2), uint16(1), uint16(32), uint32(3), uint32(16),
		int32(2835), int32(2835), uint32(0), uint32(0), uint32(0xff0000), uint32(0xff00), uint32(0xff), uint32(0xff000000),
		uint32(0x73524742), [9]uint32{}, [3]uint32{}, uint32(4), [3]uint32{})
	b = append(b, 0, 0, 255, 255, 0, 255, 0, 255, 255, 0, 0, 255, 255, 255, 255, 128)
	le.PutUint32(b[2:], uint32(len(b)))
	return b
}

func palette() color.Palette {
	return color.Palette{color.RGBA{0x60, 0x28, 0x50, 255}, color.RGBA{0xf8, 0xb8, 0x30, 255}, color.RGBA{0x18, 0x58, 0x90, 255}, color.RGBA{0, 0, 0, 0}}
}

// picture is the letter h.
func picture(x0 int) *image.Paletted {
	m := image.NewPaletted(image.Rect(0, 0, 8, 8), palette())
	for y := range 8 {
		for x := range 8 {
			if x == x0 || y == 4 && x > x0 && x < 6 || x == 6 && y > 4 {
				m.SetColorIndex(x, y, 1)
			}
		}
	}
	return m
}

func pngSample() []byte {
	var b bytes.Buffer
	check(png.Encode(&b, picture(1)))
	// A text and a time, in front of the last chunk, which has twelve bytes.
	all := b.Bytes()
	out := append([]byte(nil), all[:len(all)-12]...)
	out = append(out, pngChunk("tEXt", "Title\x00h, as in hexlay")...)
	out = append(out, pngChunk("tIME", string(pack(be, uint16(2026), [5]byte{11, 24, 12, 30, 0})))...)
	return append(out, all[len(all)-12:]...)
}

func pngChunk(typ, body string) []byte {
	return pack(be, uint32(len(body)), typ, body, crc32.ChecksumIEEE([]byte(typ+body)))
}

func gifSample() []byte {
	var b bytes.Buffer
	check(gif.EncodeAll(&b, &gif.GIF{Image: []*image.Paletted{picture(1), picture(2)}, Delay: []int{50, 50}, Disposal: []byte{1, 1},
		Config: image.Config{ColorModel: palette(), Width: 8, Height: 8}}))
	return b.Bytes()
}

func wavSample() []byte {
	chunk := func(id, body string) string {
		s := string(pack(le, id, uint32(len(body)), body))
		if len(body)%2 == 1 {
			s += "\x00"
		}
		return s
	}
	sound := make([]byte, 31)
	for i := range sound {
		sound[i] = byte(128 + (i%8-4)*20)
	}
	body := "WAVE" + chunk("fmt ", string(pack(le, uint16(1), uint16(1), uint32(8000), uint32(8000), uint16(1), uint16(8)))) +
		chunk("LIST", "INFO"+chunk("INAM", "a saw\x00")) + chunk("data", string(sound))
	return pack(le, "RIFF", uint32(len(body)), body)
}

func zipSample() []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	add := func(h *zip.FileHeader, text string) {
		f, err := w.CreateHeader(h)
		check(err)
		_, err = f.Write([]byte(text))
		check(err)
	}
	when := time.Date(2026, 11, 24, 12, 30, 2, 0, time.UTC)
	add(&zip.FileHeader{Name: "stored.txt", Method: zip.Store, Modified: when, Comment: "as it is"}, "hexlay")
	add(&zip.FileHeader{Name: "fenêtre/packed.txt", Method: zip.Deflate, Modified: when}, "again and again and again and again and again")
	check(w.SetComment("a comment at the end"))
	check(w.Close())
	return b.Bytes()
}

// zip64Sample has all sizes and offsets in the fields of 64 bits, as an archive of more than 4 GiB would.
func zip64Sample() []byte {
	const none32, none16 = 0xffffffff, 0xffff
	text, name := "hexlay", "long.txt"
	sum := crc32.ChecksumIEEE([]byte(text))
	date := uint32(46<<25 | 11<<21 | 24<<16 | 12<<11 | 30<<5)
	b := pack(le, "PK\x03\x04", uint16(45), uint16(0), uint16(0), date, sum, uint32(none32), uint32(none32), uint16(len(name)), uint16(20), name,
		uint16(1), uint16(16), uint64(len(text)), uint64(len(text)), text)
	dir := uint64(len(b))
	b = append(b, pack(le, "PK\x01\x02", uint8(45), uint8(3), uint16(45), uint16(0), uint16(0), date, sum, uint32(none32), uint32(none32),
		uint16(len(name)), uint16(28), uint16(0), uint16(0), uint16(0), uint32(0o100644<<16), uint32(none32), name,
		uint16(1), uint16(24), uint64(len(text)), uint64(len(text)), uint64(0))...)
	end := uint64(len(b))
	b = append(b, pack(le, "PK\x06\x06", uint64(44), uint16(45), uint16(45), uint32(0), uint32(0), uint64(1), uint64(1), end-dir, dir)...)
	b = append(b, pack(le, "PK\x06\x07", uint32(0), end, uint32(1))...)
	return append(b, pack(le, "PK\x05\x06", uint16(0), uint16(0), uint16(none16), uint16(none16), uint32(none32), uint32(none32), uint16(0))...)
}

func gzipSample() []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Header = gzip.Header{Name: "hexlay.txt", Comment: "a sample", Extra: []byte("HX\x02\x00ok"), ModTime: time.Unix(1795500000, 0), OS: 3}
	_, err := w.Write([]byte("again and again and again"))
	check(err)
	check(w.Close())
	return b.Bytes()
}

// elfSample is an object file with a function and its name.
func elfSample(is64 bool, order binary.AppendByteOrder) []byte {
	word := func(b []byte, v uint64) []byte {
		if is64 {
			return order.AppendUint64(b, v)
		}
		return order.AppendUint32(b, uint32(v))
	}
	type section struct {
		name       string
		typ        uint32
		flags      uint64
		body       []byte
		link, info uint32
		entry      uint64
	}
	symbol := func(name uint32, value, size uint64, info byte, section uint16) (b []byte) {
		b = order.AppendUint32(b, name)
		if is64 {
			b = order.AppendUint16(append(b, info, 0), section)
			return word(word(b, value), size)
		}
		b = word(word(b, value), size)
		return order.AppendUint16(append(b, info, 0), section)
	}
	code := []byte{0x90, 0x90, 0xc3, 0x90}
	names := "\x00main\x00helper\x00"
	symbols := append(append(symbol(0, 0, 0, 0, 0), symbol(1, 0, 3, 0x12, 1)...), symbol(6, 0, 0, 0x10, 0)...)
	note := append(order.AppendUint32(order.AppendUint32(order.AppendUint32(nil, 4), 4), 1), "GNU\x00\x01\x02\x03\x04"...)
	sections := []section{{}, {".text", 1, 6, code, 0, 0, 0}, {".symtab", 2, 0, symbols, 3, 1, uint64(len(symbols) / 3)}, {".strtab", 3, 0, []byte(names), 0, 0, 0},
		{".note", 7, 0, note, 0, 0, 0}, {".shstrtab", 3, 0, nil, 0, 0, 0}}
	shnames := "\x00"
	for _, s := range sections[1:] {
		shnames += s.name + "\x00"
	}
	sections[5].body = []byte(shnames)

	header, lenSection, lenProgram, class := 52, 40, 32, byte(1)
	if is64 {
		header, lenSection, lenProgram, class = 64, 64, 56, 2
	}
	data := byte(1)
	if order.String() == "BigEndian" {
		data = 2
	}
	var bodies []byte
	var offsets []uint64
	start := header + lenProgram
	for _, s := range sections {
		for (start+len(bodies))%8 != 0 {
			bodies = append(bodies, 0)
		}
		offsets = append(offsets, uint64(start+len(bodies)))
		bodies = append(bodies, s.body...)
	}
	for (start+len(bodies))%8 != 0 {
		bodies = append(bodies, 0)
	}
	machine := uint16(62)
	if !is64 {
		machine = 20
	}
	b := append([]byte("\x7fELF"), class, data, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0)
	b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, 1), machine), 1)
	b = word(word(word(b, 0), uint64(header)), uint64(start+len(bodies)))
	b = order.AppendUint32(b, 0)
	for _, v := range []int{header, lenProgram, 1, lenSection, len(sections), 5} {
		b = order.AppendUint16(b, uint16(v))
	}
	b = order.AppendUint32(b, 1) // a segment that loads the code
	if is64 {
		b = order.AppendUint32(b, 5)
	}
	b = word(word(word(b, offsets[1]), 0x1000), 0x1000)
	b = word(word(b, uint64(len(code))), 0x100)
	if !is64 {
		b = order.AppendUint32(b, 5)
	}
	b = word(b, 8)
	b = append(b, bodies...)
	at := uint32(1)
	for i, s := range sections {
		if i == 0 {
			b = order.AppendUint32(b, 0)
		} else {
			b = order.AppendUint32(b, at)
			at += uint32(len(s.name) + 1)
		}
		b = order.AppendUint32(b, s.typ)
		b = word(word(b, s.flags), 0)
		off := offsets[i]
		if i == 0 {
			off = 0
		}
		b = word(word(b, off), uint64(len(s.body)))
		b = order.AppendUint32(order.AppendUint32(b, s.link), s.info)
		b = word(word(b, 1), s.entry)
	}
	return b
}
