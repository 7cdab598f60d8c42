//go:build linux

package terminal

import (
	"io"
	"strings"

	"github.com/charmbracelet/x/vt"
)

// A Screen is what a terminal shows.
type Screen struct {
	em         *vt.Emulator
	rows, cols int
}

func newScreen(rows, cols int) *Screen {
	s := &Screen{vt.NewEmulator(cols, rows), rows, cols}
	go io.Copy(io.Discard, s.em) // its own answers to queries, which would block it; the session gives others
	return s
}

func (s *Screen) write(b []byte) { _, _ = s.em.Write(b) }

func (s *Screen) close() { _ = s.em.Close() }

func (s *Screen) cell(x, y int) string {
	c := s.em.CellAt(x, y)
	if c == nil || c.Content == "" {
		return " "
	}
	return c.Content
}

// filled is the number of cells that are not blank.
func (s *Screen) filled() (n int) {
	for y := range s.rows {
		for x := range s.cols {
			if s.cell(x, y) != " " {
				n++
			}
		}
	}
	return n
}

func (s *Screen) Lines() []string {
	lines := make([]string, s.rows)
	for y := range s.rows {
		var b strings.Builder
		for x := range s.cols {
			b.WriteString(s.cell(x, y))
		}
		lines[y] = strings.TrimRight(b.String(), " ")
	}
	return lines
}
