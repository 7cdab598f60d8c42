package ui

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/ansi/kitty"
)

// sentImage is a picture that the program sent to the terminal, or an order to take one away.
type sentImage struct {
	kitty   bool
	keys    map[string]string // kitty's
	image   image.Image       // nil: it is taken away
	at, end int               // in the output
}

// sentImages reads the pictures out of what was written to a terminal.
func sentImages(t *testing.T, out []byte) (sent []sentImage) {
	t.Helper()
	p := ansi.NewParser()
	p.SetDataSize(4 << 20)
	var state byte
	var data []byte
	var open *sentImage
	for at := 0; at < len(out); {
		seq, _, n, next := ansi.DecodeSequence(out[at:], state, nil)
		state = next
		if n == 0 {
			t.Fatalf("the output ends within a sequence: %.60q", out[at:])
		}
		switch {
		case bytes.HasPrefix(seq, []byte("\x1b_G")):
			head, body, _ := strings.Cut(strings.TrimSuffix(string(seq[3:]), "\x1b\\"), ";")
			keys := make(map[string]string)
			for _, kv := range strings.Split(head, ",") {
				k, v, _ := strings.Cut(kv, "=")
				keys[k] = v
			}
			switch {
			case keys["a"] == "q":
			case keys["a"] == "d":
				sent = append(sent, sentImage{kitty: true, keys: keys, at: at, end: at + n})
			default:
				if open == nil {
					open = &sentImage{kitty: true, keys: keys, at: at}
					data = data[:0]
				}
				if len(body) > 4096 {
					t.Errorf("a piece of %d bytes", len(body))
				}
				data = append(data, body...)
				if keys["m"] != "1" {
					raw, err := base64.StdEncoding.DecodeString(string(data))
					if err != nil {
						t.Fatal(err)
					}
					d := kitty.Decoder{Decompress: open.keys["o"] == "z", Format: kitty.RGB}
					fmt.Sscan(open.keys["s"], &d.Width)
					fmt.Sscan(open.keys["v"], &d.Height)
					if open.image, err = d.Decode(bytes.NewReader(raw)); err != nil {
						t.Fatal(err)
					}
					open.end = at + n
					sent = append(sent, *open)
					open = nil
				}
			}
		case bytes.HasPrefix(seq, []byte("\x1bP")):
			_, body, ok := bytes.Cut(bytes.TrimSuffix(seq, []byte("\x1b\\")), []byte("q"))
			if !ok {
				t.Fatalf("not a sixel: %.40q", seq)
			}
			sent = append(sent, sentImage{image: readSixel(t, body), at: at, end: at + n})
		}
		at += n
	}
	if open != nil {
		t.Error("the last picture is not complete")
	}
	return sent
}

// readSixel draws a sixel picture as a terminal does: the size that it tells, colours in percent, repetitions, passes and bands.
func readSixel(t *testing.T, b []byte) image.Image {
	t.Helper()
	numbers := func() (n []int) { // "1;2;3"
		for v, digits := 0, false; ; b = b[1:] {
			switch {
			case len(b) > 0 && b[0] >= '0' && b[0] <= '9':
				v, digits = v*10+int(b[0]-'0'), true
			case digits:
				n = append(n, v)
				v, digits = 0, false
				fallthrough
			default:
				if len(b) == 0 || b[0] != ';' {
					return n
				}
			}
		}
	}
	var m *image.RGBA
	palette := make(map[int]color.RGBA)
	var ink color.RGBA
	x, band, times := 0, 0, 1
	for len(b) > 0 {
		c := b[0]
		b = b[1:]
		switch {
		case c == '"':
			n := numbers()
			if len(n) != 4 || n[0] != 1 || n[1] != 1 {
				t.Fatalf("the raster is %v", n)
			}
			m = image.NewRGBA(image.Rect(0, 0, n[2], n[3]))
		case c == '#':
			n := numbers()
			if len(n) == 5 && n[1] == 2 {
				palette[n[0]] = color.RGBA{uint8(n[2] * 255 / 100), uint8(n[3] * 255 / 100), uint8(n[4] * 255 / 100), 255}
			} else if len(n) != 1 {
				t.Fatalf("a colour of %v", n)
			}
			var ok bool
			if ink, ok = palette[n[0]]; !ok {
				t.Fatalf("colour %d was not told", n[0])
			}
		case c == '!':
			times = numbers()[0]
		case c == '$':
			x = 0
		case c == '-':
			x, band = 0, band+6
		case c >= '?' && c <= '~':
			for ; times > 0; times-- {
				for bit := range 6 {
					if (c-'?')>>bit&1 == 1 {
						if !(image.Point{x, band + bit}).In(m.Bounds()) {
							t.Fatalf("a pixel at %d, %d of %v", x, band+bit, m.Bounds())
						}
						m.SetRGBA(x, band+bit, ink)
					}
				}
				x++
			}
			times = 1
		default:
			t.Fatalf("%q in a sixel", c)
		}
	}
	for i := 3; i < len(m.Pix); i += 4 {
		if m.Pix[i] == 0 {
			t.Fatalf("pixel %d has no colour", i/4)
		}
	}
	return m
}

func someImage(w, h, colours int) *image.RGBA {
	rnd := rand.New(rand.NewPCG(uint64(w), uint64(colours)))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	list := make([]color.RGBA, colours)
	for i := range list {
		list[i] = color.RGBA{uint8(rnd.Uint32()), uint8(rnd.Uint32()), uint8(rnd.Uint32()), 255}
	}
	for y := range h {
		for x := range w {
			m.SetRGBA(x, y, list[rnd.IntN(1+rnd.IntN(colours))])
		}
	}
	return m
}

// near tells whether two pictures have the same colours but for off in each channel.
func near(a, b image.Image, off int) error {
	if a.Bounds().Size() != b.Bounds().Size() {
		return fmt.Errorf("the size is %v, want %v", a.Bounds().Size(), b.Bounds().Size())
	}
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			r, g, bl, _ := a.At(x, y).RGBA()
			r2, g2, b2, _ := b.At(x, y).RGBA()
			for _, d := range []int{int(r>>8) - int(r2>>8), int(g>>8) - int(g2>>8), int(bl>>8) - int(b2>>8)} {
				if abs(d) > off {
					return fmt.Errorf("pixel %d, %d is %v, want %v", x, y, a.At(x, y), b.At(x, y))
				}
			}
		}
	}
	return nil
}

// TestGraphicsDecode: what is sent becomes the same picture again.
func TestGraphicsDecode(t *testing.T) {
	for _, c := range []struct{ w, h, colours, off int }{{1, 1, 1, 0}, {3, 7, 2, 0}, {40, 30, 200, 0}, {130, 60, 3000, 26}, {300, 6, 256, 0}} {
		m := someImage(c.w, c.h, c.colours)
		for _, how := range []protocol{kittyGraphics, sixelGraphics} {
			var b []byte
			if how == kittyGraphics {
				b = appendKitty(nil, 5, m, 2, 3)
			} else {
				b = appendSixel(nil, m)
			}
			sent := sentImages(t, b)
			if len(sent) != 1 {
				t.Fatalf("%d pictures", len(sent))
			}
			off := 0
			if how == sixelGraphics {
				off = c.off + 2 // its colours are in percent
			}
			if err := near(sent[0].image, m, off); err != nil {
				t.Errorf("%+v, protocol %d: %v", c, how, err)
			}
		}
	}
}

// pixelsDocument has the colour of each of its pixels in three bytes.
func pixelsDocument() []byte {
	b := make([]byte, 30_000)
	for i := range b {
		b[i] = byte(i/3*7) &^ 31
	}
	return b
}

const kittyAnswers, sixelAnswers = "\x1b[6;20;10t\x1b_Gi=31;OK\x1b\\\x1b[?62;c", "\x1b[6;20;10t\x1b[?62;4;22c"

// TestGraphicsOnTheScreen: after the terminal has answered, pictures come in its pixels; a dialog, another picture and the end of
// the program take them away again.
func TestGraphicsOnTheScreen(t *testing.T) {
	for name, answers := range map[string]string{"kitty": kittyAnswers, "sixel": sixelAnswers} {
		t.Run(name, func(t *testing.T) {
			isKitty := name == "kitty"
			var r *rig
			inTerminal(t, edit(pixelsDocument()), rigOptions{w: 120, h: 40}, func(rg *rig) {
				r = rg
				r.line("picture pixels")
				r.line("pixel-depth 24")
				r.line("pixel-stride 300")
				if n := strings.Count(r.out.all.String(), askGraphics); n != 1 {
					t.Fatalf("the terminal is asked %d times", n)
				}
				if sent := sentImages(t, r.out.all.Bytes()); len(sent) != 0 {
					t.Fatalf("%d pictures before the terminal has answered", len(sent))
				}
				r.out.all.Reset()
				r.send(answers)
				r.settle()
				body := r.panelRect("picture")
				body.h-- // the last line is text
				sent := sentImages(t, r.out.all.Bytes())
				if len(sent) != 1 || sent[0].kitty != isKitty || sent[0].image == nil {
					t.Fatalf("%d pictures: %+v", len(sent), sent)
				}
				place := fmt.Sprintf("\x1b[%d;%dH", body.y+1, body.x+1)
				if before := r.out.all.Bytes()[:sent[0].at]; !bytes.HasSuffix(before, []byte(place)) {
					t.Errorf("before the picture stands %q, want %q", before[max(0, len(before)-20):], place)
				}
				if isKitty && (sent[0].keys["c"] != fmt.Sprint(body.w) || sent[0].keys["r"] != fmt.Sprint(body.h)) {
					t.Errorf("the picture goes over %s × %s cells, want %d × %d", sent[0].keys["c"], sent[0].keys["r"], body.w, body.h)
				}
				if size := sent[0].image.Bounds().Size(); !isKitty && (size.X != body.w*10 || size.Y > body.h*20 || size.Y <= body.h*20-6) {
					t.Errorf("the picture has %v pixels, the place %d × %d cells of 10 × 20", size, body.w, body.h)
				}
				doc := pixelsDocument()
				for _, p := range []image.Point{{7, 3}, {99, 0}, {50, 99}} {
					at := p.Y*300 + p.X*3
					got, _, _, _ := sent[0].image.At(p.X, p.Y).RGBA()
					if abs(int(got>>8)-int(doc[at])) > 2 {
						t.Errorf("pixel %v is %d, the byte %d", p, got>>8, doc[at])
					}
				}
				r.right() // the cells below are blank

				r.out.all.Reset()
				r.keys("f1") // help stands over it
				if isKitty {
					if sent := sentImages(t, r.out.all.Bytes()); len(sent) != 1 || sent[0].image != nil {
						t.Errorf("the dialog does not take the picture away: %+v", sent)
					}
				}
				r.right()
				r.out.all.Reset()
				r.keys("esc")
				if sent := sentImages(t, r.out.all.Bytes()); len(sent) != 1 || sent[0].image == nil {
					t.Errorf("the picture does not come back: %+v", sent)
				}
				r.out.all.Reset()
				r.resize(130, 40)
				if sent := sentImages(t, r.out.all.Bytes()); len(sent) == 0 || sent[len(sent)-1].image == nil {
					t.Errorf("after a resize: %+v", sent)
				}
				r.right()
				r.keys("down") // the marked pixel moves: a new picture in place of the old one
				r.line("picture-graphics off")
				r.right()
				r.line("picture-graphics on")
				r.out.all.Reset()
			})
			out := r.out.all.Bytes()
			leave := bytes.Index(out, leaveAlt)
			if leave < 0 {
				t.Fatal("the program did not leave its screen")
			}
			if isKitty {
				sent := sentImages(t, out[:leave])
				if len(sent) == 0 || sent[len(sent)-1].image != nil {
					t.Errorf("a picture stays at the end: %+v", sent)
				}
			}
		})
	}
}

// TestGraphicsAnswers: answers that make no sense change nothing.
func TestGraphicsAnswers(t *testing.T) {
	inTerminal(t, edit(pixelsDocument()), rigOptions{w: 120, h: 40}, func(r *rig) {
		r.line("picture pixels")
		for _, s := range []string{"\x1b_Gi=31;ENOTSUP:no\x1b\\", "\x1b_Gi=32;OK\x1b\\", "\x1b_G\x1b\\", "\x1b[6;0;0t", "\x1b[6;100000;100000t", "\x1b[?62;40;44c", "\x1b_Gi=31", "\x1b\\"} {
			r.send(s)
			r.settle()
		}
		if r.app.graphics.ready() {
			t.Errorf("%+v", r.app.graphics)
		}
		if sent := sentImages(t, r.out.all.Bytes()); len(sent) != 0 {
			t.Errorf("%d pictures", len(sent))
		}
		r.right()
	})
}
