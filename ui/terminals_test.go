//go:build linux

package ui

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestTerminals: on a terminal that is dumb, and without one, the editor says so in a line and ends; where the terminal knows no
// UTF-8 it can be used.
func TestTerminals(t *testing.T) {
	bin, err := hexlay()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "file.bin")
	write(t, path, numbered(500))
	plain := func(t *testing.T, out string) {
		t.Helper()
		out = strings.TrimRight(out, "\r\n")
		if out == "" || strings.ContainsFunc(out, func(r rune) bool { return r < 0x20 || r >= 0x7f }) {
			t.Errorf("it printed %q", out)
		}
	}
	t.Run("dumb", func(t *testing.T) {
		c := newConsole(t)
		c.start(true, nil, "env", "TERM=dumb", bin, path)
		if s := c.end(); s != 3 {
			t.Errorf("exit status %d", s)
		}
		c.wait("a line", func() bool { return strings.Contains(c.out.String(), "\n") })
		plain(t, c.printed())
		if *c.termios() != *c.before {
			t.Error("the terminal's settings changed")
		}
	})
	t.Run("none", func(t *testing.T) {
		cmd := exec.Command(bin, path)
		cmd.Env = append(os.Environ(), "TERM=xterm")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
		out, err := cmd.CombinedOutput()
		if err == nil {
			t.Error("it ended well")
		}
		plain(t, string(out))
	})
	t.Run("no UTF-8", func(t *testing.T) {
		c := newConsole(t)
		c.start(true, nil, "env", "LC_ALL=C", bin, path)
		c.wait("the first frame", func() bool { return strings.Contains(c.text(), "OVR") })
		c.send("fe")
		c.shows("changed")
		c.line("quit!", "")
		c.end()
		c.restored()
		if strings.ContainsFunc(c.printed(), func(r rune) bool { return r >= 0x7f }) {
			t.Error("it wrote other bytes than ASCII")
		}
	})
}

// TestReadOnlyIsShown: what keeps the file from being written stands in the title from the first frame on, bytes can be edited,
// and saving asks for another name. Nobody is told to become root.
func TestReadOnlyIsShown(t *testing.T) {
	bin, err := hexlay()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		mode os.FileMode
		as   *syscall.Credential
		want string
	}{
		"flag": {[]string{"--readonly"}, 0o644, nil, "read-only: opened read-only"},
		"mode": {nil, 0o444, &syscall.Credential{Uid: 65534, Gid: 65534}, "read-only: no permission to write"},
	} {
		t.Run(name, func(t *testing.T) {
			if os.Getuid() != 0 {
				c.as = nil
			}
			dir := t.TempDir()
			for _, d := range []string{dir, filepath.Dir(dir)} {
				if err := os.Chmod(d, 0o755); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(dir, "f")
			write(t, path, numbered(500))
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			con := newConsole(t)
			con.start(true, c.as, bin, append(c.args, path)...)
			con.wait("the first frame", func() bool { return strings.Contains(con.text(), "OVR") })
			if s := screenText(con); !strings.Contains(s, c.want) {
				t.Errorf("the first frame shows no %q:\n%s", c.want, s)
			}
			con.send("fe")
			con.shows("changed")
			con.send("\x13") // ctrl+s
			con.shows("Save as")
			if s := strings.ToLower(screenText(con)); strings.Contains(s, "sudo") || strings.Contains(s, "root") {
				t.Errorf("the screen speaks of root:\n%s", s)
			}
			con.send("\x1b")
			con.wait("the end of the dialog", func() bool { return !strings.Contains(con.text(), "Save as") })
			con.line("quit!", "")
			con.end()
			con.restored()
		})
	}
}
