package model

import (
	"errors"
	"strings"
	"testing"

	"hexlay/mmapdoc"
)

// env is a document of 0x1000 bytes with the cursor at 0x100, a selection and a mark.
func env(t testing.TB) *Editor {
	e := over(make([]byte, 0x1000))
	for _, l := range []string{"goto 0x300", "mark a", "select 0xf0:0x11"} {
		if _, err := run(t, e, l); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

var addresses = []struct {
	text string
	want int64
}{
	{"0", 0}, {"10", 10}, {"0x1f0", 0x1f0}, {"0X1F0", 0x1f0}, {"0o17", 15}, {"0b101", 5}, {"1_000", 1000}, {"010", 10}, {"1f0h", 0x1f0}, {"ff", 255}, {"1e5", 0x1e5},
	{"64K", 65536}, {"2m", 2 << 20}, {"1G", 1 << 30}, {"1T", 1 << 40}, {"0x10K", 0x4000},
	{"+16", 0x110}, {"-4", 0xfc}, {"+0x10", 0x110}, {"+2*8", 0x110}, {"-0x10-0x10", 0xe0}, {"--4", 0x104}, {" + 1 ", 0x101},
	{"50%", 0x800}, {"100%", 0x1000}, {"0%", 0}, {"(25+25)%", 0x800}, {"50%+1", 0x801},
	{"end", 0x1000}, {"size", 0x1000}, {"END-0x10", 0xff0}, {"here", 0x100}, {"cursor+1", 0x101}, {".", 0x100}, {"start", 0}, {"sel", 0xf0}, {"selend", 0x101},
	{"'a", 0x300}, {"'a+1", 0x301}, {"end-'a", 0xd00},
	{"1+2*3", 7}, {"(1+2)*3", 9}, {"1|2^3&1", 3}, {"1<<4", 16}, {"0x100>>4", 16}, {"2*3+4*5", 26}, {"7/2", 3}, {"-7/2+7", 0x100 - 7/2 + 7}, {"10-3-2", 5},
	{"1<<2+1", 8}, {"6&3|8", 10}, {"~0&0xff", 255}, {"(0-1)", -1}, {"((((1))))", 1}, {"9223372036854775807", 1<<63 - 1}, {"1<<64>>64", 1},
	{"0x10000000000000000-1-0xffffffff00000000", 0xffffffff},
}

var badAddresses = []string{
	"", " ", "(", ")", "(1", "1)", "1+", "+", "*2", "1 2", "1//2", "1/0", "x", "'", "'z", "''", "0x", "0xg", "1<<128", "1<<-1", "1<<99999999999999999999",
	"9223372036854775808", "08x", "%", "5%%", "a'", "\x00", "\xff", "漢", "'漢", "1\x1b", strings.Repeat("(", 1000), strings.Repeat("~", 1000) + "1",
	strings.Repeat("9", 100), "1" + strings.Repeat("<<127", 100), strings.Repeat("0x7fffffffffffffff*", 50) + "1", "_", "1__0", "0x_",
}

func TestAddress(t *testing.T) {
	e := env(t)
	if e.Cursor() != 0x100 {
		t.Fatalf("the cursor is at %#x", e.Cursor())
	}
	for _, a := range addresses {
		got, err := e.Address(a.text)
		if err != nil || got != a.want {
			t.Errorf("%q = %#x, %v; want %#x", a.text, got, err, a.want)
		}
	}
	for _, s := range badAddresses {
		got, err := e.Address(s)
		var ae *AddressError
		if err == nil || !errors.As(err, &ae) {
			t.Errorf("%q = %#x, %v", s, got, err)
			continue
		}
		if ae.Pos < 0 || ae.Pos > len(s) || ae.Reason == "" || ae.Text != s {
			t.Errorf("%q: %+v", s, ae)
		}
	}
}

func TestAddressRange(t *testing.T) {
	e := env(t)
	for _, c := range []struct {
		text       string
		start, end int64
	}{
		{"0:16", 0, 16}, {"0x10:", 0x10, 0x1000}, {"0x10..0x20", 0x10, 0x20}, {"0x10..", 0x10, 0x1000}, {"here:16", 0x100, 0x110}, {"+1:2", 0x101, 0x103},
		{"5", 5, 5}, {"end:0", 0x1000, 0x1000}, {"end-4:4", 0xffc, 0x1000}, {"sel..selend", 0xf0, 0x101}, {"'a:1K", 0x300, 0x700}, {"50%:25%", 0x800, 0xc00}, {"0..end", 0, 0x1000},
	} {
		r, err := e.AddressRange(c.text)
		if err != nil || r != (mmapdoc.Range{Start: c.start, End: c.end}) {
			t.Errorf("%q = %v, %v; want [%#x, %#x)", c.text, r, err, c.start, c.end)
		}
	}
	for _, s := range []string{"", ":", "..", "0:0x1001", "5..4", "-0x200:4", "end+1:0", "0:-1", "1:2:3", "0..0x1001", "(0-1):1", "(0-9223372036854775807):9223372036854775807",
		"9223372036854775807:9223372036854775807", "(0-9223372036854775807-1):(0-9223372036854775807-1)"} {
		if r, err := e.AddressRange(s); err == nil {
			t.Errorf("%q = %v", s, r)
		}
	}
}

func FuzzAddress(f *testing.F) {
	for _, a := range addresses {
		f.Add(a.text)
	}
	for _, s := range badAddresses {
		f.Add(s)
	}
	e := env(f)
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 10000 {
			return
		}
		v, err := e.Address(s)
		var ae *AddressError
		if err != nil && (!errors.As(err, &ae) || ae.Pos < 0 || ae.Pos > len(s) || v != 0) {
			t.Errorf("%q: %d, %+v", s, v, err)
		}
		if again, err2 := e.Address(s); again != v || (err == nil) != (err2 == nil) {
			t.Errorf("%q is not the same twice", s)
		}
		if err == nil { // parentheses and spaces change nothing, unless the address is relative
			if w := strings.TrimLeft(s, " \t"); w[0] != '+' && w[0] != '-' && strings.Count(s, "(") < 60 {
				if p, err := e.Address(" ( " + s + " ) "); err != nil || p != v {
					t.Errorf("( %q ) = %d, %v; want %d", s, p, err, v)
				}
			}
		}
		if r, err := e.AddressRange(s); err == nil && (r.Start < 0 || r.End < r.Start || r.End > e.Size()) {
			t.Errorf("%q = %v", s, r)
		}
	})
}
