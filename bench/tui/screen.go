//go:build linux

package main

import (
	"io"
	"strings"

	"github.com/charmbracelet/x/vt"
)

// screen is what a terminal shows.
type screen struct {
	em         *vt.Emulator
	rows, cols int
}

func newScreen(rows, cols int) *screen {
	s := &screen{vt.NewEmulator(cols, rows), rows, cols}
	go io.Copy(io.Discard, s.em) // its own answers to queries, which would block it; the session gives others
	return s
}

func (s *screen) write(b []byte) { _, _ = s.em.Write(b) }

func (s *screen) close() { _ = s.em.Close() }

func (s *screen) cell(x, y int) string {
	c := s.em.CellAt(x, y)
	if c == nil || c.Content == "" {
		return " "
	}
	return c.Content
}

// filled is the number of cells that are not blank.
func (s *screen) filled() (n int) {
	for y := range s.rows {
		for x := range s.cols {
			if s.cell(x, y) != " " {
				n++
			}
		}
	}
	return n
}

func (s *screen) lines() []string {
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
