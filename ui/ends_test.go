//go:build linux

package ui

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"
	"golang.org/x/sys/unix"

	"hexlay/lifeline"
	"hexlay/mmapdoc"
	"hexlay/model"
)

// endsAs makes the test binary an editor that ends in some way as soon as the file $HEXLAY_TEST_WHEN is there.
func endsAs(how string) {
	doc, err := mmapdoc.Open(os.Getenv("HEXLAY_TEST_FILE"))
	if err != nil {
		panic(err)
	}
	ed := model.New(doc)
	first := ed.Protect()
	lifeline.Go("the test", func() {
		for {
			if _, err := os.Stat(os.Getenv("HEXLAY_TEST_WHEN")); err == nil {
				break
			}
			time.Sleep(5 * time.Millisecond)
		}
		switch how {
		case "panic":
			panic("a slip\x1b[31m")
		case "fault": // as a mapped page that has gone
			b := faulty()
			b[0]++
		}
	})
	if how == "stuck" { // a job that cannot be cancelled
		first = model.Effects{first, model.Start{Job: &model.Job{Kind: "stuck", Title: "stuck", Run: stuck}}}
	}
	if err := Run(ed, Options{First: first}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
	os.Exit(0)
}

// theState is the state folder of the program's tests.
func theState(t *testing.T) string {
	t.Helper()
	state := t.TempDir()
	t.Setenv("XDG_STATE_HOME", state)
	return state
}

// recoveredBytes is the file at path with the edits that were left behind.
func recoveredBytes(t *testing.T, path string) []byte {
	t.Helper()
	d, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	rs, err := d.Recoveries()
	if err != nil || len(rs) != 1 || rs[0].Misfit != "" {
		t.Fatalf("recoveries %+v, %v", rs, err)
	}
	if left, err := d.Replay(rs[0]); left != nil || err != nil {
		t.Fatalf("left %v, %v", left, err)
	}
	b := make([]byte, d.Size())
	if _, err := d.Snapshot().ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEnds: a panic, a fault and a stuck job end the program with a status and a line, the terminal as it was, and the
// edits recoverable.
func TestEnds(t *testing.T) {
	for _, how := range []string{"panic", "fault", "stuck"} {
		t.Run(how, func(t *testing.T) {
			theState(t)
			dir := t.TempDir()
			path, when := filepath.Join(dir, "file.bin"), filepath.Join(dir, "now")
			write(t, path, numbered(5000))
			t.Setenv("HEXLAY_TEST_END", how)
			t.Setenv("HEXLAY_TEST_FILE", path)
			t.Setenv("HEXLAY_TEST_WHEN", when)
			c := openConsole(t, true, os.Args[0])
			c.shows("OVR")
			c.send("feed")
			c.shows("0x2 (2)")
			write(t, when, nil)
			if how == "stuck" {
				if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
			}
			if s := c.end(); s <= 0 {
				t.Errorf("exit status %d", s)
			}
			c.restored()
			out := c.printed()
			if strings.Contains(out, "goroutine ") || strings.Contains(out, "\x1b[31m") {
				t.Errorf("printed a stack, or what the panic said as it was:\n%q", out)
			}
			want := numbered(5000)
			want[0], want[1] = 0xfe, 0xed
			if !bytes.Equal(recoveredBytes(t, path), want) {
				t.Error("other bytes are recovered")
			}
		})
	}
}

// TestSignalsThatDoNotEnd: what C libraries and asynchronous input use between threads and processes ends nothing.
func TestSignalsThatDoNotEnd(t *testing.T) {
	theState(t)
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, numbered(5000))
	c := editFile(t, path)
	c.send("feed")
	c.shows("0x2 (2)")
	for _, sig := range []syscall.Signal{syscall.SIGIO, syscall.SIGPWR, 32, 33, 34, 35, 64} {
		if err := c.cmd.Process.Signal(sig); err != nil {
			t.Fatalf("signal %d: %v", sig, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
	c.send("beef")
	c.shows("0x4 (4)")
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if s := c.end(); s <= 0 {
		t.Errorf("exit status %d", s)
	}
	c.restored()
}

// TestEverySignal: the edits are left behind, the terminal is as it was, the status is not 0.
func TestEverySignal(t *testing.T) {
	for _, sig := range hangups {
		sig := sig.(syscall.Signal)
		t.Run(sig.String(), func(t *testing.T) {
			theState(t)
			path := filepath.Join(t.TempDir(), "file.bin")
			write(t, path, numbered(5000))
			c := editFile(t, path)
			c.send("feed")
			c.shows("0x2 (2)")
			if err := c.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			if s := c.end(); s <= 0 {
				t.Errorf("exit status %d", s)
			}
			c.restored()
			want := numbered(5000)
			want[0], want[1] = 0xfe, 0xed
			if !bytes.Equal(recoveredBytes(t, path), want) {
				t.Error("other bytes are recovered")
			}
		})
	}
}

// TestKillAndRestore (N3): killed at any moment of random edits, the program gives them back when the file is opened
// again: the old bytes with a prefix of the edits, and none is missing that was made two seconds before.
func TestKillAndRestore(t *testing.T) {
	seed, rounds := uint64(time.Now().UnixNano()), 6
	if s, err := strconv.ParseUint(os.Getenv("HEXLAY_SEED"), 10, 64); err == nil {
		seed = s
	}
	if os.Getenv("HEXLAY_SLOW") == "1" {
		rounds = 50
	}
	bin, err := hexlay()
	if err != nil {
		t.Fatal(err)
	}
	for round := range rounds {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		ok := t.Run("", func(t *testing.T) {
			theState(t)
			path := filepath.Join(t.TempDir(), "file.bin")
			write(t, path, numbered(3000))
			script, states := randomKeys(t, rng, numbered(3000))
			c := editFile(t, path)
			sent := 0
			for rest := script; len(rest) > 0; {
				n := min(len(rest), 1+rng.IntN(6))
				c.send(strings.Join(rest[:n], ""))
				sent, rest = sent+n, rest[n:]
				time.Sleep(time.Duration(rng.IntN(4)) * time.Millisecond)
				if rng.IntN(20) == 0 {
					break
				}
			}
			if rng.IntN(2) == 0 { // all that was sent is shown
				c.wait("the last edit", func() bool { return strings.Contains(c.text(), "OVR") || strings.Contains(c.text(), "INS") })
				time.Sleep(time.Duration(rng.IntN(30)) * time.Millisecond)
			}
			if err := c.cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			c.end()
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, numbered(3000)) {
				t.Fatalf("the file was changed, %v", err)
			}
			// What was never written cannot be asked about: killed before its first edit, the program leaves nothing.
			ask := openConsole(t, true, bin, path)
			ask.wait("the first frame", func() bool { return strings.Contains(ask.text(), "OVR") })
			got := numbered(3000)
			if strings.Contains(screenText(ask), "edits of a crash") {
				got = recoveredBytes(t, path)
				ask.answer("r")
				ask.shows("restored")
				out := path + ".out"
				ask.line("save-as "+out, "saved")
				if now, err := os.ReadFile(out); err != nil || !bytes.Equal(now, got) {
					t.Errorf("the editor restored something else than the verb, %v", err)
				}
			}
			ask.send("\x11")
			ask.end()
			for i := min(sent, len(states)-1); i >= 0; i-- {
				if bytes.Equal(states[i], got) {
					return
				}
			}
			t.Errorf("what is recovered was never there (%d keys sent)", sent)
		})
		if !ok {
			t.Fatalf("seed %d, round %d", seed, round)
		}
	}
}

func screenText(c *console) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.text()
}

// randomKeys is a script of keys and what the document is after each, by an editor without a screen.
func randomKeys(t *testing.T, rng *rand.Rand, b []byte) (keys []string, states [][]byte) {
	t.Helper()
	ed := model.New(mmapdoc.FromBytes("file.bin", bytes.Clone(b)))
	defer ed.Close()
	state := func() {
		now := make([]byte, ed.Size())
		if _, err := ed.Snapshot().ReadAt(now, 0); err != nil {
			t.Fatal(err)
		}
		states = append(states, now)
	}
	state()
	for range 150 {
		key, line := "", ""
		switch rng.IntN(10) {
		case 0:
			key, line = "\x1a", "undo"
		case 1:
			key, line = "\x19", "redo"
		case 2:
			key, line = "\x1b[2~", "insert-mode"
		case 3:
			key, line = "\x1b[3~", "delete"
		case 4:
			key, line = "\x1b[B", "down"
		default:
			d := "0123456789abcdef"[rng.IntN(16)]
			key = string(d)
			if err := ed.TypeHex(hexValue(d)); err != nil {
				t.Fatal(err)
			}
		}
		if line != "" {
			_, _ = ed.Do(line)
		}
		keys = append(keys, key)
		state()
	}
	return keys, states
}

// TestPasteOf20MB stays below 200 MB of memory and comes in whole.
func TestPasteOf20MB(t *testing.T) {
	theState(t)
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, []byte("0"))
	c := editFile(t, path)
	time.Sleep(100 * time.Millisecond) // the answer of which colour the background is must not come in the middle of the paste
	c.send("\t\x1b[2~")
	c.shows("INS")
	c.send("\x1b[200~")
	part := strings.Repeat("twenty million bytes of text, ", 1<<12)
	size := 0
	for size < 20<<20 {
		c.send(part)
		size += len(part)
	}
	c.send("\x1b[201~")
	c.shows(fmt.Sprintf(" %s bytes (", model.Grouped(int64(size+1))))
	peak := peakMemory(t, c.cmd.Process.Pid)
	t.Logf("%d MB at most", peak>>20)
	if peak > 200<<20 {
		t.Errorf("%d MB of memory", peak>>20)
	}
	c.line("quit!", "")
	c.end()
	c.restored()
}

// peakMemory is the most memory that the process had.
func peakMemory(t *testing.T, pid int) int64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			return n << 10
		}
	}
	t.Skip("the system does not tell")
	return 0
}

// underShell is an editor that a shell with job control started, which tells when it stops and comes back, and the
// editor's process. A line of input makes the shell bring it to the front.
func underShell(t *testing.T) (c *console, pid int) {
	t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash to suspend to")
	}
	bin, err := hexlay()
	if err != nil {
		t.Fatal(err)
	}
	theState(t)
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, numbered(300))
	c = openConsole(t, true, bash, "-c", `set -m; "$0" "$1"; echo STOPPED; read; fg >/dev/null; echo CAME BACK`, bin, path)
	c.shows("OVR")
	c.send("ff")
	c.shows("changed")
	out, err := exec.Command("pgrep", "-P", strconv.Itoa(c.cmd.Process.Pid)).Output()
	if err != nil {
		t.Skip("no pgrep: ", err)
	}
	pid, err = strconv.Atoi(strings.TrimSpace(string(out)))
	if err != nil {
		t.Fatal(err)
	}
	return c, pid
}

// TestStopFromOutside: SIGTSTP leaves the terminal to the shell as :suspend does.
func TestStopFromOutside(t *testing.T) {
	c, pid := underShell(t)
	if err := syscall.Kill(pid, syscall.SIGTSTP); err != nil {
		t.Fatal(err)
	}
	c.shows("STOPPED")
	c.restored()
	c.send("\n")
	c.shows("OVR")
	c.send("\x1a")
	c.shows("undone")
	c.send("\x11")
	c.shows("CAME BACK")
	c.end()
	c.restored()
}

// TestStopThatCannotBeCaught: after a SIGSTOP and whatever the terminal was used for meanwhile, the program takes it back:
// raw, with its modes, in its size of now, all painted again.
func TestStopThatCannotBeCaught(t *testing.T) {
	c, pid := underShell(t)
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	c.wait("the shell", func() bool { return strings.Contains(c.out.String(), "STOPPED") })
	if err := unix.IoctlSetTermios(int(c.tty.Fd()), unix.TCSETS, c.before); err != nil {
		t.Fatal(err)
	}
	c.mu.Lock()
	_, _ = c.em.Write([]byte("\x1b[?1049l\x1b[?2004l\x1b[?1002l\x1b[?1006l\x1b[?25h\x1b[2J")) // what a shell, or its user, makes of it
	c.em.Resize(90, 20)
	c.mu.Unlock()
	c.size(90, 20)
	c.send("\n")
	c.wait("the whole screen again", func() bool {
		s := c.text()
		return c.em.IsAltScreen() && c.modes[ansi.ModeBracketedPaste] && c.modes[ansi.ModeMouseExtSgr] && strings.Contains(s, "changed") && strings.Contains(s, "OVR")
	})
	if now := c.termios(); now.Lflag&(unix.ICANON|unix.ECHO) != 0 {
		t.Error("the terminal is not raw")
	}
	c.send("\x1a")
	c.shows("undone")
	// A frame of the size of before may come first: the program's own output is repainted as soon as the terminal is taken.
	c.wait("the size of now", func() bool {
		got := strings.Split(c.text(), "\n")
		return len(got) > 18 && strings.Contains(got[18], "OVR")
	})
	c.send("\x11")
	c.shows("CAME BACK")
	c.end()
	c.restored()
}

// faulty is memory over a file that is cut short.
func faulty() []byte {
	f, err := os.CreateTemp("", "hexlay-fault")
	if err != nil {
		panic(err)
	}
	defer os.Remove(f.Name())
	if err := f.Truncate(4096); err != nil {
		panic(err)
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, 4096, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	if err != nil {
		panic(err)
	}
	if err := f.Truncate(0); err != nil {
		panic(err)
	}
	return b
}

func stuck(context.Context, *atomic.Int64) error { select {} }

// TestRestoreBox: the edits of a killed program are offered as its user counts them, compared, discarded after another
// question, and restored over what was laid at the start.
func TestRestoreBox(t *testing.T) {
	bin, err := hexlay()
	if err != nil {
		t.Fatal(err)
	}
	theState(t)
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, numbered(3000))
	kill := func(c *console) {
		t.Helper()
		if err := c.cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		c.end()
	}
	c := editFile(t, path)
	c.send("feed")
	c.shows("0x2 (2)")
	c.line("goto 0x20", "0x20 (32)")
	c.send("77")
	c.shows("0x21 (33)")
	c.line("journal", "within a second")
	waitForJournal(t, c)
	kill(c)

	c = openConsole(t, true, bin, path, "--struct", "<2H")
	c.shows("2 changes to 3 bytes in")
	c.answer("m")
	c.shows("00 07 → fe ed")
	c.answer("x")
	c.shows("Discard these edits?")
	c.send("\r") // keeps them
	c.shows("Restore the edits")
	c.send("r")
	c.shows("restored 2 changes to 3 bytes")
	c.shows("<2H")
	c.wait("the restored bytes", func() bool { return strings.Contains(c.text(), "fe ed 0e 15") })
	c.line("panel-focus structure", "<2H")
	kill(c)

	c = openConsole(t, true, bin, path)
	c.shows("2 changes to 3 bytes in") // counted the same after a restoration
	c.answer("x")
	c.shows("Discard these edits?")
	c.send("x\r")
	c.shows("discarded 2 changes to 3 bytes")
	c.line("quit", "")
	c.end()
	c = editFile(t, path)
	c.mu.Lock()
	if strings.Contains(c.text(), "Restore") {
		t.Error("what was discarded is offered again")
	}
	c.mu.Unlock()
	c.send("\x11")
	c.end()
}

// waitForJournal waits until the program's journal is written.
func waitForJournal(t *testing.T, c *console) {
	t.Helper()
	c.wait("the journal", func() bool {
		rs, err := mmapdoc.Recoveries()
		return err == nil && len(rs) == 1 && rs[0].Changes == 2
	})
}

// TestHostileName (N8): the name of a file acts nowhere on the terminal: not in the title and what a save says, not in the
// questions about a crash, another editor and another program, nor in the error line at the end.
func TestHostileName(t *testing.T) {
	bin, err := hexlay()
	if err != nil {
		t.Fatal(err)
	}
	theState(t)
	t.Chdir(t.TempDir())
	path := "\x1b[31m\x1b]0;owned\x07\u202e\u009b5n\x85\u2066\u200b\n.bin"
	if err := os.WriteFile(path, numbered(3000), 0o644); err != nil {
		t.Skip(err)
	}
	check := func(c *console) {
		t.Helper()
		c.mu.Lock()
		defer c.mu.Unlock()
		if err := onlyOwn(c.out.Bytes(), colorprofile.TrueColor); err != nil {
			t.Error(err)
		}
	}
	c := editFile(t, path)
	c.send("feed")
	c.shows("0x2 (2)")
	second := openConsole(t, true, bin, path)
	second.shows("open in another hexlay")
	second.answer("q")
	second.end()
	check(second)
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("more"); err != nil {
		t.Fatal(err)
	}
	f.Close()
	c.shows("another program made the file longer")
	c.shows(" bytes, were ") // all of it, in 100 columns
	c.send("\x1bo")
	c.shows("save mine elsewhere")
	c.send("k")
	c.send("\x13")
	c.shows("Save anyway?")
	c.send("o")
	c.shows("saved")
	c.send("beef")
	c.shows("0x4 (4)")
	c.wait("the journal", func() bool {
		rs, err := mmapdoc.Recoveries()
		return err == nil && len(rs) == 1 && rs[0].Amount == 2
	})
	if err := c.cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	c.end()
	check(c)
	c = openConsole(t, true, bin, path)
	c.shows("edits of a crash")
	c.answer("m")
	c.shows("→ be ef")
	c.answer("r")
	c.shows("restored")
	c.line("quit", "Save before")
	c.send("\x1b")
	c.wait("the end of the question", func() bool { return !strings.Contains(c.text(), "Save before") })
	c.line("open! nosuch/x", "no such")
	c.line("quit!", "")
	c.end()
	check(c)
}
