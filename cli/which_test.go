package cli

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"strings"
	"testing"
)

func TestWhich(t *testing.T) {
	b := randomBytes(5, 5000)
	c := crc32.ChecksumIEEE(b[16:])
	f := writeFile(t, "f", append(b, byte(c), byte(c>>8), byte(c>>16), byte(c>>24)))
	sameJSON(t, fine(t, nil, "hash", f, "--which", "@-4:4", "--json"), `[{"algorithm":"crc-32/iso-hdlc","range":[16,5000],"order":"little","zeroed":false}]`)
	if got := string(fine(t, nil, "hash", f, "--which", "@5000:4")); !strings.HasPrefix(got, "crc-32/iso-hdlc            0x10..0x1388, little-endian\n") {
		t.Errorf("%q", got)
	}
	fine(t, nil, "hash", f, "--range", "0:5000", "--which", strings.TrimSpace(strings.Fields(string(fine(t, nil, "hash", f, "--algo", "crc-32", "--range", "16:4984")))[1]))
	if r := runHere(t, nil, "hash", f, "--which", "00 11 22 33 44 55 66 77", "--json"); r.status != exitData || string(r.out) != "[]\n" {
		t.Errorf("%v", r)
	}
	// Of the bytes right before it, wherever they begin, as in a chunk of a PNG.
	b = randomBytes(6, 9000)
	copy(b[3500:], binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(b[2537:3500])))
	sameJSON(t, fine(t, nil, "hash", writeFile(t, "g", b), "--which", "@3500:4", "--json"), `[{"algorithm":"crc-32/iso-hdlc","range":[2537,3500],"order":"big","zeroed":false}]`)
	fails(t, exitRefused, "position", "hash", f, "--which", "zz")
	fails(t, exitUsage, "at most 64", "hash", f, "--which", "@0:65")
	fails(t, exitData, "0011223344556677 is no checksum of the ranges tried", "hash", f, "--which", "00 11 22 33 44 55 66 77")
	fails(t, exitData, "beyond the end", "hash", f, "--which", "@5004:4")
	fails(t, exitUsage, "give no --algo", "hash", f, "--which", "00", "--algo", "md5")
}

// TestWhichByTemplate: the fields of a template are places where the bytes of a checksum may begin and end. The CRC of a PNG's chunk
// is of all but its length, and the chunk is longer than what is tried byte by byte.
func TestWhichByTemplate(t *testing.T) {
	im := image.NewGray(image.Rect(0, 0, 150, 100))
	copy(im.Pix, randomBytes(7, len(im.Pix)))
	var b bytes.Buffer
	if err := png.Encode(&b, im); err != nil {
		t.Fatal(err)
	}
	f := writeFile(t, "noise", b.Bytes())
	at := bytes.Index(b.Bytes(), []byte("IDAT"))
	end := at + 4 + int(binary.BigEndian.Uint32(b.Bytes()[at-4:]))
	if end-at < 8192 {
		t.Fatalf("the chunk has %d bytes", end-at)
	}
	value := fmt.Sprintf("@%d:4", end)
	want := fmt.Sprintf(`[{"algorithm":"crc-32/iso-hdlc","range":[%d,%d],"order":"big","zeroed":false}]`, at, end)
	fails(t, exitData, "in number; try --template png", "hash", f, "--which", value)
	sameJSON(t, fine(t, nil, "hash", f, "--which", value, "--template", "png", "--json"), want)
	// By its value alone, without its place.
	got := string(fine(t, nil, "hash", f, "--which", fmt.Sprintf("%x", b.Bytes()[end:end+4]), "--template", "png"))
	if want := fmt.Sprintf("crc-32/iso-hdlc            %#x..%#x, big-endian\n", at, end); !strings.Contains(got, want) {
		t.Errorf("%q, want %q among it", got, want)
	}
	// Laid over a range of a file that begins with something else.
	behind := writeFile(t, "behind", append(randomBytes(8, 777), b.Bytes()...))
	sameJSON(t, fine(t, nil, "hash", behind, "--range", "777:", "--which", fmt.Sprintf("@%d:4", 777+end), "--template", "png", "--json"),
		fmt.Sprintf(`[{"algorithm":"crc-32/iso-hdlc","range":[%d,%d],"order":"big","zeroed":false}]`, 777+at, 777+end))
	// Of a struct format every record counts: here the third one.
	var records []byte
	for i := range 5 {
		r := randomBytes(uint64(20+i), 6003)
		records = append(records, binary.LittleEndian.AppendUint32(r, crc32.ChecksumIEEE(r[3:]))...)
	}
	g := writeFile(t, "records", records)
	fails(t, exitData, "is no checksum", "hash", g, "--which", "@18017:4")
	sameJSON(t, fine(t, nil, "hash", g, "--which", "@18017:4", "--template", "<3s6000sI:head,data,crc", "--json"),
		`[{"algorithm":"crc-32/iso-hdlc","range":[12017,18017],"order":"little","zeroed":false}]`)
	fails(t, exitRefused, "no bytes", "hash", f, "--which", "")
	fails(t, exitUsage, "--template goes with --which", "hash", f, "--template", "png")
	fails(t, exitRefused, "", "hash", f, "--which", value, "--template", "<Y")
	fails(t, exitUsage, "no.ksy", "hash", f, "--which", value, "--template", "no.ksy")
}
