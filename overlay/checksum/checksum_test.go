package checksum

import (
	"encoding/hex"
	"errors"
	"hash"
	"math/bits"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const nine = "123456789"

func sumOf(t *testing.T, name, data string) string {
	t.Helper()
	a, err := Lookup(name)
	if err != nil {
		t.Fatal(err)
	}
	h := a.New()
	h.Write([]byte(data))
	return hex.EncodeToString(h.Sum(nil))
}

// TestCatalogue compares every CRC with the check value of its entry.
func TestCatalogue(t *testing.T) {
	for _, c := range catalogue {
		got, err := strconv.ParseUint(sumOf(t, c.name, nine), 16, 64)
		if err != nil || got != c.check {
			t.Errorf("%s of %q is %#x, want %#x", c.name, nine, got, c.check)
		}
	}
	if got := sumOf(t, "crc-82/darc", nine); got != "009ea83f625023801fd612" {
		t.Errorf("crc-82/darc of %q is %s", nine, got)
	}
}

// TestCoreutils holds what cksum and sum of GNU coreutils 9.1 print, in hex.
func TestCoreutils(t *testing.T) {
	long := strings.Repeat("The quick brown fox jumps over the lazy dog", 999)
	for _, c := range []struct{ name, data, want string }{
		{"cksum", "", "ffffffff"}, {"cksum", "The", "1d6d47d2"}, {"cksum", long, "66ccc30b"},
		{"sum", "", "0000"}, {"sum-bsd", "The", "00ae"}, {"sum-bsd", long, "a3ff"},
		{"sysv", "", "0000"}, {"sum-sysv", "The", "0121"}, {"sum-sysv", long, "d80c"},
	} {
		if got := sumOf(t, c.name, c.data); got != c.want {
			t.Errorf("%s of %d bytes is %s, want %s", c.name, len(c.data), got, c.want)
		}
	}
}

// TestKnown holds values that others published: the RFCs and FIPS papers of the hashes, or their authors' programs.
func TestKnown(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"md5", "abc", "900150983cd24fb0d6963f7d28e17f72"},
		{"sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{"sha224", "abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"},
		{"sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"sha384", "", "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b"},
		{"sha512/256", "abc", "53048e2681941ef99b2e29b76b4c7dabe4c2d0c634fc6d46e0e2f13107e7af23"},
		{"sha3-256", "", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"},
		{"blake2s", "abc", "508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982"},
		{"blake2b-256", "", "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8"},
		{"blake3", "", "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"},
		{"xxh32", "", "02cc5d05"},
		{"xxh32", "a", "550d7456"},
		{"xxh32", "abc", "32d153ff"},
		{"xxh32", "Nobody inspects the spammish repetition", "e2293b2f"},
		{"xxh64", "", "ef46db3751d8e999"},
		{"xxh64", "abc", "44bc2cf5ad770999"},
		{"xxh3", "", "2d06800538d394c2"},
		{"xxh128", "", "99aa06d3014798d86001c324468d497f"},
		{"adler-32", "Wikipedia", "11e60398"},
		{"fletcher-16", "abcde", "c8f0"},
		{"fletcher-16", "abcdefgh", "0627"},
		{"fletcher-32", "abcde", "f04fc729"},
		{"fletcher-32", "abcdef", "56502d2a"},
		{"fletcher-64", "abcde", "c8c6c527646362c6"},
		{"fletcher-64", "abcdefgh", "312e2b28cccac8c6"},
		{"internet", "\x00\x01\xf2\x03\xf4\xf5\xf6\xf7", "220d"}, // RFC 1071: the sum is ddf2
		{"sum8", nine, "dd"},
		{"lrc", nine, "23"},
		{"sum16", nine, "01dd"},
		{"sum16-be", "\x01\x02\x03", "0402"},
		{"sum16-le", "\x01\x02\x03", "0204"},
		{"sum32-be", "\x01\x02\x03\x04\x05", "06020304"},
		{"sum32-le", "\x01\x02\x03\x04\x05", "04030206"},
		{"xor8", nine, "31"},
		{"CRC32", nine, "cbf43926"},
		{"crc32c", nine, "e3069283"},
		{"CRC_16 modbus", nine, "4b37"},
		{"crc:width=16:poly=0x8005:init=0xffff:refin=true:refout=true", nine, "4b37"},
		{"CRC:width=8:poly=7", nine, "f4"},
	} {
		if got := sumOf(t, c.name, c.data); got != c.want {
			t.Errorf("%s of %q is %s, want %s", c.name, c.data, got, c.want)
		}
	}
}

// slowCRC works bit by bit, straight from the model's description.
func slowCRC(p Params, data []byte) uint64 {
	mask := ^uint64(0) >> (64 - p.Width)
	r := p.Init
	for _, c := range data {
		if p.RefIn {
			c = bits.Reverse8(c)
		}
		for i := 7; i >= 0; i-- {
			top := r>>(p.Width-1)&1 ^ uint64(c>>i&1)
			r = r << 1 & mask
			if top == 1 {
				r ^= p.Poly
			}
		}
	}
	if p.RefOut {
		r = bits.Reverse64(r) >> (64 - p.Width)
	}
	return r ^ p.XorOut
}

func seed(t *testing.T) *rand.Rand {
	s := uint64(time.Now().UnixNano())
	if v := os.Getenv("HEXLAY_SEED"); v != "" {
		s, _ = strconv.ParseUint(v, 10, 64)
	}
	t.Logf("HEXLAY_SEED=%d", s)
	return rand.New(rand.NewPCG(s, 1))
}

func TestCRCAgainstBits(t *testing.T) {
	r := seed(t)
	for range 300 {
		width := 1 + r.IntN(64)
		mask := ^uint64(0) >> (64 - width)
		p := Params{width, r.Uint64()&mask | 1, r.Uint64() & mask, r.IntN(2) == 0, r.IntN(2) == 0, r.Uint64() & mask}
		if r.IntN(4) == 0 {
			p.Width, p.Poly, p.RefIn = 32, []uint64{0x04c11db7, 0x1edc6f41}[r.IntN(2)], true
			p.Init, p.XorOut = p.Init&0xffffffff, p.XorOut&0xffffffff
		}
		a, err := CRC(p)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Lookup(p.Name())
		if err != nil || again.Name != a.Name {
			t.Fatalf("%s is read back as %v, %v", a.Name, again, err)
		}
		data := randomBytes(r, r.IntN(200))
		h := again.New()
		h.Write(data)
		if got, want := h.Sum(nil), appendBig(nil, slowCRC(p, data), (p.Width+7)/8); !slices.Equal(got, want) {
			t.Fatalf("%s of %x is %x, want %x", a.Name, data, got, want)
		}
	}
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestStreams cuts the data anywhere, asks for the sum in between, and begins again.
func TestStreams(t *testing.T) {
	r := seed(t)
	data := randomBytes(r, 70_000)
	for _, a := range List() {
		whole := a.New()
		whole.Write(data)
		want := whole.Sum(nil)
		if len(want) != (a.Bits+7)/8 || whole.Size() != len(want) {
			t.Errorf("%s gives %d bytes, Size() says %d, Bits %d", a.Name, len(want), whole.Size(), a.Bits)
		}
		h := a.New()
		h.Write([]byte("something else"))
		h.Reset()
		for rest := data; len(rest) > 0; {
			k := min(len(rest), r.IntN([]int{3, 40, 9000}[r.IntN(3)]))
			h.Write(rest[:k])
			rest = rest[k:]
			if r.IntN(16) == 0 {
				h.Sum(nil)
			}
		}
		if got := h.Sum([]byte{0xaa}); !slices.Equal(got[1:], want) || got[0] != 0xaa {
			t.Errorf("%s in parts is %x, at once %x", a.Name, got[1:], want)
		}
	}
}

// TestFullBytes sums so much of 0xff that sums which forget to carry or to reduce go wrong.
func TestFullBytes(t *testing.T) {
	data := slices.Repeat([]byte{0xff}, 1<<20)
	for name, want := range map[string]uint64{
		"sum8": 255 << 20 & 0xff, "sum16": 255 << 20 & 0xffff, "sum32": 255 << 20, "sum16-le": (1<<16 - 1<<19) & 0xffff, "sum16-be": (0xffff << 19) & 0xffff,
		"sum32-le": (0xffffffff << 18) & 0xffffffff, "sum32-be": (0xffffffff << 18) & 0xffffffff,
		"fletcher-16": 0, "fletcher-32": 0, "fletcher-64": 0, "internet": 0, "xor8": 0,
	} {
		got, err := strconv.ParseUint(sumOf(t, name, string(data)), 16, 64)
		if err != nil || got != want {
			t.Errorf("%s of 2^20 times 0xff is %#x, want %#x", name, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	seen := map[string]string{}
	for _, a := range List() {
		if a.Name != strings.ToLower(a.Name) {
			t.Errorf("%s is not lower case", a.Name)
		}
		for _, n := range append([]string{a.Name}, a.Aliases...) {
			if other, ok := seen[plain(n)]; ok {
				t.Errorf("%s is a name of %s and of %s", n, other, a.Name)
			}
			seen[plain(n)] = a.Name
		}
		if got, err := Lookup(strings.ToUpper(a.Name)); err != nil || got != a {
			t.Errorf("Lookup(%s): %v, %v", strings.ToUpper(a.Name), got, err)
		}
	}
	for name, near := range map[string]string{"sha265": "sha256", "crc-16/modbsu": "crc-16/modbus", "crc-16/ccitt-fals": "crc-16/ibm-3740", "fletcher": "fletcher-16"} {
		_, err := Lookup(name)
		var u *UnknownError
		if !errors.As(err, &u) || !slices.Contains(u.Near, near) {
			t.Errorf("Lookup(%q): %v, want near %s", name, err, near)
		}
	}
	for _, name := range []string{"", "\x1b[31m", "crc:", "crc:width=16", "crc:width=65:poly=3", "crc:width=4:poly=0x13", "crc:width=8:poly=0", "crc:width=8:poly=7:poly=7",
		"crc:width=8:poly=7:refin=maybe", "crc:width=8:poly=x", "crc:width=8:poly=7:start=1", strings.Repeat("x", 1000)} {
		if a, err := Lookup(name); err == nil {
			t.Errorf("Lookup(%q) gives %s", name, a.Name)
		} else if strings.ContainsAny(err.Error(), "\x1b\n") {
			t.Errorf("Lookup(%q): %q", name, err)
		}
	}
}

func BenchmarkChecksum(b *testing.B) {
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(i * i >> 3)
	}
	for _, a := range List() {
		b.Run(a.Name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			var h hash.Hash = a.New()
			for b.Loop() {
				h.Write(data)
			}
		})
	}
}
