package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// hexlay is the program, built once for all tests that run it as a user would.
var hexlay string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "hexlay-test")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		hexlay = filepath.Join(dir, "hexlay")
		os.Setenv("XDG_CONFIG_HOME", filepath.Join(dir, "config")) // not the settings of who runs the tests
		if out, err := exec.Command("go", "build", "-o", hexlay, "hexlay").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

type result struct {
	out    []byte
	err    string
	status int
}

// run runs a program with stdin and gives what it printed.
func run(t *testing.T, stdin []byte, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var out, errb bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &errb
	err := cmd.Run()
	var ee *exec.ExitError
	if err != nil && !errors.As(err, &ee) {
		t.Fatalf("%s %q: %v", name, args, err)
	}
	return result{out.Bytes(), errb.String(), cmd.ProcessState.ExitCode()}
}

// runHere runs hexlay inside the test, which is faster than starting it; stdin is a pipe.
func runHere(t *testing.T, stdin []byte, args ...string) result {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		w.Write(stdin)
		w.Close()
	}()
	dir := t.TempDir()
	create := func(name string) *os.File {
		f, err := os.Create(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	out, errs := create("out"), create("err")
	defer out.Close()
	defer errs.Close()
	a := &app{r, out, errs}
	status := a.run(args)
	return result{readFile(t, out.Name()), string(readFile(t, errs.Name())), status}
}

// fine runs hexlay and wants status 0 and a silent stderr.
func fine(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	r := runHere(t, stdin, args...)
	if r.status != 0 || r.err != "" {
		t.Fatalf("hexlay %q: status %d, stderr %q", args, r.status, r.err)
	}
	return r.out
}

// fails runs hexlay and wants a status and one line on stderr that contains text.
func fails(t *testing.T, status int, text string, args ...string) result {
	t.Helper()
	r := runHere(t, nil, args...)
	if r.status != status || strings.Count(r.err, "\n") != 1 || !strings.HasSuffix(r.err, "\n") || !strings.HasPrefix(r.err, "hexlay") || !strings.Contains(r.err, text) {
		t.Errorf("hexlay %q: status %d, stderr %q; want status %d and one line with %q", args, r.status, r.err, status, text)
	}
	return r
}

func writeFile(t *testing.T, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestUsage(t *testing.T) {
	fails(t, 3, "unknown flag", "dump", "--bogus")
	fails(t, 3, "hexlay version: takes no arguments", "version", "x")
	fails(t, 3, "not an offset", "dump", "--at", "x", "/dev/null")
	fails(t, 3, "63 bits", "dump", "--len", "99999999999T", "/dev/null")
	fails(t, 3, "no such file", "dump", "/nonexistent/\x1b[31mred\nline")
	if out := fine(t, nil, "version"); !bytes.HasPrefix(out, []byte("hexlay ")) {
		t.Errorf("version prints %q", out)
	}
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		if out := fine(t, nil, "completion", shell); len(out) < 100 {
			t.Errorf("completion %s prints %d bytes", shell, len(out))
		}
	}
	if out := fine(t, nil, "man"); !bytes.Contains(out, []byte(".TH HEXLAY 1")) || !bytes.Contains(out, []byte("dump")) {
		t.Errorf("man prints %.200q", out)
	}
	for _, args := range [][]string{{"--help"}, {"dump", "--help"}, {"help", "dump"}, {"help"}} {
		if out := fine(t, nil, args...); !bytes.Contains(out, []byte("dump")) || bytes.Contains(out, []byte("\x1b")) {
			t.Errorf("%q prints %.200q", args, out)
		}
	}
}
