package mmapdoc

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unsafe"
)

// victim is a process that holds a secret in its memory and says where.
func victim(t *testing.T) (pid int, at int64, end func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
	cmd.Env = append(os.Environ(), "HEXLAY_VICTIM=1")
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err1 != nil || err2 != nil || cmd.Start() != nil {
		t.Fatal(err1, err2)
	}
	if _, err := fmt.Fscanf(out, "at %d\n", &at); err != nil {
		t.Fatal(err)
	}
	ended := false
	end = func() {
		if !ended {
			ended = true
			in.Close()
			cmd.Process.Kill()
			cmd.Wait()
		}
	}
	t.Cleanup(end)
	return cmd.Process.Pid, at, end
}

var secret = []byte("the secret of the victim, which is long enough")

// TestVictim is the process.
func TestVictim(t *testing.T) {
	if os.Getenv("HEXLAY_VICTIM") == "" {
		t.Skip("runs as a child only")
	}
	fmt.Printf("at %d\n", uintptr(unsafe.Pointer(&secret[0])))
	b := make([]byte, 1)
	os.Stdin.Read(b)
}

func TestProcessMemory(t *testing.T) {
	pid, at, end := victim(t)
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	d, err := OpenProcess(pid)
	if err != nil {
		t.Skip(err) // the kernel may forbid it
	}
	defer d.Close()
	if d.Info().Kind != Process || !strings.Contains(d.Info().Name, fmt.Sprint(pid)) {
		t.Errorf("%+v", d.Info())
	}
	regions := d.Regions()
	found := false
	for i, r := range regions {
		found = found || r.Start <= at && at < r.End && strings.HasPrefix(r.Access, "rw")
		if i > 0 && r.Start < regions[i-1].End {
			t.Errorf("%v begins before the end of the one before", r)
		}
	}
	if !found {
		t.Errorf("no writable region holds %#x: %v", at, regions)
	}
	read := func(d *Document, at int64) string {
		b := make([]byte, len(secret))
		if n, err := d.Snapshot().ReadAt(b, at); n != len(b) {
			return fmt.Sprintf("%d bytes, %v", n, err)
		}
		return string(b)
	}
	if got := read(d, at); got != string(secret) {
		t.Fatalf("read %q", got)
	}
	// The gaps are lost, and jumped over.
	gap := regions[0].End
	for i := 1; i < len(regions) && gap == regions[i].Start; i++ {
		gap = regions[i].End
	}
	var b [16]byte
	if _, lost := d.Snapshot().Read(b[:], gap, nil); len(lost) == 0 {
		t.Errorf("the gap at %#x can be read", gap)
	}
	if data := d.Snapshot().NextData(gap); data.Start == gap {
		t.Error("the gap is taken for data")
	}
	if d.Info().ReadOnly != "" {
		t.Skip(d.Info().ReadOnly)
	}
	splice(t, d, at+4, 6, "SECRET")
	p := save(t, d, "", InPlace)
	if p.Bytes != 6 {
		t.Errorf("wrote %d bytes", p.Bytes)
	}
	if !strings.Contains(d.Info().Name, fmt.Sprint(pid)) {
		t.Errorf("after a save its name is %q", d.Info().Name)
	}
	other, err := OpenProcess(pid)
	if err != nil {
		t.Fatal(err)
	}
	if got := read(other, at); !strings.HasPrefix(got, "the SECRET of") {
		t.Errorf("the process has %q", got)
	}
	other.Close()
	d.Undo()
	if got := read(d, at); got != string(secret) {
		t.Errorf("undo reads %q", got)
	}
	save(t, d, "", InPlace)
	if left, _ := filepath.Glob(filepath.Join(state, "hexlay", "save-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	splice(t, d, at, 0, "longer")
	if _, err := d.Plan(""); err == nil || !strings.Contains(err.Error(), "cannot change its size") {
		t.Errorf("an insertion: %v", err)
	}
	d.Undo()
	splice(t, d, at, 3, "THE")
	gone := d.ProcessGone()
	if gone() {
		t.Error("the process is said to have ended")
	}
	end()
	if !gone() {
		t.Error("nobody is told that the process has ended")
	}
	if got := read(d, at); !strings.HasPrefix(got, "THE secret of") {
		t.Errorf("after its end the process has %q", got)
	}
	if _, err := d.Plan(""); err == nil || !strings.Contains(err.Error(), "gone") {
		t.Errorf("saving to a process that has ended: %v", err)
	}
	out := FromBytes("", nil)
	defer out.Close()
	if err := out.SpliceFrom(0, 0, d.Snapshot(), Range{at, at + 10}); err != nil {
		t.Fatal(err)
	}
	p, err = out.Plan(filepath.Join(t.TempDir(), "kept"))
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Run(context.Background(), nil); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(p.Path); err != nil || !bytes.HasPrefix(got, []byte("THE secret")) {
		t.Errorf("saved %q, %v", got, err)
	}
}
