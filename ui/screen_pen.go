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
	const attrs = ^(ink | ground)
	want, pen := s.colours(st), s.colours(s.pen)
	s.pen = st
	switch {
	case want == pen:
	case want == 0:
		s.buf = append(s.buf, "\x1b[m"...)
	case want&attrs == pen&attrs && want&ground == pen&ground && want&ink != 0:
		s.buf = append(s.buf, "\x1b["...)
		n := len(s.buf)
		s.buf = appendColour(s.buf, want&ink, 30)
		s.buf = append(s.buf[:n], s.buf[n+1:]...) // no separator in front of the first parameter
		s.buf = append(s.buf, 'm')
	default:
		s.buf = want.appendSGR(s.buf)
	}
}

// colours gives st in the colours that the terminal has.
func (s *screen) colours(st style) style {
	const colours = ink | ground
	switch s.profile {
	case colorprofile.TrueColor:
		return st
	case colorprofile.ANSI256:
		if st&(exact|exact<<25) == 0 {
			return st
		}
		return st&^colours | indexed(st.inkOf()) | indexed(st.groundOf())<<25
	case colorprofile.ANSI:
		return st&^colours | basic(st.inkOf()) | basic(st.groundOf())<<25
	}
	if st&ground != 0 { // a bar or a selection must still be seen
		st |= reverse
	}
	return st &^ colours
}

// basic is the nearest of the sixteen colours.
func basic(c style) style {
	if c = indexed(c); c <= 16 {
		return c
	}
	return style(ansi.Convert16(ansi.IndexedColor(c-1))) + 1
}

// indexed is the nearest colour of the palette of 256: of its cube of 6 × 6 × 6, or of its greys.
func indexed(c style) style {
	if c&exact == 0 {
		return c
	}
	levels := [...]int{0, 95, 135, 175, 215, 255}
	v := [3]int{int(c >> 16 & 255), int(c >> 8 & 255), int(c & 255)}
	var cube, off int
	for _, x := range v {
		k := 0
		for i, l := range levels {
			if abs(x-l) < abs(x-levels[k]) {
				k = i
			}
		}
		cube = cube*6 + k
		off += (x - levels[k]) * (x - levels[k])
	}
	grey := max(0, min(((v[0]+v[1]+v[2])/3-3)/10, 23))
	offGrey := 0
	for _, x := range v {
		d := x - (8 + 10*grey)
		offGrey += d * d
	}
	if offGrey < off {
		return style(fg(232 + grey))
	}
	return style(fg(16 + cube))
}

func abs(x int) int { return max(x, -x) }
