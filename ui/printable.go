package ui

import "unicode"

// joiners are characters that are graphic but take part in a neighbour's cell: a terminal that clusters graphemes would
// shift the row. They are those of Unicode's grapheme break classes L, V, T, Prepend, Extend, SpacingMark and Regional
// Indicator that are no marks.
var joiners = &unicode.RangeTable{
	R16: []unicode.Range16{
		{0x0600, 0x0605, 1}, {0x0d4e, 0x0d4e, 1}, {0x0e33, 0x0e33, 1}, {0x0eb3, 0x0eb3, 1}, {0x1100, 0x11ff, 1},
		{0xa960, 0xa97c, 1}, {0xd7b0, 0xd7ff, 1}, {0xff9e, 0xff9f, 1},
	},
	R32: []unicode.Range32{
		{0x111c2, 0x111c3, 1}, {0x113d1, 0x113d1, 1}, {0x1193f, 0x1193f, 1}, {0x11941, 0x11941, 1}, {0x11a3a, 0x11a3a, 1},
		{0x11a84, 0x11a89, 1}, {0x11d46, 0x11d46, 1}, {0x11f02, 0x11f02, 1}, {0x1f1e6, 0x1f1ff, 1}, {0x1f3fb, 0x1f3ff, 1},
	},
}

// shown tells whether r may stand in a cell of its own. Marks, format characters (bidi controls among them), private
// and unassigned code points, surrogates and all separators but the space may not.
func shown(r rune) bool {
	return unicode.IsGraphic(r) && !unicode.Is(unicode.M, r) && !unicode.Is(joiners, r) &&
		!(unicode.Is(unicode.Z, r) && r != 0x3000)
}
