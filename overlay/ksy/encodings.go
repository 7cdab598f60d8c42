package ksy

import (
	"slices"
	"strings"
)

// encodingNames are the names that templates should use.
var encodingNames = []string{"ASCII", "UTF-8", "UTF-16LE", "UTF-16BE", "UTF-32LE", "UTF-32BE", "ISO-8859-1", "ISO-8859-2",
	"ISO-8859-3", "ISO-8859-4", "ISO-8859-5", "ISO-8859-6", "ISO-8859-7", "ISO-8859-8", "ISO-8859-9", "ISO-8859-10",
	"ISO-8859-11", "ISO-8859-13", "ISO-8859-14", "ISO-8859-15", "ISO-8859-16", "windows-1250", "windows-1251",
	"windows-1252", "windows-1253", "windows-1254", "windows-1255", "windows-1256", "windows-1257", "windows-1258",
	"IBM437", "IBM866", "Shift_JIS", "Big5", "EUC-KR"}

// encodingAliases are other names in use, without case and punctuation.
var encodingAliases = map[string]string{
	"usascii": "ASCII", "latin1": "ISO-8859-1", "l1": "ISO-8859-1", "sjis": "Shift_JIS", "cp437": "IBM437", "cp866": "IBM866",
	"euckr": "EUC-KR", "utf16": "UTF-16LE",
}

// plainEncoding drops what names of encodings differ in.
func plainEncoding(name string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case c >= 'A' && c <= 'Z':
			return c + 'a' - 'A'
		case c == '-' || c == '_' || c == ' ':
			return -1
		}
		return c
	}, name)
}

// canonicalEncoding finds the name that templates should use for an encoding.
func canonicalEncoding(name string) (string, bool) {
	if slices.Contains(encodingNames, name) {
		return name, true
	}
	plain := plainEncoding(name)
	if c, ok := encodingAliases[plain]; ok {
		return c, true
	}
	if digits, ok := strings.CutPrefix(plain, "cp125"); ok {
		plain = "windows125" + digits
	}
	for _, c := range encodingNames {
		if plainEncoding(c) == plain {
			return c, true
		}
	}
	return "", false
}

// encoding warns of a name that others may not know.
func (r *reader) encoding(name string, at Pos) {
	switch c, ok := canonicalEncoding(name); {
	case !ok:
		r.warnf(at, "unknown encoding %s%s", quote(name), r.near(name, encodingNames))
	case c != name && plainEncoding(name) != "utf16":
		r.warnf(at, "use the canonical name %s of the encoding %s", c, quote(name))
	}
}

// codeUnit is the number of bytes of a code unit, and so of the zero that ends a strz.
func codeUnit(encoding string) int {
	switch plain := plainEncoding(encoding); {
	case strings.HasPrefix(plain, "utf16"), strings.HasPrefix(plain, "ucs2"):
		return 2
	case strings.HasPrefix(plain, "utf32"):
		return 4
	}
	return 1
}
