package pattern

// captures finds the groups of a match that is known: hay[start:end], what the program prefers there. The result has
// two offsets for each group, 0 being the match itself; -1 stands for a group that took no part.
//
// All threads advance by one byte at a time, the preferred ones first, each with its own offsets.
func (prog *program) captures(groups int, hay []byte, start, end int) []int {
	slots := 2 * (groups + 1)
	type thread struct {
		pc   uint32
		caps []int
	}
	var now, next []thread
	var best []int
	var seen, taken sparse
	seen.init(len(prog.inst))
	taken.init(len(prog.inst))
	first := make([]int, slots)
	for i := range first {
		first[i] = -1
	}
	now = append(now, thread{prog.start, first})
	for at := start; len(now) > 0 && at <= end; at++ {
		c := context(0)
		switch {
		case at == 0:
			c = edgeBefore
		default:
			c = before(hay[at-1])
		}
		if at < len(hay) {
			c |= after(hay[at])
		} else {
			c |= edgeAfter
		}
		seen.clear()
		taken.clear()
		next = next[:0]
	threads:
		for _, t := range now {
			stack := []thread{t}
			for len(stack) > 0 {
				t := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				if !seen.add(t.pc) {
					continue
				}
				in := &prog.inst[t.pc]
				switch in.op {
				case opAlt:
					stack = append(stack, thread{in.arg, t.caps}, thread{in.out, t.caps})
				case opNop:
					stack = append(stack, thread{in.out, t.caps})
				case opSave:
					caps := append([]int(nil), t.caps...)
					if int(in.arg) < len(caps) {
						caps[in.arg] = at
					}
					stack = append(stack, thread{in.out, caps})
				case opAssert:
					if c.holds(in.arg) {
						stack = append(stack, thread{in.out, t.caps})
					}
				case opMatch:
					if at == end {
						best = t.caps
					}
					break threads
				case opSet:
					if at < end && prog.sets[in.arg].has(hay[at]) && taken.add(in.out) {
						next = append(next, thread{in.out, t.caps})
					}
				}
			}
		}
		now, next = next, now
	}
	if best == nil {
		return nil
	}
	best = append([]int(nil), best...)
	best[0], best[1] = start, end
	return best
}
