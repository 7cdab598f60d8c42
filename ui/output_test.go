package ui

import (
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// onlyOwn reads what a program wrote to the terminal and fails at the first thing that is not on the list of what this
// program sends: text without control, bidi and format characters, line ends, and these sequences.
func onlyOwn(out []byte, profile colorprofile.Profile) error {
	fail := func(at int, seq []byte) error {
		return fmt.Errorf("at byte %d of the output stands %q, behind %q", at, seq, out[max(0, at-60):at])
	}
	p := ansi.NewParser()
	var state byte
	for at := 0; at < len(out); {
		seq, width, n, next := ansi.DecodeSequence(out[at:], state, p)
		state = next
		if n == 0 {
			return fail(at, out[at:min(len(out), at+20)])
		}
		switch {
		case width > 0:
			if !utf8.Valid(seq) {
				return fail(at, seq)
			}
			for _, r := range string(seq) {
				if unicode.Is(unicode.C, r) || unicode.Is(unicode.Zl, r) || unicode.Is(unicode.Zp, r) || unicode.Is(unicode.M, r) {
					return fail(at, seq)
				}
			}
		case strings.Contains(askGraphics, string(seq)) && len(seq) > 2: // the questions for graphics, whole
		case len(seq) == 1 && (seq[0] == '\r' || seq[0] == '\n'):
		case ansi.HasCsiPrefix(seq) && seq[0] == 0x1b:
			if !ownCSI(p, profile) {
				return fail(at, seq)
			}
		case ansi.HasOscPrefix(seq) && seq[0] == 0x1b:
			if !ownOSC(string(seq)) {
				return fail(at, seq)
			}
		default:
			return fail(at, seq)
		}
		at += n
	}
	if state != 0 {
		return fmt.Errorf("the output ends within a sequence: %q", out[max(0, len(out)-20):])
	}
	return nil
}

// ownModes are the terminal modes that the program switches or asks for: cursor, mouse, alternate screen, paste,
// synchronized output, grapheme clusters.
var ownModes = []int{25, 1000, 1002, 1003, 1006, 1049, 2004, 2026, 2027}

func ownCSI(p *ansi.Parser, profile colorprofile.Profile) bool {
	cmd := ansi.Cmd(p.Command())
	params := p.Params()
	switch {
	case cmd.Prefix() == '?' && (cmd.Final() == 'h' || cmd.Final() == 'l'), cmd.Prefix() == '?' && cmd.Intermediate() == '$' && cmd.Final() == 'p':
		for _, v := range params {
			if !slices.Contains(ownModes, v.Param(-1)) {
				return false
			}
		}
		return len(params) > 0
	case cmd.Prefix() == '?' && cmd.Final() == 'W':
		return true // tab stops as usual
	case cmd.Prefix() == '>' || cmd.Prefix() == '<' || cmd.Prefix() == '=' || cmd.Prefix() == '?':
		return cmd.Final() == 'u' || cmd.Prefix() == '>' && cmd.Final() == 'm' // keyboard protocols
	case cmd.Prefix() != 0 || cmd.Intermediate() != 0:
		return cmd.Intermediate() == ' ' && cmd.Final() == 'q' // the cursor's shape
	case cmd.Final() == 'm':
		for _, v := range params {
			n := v.Param(0)
			colour := n >= 30 && n <= 49 || n >= 90 && n <= 107
			if profile <= colorprofile.ASCII && colour || profile == colorprofile.ANSI && (n == 38 || n == 48) {
				return false
			}
		}
		return true
	}
	return strings.ContainsRune("HCJKABDGdXrLM", rune(cmd.Final()))
}

// ownOSC allows the clipboard with base64 and the question for the background colour.
func ownOSC(s string) bool {
	s = strings.TrimSuffix(strings.TrimSuffix(s, "\x07"), "\x1b\\")
	if s == "\x1b]11;?" || s == "\x1b]52;c;?" {
		return true
	}
	data, ok := strings.CutPrefix(s, "\x1b]52;c;")
	_, err := base64.StdEncoding.DecodeString(data)
	return ok && err == nil
}

// TestOutputCheck sees to it that onlyOwn finds what must never be written.
func TestOutputCheck(t *testing.T) {
	for _, bad := range []string{
		"\x1b]0;title\x07", "\x1b[31mred\x1b[5n", "\x07", "\x08", "\x9b31m", "\u009b31m", "a\u202eb", "a\u200bb", "\x1bc", "\x1b[?5h", "\x1bP1$r\x1b\\", "\xff",
		"\x1b[20t", "\x1b]8;;http://x\x1b\\", "\x1b]52;c;!!\x07", "\x00", "\x7f", "e\u0301", "\x1b(0", "\x0e", "\t", "\x1b[",
	} {
		if onlyOwn([]byte("text"+bad), colorprofile.TrueColor) == nil {
			t.Errorf("%q is let through", bad)
		}
	}
	good := "\x1b[?2026h\x1b[H\x1b[1;38;5;30;48;5;236mtext 漢 é\x1b[K\r\n\x1b[m\x1b[?25l\x1b]52;c;aGVsbG8=\x07\x1b[?2026l"
	if err := onlyOwn([]byte(good), colorprofile.TrueColor); err != nil {
		t.Error(err)
	}
	for p, s := range map[colorprofile.Profile]string{colorprofile.ANSI: "\x1b[38;5;30m", colorprofile.ASCII: "\x1b[31m"} {
		if onlyOwn([]byte(s), p) == nil {
			t.Errorf("%v: %q is let through", p, s)
		}
	}
}

// hostile holds what must not act on a terminal: escape sequences, C0 and C1 controls as bytes and as UTF-8, bidi and
// format characters, surrogates, combining marks, wide characters.
const hostile = "\x1b[2J\x1b]0;owned\x07\x1bc\x1b]52;c;b3duZWQ=\x07\x07\x08\x0e\x0f\x85\x9b31m\u009b31m\u0085" +
	"\u202eabc\u202c\u2066x\u2069\u200e\u200f\u061c\u200b\u200d\ufeff\xed\xa0\x80\xed\xb0\x80e\u0301\u0300漢字👍🏽🇩🇪\u2028\u2029\ue000\U000e0001\xff\xfe\x00"

// TestHostileBytes opens a document, a name and a struct made of hostile characters, shows them everywhere, and checks
// that none of them gets out.
func TestHostileBytes(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	t.Chdir(t.TempDir())
	name := strings.ReplaceAll(hostile, "\x00", "") + "\n/file"
	for _, codec := range []string{"utf-8", "iso8859-1", "utf-16-le", "shift_jis", "cp437", "utf-7"} {
		t.Run(codec, func(t *testing.T) {
			ed := model.New(mmapdoc.FromBytes(name, []byte(strings.Repeat(hostile, 4))))
			inTerminal(t, ed, rigOptions{w: 150, h: 40}, func(r *rig) {
				r.keys("f2", "f5", "f4", "f7")
				for _, line := range []string{"codec " + codec, "sidecar", "errors replace", "errors surrogateescape", "errors backslashreplace", "errors ignore",
					"struct '40s8s:" + "na\u202eme\u009b,b'", "goto 30", "select 3:90", "open", "save", "fill 41", "quit"} {
					r.line(line)
					r.right()
					r.keys("esc", "esc")
				}
				r.keys("down", "tab", "right", "right", "right", "f6", "down", "right", "f6", "down", "enter", "esc", "f6", "down", "f6", "end", "home")
				r.right()
				r.keys("esc", "f10")
				r.paste("find " + hostile)
				r.right()
				r.keys("enter", "esc", "ctrl+g")
				r.paste(hostile)
				r.keys("enter")
				r.right()
				r.keys("esc", "esc", "ctrl+p")
				r.paste(hostile)
				r.right()
				r.keys("esc", "f1")
				r.paste(hostile)
				r.send("\u202e漢")
				r.settle()
				r.right()
				r.keys("esc", "esc", "ctrl+a", "ctrl+c", "y")
				r.keys("a")
				for i, p := range model.Panels {
					r.resize(40+20*i, 20)
					r.line("panel-focus " + p)
					r.keys("down", "enter", "tab", "esc", "esc")
					r.right()
				}
				r.checkOutput(colorprofile.TrueColor)
			})
		})
	}
}

// TestNothingNew: neither a write of nothing nor a profile that is known has all painted again.
func TestNothingNew(t *testing.T) {
	s := &screen{out: &gate{w: io.Discard}, wake: make(chan struct{}, 1), profile: colorprofile.TrueColor}
	if _, err := s.Write(nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(capabilities); err != nil {
		t.Fatal(err)
	}
	if s.setProfile(colorprofile.TrueColor); s.all {
		t.Error("all is painted again, for nothing")
	}
	if s.setProfile(colorprofile.ANSI); !s.all {
		t.Error("another profile changes nothing")
	}
}
