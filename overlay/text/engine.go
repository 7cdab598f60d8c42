package text

// engine is one codec's way between bytes and characters. It holds tables only; what changes is in state.
type engine interface {
	decoder
	encoder
}

type decoder interface {
	// step decodes the next thing at src[at:], which is not empty: a character, a shift, an error. final says that
	// nothing follows src; without it a sequence that the end of src cuts gives more.
	step(src []byte, at int, st *state, final bool) unit
}

// runner is a decoder with a fast path: run appends what it can decode without errors and returns where it stopped. It
// may stop anywhere.
type runner interface {
	run(dst, src []byte, at int, st *state) (out []byte, next int)
}

// replaceRunner is a runner that can put U+FFFD for errors and go on.
type replaceRunner interface {
	runReplace(dst, src []byte, at int, st *state) (out []byte, next int)
}

// ender is a decoder that can find an error after the last byte. The unit's start is counted from the end.
type ender interface {
	end(src []byte, st *state) unit
}

// unit is what a step found: characters (r, and r2 when two come from one sequence; -1 is none) from n bytes, or an
// error when bad is not empty.
type unit struct {
	n     int // the bytes taken; of an error, where its span ends
	r, r2 rune
	bad   string // the reason of an error
	text  string // in place of r and r2 when not empty
	start int    // where the error's span starts, counted from at; negative in UTF-7 only
	more  bool   // nothing was taken: the rest of the sequence is not in src
}

func char(r rune, n int) unit       { return unit{n: n, r: r, r2: -1} }
func pair(r, r2 rune, n int) unit   { return unit{n: n, r: r, r2: r2} }
func silent(n int) unit             { return unit{n: n, r: -1, r2: -1} }
func bad(n int, reason string) unit { return unit{n: n, r: -1, r2: -1, bad: reason} }
func needMore() unit                { return unit{more: true, r: -1, r2: -1} }
func wait(final bool, atEnd unit) unit {
	if final {
		return atEnd
	}
	return needMore()
}

// state is what a decoder or encoder remembers between steps. Each codec uses its own part; the zero value is the start.
type state struct {
	enc  string // the encoding that errors name, when it is not the codec's
	base int    // where the positions of errors count from
	// UTF-16 and UTF-32
	order int8 // -1 little-endian, 1 big-endian, 0 not known yet
	begun bool // past the place of a byte order mark
	// ISO 2022 and HZ
	g       [3]uint8 // the character sets designated to G0, G1, G2
	shifted bool     // G1 is in use; of HZ, GB 2312 is
	foreign bool     // inside an escape sequence that is not ISO 2022's
	// UTF-7
	base64    bool // inside a shift sequence
	bits      uint32
	nbits     uint8
	surrogate rune // a high surrogate that waits for its low one
	since     int  // the bytes taken since the '+', itself included
}

// encoder turns characters into bytes.
type encoder interface {
	// encode appends the bytes of in[at:] up to the first characters that have none; those are [gap.start, gap.end)
	// of in. A gap without a reason means that all was encoded.
	encode(dst []byte, in []rune, at int, st *state) (out []byte, gap gap)
	// reset appends what returns the state to its start.
	reset(dst []byte, st *state) []byte
	// family says how handlers' replacements are encoded.
	family() family
}

type gap struct {
	start, end int
	reason     string
}

// family is which of CPython's encoder implementations a codec belongs to; each calls error handlers in its own way.
type family uint8

const (
	direct    family = iota // ascii, latin-1, utf-8: replacements are copied
	wide                    // utf-16, utf-32: replacements are ASCII text in the codec's code units
	mapped                  // single-byte tables: replacements go through the table, or the error stands
	multibyte               // the CJK codecs: replacements are encoded as strings of their own
)
