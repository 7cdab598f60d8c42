package pattern

import "slices"

// dfa is a deterministic automaton that is built while it runs: a state is made when a byte first leads to it, and all
// are dropped when they take too much memory. It belongs to one goroutine.
//
// A state is a list of threads (instructions that wait for the next byte), the preferred ones first, and what the byte
// before tells assertions. Assertions ask for the byte behind a place too, so they, and with them whether there is a
// match, are decided one byte later: a transition tells that a match ended before its byte.
type dfa struct {
	p       *program
	longest bool // matches do not cut off threads: the longest one is looked for
	idle    bool // forward may give up where no match has begun

	trans  []int32 // by state*stride + class; see the flags below
	states []dstate
	index  map[string]int32
	starts [1 << 9]int32 // by context and loop; one more than the state, 0: not made yet
	drops  int

	// Room for making states.
	key       []byte
	stack     []uint32
	inClosure sparse
	inNext    sparse
	next      []uint32
}

type dstate struct {
	threads []uint32
	before  context
}

// A transition ≥ 0 is the index of the next state times stride. A negative one is its complement in the bits from
// flagBits on, with flags below.
const (
	flagMatch   = 1 << iota // a match ended before the byte
	flagDead                // no thread is left
	flagIdle                // no thread is left but the one that tries every place anew
	flagUnknown             // not made yet
	flagBits    = 4
)

const (
	loopThread = ^uint32(0) // tries to begin a match at every byte
	maxTrans   = 256 << 10  // entries in trans
)

func newDFA(p *program, longest bool) *dfa {
	d := &dfa{p: p, longest: longest}
	d.inClosure.init(len(p.inst))
	d.inNext.init(len(p.inst))
	d.drop()
	return d
}

func (d *dfa) drop() {
	d.trans, d.states = d.trans[:0], d.states[:0]
	d.index = make(map[string]int32)
	clear(d.starts[:])
}

// startState is the state before the first byte. loop: matches may begin later too.
func (d *dfa) startState(c context, loop bool) int32 {
	k := int(uint8(c)) << 1
	if loop {
		k |= 1
	}
	if s := d.starts[k]; s > 0 {
		return s - 1
	}
	threads := []uint32{d.p.start}
	if loop {
		threads[0] = loopThread
	}
	s := d.state(threads, c)
	d.starts[k] = s + 1
	return s
}

// state gives the index of a state.
func (d *dfa) state(threads []uint32, c context) int32 {
	d.key = append(d.key[:0], byte(c))
	for _, t := range threads {
		d.key = append(d.key, byte(t), byte(t>>8), byte(t>>16), byte(t>>24))
	}
	if s, ok := d.index[string(d.key)]; ok {
		return s
	}
	s := int32(len(d.states))
	d.states = append(d.states, dstate{slices.Clone(threads), c})
	d.index[string(d.key)] = s
	for range d.p.stride {
		d.trans = append(d.trans, ^int32(flagUnknown))
	}
	return s
}

// withoutLoop is the state s when no more matches may begin.
func (d *dfa) withoutLoop(s int32) int32 {
	st := d.states[s]
	k := len(st.threads) - 1
	if k < 0 || st.threads[k] != loopThread {
		return s
	}
	return d.state(st.threads[:k], st.before)
}

// step makes the transition of state s for byte b, or for the end. It may drop all other states; s is then the new index.
func (d *dfa) step(s int32, b byte, end bool) (_ int32, v int32) {
	if len(d.trans)+d.p.stride > maxTrans {
		st := d.states[s]
		d.drops++
		d.drop()
		s = d.state(st.threads, st.before)
	}
	st := d.states[s]
	c := st.before
	if end {
		c |= edgeAfter
	} else {
		c |= after(b)
	}
	d.inClosure.clear()
	d.inNext.clear()
	d.next = d.next[:0]
	matched := false
	for _, t := range st.threads {
		loop := t == loopThread
		if loop {
			t = d.p.start
		}
		if d.run(t, c, b, end) {
			matched = true
			if !d.longest {
				break
			}
		}
		if loop {
			d.next = append(d.next, loopThread)
		}
	}
	var nextBefore context
	if d.p.assertions && !end {
		nextBefore = before(b)
	}
	if end {
		d.next = d.next[:0]
	}
	flags := int32(0)
	if matched {
		flags |= flagMatch
	}
	if len(d.next) == 0 {
		flags |= flagDead
	} else if d.idle && d.next[0] == loopThread {
		flags |= flagIdle
	}
	to := d.state(d.next, nextBefore) * int32(d.p.stride)
	v = to
	if flags != 0 {
		v = ^(to<<flagBits | flags)
	}
	d.trans[s*int32(d.p.stride)+d.class(b, end)] = v
	return s, v
}

func (d *dfa) class(b byte, end bool) int32 {
	if end {
		return int32(d.p.stride - 1)
	}
	return int32(d.p.classes[b])
}

// run follows thread t up to instructions that take a byte, adds where they go on b to next, and tells whether it meets a
// match, at which it stops unless the longest is looked for.
func (d *dfa) run(t uint32, c context, b byte, end bool) (matched bool) {
	d.stack = append(d.stack[:0], t)
	for len(d.stack) > 0 {
		pc := d.stack[len(d.stack)-1]
		d.stack = d.stack[:len(d.stack)-1]
		if !d.inClosure.add(pc) {
			continue
		}
		in := &d.p.inst[pc]
		switch in.op {
		case opAlt:
			d.stack = append(d.stack, in.arg, in.out)
		case opNop, opSave:
			d.stack = append(d.stack, in.out)
		case opAssert:
			if c.holds(in.arg) {
				d.stack = append(d.stack, in.out)
			}
		case opMatch:
			matched = true
			if !d.longest {
				return true
			}
		case opSet:
			if !end && d.p.sets[in.arg].has(b) && d.inNext.add(in.out) {
				d.next = append(d.next, in.out)
			}
		}
	}
	return matched
}

// forward looks in hay for a match that begins in [from, to), or only at from if to is from+1, and gives its end. It reads
// hay up to limit; what is behind is looked at by assertions. The ends of hay are the ends of all there is. When d.idle,
// it gives up at a place behind idle where no match has begun, and says where.
func (d *dfa) forward(hay []byte, from, to, limit, idle int) (end, at int) {
	end = -1
	var c context
	if d.p.assertions {
		c = edgeBefore
		if from > 0 {
			c = before(hay[from-1])
		}
	}
	s := d.startState(c, to > from+1) * int32(d.p.stride)
	loop := to > from+1
	classes := &d.p.classes
	i := from
	if !loop {
		to = limit
	}
	for stop := min(to, limit); ; stop = limit {
		for i < stop {
			v := d.trans[int(s)+int(classes[hay[i]])]
			if v >= 0 {
				s = v
				i++
				continue
			}
			if ^v&flagUnknown != 0 {
				var was int32
				was, v = d.step(s/int32(d.p.stride), hay[i], false)
				s = was * int32(d.p.stride)
				if v >= 0 {
					s = v
					i++
					continue
				}
			}
			flags := ^v & (1<<flagBits - 1)
			if flags&flagMatch != 0 {
				if end < 0 && limit-i > MaxMatch { // what ends later is too long wherever it began
					limit = i + MaxMatch
					stop = min(stop, limit)
				}
				end = i
			}
			if flags&flagDead != 0 {
				return end, i
			}
			s = ^v >> flagBits
			i++
			if flags&flagIdle != 0 && i > idle {
				return end, i
			}
		}
		if !loop || stop == limit {
			break
		}
		loop = false
		s = d.withoutLoop(s/int32(d.p.stride)) * int32(d.p.stride)
		if len(d.states[s/int32(d.p.stride)].threads) == 0 {
			return end, i
		}
	}
	// Whether a match ends here is told by what follows.
	atTheEnd := i == len(hay)
	var b byte
	if !atTheEnd {
		b = hay[i]
	}
	if _, v := d.step(s/int32(d.p.stride), b, atTheEnd); v < 0 && ^v&flagMatch != 0 {
		end = i
	}
	return end, i
}

// backward looks for the longest match of the reversed program that begins at end and goes down to from at most.
func (d *dfa) backward(hay []byte, from, end int) (start int) {
	start = -1
	var c context
	if d.p.assertions {
		c = edgeBefore
		if end < len(hay) {
			c = before(hay[end])
		}
	}
	s := d.startState(c, false) * int32(d.p.stride)
	classes := &d.p.classes
	for i := end - 1; i >= from; i-- {
		v := d.trans[int(s)+int(classes[hay[i]])]
		if v >= 0 {
			s = v
			continue
		}
		if ^v&flagUnknown != 0 {
			var was int32
			was, v = d.step(s/int32(d.p.stride), hay[i], false)
			s = was * int32(d.p.stride)
			if v >= 0 {
				s = v
				continue
			}
		}
		flags := ^v & (1<<flagBits - 1)
		if flags&flagMatch != 0 {
			start = i + 1
		}
		if flags&flagDead != 0 {
			return start
		}
		s = ^v >> flagBits
	}
	atTheEnd := from == 0
	var b byte
	if !atTheEnd {
		b = hay[from-1]
	}
	if _, v := d.step(s/int32(d.p.stride), b, atTheEnd); v < 0 && ^v&flagMatch != 0 {
		start = from
	}
	return start
}

// sparse is a set of instructions that is cleared at no cost.
type sparse struct {
	dense, where []uint32
}

func (s *sparse) init(n int) {
	s.dense, s.where = make([]uint32, 0, n), make([]uint32, n)
}

func (s *sparse) clear() { s.dense = s.dense[:0] }

// add reports false if pc is there already.
func (s *sparse) add(pc uint32) bool {
	if i := s.where[pc]; int(i) < len(s.dense) && s.dense[i] == pc {
		return false
	}
	s.where[pc] = uint32(len(s.dense))
	s.dense = append(s.dense, pc)
	return true
}
