package model

import (
	"os/exec"
	"strings"
	"testing"

	"hexlay/mmapdoc"
)

// TestProcessEnds: the user is told that the process has ended whose memory is shown; what was seen stays.
func TestProcessEnds(t *testing.T) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	cmd := exec.Command("sleep", "1000")
	if err := cmd.Start(); err != nil {
		t.Skip(err)
	}
	defer cmd.Process.Kill()
	doc, err := mmapdoc.OpenProcess(cmd.Process.Pid)
	if err != nil {
		t.Skip(err)
	}
	e := New(doc)
	defer e.Close()
	var watches []Watch
	for _, eff := range flat(e.Protect()) {
		if w, ok := eff.(Watch); ok {
			watches = append(watches, w)
		}
	}
	at := e.Regions()[0].Start
	seen := make([]byte, 16)
	if _, lost := e.Snapshot().Read(seen, at, nil); len(lost) > 0 {
		t.Fatal("nothing can be read")
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	w := watches[len(watches)-1]
	<-w.C
	if _, err := w.Then(e); err != nil || e.Outside().Deed != mmapdoc.Ended || !strings.Contains(e.Outside().String(), "has ended") {
		t.Errorf("told %v, %v", e.Outside(), err)
	}
	again := make([]byte, 16)
	if _, lost := e.Snapshot().Read(again, at, nil); len(lost) > 0 || string(again) != string(seen) {
		t.Errorf("what was seen is gone: % x", again)
	}
	effs, err := run(t, e, "outside")
	if q, commands := asks(t, effs); err != nil || q.Title != "The process has ended" || commands[0] != "keep-mine" {
		t.Errorf("asks %+v, %v", q, err)
	}
	does(t, e, "keep-mine")
	if e.Outside().Deed != mmapdoc.Unchanged {
		t.Error("the banner stays")
	}
}

// flat are the effects in eff.
func flat(eff Effect) (out []Effect) {
	if all, ok := eff.(Effects); ok {
		for _, e := range all {
			out = append(out, flat(e)...)
		}
		return out
	}
	return []Effect{eff}
}
