package pattern

import "math"

// Matcher looks for one pattern in one window of bytes after the other. It belongs to one goroutine.
type Matcher struct {
	p   *Pattern
	hay []byte
	to  int
	off int64 // of hay

	multi *multi
	one   *oneOf

	fwd, rev *dfa
	filter   *multi // looks for it
	tries    int
	since    int // where the tries began to be counted
}

// NewMatcher makes a Matcher; it has no window yet.
func (p *Pattern) NewMatcher() *Matcher {
	m := &Matcher{p: p}
	switch {
	case len(p.seqs) > 0:
		m.multi = newMulti(p.seqs)
		if p.both != nil && m.multi.best == nil {
			m.one, m.multi = &oneOf{newFinder(p.both), p.seqs}, nil
		}
	default:
		m.fwd, m.rev = newDFA(p.fwd, false), newDFA(p.rev, true)
		if p.filter != nil {
			m.filter = newMulti(p.filter.seqs)
		}
	}
	return m
}

// Window takes the bytes in which Next looks. Matches begin before to. Up to it hay needs Behind bytes in front and behind
// it Reach bytes, unless that is where all bytes end: assertions take the ends of hay for that.
func (m *Matcher) Window(hay []byte, to int) { m.WindowAt(hay, to, 0) }

// WindowAt is Window of bytes that begin at offset off, which is of importance to patterns that are Aligned.
func (m *Matcher) WindowAt(hay []byte, to int, off int64) {
	m.hay, m.to, m.off = hay, min(to, len(hay)), off
	switch {
	case m.one != nil:
		m.one.all.reset()
	case m.multi != nil:
		m.multi.reset()
	case m.filter != nil:
		m.filter.reset()
		m.filtered(true)
		m.tries, m.since = 0, 0
	}
}

// filtered switches the filter on or off.
func (m *Matcher) filtered(on bool) {
	if m.fwd.idle != on {
		m.fwd.idle = on
		m.fwd.drop()
	}
}

// Next gives the first match that begins at from or behind it, in indexes of the window.
func (m *Matcher) Next(from int) (start, end int, ok bool) {
	start, end, ok = m.next(from)
	for ok && m.p.unit > 1 && m.p.shadowed(m.hay, start, m.off) {
		start, end, ok = m.next(start + 1)
	}
	return start, end, ok
}

func (m *Matcher) next(from int) (start, end int, ok bool) {
	switch {
	case from >= m.to:
		return 0, 0, false
	case m.one != nil:
		start, end = m.one.find(m.hay, from, m.to)
	case m.multi != nil:
		start, end = m.multi.find(m.hay, from, m.to)
	default:
		return m.search(from)
	}
	return start, end, start >= 0
}

// nearby is how far before a filter's find an automaton begins at once.
const nearby = 16

func (m *Matcher) search(from int) (start, end int, ok bool) {
	hay := m.hay
	for from < m.to {
		at, idle := from, math.MaxInt/2
		if m.fwd.idle {
			f := m.p.filter
			k, _ := m.filter.find(hay, from+f.lo, min(m.to+f.hi, len(hay)))
			if k < 0 {
				return 0, 0, false
			}
			at, idle = max(from, k-f.hi), k
			if k-at > nearby { // no match reaches over a byte that cannot stand before the sequence
				x := k
				for x > at && f.before.has(hay[x-1]) {
					x--
				}
				at = x
			}
			if at >= m.to {
				return 0, 0, false
			}
			if m.tries++; m.tries >= 64 {
				if at-m.since < 64*64 { // it is nearly everywhere
					m.filtered(false)
				}
				m.tries, m.since = 0, at
			}
		}
		end, stop := m.fwd.forward(hay, at, max(m.to, at+2), len(hay), idle)
		if end < 0 {
			if stop >= m.to {
				return 0, 0, false
			}
			from = stop
			continue
		}
		start := m.rev.backward(hay, at, end)
		if start < 0 || start >= m.to {
			return 0, 0, false
		}
		if end-start > MaxMatch {
			long := end
			if end, _ = m.fwd.forward(hay, start, start+1, min(len(hay), start+MaxMatch), math.MaxInt/2); end < 0 {
				from = max(start+1, long-MaxMatch)
				continue
			}
		}
		return start, end, true
	}
	return 0, 0, false
}
