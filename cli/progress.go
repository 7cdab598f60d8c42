package cli

import (
	"fmt"
	"os"
	"sync/atomic"
	"time"

	"github.com/charmbracelet/x/term"

	"hexlay/lifeline"
)

func isTerminal(f *os.File) bool { return term.IsTerminal(f.Fd()) }

// progress shows on stderr how far long work is, when that is a terminal and the output is not the same screen. total ≤ 0
// means that nobody knows. The function it returns ends the display and wipes it.
func (a *app) progress(done *atomic.Int64, total int64) (stop func()) {
	if !isTerminal(a.stderr) || isTerminal(a.stdout) {
		return func() {}
	}
	quit, gone := make(chan struct{}), make(chan struct{})
	lifeline.Go("the display of progress", func() {
		defer close(gone)
		// Short work stays silent.
		wait, shown := time.Second, false
		for {
			select {
			case <-quit:
				if shown {
					fmt.Fprint(a.stderr, "\r\x1b[K")
				}
				return
			case <-time.After(wait):
			}
			wait, shown = 250*time.Millisecond, true
			n := done.Load()
			if total > 0 {
				fmt.Fprintf(a.stderr, "\r\x1b[K%3d%%  %s of %s", min(100, int64(float64(n)/float64(total)*100)), byteCount(n), byteCount(total))
			} else {
				fmt.Fprintf(a.stderr, "\r\x1b[K%s", byteCount(n))
			}
		}
	})
	return func() { close(quit); <-gone }
}

// byteCount writes a size for people.
func byteCount(n int64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return plural(n, "byte")
	}
	f, u := float64(n)/1024, 0
	for f >= 1000 && u < len(units)-1 {
		f /= 1024
		u++
	}
	return fmt.Sprintf("%.1f %ciB", f, units[u])
}
