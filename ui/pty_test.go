//go:build linux

package ui

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"golang.org/x/sys/unix"
)

// These tests run the real binary on a pseudo-terminal, with an emulator behind it.

var hexlay = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "hexlay-ui")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil { // a test runs it as another user
		return "", err
	}
	builtIn = dir
	path := filepath.Join(dir, "hexlay")
	if out, err := exec.Command("go", "build", "-o", path, "hexlay").CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

var builtIn string // the folder of the built program, "" when no test needed it

func TestMain(m *testing.M) {
	if how := os.Getenv("HEXLAY_TEST_END"); how != "" {
		endsAs(how)
	}
	state, err := os.MkdirTemp("", "hexlay-state") // never the user's own journals
	if err != nil {
		panic(err)
	}
	os.Setenv("XDG_STATE_HOME", state)
	status := m.Run()
	os.RemoveAll(state)
	if builtIn != "" {
		os.RemoveAll(builtIn)
	}
	os.Exit(status)
}

// console is a pseudo-terminal with an emulator and a program on it.
type console struct {
	t      *testing.T
	fd     int // of master
	master *os.File
	tty    *os.File
	cmd    *exec.Cmd
	before *unix.Termios
	ended  chan error

	mu    sync.Mutex
	em    *vt.Emulator
	shown bool
	modes map[ansi.Mode]bool
	out   bytes.Buffer
}

// patience is how long a test waits for what must come at once; it is no measure of the program.
const patience = 20 * time.Second

// open starts a command on a new terminal of 100×30. Without control the terminal is not the program's controlling one.
func openConsole(t *testing.T, control bool, name string, args ...string) *console {
	t.Helper()
	c := newConsole(t)
	c.start(control, nil, name, args...)
	return c
}

func newConsole(t *testing.T) *console {
	t.Helper()
	master, tty, err := pty.Open()
	if err != nil {
		t.Skipf("no pseudo-terminal here: %v", err)
	}
	// Through the poller a Close ends a Read that waits; the file as pty.Open gives it would stay open.
	fd, err := unix.FcntlInt(master.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	master.Close()
	if err := unix.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	master = os.NewFile(uintptr(fd), "ptmx")
	c := &console{t: t, fd: fd, master: master, tty: tty, em: vt.NewEmulator(100, 30), shown: true, modes: make(map[ansi.Mode]bool), ended: make(chan error, 1)}
	c.size(100, 30)
	c.em.SetCallbacks(vt.Callbacks{
		CursorVisibility: func(v bool) { c.shown = v },
		EnableMode:       func(m ansi.Mode) { c.modes[m] = true },
		DisableMode:      func(m ansi.Mode) { delete(c.modes, m) },
	})
	c.before = c.termios()
	go func() { // what the emulator answers
		_, _ = io.Copy(writerFunc(func(b []byte) (int, error) { return master.Write(b) }), c.em)
	}()
	go func() {
		buf := make([]byte, 1<<16)
		for {
			n, err := master.Read(buf)
			c.mu.Lock()
			c.out.Write(buf[:n])
			c.em.Write(buf[:n])
			c.mu.Unlock()
			if err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		if c.cmd != nil {
			select {
			case <-c.ended:
			default:
				c.cmd.Process.Kill()
				<-c.ended
			}
		}
		c.tty.Close()
		c.master.Close()
		c.em.InputPipe().(io.Closer).Close()
	})
	return c
}

func (c *console) size(w, h int) {
	c.t.Helper()
	if err := unix.IoctlSetWinsize(c.fd, unix.TIOCSWINSZ, &unix.Winsize{Row: uint16(h), Col: uint16(w)}); err != nil {
		c.t.Fatal(err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }

func (c *console) start(control bool, as *syscall.Credential, name string, args ...string) {
	c.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = c.tty, c.tty, c.tty
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TERM=xterm-256color", "COLORTERM=")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: control, Credential: as}
	err := cmd.Start()
	if as != nil && err != nil {
		c.t.Skipf("cannot run a program as another user: %v", err)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.cmd = cmd
	go func() { c.ended <- c.cmd.Wait() }()
}

// edit starts hexlay on a file and waits for its first frame.
func editFile(t *testing.T, path string) *console {
	t.Helper()
	bin, err := hexlay()
	if err != nil {
		t.Fatal(err)
	}
	c := openConsole(t, true, bin, path)
	c.wait("the first frame", func() bool { return strings.Contains(c.text(), "OVR") })
	return c
}

func (c *console) termios() *unix.Termios {
	c.t.Helper()
	tio, err := unix.IoctlGetTermios(int(c.tty.Fd()), unix.TCGETS)
	if err != nil {
		c.t.Fatal(err)
	}
	return tio
}

// text is what the screen shows; for use within wait, which holds the lock.
func (c *console) text() string { return c.em.String() }

// printed is all that the program has written to the terminal.
func (c *console) printed() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.String()
}

// wait polls until ok, which may look at the emulator, is true.
func (c *console) wait(what string, ok func() bool) {
	c.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		c.mu.Lock()
		done := ok()
		c.mu.Unlock()
		if done {
			return
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t.Fatalf("%s did not come; the screen is\n%s", what, c.text())
}

func (c *console) shows(s string) {
	c.t.Helper()
	c.wait(fmt.Sprintf("%q", s), func() bool { return strings.Contains(c.text(), s) })
}

func (c *console) send(s string) {
	c.t.Helper()
	if _, err := c.master.WriteString(s); err != nil {
		c.t.Fatal(err)
	}
}

// answer presses keys at a question that came by itself, once it takes them.
func (c *console) answer(keys string) {
	c.t.Helper()
	c.shows("▸ ")
	c.send(keys)
}

// line types a command line and waits for what it makes appear.
func (c *console) line(s, shows string) {
	c.t.Helper()
	c.send("\x1b[21~" + s + "\r")
	c.shows(shows)
}

// end waits for the program's end and gives its exit status.
func (c *console) end() int {
	c.t.Helper()
	select {
	case err := <-c.ended:
		c.ended <- err
	case <-time.After(patience):
		c.mu.Lock()
		defer c.mu.Unlock()
		c.t.Fatalf("the program did not end; the screen is\n%s", c.text())
	}
	return c.cmd.ProcessState.ExitCode()
}

// restored checks that the terminal is as it was before the program.
func (c *console) restored() {
	c.t.Helper()
	if now := c.termios(); *now != *c.before {
		c.t.Errorf("the terminal's settings are\n%+v, they were\n%+v", *now, *c.before)
	}
	for end := time.Now().Add(patience); ; time.Sleep(5 * time.Millisecond) {
		c.mu.Lock()
		alt, shown, left := c.em.IsAltScreen(), c.shown, c.leftModes()
		c.mu.Unlock()
		if !alt && shown && len(left) == 0 {
			return
		}
		if time.Now().After(end) {
			out := c.printed()
			c.t.Fatalf("the terminal is not as it was: alternate screen %t, cursor shown %t, modes left on %v; the last it got is\n%q", alt, shown, left, out[max(0, len(out)-1000):])
		}
	}
}

// leftModes are the modes that a program has switched on and not off again.
func (c *console) leftModes() (left []int) {
	for m := range c.modes {
		switch n := m.Mode(); n {
		case 25, 7: // the cursor, wrapping
		default:
			left = append(left, n)
		}
	}
	return left
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestPatchSaveQuit(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.bin")
	b := numbered(40000)
	write(t, path, b)
	was, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	c := editFile(t, path)
	if *c.termios() == *c.before {
		t.Fatal("the terminal is not in raw mode: the test would show nothing")
	}
	want := bytes.Clone(b)

	c.line("goto 0x1234", "0x1234 (4,660)")
	c.send("dead")
	copy(want[0x1234:], []byte{0xde, 0xad})
	c.shows("0x1236 (4,662)")

	c.line("goto 0x9000", "0x9000 (36,864)")
	c.send("\t")
	c.shows(" text ")
	c.send("q:é ")
	copy(want[0x9000:], "q:é ")
	c.shows("0x9005 (36,869)")
	c.send("\t")
	c.shows(" hex ")

	c.line("struct <2sIHHI:magic,file_size,r1,r2,data 0:14", "1 record of 14 bytes")
	c.line("goto 2", "0x2 (2)")
	c.line("field-set 305419896", "file_size = 305419896")
	copy(want[2:], []byte{0x78, 0x56, 0x34, 0x12})

	c.line("goto 0x4000", "0x4000 (16,384)")
	c.send("77")
	c.shows("0x4001 (16,385)")
	c.send("\x1a") // ctrl+z undoes and does not suspend
	c.shows("undone")
	if state := procState(t, c.cmd.Process.Pid); state == "T" {
		t.Fatal("ctrl+z stopped the program")
	}

	if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, b) {
		t.Fatalf("the file changed before it was saved (%v)", err)
	}
	c.send("\x13")
	c.shows("saved 11 bytes in 3 ranges, in place")
	c.send("\x11")
	if s := c.end(); s != 0 {
		t.Errorf("exit status %d", s)
	}
	c.restored()
	now, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(now, want) {
		for i := range want {
			if now[i] != want[i] {
				t.Fatalf("byte %#x is %02x, want %02x", i, now[i], want[i])
			}
		}
	}
	is, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if !os.SameFile(was, is) {
		t.Error("a save of the same length made another file")
	}
}

func procState(t *testing.T, pid int) string {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	f := strings.Fields(string(b[bytes.LastIndexByte(b, ')')+1:]))
	return f[0]
}

// TestSignalsRestore: whatever signal ends the program, the terminal is as it was.
func TestSignalsRestore(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file.bin")
			write(t, path, numbered(5000))
			c := editFile(t, path)
			c.send("ff")
			c.shows("changed")
			c.send("\x10") // a dialog is open
			c.shows("Commands")
			if err := c.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			c.end()
			c.restored()
			c.mu.Lock()
			defer c.mu.Unlock()
			if strings.Contains(c.out.String(), "goroutine ") {
				t.Errorf("a stack was printed:\n%s", c.text())
			}
			if now, err := os.ReadFile(path); err != nil || !bytes.Equal(now, numbered(5000)) {
				t.Errorf("the file was changed without a save (%v)", err)
			}
		})
	}
}

// TestTerminalGoesAway: the program ends by itself and does not spin.
// TestSignalsWhileStarting: whenever a signal comes, the terminal is left as it was.
func TestSignalsWhileStarting(t *testing.T) {
	bin, err := hexlay()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, numbered(5000))
	for i := range 24 {
		sig := []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP}[i%3]
		c := openConsole(t, true, bin, path)
		time.Sleep(time.Duration(i) * time.Millisecond)
		if err := c.cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		c.end()
		c.restored()
	}
}

func TestTerminalGoesAway(t *testing.T) {
	for _, control := range []bool{true, false} {
		t.Run(fmt.Sprintf("controlling %v", control), func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "file.bin")
			write(t, path, numbered(5000))
			bin, err := hexlay()
			if err != nil {
				t.Fatal(err)
			}
			c := openConsole(t, control, bin, path)
			c.wait("the first frame", func() bool { return strings.Contains(c.text(), "OVR") })
			c.send("ff")
			c.shows("changed")
			c.master.Close()
			c.end()
			ru := c.cmd.ProcessState.SysUsage().(*syscall.Rusage)
			if cpu := time.Duration(ru.Utime.Nano() + ru.Stime.Nano()); cpu > 2*time.Second {
				t.Errorf("it used %v of the processor", cpu)
			}
		})
	}
}

// TestSuspend goes to the shell and comes back.
func TestSuspend(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("no bash to suspend to")
	}
	bin, err := hexlay()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, []byte(strings.Repeat("some text to see ", 300)))
	c := openConsole(t, true, bash, "-c", `set -m; "$0" "$1"; echo STOPPED; read; fg >/dev/null; echo CAME BACK`, bin, path)
	c.shows("OVR")
	c.send("ff")
	c.shows("changed")
	c.wait("the whole frame", func() bool { return strings.Contains(c.text(), "ome text to see") })
	c.send("\x1b[21~suspend\r")
	c.shows("STOPPED")
	c.restored()
	n := len(c.printed())
	c.send("\n")
	// The bytes after the return come in parts, so the wait is for a row that a
	// repaint of what changed alone would not bring.
	c.wait("the whole screen again", func() bool {
		return c.em.IsAltScreen() && strings.Contains(c.text(), "changed") && strings.Contains(c.out.String()[n:], "ome text to see")
	})
	c.send("u")
	c.shows("undone")
	c.send("\x11")
	c.shows("CAME BACK")
	c.end()
	c.restored()
}

// TestSuspendWithoutShell: where nobody could bring it back, the program does not stop.
func TestSuspendWithoutShell(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, numbered(500))
	c := editFile(t, path)
	c.line("suspend", "no shell")
	c.send("ff")
	c.shows("changed")
	c.line("quit!", "")
	c.end()
	c.restored()
}

// TestCannotOpen: one line, exit status 3, and the terminal was not touched.
func TestCannotOpen(t *testing.T) {
	bin, err := hexlay()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o666); err != nil {
		t.Fatal(err)
	}
	closed := filepath.Join(dir, "closed")
	write(t, closed, []byte("secret"))
	if err := os.Chmod(closed, 0); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"folder": dir, "no such folder": filepath.Join(dir, "no/such"), "fifo": fifo, "unreadable": closed,
		"hostile name": filepath.Join(dir, "\x1b[31mred\x07\u202e/x")} {
		t.Run(name, func(t *testing.T) {
			var as *syscall.Credential
			if name == "unreadable" && os.Getuid() == 0 {
				as = &syscall.Credential{Uid: 65534, Gid: 65534}
			}
			c := newConsole(t)
			c.start(true, as, bin, path)
			if s := c.end(); s != 3 {
				t.Errorf("exit status %d", s)
			}
			c.wait("a line", func() bool { return strings.Contains(c.out.String(), "\n") })
			out := c.printed()
			if strings.Count(out, "\n") != 1 || strings.ContainsFunc(strings.TrimSuffix(out, "\r\n"), func(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e }) {
				t.Errorf("it printed %q", out)
			}
			if *c.termios() != *c.before {
				t.Error("the terminal's settings changed")
			}
		})
	}
}

// TestTruncatedWhileOpen: another program cuts the file short; what is lost is shown as lost, edits stay.
func TestTruncatedWhileOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, numbered(5<<12))
	c := editFile(t, path)
	c.send("abcd")
	c.shows("0x2 (2)")
	c.line("goto 0x3000", "0x3000 (12,288)")
	c.send("7788")
	c.shows("0x3002 (12,290)")
	if err := os.Truncate(path, 1<<12); err != nil {
		t.Fatal(err)
	}
	c.shows("another program cut the file")
	c.line("goto 0x3010", "0x3010 (12,304)")
	c.wait("lost bytes", func() bool { return strings.Contains(c.text(), "·· ·· ·· ··") })
	c.shows("77 88 ··")
	c.line("goto 0", "ab cd")
	c.line("find 77 88", "found at 0x3000") // beyond what cannot be read
	c.send("\x13")                          // saving asks, and must not write zeros where bytes are lost
	c.shows("Bytes are lost")
	c.send("d")
	c.shows("that the file has lost")
	if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, numbered(5 << 12)[:1<<12]) {
		t.Errorf("the file was changed: %d bytes (%v)", len(got), err)
	}
	c.send("\x13")
	c.shows("Save anyway?")
	c.send("o")
	c.shows("saved 4,098 bytes")
	c.line("quit", "")
	if s := c.end(); s != 0 {
		t.Errorf("exit status %d", s)
	}
	c.restored()
	want := append(numbered(5 << 12)[:1<<12], 0x77, 0x88)
	copy(want, "\xab\xcd")
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("what was left is not saved: %d bytes (%v)", len(got), err)
	}
}

// TestPasteWithoutEnd: a terminal that never ends a paste does not take the keyboard away.
func TestPasteWithoutEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, numbered(500))
	c := editFile(t, path)
	c.send("\x1b[200~ab cd\x03 ef") // a ctrl+c among what is pasted is no key
	time.Sleep(2 * pasteStuck)
	c.send("01 02")
	time.Sleep(2 * pasteStuck)
	c.mu.Lock()
	if strings.Contains(c.text(), "changed") {
		t.Errorf("a paste was taken before its end:\n%s", c.text())
	}
	c.mu.Unlock()
	c.send("\x03")
	c.wait("the end of the paste", func() bool {
		return strings.Contains(c.text(), "changed") || strings.Contains(c.text(), "notation") || strings.Contains(c.text(), "copied")
	})
	c.line("goto 0x20", "0x20 (32)")
	c.send("7788")
	c.shows("changed")
	c.line("quit!", "")
	c.end()
	c.restored()
}

// TestTaken: what Bubble Tea writes when its clock comes round neither has the screen painted again nor asks the terminal anything.
// The mouse and pastes do not wait for it.
func TestTaken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, numbered(500))
	c := editFile(t, path)
	written := func() string {
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.out.String()
	}
	for _, mode := range []string{ansi.SetModeMouseButtonEvent, ansi.SetModeMouseExtSgr, ansi.SetModeBracketedPaste} {
		if first, _, _ := strings.Cut(written(), ansi.EraseEntireScreen); !strings.Contains(first, mode) {
			t.Errorf("the first frame comes before %q: %q", mode, first)
		}
	}
	c.wait("Bubble Tea's renderer", func() bool { return strings.Contains(c.out.String(), ansi.PushKittyKeyboard(1)) })
	c.line("goto 0x20", "0x20 (32)")
	if n := strings.Count(written(), ansi.EraseEntireScreen); n != 1 {
		t.Errorf("the screen was painted %d times: %q", n, written())
	}
	if strings.Contains(written(), "$p") {
		t.Error("the terminal is asked for modes")
	}
	c.line("quit", "")
	c.end()
	c.restored()
}

// TestFlood: many keys and sizes at once on the real terminal leave the right screen.
func TestFlood(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, numbered(1<<20))
	c := editFile(t, path)
	c.send(strings.Repeat("\x1b[B", 3000) + strings.Repeat("\x1b[6~", 100) + strings.Repeat("\x1b[A", 50))
	for i := range 40 {
		w, h := 100-i, 30-i%20
		c.mu.Lock()
		c.em.Resize(w, h)
		c.mu.Unlock()
		c.size(w, h)
	}
	c.send("\x07" + "0x8000\r")
	c.shows("0x8000 (32,768)")
	c.line("quit", "")
	c.end()
	c.restored()
}
