package model

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Reading is one way to read the bytes at the cursor as a value, and to write a value back.
type Reading struct {
	Name string
	Size int // bytes; 0: as many as the value needs
	// AnyOrder tells that the byte order does not matter.
	AnyOrder bool
	decode   func(b []byte, order binary.ByteOrder) (string, int, error)
	// encode gives the bytes for a value typed by the user; old are those that stand there now.
	encode func(s string, order binary.ByteOrder, old []byte) ([]byte, error)
}

// maxReading is the most bytes that a reading looks at.
const maxReading = 16

// Readings is the inspector's list, in its order.
func Readings() []*Reading { return readings }

var readings = []*Reading{
	intReading("int8", 1, true), intReading("uint8", 1, false),
	intReading("int16", 2, true), intReading("uint16", 2, false),
	intReading("int24", 3, true), intReading("uint24", 3, false),
	intReading("int32", 4, true), intReading("uint32", 4, false),
	intReading("int48", 6, true), intReading("uint48", 6, false),
	intReading("int64", 8, true), intReading("uint64", 8, false),
	intReading("int128", 16, true), intReading("uint128", 16, false),
	floatReading("float16", 2), floatReading("float32", 4), floatReading("float64", 8),
	{Name: "bits", Size: 1, AnyOrder: true, decode: decodeBits, encode: encodeBits},
	{Name: "uleb128", AnyOrder: true, decode: decodeLEB(false), encode: encodeLEB(false)},
	{Name: "sleb128", AnyOrder: true, decode: decodeLEB(true), encode: encodeLEB(true)},
	timeReading("time_t32", 4, time.Second, 0), timeReading("time_t64", 8, time.Second, 0),
	timeReading("time_ms", 8, time.Millisecond, 0),
	timeReading("filetime", 8, 100*time.Nanosecond, 11644473600),
	{Name: "dos_time", Size: 4, decode: decodeDOS, encode: encodeDOS},
	{Name: "char", AnyOrder: true, decode: decodeChar, encode: encodeChar},
}

// ReadingByName finds a reading.
func ReadingByName(name string) (*Reading, error) {
	for _, r := range readings {
		if r.Name == name {
			return r, nil
		}
	}
	return nil, fmt.Errorf("there is no reading %q", name)
}

// Decode reads b, which begins at the cursor; it gives the value as text and how many bytes it came from. Where the
// document ends too early the error says how many are missing.
func (r *Reading) Decode(b []byte, bigEndian bool) (string, int, error) {
	if len(b) < r.Size {
		return "", 0, fmt.Errorf("needs %s more", count(int64(r.Size-len(b)), "byte"))
	}
	return r.decode(b, order(bigEndian))
}

// Encode gives the bytes of the value s; old are the document's bytes from the cursor on.
func (r *Reading) Encode(s string, bigEndian bool, old []byte) ([]byte, error) {
	b, err := r.encode(strings.TrimSpace(s), order(bigEndian), old)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.Name, err)
	}
	return b, nil
}

func order(bigEndian bool) binary.ByteOrder {
	if bigEndian {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// bigEndianOf copies the first n bytes of b into big-endian order.
func bigEndianOf(b []byte, n int, o binary.ByteOrder) []byte {
	v := append([]byte(nil), b[:n]...)
	if o == binary.LittleEndian {
		reverse(v)
	}
	return v
}

func reverse(b []byte) {
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
}

// toUint reads up to eight bytes.
func toUint(b []byte, n int, o binary.ByteOrder) uint64 {
	var v uint64
	for _, c := range bigEndianOf(b, n, o) {
		v = v<<8 | uint64(c)
	}
	return v
}

func fromUint(v uint64, n int, o binary.ByteOrder) []byte {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], v)
	return bigEndianOf(b[8-n:], n, o)
}

func intReading(name string, n int, signed bool) *Reading {
	return &Reading{Name: name, Size: n, AnyOrder: n == 1,
		decode: func(b []byte, o binary.ByteOrder) (string, int, error) {
			v := new(big.Int).SetBytes(bigEndianOf(b, n, o))
			if signed && v.Bit(8*n-1) == 1 {
				v.Sub(v, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
			}
			return v.String(), n, nil
		},
		encode: func(s string, o binary.ByteOrder, _ []byte) ([]byte, error) {
			v, err := parseInt(s)
			if err != nil {
				return nil, err
			}
			lo, hi := new(big.Int), new(big.Int).Lsh(big.NewInt(1), uint(8*n))
			if signed {
				hi.Rsh(hi, 1)
				lo.Neg(hi)
			}
			if v.Cmp(lo) < 0 || v.Cmp(hi) >= 0 {
				return nil, fmt.Errorf("%s is outside %s..%s", s, lo, hi.Sub(hi, big.NewInt(1)))
			}
			if v.Sign() < 0 {
				v.Add(v, new(big.Int).Lsh(big.NewInt(1), uint(8*n)))
			}
			return bigEndianOf(v.FillBytes(make([]byte, n)), n, o), nil
		}}
}

func parseInt(s string) (*big.Int, error) {
	v, ok := new(big.Int).SetString(strings.ToLower(s), 0)
	if !ok || len(s) > 200 {
		return nil, fmt.Errorf("%q is not an integer", shorten(s, 40))
	}
	return v, nil
}

func floatReading(name string, n int) *Reading {
	return &Reading{Name: name, Size: n,
		decode: func(b []byte, o binary.ByteOrder) (string, int, error) {
			bits := toUint(b, n, o)
			switch n {
			case 2:
				return formatFloat(halfToFloat(uint16(bits)), 32), n, nil
			case 4:
				return formatFloat(float64(math.Float32frombits(uint32(bits))), 32), n, nil
			}
			return formatFloat(math.Float64frombits(bits), 64), n, nil
		},
		encode: func(s string, o binary.ByteOrder, _ []byte) ([]byte, error) {
			size := 64
			if n == 4 {
				size = 32
			}
			f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), size)
			if err != nil {
				return nil, fmt.Errorf("%q is not a number that fits", shorten(s, 40))
			}
			switch n {
			case 2:
				h, ok := floatToHalf(f)
				if !ok {
					return nil, fmt.Errorf("%s is too large", s)
				}
				return fromUint(uint64(h), n, o), nil
			case 4:
				return fromUint(uint64(math.Float32bits(float32(f))), n, o), nil
			}
			return fromUint(math.Float64bits(f), n, o), nil
		}}
}

func formatFloat(f float64, bits int) string {
	s := strconv.FormatFloat(f, 'g', -1, bits)
	if !strings.ContainsAny(s, ".eIN") {
		s += ".0"
	}
	return s
}

// halfToFloat widens an IEEE 754 binary16.
func halfToFloat(h uint16) float64 {
	exp, frac := int(h>>10&0x1f), float64(h&0x3ff)
	var f float64
	switch exp {
	case 0:
		f = math.Ldexp(frac, -24)
	case 0x1f:
		if f = math.Inf(1); frac != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(1024+frac, exp-25)
	}
	if h&0x8000 != 0 {
		f = math.Copysign(f, -1)
	}
	return f
}

// floatToHalf rounds to the nearest binary16, ties to even; not ok when a finite number is too large.
func floatToHalf(f float64) (uint16, bool) {
	var sign uint16
	if math.Signbit(f) {
		sign = 0x8000
	}
	a := math.Abs(f)
	switch {
	case math.IsNaN(f):
		return sign | 0x7e00, true
	case math.IsInf(f, 0):
		return sign | 0x7c00, true
	case a < math.Ldexp(1, -14):
		return sign | uint16(math.RoundToEven(math.Ldexp(a, 24))), true
	}
	m, exp := math.Frexp(a) // a = m·2^exp with m in [0.5, 1)
	n := uint32(math.RoundToEven(math.Ldexp(m, 11)))
	if n == 2048 {
		n, exp = 1024, exp+1
	}
	if exp > 16 {
		return 0, false
	}
	return sign | uint16(exp+14)<<10 | uint16(n-1024), true
}

func decodeBits(b []byte, _ binary.ByteOrder) (string, int, error) {
	return fmt.Sprintf("%04b %04b", b[0]>>4, b[0]&15), 1, nil
}

func encodeBits(s string, _ binary.ByteOrder, _ []byte) ([]byte, error) {
	t := strings.TrimPrefix(strings.NewReplacer(" ", "", "_", "").Replace(s), "0b")
	v, err := strconv.ParseUint(t, 2, 8)
	if err != nil {
		return nil, fmt.Errorf("%q is not 1 to 8 binary digits", shorten(s, 40))
	}
	return []byte{byte(v)}, nil
}

// decodeLEB reads the variable-length integers of DWARF and WebAssembly, up to maxReading bytes.
func decodeLEB(signed bool) func([]byte, binary.ByteOrder) (string, int, error) {
	return func(b []byte, _ binary.ByteOrder) (string, int, error) {
		v, shift := new(big.Int), uint(0)
		for i, c := range b {
			v.Or(v, new(big.Int).Lsh(big.NewInt(int64(c&0x7f)), shift))
			shift += 7
			if c < 0x80 {
				if signed && c&0x40 != 0 {
					v.Sub(v, new(big.Int).Lsh(big.NewInt(1), shift))
				}
				return v.String(), i + 1, nil
			}
		}
		return "", 0, fmt.Errorf("no last byte within %s", count(int64(len(b)), "byte"))
	}
}

// encodeLEB writes a value in the length of the one that stands there, when it fits: the rest of the file stays put.
func encodeLEB(signed bool) func(string, binary.ByteOrder, []byte) ([]byte, error) {
	return func(s string, _ binary.ByteOrder, old []byte) ([]byte, error) {
		v, err := parseInt(s)
		if err != nil {
			return nil, err
		}
		if !signed && v.Sign() < 0 {
			return nil, fmt.Errorf("%s is negative", s)
		}
		_, n, err := decodeLEB(signed)(old, nil)
		if err != nil {
			n = 1
		}
		var b []byte
		rest := new(big.Int).Set(v)
		for done := false; !done; {
			c := byte(new(big.Int).And(rest, big.NewInt(0x7f)).Int64())
			rest.Rsh(rest, 7)
			b = append(b, c)
			done = len(b) >= n && (rest.Sign() == 0 && (!signed || c&0x40 == 0) || signed && rest.IsInt64() && rest.Int64() == -1 && c&0x40 != 0)
			if len(b) > maxReading {
				return nil, fmt.Errorf("%s needs more than %s", shorten(s, 40), count(maxReading, "byte"))
			}
		}
		for i := range b[:len(b)-1] {
			b[i] |= 0x80
		}
		if len(b) > n {
			return nil, fmt.Errorf("%s takes %s, the value there has %d", s, count(int64(len(b)), "byte"), n)
		}
		return b, nil
	}
}

const timeLayout = "2006-01-02 15:04:05.999999999"

// timeReading counts units since the Unix epoch less before seconds (FILETIME begins in 1601), in UTC.
func timeReading(name string, n int, unit time.Duration, before int64) *Reading {
	perSecond := int64(time.Second / unit)
	return &Reading{Name: name, Size: n,
		decode: func(b []byte, o binary.ByteOrder) (string, int, error) {
			v := int64(toUint(b, n, o))
			if n == 4 {
				v = int64(int32(v))
			}
			sec, frac := v/perSecond, v%perSecond
			if frac < 0 {
				sec, frac = sec-1, frac+perSecond
			}
			t := time.Unix(sec-before, frac*int64(unit)).UTC()
			if y := t.Year(); y < 0 || y > 9999 || before > 0 && v < 0 || sec-before > 1<<40 || sec-before < -(1<<40) {
				return "", 0, fmt.Errorf("no date in the years 0 to 9999")
			}
			return t.Format(timeLayout), n, nil
		},
		encode: func(s string, o binary.ByteOrder, _ []byte) ([]byte, error) {
			t, err := parseTime(s)
			if err != nil {
				return nil, err
			}
			sec := t.Unix() + before
			if sec > math.MaxInt64/perSecond || sec < math.MinInt64/perSecond {
				return nil, fmt.Errorf("%s does not fit", s)
			}
			v := sec*perSecond + int64(t.Nanosecond())/int64(unit)
			if n == 4 && v != int64(int32(v)) || before > 0 && v < 0 {
				return nil, fmt.Errorf("%s does not fit in %s", s, count(int64(n), "byte"))
			}
			return fromUint(uint64(v), n, o)[:n], nil
		}}
}

func parseTime(s string) (time.Time, error) {
	s = strings.TrimSuffix(strings.Replace(s, "T", " ", 1), "Z")
	for _, layout := range []string{timeLayout, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time like 2006-01-02 15:04:05 (UTC)", shorten(s, 40))
}

// decodeDOS reads FAT's time and date: two 16-bit words, time first.
func decodeDOS(b []byte, o binary.ByteOrder) (string, int, error) {
	t, d := toUint(b, 2, o), toUint(b[2:], 2, o)
	month, day := int(d>>5&15), int(d&31)
	h, m, s := int(t>>11), int(t>>5&63), int(t&31)*2
	if date := time.Date(1980+int(d>>9), time.Month(month), day, h, m, s, 0, time.UTC); date.Day() != day || month < 1 || month > 12 ||
		h > 23 || m > 59 || s > 59 {
		return "", 0, fmt.Errorf("no date")
	}
	return fmt.Sprintf("%04d-%02d-%02d %02d:%02d:%02d", 1980+int(d>>9), month, day, h, m, s), 4, nil
}

func encodeDOS(s string, o binary.ByteOrder, _ []byte) ([]byte, error) {
	t, err := parseTime(s)
	if err != nil {
		return nil, err
	}
	if y := t.Year(); y < 1980 || y > 2107 {
		return nil, fmt.Errorf("%s is outside 1980..2107", s)
	}
	lo := uint64(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
	hi := uint64((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day())
	return append(fromUint(lo, 2, o), fromUint(hi, 2, o)...), nil
}

func decodeChar(b []byte, _ binary.ByteOrder) (string, int, error) {
	if len(b) == 0 {
		return "", 0, fmt.Errorf("needs 1 byte more")
	}
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n <= 1 {
		return "", 0, fmt.Errorf("not UTF-8")
	}
	if !unicode.IsGraphic(r) {
		return fmt.Sprintf("U+%04X", r), n, nil
	}
	return fmt.Sprintf("%c U+%04X", r, r), n, nil
}

// encodeChar writes a character of as many bytes as the one that stands there: the bytes behind it stay what they are.
func encodeChar(s string, _ binary.ByteOrder, old []byte) ([]byte, error) {
	r, n := utf8.DecodeRuneInString(s)
	if hex, ok := strings.CutPrefix(strings.ToUpper(s), "U+"); ok {
		v, err := strconv.ParseUint(hex, 16, 21)
		if err != nil || !utf8.ValidRune(rune(v)) {
			return nil, fmt.Errorf("%q is not a code point", shorten(s, 40))
		}
		r = rune(v)
	} else if n == 0 || r == utf8.RuneError || n != len(s) && !strings.HasPrefix(s[n:], " U+") {
		return nil, fmt.Errorf("%q is not one character or U+XXXX", shorten(s, 40))
	}
	b := utf8.AppendRune(nil, r)
	_, have, err := decodeChar(old, nil)
	if err != nil {
		have = 1
	}
	if len(b) != have {
		return nil, fmt.Errorf("%q takes %s, the character there has %d", r, count(int64(len(b)), "byte"), have)
	}
	return b, nil
}

// CursorBytes reads what the inspector looks at: up to maxReading bytes from the cursor on.
func (e *Editor) CursorBytes() []byte {
	b := make([]byte, maxReading)
	n, lost := e.Snapshot().Read(b, e.cursor, nil)
	if len(lost) > 0 {
		n = int(min(int64(n), max(0, lost[0].Start-e.cursor)))
	}
	return b[:n]
}

func inspectCommands() []*Command {
	var names []string
	for _, r := range readings {
		names = append(names, r.Name)
	}
	return []*Command{
		{Name: "set", Group: "Edit", Help: "Write a value at the cursor: set uint32 big 1000",
			Args: []Arg{{Kind: ArgWord, Choices: names}, {Kind: ArgWord, Choices: []string{"little", "big"}},
				{Kind: ArgString, Optional: true}}, Run: runSet},
	}
}

func runSet(e *Editor, args []string) (Effect, error) {
	r, err := ReadingByName(args[0])
	if err != nil {
		return nil, err
	}
	bigEndian := args[1] == "big"
	old := e.CursorBytes()
	if len(args) < 3 {
		now, _, err := r.Decode(old, bigEndian)
		if err != nil && r.Size > len(old) {
			return nil, fmt.Errorf("%s: %w", r.Name, err)
		}
		title := r.Name
		if !r.AnyOrder {
			title += ", " + args[1] + "-endian"
		}
		return Prompt{Title: title, Command: "set " + args[0] + " " + args[1], Initial: now}, nil
	}
	b, err := r.Encode(args[2], bigEndian, old)
	if err != nil {
		return nil, err
	}
	if err := e.Patch(e.cursor, b); err != nil {
		return nil, err
	}
	e.Notef("%s = %s", r.Name, args[2])
	return nil, nil
}
