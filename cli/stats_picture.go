package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"
	"github.com/spf13/pflag"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/picture"
	"hexlay/overlay/stats"
	"hexlay/ui"
)

// pictureOptions are what `stats --picture` is asked for.
type pictureOptions struct {
	kind, output, rng string
	width, height     int
	linear            bool
	format            picture.Format
}

var pictureKinds = []string{"entropy", "histogram", "digram", "pixels"}

func (o *pictureOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.kind, "picture", "", "draw "+strings.Join(pictureKinds, ", "))
	f.StringVarP(&o.output, "output", "o", "", "write the picture to a PNG FILE")
	f.StringVar(&o.rng, "range", "", "of the picture: only a RANGE")
	f.IntVar(&o.width, "width", 0, "pixels of the picture across")
	f.IntVar(&o.height, "height", 0, "pixels of the picture down")
	f.BoolVar(&o.linear, "linear", false, "counts in proportion, not logarithmic")
	f.IntVar(&o.format.Depth, "depth", 8, "bits of a pixel: 1, 8, 24 or 32")
	f.StringVar(&o.format.Order, "order", "", "channels of a pixel: rgb, bgr, rgba, bgra, argb, abgr")
	f.IntVar(&o.format.Stride, "stride", 0, "bytes of a row of pixels; 0 guesses")
	f.BoolVar(&o.format.BottomUp, "bottom-up", false, "the first row is the lowest, as in a BMP")
}

// mostPixels bounds a picture: 256 MiB in memory.
const mostPixels = 1 << 26

func (o *pictureOptions) check() error {
	if !slices.Contains(pictureKinds, o.kind) {
		return fmt.Errorf("--picture %s: want one of %s", quote(o.kind), strings.Join(pictureKinds, ", "))
	}
	if o.width < 0 || o.height < 0 || o.width > 1<<15 || o.height > 1<<15 {
		return fmt.Errorf("--width %d, --height %d: want 1 to %d", o.width, o.height, 1<<15)
	}
	if orders := picture.Orders(o.format.Depth); o.format.Order == "" && orders != nil {
		o.format.Order = orders[0]
	}
	f := o.format
	if f.Stride == 0 {
		f.Stride = 4
	}
	return f.Check()
}

// picture draws a file.
func (a *app) picture(ctx context.Context, name string, o pictureOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	d, err := openToRead(name)
	if err != nil {
		return err
	}
	defer d.Close()
	r := mmapdoc.Range{End: d.Size()}
	if o.rng != "" {
		sp, err := parseRange(o.rng)
		if err != nil {
			return fmt.Errorf("--range: %w", err)
		}
		if r.Start, r.End, err = sp.resolve(d.Size()); err != nil {
			return fmt.Errorf("--range: %w", err)
		}
		if r.End > d.Size() || r.Start > r.End {
			return dataError("range %d..%d reaches beyond the end: the data has %s", r.Start, r.End, plural(d.Size(), "byte"))
		}
	}
	if r.Len() == 0 {
		return dataError("there is nothing to draw: the range is empty")
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	o.size(a)
	var done atomic.Int64
	endProgress := a.progress(&done, r.Len())
	m, err := o.draw(ctx, d.Snapshot(), r, &done)
	endProgress()
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	if o.output != "" {
		return writePNG(o.output, m)
	}
	if o.dots() {
		return a.printDots(m)
	}
	return a.printPicture(m)
}

// size sets what was not said of the picture's size: of a PNG generous, in the terminal as wide as that.
func (o *pictureOptions) size(a *app) {
	w, h := 1024, 512
	if o.kind == "digram" {
		w, h = 512, 512
	}
	if o.output == "" {
		w, h = 80, 40
		if cols, _, err := term.GetSize(a.stdout.Fd()); err == nil && cols > 0 {
			w = cols
		}
		switch {
		case o.kind == "digram":
			w = min(w, 128)
			h = w
		case o.dots():
			w, h = w*picture.DotsWide, h/2*picture.DotsHigh
		}
	}
	if o.kind == "pixels" && o.output != "" { // as many as there are
		return
	}
	if o.width == 0 {
		o.width = w
	}
	if o.height == 0 {
		o.height = h
	}
}

// dots tells that the picture is printed with braille: a plot, where the terminal is said to read UTF-8.
func (o *pictureOptions) dots() bool {
	return (o.kind == "entropy" || o.kind == "histogram") && ui.UTF8Locale(os.Getenv)
}

func (o *pictureOptions) draw(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, done *atomic.Int64) (*image.RGBA, error) {
	if o.kind == "pixels" {
		return o.pixels(s, r)
	}
	v, err := model.SurveyOf(ctx, s, r, o.kind == "digram", done)
	if err != nil {
		return nil, err
	}
	var m *image.RGBA
	switch o.kind {
	case "entropy":
		m = picture.Entropy(v.Entropies(), o.width, o.height)
	case "histogram":
		h := v.Histogram()
		m = picture.Histogram(&h, o.width, o.height, o.linear)
	case "digram":
		v.Pairs(func(d *stats.Digrams) { m = picture.Digrams(d, o.width, o.height, o.linear) })
	}
	return m, nil
}

// pixels draws the bytes of r as pixels, row by row.
func (o *pictureOptions) pixels(s *mmapdoc.Snapshot, r mmapdoc.Range) (*image.RGBA, error) {
	f := o.format
	if f.Stride == 0 {
		guess := model.GuessStrides(s, r, f.Depth)
		if f.Stride = 256; len(guess) > 0 {
			f.Stride = guess[0]
		}
	}
	rows := (r.Len()-1)/int64(f.Stride) + 1
	w, h := f.Width(), rows
	if o.width > 0 {
		w = min(w, o.width)
	}
	if o.height > 0 {
		h = min(h, int64(o.height))
	}
	if h > mostPixels/int64(max(1, w)) {
		return nil, fmt.Errorf("a picture of %d × %d pixels is too large: at most %d; --range or --height take a part", w, h, mostPixels)
	}
	m := image.NewRGBA(image.Rect(0, 0, w, int(h)))
	row := make([]byte, f.Stride)
	for y := range int(h) {
		k := int64(y)
		if f.BottomUp {
			k = rows - 1 - k
		}
		at := r.Start + k*int64(f.Stride)
		n, _ := s.Read(row[:min(int64(f.Stride), r.End-at)], at, nil)
		for x := range w {
			if c, ok := f.Pixel(row[:n], x); ok {
				m.SetRGBA(x, y, c)
			}
		}
	}
	return m, nil
}

// writePNG writes m to a file: beside it first, so that what is there is never half a picture.
func writePNG(path string, m image.Image) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".hexlay-*")
	if err != nil {
		return fileError(path, err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
			err = fileError(path, err)
		}
	}()
	w := bufio.NewWriter(tmp)
	if err = png.Encode(w, m); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if err = tmp.Chmod(0o644); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// printDots draws m with braille, 2 × 4 pixels in a character.
func (a *app) printDots(m *image.RGBA) error {
	p := colorprofile.Detect(a.stdout, os.Environ())
	ground, size := picture.Heat(0), m.Bounds().Size()
	w := bufio.NewWriter(a.stdout)
	out := io.Writer(w)
	if p >= colorprofile.ANSI {
		out = &colorprofile.Writer{Forward: w, Profile: p}
	}
	for y := range (size.Y + picture.DotsHigh - 1) / picture.DotsHigh {
		var line strings.Builder
		for x := range (size.X + picture.DotsWide - 1) / picture.DotsWide {
			r, ink := picture.Braille(m, x, y, ground)
			if p >= colorprofile.ANSI {
				fmt.Fprintf(&line, "\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dm", ink.R, ink.G, ink.B, ground.R, ground.G, ground.B)
			}
			line.WriteRune(r)
		}
		if p >= colorprofile.ANSI {
			line.WriteString("\x1b[m")
		}
		line.WriteByte('\n')
		if _, err := io.WriteString(out, line.String()); err != nil {
			return err
		}
	}
	return w.Flush()
}

// printPicture draws m with two pixels in a character; where there are no colours, as shades.
func (a *app) printPicture(m *image.RGBA) error {
	p := colorprofile.Detect(a.stdout, os.Environ())
	w := bufio.NewWriter(a.stdout)
	size := m.Bounds().Size()
	for y := 0; y < size.Y; y += 2 {
		var line strings.Builder
		for x := range size.X {
			top, low := m.RGBAAt(x, y), color.RGBA{}
			if y+1 < size.Y {
				low = m.RGBAAt(x, y+1)
			}
			if p < colorprofile.ANSI {
				line.WriteRune([]rune(" ░▒▓█")[min((grey(top)+grey(low))*5/511, 4)])
				continue
			}
			fmt.Fprintf(&line, "\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dm▀", top.R, top.G, top.B, low.R, low.G, low.B)
		}
		if p >= colorprofile.ANSI {
			line.WriteString("\x1b[m")
		}
		line.WriteByte('\n')
		out := io.Writer(w)
		if p >= colorprofile.ANSI {
			out = &colorprofile.Writer{Forward: w, Profile: p}
		}
		if _, err := io.WriteString(out, line.String()); err != nil {
			return err
		}
	}
	return w.Flush()
}

// grey is how bright a colour is (ITU-R BT.601).
func grey(c color.RGBA) int { return (299*int(c.R) + 587*int(c.G) + 114*int(c.B)) / 1000 }
