package pattern

import (
	"bytes"
	"encoding/binary"
)

// How a sequence is looked for:
//
//   - By a probe, where the machine can: two or three places at 32 starts at once.
//   - By its anchor, the place whose byte is the rarest as far as one can guess: bytes.IndexByte runs at the speed of
//     memory. A place with two values (a letter in any case) takes two such searches.
//   - When that stops too often, a look at the next bytes may show a place that is rarer here.
//   - Else, from 8 places on, in jumps: the last two bytes of where a match could be tell how far the next place is where one
//     could end. Words in text are found so.
//   - Else by bytes.Index for the longest run of single bytes.
//   - Else by shift-or: a bit for each of up to 64 places, moved along by every byte. That is slower, and the same for all
//     data. Of longer sequences it looks for a part, and when the part is found but not the rest, for the part
//     around the byte that was another one.
//   - A single place with many values (a byte that is not 00) is looked for in a table, runs of one byte in strides.
type finder struct {
	s      *sequence
	how    how
	anchor int
	values []byte
	spare  int // how many more false finds the present way is allowed
	tried  bool

	probe  *probe
	learns int // how often the probe may still learn in this window

	next [2]int // by two values: where each stands next

	part  int // where the part begins that shift-or looks for
	width int
	moves int
	table *[256]uint64
	held  int // the part that table was made for

	jumps  *[jumpTable]uint8
	jumped bool // jumping was tried
}

type how int

const (
	byProbe how = iota
	byAnchor
	byTwo
	byJump
	byIndex
	byShift
	byTable
)

func newFinder(s *sequence) *finder {
	f := &finder{s: s, held: -1, probe: newProbe([]*sequence{s})}
	f.reset()
	return f
}

// reset is for a new window: what was learnt about the bytes of the last one is forgotten, but for the probe's places.
func (f *finder) reset() {
	s := f.s
	f.tried, f.jumped, f.moves = false, false, 0
	f.spare = firstSpare
	f.next = [2]int{-1, -1}
	f.learns = mostLearns
	switch {
	case f.probe != nil:
		f.how = byProbe
	case len(s.values) > 0:
		f.use(s.anchor, s.values)
	case len(s.sets) == 1:
		f.how = byTable
	default:
		f.shift(0)
	}
}

const (
	firstSpare = 64
	mostLearns = 8
	// A way to look is given up when its false finds are closer than this many bytes.
	tooClose = 16
)

func (f *finder) use(anchor int, values []byte) {
	f.anchor, f.values = anchor, values
	f.how = byAnchor
	if len(values) == 2 {
		f.how = byTwo
		f.next = [2]int{-1, -1}
	}
}

func (f *finder) shift(part int) {
	f.how = byShift
	f.width = min(len(f.s.sets), 64)
	f.part = max(0, min(part, len(f.s.sets)-f.width))
}

// find is the first start in [from, to) of a match that ends within hay; -1 when there is none.
func (f *finder) find(hay []byte, from, to int) int {
	to = min(to, len(hay)-len(f.s.sets)+1)
	for from < to {
		var at int
		switch f.how {
		case byProbe:
			at = f.findProbe(hay, from, to)
		case byAnchor:
			at = f.findAnchor(hay, from, to)
		case byTwo:
			at = f.findTwo(hay, from, to)
		case byJump:
			at = f.findJump(hay, from, to)
		case byIndex:
			at = f.findIndex(hay, from, to)
		case byShift:
			at = f.findShift(hay, from, to)
		default:
			return f.findTable(hay, from, to)
		}
		if at >= 0 {
			return at
		}
		if at == -1 {
			return -1
		}
		from = -at - 2 // the way was changed; nothing before is a match
	}
	return -1
}

// on says that the search goes on in another way at from.
func on(from int) int { return -from - 2 }

func (f *finder) findProbe(hay []byte, from, to int) int {
	n := len(f.s.sets)
	for i := from; i < to; {
		k := f.probe.find(hay, i, to)
		if k < 0 {
			return -1
		}
		if f.probe.exact {
			return k
		}
		bad := f.s.mismatch(hay[k : k+n])
		if bad < 0 {
			return k
		}
		f.spare = min(f.spare+(k-i)/tooClose, 4*firstSpare) - 1
		i = k + 1
		if f.spare < 0 {
			if f.spare = firstSpare; f.learns > 0 && to-i >= leastToLearn {
				f.learns--
				if f.probe.learn(hay, i, bad) {
					continue
				}
			}
			f.leave(hay, i)
			return on(i)
		}
	}
	return -1
}

// leave goes on without the probe.
func (f *finder) leave(hay []byte, at int) {
	switch {
	case len(f.s.sets) == 1:
		f.how = byTable
	default:
		f.change(hay, at)
	}
}

func (f *finder) findAnchor(hay []byte, from, to int) int {
	s, b := f.s, f.values[0]
	n := len(s.sets)
	for i := from; i < to; {
		k := bytes.IndexByte(hay[i+f.anchor:to+f.anchor], b)
		if k < 0 {
			return -1
		}
		i += k
		if f.spare = min(f.spare+k/tooClose, 4*firstSpare); s.mismatch(hay[i:i+n]) < 0 {
			return i
		}
		i++
		if f.spare--; f.spare < 0 {
			f.change(hay, i)
			return on(i)
		}
	}
	return -1
}

func (f *finder) findTwo(hay []byte, from, to int) int {
	n := len(f.s.sets)
	last := from
	for {
		at := to
		for k, b := range f.values {
			if f.next[k] < from {
				f.next[k] = nowhere
				if i := bytes.IndexByte(hay[from+f.anchor:to+f.anchor], b); i >= 0 {
					f.next[k] = from + i
				}
			}
			at = min(at, f.next[k])
		}
		if at >= to {
			return -1
		}
		if f.spare = min(f.spare+(at-last)/tooClose, 4*firstSpare); f.s.mismatch(hay[at:at+n]) < 0 {
			return at
		}
		from = at + 1
		last = at
		if f.spare--; f.spare < 0 {
			f.change(hay, from)
			return on(from)
		}
		if from >= to {
			return -1
		}
	}
}

func (f *finder) findIndex(hay []byte, from, to int) int {
	s := f.s
	n := len(s.sets)
	for i := from; i < to; {
		k := bytes.Index(hay[i+s.run:to-1+s.run+len(s.lit)], s.lit)
		if k < 0 {
			return -1
		}
		i += k
		if len(s.lit) == n || s.mismatch(hay[i:i+n]) < 0 {
			return i
		}
		i++
		if f.spare = min(f.spare+k/tooClose, 4*firstSpare) - 1; f.spare < 0 {
			f.shift(s.run)
			return on(i)
		}
	}
	return -1
}

// change looks for a better way at hay[at:].
func (f *finder) change(hay []byte, at int) {
	f.spare = firstSpare
	s := f.s
	if !f.tried {
		f.tried = true
		var seen [256]int
		sample := hay[at:min(len(hay), at+4096)]
		for _, b := range sample {
			seen[b]++
		}
		best, anchor := len(sample)/tooClose, -1
		for i := range s.few {
			n := 0
			for _, b := range s.few[i].values {
				n += seen[b]
			}
			if n < best {
				best, anchor = n, i
			}
		}
		if anchor >= 0 {
			f.use(s.few[anchor].at, s.few[anchor].values)
			return
		}
	}
	if len(s.sets) >= minJump && !f.jumped {
		f.jumped, f.how = true, byJump
		return
	}
	if len(s.lit) >= 3 && len(s.lit) <= 32 && f.how != byIndex {
		f.how = byIndex
		return
	}
	f.shift(s.run)
}

const (
	minJump   = 8
	maxJump   = 64 // how many places are looked at
	jumpTable = 4096
)

func jumpIndex(a, b byte) int { return int(a)<<5&(jumpTable-1) ^ int(b) }

// jumpsOf makes the table of jumps: by two bytes that follow each other, how far the next place is where a match could
// end. 0: here.
func (f *finder) jumpsOf() *[jumpTable]uint8 {
	if f.jumps != nil {
		return f.jumps
	}
	t := new([jumpTable]uint8)
	m := min(len(f.s.sets), maxJump)
	fill := func(v int) {
		for i := range t {
			t[i] = uint8(v)
		}
	}
	fill(m - 1)
	for j := 1; j < m; j++ {
		a, b := f.s.sets[j-1], f.s.sets[j]
		if a.len()*b.len() > 64 {
			fill(m - 1 - j)
			continue
		}
		for _, x := range a.bytes() {
			for _, y := range b.bytes() {
				t[jumpIndex(x, y)] = uint8(m - 1 - j)
			}
		}
	}
	f.jumps = t
	return t
}

func (f *finder) findJump(hay []byte, from, to int) int {
	s := f.s
	n := len(s.sets)
	t := f.jumpsOf()
	last := min(n, maxJump) - 1
	end := to + last
	i := from + last
	for i < end {
		start := i
		const steps = 256
		for range steps {
			if i >= end {
				return -1
			}
			jump := t[jumpIndex(hay[i-1], hay[i])]
			if jump == 0 {
				at := i - last
				if s.mismatch(hay[at:at+n]) < 0 {
					return at
				}
				jump = 1
			}
			i += int(jump)
		}
		if i-start < 3*steps {
			if f.spare -= firstSpare / 4; f.spare < 0 {
				f.change(hay, i-last)
				return on(i - last)
			}
		} else {
			f.spare = firstSpare
		}
	}
	return -1
}

// shiftTable has a zero bit at i for each value that the place part+i may have.
func (f *finder) shiftTable() *[256]uint64 {
	if f.table == nil {
		f.table = new([256]uint64)
	}
	if f.held == f.part {
		return f.table
	}
	f.held = f.part
	t := f.table
	for c := range t {
		t[c] = ^uint64(0)
	}
	for i := range f.width {
		for j, w := range f.s.sets[f.part+i] {
			for k := range 64 {
				if w>>k&1 != 0 {
					t[j*64+k] &^= 1 << i
				}
			}
		}
	}
	return t
}

const maxMoves = 16

func (f *finder) findShift(hay []byte, from, to int) int {
	t := f.shiftTable()
	n := len(f.s.sets)
	top := uint64(1) << (f.width - 1)
	d := ^uint64(0)
	back := f.part + f.width - 1 // from the byte that completes the part to the start of the match
	end := to + back
	for i := from + f.part; i < end; {
		b := hay[i:end]
		k := 0
		for ; k+4 <= len(b); k += 4 {
			d1 := d<<1 | t[b[k]]
			d2 := d1<<1 | t[b[k+1]]
			d3 := d2<<1 | t[b[k+2]]
			d4 := d3<<1 | t[b[k+3]]
			if d1&d2&d3&d4&top == 0 {
				break
			}
			d = d4
		}
		for ; k < len(b); k++ {
			if d = d<<1 | t[b[k]]; d&top == 0 {
				break
			}
		}
		if k == len(b) {
			return -1
		}
		at := i + k - back
		if n == f.width {
			return at
		}
		bad := f.s.mismatch(hay[at : at+n])
		if bad < 0 {
			return at
		}
		if f.moves < maxMoves {
			f.moves++
			f.shift(bad - f.width/2)
			return on(at + 1)
		}
		i += k + 1
	}
	return -1
}

func (f *finder) findTable(hay []byte, from, to int) int {
	s := &f.s.sets[0]
	for i := from; i < to; i++ {
		if s.has(hay[i]) {
			return i
		}
		// As this byte is not looked for, a run of it is not either.
		for i+73 <= to && binary.LittleEndian.Uint64(hay[i:]) == binary.LittleEndian.Uint64(hay[i+1:]) && bytes.Equal(hay[i+8:i+72], hay[i+9:i+73]) {
			i += 72
		}
	}
	return -1
}
