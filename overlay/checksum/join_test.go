package checksum

import (
	"slices"
	"testing"
)

// TestJoin: parts that are summed beside each other give the sum of the whole, for every CRC of the catalogue, for CRCs of each width
// with random parameters, and for every sum.
func TestJoin(t *testing.T) {
	rnd := seed(t)
	list := List()[len(digests):]
	for w := 1; w <= 64; w++ {
		mask := ^uint64(0) >> (64 - w)
		a, err := CRC(Params{w, rnd.Uint64()&mask | 1, rnd.Uint64() & mask, rnd.IntN(2) == 0, rnd.IntN(2) == 0, rnd.Uint64() & mask})
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, a)
	}
	data := make([]byte, 1<<17)
	for i := range data {
		data[i] = byte(rnd.Uint32())
	}
	copy(data[1<<16:], slices.Repeat([]byte{0xff}, 1<<15)) // the greatest sums
	for _, a := range list {
		if a.Name == "crc-82/darc" || a.Name == "sum-bsd" { // one after another only
			continue
		}
		for range 20 {
			b := data[rnd.IntN(8)*len(data)/8:]
			b = b[:rnd.IntN(len(b)+1)]
			whole, sum := a.New(), a.New().(Joiner)
			whole.Write(b)
			first := rnd.IntN(len(b)+1) &^ 7
			sum.Write(b[:first])
			for at := first; at < len(b); {
				n := min(len(b)-at, rnd.IntN(1<<15)&^7+8)
				part := sum.Part()
				part.Write(b[at : at+n/2])
				part.Write(b[at+n/2 : at+n])
				sum.Join(part, int64(n))
				at += n
			}
			if got, want := sum.Sum(nil), whole.Sum(nil); !slices.Equal(got, want) {
				t.Fatalf("%s of %d bytes, the first %d at once: %x, want %x", a.Name, len(b), first, got, want)
			}
		}
	}
}
