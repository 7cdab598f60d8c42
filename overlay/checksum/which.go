package checksum

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
)

// A Question asks which checksum a value is, and of which bytes: any of the algorithms whose results are as long as the value,
// over any range from one of Starts to one of Ends, with the value's bytes in either order.
//
// CRCs are linear, so one pass over the data for each polynomial tells about every pair of a start and an end and every
// initial value. With P(k) the register after the bytes before k from 0 on, and T the register that the value comes from,
// the range from s to e has that value when
//
//	T·x^(-8e) + P(e)·x^(-8e) = P(s)·x^(-8s) + init·x^(-8s)   modulo the polynomial,
//
// where one side knows the end alone and the other the start alone. Sums over words are told from their states at the start and the end
// likewise. Everything else is computed from each start on, with a look at the result at each end.
type Question struct {
	Value []byte
	// At is where the value stands in the data, -1 for nowhere. Ranges over it count its bytes as zeros; others leave it out.
	At int64
	// Starts and Ends are the places where ranges begin and end, the most plausible first.
	Starts, Ends []int64
	// Near is how many bytes before the value the places are of which all are tried as the start of a range up to it, and behind
	// it as the end of one from there on. They are less plausible than Starts and Ends.
	Near int64
	// Work bounds how many bytes algorithms other than CRCs are computed of; 0: DefaultWork.
	Work int64
}

// DefaultWork is a minute or so.
const DefaultWork = 64 << 30

// An Answer is an algorithm and a range that give the value.
type Answer struct {
	Algorithm  string
	Start, End int64
	Reversed   bool // the value stands with its least significant byte first
	Zeroed     bool // the value's own bytes count as zeros
	// Rank is how far behind in Starts and Ends the places are: the less, the more plausible.
	Rank int
}

// maxAnswers bounds what is found: a value of few bits is found everywhere.
const maxAnswers = 10_000

// A Task is a part of a question that can be answered by itself, on any goroutine.
type Task struct {
	q    *Question
	work int64 // bytes that it reads
	run  func(ctx context.Context, data io.ReaderAt, read func(int)) ([]Answer, error)
}

// Work is how many bytes the task reads.
func (t *Task) Work() int64 { return t.work }

// Run answers the task. progress counts the bytes read.
func (t *Task) Run(ctx context.Context, data io.ReaderAt, progress *atomic.Int64) ([]Answer, error) {
	return t.run(ctx, data, func(n int) { progress.Add(int64(n)) })
}

// Tasks cuts the question into its parts. skipped tells how many were left out because they would be too much work; tried is how many
// combinations of algorithm, range and byte order the tasks try, so that tried / 2^(8·len(Value)) of them agree by chance.
func (q *Question) Tasks() (tasks []*Task, tried float64, skipped int, err error) {
	if len(q.Value) == 0 || len(q.Value) > 64 {
		return nil, 0, 0, errors.New("the value of a checksum has 1 to 64 bytes")
	}
	if len(q.Starts) == 0 || len(q.Ends) == 0 {
		return nil, 0, 0, errors.New("there is no range to try")
	}
	left := q.Work
	if left == 0 {
		left = DefaultWork
	}
	tasks, tried, skipped = q.tasks(cuts(q.Starts), cuts(q.Ends), &left)
	for _, near := range q.near() {
		t, n, s := q.tasks(near.starts, near.ends, &left)
		tasks, tried, skipped = append(tasks, t...), tried+n, skipped+s
	}
	return tasks, tried, skipped, nil
}

type places struct{ starts, ends []cut }

// near are the ranges that end or begin beside the value, without those that Starts and Ends give.
func (q *Question) near() (out [2]places) {
	if q.At < 0 {
		return out
	}
	last := q.At + int64(len(q.Value))
	rank := len(q.Starts) + len(q.Ends)
	before, behind := &out[0], &out[1]
	for n := int64(leastRange); n <= q.Near; n++ {
		if at := q.At - n; at >= slices.Min(q.Starts) && !(slices.Contains(q.Starts, at) && slices.Contains(q.Ends, q.At)) {
			before.starts = append(before.starts, cut{at, rank + int(n)})
		}
		if at := last + n; at <= slices.Max(q.Ends) && !(slices.Contains(q.Ends, at) && slices.Contains(q.Starts, last)) {
			behind.ends = append(behind.ends, cut{at, rank + int(n)})
		}
	}
	slices.Reverse(before.starts)
	before.ends, behind.starts = []cut{{q.At, 0}}, []cut{{last, 0}}
	return out
}

// tasks are those of one set of places, in order; left is how much work they may be.
func (q *Question) tasks(starts, ends []cut, left *int64) (tasks []*Task, tried float64, skipped int) {
	if len(starts) == 0 || len(ends) == 0 {
		return nil, 0, 0
	}
	reach := mmRange{starts[0].at, ends[len(ends)-1].at}
	orders := 2.0
	if symmetric(q.Value) {
		orders = 1
	}
	for _, zeroed := range []bool{false, true} {
		if zeroed && q.At < 0 {
			break
		}
		pairs := q.pairs(starts, ends, zeroed)
		if pairs == 0 {
			continue
		}
		for _, g := range crcGroups(len(q.Value)) {
			tasks = append(tasks, &Task{q, reach.len(), func(ctx context.Context, data io.ReaderAt, read func(int)) ([]Answer, error) {
				return q.crc(ctx, q.masked(data, zeroed), g, starts, ends, zeroed, read)
			}})
			tried += orders * float64(len(g.members)) * pairs
		}
		for _, a := range registry().list {
			if a.params != nil || a.New().Size() != len(q.Value) {
				continue
			}
			if p := prefixSums[a.Name]; p != nil {
				for phase := range int64(p.sum.word) {
					class := slices.DeleteFunc(slices.Clone(starts), func(s cut) bool { return s.at%int64(p.sum.word) != phase })
					if len(class) > 0 {
						tasks = append(tasks, &Task{q, reach.end - class[0].at, func(ctx context.Context, data io.ReaderAt, read func(int)) ([]Answer, error) {
							return q.sums(ctx, q.masked(data, zeroed), a, p, class, ends, zeroed, read)
						}})
					}
				}
				tried += orders * pairs
				continue
			}
			for _, s := range starts {
				n := reach.end - s.at
				if *left -= n; *left < 0 {
					skipped++
					continue
				}
				tasks = append(tasks, &Task{q, n, func(ctx context.Context, data io.ReaderAt, read func(int)) ([]Answer, error) {
					return q.other(ctx, q.masked(data, zeroed), a, s, ends, zeroed, read)
				}})
				tried += orders * pairs / float64(len(starts))
			}
		}
	}
	return tasks, tried, skipped
}

type mmRange struct{ start, end int64 }

func (r mmRange) len() int64 { return max(0, r.end-r.start) }

// A cut is a place and how plausible it is.
type cut struct {
	at   int64
	rank int
}

// cuts sorts places; of the same place twice the first counts.
func cuts(places []int64) []cut {
	out := make([]cut, 0, len(places))
	for i, at := range places {
		out = append(out, cut{at, i})
	}
	slices.SortStableFunc(out, func(a, b cut) int { return cmp.Compare(a.at, b.at) })
	return slices.CompactFunc(out, func(a, b cut) bool { return a.at == b.at })
}

// leastRange is how many bytes a range has at least.
const leastRange = 2

// fits tells whether a range is tried: with the value's bytes zeroed it must hold them all, without it must hold none.
func (q *Question) fits(start, end int64, zeroed bool) bool {
	if end-start < leastRange {
		return false
	}
	if q.At < 0 {
		return true
	}
	last := q.At + int64(len(q.Value))
	if zeroed {
		return start <= q.At && end >= last && end-start > int64(len(q.Value))
	}
	return end <= q.At || start >= last
}

func (q *Question) pairs(starts, ends []cut, zeroed bool) (n float64) {
	for _, s := range starts {
		for _, e := range ends {
			if q.fits(s.at, e.at, zeroed) {
				n++
			}
		}
	}
	return n
}

func symmetric(b []byte) bool {
	c := slices.Clone(b)
	slices.Reverse(c)
	return slices.Equal(b, c)
}

// masked is data with the value's bytes as zeros.
func (q *Question) masked(data io.ReaderAt, zeroed bool) io.ReaderAt {
	if !zeroed {
		return data
	}
	return &maskedReader{data, q.At, q.At + int64(len(q.Value))}
}

type maskedReader struct {
	io.ReaderAt
	from, to int64
}

func (m *maskedReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := m.ReaderAt.ReadAt(p, off)
	for at := max(m.from, off); at < min(m.to, off+int64(n)); at++ {
		p[at-off] = 0
	}
	return n, err
}

const whichBlock = 1 << 20

var whichBlocks = sync.Pool{New: func() any { b := make([]byte, whichBlock); return &b }}

// pass hands the data between places in ascending order to feed, and calls at behind each of them.
func pass(ctx context.Context, data io.ReaderAt, from int64, places []cut, read func(int), feed func(b []byte), at func(c cut)) error {
	buf := whichBlocks.Get().(*[]byte)
	defer whichBlocks.Put(buf)
	for _, c := range places {
		for from < c.at {
			b := (*buf)[:min(whichBlock, c.at-from)]
			if n, err := data.ReadAt(b, from); n < len(b) {
				if err == nil || err == io.EOF {
					err = io.ErrUnexpectedEOF
				}
				return err
			}
			feed(b)
			read(len(b))
			from += int64(len(b))
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		at(c)
	}
	return ctx.Err()
}

// other computes an algorithm from one start on.
func (q *Question) other(ctx context.Context, data io.ReaderAt, a *Algorithm, s cut, ends []cut, zeroed bool, read func(int)) (found []Answer, err error) {
	h := a.New()
	reversed := slices.Clone(q.Value)
	slices.Reverse(reversed)
	ends = slices.DeleteFunc(slices.Clone(ends), func(e cut) bool { return !q.fits(s.at, e.at, zeroed) })
	var sum []byte
	err = pass(ctx, data, s.at, ends, read, func(b []byte) { h.Write(b) }, func(e cut) {
		sum = h.Sum(sum[:0])
		straight := slices.Equal(sum, q.Value)
		if (straight || slices.Equal(sum, reversed)) && len(found) < maxAnswers {
			found = append(found, Answer{a.Name, s.at, e.at, !straight, zeroed, s.rank + e.rank})
		}
	})
	return found, err
}

// sums computes a sum of all ranges whose starts are whole words apart.
func (q *Question) sums(ctx context.Context, data io.ReaderAt, a *Algorithm, p *prefixSum, starts, ends []cut, zeroed bool, read func(int)) (found []Answer, err error) {
	origin, word := starts[0].at, int64(p.sum.word)
	ends = slices.DeleteFunc(slices.Clone(ends), func(e cut) bool { return e.at < origin })
	h := &wordHash{wordSum: p.sum}
	states := make(map[int64]sumState)
	err = pass(ctx, data, origin, cuts(placesOf(starts, ends)), read, func(b []byte) { h.Write(b) }, func(c cut) { states[c.at] = h.state() })
	if err != nil {
		return nil, err
	}
	size := a.New().Size()
	reversed := slices.Clone(q.Value)
	slices.Reverse(reversed)
	var sum []byte
	look := int64(loneWork)
	for _, s := range starts {
		for _, e := range ends {
			if !q.fits(s.at, e.at, zeroed) {
				continue
			}
			n := uint64((e.at - s.at + word - 1) / word)
			sum = appendBig(sum[:0], p.value(p.minus(states[e.at], states[s.at], n), n), size)
			straight := slices.Equal(sum, q.Value)
			if !straight && !slices.Equal(sum, reversed) || len(found) >= maxAnswers {
				continue
			}
			if slices.Contains(plainSums, a.Name) && lone(data, s.at, e.at, word, &look) {
				continue
			}
			found = append(found, Answer{a.Name, s.at, e.at, !straight, zeroed, s.rank + e.rank})
		}
	}
	return found, ctx.Err()
}

// plainSums are those that of one word are that word: where a range has but one that is not zero, they tell only that the value is there.
var plainSums = []string{"sum8", "sum16-le", "sum16-be", "sum32-le", "sum32-be", "xor8"}

// loneWork bounds how many bytes of zeros are read to see whether there is more than one word.
const loneWork = 64 << 20

// lone tells whether at most one word of a range is not zero. left is how many bytes may be read.
func lone(data io.ReaderAt, start, end, word int64, left *int64) bool {
	b := make([]byte, 4<<10) // a whole number of words
	words := 0
	for at := start; at < end; at += int64(len(b)) {
		n := min(int64(len(b)), end-at)
		if *left -= n; *left < 0 {
			return false
		}
		if k, _ := data.ReadAt(b[:n], at); int64(k) < n {
			return false
		}
		for i := int64(0); i < n; i += word {
			if slices.ContainsFunc(b[i:min(i+word, n)], func(c byte) bool { return c != 0 }) {
				if words++; words > 1 {
					return false
				}
			}
		}
	}
	return true
}

func placesOf(lists ...[]cut) (places []int64) {
	for _, l := range lists {
		for _, c := range l {
			places = append(places, c.at)
		}
	}
	return places
}

// A crcGroup is the CRCs that divide by the same polynomial in the same order of bits.
type crcGroup struct {
	width   int
	poly    uint64
	refIn   bool
	engine  *crcEngine // with the initial value 0
	members []crcMember
}

type crcMember struct {
	name string
	p    Params
}

func crcGroups(size int) []*crcGroup {
	type key struct {
		width int
		poly  uint64
		refIn bool
	}
	groups := make(map[key]*crcGroup)
	var list []*crcGroup
	for _, c := range catalogue {
		if (c.p.Width+7)/8 != size || c.p.Poly&1 == 0 { // x must have an inverse
			continue
		}
		k := key{c.p.Width, c.p.Poly, c.p.RefIn}
		g := groups[k]
		if g == nil {
			g = &crcGroup{width: k.width, poly: k.poly, refIn: k.refIn,
				engine: newCRCEngine(Params{Width: k.width, Poly: k.poly, RefIn: k.refIn, RefOut: k.refIn})}
			groups[k] = g
			list = append(list, g)
		}
		g.members = append(g.members, crcMember{c.name, c.p})
	}
	return list
}

// crc answers for all CRCs of a group at once.
func (q *Question) crc(ctx context.Context, data io.ReaderAt, g *crcGroup, starts, ends []cut, zeroed bool, read func(int)) (found []Answer, err error) {
	f := field{g.width, g.poly}
	origin := starts[0].at
	behind := slices.DeleteFunc(slices.Clone(ends), func(e cut) bool { return e.at < origin })
	// back[k] is x^(-8k), known[k] the register before k times that.
	back, known := make(map[int64]uint64), make(map[int64]uint64)
	reg := g.engine.New().(*crc)
	err = pass(ctx, data, origin, cuts(placesOf(starts, behind)), read, func(b []byte) { reg.Write(b) }, func(c cut) {
		inv := f.pow(f.inverseOfX(), 8*uint64(c.at-origin))
		back[c.at] = inv
		known[c.at] = f.mul(g.engine.polynomial(reg.reg), inv)
	})
	if err != nil {
		return nil, err
	}
	for _, m := range g.members {
		byStart := make(map[uint64][]cut, len(starts))
		for _, s := range starts {
			k := known[s.at] ^ f.mul(m.p.Init, back[s.at])
			byStart[k] = append(byStart[k], s)
		}
		for _, reversed := range []bool{false, true} {
			if reversed && symmetric(q.Value) {
				break
			}
			v, ok := number(q.Value, reversed, m.p.Width)
			if !ok {
				continue
			}
			v ^= m.p.XorOut
			if m.p.RefOut {
				v = bits.Reverse64(v) >> (64 - m.p.Width)
			}
			for _, e := range ends {
				if e.at < origin {
					continue
				}
				for _, s := range byStart[f.mul(v, back[e.at])^known[e.at]] {
					if q.fits(s.at, e.at, zeroed) && len(found) < maxAnswers {
						found = append(found, Answer{m.name, s.at, e.at, reversed, zeroed, s.rank + e.rank})
					}
				}
			}
			if err := ctx.Err(); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

// number is the value as an integer; false where it has more bits than the width.
func number(b []byte, reversed bool, width int) (v uint64, ok bool) {
	for i := range b {
		c := b[i]
		if reversed {
			c = b[len(b)-1-i]
		}
		v = v<<8 | uint64(c)
	}
	return v, width == 64 || v>>width == 0
}

// field is the polynomials of fewer than width bits modulo x^width + poly.
type field struct {
	width int
	poly  uint64
}

// mul multiplies two of them.
func (f field) mul(a, b uint64) (r uint64) {
	top := uint64(1) << (f.width - 1)
	for i := f.width - 1; i >= 0; i-- {
		carry := r & top
		r = r << 1 & (top<<1 - 1)
		if carry != 0 {
			r ^= f.poly
		}
		if b>>i&1 != 0 {
			r ^= a
		}
	}
	return r
}

func (f field) pow(a, n uint64) uint64 {
	r := f.one()
	for ; n > 0; n >>= 1 {
		if n&1 != 0 {
			r = f.mul(r, a)
		}
		a = f.mul(a, a)
	}
	return r
}

func (f field) one() uint64 {
	if f.width == 0 {
		return 0
	}
	return 1
}

func (f field) x() uint64 {
	if f.width == 1 {
		return f.poly
	}
	return 2
}

// inverseOfX is (x^width + poly + 1) / x, which is 1/x since poly ends in 1.
func (f field) inverseOfX() uint64 { return f.poly>>1 | 1<<(f.width-1) }

// ByChance is how many of the combinations tried agree with a value of so many bytes without meaning anything.
func ByChance(tried float64, size int) float64 { return tried * math.Pow(2, -8*float64(size)) }
