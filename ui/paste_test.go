//go:build unix

package ui

import (
	"strings"
	"testing"
)

// TestPasteTickets: what stands between the marks goes to the keeper, all else to Bubble Tea, wherever reads cut the input.
func TestPasteTickets(t *testing.T) {
	for in, want := range map[string][]string{
		"ab":                                        {"ab"},
		"a\x1b[200~one\x1b[201~b":                   {"a\x1b[200~", "one", "\x1b[201~b"},
		"\x1b[200~\x1b[201~":                        {"\x1b[200~", "", "\x1b[201~"},
		"\x1b[200~\r\n\r\r\n\nx\x1b[201~":           {"\x1b[200~", "\n\n\n\nx", "\x1b[201~"},
		"\x1b[200~in \x1b[200~ it\xff\x1b[201~":     {"\x1b[200~", "in \x1b[200~ it\xff", "\x1b[201~"},
		"\x1b[200~\x1b\x1b[20\x1b[201\x1b[201~\x1b": {"\x1b[200~", "\x1b\x1b[20\x1b[201", "\x1b[201~\x1b"},
		"\x1b[201~\x1b[A":                           {"\x1b[201~\x1b[A"},
		"\x1b[200~1\x1b[201~\x1b[200~2\x1b[201~":    {"\x1b[200~", "1", "\x1b[201~\x1b[200~", "2", "\x1b[201~"},
	} {
		p := newPastes()
		in2 := &ttyInput{pastes: p}
		var out []byte
		for i := range len(in) {
			out = in2.take(out, in[i])
		}
		got := string(out)
		for i, s := range want {
			if i%2 == 0 {
				rest, ok := strings.CutPrefix(got, s)
				if !ok {
					t.Fatalf("%q: gives %q, expected %q next", in, got, s)
				}
				got = rest
				continue
			}
			n := len(p.nonce) + 2
			text, err := p.redeem(got[:min(n, len(got))])
			if err != nil || text != s {
				t.Errorf("%q: pasted %q, %v, expected %q", in, text, err, s)
			}
			got = got[min(n, len(got)):]
		}
		if got != "" {
			t.Errorf("%q: gives %q behind all", in, got)
		}
	}
	p := newPastes()
	if s, err := p.redeem("typed text"); s != "typed text" || err != nil {
		t.Errorf("what is no ticket: %q, %v", s, err)
	}
	p.size = maxPaste
	p.add('x')
	if _, err := p.redeem(p.end()); err == nil {
		t.Error("a paste without a limit")
	}
}
