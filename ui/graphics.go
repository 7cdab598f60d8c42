package ui

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"fmt"
	"hash/maphash"
	"image"
	"image/color"
	"strconv"
	"sync/atomic"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
)

// Terminals with a graphics protocol show pictures in their own pixels. Which one a terminal has it is asked when the first
// picture comes to the screen, and until it answers, or if it never does, pictures are made of half-blocks.

// protocol is how a terminal takes pictures.
type protocol uint8

const (
	noGraphics protocol = iota
	sixelGraphics
	kittyGraphics
)

// graphics is what the terminal said.
type graphics struct {
	asked        bool
	protocol     protocol
	cellW, cellH int // pixels of a cell; 0 while it is not known
}

// askGraphics are the questions: the size of a cell; kitty's, with a picture of one pixel that is not kept; and what the
// terminal is, where 4 stands for sixel. Every terminal answers the last one.
const askGraphics = "\x1b[16t" + "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\" + ansi.RequestPrimaryDeviceAttributes

// heard takes an answer; it tells whether something is known now that was not before.
func (g *graphics) heard(msg any) bool {
	was := *g
	switch msg := msg.(type) {
	case uv.KittyGraphicsEvent:
		if msg.Options.ID == 31 && string(msg.Payload) == "OK" {
			g.protocol = kittyGraphics
		}
	case uv.PrimaryDeviceAttributesEvent:
		for _, a := range msg {
			if a == 4 {
				g.protocol = max(g.protocol, sixelGraphics)
			}
		}
	case uv.CellSizeEvent:
		if msg.Width > 0 && msg.Height > 0 && msg.Width <= 200 && msg.Height <= 200 {
			g.cellW, g.cellH = msg.Width, msg.Height
		}
	}
	return *g != was
}

// ready tells that pictures can be sent. Sixels are as large as they are, so the size of a cell must be known.
func (g *graphics) ready() bool {
	return g.protocol == kittyGraphics || g.protocol == sixelGraphics && g.cellW > 0
}

// pixels is how large a picture over w × h cells is to be; what the terminal scales itself is made no larger than it has to be.
func (g *graphics) pixels(w, h int) (pw, ph int) {
	cw, ch := g.cellW, g.cellH
	if cw == 0 {
		cw, ch = 8, 16
	}
	pw, ph = w*cw, h*ch
	if g.protocol == sixelGraphics {
		return pw, ph / 6 * 6 // its rows come in sixes, and it must not reach into the line below
	}
	for pw*ph > enough {
		pw, ph = (pw+1)/2, (ph+1)/2
	}
	return pw, ph
}

// enough is how many pixels a picture has at most that the terminal scales: drawing more would hold up the keys.
const enough = 200_000

// shownImage is a picture over some cells of a frame, which are blank.
type shownImage struct {
	r   rect
	m   *image.RGBA
	sum uint64 // of its pixels, to tell pictures apart
	how protocol
}

var imageSeed = maphash.MakeSeed()

func newShownImage(r rect, m *image.RGBA, how protocol) shownImage {
	return shownImage{r, m, maphash.Bytes(imageSeed, m.Pix), how}
}

func (i shownImage) same(o shownImage) bool { return i.r == o.r && i.sum == o.sum && i.how == o.how }

// The pictures that the program sends to kitty have numbers from firstImage on.
const firstImage = 7300

// imagesSent tells that pictures were sent to kitty, for an end in which nobody knows which.
var imagesSent atomic.Bool

// appendKitty writes what shows m over cols × rows cells at the cursor, under the given number. The picture goes behind no text,
// the cursor stays, and the terminal answers nothing.
// https://sw.kovidgoyal.net/kitty/graphics-protocol/
func appendKitty(b []byte, id int, m *image.RGBA, cols, rows int) []byte {
	size := m.Bounds().Size()
	var packed bytes.Buffer
	z, _ := zlib.NewWriterLevel(&packed, zlib.BestSpeed) // the level is a valid one
	line := make([]byte, 0, 3*size.X)
	for y := range size.Y {
		line = line[:0]
		for x := range size.X {
			p := m.Pix[m.PixOffset(x, y):]
			line = append(line, p[0], p[1], p[2])
		}
		_, _ = z.Write(line) // into memory
	}
	_ = z.Close()
	const chunk = 4096
	data := base64.StdEncoding.EncodeToString(packed.Bytes())
	for first := true; first || data != ""; first = false {
		n := min(chunk, len(data))
		more := 0
		if len(data) > n {
			more = 1
		}
		b = append(b, "\x1b_G"...)
		if first {
			b = fmt.Appendf(b, "a=T,f=24,o=z,t=d,s=%d,v=%d,i=%d,p=1,c=%d,r=%d,C=1,q=2,m=%d", size.X, size.Y, id, cols, rows, more)
		} else {
			b = fmt.Appendf(b, "q=2,m=%d", more)
		}
		b = append(b, ';')
		b = append(b, data[:n]...)
		b = append(b, "\x1b\\"...)
		data = data[n:]
	}
	return b
}

// appendDeleteKitty takes a picture away, with its data.
func appendDeleteKitty(b []byte, id int) []byte {
	return fmt.Appendf(b, "\x1b_Ga=d,d=I,i=%d,q=2\x1b\\", id)
}

// deleteAllKitty takes all pictures of the screen away.
const deleteAllKitty = "\x1b_Ga=d,d=A,q=2\x1b\\"

// appendSixel writes m as sixels: bands of six rows, in each of them one pass for every colour. Pictures of more than 256
// colours lose the lowest bits of their channels, or get the nearest of 6 × 7 × 6 colours.
// DEC STD 070, chapter 9; https://vt100.net/docs/vt3xx-gp/chapter14.html
func appendSixel(b []byte, m *image.RGBA) []byte {
	size := m.Bounds().Size()
	index, palette := sixelPalette(m)
	b = fmt.Appendf(b, "\x1bP0;1;0q\"1;1;%d;%d", size.X, size.Y)
	for i, c := range palette {
		percent := func(v uint8) int { return (int(v)*100 + 127) / 255 }
		b = fmt.Appendf(b, "#%d;2;%d;%d;%d", i, percent(c.R), percent(c.G), percent(c.B))
	}
	bits := make([]byte, len(palette)*size.X) // of the band's columns, by colour
	used := make([]bool, len(palette))
	for top := 0; top < size.Y; top += 6 {
		clear(bits)
		clear(used)
		for y := top; y < min(top+6, size.Y); y++ {
			for x := range size.X {
				i := int(index[y*size.X+x])
				bits[i*size.X+x] |= 1 << (y - top)
				used[i] = true
			}
		}
		first := true
		for i := range palette {
			if !used[i] {
				continue
			}
			if !first {
				b = append(b, '$')
			}
			first = false
			b = append(b, '#')
			b = strconv.AppendInt(b, int64(i), 10)
			row := bits[i*size.X : (i+1)*size.X]
			for x := 0; x < len(row); {
				n := 1
				for x+n < len(row) && row[x+n] == row[x] {
					n++
				}
				if x+n == len(row) && row[x] == 0 {
					break // blank to the end
				}
				if n > 3 {
					b = append(b, '!')
					b = strconv.AppendInt(b, int64(n), 10)
					b = append(b, '?'+row[x])
				} else {
					for range n {
						b = append(b, '?'+row[x])
					}
				}
				x += n
			}
		}
		b = append(b, '-')
	}
	return append(b, "\x1b\\"...)
}

// sixelPalette gives at most 256 colours, and which of them each pixel has.
func sixelPalette(m *image.RGBA) (index []uint8, palette []color.RGBA) {
	size := m.Bounds().Size()
	index = make([]uint8, size.X*size.Y)
	for _, keep := range []uint8{0xff, 0xfc, 0xf8, 0xf0} {
		seen := make(map[[3]uint8]uint8)
		palette = palette[:0]
		fits := true
		for y := 0; y < size.Y && fits; y++ {
			for x := range size.X {
				p := m.Pix[m.PixOffset(x, y):]
				k := [3]uint8{p[0] & keep, p[1] & keep, p[2] & keep}
				i, ok := seen[k]
				if !ok {
					if len(palette) == 256 {
						fits = false
						break
					}
					i = uint8(len(palette))
					seen[k] = i
					spread := func(v uint8) uint8 { return uint8(int(v) * 255 / int(keep)) } // white stays white
					palette = append(palette, color.RGBA{spread(k[0]), spread(k[1]), spread(k[2]), 255})
				}
				index[y*size.X+x] = i
			}
		}
		if fits {
			return index, palette
		}
	}
	palette = palette[:0]
	levels := [3]int{6, 7, 6}
	for i := range levels[0] * levels[1] * levels[2] {
		palette = append(palette, color.RGBA{uint8(i / 42 * 255 / 5), uint8(i / 6 % 7 * 255 / 6), uint8(i % 6 * 255 / 5), 255})
	}
	for y := range size.Y {
		for x := range size.X {
			p := m.Pix[m.PixOffset(x, y):]
			i := 0
			for k, n := range levels {
				i = i*n + (int(p[k])*(n-1)+127)/255
			}
			index[y*size.X+x] = uint8(i)
		}
	}
	return index, palette
}
