package stats

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"slices"
)

// Vary is what a byte, or a number of several bytes, does from message to message.
type Vary uint8

// The kinds, the first that holds is what a field is.
const (
	VaryConstant Vary = iota
	VaryLength        // it is the message's length, or a constant more or less
	VaryCounter       // it goes up, or down, by one step; or it rises by several
	VaryFew           // it has few values: a flag, a type
	VaryRandom        // all else
)

func (v Vary) String() string {
	return [...]string{"constant", "length", "counter", "few values", "random"}[v]
}

// A VaryField is a place in messages of one kind and what it does there. Start and End are bytes from the message's begin.
type VaryField struct {
	Start, End int
	Kind       Vary
	Messages   int  // that have its first byte
	Little     bool // byte order of VaryLength and VaryCounter, of more than one byte
	Low, High  uint64
	// Step is what a counter goes up by; 0 of one that rises by several steps, Least to Most.
	Step        int64
	Least, Most uint64
	Less        int64 // VaryLength: value = length − Less
	Distinct    int   // values of one byte; of several bytes the most that one of them has
	// Values are those of VaryFew, the most frequent first, and the bytes of VaryConstant.
	Values []byte
	Counts []int // of VaryFew: how often
}

// Varying collects messages of one kind. It belongs to one goroutine.
type Varying struct {
	n       int
	lengths []int // the first different ones, three at most
	places  []varyPlace
	most    int
}

// NewVarying looks at the first most bytes of messages; it takes about 2 KiB for each.
func NewVarying(most int) *Varying { return &Varying{most: most} }

// Messages is how many were added.
func (v *Varying) Messages() int { return v.n }

type varyPlace struct {
	n        int
	alive    uint8 // a bit for each of varyNumbers that may still be something
	counts   [256]uint32
	distinct int
	counters [len(varyNumbers)]varyCounter
	lengths  [len(varyNumbers)]varyLength
}

// varyNumbers are the numbers that may begin at a place.
var varyNumbers = [...]struct {
	width  int
	little bool
}{{1, false}, {2, false}, {2, true}, {4, false}, {4, true}, {8, false}, {8, true}}

// varyCounter is a number as a counter. The step is the one that most messages have, found by majority vote as they come, so that one
// message that comes twice or is missing does not hide it.
type varyCounter struct {
	last, step    uint64
	votes, hits   int
	n             int // numbers so far
	rises, falls  int
	low, high     uint64
	least, most   uint64 // of what it rose by
	dead, crooked bool   // it is none that has a step; it is none that rises
}

func (c *varyCounter) add(x, mask uint64) {
	if c.n++; c.n == 1 {
		c.last, c.low, c.high, c.least = x, x, x, 1<<64-1
		return
	}
	d := (x - c.last) & mask
	switch {
	case x > c.last:
		c.rises++
		c.least, c.most = min(c.least, x-c.last), max(c.most, x-c.last)
	case x < c.last:
		c.falls++
	}
	switch {
	case c.votes == 0:
		c.step, c.votes, c.hits = d, 1, 1
	case d == c.step:
		c.votes++
		c.hits++
	default:
		c.votes--
	}
	c.last, c.low, c.high = x, min(c.low, x), max(c.high, x)
	if c.n > 64 {
		c.dead = c.dead || c.hits*4 < c.n || c.step == 0
		c.crooked = c.crooked || c.falls*16 > c.n || c.rises*8 < c.n
	}
}

// steady tells that it goes by one step, three times out of four at least.
func (c *varyCounter) steady() bool {
	return !c.dead && c.n >= 4 && c.step != 0 && c.hits*4 >= (c.n-1)*3
}

// rising tells that it hardly ever falls, and rises every other time at least.
func (c *varyCounter) rising() bool {
	return !c.crooked && c.n >= 10 && c.falls*50 <= c.n && c.rises*2 >= c.n
}

// varyLength is a number as the message's length.
type varyLength struct {
	low, high   uint64
	less        int64
	votes, hits int
	n           int
	dead        bool
}

func (l *varyLength) add(x uint64, length int) {
	if l.n++; l.n == 1 {
		l.low = x
	}
	l.low, l.high = min(l.low, x), max(l.high, x)
	less := int64(length) - int64(x)
	switch {
	case l.votes == 0:
		l.less, l.votes, l.hits = less, 1, 1
	case less == l.less:
		l.votes++
		l.hits++
	default:
		l.votes--
	}
	l.dead = l.dead || l.n > 64 && l.hits*2 < l.n
}

// Add adds a message of which b is the beginning; length is its whole length, which may be more than b has.
func (v *Varying) Add(b []byte, length int) {
	v.n++
	if len(v.lengths) < 3 && !slices.Contains(v.lengths, length) {
		v.lengths = append(v.lengths, length)
	}
	b = b[:min(len(b), v.most)]
	if len(b) > len(v.places) {
		n := len(v.places)
		v.places = append(v.places, make([]varyPlace, len(b)-n)...)
		for i := n; i < len(b); i++ {
			v.places[i].alive = 1<<len(varyNumbers) - 1
		}
	}
	for i, x := range b {
		p := &v.places[i]
		p.n++
		if p.counts[x]++; p.counts[x] == 1 {
			p.distinct++
		}
		for alive := p.alive; alive != 0; alive &= alive - 1 { // hardly ever one after the first messages
			k := bits.TrailingZeros8(alive)
			num := varyNumbers[k]
			if i+num.width > len(b) {
				continue
			}
			c, l := &p.counters[k], &p.lengths[k]
			x := varyNumber(b[i:], num.width, num.little)
			if !c.dead || !c.crooked {
				c.add(x, 1<<(8*num.width-1)<<1-1)
			}
			if !l.dead {
				l.add(x, length)
			}
			if c.dead && c.crooked && l.dead {
				p.alive &^= 1 << k
			}
		}
	}
}

func varyNumber(b []byte, width int, little bool) uint64 {
	var order binary.ByteOrder = binary.BigEndian
	if little {
		order = binary.LittleEndian
	}
	switch width {
	case 2:
		return uint64(order.Uint16(b))
	case 4:
		return uint64(order.Uint32(b))
	case 8:
		return order.Uint64(b)
	}
	return uint64(b[0])
}

// varyCandidate is a number that a field may be.
type varyCandidate struct {
	at, k int
	score [3]int // the higher the better, the first decides
}

// Fields are the places in order, each byte in one of them. Neighbours that are constant, and such that are random, are one field.
func (v *Varying) Fields() []VaryField {
	taken := make([]bool, len(v.places))
	var list []VaryField
	v.choose(taken, func(p *varyPlace, k int) ([3]int, bool) {
		l := &p.lengths[k]
		return [3]int{l.hits, -varyNumbers[k].width}, !l.dead && len(v.lengths) > 1 && l.n >= 4 && l.hits*20 >= l.n*19
	}, func(f *VaryField, p *varyPlace, k int) {
		l := &p.lengths[k]
		f.Kind, f.Less, f.Low, f.High = VaryLength, l.less, l.low, l.high
		list = append(list, *f)
	})
	v.choose(taken, func(p *varyPlace, k int) ([3]int, bool) {
		c := &p.counters[k]
		return [3]int{c.hits, varyNumbers[k].width}, c.steady() && (varyNumbers[k].width > 1 || p.distinct > 2)
	}, func(f *VaryField, p *varyPlace, k int) {
		width := 8 * varyNumbers[k].width
		f.Kind, f.Step = VaryCounter, int64(p.counters[k].step<<(64-width))>>(64-width)
		list = append(list, *f)
	})
	v.choose(taken, func(p *varyPlace, k int) ([3]int, bool) {
		c := &p.counters[k]
		return [3]int{-c.falls, c.rises, -varyNumbers[k].width}, varyNumbers[k].width > 1 && c.rising()
	}, func(f *VaryField, p *varyPlace, k int) {
		f.Kind, f.Least, f.Most = VaryCounter, p.counters[k].least, p.counters[k].most
		list = append(list, *f)
	})
	for i := range v.places {
		if !taken[i] {
			list = append(list, v.places[i].single(i))
		}
	}
	slices.SortFunc(list, func(a, b VaryField) int { return cmp.Compare(a.Start, b.Start) })
	return joinVary(list)
}

// choose takes the best numbers among those that are fit, none over another one. The half of a number with its highest digits must vary,
// and its lowest byte: else a shorter number is the same.
func (v *Varying) choose(taken []bool, fit func(p *varyPlace, k int) ([3]int, bool), found func(f *VaryField, p *varyPlace, k int)) {
	var list []varyCandidate
	for i := range v.places {
		for k, num := range varyNumbers {
			p := &v.places[i]
			if i+num.width > len(v.places) || slices.Contains(taken[i:i+num.width], true) {
				continue
			}
			from, to := i, i+(num.width+1)/2
			if num.little {
				from, to = i+num.width/2, i+num.width
			}
			varies := false
			for j := from; j < to; j++ {
				varies = varies || v.places[j].distinct > 1
			}
			low := i + num.width - 1
			if num.little {
				low = i
			}
			if !varies || v.places[low].distinct < 2 {
				continue
			}
			if score, ok := fit(p, k); ok {
				list = append(list, varyCandidate{i, k, score})
			}
		}
	}
	slices.SortStableFunc(list, func(a, b varyCandidate) int { return slices.Compare(b.score[:], a.score[:]) })
	for _, c := range list {
		num := varyNumbers[c.k]
		if slices.Contains(taken[c.at:c.at+num.width], true) {
			continue
		}
		f := VaryField{Start: c.at, End: c.at + num.width, Little: num.little}
		for i := f.Start; i < f.End; i++ {
			taken[i] = true
			f.Distinct = max(f.Distinct, v.places[i].distinct)
		}
		p := &v.places[c.at]
		f.Messages, f.Low, f.High = p.n, p.counters[c.k].low, p.counters[c.k].high
		found(&f, p, c.k)
	}
}

// fewValues is how many values a field of few values has at most.
const fewValues = 16

// single is a byte for itself.
func (p *varyPlace) single(i int) VaryField {
	f := VaryField{Start: i, End: i + 1, Kind: VaryRandom, Messages: p.n, Distinct: p.distinct, Low: 256}
	var values []byte
	for x, n := range p.counts {
		if n > 0 {
			f.Low, f.High = min(f.Low, uint64(x)), uint64(x)
			values = append(values, byte(x))
		}
	}
	switch {
	case p.distinct == 1:
		f.Kind, f.Values = VaryConstant, values
	case p.distinct <= fewValues && p.distinct*3 <= p.n:
		f.Kind, f.Values = VaryFew, values
		slices.SortStableFunc(f.Values, func(a, b byte) int { return cmp.Compare(p.counts[b], p.counts[a]) })
		for _, x := range f.Values {
			f.Counts = append(f.Counts, int(p.counts[x]))
		}
	}
	return f
}

// joinVary makes one field of neighbours that are constant, and of such that are random.
func joinVary(list []VaryField) []VaryField {
	var out []VaryField
	for _, f := range list {
		if n := len(out) - 1; n >= 0 && out[n].Kind == f.Kind && (f.Kind == VaryConstant || f.Kind == VaryRandom) {
			last := &out[n]
			last.End, last.Values = f.End, append(last.Values, f.Values...)
			last.Low, last.High, last.Distinct = min(last.Low, f.Low), max(last.High, f.High), max(last.Distinct, f.Distinct)
			continue
		}
		out = append(out, f)
	}
	return out
}
