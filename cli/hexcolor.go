package cli

// Colours by kind of byte, as SGR foreground colours of the terminal's own palette.
const (
	colorNone  = ""
	colorNul   = "\x1b[90m"
	colorText  = "\x1b[36m"
	colorSpace = "\x1b[32m"
	colorCtrl  = "\x1b[35m"
	colorHigh  = "\x1b[33m"
	colorAddr  = "\x1b[90m"
	colorReset = "\x1b[39m"
)

func byteColor(c byte) string {
	switch {
	case c == 0:
		return colorNul
	case c == ' ' || c >= '\t' && c <= '\r':
		return colorSpace
	case c < 0x20 || c == 0x7f:
		return colorCtrl
	case c < 0x7f:
		return colorText
	}
	return colorHigh
}

// painter appends coloured text and says each colour only when it changes.
type painter struct {
	dst []byte
	now string
}

func (p *painter) color(c string) {
	if c != p.now {
		if c == colorNone {
			p.dst = append(p.dst, colorReset...)
		} else {
			p.dst = append(p.dst, c...)
		}
		p.now = c
	}
}

// appendColorLine appends a line of the canonical format or of xxd with its bytes coloured. Without the colours it is the
// line that appendCanonicalLine or appendXxdLine print.
func appendColorLine(dst []byte, addr int64, line []byte, width int, xxd bool) []byte {
	p := painter{dst: dst}
	p.color(colorAddr)
	p.dst = appendAddress(p.dst, addr)
	if xxd {
		p.dst = append(p.dst, ':', ' ')
	} else {
		p.dst = append(p.dst, ' ')
	}
	for i := range width {
		if !xxd && i%8 == 0 {
			p.dst = append(p.dst, ' ')
		}
		if i < len(line) {
			p.color(byteColor(line[i]))
			p.dst = append(p.dst, hexDigits[line[i]>>4], hexDigits[line[i]&15])
		} else {
			p.dst = append(p.dst, ' ', ' ')
		}
		if !xxd || i%2 == 1 || i == width-1 {
			p.dst = append(p.dst, ' ')
		}
	}
	p.dst = append(p.dst, ' ')
	if !xxd {
		p.color(colorNone)
		p.dst = append(p.dst, '|')
	}
	for _, c := range line {
		p.color(byteColor(c))
		p.dst = append(p.dst, printableASCII(c))
	}
	p.color(colorNone)
	if !xxd {
		p.dst = append(p.dst, '|')
	}
	return append(p.dst, '\n')
}
