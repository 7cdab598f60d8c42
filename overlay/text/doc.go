// Package text turns bytes into text and back exactly as CPython 3.11 does it: the same codecs under the same names and
// aliases, the same error handlers, and for every error the same span, reason and message.
//
// Text is WTF-8: UTF-8 in which a lone surrogate stands as its three bytes ED A0..BF xx. Python's str holds lone
// surrogates, and the handlers surrogateescape and surrogatepass make them, so plain UTF-8 would lose them. For the same
// reason a surrogate pair that came out as two characters stays two. DecodeRune and AppendRune read and write it.
//
// A Codec is found with Lookup, decodes with Decode, Chars (which says what bytes each character came from) and
// NewDecoder (a piece at a time), and encodes with Encode. Rank guesses which codecs some bytes are written in. LoadTable
// makes a codec from a .tbl file.
//
// Beyond CPython there are the EBCDIC code pages of ebcdic_gen.go, as the GNU C library has them. CPython's codecs that
// are no character encodings (rot13, base64, zlib, ...) and its own escapes (unicode_escape, idna, punycode, ...) are not
// here.
//
// Caveats. Tables are unpacked when a codec is first used and stay in memory, at most 0.7 MB for one codec. A Codec is
// safe for any goroutine, a Decoder is not. Encode works on whole strings and takes four bytes of memory for a character.
// As in CPython, the positions of utf-8-sig do not count the byte order mark; DecodeError.Base says where they count from.
//
// One difference is known: CPython's hz encoder loses the second of the two tildes that stand for "~" when its output
// buffer happens to be full at that point; here both are always written. Its loss of U+0000 after some characters in the
// JIS X 0213 codecs does not depend on buffers and is matched.
package text

//go:generate python3.11 gen/registry.py
//go:generate python3.11 gen/cjk.py
//go:generate python3.11 gen/names.py
