package pattern

import (
	"fmt"
	"regexp/syntax"
)

// program is a tree compiled to a nondeterministic automaton over bytes.
type program struct {
	inst       []inst
	sets       []set
	start      uint32
	assertions bool
	classes    [256]uint8 // bytes that no instruction tells apart have the same class
	stride     int        // number of classes, and one more for the end
}

type inst struct {
	op       opcode
	out, arg uint32 // arg: the second way, the set, the assertion or the slot
}

type opcode uint8

const (
	opSet opcode = iota
	opAlt
	opNop
	opAssert
	opSave
	opMatch
	opFail
)

func newProgram(re *syntax.Regexp) (*program, error) {
	compiled, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, errAt(0, "%v", err)
	}
	if len(compiled.Inst) > maxProgram {
		return nil, errAt(0, "the pattern is too large: it comes to %d instructions, of at most %d", len(compiled.Inst), maxProgram)
	}
	p := &program{start: uint32(compiled.Start)}
	known := map[set]uint32{}
	for i := range compiled.Inst {
		in := &compiled.Inst[i]
		to := inst{out: in.Out, arg: in.Arg}
		switch in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			to.op = opAlt
		case syntax.InstNop:
			to.op = opNop
		case syntax.InstCapture:
			to.op = opSave
		case syntax.InstEmptyWidth:
			to.op = opAssert
			p.assertions = true
		case syntax.InstMatch:
			to.op = opMatch
		case syntax.InstFail:
			to.op = opFail
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			to.op = opSet
			s := set{}
			for c := range 256 {
				if in.MatchRune(toRune(byte(c))) {
					s.add(byte(c))
				}
			}
			k, ok := known[s]
			if !ok {
				k = uint32(len(p.sets))
				known[s] = k
				p.sets = append(p.sets, s)
			}
			to.arg = k
		default:
			return nil, fmt.Errorf("internal error: instruction %v in a pattern", in.Op)
		}
		p.inst = append(p.inst, to)
	}
	p.classify()
	return p, nil
}

// classify finds the classes of bytes.
func (p *program) classify() {
	var class [256]int
	n := 1
	split := func(in func(b byte) bool) {
		// Members of each class that are in the set move to a class of their own, unless that were all of them.
		type sides struct{ in, out bool }
		seen := make([]sides, n)
		for c := range 256 {
			if in(byte(c)) {
				seen[class[c]].in = true
			} else {
				seen[class[c]].out = true
			}
		}
		fresh := make(map[int]int)
		for c := range 256 {
			k := class[c]
			if seen[k].in && seen[k].out && in(byte(c)) {
				if _, ok := fresh[k]; !ok {
					fresh[k] = n
					n++
				}
				class[c] = fresh[k]
			}
		}
	}
	for i := range p.sets {
		split(p.sets[i].has)
	}
	if p.assertions {
		split(isWord)
		split(func(b byte) bool { return b == '\n' })
	}
	for c := range 256 {
		p.classes[c] = uint8(class[c])
	}
	p.stride = n + 1
}

func isWord(b byte) bool {
	return b == '_' || b >= '0' && b <= '9' || b|0x20 >= 'a' && b|0x20 <= 'z'
}

// context is what assertions ask about the place between two bytes.
type context uint8

const (
	edgeBefore context = 1 << iota // nothing is before
	lineBefore                     // a line end is before
	wordBefore
	edgeAfter
	lineAfter
	wordAfter
)

// before is the part of a context that a byte before the place gives.
func before(b byte) (c context) {
	if b == '\n' {
		c |= lineBefore
	}
	if isWord(b) {
		c |= wordBefore
	}
	return c
}

func after(b byte) context { return before(b) << 3 }

// holds tells whether an assertion of regexp/syntax holds there.
func (c context) holds(op uint32) bool {
	e := syntax.EmptyOp(op)
	word := (c&wordBefore != 0) != (c&wordAfter != 0)
	switch {
	case e&syntax.EmptyBeginLine != 0 && c&(edgeBefore|lineBefore) == 0,
		e&syntax.EmptyEndLine != 0 && c&(edgeAfter|lineAfter) == 0,
		e&syntax.EmptyBeginText != 0 && c&edgeBefore == 0,
		e&syntax.EmptyEndText != 0 && c&edgeAfter == 0,
		e&syntax.EmptyWordBoundary != 0 && !word,
		e&syntax.EmptyNoWordBoundary != 0 && word:
		return false
	}
	return true
}
