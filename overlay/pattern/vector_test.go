package pattern

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// withoutVector runs a test again as on a machine without vectors.
func withoutVector(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	if !vector {
		t.Skip("this machine has none of the instructions that would be left out")
	}
	vector = false
	defer func() { vector = true }()
	test(t)
}

func TestSequencesWithoutVector(t *testing.T) { withoutVector(t, TestSequencesAgreeWithNaive) }
func TestRegexpWithoutVector(t *testing.T)    { withoutVector(t, TestRegexpAgreesWithStandardLibrary) }
func TestWaysWithoutVector(t *testing.T)      { withoutVector(t, TestWays) }
func TestInverseWithoutVector(t *testing.T)   { withoutVector(t, TestInverse) }

// TestProbesAgreeWithScalar compares the tests of many starts at once with those of one after the other, in all lengths
// and at bytes that nearly pass.
func TestProbesAgreeWithScalar(t *testing.T) {
	rnd := seeded(t)
	for range 4000 {
		hay := make([]byte, 1+rnd.IntN(500))
		for i := range hay {
			hay[i] = alphabet[rnd.IntN(len(alphabet))]
			if rnd.IntN(8) == 0 {
				hay[i] = byte(rnd.Uint32())
			}
		}
		places := 1 + rnd.IntN(min(80, len(hay)))
		sets := make([]set, places)
		for i := range sets {
			for range 1 + rnd.IntN(3)*rnd.IntN(90) {
				sets[i].add(byte(rnd.Uint32()))
			}
			sets[i].add(alphabet[rnd.IntN(4)])
		}
		s := newSequence(sets)
		place := func() int { return rnd.IntN(places) }
		a, b := place(), place()
		p := pair{a, b, s.val[a], s.mask[a], s.val[b], s.mask[b]}
		seqs := []*sequence{s}
		for range rnd.IntN(2) * rnd.IntN(20) {
			more := make([]set, places)
			for i := range more {
				more[i] = single(alphabet[rnd.IntN(len(alphabet))])
			}
			seqs = append(seqs, newSequence(more))
		}
		at := [3]int{place(), place(), place()}
		tr := newTriple(seqs, at)
		to := len(hay) - places + 1
		for from := 0; from < to; from += 1 + rnd.IntN(40) {
			if got, want := p.find(hay, from, to), p.scalar(hay, from, to); got != want {
				t.Fatalf("%+v in % x, [%d, %d): %d, want %d", p, hay, from, to, got, want)
			}
			if got, want := tr.find(hay, from, to), tr.scalar(hay, from, to); got != want {
				t.Fatalf("%+v in % x, [%d, %d): %d, want %d", tr, hay, from, to, got, want)
			}
			// What should pass does.
			var fit uint64
			for k, s := range seqs {
				if s.sets[at[0]].has(hay[from+at[0]]) && s.sets[at[1]].has(hay[from+at[1]]) && s.sets[at[2]].has(hay[from+at[2]]) {
					fit |= 1 << k
				}
			}
			if got := (&probe{seqs: seqs, triple: tr}).fitting(hay, from); got&fit != fit {
				t.Fatalf("%+v in % x at %d: sequences %b of %b", tr, hay, from, got, fit)
			}
		}
	}
}

// TestBoxes: sets whose nibbles make up just them let nothing else pass.
func TestBoxes(t *testing.T) {
	for _, src := range []string{"[30-39] [61-66] [78-7a]", "!00", "![00 ff]", "4? ?f 12", "[41-5a 61-7a]"} {
		p, err := Hex(src)
		if err != nil {
			t.Fatal(err)
		}
		s := p.seqs[0]
		at := [3]int{0, len(s.sets) / 2, len(s.sets) - 1}
		tr := newTriple(p.seqs, at)
		hay := make([]byte, len(s.sets))
		for _, k := range at {
			for i := range hay {
				hay[i] = s.sets[i].bytes()[0]
			}
			for c := range 256 {
				hay[k] = byte(c)
				if got, want := tr.bits(hay, 0) != 0, s.sets[k].has(byte(c)); got != want {
					t.Fatalf("%s: %02x at %d is %v", src, c, k, got)
				}
			}
		}
	}
}

// TestProbesLearn compares with the ways that need no vectors, in data in which the first guess is bad, and that change.
func TestProbesLearn(t *testing.T) {
	rnd := seeded(t)
	if !vector {
		t.Skip("this machine has no vectors")
	}
	units := []string{"\x00", "ab", "the ", "e", "needl", "1234567890", "\xff\x00", "aab"}
	for range 150 {
		var hay []byte
		for range 1 + rnd.IntN(4) {
			u := units[rnd.IntN(len(units))]
			hay = append(hay, bytes.Repeat([]byte(u), rnd.IntN(12_000)/len(u))...)
		}
		for range rnd.IntN(200) {
			if len(hay) > 0 {
				hay[rnd.IntN(len(hay))] = alphabet[rnd.IntN(len(alphabet))]
			}
		}
		part := func() string { // something that is nearly there
			if len(hay) < 300 {
				return "61 62 00"
			}
			at := rnd.IntN(len(hay) - 250)
			b := bytes.Clone(hay[at : at+1+rnd.IntN(3)+rnd.IntN(2)*rnd.IntN(200)])
			if rnd.IntN(2) == 0 {
				b[rnd.IntN(len(b))] ^= 1 << rnd.IntN(8)
			}
			var out []string
			for _, c := range b {
				switch rnd.IntN(12) {
				case 0:
					out = append(out, "??")
				case 1:
					out = append(out, fmt.Sprintf("[%02x %02x 41-45]", c, c^1))
				default:
					out = append(out, fmt.Sprintf("%02x", c))
				}
			}
			return strings.Join(out, " ")
		}
		src := part()
		for range rnd.IntN(2) * rnd.IntN(12) {
			src += "|" + part()
		}
		p, err := Hex(src)
		if err != nil {
			if strings.Contains(err.Error(), "internal") {
				t.Fatal(err)
			}
			continue
		}
		step := rnd.IntN(2) == 0
		got := all(p, hay, rnd.IntN(2)*(5000+rnd.IntN(5000)), step)
		vector = false
		want := all(p, hay, 0, step)
		vector = true
		if !same(got, want) {
			t.Fatalf("%s in %d bytes: %d matches, want %d", src, len(hay), len(got), len(want))
		}
	}
}
