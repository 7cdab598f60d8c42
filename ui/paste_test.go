//go:build unix

package ui

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
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

// TestPasteInterrupted: ctrl+c ends a paste that has been silent for a while, also as terminals send it that were asked to tell all keys
// apart, whatever locks are on; other keys are part of the paste. It is told that its end does not come.
func TestPasteInterrupted(t *testing.T) {
	for key, ends := range map[string]bool{"\x03": true, "\x1b[99;5u": true, "\x1b[27;5;99~": true, "\x1b[99;133u": true, "\x1b[99;69u": true,
		"\x1b[99;6u": false, "\x1b[27;6;99~": false, "\x1b[99;999u": false, "c": false, "\x03\x03": false} {
		t.Run(strings.Trim(strconv.Quote(key), `"`), func(t *testing.T) {
			t.Parallel()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			told := make(chan int, 10)
			p := newPastes()
			in := &ttyInput{File: r, gone: func() {}, waits: func(size int) { told <- size }, pastes: p}
			read := func(s string) string {
				t.Helper()
				if _, err := w.WriteString(s); err != nil {
					t.Fatal(err)
				}
				b := make([]byte, 4096)
				n, err := in.Read(b)
				if err != nil {
					t.Fatal(err)
				}
				return string(b[:n])
			}
			if got := read("x\x1b[200~ab cd"); got != "x\x1b[200~" {
				t.Fatalf("begins with %q", got)
			}
			select {
			case size := <-told:
				if size != 5 {
					t.Errorf("told of %d bytes", size)
				}
			case <-time.After(20 * time.Second):
				t.Error("nothing is told")
			}
			got := read(key)
			ticket, ended := strings.CutSuffix(got, "\x1b[201~")
			if ended != ends {
				t.Errorf("%q: gives %q", key, got)
			}
			if text, err := p.redeem(ticket); ended && (text != "ab cd" || err != nil) {
				t.Errorf("%q: pasted %q, %v", key, text, err)
			}
			if ended {
				if got := read("y"); got != "y" {
					t.Errorf("%q: then %q", key, got)
				}
			}
			w.Close()
			if _, err := in.Read(make([]byte, 100)); err == nil {
				t.Error("no end")
			}
			r.Close()
		})
	}
}
