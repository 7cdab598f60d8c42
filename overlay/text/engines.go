package text

import "strings"

// engineOf says how a codec of the generated list is made and what its errors call it.
func engineOf(e *entry) (load func() engine, errName string) {
	if e.charmap >= 0 {
		return func() engine { return newCharmap(charmapTables()[512*e.charmap:]) }, "charmap"
	}
	fixed := func(eng engine) func() engine { return func() engine { return eng } }
	switch e.module {
	case "ascii":
		return fixed(asciiCodec), "ascii"
	case "latin_1":
		return fixed(latin1Codec), "latin-1"
	case "utf_8":
		return fixed(utf8Codec{}), "utf-8"
	case "utf_8_sig":
		return fixed(utf8Codec{sig: true}), "utf-8"
	case "utf_16":
		return fixed(utf16Codec{}), "utf-16"
	case "utf_16_le":
		return fixed(utf16Codec{order: -1}), "utf-16-le"
	case "utf_16_be":
		return fixed(utf16Codec{order: 1}), "utf-16-be"
	case "utf_32":
		return fixed(utf32Codec{}), "utf-32"
	case "utf_32_le":
		return fixed(utf32Codec{order: -1}), "utf-32-le"
	case "utf_32_be":
		return fixed(utf32Codec{order: 1}), "utf-32-be"
	case "utf_7":
		return fixed(utf7{}), "utf7"
	case "hz":
		return func() engine { return hz{gridOf("gb2312")} }, "hz"
	case "gb18030":
		return func() engine { return newGB18030() }, "gb18030"
	case "euc_jp", "euc_jis_2004", "euc_jisx0213":
		return func() engine { return newEUC(e.module) }, e.module
	case "euc_kr":
		return func() engine { return &dbcs{grid: gridOf("euc_kr"), hangul: true} }, e.module
	}
	if strings.HasPrefix(e.module, "iso2022") {
		return func() engine { return newISO2022(e.module) }, e.module
	}
	return func() engine { return newDBCS(e.module) }, e.module
}
