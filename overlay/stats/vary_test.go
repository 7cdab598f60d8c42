package stats

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// seeded gives a random source whose seed is printed when the test fails; HEXLAY_SEED sets it.
func seeded(t testing.TB) *rand.Rand {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("HEXLAY_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("HEXLAY_SEED=%d", seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 11))
}

// told is fields in short.
func told(list []VaryField) string {
	var b strings.Builder
	for _, f := range list {
		fmt.Fprintf(&b, "%d-%d %v", f.Start, f.End, f.Kind)
		if (f.Kind == VaryCounter || f.Kind == VaryLength) && f.End-f.Start > 1 {
			b.WriteString(map[bool]string{true: " le", false: " be"}[f.Little])
		}
		switch {
		case f.Kind == VaryCounter && f.Step != 0:
			fmt.Fprintf(&b, " %+d", f.Step)
		case f.Kind == VaryCounter:
			b.WriteString(" rises")
		case f.Kind == VaryLength:
			fmt.Fprintf(&b, " -%d", f.Less)
		case f.Kind == VaryFew:
			fmt.Fprintf(&b, " % x", f.Values)
		case f.Kind == VaryConstant:
			fmt.Fprintf(&b, " %x", f.Values)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// TestVaryFields: messages of a made-up protocol, whose fields are found again.
func TestVaryFields(t *testing.T) {
	rnd := seeded(t)
	for _, n := range []int{60, 700, 5000} {
		v := NewVarying(100)
		var b []byte
		clock := uint32(0x5f000000 + rnd.Uint32N(1<<16))
		for i := range n {
			body := 20 + rnd.IntN(300)
			b = append(b[:0], 0xca, 0xfe)                        // 0: constant
			b = append(b, []byte{1, 1, 1, 4, 9}[rnd.IntN(5)])    // 2: a type
			b = append(b, byte(7*i))                             // 3: a counter of one byte, by 7
			b = binary.BigEndian.AppendUint16(b, uint16(body+8)) // 4: the length of what follows byte 20, and 8
			b = binary.LittleEndian.AppendUint32(b, uint32(250+i*3))
			clock += 1 + rnd.Uint32N(3000)
			b = binary.BigEndian.AppendUint32(b, clock) // 10: a time
			b = append(b, byte(rnd.IntN(2))<<7)         // 14: a flag
			b = append(b, 0)                            // 15
			b = binary.BigEndian.AppendUint16(b, uint16(9000-i))
			b = binary.LittleEndian.AppendUint16(b, uint16(body)) // 18
			for range body {
				b = append(b, byte(rnd.Uint32()))
			}
			v.Add(b, len(b))
		}
		got := told(v.Fields())
		// Of the counter of four bytes those count up that change: two.
		want := "0-2 constant cafe\n2-3 few values 01 09 04\n3-4 counter +7\n4-6 length be -12\n6-8 counter le +3\n8-10 constant 0000\n10-14 counter be rises\n" +
			"14-15 few values 80 00\n15-16 constant 00\n16-18 counter be -1\n18-20 length le -20\n20-100 random\n"
		got = strings.NewReplacer("01 04 09", "01 09 04", "00 80", "80 00").Replace(got)
		if n == 60 { // too few for the first bytes of the time to change
			got, _, _ = strings.Cut(got, "8-")
			want, _, _ = strings.Cut(want, "8-")
		}
		if got != want {
			t.Errorf("%d messages:\n%swant\n%s", n, got, want)
		}
	}
}

// TestVaryDisturbed: a counter is found although messages come twice, are missing, or come in another order now and then.
func TestVaryDisturbed(t *testing.T) {
	rnd := seeded(t)
	v := NewVarying(64)
	for i, no := 0, uint16(65000); i < 1000; i++ { // it wraps
		switch rnd.IntN(20) {
		case 0:
		case 1:
			no += 5
		default:
			no++
		}
		b := []byte{1, byte(no >> 8), byte(no), byte(rnd.Uint32())}
		v.Add(b, 4)
	}
	if got := told(v.Fields()); got != "0-1 constant 01\n1-3 counter be +1\n3-4 random\n" {
		t.Error(got)
	}
}

// TestVaryBetweenConstants: a counter has its own bytes only, also where what stands around it never changes, and steps of whole bytes.
func TestVaryBetweenConstants(t *testing.T) {
	for step, want := range map[int]string{
		1:   "0-5 constant 0000000000\n5-6 counter +1\n6-12 constant 000000000000\n", // 200 fit into a byte
		-3:  "0-4 constant 00000000\n4-6 counter be -3\n6-12 constant 000000000000\n",
		256: "0-4 constant 00000000\n4-5 counter +1\n5-12 constant 07000000000000\n",
	} {
		v := NewVarying(64)
		for i := range 200 {
			b := make([]byte, 12)
			binary.BigEndian.PutUint16(b[4:], uint16(i*step+7))
			v.Add(b, 12)
		}
		if got := told(v.Fields()); got != want {
			t.Errorf("step %d: %s", step, got)
		}
	}
}

// TestVaryNothing: bytes without any order are random, however many messages there are, and fields never overlap nor leave a gap.
func TestVaryNothing(t *testing.T) {
	rnd := seeded(t)
	for round := range 60 {
		v := NewVarying(40)
		n := 12 + rnd.IntN(60)
		longest := 0
		for range n {
			b := make([]byte, rnd.IntN(50))
			for i := range b {
				b[i] = byte(rnd.Uint32())
			}
			longest = max(longest, min(40, len(b)))
			v.Add(b, len(b))
		}
		at := 0
		for _, f := range v.Fields() {
			if f.Start != at || f.End <= f.Start {
				t.Fatalf("round %d: %+v, want a field at %d", round, f, at)
			}
			at = f.End
			if f.Messages > 8 && f.Kind != VaryRandom {
				t.Errorf("round %d, %d messages: %s", round, n, told([]VaryField{f}))
			}
		}
		if at != longest {
			t.Fatalf("fields end at %d of %d", at, longest)
		}
	}
	for _, messages := range [][][]byte{nil, {{}}, {{1, 2}}, {{1}, {2}}, {{0}, {128}, {0}, {128}, {0}, {128}}} {
		v := NewVarying(40)
		for _, m := range messages {
			v.Add(m, len(m))
		}
		for _, f := range v.Fields() {
			if f.Kind == VaryCounter || f.Kind == VaryLength {
				t.Errorf("%v has %s", messages, told([]VaryField{f}))
			}
		}
	}
}

// TestVaryValues: the values of few are counted, the most frequent first, and a length of cut messages is that of the whole.
func TestVaryValues(t *testing.T) {
	v := NewVarying(8)
	for i := range 100 {
		b := []byte{0, byte(50 + i*i%37), byte(i % 3), 5}
		if i%3 == 2 {
			b = b[:3]
		}
		v.Add(b, 53+i*i%37)
	}
	list := v.Fields()
	if got := told(list); got != "0-1 constant 00\n1-2 length -3\n2-3 few values 00 01 02\n3-4 constant 05\n" {
		t.Fatal(got)
	}
	if !slices.Equal(list[2].Counts, []int{34, 33, 33}) || list[3].Messages != 67 || list[1].Low != 50 {
		t.Errorf("%+v", list)
	}
}
