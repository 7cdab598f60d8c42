//go:build linux

package ui

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/charmbracelet/x/ansi"
)

// frameEnd stands behind each frame of some size.
var frameEnd = []byte(ansi.ResetModeSynchronizedOutput)

// TestGraphicsInATerminal runs the real program on a terminal that answers as kitty does: the picture that it sends is the
// file's bytes, and however the program ends, the last order is to take it away, before the screen is left.
func TestGraphicsInATerminal(t *testing.T) {
	for name, end := range map[string]func(c *console){
		"quit":   func(c *console) { c.send("\x11") },
		"signal": func(c *console) { _ = c.cmd.Process.Signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pixels")
			doc := pixelsDocument()
			if err := os.WriteFile(path, doc, 0o600); err != nil {
				t.Fatal(err)
			}
			c := editFile(t, path)
			for _, line := range []string{"picture pixels", "pixel-depth 24", "pixel-stride 300"} {
				c.send("\x1b[21~" + line + "\r")
			}
			c.shows("100 × 24 bit")
			c.wait("the questions", func() bool { return strings.Contains(c.out.String(), askGraphics) })
			c.send(kittyAnswers)
			// Whatever frames come: the last one that has come whole leaves a picture on the screen.
			var sent []sentImage
			c.wait("a picture", func() bool {
				out := c.out.Bytes()
				sent = sentImages(t, out[:bytes.LastIndex(out, frameEnd)+len(frameEnd)])
				return len(sent) > 0 && sent[len(sent)-1].image != nil
			})
			m := sent[len(sent)-1].image
			for x := 10; x < 50; x += 7 { // the first row, away from the marked pixel
				if got, _, _, _ := m.At(x, 0).RGBA(); byte(got>>8) != doc[3*x] {
					t.Errorf("pixel %d is %d, the byte %d", x, got>>8, doc[3*x])
				}
			}
			end(c)
			c.end()
			c.restored()
			c.mu.Lock()
			defer c.mu.Unlock()
			out := c.out.Bytes()
			sent = sentImages(t, out)
			last := sent[len(sent)-1]
			if last.image != nil || last.end > bytes.LastIndex(out, leaveAlt) {
				t.Errorf("the picture stays: the last order is %v", last.keys)
			}
		})
	}
}
