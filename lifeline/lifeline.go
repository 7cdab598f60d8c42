// Package lifeline is how the program ends when it cannot go on.
//
// Every goroutine that hexlay starts is started by Go. A panic in it, and a fault in mapped memory that nobody expected,
// ends the whole program in order: what was registered with AtEnd runs (journals are written out, the terminal is put back
// as it was), one line says what happened, and the exit status is not 0. However slow or stuck all that is, the program is
// gone after Patience.
//
// Caveat: the Go runtime ends the program itself for some faults (running out of memory, a concurrent map write) and nothing
// can be run then; a fault in a goroutine that some other package started is such a one.
package lifeline

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Patience is how long an end may take.
const Patience = time.Second

// Status is the exit status of a program that ended by a panic.
const Status = 3

var (
	mu    sync.Mutex
	atEnd []*func()
	ended sync.Once
	over  = make(chan struct{})
	exit  = os.Exit // a test puts its own there
)

// Go runs fn on a goroutine of its own; what is its name in the message when it panics.
func Go(what string, fn func()) {
	go Guard(what, fn)
}

// Join is Go for a goroutine that all waits for.
func Join(all *sync.WaitGroup, what string, fn func()) {
	all.Go(func() { Guard(what, fn) })
}

// Guard runs fn on this goroutine as Go would.
func Guard(what string, fn func()) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			End(Status, Describe(what, p))
		}
	}()
	fn()
}

// Describe is the line that tells of a panic, with the place in the source that a report of it needs. It is for deferred
// functions that have just recovered p.
func Describe(what string, p any) string {
	msg := fmt.Sprintf("internal error in %s: %v", what, p)
	if place := panicPlace(); place != "" {
		msg += " (" + place + ")"
	}
	return msg + "; please report it"
}

// panicPlace is the file and line of the innermost call below the panic that is not the runtime's.
func panicPlace() string {
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	below := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic" || f.Function == "runtime.sigpanic":
			below = true
		case below && !strings.HasPrefix(f.Function, "runtime."):
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return ""
		}
	}
}

// AtEnd has f run when the program ends by End, the last registered first. remove takes that back. f may run on any
// goroutine, whatever locks are held: it must not wait for a lock that a stuck goroutine could hold for ever, or it
// costs those registered before it their turn.
func AtEnd(f func()) (remove func()) {
	mu.Lock()
	defer mu.Unlock()
	p := &f
	atEnd = append(atEnd, p)
	return func() {
		mu.Lock()
		defer mu.Unlock()
		atEnd = slices.DeleteFunc(atEnd, func(q *func()) bool { return q == p })
	}
}

// End ends the program with a line on standard error. It does not return; of several calls the first one counts.
func End(status int, message string) {
	ended.Do(func() {
		time.AfterFunc(Patience, func() { exit(status) })
		mu.Lock()
		fs := slices.Clone(atEnd)
		mu.Unlock()
		for _, f := range slices.Backward(fs) {
			quietly(*f)
		}
		if message != "" {
			fmt.Fprintf(os.Stderr, "hexlay: %s\n", printable(message))
		}
		exit(status)
		close(over)
	})
	<-over // closed in tests only
}

// printable escapes what could act on a terminal: a panic may speak of data.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !strconv.IsPrint(r) || r == '\ufffd' }) < 0 {
		return s
	}
	q := strconv.Quote(s)
	return q[1 : len(q)-1]
}

// quietly runs f; that it panics too must not keep the others from running.
func quietly(f func()) {
	defer func() { _ = recover() }()
	f()
}
