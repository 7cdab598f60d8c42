package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/picture"
	"hexlay/overlay/stats"
)

// MapMode is what the map's colours mean.
type MapMode string

// MapModes are the modes of the map, in the order in which a key goes through them.
var MapModes = []MapMode{MapEntropy, MapClasses, MapChanges, MapHits, MapOverlays}

// The modes of the map.
const (
	MapEntropy  MapMode = "entropy"
	MapClasses  MapMode = "classes"
	MapChanges  MapMode = "changes"
	MapHits     MapMode = "hits"
	MapOverlays MapMode = "overlays"
)

// PictureKind is what the picture panel shows.
type PictureKind string

// The pictures.
const (
	PictureEntropy   PictureKind = "entropy"
	PictureHistogram PictureKind = "histogram"
	PictureDigram    PictureKind = "digram"
	PicturePixels    PictureKind = "pixels"
	PictureTraffic   PictureKind = "traffic" // of captures only
)

// PictureKinds are the pictures in the order in which a key goes through them.
var PictureKinds = []PictureKind{PictureEntropy, PictureHistogram, PictureDigram, PicturePixels, PictureTraffic}

// Plot tells that the picture is a curve or bars, seen better with finer points than in many colours.
func (k PictureKind) Plot() bool {
	return k == PictureEntropy || k == PictureHistogram || k == PictureTraffic
}

// pictures is what the user chose of them.
type pictures struct {
	survey *Survey
	shown  *Survey // the one before, while the new one knows nothing
	block  int64   // of the entropy plot; 0: by the length
	linear bool
	curved bool // the chart of traffic is logarithmic
	text   bool // pictures are made of characters only
	whole  bool // of the document also where the user has selected something
	match  bool // of the selection also where a search has made it
	kind   PictureKind
	mode   MapMode
	width  int // of the map, in columns; 0: the usual
	pixels PixelView
}

// PixelView is how and from where on bytes are shown as pixels.
type PixelView struct {
	picture.Format
	Origin int64 // offset of the first row's first byte; rows before it are not shown
	Zoom   int   // above 1: a pixel is so many wide and high; below −1: only every so manieth is shown
	guess  int   // which of the guessed row lengths it is, from 1 on; 0: none, or the depth is another one since
	bytes  bool  // the row's bytes were guessed, so they stay when the depth changes
}

// MapWidth is how wide the map is, in columns, its edge included.
func (e *Editor) MapWidth() int {
	if e.pictures.width == 0 {
		return usualMapWidth
	}
	return e.pictures.width
}

const usualMapWidth, leastMapWidth, mostMapWidth = 8, 4, 18

// MapMode is what the map's colours mean.
func (e *Editor) MapMode() MapMode {
	if e.pictures.mode == "" {
		return MapEntropy
	}
	return e.pictures.mode
}

// PictureKind is what the picture panel shows.
func (e *Editor) PictureKind() PictureKind {
	if e.pictures.kind == "" {
		return PictureEntropy
	}
	return e.pictures.kind
}

// LinearPlots tells that plots of counts are in proportion; else they are logarithmic.
func (e *Editor) LinearPlots() bool {
	if e.PictureKind() == PictureTraffic {
		return !e.pictures.curved
	}
	return e.pictures.linear
}

func (e *Editor) setLinear(on bool) {
	if e.PictureKind() == PictureTraffic {
		e.pictures.curved = !on
	} else {
		e.pictures.linear = on
	}
}

// ofSelection tells whether pictures and statistics are of a selection, which a search has made or the user.
func (p *pictures) ofSelection(found bool) bool {
	if found {
		return p.match
	}
	return !p.whole
}

// runPictureOf takes the other of the document and the selection. A match and a selection that the user made have each their
// own choice, so that one look at a match leaves pictures of selections as they are.
func runPictureOf(e *Editor, args []string) (Effect, error) {
	if e.Selection().Len() < 2 {
		return nil, errors.New("picture-of: nothing is selected that a picture could be made of; it shows all")
	}
	p := &e.pictures
	sel := !p.ofSelection(e.found)
	if len(args) > 0 {
		sel = args[0] == "selection"
	}
	if e.found {
		p.match = sel
	} else {
		p.whole = !sel
	}
	e.Notef("pictures and statistics are of %s", count(e.SurveyRange().Len(), "byte"))
	return nil, nil
}

// PicturesOfText tells that pictures are to be made of characters also where the terminal can show others.
func (e *Editor) PicturesOfText() bool { return e.pictures.text }

// Pixels is how bytes are shown as pixels.
func (e *Editor) Pixels() PixelView {
	p := e.pictures.pixels
	if p.Depth == 0 {
		p.Format = picture.Format{Depth: 8, Stride: 256}
		p.Zoom = 1
	}
	p.Origin = min(p.Origin, e.Size())
	return p
}

func pictureCommands() []*Command {
	words := func(kinds []PictureKind) (w []string) {
		for _, k := range kinds {
			w = append(w, string(k))
		}
		return append(w, "next")
	}
	modes := []string{"on", "off", "next"}
	for _, m := range MapModes {
		modes = append(modes, string(m))
	}
	var depths, order []string
	for _, d := range picture.Depths {
		depths = append(depths, strconv.Itoa(d))
		order = append(order, picture.Orders(d)...)
	}
	return []*Command{
		{Name: "map", Group: "Pictures", Help: "Show or hide the map of the whole document, or choose what its colours mean",
			Args: []Arg{{Kind: ArgWord, Choices: modes, Optional: true}}, Enabled: (*Editor).noMap, Run: runMap},
		{Name: "map-width", Group: "Pictures", Help: fmt.Sprintf("Columns of the map, %d to %d", leastMapWidth, mostMapWidth),
			Args: []Arg{{Kind: ArgNumber, Optional: true}}, Run: runMapWidth},
		{Name: "picture", Group: "Pictures", Help: "Show the document or the selection as a picture: entropy, histogram, digram, pixels",
			Args: []Arg{{Kind: ArgWord, Choices: words(PictureKinds), Optional: true}}, Run: runPicture},
		{Name: "picture-whole", Group: "Pictures", Help: "Enlarge the picture to the whole screen, and back",
			Run: func(*Editor, []string) (Effect, error) { return Panel{"picture", Enlarge}, nil }},
		{Name: "picture-of", Group: "Pictures", Help: "Pictures and statistics of the selection or of the document, or the other of the two",
			Args: []Arg{{Kind: ArgWord, Choices: []string{"selection", "document"}, Optional: true}}, Run: runPictureOf},
		{Name: "picture-scale", Group: "Pictures", Help: "Counts in pictures logarithmic or linear, or the other of the two",
			Args: []Arg{{Kind: ArgWord, Choices: []string{"log", "linear"}, Optional: true}},
			Run: func(e *Editor, args []string) (Effect, error) {
				linear := !e.LinearPlots()
				if len(args) > 0 {
					linear = args[0] == "linear"
				}
				e.setLinear(linear)
				e.Notef("counts are %s", map[bool]string{true: "linear", false: "logarithmic"}[linear])
				return nil, nil
			}},
		{Name: "picture-graphics", Group: "Pictures", Help: "Pictures in the terminal's own pixels, where it has kitty's graphics or sixel, or of characters",
			Args: []Arg{{Kind: ArgWord, Choices: []string{"on", "off"}, Optional: true}},
			Run: func(e *Editor, args []string) (Effect, error) {
				e.pictures.text = !e.pictures.text
				if len(args) > 0 {
					e.pictures.text = args[0] == "off"
				}
				e.Notef("pictures are %s", map[bool]string{true: "made of characters", false: "in pixels where the terminal has them"}[e.pictures.text])
				return nil, nil
			}},
		{Name: "picture-block", Group: "Pictures", Help: "Bytes in a block of the entropy plot: a number, auto, half or double",
			Args: []Arg{{Kind: ArgAddress, Optional: true}}, Run: runPictureBlock},
		{Name: "pixel-depth", Group: "Pictures", Help: "Bits of a pixel; without a number the next of 1, 8, 24, 32",
			Args: []Arg{{Kind: ArgWord, Choices: depths, Optional: true}}, Run: runPixelDepth},
		{Name: "pixel-order", Group: "Pictures", Help: "Order of the channels in a pixel; without one the next",
			Args: []Arg{{Kind: ArgWord, Choices: order, Optional: true}}, Run: runPixelOrder},
		{Name: "pixel-stride", Group: "Pictures", Help: "Bytes in a row of pixels; +N and -N are relative",
			Args: []Arg{{Kind: ArgAddress, Optional: true}}, Run: runPixelStride},
		{Name: "pixel-wider", Group: "Pictures", Help: "Rows one pixel longer",
			Run: func(e *Editor, _ []string) (Effect, error) { return nil, e.widen(1) }},
		{Name: "pixel-narrower", Group: "Pictures", Help: "Rows one pixel shorter",
			Run: func(e *Editor, _ []string) (Effect, error) { return nil, e.widen(-1) }},
		{Name: "pixel-guess", Group: "Pictures", Help: "Guess the length of a row from how the bytes repeat; again for the next guess",
			Run: runPixelGuess},
		{Name: "pixel-flip", Group: "Pictures", Help: "Rows from the top down or, as in a BMP, from the bottom up",
			Run: func(e *Editor, _ []string) (Effect, error) {
				p := e.Pixels()
				p.BottomUp = !p.BottomUp
				e.setPixels(p)
				return nil, nil
			}},
		{Name: "pixel-zoom", Group: "Pictures", Help: "Pixels larger or smaller: in, out, or 1",
			Args: []Arg{{Kind: ArgWord, Choices: []string{"in", "out", "1"}}}, Run: runPixelZoom},
		{Name: "pixel-origin", Group: "Pictures", Help: "Where the first row begins: an address; without one the cursor",
			Args: []Arg{{Kind: ArgAddress, Optional: true}},
			Run: func(e *Editor, args []string) (Effect, error) {
				at := e.Target().Start
				if len(args) > 0 {
					var err error
					if at, err = e.Address(args[0]); err != nil {
						return nil, err
					}
				}
				p := e.Pixels()
				p.Origin = clamp(at, 0, e.Size())
				e.setPixels(p)
				return nil, nil
			}},
	}
}

func runMap(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Panel{"map", Toggle}, nil
	}
	switch w := args[0]; w {
	case "on":
		return Panel{"map", Show}, nil
	case "off":
		return Panel{"map", Hide}, nil
	case "next":
		i := slices.Index(MapModes, e.MapMode())
		e.pictures.mode = MapModes[(i+1)%len(MapModes)]
	default:
		e.pictures.mode = MapMode(w)
	}
	e.Notef("the map shows %s", e.MapMode())
	return Panel{"map", Show}, nil
}

func runMapWidth(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Columns of the map", Command: "map-width", Initial: strconv.Itoa(e.MapWidth())}, nil
	}
	n, err := strconv.Atoi(args[0])
	if err != nil || n < leastMapWidth || n > mostMapWidth {
		return nil, fmt.Errorf("map-width %q: want a number from %d to %d", args[0], leastMapWidth, mostMapWidth)
	}
	e.pictures.width = n
	return Panel{"map", Show}, nil
}

func runPicture(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Panel{"picture", Visit}, nil
	}
	was := e.PictureKind()
	if e.pictures.kind = PictureKind(args[0]); args[0] == "next" {
		i := slices.Index(PictureKinds, was)
		if e.pictures.kind = PictureKinds[(i+1)%len(PictureKinds)]; e.pictures.kind == PictureTraffic && e.Capture() == nil {
			e.pictures.kind = PictureKinds[(i+2)%len(PictureKinds)]
		}
	}
	if e.pictures.kind == PicturePixels && e.pictures.pixels.Depth == 0 {
		p := e.Pixels()
		p.Origin = e.SurveyRange().Start
		e.setPixels(p)
	}
	return Panel{"picture", Focus}, nil
}

func runPictureBlock(e *Editor, args []string) (Effect, error) {
	if e.PictureKind() == PictureTraffic {
		return nil, errors.New("the chart has as many intervals as fit: f lists the packets of one, which shows it larger")
	}
	have := e.pictures.blockSize(e.SurveyRange().Len())
	if len(args) == 0 {
		return Prompt{Title: "Bytes in a block", Command: "picture-block", Initial: "auto", Hint: "auto  256  4K  half  double"}, nil
	}
	switch args[0] {
	case "auto":
		e.pictures.block = 0
	case "half":
		e.pictures.block = have / 2
	case "double":
		e.pictures.block = have * 2
	default:
		env := e.addressEnv()
		env.cursor = 0
		n, err := evalAddress(args[0], env)
		if err != nil {
			return nil, err
		}
		if n < 1 {
			return nil, fmt.Errorf("picture-block %s: want a number of bytes above 0", args[0])
		}
		e.pictures.block = n
	}
	e.Notef("blocks of %s", count(e.pictures.blockSize(e.SurveyRange().Len()), "byte"))
	return nil, nil
}

func (e *Editor) setPixels(p PixelView) { e.pictures.pixels = p }

// noteFormat says what the pixels are now.
func (e *Editor) noteFormat() {
	p := e.Pixels()
	s := fmt.Sprintf("%s in a row of %s, %s each", count(int64(p.Width()), "pixel"), count(int64(p.Stride), "byte"), count(int64(p.Depth), "bit"))
	if p.Order != "" {
		s += ", " + p.Order
	}
	e.Notef("%s", s)
}

func runPixelDepth(e *Editor, args []string) (Effect, error) {
	p := e.Pixels()
	width := p.Width()
	if len(args) > 0 {
		p.Depth, _ = strconv.Atoi(args[0])
	} else {
		p.Depth = picture.Depths[(slices.Index(picture.Depths, p.Depth)+1)%len(picture.Depths)]
	}
	p.Order = ""
	if o := picture.Orders(p.Depth); o != nil {
		p.Order = o[0]
	}
	if !p.bytes {
		p.Stride = (width*p.Depth + 7) / 8
	}
	p.guess = 0
	p.Stride = clampInt(p.Stride, max(1, p.Depth/8), picture.MaxStride)
	e.setPixels(p)
	e.noteFormat()
	return nil, nil
}

func runPixelOrder(e *Editor, args []string) (Effect, error) {
	p := e.Pixels()
	o := picture.Orders(p.Depth)
	switch {
	case o == nil:
		return nil, fmt.Errorf("pixels of %s have no channels; pixel-depth 24 does", count(int64(p.Depth), "bit"))
	case len(args) == 0:
		p.Order = o[(slices.Index(o, p.Order)+1)%len(o)]
	case !slices.Contains(o, args[0]):
		return nil, fmt.Errorf("pixel-order %s: pixels of %d bits have %s", args[0], p.Depth, strings.Join(o, ", "))
	default:
		p.Order = args[0]
	}
	e.setPixels(p)
	e.noteFormat()
	return nil, nil
}

// widen makes rows n pixels longer; of pixels smaller than a byte, n bytes.
func (e *Editor) widen(n int) error {
	p := e.Pixels()
	return e.stride(p.Stride + n*max(1, p.Depth/8))
}

func (e *Editor) stride(n int) error {
	p := e.Pixels()
	p.Stride, p.guess, p.bytes = n, 0, false
	if err := p.Check(); err != nil {
		return err
	}
	e.setPixels(p)
	e.noteFormat()
	return nil
}

func runPixelStride(e *Editor, args []string) (Effect, error) {
	p := e.Pixels()
	if len(args) == 0 {
		return Prompt{Title: "Bytes in a row of pixels", Command: "pixel-stride", Initial: strconv.Itoa(p.Stride), Hint: "320  0x140  +4"}, nil
	}
	env := e.addressEnv()
	env.cursor, env.size = int64(p.Stride), picture.MaxStride
	n, err := evalAddress(args[0], env)
	if err != nil {
		return nil, err
	}
	return nil, e.stride(int(clamp(n, 0, picture.MaxStride+1)))
}

// guessFrom is how many bytes the length of a row is guessed from, and guessMost the longest that is looked for.
const guessFrom, guessMost = 256 << 10, 32 << 10

// GuessStrides are the row lengths that r may have as pixels of depth bits, the most likely first. They are guessed from its
// beginning; where that tells nothing, as an empty sky does, from its middle.
func GuessStrides(s *mmapdoc.Snapshot, r mmapdoc.Range, depth int) (found []int) {
	buf := make([]byte, max(0, min(guessFrom, r.Len())))
	for _, at := range []int64{r.Start, r.Start + (r.Len()-int64(len(buf)))/2} {
		n, _ := s.Read(buf, at, nil)
		if depth == 1 {
			found = stats.BitStrides(buf[:n], guessMost)
		} else {
			found = stats.Strides(buf[:n], depth/8, guessMost)
		}
		if len(found) > 0 {
			break
		}
	}
	return found
}

func runPixelGuess(e *Editor, _ []string) (Effect, error) {
	p, snap := e.Pixels(), e.Snapshot()
	var found []int
	return Start{&Job{
		Kind: "guess", Title: "guessing the row length", Quick: true,
		Run: func(context.Context, *atomic.Int64) error {
			found = GuessStrides(snap, mmapdoc.Range{Start: p.Origin, End: snap.Size()}, p.Depth)
			return nil
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case err != nil:
				return nil, err
			case len(found) == 0:
				return nil, errors.New("no row length stands out here")
			}
			k := p.guess % len(found)
			if err := e.stride(found[k]); err != nil {
				return nil, err
			}
			e.pictures.pixels.guess, e.pictures.pixels.bytes = k+1, true
			e.notice.Text = fmt.Sprintf("guess %d of %d: %s", k+1, len(found), e.notice.Text)
			return nil, nil
		},
	}}, nil
}

func runPixelZoom(e *Editor, args []string) (Effect, error) {
	p := e.Pixels()
	z := p.Zoom
	if z < 0 { // −2 is half, −3 a third: in one row with 1, 2, 3
		z += 2
	}
	switch args[0] {
	case "in":
		z++
	case "out":
		z--
	default:
		z = 1
	}
	z = clampInt(z, 2-maxZoom, maxZoom)
	if z < 1 {
		z -= 2
	}
	p.Zoom = z
	e.setPixels(p)
	if z < 0 {
		e.Notef("zoom 1:%d", -z)
	} else {
		e.Notef("zoom %d:1", z)
	}
	return nil, nil
}

const maxZoom = 16

func clampInt(v, lo, hi int) int { return max(lo, min(v, hi)) }

// PixelWindow is the range that h rows of the picture show, from row top on.
func (p PixelView) PixelWindow(size, top int64, h int) mmapdoc.Range {
	start := p.Origin + top*int64(p.Stride)
	return mmapdoc.Range{Start: min(start, size), End: min(size, start+int64(h)*int64(p.Stride))}
}
