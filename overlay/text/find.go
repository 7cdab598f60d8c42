package text

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// A Run is a stretch of printable characters.
type Run struct {
	Start, End int64  // its bytes
	Text       string // WTF-8
}

// A Finder finds the runs of printable characters of one codec in data that comes in parts. Characters of a tab are
// printable, line ends are not. A run of ASCII is always one; any other must have half of its characters among those that
// are common in text, for in most codecs of many characters random bytes are printable too.
//
// UTF-16 and UTF-32 are looked for at every alignment.
type Finder struct {
	phases []*phase
	queue  []Run
}

// phase looks from one alignment on.
type phase struct {
	eng    engine
	st     state
	width  int // bytes of a code unit
	least  int
	skip   int         // bytes before it begins
	class  *[256]uint8 // of a unit's first byte, without shifts: what its character is
	runes  *[256]rune  // of the bytes of the class single
	only   bool        // no byte has the class step
	ascii  bool        // the bytes below 0x80 are ASCII
	utf8   bool
	order  int    // of the bytes of UTF-16: 1 little-endian, 2 big-endian
	rest   []byte // of a sequence that the last part cut
	off    int64  // where rest, or the next part, begins
	start  int64
	end    int64
	text   []byte
	n      int // characters in text
	common int
	twins  int  // code units of which each byte is a printable ASCII character
	plain  bool // all of them ASCII
	cut    bool // the run was handed over in part already
	sure   bool // see Finder.Sure
	prev   rune // what ended the last run; below 0: nothing that can be read
	before rune // what stands before the run
}

// maxRun bounds a run's text; a longer one is handed over in parts.
const maxRun = 48 << 10

// NewFinder finds runs of at least least characters.
func (c *Codec) NewFinder(least int) *Finder {
	width := 1
	switch {
	case strings.HasPrefix(c.name, "utf-16"):
		width = 2
	case strings.HasPrefix(c.name, "utf-32"):
		width = 4
	}
	f := &Finder{}
	for i := range width {
		p := &phase{eng: c.engine(), width: width, least: max(least, 1), skip: i, start: -1}
		switch {
		case c.name == "utf-8":
			p.utf8 = true
		case width == 1 && !c.shifts():
			p.byteClasses()
		case c.name == "utf-16-le":
			p.order = 1
		case c.name == "utf-16-be":
			p.order = 2
		}
		f.phases = append(f.phases, p)
	}
	return f
}

// Sure leaves out what is probably no text, of UTF-16 and UTF-32: nearly all pairs of bytes are characters there, so that what is not text
// is full of runs of rare ones. ASCII stays always, also that within a run that is left out.
func (f *Finder) Sure() *Finder {
	for _, p := range f.phases {
		p.sure = p.width > 1
	}
	return f
}

// shifts tells whether what a byte means depends on those before.
func (c *Codec) shifts() bool {
	return c.name == "utf-7" || c.name == "hz" || strings.HasPrefix(c.name, "iso2022")
}

const (
	step   = iota // the engine must look
	single        // one printable character
	ends          // no printable character, whatever follows
)

// byteClasses finds what each byte is.
func (p *phase) byteClasses() {
	p.class, p.runes, p.only, p.ascii = new([256]uint8), new([256]rune), true, true
	for b := range p.class {
		var st state
		u := p.eng.step([]byte{byte(b)}, 0, &st, false)
		switch {
		case u.more || u.n != 1 || u.text != "" || u.r2 >= 0:
		case u.bad != "" || u.r >= 0 && !printable(u.r):
			p.class[b] = ends
		case u.r >= 0:
			p.class[b], p.runes[b] = single, u.r
		}
		p.only = p.only && p.class[b] != step
		if b < 0x80 && (p.class[b] != single || p.runes[b] != rune(b)) && printable(rune(b)) {
			p.ascii = false
		}
	}
}

// units are the classes of the code units of UTF-16.
var units = sync.OnceValue(func() *[1 << 16]uint8 {
	t := new([1 << 16]uint8)
	for r := range t {
		switch {
		case r >= 0xd800 && r < 0xdc00:
		case printable(rune(r)) && !misread(rune(r)):
			t[r] = single
		default:
			t[r] = ends
		}
	}
	return t
})

// misread tells whether r is what ASCII looks like at a wrong alignment: 'a' and a zero, read as one unit, are U+6100.
func misread(r rune) bool { return r >= 0x2000 && r&0xff == 0 && r != '一' }

func printable(r rune) bool { return r == '\t' || unicode.IsPrint(r) }

// Find takes the part of the data that begins at off, where the last one ended, and hands the runs that are complete to emit,
// until that returns false; it then returns false too. final says that nothing follows. Runs come in the order of their
// ends.
func (f *Finder) Find(part []byte, off int64, final bool, emit func(Run) bool) bool {
	f.queue = f.queue[:0]
	for _, p := range f.phases {
		p.find(part, off, final, func(r Run) { f.queue = append(f.queue, r) })
	}
	if len(f.phases) > 1 {
		sortRuns(f.queue)
	}
	for _, r := range f.queue {
		if !emit(r) {
			return false
		}
	}
	return true
}

func (p *phase) find(part []byte, off int64, final bool, emit func(Run)) {
	if p.skip > 0 {
		n := min(p.skip, len(part))
		p.skip -= n
		part, off = part[n:], off+int64(n)
	}
	src := part
	if len(p.rest) > 0 {
		src = append(p.rest, part...)
		off = p.off
	}
	at := 0
	for at < len(src) {
		if n := p.fast(src[at:], off+int64(at), emit); n > 0 {
			at += n
			continue
		}
		u := p.eng.step(src, at, &p.st, final)
		switch {
		case u.more:
			p.rest, p.off = append([]byte(nil), src[at:]...), off+int64(at)
			return
		case u.bad != "":
			p.finish(-1, emit)
			p.st = state{begun: true}
			at = min(at+p.width, len(src)) // the next unit may begin a character, whatever the error's span
		default:
			text, ok := u.text, true
			if text == "" {
				var b []byte
				for _, r := range []rune{u.r, u.r2} {
					if r >= 0 {
						ok = ok && printable(r) && !(p.width > 1 && misread(r))
						b = AppendRune(b, r)
					}
				}
				text = string(b)
			}
			if !ok {
				p.finish(u.r, emit)
			} else if text != "" { // else a shift, which neither ends a run nor begins one
				p.add(off+int64(at), off+int64(at+u.n), []byte(text), emit)
			}
			at += u.n
		}
	}
	p.rest = p.rest[:0]
	if final {
		p.finish(0, emit)
	}
}

// fast goes over the bytes whose class is known and gives how many they were. Runs that are too short are not looked at.
func (p *phase) fast(src []byte, off int64, emit func(Run)) int {
	switch {
	case p.order > 0:
		return p.fastUnits(src, off, emit)
	case p.utf8:
		return p.fastUTF8(src, off, emit)
	case p.class == nil:
		return 0
	}
	at := 0
	for at < len(src) {
		if p.only && p.start < 0 {
			at = p.skipShort(src, at)
		}
		from := at
		for at < len(src) && p.class[src[at]] == single {
			at++
		}
		if at > from && (p.start >= 0 || at-from >= p.least || at == len(src) || p.class[src[at]] != ends) {
			p.addBytes(src[from:at], off+int64(from), emit)
		}
		if at == len(src) || p.class[src[at]] == step {
			return at
		}
		p.end0(-1, emit)
		at++
	}
	return at
}

// skipShort passes over runs that are too short: a byte that ends them every so often is all that need be seen.
func (p *phase) skipShort(src []byte, at int) int {
next:
	for at+p.least <= len(src) {
		for j := at + p.least - 1; j >= at; j-- {
			if p.class[src[j]] == ends {
				at = j + 1
				continue next
			}
		}
		return at
	}
	return at
}

// end0 ends the run, if there is one.
func (p *phase) end0(after rune, emit func(Run)) {
	if p.prev = after; p.start >= 0 {
		p.finish(after, emit)
	}
}

// addBytes appends bytes that are a character each.
func (p *phase) addBytes(b []byte, off int64, emit func(Run)) {
	var text []byte
	for len(b) > 0 {
		part := b[:min(len(b), 4096)]
		if p.ascii && asciiLen(part) == len(part) {
			p.addASCII(part, off, emit)
		} else {
			text = text[:0]
			for _, c := range part {
				text = AppendRune(text, p.runes[c])
			}
			p.add(off, off+int64(len(part)), text, emit)
		}
		b, off = b[len(part):], off+int64(len(part))
	}
}

func (p *phase) fastUnits(src []byte, off int64, emit func(Run)) int {
	lo, hi := p.order-1, 2-p.order
	t := units()
	at := 0
	unit := func(i int) rune { return rune(src[i+lo]) | rune(src[i+hi])<<8 }
	var text []byte
	for at+1 < len(src) {
		switch t[unit(at)] {
		case step:
			return at
		case ends:
			p.end0(unit(at), emit)
			at += 2
			continue
		}
		from := at
		for at+1 < len(src) && at-from < 4096 && t[unit(at)] == single {
			at += 2
		}
		if p.start < 0 && !p.cut && at+1 < len(src) && t[unit(at)] == ends && !p.promises(src[from:at], lo, hi) {
			continue
		}
		text = text[:0]
		twins := 0
		for i := from; i < at; i += 2 {
			text = AppendRune(text, unit(i))
			if printableASCII(src[i]) && printableASCII(src[i+1]) {
				twins++
			}
		}
		p.twins += twins
		p.add(off+int64(from), off+int64(at), text, emit)
	}
	return at
}

// promises tells whether a whole run of code units will be handed over. Random bytes are full of runs that will not be, so no text is made
// of them.
func (p *phase) promises(run []byte, lo, hi int) bool {
	n := len(run) / 2
	if n < p.least {
		return false
	}
	table := runeTable()
	common, twins, plain := 0, 0, true
	ascii, most := 0, 0
	for i := 0; i+1 < len(run); i += 2 {
		a, b := run[i+lo], run[i+hi]
		common += int(table[uint16(a)|uint16(b)<<8] >> 1)
		if printableASCII(a) && printableASCII(b) {
			twins++
		}
		if b == 0 && a < 0x80 {
			ascii++
			most = max(most, ascii)
		} else {
			ascii, plain = 0, false
		}
	}
	return plain || p.sure && most >= p.least || 2*common >= n && 4*twins <= 3*n
}

func printableASCII(b byte) bool { return b >= ' ' && b < 0x7f }

// add appends characters to the run.
func (p *phase) add(start, end int64, text []byte, emit func(Run)) {
	p.begin(start)
	p.end = end
	if p.plain && asciiLen(text) < len(text) {
		p.plain = false
		p.common = commonIn(p.text)
	}
	p.text = append(p.text, text...)
	if p.plain {
		p.n += len(text)
	} else {
		p.n += utf8.RuneCount(text)
		p.common += commonIn(text)
	}
	p.part(emit)
}

// addASCII is add for printable ASCII.
func (p *phase) addASCII(text []byte, off int64, emit func(Run)) {
	p.begin(off)
	p.end = off + int64(len(text))
	p.text = append(p.text, text...)
	p.n += len(text)
	if !p.plain {
		p.common += commonIn(text)
	}
	p.part(emit)
}

func (p *phase) begin(start int64) {
	if p.start < 0 {
		p.start, p.plain, p.before = start, true, p.prev
	}
}

// part hands over what became too long.
func (p *phase) part(emit func(Run)) {
	if len(p.text) >= maxRun {
		p.finish(-1, emit)
		p.cut = true
	}
}

// commonIn counts the characters that are common in text.
func commonIn(text []byte) (n int) {
	t := runeTable()
	for i := 0; i < len(text); {
		if c := text[i]; c < 0x80 {
			n += int(t[c] >> 1)
			i++
			continue
		}
		r, w := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && w == 1 { // part of a surrogate, which is not common
			i++
			continue
		}
		if r < 1<<16 {
			n += int(t[r] >> 1)
		} else if traitOf(r).weight >= commonWeight {
			n++
		}
		i += w
	}
	return n
}

// runeTable has bit 0 for the characters that are printable and bit 1 for those that are common in text.
var runeTable = sync.OnceValue(func() *[1 << 16]uint8 {
	t := new([1 << 16]uint8)
	for r := range t {
		if printable(rune(r)) {
			t[r] = 1
		}
		if traitOf(rune(r)).weight >= commonWeight {
			t[r] |= 2
		}
	}
	return t
})

// finish ends the run; after is what stands behind it, or below 0.
func (p *phase) finish(after rune, emit func(Run)) {
	if p.start >= 0 && (p.n >= p.least || p.cut) {
		switch likely := p.plain || 2*p.common >= p.n && 4*p.twins <= 3*p.n; {
		case likely && (p.plain || !p.sure || isText(string(p.text), p.cut || p.n >= longRun || bounds(p.before) && bounds(after))):
			emit(Run{p.start, p.end, string(p.text)})
		case p.sure:
			p.emitASCII(emit)
		}
	}
	p.prev = after
	p.start, p.n, p.common, p.twins, p.text, p.cut = -1, 0, 0, 0, p.text[:0], false
}

func sortRuns(runs []Run) {
	slices.SortStableFunc(runs, func(a, b Run) int { return cmp.Compare(a.End, b.End) })
}
