package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// This file is the one place that knows how offsets, lengths and ranges are written on the command line:
//
//	NUM    decimal, 0x hex, 0o octal, 0b binary; "_" between digits; an optional suffix K M G T (powers of 1024)
//	OFF    NUM, or -NUM, which counts from the end (-0 is the end itself)
//	LEN    NUM
//	range  OFF:LEN | OFF: (to the end) | OFF..END (END is an OFF too, and exclusive)

// offset is a place in data whose size may not be known yet.
type offset struct {
	n       int64 // ≥ 0: distance from the start, or from the end
	fromEnd bool
}

// span is a range as it was written; resolve turns it into numbers.
type span struct {
	start offset
	end   offset // used by OFF..END and, as the end itself, by OFF:
	len   int64  // used when sized
	sized bool   // OFF:LEN
}

var errOverflow = errors.New("does not fit in 63 bits")

// parseNumber reads a NUM.
func parseNumber(s string) (int64, error) {
	digits, shift := s, 0
	if s != "" {
		switch s[len(s)-1] {
		case 'K', 'k':
			shift = 10
		case 'M', 'm':
			shift = 20
		case 'G', 'g':
			shift = 30
		case 'T', 't':
			shift = 40
		}
		if shift > 0 {
			digits = s[:len(s)-1]
		}
	}
	base := 10
	prefixed := false
	if len(digits) > 2 && digits[0] == '0' {
		switch digits[1] {
		case 'x', 'X':
			base = 16
		case 'o', 'O':
			base = 8
		case 'b', 'B':
			base = 2
		}
		if base != 10 {
			digits, prefixed = digits[2:], true
		}
	}
	plain, ok := stripUnderscores(digits, prefixed)
	if !ok {
		return 0, badNumber(s)
	}
	// ParseUint takes signs from nobody, and underscores only with base 0, so what it accepts here is digits alone.
	u, err := strconv.ParseUint(plain, base, 63)
	if errors.Is(err, strconv.ErrRange) || err == nil && u > math.MaxInt64>>shift {
		return 0, fmt.Errorf("number %s %w", quote(s), errOverflow)
	}
	if err != nil {
		return 0, badNumber(s)
	}
	return int64(u) << shift, nil
}

func badNumber(s string) error {
	if s == "" {
		return errors.New("number missing")
	}
	return fmt.Errorf("%s is not a number (decimal, 0x…, 0o…, 0b…, suffix K M G T)", quote(s))
}

// stripUnderscores removes underscores that stand between digits (or after a base prefix) and refuses all others.
func stripUnderscores(s string, prefixed bool) (string, bool) {
	if !strings.Contains(s, "_") {
		return s, s != ""
	}
	if strings.HasSuffix(s, "_") || strings.Contains(s, "__") || strings.HasPrefix(s, "_") && !prefixed {
		return "", false
	}
	return strings.ReplaceAll(s, "_", ""), true
}

// parseOffset reads an OFF.
func parseOffset(s string) (offset, error) {
	num, fromEnd := strings.CutPrefix(s, "-")
	n, err := parseNumber(num)
	if err != nil {
		if errors.Is(err, errOverflow) {
			return offset{}, fmt.Errorf("offset %s %w", quote(s), errOverflow)
		}
		if s == "" {
			return offset{}, errors.New("offset missing")
		}
		return offset{}, fmt.Errorf("%s is not an offset (decimal, 0x…, 0o…, 0b…, suffix K M G T, negative from the end)", quote(s))
	}
	return offset{n, fromEnd}, nil
}

// resolve gives the place in data of size bytes. It may lie beyond the end; it is an error of the data only before the start.
func (o offset) resolve(size int64) (int64, error) {
	if !o.fromEnd {
		return o.n, nil
	}
	if o.n > size {
		return 0, dataError("offset -%d is before the start: the data has %s", o.n, plural(size, "byte"))
	}
	return size - o.n, nil
}

// parseRange reads a range.
func parseRange(s string) (span, error) {
	if a, b, ok := strings.Cut(s, ".."); ok {
		start, err := parseOffset(a)
		if err != nil {
			return span{}, fmt.Errorf("range %s: %w", quote(s), err)
		}
		end, err := parseOffset(b)
		if err != nil {
			return span{}, fmt.Errorf("range %s: end: %w", quote(s), err)
		}
		return span{start: start, end: end}, nil
	}
	a, b, ok := strings.Cut(s, ":")
	if !ok {
		return span{}, fmt.Errorf("%s is not a range (OFF:LEN, OFF: or OFF..END)", quote(s))
	}
	start, err := parseOffset(a)
	if err != nil {
		return span{}, fmt.Errorf("range %s: %w", quote(s), err)
	}
	if b == "" {
		return span{start: start, end: offset{fromEnd: true}}, nil
	}
	n, err := parseNumber(b)
	if err != nil {
		return span{}, fmt.Errorf("range %s: length: %w", quote(s), err)
	}
	return span{start: start, len: n, sized: true}, nil
}

// needsSize tells whether the range can only be resolved when the size of the data is known.
func (r span) needsSize() bool { return r.start.fromEnd || !r.sized && r.end.fromEnd && r.end.n > 0 }

// resolve gives the half-open range in data of size bytes. Both ends may lie beyond the data, as they were written; an
// OFF: whose OFF lies beyond is empty there.
func (r span) resolve(size int64) (start, end int64, err error) {
	if start, err = r.start.resolve(size); err != nil {
		return 0, 0, err
	}
	switch {
	case r.sized:
		if r.len > math.MaxInt64-start {
			return 0, 0, fmt.Errorf("range %d:%d %w", start, r.len, errOverflow)
		}
		return start, start + r.len, nil
	case r.end == offset{fromEnd: true}:
		return start, max(start, size), nil
	}
	if end, err = r.end.resolve(size); err != nil {
		return 0, 0, err
	}
	if end < start && r.start.fromEnd != r.end.fromEnd {
		return 0, 0, dataError("range %d..%d ends before it starts: the data has %s", start, end, plural(size, "byte"))
	}
	if end < start {
		return 0, 0, fmt.Errorf("range %d..%d ends before it starts", start, end)
	}
	return start, end, nil
}
