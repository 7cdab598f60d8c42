package ui

import (
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
)

// use changes the pen to st with the fewest bytes.
func (s *screen) use(st style) {
	if st == s.pen {
		return
	}
	const attrs, ground, ink = ^style(1<<18 - 1), style(0x1ff << 9), style(0x1ff)
	want, pen := s.colours(st), s.colours(s.pen)
	s.pen = st
	switch {
	case want == pen:
	case want == 0:
		s.buf = append(s.buf, "\x1b[m"...)
	case want&attrs == pen&attrs && want&ground == pen&ground && want&ink != 0:
		s.buf = append(s.buf, "\x1b["...)
		n := len(s.buf)
		s.buf = appendColour(s.buf, int(want&ink), 30)
		s.buf = append(s.buf[:n], s.buf[n+1:]...) // no separator in front of the first parameter
		s.buf = append(s.buf, 'm')
	default:
		s.buf = want.appendSGR(s.buf)
	}
}

// colours gives st in the colours that the terminal has.
func (s *screen) colours(st style) style {
	switch s.profile {
	case colorprofile.TrueColor, colorprofile.ANSI256:
		return st
	case colorprofile.ANSI:
		return st&^style(1<<18-1) | style(basic(int(st&0x1ff))) | style(basic(int(st>>9&0x1ff)))<<9
	}
	if st&(0x1ff<<9) != 0 { // a bar or a selection must still be seen
		st |= reverse
	}
	return st &^ style(1<<18-1)
}

// basic is the nearest of the sixteen colours; c and the result are one more than an index.
func basic(c int) int {
	if c <= 16 {
		return c
	}
	return int(ansi.Convert16(ansi.IndexedColor(c-1))) + 1
}
