package checksum

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// answers runs a question to its end.
func answers(t *testing.T, q Question, data io.ReaderAt) []Answer {
	t.Helper()
	tasks, tried, skipped, err := q.Tasks()
	if err != nil || skipped > 0 || tried == 0 {
		t.Fatal(tried, skipped, err)
	}
	var all []Answer
	var read atomic.Int64
	for _, task := range tasks {
		found, err := task.Run(t.Context(), data, &read)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	sortAnswers(all)
	return all
}

func sortAnswers(a []Answer) {
	slices.SortFunc(a, func(a, b Answer) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End), cmp.Compare(a.Algorithm, b.Algorithm),
			cmp.Compare(fmt.Sprint(a.Reversed, a.Zeroed), fmt.Sprint(b.Reversed, b.Zeroed)))
	})
}

// TestWhich compares with computing every algorithm over every range.
func TestWhich(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if v := os.Getenv("HEXLAY_SEED"); v != "" {
		seed, _ = strconv.ParseUint(v, 10, 64)
	}
	t.Logf("HEXLAY_SEED=%d", seed)
	r := rand.New(rand.NewPCG(seed, 9))
	planted := 0
	for _, a := range List() {
		data := make([]byte, 100+r.IntN(300))
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		size := a.New().Size()
		at := int64(r.IntN(len(data) - size))
		var q Question
		for range 6 {
			q.Starts = append(q.Starts, int64(r.IntN(len(data)+1)))
			q.Ends = append(q.Ends, int64(r.IntN(len(data)+1)))
		}
		q.Starts = append(q.Starts, 0, at+int64(size))
		q.Ends = append(q.Ends, at, int64(len(data)))
		reversed, zeroed := r.IntN(2) == 0, r.IntN(3) == 0
		q.At, q.Near = at, int64(r.IntN(2)*50)
		if zeroed {
			clear(data[at : at+int64(size)])
		}
		// A range that leaves the value out, or counts it as zeros.
		from, to := at+int64(size), int64(len(data))
		if zeroed {
			from, to = 0, int64(len(data))
		}
		if to-from >= leastRange {
			h := a.New()
			h.Write(data[from:to])
			sum := h.Sum(nil)
			if reversed {
				slices.Reverse(sum)
			}
			copy(data[at:], sum)
		}
		if r.IntN(5) == 0 {
			q.At = -1
			at = -1
		}
		q.Value = bytes.Clone(data[len(data)-size:])
		if at >= 0 {
			q.Value = bytes.Clone(data[at : at+int64(size)])
		}
		got := answers(t, q, bytes.NewReader(data))
		var pairs [][2]cut
		for _, s := range cuts(q.Starts) {
			for _, e := range cuts(q.Ends) {
				pairs = append(pairs, [2]cut{s, e})
			}
		}
		for n := int64(2); n <= q.Near && at >= 0; n++ {
			for _, p := range [][2]cut{{{at: at - n}, {at: at}}, {{at: at + int64(size)}, {at: at + int64(size) + n}}} {
				p[0].rank = len(q.Starts) + len(q.Ends) + int(n)
				in := slices.Min(q.Starts) <= p[0].at && p[1].at <= slices.Max(q.Ends)
				if in && !(slices.Contains(q.Starts, p[0].at) && slices.Contains(q.Ends, p[1].at)) {
					pairs = append(pairs, p)
				}
			}
		}
		var want []Answer
		for _, b := range List() {
			if b.New().Size() != size {
				continue
			}
			for _, pair := range pairs {
				s, e := pair[0], pair[1]
				for _, z := range []bool{false, true} {
					if z && q.At < 0 || !q.fits(s.at, e.at, z) {
						continue
					}
					part := bytes.Clone(data)
					if z {
						clear(part[at : at+int64(size)])
					}
					h := b.New()
					h.Write(part[s.at:e.at])
					sum := h.Sum(nil)
					turned := slices.Clone(sum)
					slices.Reverse(turned)
					if straight := bytes.Equal(sum, q.Value); (straight || bytes.Equal(turned, q.Value)) && !oneWord(b.Name, part[s.at:e.at]) {
						want = append(want, Answer{b.Name, s.at, e.at, !straight, z, s.rank + e.rank})
					}
					if at >= 0 && b == a && s.at == from && e.at == to && z == zeroed {
						planted++
					}
				}
			}
		}
		sortAnswers(want)
		if size == 1 { // a CRC of less than 8 bits that is the same in both orders, or a sum: compare without the order
			for _, list := range [][]Answer{got, want} {
				for i := range list {
					list[i].Reversed = false
				}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: found\n%v\nwant\n%v", a.Name, got, want)
		}
	}
	if planted < 50 {
		t.Errorf("only %d values were planted", planted)
	}
}

// oneWord tells that a sum of b is but the one word that is not zero.
func oneWord(algorithm string, b []byte) bool {
	word := map[string]int{"sum8": 1, "xor8": 1, "sum16-le": 2, "sum16-be": 2, "sum32-le": 4, "sum32-be": 4}[algorithm]
	if word == 0 {
		return false
	}
	n := 0
	for w := range slices.Chunk(b, word) {
		if !bytes.Equal(w, make([]byte, len(w))) {
			n++
		}
	}
	return n < 2
}

// TestWhichItself: that a value is the sum of itself, alone or among zeros, is no answer; that it is the sum of two words is.
func TestWhichItself(t *testing.T) {
	value := []byte{0xde, 0xad, 0xbe, 0xef}
	for _, c := range []struct {
		name string
		data []byte
		want string
	}{
		{"itself", slices.Concat([]byte("abcdefgh"), value), ""},
		{"among zeros", slices.Concat(make([]byte, 20_000), value, make([]byte, 9996)), ""},
		{"two parts", slices.Concat(value[:3], []byte{0, 0, 0, 0, 0xef}), "sum32-besum32-le"},
	} {
		q := Question{Value: value, At: -1, Starts: []int64{0, 8}, Ends: []int64{int64(len(c.data))}}
		var got string
		for _, a := range answers(t, q, bytes.NewReader(c.data)) {
			got += a.Algorithm
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

// TestWhichBounds: what is too much work is left out and told, and the work ends when it is cancelled.
func TestWhichBounds(t *testing.T) {
	q := Question{Value: make([]byte, 16), At: -1, Starts: []int64{0, 1, 2, 3}, Ends: []int64{1 << 40}, Work: 3 << 40}
	tasks, _, skipped, err := q.Tasks()
	if err != nil || skipped != 5 || len(tasks) != 3 {
		t.Errorf("%d tasks, %d left out, %v", len(tasks), skipped, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var n atomic.Int64
	if _, err := tasks[0].Run(ctx, zeros{}, &n); !errors.Is(err, context.Canceled) || n.Load() > whichBlock {
		t.Errorf("cancelled: %v after %d bytes", err, n.Load())
	}
	if _, err := tasks[0].Run(t.Context(), bytes.NewReader(make([]byte, 10)), &n); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("too short: %v", err)
	}
	if _, _, _, err := (&Question{}).Tasks(); err == nil {
		t.Error("no value is accepted")
	}
	if _, _, _, err := (&Question{Value: []byte{1}}).Tasks(); err == nil {
		t.Error("no range is accepted")
	}
	// A value of few bits is found everywhere; the list is bounded.
	many := Question{Value: []byte{0}, At: -1}
	for i := range int64(500) {
		many.Starts, many.Ends = append(many.Starts, i), append(many.Ends, 1000+i)
	}
	tasks, _, _, _ = many.Tasks()
	for _, task := range tasks {
		if found, err := task.Run(t.Context(), zeros{}, &n); err != nil || len(found) > maxAnswers {
			t.Errorf("%d answers, %v", len(found), err)
		}
	}
}

type zeros struct{}

func (zeros) ReadAt(b []byte, _ int64) (int, error) { clear(b); return len(b), nil }
