package ui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the golden files of testdata")

// picture is the terminal's text and, below, a letter for the look of each cell, with what the letters mean.
func (r *rig) picture() string {
	var b strings.Builder
	for _, l := range r.screenLines() {
		b.WriteString(l + "\n")
	}
	b.WriteString(strings.Repeat("=", r.em.Width()) + "\n")
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	names := map[style]rune{0: '.'}
	var legend []string
	for y := range r.em.Height() {
		var line strings.Builder
		for x := range r.em.Width() {
			c := r.em.CellAt(x, y)
			if c.Width == 0 { // the right half of a wide character
				line.WriteByte('"')
				continue
			}
			st := cellStyle(c)
			if strings.TrimSpace(c.Content) == "" && st&(reverse|underline) == 0 {
				st &= visibleOnBlank
			}
			if _, ok := names[st]; !ok {
				if names[st] = rune(0x4e00 + len(legend)); len(legend) < len(letters) { // pictures have very many looks
					names[st] = rune(letters[len(legend)])
				}
				legend = append(legend, fmt.Sprintf("%c %s", names[st], look(st)))
			}
			line.WriteRune(names[st])
		}
		b.WriteString(strings.TrimRight(line.String(), ".") + "\n")
	}
	b.WriteString(strings.Repeat("=", r.em.Width()) + "\n" + strings.Join(legend, "\n") + "\n")
	if r.cursorShown {
		at := r.em.CursorPosition()
		fmt.Fprintf(&b, "cursor at column %d, line %d\n", at.X, at.Y)
	}
	return b.String()
}

func look(s style) string {
	var out []string
	for _, c := range []struct {
		of   style
		name string
	}{{s.inkOf(), "ink"}, {s.groundOf(), "ground"}} {
		switch {
		case c.of&exact != 0:
			out = append(out, fmt.Sprintf("%s #%06x", c.name, c.of&^exact))
		case c.of > 0:
			out = append(out, fmt.Sprintf("%s %d", c.name, c.of-1))
		}
	}
	for i, name := range []string{"bold", "faint", "italic", "underline", "reverse"} {
		if s&(bold<<i) != 0 {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// TestGolden compares whole screens with the files in testdata; -update rewrites them.
func TestGolden(t *testing.T) {
	if testing.Short() {
		t.Skip("short: one goroutine draws them all")
	}
	binary := make([]byte, 700)
	for i := range binary {
		binary[i] = byte(i * i >> 3)
	}
	copy(binary[64:], "Grüße, 漢字 und \x1b[31mmehr\n\x00\xff\xfe")
	scenes := []struct {
		name string
		tour bool
		do   func(r *rig)
	}{
		{"tour", true, func(*rig) {}},
		{"tour-structure", true, func(r *rig) {
			r.line("panel-focus notes")
			r.keys("right", "right", "esc")
			r.settle()
		}},
		{"tour-template", true, func(r *rig) {
			r.line("overlay tour")
			r.line("node-goto messages[5].crc")
			r.settle()
		}},
		{"panels", false, func(r *rig) {
			r.keys("f2", "f5")
			r.line("goto 64")
			r.line("sidecar")
			r.keys("shift+down", "shift+right")
		}},
		{"help", false, func(r *rig) { r.keys("f1") }},
		{"palette", false, func(r *rig) { r.keys("ctrl+p", "s", "e", "down") }},
		{"line", false, func(r *rig) { r.keys("f10", "s", "a", "tab", "tab") }},
		{"question", false, func(r *rig) { r.keys("a", "ctrl+q") }},
		{"comparison", false, func(r *rig) {
			r.line("compare region 0:300 5:320")
			r.keys("n", "n", "l", "esc")
		}},
		{"error", false, func(r *rig) { r.line("goto 0x10000") }},
		{"list-strings", false, func(r *rig) {
			r.line("strings 3 utf-8,utf-16-le")
			r.keys("/", "e")
		}},
		{"list-hashes", false, func(r *rig) {
			r.line("hash")
			r.keys("esc")
			r.line("hash crc-16/modbus @0:64")
			r.keys("down", "up")
		}},
		{"list-carved", true, func(r *rig) {
			r.line("carve bmp message")
			r.keys("down")
		}},
		{"list-which", true, func(r *rig) {
			r.line("which 0000 @0:40")
			r.keys("down", "esc", "0")
		}},
		{"preview", false, func(r *rig) {
			r.line("select 64:20")
			r.keys("f10")
			r.paste("xor u2le = i * 3")
		}},
		{"map", false, func(r *rig) {
			r.line("map classes")
			r.line("find 00 00")
			r.line("hits 00")
			r.keys("esc")
			r.line("panel hits")
			r.keys("m", "x", "ff")
			r.line("goto 300")
		}},
		{"picture-entropy", false, func(r *rig) { r.line("map"); r.line("picture entropy"); r.keys("right", "right") }},
		{"picture-histogram", false, func(r *rig) { r.line("picture histogram"); r.keys("right", "down") }},
		{"picture-digram", false, func(r *rig) { r.line("picture digram"); r.keys("right", "down", "w") }},
		{"picture-pixels", false, func(r *rig) {
			r.line("picture pixels")
			r.line("pixel-stride 45")
			r.keys("b", "b", "c", "-", "down", "right")
		}},
		{"statistics", false, func(r *rig) { r.line("panel-focus statistics") }},
		{"insert-text", false, func(r *rig) { r.keys("insert", "tab"); r.keys("H", "e", "x"); r.line("group 2") }},
	}
	for _, s := range scenes {
		for _, size := range [][2]int{{80, 24}, {120, 40}, {200, 60}, {20, 5}} {
			name := fmt.Sprintf("%s_%dx%d", s.name, size[0], size[1])
			t.Run(name, func(t *testing.T) {
				ed, o := edit(binary), Options{}
				if s.tour {
					ed, o = tour()
				}
				inTerminal(t, ed, rigOptions{w: size[0], h: size[1], options: o}, func(r *rig) {
					s.do(r)
					r.settle()
					r.right()
					got := r.picture()
					file := filepath.Join("testdata", name+".txt")
					if *update {
						if err := os.WriteFile(file, []byte(got), 0o666); err != nil {
							t.Fatal(err)
						}
						return
					}
					want, err := os.ReadFile(file)
					if err != nil {
						t.Fatal(err)
					}
					if got != string(want) {
						t.Errorf("the screen differs from %s (go test ./ui -update rewrites it):\n%s", file, lineDiff(string(want), got))
					}
				})
			})
		}
	}
}

// lineDiff shows the lines that differ.
func lineDiff(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	var b strings.Builder
	for i := range max(len(w), len(g)) {
		var a, c string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			c = g[i]
		}
		if a != c {
			fmt.Fprintf(&b, "line %d\n  want %s\n  got  %s\n", i+1, a, c)
		}
	}
	return b.String()
}
