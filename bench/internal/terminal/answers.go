//go:build linux

package terminal

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// A sequence is a control sequence that a program wrote: its introducer ('[' CSI, ']' OSC, 'P' DCS) and what follows, the
// final byte included, a string terminator not.
type sequence struct {
	kind byte
	body string
	end  string // of OSC and DCS: the terminator that was used, which an answer repeats
}

// sequences cuts the CSI, OSC and DCS sequences out of b and returns them with the unfinished rest, which belongs in front of
// what comes next.
func sequences(b []byte) (found []sequence, rest []byte) {
	for {
		i := bytes.IndexByte(b, 0x1b)
		if i < 0 {
			return found, nil
		}
		b = b[i:]
		if len(b) < 2 {
			return found, b
		}
		switch b[1] {
		case '[':
			j := 2
			for j < len(b) && b[j] >= 0x20 && b[j] < 0x40 {
				j++
			}
			if j == len(b) {
				return found, b
			}
			found = append(found, sequence{kind: '[', body: string(b[2 : j+1])})
			b = b[j+1:]
		case ']', 'P':
			bel, st := bytes.IndexByte(b, 0x07), bytes.Index(b, []byte("\x1b\\"))
			switch {
			case bel >= 0 && (st < 0 || bel < st):
				found = append(found, sequence{b[1], string(b[2:bel]), "\x07"})
				b = b[bel+1:]
			case st >= 0:
				found = append(found, sequence{b[1], string(b[2:st]), "\x1b\\"})
				b = b[st+2:]
			default:
				return found, b
			}
		default:
			b = b[2:]
		}
	}
}

// answer is what xterm with synchronised output says to a query; "" for what is no query, and for the query of the kitty
// keyboard protocol (CSI ? u), which xterm does not know and leaves unanswered. Sizes of a cell are 8 × 16 pixels.
func (s *Session) answer(q sequence) string {
	switch q.kind {
	case ']':
		what, ok := strings.CutSuffix(q.body, ";?")
		if !ok {
			return ""
		}
		colour := "ffff/ffff/ffff"
		if what == "11" {
			colour = "0000/0000/0000"
		}
		return "\x1b]" + what + ";rgb:" + colour + q.end
	case 'P':
		switch {
		case strings.HasPrefix(q.body, "+q"): // a terminfo capability
			return "\x1bP0+r\x1b\\"
		case strings.HasPrefix(q.body, "$q"): // a setting
			return "\x1bP0$r\x1b\\"
		}
		return ""
	}
	switch q.body {
	case "c", "0c": // primary device attributes: a VT420 with ANSI colour
		return "\x1b[?64;1;2;6;9;15;18;21;22c"
	case ">c", ">0c":
		return "\x1b[>41;390;0c"
	case "=c", "=0c":
		return "\x1bP!|00000000\x1b\\"
	case ">q", ">0q":
		return "\x1bP>|XTerm(390)\x1b\\"
	case "5n":
		return "\x1b[0n"
	case "6n", "?6n":
		x, y := s.cursor()
		return fmt.Sprintf("\x1b[%s%d;%dR", strings.TrimSuffix(q.body, "6n"), y+1, x+1)
	case "14t":
		return fmt.Sprintf("\x1b[4;%d;%dt", s.rows*16, s.cols*8)
	case "16t":
		return "\x1b[6;16;8t"
	case "18t":
		return fmt.Sprintf("\x1b[8;%d;%dt", s.rows, s.cols)
	case "?4m": // the level of modifyOtherKeys
		return "\x1b[>4;0m"
	}
	if mode, ok := strings.CutSuffix(q.body, "$p"); ok { // is a private mode known, and set?
		n, err := strconv.Atoi(strings.TrimPrefix(mode, "?"))
		state := 2 // known and reset
		if err != nil || n == 2027 || n == 2048 {
			state = 0
		}
		return fmt.Sprintf("\x1b[%s;%d$y", mode, state)
	}
	return ""
}
