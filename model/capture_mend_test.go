package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestPacketMend: bytes that were typed, pasted, deleted or replaced within packets without a word to the capture leave a warning with a hint; packet-mend
// shows what still tells the old lengths and mends it with the checksums as one step, so that the packets are as if they had been captured so.
func TestPacketMend(t *testing.T) {
	between := madeFrame(t, false, true, 80, []byte("GET /a HTTP/1.0\r\n\r\n"))
	one := func(text string) []byte {
		return madeFrame(t, false, false, 7000, []byte("hello, "+text+" is sent in a datagram"))
	}
	other := func(text string) []byte {
		return madeFrame(t, true, true, 7000, []byte("and "+text+" again, and "+text+" once more"))
	}
	for _, ng := range []bool{false, true} {
		before := written(t, ng, one("name"), between, other("name"))
		for _, c := range []struct {
			name  string
			do    func(e *Editor)
			said  string
			after []byte
			lines int
		}{
			{"typed", func(e *Editor) {
				lines(t, e, fmt.Sprintf("goto %d", bytes.Index(before, []byte("name"))))
				e.Insert = true
				for _, c := range "my " {
					if err := e.TypeText(string(c)); err != nil {
						t.Fatal(err)
					}
					settleCapture(t, e)
				}
			}, "packet 1 is 3 bytes longer", written(t, ng, one("my name"), between, other("name")), 1},
			{"deleted", func(e *Editor) {
				lines(t, e, fmt.Sprintf("select %d:2", bytes.Index(before, []byte("name"))), "delete")
			}, "packet 1 is 2 bytes shorter", written(t, ng, one("me"), between, other("name")), 1},
			{"replaced everywhere", func(e *Editor) {
				lines(t, e, `replace "name => a longer word`, "replace-all")
			}, "packet 1 is 9 bytes longer than its record says, and 1 more changed", written(t, ng, one("a longer word"), between, other("a longer word")), 2},
			{"field by field", func(e *Editor) {
				lines(t, e, fmt.Sprintf("goto %d", bytes.Index(before, []byte("/a"))), fmt.Sprintf("select %d:2", bytes.Index(before, []byte("/a"))), "delete")
			}, "packet 2 is 2 bytes shorter", written(t, ng, one("name"), madeFrame(t, false, true, 80, []byte("GET  HTTP/1.0\r\n\r\n")), other("name")), 1},
		} {
			what := fmt.Sprintf("%s, pcapng %v", c.name, ng)
			e := over(before)
			t.Cleanup(func() { e.Close() })
			settleCapture(t, e)
			if _, err := run(t, e, "packet-mend"); err == nil {
				t.Errorf("%s: something was to be mended before", what)
			}
			c.do(e)
			settleCapture(t, e)
			if n := e.Notice(); !strings.Contains(n.Text, c.said) || strings.Count(n.Text, "than its record says") != 1 || n.Hint.Command != "packet-mend" {
				t.Errorf("%s: %+v", what, n)
			}
			broken := contents(t, e)
			effs, err := run(t, e, "packet-mend")
			if err != nil {
				t.Errorf("%s: %v", what, err)
				continue
			}
			ask, ok := effs[len(effs)-1].(Ask)
			if !ok || !strings.Contains(ask.Text, "len_captured: ") || !strings.Contains(ask.Text, "checksum: 0x") || !bytes.Equal(contents(t, e), broken) {
				t.Errorf("%s: %+v", what, effs)
				continue
			}
			lines(t, e, ask.Choices[0].Command)
			if got := contents(t, e); !bytes.Equal(got, c.after) {
				t.Errorf("%s:\n%x\n%x expected", what, got, c.after)
			}
			settleCapture(t, e)
			if n := e.Notice(); n.Hint.Command != "" || !strings.Contains(n.Text, " mended") {
				t.Errorf("%s: %+v", what, n)
			}
			if _, err := run(t, e, "packet-mend!"); err == nil {
				t.Errorf("%s: something is left to mend", what)
			}
			lines(t, e, "undo")
			if got := contents(t, e); !bytes.Equal(got, broken) {
				t.Errorf("%s: mending is not one step", what)
			}
			settleCapture(t, e)
			if n := e.Notice(); n.Hint.Command != "packet-mend" {
				t.Errorf("%s: undone: %+v", what, n)
			}
			for !bytes.Equal(contents(t, e), before) {
				lines(t, e, "undo")
			}
			settleCapture(t, e)
			if n := e.Notice(); n.Hint.Command != "" || strings.Contains(n.Text, "record says") {
				t.Errorf("%s: all undone: %+v", what, n)
			}
		}
	}
}

// TestPacketMendSums: packets that stay as long as they were lose their checksums when a replacement changes them; that is told where it is more than one,
// and packet-mend makes all of them right in one step. One that was wrong before stays.
func TestPacketMendSums(t *testing.T) {
	datagram := func(text string) []byte {
		return madeFrame(t, false, false, 7000, []byte("hello, "+text+" is sent"))
	}
	stream := func(text string) []byte {
		return madeFrame(t, true, true, 7000, []byte("and "+text+" again"))
	}
	unfinished := func(text string) []byte {
		b := datagram(text)
		copy(b[len(b)-len("hello, name is sent")-2:], "\x12\x34")
		return b
	}
	for _, ng := range []bool{false, true} {
		before := written(t, ng, datagram("name"), stream("name"), datagram("other"), unfinished("name"))
		after := written(t, ng, datagram("NAME"), stream("NAME"), datagram("other"), unfinished("NAME"))
		e := over(before)
		t.Cleanup(func() { e.Close() })
		settleCapture(t, e)
		lines(t, e, `replace "name => NAME`, "replace-all")
		settleCapture(t, e)
		if n := e.Notice(); !strings.Contains(n.Text, "checksums of packets no longer hold, in 1 and 2 first") || n.Hint.Command != "packet-mend" {
			t.Errorf("pcapng %v: %+v", ng, n)
		}
		broken := contents(t, e)
		effs, err := run(t, e, "packet-mend")
		if err != nil {
			t.Fatal(err)
		}
		ask, ok := effs[len(effs)-1].(Ask)
		if !ok || ask.Title != "Mend the checksums of 2 packets?" || !strings.Contains(ask.Text, "packet 1: udp.checksum: 0x") || !strings.Contains(ask.Text, "packet 2: tcp.checksum: 0x") {
			t.Fatalf("pcapng %v: %+v", ng, effs)
		}
		lines(t, e, ask.Choices[0].Command)
		if got := contents(t, e); !bytes.Equal(got, after) {
			t.Errorf("pcapng %v:\n%x\n%x expected", ng, got, after)
		}
		settleCapture(t, e)
		if n := e.Notice(); n.Hint.Command != "" || !strings.Contains(n.Text, "2 fields of 2 packets mended") {
			t.Errorf("pcapng %v: %+v", ng, n)
		}
		if _, err := run(t, e, "packet-mend"); err == nil || !strings.Contains(err.Error(), "no length and no checksum") {
			t.Errorf("pcapng %v: %v", ng, err)
		}
		lines(t, e, "undo")
		if !bytes.Equal(contents(t, e), broken) {
			t.Errorf("pcapng %v: mending is not one step", ng)
		}
		lines(t, e, "undo")
		settleCapture(t, e)
		if n := e.Notice(); n.Hint.Command != "" || strings.Contains(n.Text, "checksums") {
			t.Errorf("pcapng %v: undone: %+v", ng, n)
		}
		// What became longer and what did not, together.
		lines(t, e, `replace "hello => Hello`, "replace-all", `replace "and name => and a name`, "replace-all", "packet-mend!")
		settleCapture(t, e)
		greeted := func(b []byte) []byte { return bytes.Replace(b, []byte("hello"), []byte("Hello"), 1) }
		longer := madeFrame(t, true, true, 7000, []byte("and a name again"))
		hello := func(text string) []byte { return madeFrame(t, false, false, 7000, []byte("Hello, "+text+" is sent")) }
		if got, want := contents(t, e), written(t, ng, hello("name"), longer, hello("other"), greeted(unfinished("name"))); !bytes.Equal(got, want) {
			t.Errorf("pcapng %v:\n%x\n%x expected", ng, got, want)
		}
	}
}

// TestPacketMendCancelled: looking what edits did to many packets, and what is to mend, ends when it is cancelled, and can be asked for again.
func TestPacketMendCancelled(t *testing.T) {
	var list [][]byte
	for i := range 1500 {
		list = append(list, madeFrame(t, false, false, 7000, fmt.Appendf(nil, "name %d is sent", i)))
	}
	e := over(written(t, false, list...))
	t.Cleanup(func() { e.Close() })
	settleCapture(t, e)
	lines(t, e, `replace "name => a longer word`, "replace-all")
	cancelled := func(j *Job) error {
		t.Helper()
		if j.Total == 0 {
			t.Errorf("%s: nobody can tell how far it is", j.Title)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		return j.Run(ctx, &j.progress)
	}
	j := e.IndexJob()
	c := e.Capture()
	if _, keep := look(t.Context(), c.sounds, e.Snapshot(), e.Size(), e.Ports, nil); keep {
		t.Error("packets that do not fit are a state to compare with")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, keep := look(ctx, c.sounds, e.Snapshot(), e.Size(), e.Ports, nil); keep {
		t.Error("what nobody looked at is a state to compare with")
	}
	if _, err := finish(e, Start{j}); err != nil {
		t.Fatal(err)
	}
	eff, err := e.Do("packet-mend")
	s, ok := eff.(Start)
	if err != nil || !ok {
		t.Fatalf("%+v, %v", eff, err)
	}
	if err := cancelled(s.Job); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	effs, err := run(t, e, "packet-mend")
	if err != nil {
		t.Fatal(err)
	}
	if ask, ok := effs[len(effs)-1].(Ask); !ok || !strings.Contains(ask.Title, "1,500 packets") {
		t.Errorf("%+v", effs)
	}
	if s.Job.Total < 1 || s.Job.Progress() > s.Job.Total {
		t.Errorf("progress %d of %d", s.Job.Progress(), s.Job.Total)
	}
}
