package ui

import "hexlay/overlay/stats"

// The colours. One palette serves dark and light terminals: it uses mid-tones of the 256-colour cube, which have a
// contrast of at least 3.5 : 1 on black and on white, and sets both foreground and background where it sets a
// background. With fewer colours the terminal layer picks the nearest; with none the attributes carry the meaning.
const (
	grey   = 244
	blue   = 67
	green  = 65
	orange = 130
	violet = 97
	red    = 160
	teal   = 30
)

var (
	styleText      style
	styleDim       = fg(grey)
	styleTitle     = bold
	styleBar       = fg(15) | bg(238)
	styleBarKey    = fg(231) | bg(25) | bold
	styleBarWarn   = fg(231) | bg(130) | bold
	styleError     = fg(red) | bold
	styleGood      = fg(green)
	styleWarn      = fg(orange)
	styleBorder    = fg(grey)
	styleFocus     = fg(teal) | bold
	styleOffset    = fg(8)
	styleRuler     = fg(8)
	styleCursor    = reverse
	styleOther     = underline | bold
	styleSelection = fg(231) | bg(24)
	styleRow       = fg(231) | bg(24)
	styleHit       = fg(16) | bg(221)
	styleChanged   = fg(red) | bold
	styleDiffers   = fg(16) | bg(179) // other bytes than before a reload, or than the file's
	// A comparison: changed bytes, bytes that only the left or the right side has, and the gap where a side has none. The
	// difference at the cursor is brighter.
	styleChangedHere = fg(16) | bg(221) | bold
	styleOnlyLeft    = fg(16) | bg(174)
	styleOnlyRight   = fg(16) | bg(108)
	styleOnlyHere    = bold
	styleGap         = fg(grey) | faint
	styleGapHere     = fg(orange)
	styleBad         = fg(231) | bg(red)
	styleDot         = fg(8) // what has no character: seen less than the characters between
	styleLost        = fg(grey) | faint
	styleInput       = fg(231) | bg(236)
	styleDialog      = fg(255) | bg(236)
	styleDialogDim   = fg(248) | bg(236)
	styleDialogKey   = fg(222) | bg(236) | bold
	styleDialogRow   = fg(231) | bg(25)
)

// styleFields are the backgrounds of fields, taken in turn; dark letters read well on all of them. The first row is the
// field under the cursor, the second the structure that it stands in, the third everything else.
var styleFields = [3][6]style{
	{fg(16) | bg(117), fg(16) | bg(217), fg(16) | bg(120), fg(16) | bg(222), fg(16) | bg(147), fg(16) | bg(228)},
	{fg(16) | bg(152), fg(16) | bg(181), fg(16) | bg(150), fg(16) | bg(223), fg(16) | bg(146), fg(16) | bg(187)},
	{fg(16) | bg(109), fg(16) | bg(138), fg(16) | bg(108), fg(16) | bg(180), fg(16) | bg(103), fg(16) | bg(144)},
}

// styleVary are the looks of bytes by what they do from message to message: grey those that stay, strong ones for those that mean something.
var styleVary = [...]style{
	stats.VaryConstant: fg(16) | bg(250), stats.VaryLength: fg(16) | bg(217), stats.VaryCounter: fg(16) | bg(120), stats.VaryFew: fg(16) | bg(222), stats.VaryRandom: fg(16) | bg(117),
}

// byteStyles are the looks of bytes by their class.
//
// Once the terminal has told whether its background is dark they are colours of its own sixteen, chosen for that
// background: those take half the bytes on the line, and a byte of random data changes the colour two times out of three.
// Until then they are mid-tones. The high bytes, the most frequent class of such data, have no colour of their own.
func byteStyles(known, dark bool) (t [256]style) {
	zero, text, blank, control, ff := fg(grey), fg(blue), fg(green), fg(violet), fg(orange)
	switch {
	case known && dark:
		zero, text, blank, control, ff = fg(8), fg(6), fg(2), fg(5), fg(3)
	case known:
		zero, text, control, ff = fg(8), fg(4), fg(5), fg(1)
	}
	for i := range t {
		switch {
		case i == 0:
			t[i] = zero
		case i == ' ' || i >= '\t' && i <= '\r':
			t[i] = blank
		case i > 0x20 && i < 0x7f:
			t[i] = text
		case i < 0x80:
			t[i] = control
		case i == 0xff:
			t[i] = ff
		}
	}
	return t
}
