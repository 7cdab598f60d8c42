package ui

import (
	"bytes"
	"flag"
	"fmt"
	"html"
	"os"
	"strings"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/templates"
)

var writePicture = flag.Bool("picture", false, "write docs/screen.svg and docs/pictures.svg")

// TestPictureOfPictures keeps the manual's picture of the map and the pictures true.
func TestPictureOfPictures(t *testing.T) {
	doc, _ := templates.Tour()
	doc = append(doc, bytes.Repeat([]byte("Rows and columns, lengths and sums, names and numbers.\n"), 60)...)
	doc = append(doc, make([]byte, 2000)...)
	start := len(doc)
	for y := range 50 {
		for x := range 42 {
			dx, dy := x-21, y-25
			c := [3]byte{byte(4*x + 40), byte(5 * y), 90}
			if d := dx*dx + dy*dy; d < 300 {
				c = [3]byte{byte(250 - d/3), byte(200 - d/2), byte(60 + d/7)}
			}
			doc = append(doc, c[:]...)
		}
	}
	for i, v := 0, uint32(1); i < 6_000; i++ {
		v = v*1664525 + 1013904223
		doc = append(doc, byte(v>>24))
	}
	ed := model.New(mmapdoc.FromBytes("firmware.bin", doc))
	defer ed.Close()
	a := newApp(ed, nil, nil, 126, 40)
	a.grid.looks = byteStyles(true, true)
	for _, line := range []string{
		"map", "panel-show statistics", fmt.Sprintf("goto %#x", start), "set uint16 little 16973", "picture pixels", "pixel-origin", "pixel-depth 24", "pixel-stride 126",
		fmt.Sprintf("goto %#x", start+126*20+60),
	} {
		a.command(line)
		if n := ed.Notice(); n.Error {
			t.Fatalf("%s: %s", line, n.Text)
		}
	}
	a.arrange()
	for _, j := range []*model.Job{ed.MapJob(), ed.SurveyJob(false)} {
		ed.StartJob(j).Wait()
		if _, err := ed.Finish(j); err != nil {
			t.Fatal(err)
		}
	}
	ed.Notef("")
	a.draw()
	isDrawn(t, svg(&a.canvas), "../docs/pictures.svg")
}

// isDrawn compares a picture with its file, or writes that.
func isDrawn(t *testing.T, got, path string) {
	t.Helper()
	if *writePicture {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s does not show the screen as it is now; go test ./ui -run TestPicture -picture writes it", path)
	}
}

// TestPicture keeps the README's picture true: it is drawn from the cells of a frame.
func TestPicture(t *testing.T) {
	doc, messages := templates.Tour()
	ed := model.New(mmapdoc.FromBytes("tour", doc))
	defer ed.Close()
	a := newApp(ed, nil, nil, 126, 34)
	a.grid.looks = byteStyles(true, true)
	for _, line := range []string{
		"panel-show structure", "panel-show inspector", "panel-show text", "set uint16 little 16973",
		fmt.Sprintf("struct >BHIffH:version,type,length,temperature,humidity,crc %#x", messages[1]),
		fmt.Sprintf("select %#x:24", messages[3]+7),
	} {
		a.command(line)
		if n := ed.Notice(); n.Error {
			t.Fatalf("%s: %s", line, n.Text)
		}
	}
	a.arrange()
	a.draw()
	isDrawn(t, svg(&a.canvas), "../docs/screen.svg")
}

// svg draws a canvas as a picture, in the colours of a common dark terminal.
func svg(c *canvas) string {
	const cw, ch = 8.4, 18.0
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %.0f %.0f" font-family="monospace" font-size="14">`+"\n",
		cw*float64(c.w)+16, ch*float64(c.h)+16)
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" rx="6" fill="#1c1c1c"/>`+"\n")
	for y := range c.h {
		for x := 0; x < c.w; {
			st := c.cells[y*c.w+x].st
			end := x
			var text strings.Builder
			for end < c.w && c.cells[y*c.w+end].st == st {
				if r := c.cells[y*c.w+end].r; r != 0 {
					text.WriteRune(r)
				}
				end++
			}
			ink, ground := colour(st.inkOf(), "#d0d0d0"), colour(st.groundOf(), "")
			if st&reverse != 0 {
				if ground == "" {
					ground = "#1c1c1c"
				}
				ink, ground = ground, ink
			}
			px, py := 8+cw*float64(x), 8+ch*float64(y)
			if ground != "" {
				fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", px, py, cw*float64(end-x), ch, ground)
			}
			if s := text.String(); strings.Trim(s, "▀") == "" { // a font would leave gaps
				fmt.Fprintf(&b, `<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" fill="%s"/>`+"\n", px, py, cw*float64(end-x), ch/2, ink)
			} else if strings.TrimSpace(s) != "" {
				extra := ""
				if st&bold != 0 {
					extra += ` font-weight="bold"`
				}
				if st&underline != 0 {
					extra += ` text-decoration="underline"`
				}
				fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" textLength="%.1f" xml:space="preserve" fill="%s"%s>%s</text>`+"\n",
					px, py+13, cw*float64(end-x), ink, extra, html.EscapeString(s))
			}
			x = end
		}
	}
	return b.String() + "</svg>\n"
}

// colour gives a palette index, one more than it, as a web colour.
func colour(st style, none string) string {
	if st&exact != 0 {
		return fmt.Sprintf("#%06x", st&^exact)
	}
	c := int(st)
	basic := [...]string{"#1c1c1c", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc", "#11a8cd", "#e5e5e5",
		"#666666", "#f14c4c", "#23d18b", "#f5f543", "#3b8eea", "#d670d6", "#29b8db", "#ffffff"}
	switch c--; {
	case c < 0:
		return none
	case c < 16:
		return basic[c]
	case c >= 232:
		v := 8 + 10*(c-232)
		return fmt.Sprintf("#%02x%02x%02x", v, v, v)
	}
	level := func(n int) int {
		if n == 0 {
			return 0
		}
		return 55 + 40*n
	}
	c -= 16
	return fmt.Sprintf("#%02x%02x%02x", level(c/36), level(c/6%6), level(c%6))
}
