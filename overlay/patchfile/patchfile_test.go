package patchfile

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

func seed(t *testing.T) uint64 {
	s := uint64(time.Now().UnixNano())
	if v, err := strconv.ParseUint(os.Getenv("HEXLAY_SEED"), 10, 64); err == nil {
		s = v
	}
	t.Logf("HEXLAY_SEED=%d", s)
	return s
}

// rounds is how often a random test runs.
func rounds(quick, slow int) int {
	if os.Getenv("HEXLAY_SLOW") != "" {
		return slow
	}
	return quick
}

func in(b []byte) Input { return Input{bytes.NewReader(b), int64(len(b))} }

var errLong = errors.New("more than a test wants")

// patched applies a patch.
func patched(patch, old []byte) ([]byte, error) {
	p, err := Open(bytes.NewReader(patch), int64(len(patch)))
	if err != nil {
		return nil, err
	}
	var out []byte
	at := int64(0)
	err = p.Apply(context.Background(), in(old), func(c Change) error {
		if c.Start < at || c.End < c.Start || c.End > int64(len(old)) {
			return errors.New("changes out of order")
		}
		if out = append(append(out, old[at:c.Start]...), c.New...); len(out) > 5<<20 {
			return errLong
		}
		at = c.End
		return nil
	})
	return append(out, old[at:]...), err
}

// sameOffset gives the runs that differ.
func sameOffset(a, b []byte) Hunks {
	return func(each func(Hunk) error) error {
		n := min(len(a), len(b))
		for i := 0; i < n; i++ {
			j := i
			for j < n && a[j] != b[j] {
				j++
			}
			if j > i {
				if err := each(Hunk{Range{int64(i), int64(j)}, Range{int64(i), int64(j)}}); err != nil {
					return err
				}
				i = j
			}
		}
		if len(a) != len(b) {
			return each(Hunk{Range{int64(n), int64(len(a))}, Range{int64(n), int64(len(b))}})
		}
		return nil
	}
}

// edit changes data at random and gives the hunks.
func edit(rnd *rand.Rand, a []byte) (b []byte, hunks []Hunk) {
	at := 0
	for range rnd.IntN(8) {
		start := at + rnd.IntN(len(a)-at+1)
		end := min(len(a), start+rnd.IntN(1<<rnd.IntN(12)))
		fresh := make([]byte, rnd.IntN(1<<rnd.IntN(12)))
		for i := range fresh {
			fresh[i] = byte(rnd.IntN(3) * rnd.IntN(256))
		}
		b = append(b, a[at:start]...)
		if len(fresh)+end-start > 0 {
			hunks = append(hunks, Hunk{Range{int64(start), int64(end)}, Range{int64(len(b)), int64(len(b) + len(fresh))}})
		}
		b = append(b, fresh...)
		at = end
	}
	return append(b, a[at:]...), hunks
}

func TestRoundTrip(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 1))
	for range rounds(40, 150) {
		a := make([]byte, rnd.IntN(1<<rnd.IntN(18)))
		for i := range a {
			a[i] = byte(rnd.IntN(1 << rnd.IntN(9)))
		}
		b, hunks := edit(rnd, a)
		for _, f := range Formats() {
			h := sameOffset(a, b)
			if !f.SameOffset() {
				h = func(each func(Hunk) error) error {
					for _, x := range hunks {
						if err := each(x); err != nil {
							return err
						}
					}
					return nil
				}
			}
			var patch bytes.Buffer
			if err := Write(context.Background(), &patch, f, in(a), in(b), h); err != nil {
				t.Fatalf("%s: %v", f, err)
			}
			got, err := patched(patch.Bytes(), a)
			if err != nil || !bytes.Equal(got, b) {
				t.Fatalf("%s: %v; %d bytes of %d, want %d", f, err, len(got), len(a), len(b))
			}
			if f == UPS {
				if got, err := patched(patch.Bytes(), b); err != nil || !bytes.Equal(got, a) {
					t.Fatalf("ups backwards: %v", err)
				}
			}
			if f != IPS && f != IPS32 && len(a) > 0 && !bytes.Equal(a, b) {
				wrong := slices.Clone(a)
				i := rnd.IntN(len(wrong))
				wrong[i] ^= 0x40
				got, err := patched(patch.Bytes(), wrong)
				if f == Script && err == nil { // it looks at the bytes that it changes only
					i := slices.IndexFunc(hunks, func(h Hunk) bool { return h.A.Start <= int64(i) && int64(i) < h.A.End })
					if i >= 0 {
						t.Fatalf("%s: a wrong byte at %d was not seen", f, i)
					}
				} else if !errors.Is(err, ErrMismatch) {
					t.Fatalf("%s: on another file it gives %d bytes and %v", f, len(got), err)
				}
			}
		}
	}
}

// TestIPSForbiddenOffset changes the byte at "EOF" only, which no record may name.
func TestIPSForbiddenOffset(t *testing.T) {
	for _, c := range []struct {
		f  Format
		at int
	}{{IPS, 0x454f46}, {IPS, 0x454f45}} {
		a := make([]byte, 0x454f46+10)
		b := slices.Clone(a)
		b[c.at] = 1
		b[c.at+2] = 1
		var patch bytes.Buffer
		if err := Write(context.Background(), &patch, c.f, in(a), in(b), sameOffset(a, b)); err != nil {
			t.Fatal(err)
		}
		if got, err := patched(patch.Bytes(), a); err != nil || !bytes.Equal(got, b) {
			t.Errorf("%v", err)
		}
	}
	big := Input{bytes.NewReader(nil), 1 << 25}
	err := Write(context.Background(), &bytes.Buffer{}, IPS, big, big, func(each func(Hunk) error) error {
		return each(Hunk{Range{1 << 24, 1<<24 + 1}, Range{1 << 24, 1<<24 + 1}})
	})
	if err == nil {
		t.Error("an offset of 25 bits was written")
	}
}

// TestIPSRecords: records are written one after the other, in whatever order and however they overlap.
func TestIPSRecords(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 9))
	for range rounds(2000, 50_000) {
		old := make([]byte, rnd.IntN(30))
		for i := range old {
			old[i] = 'a' + byte(i%26)
		}
		want, patch := slices.Clone(old), []byte("PATCH")
		at := 0
		for range rnd.IntN(5) {
			if at = rnd.IntN(40); rnd.IntN(2) == 0 { // ascending as often as not
				at = min(len(patch)-5, 40)
			}
			n := 1 + rnd.IntN(9)
			b := make([]byte, n)
			for i := range b {
				b[i] = 'A' + byte(rnd.IntN(26))
			}
			patch = append(patch, 0, 0, byte(at))
			if rnd.IntN(3) == 0 {
				b = bytes.Repeat(b[:1], n)
				patch = append(patch, 0, 0, 0, byte(n), b[0])
			} else {
				patch = append(append(patch, 0, byte(n)), b...)
			}
			want = append(want, make([]byte, max(0, at+n-len(want)))...)
			copy(want[at:], b)
		}
		patch = append(patch, "EOF"...)
		if rnd.IntN(4) == 0 {
			cut := rnd.IntN(50)
			patch = append(patch, 0, 0, byte(cut))
			want = want[:min(cut, len(want))]
		}
		if got, err := patched(patch, old); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%q of %q gives %q, %v; want %q", patch, old, got, err, want)
		}
	}
}

// TestByHand reads patches put together from the formats' descriptions.
func TestByHand(t *testing.T) {
	le := func(b []byte, n uint32) []byte { return binary.LittleEndian.AppendUint32(b, n) }
	sum := func(b []byte, old, fresh string) []byte {
		b = le(le(b, crc32.ChecksumIEEE([]byte(old))), crc32.ChecksumIEEE([]byte(fresh)))
		return le(b, crc32.ChecksumIEEE(b))
	}
	for _, c := range []struct {
		name, old, fresh string
		patch            []byte
	}{
		{"ips record, run, later wins, cut", "0123456789", "01AB555", []byte("PATCH\x00\x00\x02\x00\x03AxB\x00\x00\x04\x00\x00\x00\x04" + "5" + "\x00\x00\x03\x00\x01BEOF\x00\x00\x07")},
		{"ips grows over a gap", "01", "01\x00\x00X", []byte("PATCH\x00\x00\x04\x00\x01XEOF")},
		{"ips32", "0123", "0X23", []byte("IPS32\x00\x00\x00\x01\x00\x01XEEOF")},
		// BPS: 2 bytes read from the source, "ab" from the patch, 6 more that repeat them, then "01" copied from the source.
		{"bps", "0123", "01abababab01", sum([]byte("BPS1\x84\x8c\x80\x84\x85ab\x97\x84\x86\x80"), "0123", "01abababab01")},
		// UPS: skip 1, "1"^"X", and the second file is longer by "Z".
		{"ups", "0123", "0X23Z", sum([]byte("UPS1\x84\x85\x81\x69\x00\x81Z\x00"), "0123", "0X23Z")},
		{"script", "0123", "0abc3!", []byte("# hexlay\n\n0x1 3132 616263\n 4 - 21\n")},
	} {
		got, err := patched(c.patch, []byte(c.old))
		if err != nil || string(got) != c.fresh {
			t.Errorf("%s: %q, %v; want %q", c.name, got, err, c.fresh)
		}
	}
}

// TestDamaged cuts sound patches at every byte and flips bits: an error, or for formats without sums other bytes, but no panic
// and no endless work.
func TestDamaged(t *testing.T) {
	rnd := rand.New(rand.NewPCG(seed(t), 2))
	a := make([]byte, 300)
	for i := range a {
		a[i] = byte(rnd.IntN(4))
	}
	b, _ := edit(rnd, a)
	for _, f := range Formats() {
		var patch bytes.Buffer
		if err := Write(context.Background(), &patch, f, in(a), in(b), sameOffset(a, b)); err != nil {
			t.Fatal(err)
		}
		for i := range patch.Len() {
			got, err := patched(patch.Bytes()[:i], a)
			// IPS without the length behind its end mark is sound.
			atMark := (f == IPS || f == IPS32) && i >= patch.Len()-4 && len(b) < len(a)
			if err == nil && !atMark && !bytes.Equal(got, b) {
				t.Errorf("%s cut at %d of %d: no error", f, i, patch.Len())
			}
			flipped := bytes.Clone(patch.Bytes())
			flipped[i] ^= 1 << rnd.IntN(8)
			if _, err := patched(flipped, a); err == nil && (f == BPS || f == UPS) {
				t.Errorf("%s with a bit of byte %d flipped: no error", f, i)
			}
		}
	}
}

func TestByName(t *testing.T) {
	for name, want := range map[string]Format{"a.ips": IPS, "dir.d/x.BPS": BPS, "x.ups": UPS, "x.tar.hexpatch": Script, "ips": "", "a.b": "", "x.": ""} {
		if got, _ := ByName(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func FuzzApply(f *testing.F) {
	old := []byte("0123456789abcdef")
	f.Add([]byte("PATCH\x00\x00\x02\x00\x03AxBEOF"))
	f.Add([]byte("IPS32\x00\x00\x00\x01\x00\x01XEEOF"))
	f.Add([]byte("# hexlay\n0x1 31 41\n"))
	for _, body := range []string{"BPS1\x90\x8c\x80\x84\x85ab\x97\x84\x86\x80", "UPS1\x90\x91\x81\x69\x00\x8eZ\x00"} {
		f.Add(seal([]byte(body), old))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if bytes.HasPrefix(b, []byte("BPS1")) || bytes.HasPrefix(b, []byte("UPS1")) { // the sums would refuse nearly everything
			b = seal(b, old)
		}
		_, _ = patched(b, old)
	})
}

// seal puts sums behind a body.
func seal(b, old []byte) []byte {
	b = binary.LittleEndian.AppendUint32(slices.Clone(b), crc32.ChecksumIEEE(old))
	b = binary.LittleEndian.AppendUint32(b, 0)
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}
