package literal

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// dumpLine is one line of a dump, split.
type dumpLine struct {
	pos    int    // of the line in the text
	offset uint64 // as written, hexadecimal
	octal  uint64 // the same digits read as octal: od counts so by default
	isOct  bool
	xxd    bool // a colon follows the offset
	star   bool // "*": lines like the one before are left out
	hex    string
	hexPos int    // of hex in the text
	ascii  string // the column after hex
}

// isDump says whether s is lines of a dump. They begin with an offset: "00000000: 8950" (xxd), "00000000  89 50"
// (hexdump -C, up to the ASCII column in bars), or "000000 89 50" (od -t x1) in at least two lines whose offsets count
// the bytes between them.
func isDump(s string) bool {
	first, several := s, false
	if i := strings.IndexAny(s, "\r\n"); i >= 0 {
		first, several = s[:i], true
	}
	n := offsetLen(first)
	switch {
	case n == 0:
		return false
	case strings.HasPrefix(first[n:], ": "):
		// xxd prints eight digits and more; with fewer it could be digits separated by ':'.
		return n >= 8 || several && hasOffsets(s)
	case strings.HasPrefix(first[n:], "  ") && strings.Contains(first, "|"):
		return true
	}
	return n >= 6 && several && hasOffsets(s)
}

func offsetLen(line string) int {
	n := 0
	for n < len(line) && n <= 16 && isHex(line[n]) {
		n++
	}
	if n < 4 || n > 16 {
		return 0
	}
	return n
}

// hasOffsets says whether the lines of s begin with offsets: numbers that count the bytes of the lines between them, or
// that begin with zero and ascend in front of single bytes. Of the latter a line is missing or damaged, which parseDump
// refuses; read as digits, the offsets would become bytes.
func hasOffsets(s string) bool {
	lines, err := splitDump(s)
	if err != nil || len(lines) < 2 {
		return false
	}
	inHex, inOctal := consecutive(lines)
	return inHex || inOctal || lines[0].offset == 0 && ascending(lines)
}

func ascending(lines []dumpLine) bool {
	last := uint64(0)
	for i, l := range lines {
		if l.star {
			continue
		}
		if i > 0 && l.offset <= last {
			return false
		}
		last = l.offset
		for _, g := range strings.Fields(l.hex) {
			if len(g) != 2 {
				return false
			}
		}
	}
	return true
}

// consecutive says whether the offsets count the bytes of the lines between them, in each way to read them.
func consecutive(lines []dumpLine) (inHex, inOctal bool) {
	inHex, inOctal = true, true
	for i, l := range lines {
		inOctal = inOctal && (l.isOct || l.star)
		if i == 0 || l.star || lines[i-1].star {
			continue
		}
		before := lines[i-1]
		digits := uint64(0)
		for k := range len(before.hex) {
			if isHex(before.hex[k]) {
				digits++
			}
		}
		inHex = inHex && l.offset-before.offset == digits/2
		inOctal = inOctal && l.octal-before.octal == digits/2
	}
	return inHex, inOctal
}

func splitDump(s string) ([]dumpLine, error) {
	var lines []dumpLine
	for pos, line := range splitLines(s) {
		l := dumpLine{pos: pos}
		text := strings.TrimRight(line, " \t")
		if text == "" {
			continue
		}
		if text == "*" {
			l.star = true
			lines = append(lines, l)
			continue
		}
		n := offsetLen(text)
		if n == 0 || n < len(text) && text[n] != ':' && text[n] != ' ' {
			return nil, errAt(l.pos, "%q: expected a line of a dump, beginning with its offset", clip(text))
		}
		l.offset, _ = strconv.ParseUint(text[:n], 16, 64)
		var err error
		l.octal, err = strconv.ParseUint(text[:n], 8, 64)
		l.isOct = err == nil
		rest := text[n:]
		l.hexPos = l.pos + n
		if strings.HasPrefix(rest, ":") {
			l.xxd = true
			skip := 1
			if strings.HasPrefix(rest, ": ") {
				skip = 2
			}
			rest, l.hexPos = rest[skip:], l.hexPos+skip
			// Groups with one space between them, two spaces, the ASCII column.
			if i := strings.Index(rest, "  "); i >= 0 {
				rest, l.ascii = rest[:i], strings.TrimLeft(rest[i:], " ")
			}
			if rest == "" && l.ascii != "" {
				return nil, errAt(l.hexPos, "expected two hexadecimal digits in the dump")
			}
		} else if i := strings.IndexAny(rest, "|>"); i >= 0 { // hexdump -C, od -t x1z
			rest, l.ascii = rest[:i], rest[i+1:]
			if k := len(l.ascii) - 1; k >= 0 && (l.ascii[k] == '|' || l.ascii[k] == '<') { // else it was cut off
				l.ascii = l.ascii[:k]
			}
		}
		l.hex = rest
		lines = append(lines, l)
	}
	return lines, nil
}

func parseDump(s string) ([]byte, error) {
	lines, err := splitDump(s)
	if err != nil {
		return nil, err
	}
	if err := refuseWords(lines); err != nil {
		return nil, err
	}
	// Both readings may fit, as far as lines are left out. od writes seven octal or six hexadecimal digits.
	inHex, inOctal := consecutive(lines)
	octal := inOctal && (!inHex || !lines[0].xxd && offsetLen(s) == 7)
	var out, last []byte
	star := false
	for i, l := range lines {
		if l.star {
			if i == 0 {
				return nil, errAt(l.pos, "the dump begins with *")
			}
			star = true
			continue
		}
		offset, base := l.offset, lines[0].offset
		if octal {
			offset, base = l.octal, lines[0].octal
		}
		at := offset - base
		switch {
		case offset < base || at < uint64(len(out)):
			return nil, errAt(l.pos, "offset %x comes again", offset)
		case at > MaxSize:
			return nil, errAt(l.pos, "the dump goes to offset %x: more than %d bytes are not read", offset, MaxSize)
		case at > uint64(len(out)) && star && len(last) > 0:
			for uint64(len(out)) < at {
				out = append(out, last[:min(uint64(len(last)), at-uint64(len(out)))]...)
			}
		case at > uint64(len(out)):
			return nil, errAt(l.pos, "offset %x: the bytes from %x on are missing", offset, base+uint64(len(out)))
		}
		star = false
		before := len(out)
		for k := 0; k < len(l.hex); k++ {
			if c := l.hex[k]; c == ' ' || c == '\t' {
				continue
			}
			if k+1 >= len(l.hex) || !isHex(l.hex[k]) || !isHex(l.hex[k+1]) {
				return nil, errAt(l.hexPos+k, "expected two hexadecimal digits in the dump")
			}
			if !l.xxd && k+2 < len(l.hex) && isHex(l.hex[k+2]) {
				return nil, errAt(l.hexPos+k, "words of several bytes, whose order is not known: dump single bytes (hexdump -C, od -t x1)")
			}
			out = append(out, hexValue(l.hex[k])<<4|hexValue(l.hex[k+1]))
			k++
		}
		last = out[before:]
		if n := utf8.RuneCountInString(l.ascii); n > len(last) {
			return nil, errAt(l.hexPos+len(l.hex), "the ASCII column has %d characters for %d bytes", n, len(last))
		}
	}
	if star {
		return nil, errAt(len(s), "the dump ends with *: the offset after it is missing")
	}
	return out, nil
}

// refuseWords refuses what looks like xxd's usual dump and is none: little-endian words (xxd -e) and bits (xxd -b). The
// ASCII column gives them away. That it merely disagrees means nothing: people edit the digits and leave it.
func refuseWords(lines []dumpLine) error {
	swapped, straight := true, true
	seen := false
	for _, l := range lines {
		if !l.xxd || l.ascii == "" {
			continue
		}
		groups := strings.Fields(l.hex)
		bits := len(l.ascii) <= len(groups)
		var a, b []byte
		for _, g := range groups {
			bits = bits && len(g) == 8 && strings.Trim(g, "01") == ""
			var word []byte
			for k := 0; k+1 < len(g); k += 2 {
				word = append(word, printableByte(hexValue(g[k])<<4|hexValue(g[k+1])))
			}
			a = append(a, word...)
			slices.Reverse(word)
			b = append(b, word...)
		}
		if bits {
			return errAt(l.hexPos, "bits (xxd -b) are not read: dump hexadecimal digits")
		}
		seen = true
		column := strings.TrimRight(l.ascii, " ")
		straight = straight && strings.TrimSpace(string(a)) == column
		swapped = swapped && strings.HasPrefix(column, strings.TrimSpace(string(b)))
	}
	if seen && swapped && !straight {
		return errAt(lines[0].hexPos, "little-endian words (xxd -e) are not read: dump single bytes")
	}
	return nil
}

// printableByte is c in the ASCII column.
func printableByte(c byte) byte {
	if c < ' ' || c > '~' {
		return '.'
	}
	return c
}
