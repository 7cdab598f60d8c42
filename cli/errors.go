package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"syscall"
)

// The exit statuses every verb keeps to.
const (
	exitOK      = 0
	exitData    = 1 // the data says no: a decode error, a failed check, not found
	exitRefused = 2 // a template, format string, codec or pattern was refused
	exitUsage   = 3 // usage or I/O
)

// statusError is an error that ends the program with a status of its own; every other error ends it with exitUsage.
type statusError struct {
	status int
	err    error
}

func (e *statusError) Error() string { return e.err.Error() }
func (e *statusError) Unwrap() error { return e.err }

func dataError(format string, args ...any) error {
	return &statusError{exitData, fmt.Errorf(format, args...)}
}

func refused(err error) error { return &statusError{exitRefused, err} }

// errSaid ends the program with exitData after the verb has said on stderr or in its output what is wrong.
var errSaid = &statusError{exitData, errors.New("the data has errors")}

// errRefused ends the program with exitRefused after the verb has said on stderr what is wrong.
var errRefused = &statusError{exitRefused, errors.New("refused")}

// errInterrupted is a save that Ctrl-C ended. The file is as it was.
var errInterrupted = errors.New("interrupted")

// exitStatus gives the status err ends the program with, and whether there is anything left to say.
func exitStatus(err error) (status int, say bool) {
	var se *statusError
	switch {
	case err == nil:
		return exitOK, false
	case errors.Is(err, errSaid):
		return exitData, false
	case errors.Is(err, errRefused):
		return exitRefused, false
	case errors.Is(err, errInterrupted):
		return 128 + int(syscall.SIGINT), false
	case errors.Is(err, syscall.EPIPE):
		// Where a closed pipe does not kill the process by a signal, it ends as quietly.
		return exitUsage, false
	case errors.As(err, &se):
		return se.status, true
	}
	return exitUsage, true
}

// oneLine makes an error fit to be shown: one line, and nothing in it that acts on a terminal. File names and data find
// their way into errors.
func oneLine(s string) string {
	var b strings.Builder
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == '\n' || r == '\r' }) {
		if b.Len() > 0 {
			b.WriteString(": ")
		}
		b.WriteString(visible(strings.TrimSpace(part)))
	}
	return b.String()
}

// visible escapes what is not printable: control characters, bidi marks, bytes that are no UTF-8.
func visible(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return (r < ' ' || r > '~') && (!strconv.IsPrint(r) || r == '\ufffd') }) < 0 {
		return s
	}
	q := strconv.Quote(s)
	q = q[1 : len(q)-1]
	// Quotes and backslashes are printable and stay as they are in running text.
	return strings.NewReplacer(`\"`, `"`, `\\`, `\`).Replace(q)
}

// quote shows what the user or a file wrote, cut to a readable length and with nothing in it that acts on a terminal.
func quote(s string) string {
	const limit = 64
	if len(s) > limit {
		return strconv.Quote(s[:limit]) + "…"
	}
	return strconv.Quote(s)
}

// fileError names the file once and the reason in the system's words.
func fileError(name string, err error) error {
	var pe *fs.PathError
	if errors.As(err, &pe) {
		err = pe.Err
	}
	return fmt.Errorf("%s: %w", fileLabel(name), err)
}

func fileLabel(name string) string {
	if name == "-" {
		return "standard input"
	}
	return visible(name)
}
