package text

import (
	"sync"
	"unicode"
)

// script groups letters that may stand in one word.
type script uint8

const (
	noScript script = iota
	latinScript
	cyrillicScript
	greekScript
	hebrewScript
	arabicScript
	thaiScript
	hanScript
	kanaScript
	hangulScript
	otherScript
)

var scriptNames = [...]string{"", "Latin", "Cyrillic", "Greek", "Hebrew", "Arabic", "Thai", "Han", "Kana", "Hangul", "other letters"}

// trait is what a character tells about how plausible the text around it is.
type trait struct {
	weight uint8 // how common it is in text, of 100; 0 is not printable
	script script
	upper  bool
	lower  bool
	far    bool // a letter beyond ASCII
}

const commonWeight = 60 // a character of at least this weight counts as common

// The letters of Russian, most frequent first.
const russian = "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё"

// Letters with diacritics that the languages of Latin script use much.
const latinCommon = "éèàáíóúüöäßñçãõâêîôûëïåøæœąćęłńśźżčšžřůýěőűăţşțșğıİ"

var letterWeights = sync.OnceValue(func() map[rune]uint8 {
	m := map[rune]uint8{}
	for i, r := range []rune(russian) {
		m[r] = uint8(98 - i)
	}
	for _, r := range latinCommon {
		m[r] = 82
	}
	for _, r := range "ăţşțșğı،؛؟" {
		m[r] = 72
	}
	for _, r := range "“”‘’–—…«»„•°§©®€£¿¡" {
		m[r] = 66
	}
	return m
})

// commonHan has a bit for every ideograph of the first levels of GB 2312, JIS X 0208 and Big5 and for the Hangul of KS X
// 1001: the characters that these standards list as the frequent ones.
var commonHan = sync.OnceValue(func() *[0x10000 / 64]uint64 {
	set := new([0x10000 / 64]uint64)
	mark := func(table string, from, to int) {
		g := gridOf(table)
		for i := from; i <= to; i++ {
			if r := g.at(byte(i>>8), byte(i)); r > 0 && r < 0x10000 {
				set[r>>6] |= 1 << (r & 63)
			}
		}
	}
	mark("gb2312", 0xB0A1, 0xD7FE)
	mark("jisx0208", 0xB0A1, 0xCFFE)
	mark("big5", 0xA440, 0xC67E)
	mark("ksx1001", 0xB0A1, 0xC8FE)
	return set
})

func isCommonHan(r rune) bool { return commonHan()[r>>6]>>(r&63)&1 != 0 }

// traitOf weighs a character. The weights are judgement, not statistics, except the order of the Russian letters.
func traitOf(r rune) trait {
	switch {
	case r < 0x80:
		return asciiTrait(byte(r))
	case r < 0xA0, isSurrogate(r), r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE:
		return trait{}
	case r == 0xFEFF, r == 0xFFFD:
		return trait{weight: 5}
	case r < 0x2000:
		return letterTrait(r)
	case r >= 0x4E00 && r <= 0x9FFF:
		if isCommonHan(r) {
			return trait{weight: 92, script: hanScript, far: true}
		}
		return trait{weight: 25, script: hanScript, far: true}
	case r >= 0xAC00 && r <= 0xD7A3:
		if isCommonHan(r) {
			return trait{weight: 95, script: hangulScript, far: true}
		}
		return trait{weight: 20, script: hangulScript, far: true}
	case r >= 0x3041 && r <= 0x30FE:
		return trait{weight: 93, script: kanaScript, far: true}
	case r >= 0x3000 && r <= 0x3011:
		return trait{weight: 88}
	case r >= 0xFF01 && r <= 0xFF5E:
		return trait{weight: 65, script: hanScript, far: true}
	case r >= 0xFF61 && r <= 0xFF9F:
		return trait{weight: 35, script: kanaScript, far: true}
	case r >= 0xE000 && r <= 0xF8FF, r >= 0xF0000:
		return trait{weight: 3}
	case r >= 0x2500 && r <= 0x259F:
		return trait{weight: 32}
	case r >= 0x1F300 && r <= 0x1FAFF:
		return trait{weight: 70}
	case r >= 0x3400 && r <= 0x4DBF, r >= 0x20000 && r <= 0x3FFFF, r >= 0xF900 && r <= 0xFAFF:
		return trait{weight: 12, script: hanScript, far: true}
	}
	if w := letterWeights()[r]; w > 0 {
		return trait{weight: w}
	}
	if !unicode.IsGraphic(r) {
		return trait{}
	}
	return trait{weight: 28, script: otherScript}
}

func asciiTrait(b byte) trait {
	switch {
	case b >= 'a' && b <= 'z':
		return trait{weight: 100, script: latinScript, lower: true}
	case b >= 'A' && b <= 'Z':
		return trait{weight: 88, script: latinScript, upper: true}
	case b == ' ', b == '\n':
		return trait{weight: 100}
	case b == '\t', b == '\r', b >= '0' && b <= '9', b == '.', b == ',':
		return trait{weight: 92}
	case b > ' ' && b < 0x7F:
		return trait{weight: 80}
	}
	return trait{}
}

func letterTrait(r rune) trait {
	t := trait{weight: 30, far: true}
	switch {
	case !unicode.IsPrint(r) && r != 0xA0:
		return trait{}
	case !unicode.IsLetter(r) && !unicode.IsMark(r):
		t.far = false
		if r == 0xA0 {
			t.weight = 60
		}
		if w := letterWeights()[r]; w > 0 {
			t.weight = w
		}
		return t
	case r < 0x250 || r >= 0x1E00 && r < 0x1F00:
		t.script, t.weight = latinScript, 45
	case r >= 0x370 && r < 0x400:
		t.script, t.weight = greekScript, 84
	case r >= 0x400 && r < 0x530:
		t.script, t.weight = cyrillicScript, 50
	case r >= 0x5D0 && r < 0x600:
		t.script, t.weight = hebrewScript, 92
	case r >= 0x620 && r < 0x660:
		t.script, t.weight = arabicScript, 90
	case r >= 0xE01 && r < 0xE5C:
		t.script, t.weight = thaiScript, 86
	default:
		t.script = otherScript
	}
	low := unicode.ToLower(r)
	t.upper, t.lower = low != r, low == r && unicode.ToUpper(r) != r
	if w := letterWeights()[low]; w > 0 {
		t.weight = w
	}
	if t.upper {
		t.weight -= t.weight / 4
	}
	return t
}

// odd says that b right after a is unusual in any language: a capital after a small letter, letters of two scripts in one
// word, a sign between letters.
func odd(a, b trait) bool {
	switch {
	case a.script == noScript || b.script == noScript:
		return (a.far || b.far) && (a.weight < commonWeight && a.weight > 0 || b.weight < commonWeight && b.weight > 0)
	case a.script != b.script:
		return a.script < hanScript || b.script < hanScript
	}
	return a.lower && b.upper && (a.far || b.far)
}

// class numbers the traits that odd tells apart.
func (t trait) class() uint8 {
	c := uint8(t.script) * 3
	switch {
	case t.upper:
		c++
	case t.lower:
		c += 2
	}
	c *= 3
	switch {
	case t.weight >= commonWeight:
		c += 2
	case t.weight > 0:
		c++
	}
	c *= 2
	if t.far {
		c++
	}
	return c
}

// oddClasses is odd for every two classes, a bit each: the follows of a sample are weighed for each codec, and a branch
// for each would cost more than all else.
var oddClasses = sync.OnceValue(func() *[256][4]uint64 {
	set := new([256][4]uint64)
	var all []trait
	for s := range otherScript + 1 {
		for i := range 18 {
			all = append(all, trait{script: s, upper: i%3 == 1, lower: i%3 == 2, far: i/3%2 == 1, weight: uint8(i / 6 * 40)})
		}
	}
	for _, a := range all {
		for _, b := range all {
			if odd(a, b) {
				set[a.class()][b.class()>>6] |= 1 << (b.class() & 63)
			}
		}
	}
	return set
})
