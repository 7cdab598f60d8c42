package ksy

import (
	"bytes"
	"strings"
	"testing"
)

func TestShow(t *testing.T) {
	const text = `
meta: {id: shown, endian: be}
seq:
  - {id: v4, size: 4, -show: ip}
  - {id: v6, size: 16, -show: ip}
  - {id: mac, size: 6, -show: mac}
  - {id: when, type: u4, -show: time}
  - {id: flags, type: u2, -show: hex}
  - {id: three, size: 3, -show: ip}
`
	data := append([]byte{192, 0, 2, 1, 0x20, 1, 0xd, 0xb8}, make([]byte, 11)...)
	data = append(data, 1, 2, 0, 0, 0, 0, 10, 0x6b, 0x49, 0xd2, 0, 0x80, 0x01, 1, 2, 3)
	s, problems := LoadText("shown.ksy", []byte(text), LoadOptions{})
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	for _, c := range []struct {
		field, shown, typed string
		want                []byte // what typed becomes; nil: it is refused
	}{
		{"v4", "192.0.2.1", "10.1.2.3", []byte{10, 1, 2, 3}},
		{"v4", "192.0.2.1", "::1", nil},
		{"v4", "192.0.2.1", "01 02 03 04", []byte{1, 2, 3, 4}},
		{"v6", "2001:db8::1", "::2", append(make([]byte, 15), 2)},
		{"mac", "02:00:00:00:00:0a", "aa:bb:cc:dd:ee:ff", []byte{0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff}},
		{"when", "2027-01-15 08:00:00 UTC", "1970-01-02 00:00:01 UTC", []byte{0, 1, 0x51, 0x81}},
		{"when", "2027-01-15 08:00:00 UTC", "2000-01-01", []byte{0x38, 0x6d, 0x43, 0x80}},
		{"when", "2027-01-15 08:00:00 UTC", "3000-01-01", nil},
		{"when", "2027-01-15 08:00:00 UTC", "17", []byte{0, 0, 0, 17}},
		{"flags", "0x8001", "0x10", []byte{0, 0x10}},
		{"three", "", "01 02 04", []byte{1, 2, 4}},
	} {
		n := s.Open(bytes.NewReader(data), 0, int64(len(data)), Options{}).Root().Field(c.field)
		v, err := n.Value()
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := n.Attr().Shown(v); got != c.shown && ok || ok != (c.shown != "") {
			t.Errorf("%s is shown as %q, want %q", c.field, got, c.shown)
		}
		p, err := n.Encode(c.typed)
		switch {
		case (err == nil) != (c.want != nil):
			t.Errorf("%s = %s: %v", c.field, c.typed, err)
		case err == nil && (len(p) != 1 || !bytes.Equal(p[0].New, c.want)):
			t.Errorf("%s = %s writes %v, want % x", c.field, c.typed, p, c.want)
		}
	}
	s, problems = LoadText("bad.ksy", []byte("meta: {id: bad}\nseq: [{id: a, size: 4, -show: pi}]\n"), LoadOptions{})
	if s == nil || len(problems) != 1 || !problems[0].Warning || !strings.Contains(problems[0].Msg, "-show is hex, ip") {
		t.Errorf("-show: pi gives %v", problems)
	}
}
