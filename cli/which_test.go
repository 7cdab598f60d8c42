package cli

import (
	"encoding/binary"
	"hash/crc32"
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
