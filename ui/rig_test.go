package ui

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/templates"
)

// rig is the whole program on a virtual terminal: what it reads are the bytes that a terminal sends, what it writes goes
// into an emulator, and the clock is that of a synctest bubble.
type rig struct {
	t    testing.TB
	ed   *model.Editor
	app  *App
	scr  *screen
	p    *tea.Program
	em   *vt.Emulator
	in   *io.PipeWriter
	out  *record
	done chan error
	err  error // what the program ended with

	cursorShown bool
	modes       map[ansi.Mode]bool
}

// record hands what the program writes to the emulator and keeps it.
type record struct {
	mu  sync.Mutex
	em  *vt.Emulator
	all bytes.Buffer
}

func (r *record) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all.Write(b)
	return r.em.Write(b)
}

type rigOptions struct {
	w, h    int
	options Options
	profile colorprofile.Profile
}

// inTerminal runs f with the program started over ed, and sees to it that both end.
func inTerminal(t *testing.T, ed *model.Editor, o rigOptions, f func(r *rig)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := startRig(t, ed, o)
		defer r.stop()
		r.settle()
		f(r)
	})
}

func startRig(t testing.TB, ed *model.Editor, o rigOptions) *rig {
	if o.w == 0 {
		o.w, o.h = 80, 24
	}
	if o.profile == 0 {
		o.profile = colorprofile.TrueColor
	}
	r := &rig{t: t, ed: ed, em: vt.NewEmulator(o.w, o.h), done: make(chan error, 1), modes: make(map[ansi.Mode]bool)}
	r.em.SetCallbacks(vt.Callbacks{
		CursorVisibility: func(v bool) { r.cursorShown = v },
		EnableMode:       func(m ansi.Mode) { r.modes[m] = true },
		DisableMode:      func(m ansi.Mode) { delete(r.modes, m) },
	})
	r.out = &record{em: r.em}
	r.scr = newScreen(r.out, o.profile)
	in, w := io.Pipe()
	r.in = w
	p, app, err := program(ed, o.options, r.scr, tea.WithOutput(r.scr), tea.WithInput(in), tea.WithWindowSize(o.w, o.h),
		tea.WithEnvironment([]string{"TERM=xterm-256color"}), tea.WithColorProfile(o.profile),
		tea.WithoutSignals(), tea.WithoutSignalHandler(), tea.WithoutCatchPanics())
	if err != nil {
		t.Fatal(err)
	}
	r.p, r.app = p, app
	go func() { // what the emulator answers is input; it must never wait
		buf := make([]byte, 4096)
		for {
			n, err := r.em.Read(buf)
			if n > 0 {
				if _, err := w.Write(buf[:n]); err != nil {
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	go func() {
		_, err := p.Run()
		r.done <- errors.Join(err, r.scr.close(), ed.Close())
	}()
	return r
}

// stop ends the program if it still runs.
func (r *rig) stop() {
	select {
	case err := <-r.done:
		r.err = err
	default:
		r.p.Quit()
		r.err = <-r.done
	}
	r.in.CloseWithError(io.EOF)
	if c, ok := r.em.InputPipe().(io.Closer); ok {
		c.Close()
	}
	time.Sleep(2 * askQuiet) // what the program waited for when it ended
	synctest.Wait()
}

// ended tells whether the program has ended by itself.
func (r *rig) ended() bool {
	r.settle()
	select {
	case err := <-r.done:
		r.done <- err
		return true
	default:
		return false
	}
}

// settle lets the clock go on until nothing is left to do.
func (r *rig) settle() {
	time.Sleep(120 * time.Millisecond)
	synctest.Wait()
}

// send writes raw terminal input.
func (r *rig) send(s string) {
	r.t.Helper()
	if len(r.done) > 0 { // it has ended; nothing reads any more
		return
	}
	if _, err := io.WriteString(r.in, s); err != nil {
		r.t.Fatalf("the program does not read: %v", err)
	}
}

// keyBytes is what an xterm sends for a key.
var keyBytes = map[string]string{
	"up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
	"pgup": "\x1b[5~", "pgdown": "\x1b[6~", "insert": "\x1b[2~", "delete": "\x1b[3~", "esc": "\x1b", "enter": "\r",
	"tab": "\t", "backspace": "\x7f", "shift+tab": "\x1b[Z",
	"shift+up": "\x1b[1;2A", "shift+down": "\x1b[1;2B", "shift+right": "\x1b[1;2C", "shift+left": "\x1b[1;2D",
	"ctrl+up": "\x1b[1;5A", "ctrl+down": "\x1b[1;5B", "ctrl+right": "\x1b[1;5C", "ctrl+left": "\x1b[1;5D",
	"alt+up": "\x1b[1;3A", "alt+down": "\x1b[1;3B", "alt+right": "\x1b[1;3C", "alt+left": "\x1b[1;3D",
	"ctrl+home": "\x1b[1;5H", "ctrl+end": "\x1b[1;5F", "shift+home": "\x1b[1;2H", "shift+end": "\x1b[1;2F",
	"shift+pgup": "\x1b[5;2~", "shift+pgdown": "\x1b[6;2~",
	"f1": "\x1bOP", "f2": "\x1bOQ", "f3": "\x1bOR", "f4": "\x1bOS", "f5": "\x1b[15~", "f6": "\x1b[17~", "f7": "\x1b[18~",
	"f8": "\x1b[19~", "f9": "\x1b[20~", "f10": "\x1b[21~", "f12": "\x1b[24~", "ctrl+space": "\x00",
}

// rawKey gives the bytes of a key by its name.
func rawKey(name string) string {
	if s, ok := keyBytes[name]; ok {
		return s
	}
	if c, ok := strings.CutPrefix(name, "ctrl+"); ok && len(c) == 1 {
		return string(c[0] & 0x1f)
	}
	if c, ok := strings.CutPrefix(name, "alt+"); ok && len(c) == 1 {
		return "\x1b" + c
	}
	return name
}

// keys presses keys by their names; a word that is no name is typed letter by letter.
func (r *rig) keys(names ...string) {
	r.t.Helper()
	for _, n := range names {
		r.ready()
		if _, ok := keyBytes[n]; !ok && !strings.Contains(n, "+") && len(n) > 1 {
			for _, c := range n {
				r.send(string(c))
			}
		} else {
			r.send(rawKey(n))
		}
		r.settle()
	}
}

// ready waits until a question that came by itself takes answers.
func (r *rig) ready() {
	r.t.Helper()
	sudden := make(chan bool, 1)
	r.p.Send(watched{r.ed, model.Watch{Then: func(*model.Editor) (model.Effect, error) { // on the goroutine that the question belongs to
		d, ok := r.app.top().(*ask)
		sudden <- ok && d.sudden
		return nil, nil
	}}})
	synctest.Wait()
	select {
	case wait := <-sudden:
		if wait {
			time.Sleep(2 * askQuiet)
			r.settle()
		}
	default: // the program has ended
	}
}

// line runs a command line as a user would type it.
func (r *rig) line(s string) {
	r.t.Helper()
	r.keys("f10")
	r.send(s)
	r.keys("enter")
}

func (r *rig) paste(s string) {
	r.t.Helper()
	r.send("\x1b[200~" + s + "\x1b[201~")
	r.settle()
}

// The mouse, in cells from 0.
const (
	mouseLeft, mouseDrag, wheelUp, wheelDown = 0, 32, 64, 65
	mouseShift                               = 4
)

func (r *rig) mouse(button, x, y int, release bool) {
	r.t.Helper()
	end := 'M'
	if release {
		end = 'm'
	}
	r.send(fmt.Sprintf("\x1b[<%d;%d;%d%c", button, x+1, y+1, end))
	r.settle()
}

func (r *rig) click(x, y int) {
	r.t.Helper()
	r.mouse(mouseLeft, x, y, false)
	r.mouse(mouseLeft, x, y, true)
}

func (r *rig) resize(w, h int) {
	r.out.mu.Lock() // what is being painted is painted before
	r.em.Resize(w, h)
	r.out.mu.Unlock()
	r.p.Send(tea.WindowSizeMsg{Width: w, Height: h})
	r.settle()
}

// bytes are the document's bytes.
func (r *rig) bytes() []byte { return contents(r.t, r.ed) }

func contents(t testing.TB, ed *model.Editor) []byte {
	t.Helper()
	b := make([]byte, ed.Size())
	if _, lost := ed.Snapshot().Read(b, 0, nil); len(lost) > 0 {
		t.Fatalf("bytes are lost: %v", lost)
	}
	return b
}

// screenLines is the text on the terminal.
func (r *rig) screenLines() []string {
	lines := make([]string, r.em.Height())
	for y := range lines {
		var b strings.Builder
		for x := 0; x < r.em.Width(); x++ {
			c := r.em.CellAt(x, y)
			switch {
			case c == nil || c.Content == "" && c.Width != 0:
				b.WriteByte(' ')
			default:
				b.WriteString(c.Content)
			}
		}
		lines[y] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

func (r *rig) text() string { return strings.Join(r.screenLines(), "\n") }

// shows fails the test unless s stands on the screen.
func (r *rig) shows(s string) {
	r.t.Helper()
	if !strings.Contains(r.text(), s) {
		r.t.Fatalf("the screen does not show %q:\n%s", s, r.text())
	}
}

func (r *rig) showsNot(s string) {
	r.t.Helper()
	if strings.Contains(r.text(), s) {
		r.t.Fatalf("the screen shows %q:\n%s", s, r.text())
	}
}

// check compares the emulator's cells with the canvas that was drawn last.
func (r *rig) check() error {
	f := &r.scr.next
	if f.w != r.em.Width() || f.h != r.em.Height() {
		return fmt.Errorf("the canvas is %d×%d, the terminal %d×%d", f.w, f.h, r.em.Width(), r.em.Height())
	}
	for y := range f.h {
		for x := range f.w {
			want := f.cells[y*f.w+x]
			got := r.em.CellAt(x, y)
			if err := r.compare(f, x, y, want, got); err != nil {
				return fmt.Errorf("cell (%d, %d): %w", x, y, err)
			}
		}
	}
	if r.cursorShown != (f.cursor != nil) {
		return fmt.Errorf("the terminal's cursor is shown: %v, want %v", r.cursorShown, f.cursor != nil)
	}
	if f.cursor != nil {
		if at := r.em.CursorPosition(); at.X != f.cursor.X || at.Y != f.cursor.Y {
			return fmt.Errorf("the terminal's cursor is at (%d, %d), want (%d, %d)", at.X, at.Y, f.cursor.X, f.cursor.Y)
		}
	}
	return nil
}

func (r *rig) compare(f *frame, x, y int, want cell, got *uv.Cell) error {
	row := f.cells[y*f.w : (y+1)*f.w]
	if want.r == 0 {
		if x == 0 || ansi.StringWidth(string(row[x-1].r)) != 2 {
			return fmt.Errorf("the canvas has the right half of a wide character without its left half")
		}
		return nil // its style is that of the left half
	}
	if got == nil {
		return fmt.Errorf("there is no such cell on the terminal")
	}
	width := ansi.StringWidth(string(want.r))
	if width == 2 && (x+1 >= f.w || row[x+1].r != 0) {
		return fmt.Errorf("the canvas has the left half of %q without its right half", want.r)
	}
	st := r.scr.colours(want.st)
	if (cell{want.r, st}).blank() {
		if strings.TrimSpace(got.Content) != "" || got.Style.Bg != nil || got.Style.Attrs&uv.AttrReverse != 0 || got.Style.Underline != 0 {
			return fmt.Errorf("is %q %+v, want a blank", got.Content, got.Style)
		}
		return nil
	}
	if got.Content != string(want.r) || got.Width != width {
		return fmt.Errorf("is %q (width %d), want %q (width %d)", got.Content, got.Width, want.r, width)
	}
	g, w := cellStyle(got), st
	if want.r == ' ' && w&(reverse|underline) == 0 { // the ink of a blank does not show
		g, w = g&visibleOnBlank, w&visibleOnBlank
	}
	if g != w {
		return fmt.Errorf("%q has the style %s, want %s", want.r, styleText16(g), styleText16(w))
	}
	return nil
}

// cellStyle reads an emulator's cell back as a style.
func cellStyle(c *uv.Cell) (s style) {
	index := func(col color.Color) style {
		switch col := col.(type) {
		case nil:
			return 0
		case ansi.BasicColor:
			return fg(int(col))
		case ansi.IndexedColor:
			return fg(int(col))
		case color.RGBA:
			return rgb(col)
		}
		panic(fmt.Sprintf("a colour of the type %T", col))
	}
	s = index(c.Style.Fg) | index(c.Style.Bg)<<25
	for i, a := range []uint8{uv.AttrBold, uv.AttrFaint, uv.AttrItalic} {
		if c.Style.Attrs&a != 0 {
			s |= bold << i
		}
	}
	if c.Style.Attrs&uv.AttrReverse != 0 {
		s |= reverse
	}
	if c.Style.Underline != 0 {
		s |= underline
	}
	return s
}

func styleText16(s style) string {
	return fmt.Sprintf("fg %d bg %d attributes %05b", int(s.inkOf())-1, int(s.groundOf())-1, s>>50)
}

// right fails the test when the terminal does not show the last canvas.
func (r *rig) right() {
	r.t.Helper()
	if err := r.check(); err != nil {
		r.t.Fatalf("%v\n%s", err, r.text())
	}
}

// edit makes an editor over b.
func edit(b []byte) *model.Editor { return model.New(mmapdoc.FromBytes("memory", b)) }

// tour makes what hexlay without a file starts with.
func tour() (*model.Editor, Options) {
	b, _ := templates.Tour()
	var o Options
	for _, s := range templates.TourNotes() {
		o.Notes = append(o.Notes, Note(s))
	}
	return model.New(mmapdoc.FromBytes("tour", b)), o
}
