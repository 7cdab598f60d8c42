package expr

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// An Error is what an expression does wrong while it runs.
type Error struct {
	// Kind is ExprError, ConversionError, DivisionByZeroError, IndexError, LimitError, …: the names of the contract of
	// the headless verbs.
	Kind string
	Msg  string
}

func (e *Error) Error() string { return e.Kind + ": " + e.Msg }

// A SyntaxError is text that is no expression.
type SyntaxError struct {
	Text string
	Pos  int // byte offset in Text of what was not expected
	Msg  string
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("expression %s at byte %d: %s", excerpt(e.Text), e.Pos, e.Msg)
}

// excerpt quotes the beginning of an expression for a message of one line.
func excerpt(s string) string {
	const most = 60
	if len(s) > most {
		return fmt.Sprintf("%.*q…", most, s)
	}
	return fmt.Sprintf("%q", s)
}

// ErrAbsent is the error of a lenient evaluation that came to something that is not there.
var ErrAbsent = errors.New("not there")

// forgiven tells whether an error only means that something is not there, or not so: not those that end an evaluation.
func (f *Frame) forgiven(err error) bool {
	if !f.Lenient || err == nil {
		return false
	}
	if err == ErrAbsent {
		return true
	}
	var e *Error
	return !(errors.As(err, &e) && e.Kind == "LimitError") && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
}

func failf(format string, args ...any) error {
	return &Error{"ExprError", clip(fmt.Sprintf(format, args...))}
}

func limitf(format string, args ...any) error {
	return &Error{"LimitError", fmt.Sprintf(format, args...)}
}

func outside(i, n int64) error {
	return &Error{"IndexError", fmt.Sprintf("index %d of an array of %d", i, n)}
}

// clip cuts a message that quotes something of any length.
func clip(msg string) string {
	const most = 300
	if len(msg) > most {
		msg = strings.ToValidUTF8(msg[:most], "") + "…"
	}
	return msg
}
