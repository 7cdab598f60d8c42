package lifeline

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test binary be the program that ends.
func TestMain(m *testing.M) {
	switch os.Getenv("LIFELINE_TEST") {
	case "":
		os.Exit(m.Run())
	case "panic":
		AtEnd(func() { os.Stdout.WriteString("first ") })
		AtEnd(func() { panic("once more") })
		AtEnd(func() { os.Stdout.WriteString("last ") })
		AtEnd(func() { os.Stdout.WriteString("removed ") })()
		Go("the test", func() { var p *int; *p = 1 })
	case "stuck":
		AtEnd(func() { select {} })
		Go("the test", func() { End(7, "") })
	}
	time.Sleep(time.Minute)
}

func end(t *testing.T, how string) (stdout, stderr string, status int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "LIFELINE_TEST="+how)
	var out, errs strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &errs
	_ = cmd.Run()
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

func TestPanicEndsInOrder(t *testing.T) {
	out, errs, status := end(t, "panic")
	if out != "last first " || status != Status {
		t.Errorf("ran %q and ended with %d", out, status)
	}
	if !strings.HasPrefix(errs, "hexlay: internal error in the test: ") || !strings.Contains(errs, "lifeline_test.go:") || strings.Count(errs, "\n") != 1 {
		t.Errorf("said %q", errs)
	}
}

func TestStuckEndEnds(t *testing.T) {
	if _, _, status := end(t, "stuck"); status != 7 {
		t.Errorf("ended with %d", status)
	}
}
