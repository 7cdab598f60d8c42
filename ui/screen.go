package ui

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"hexlay/lifeline"
)

// screen brings canvases to the terminal.
//
// Bubble Tea owns the terminal's state: raw mode, the alternate screen, mouse and paste modes, their end on quit,
// suspend and panic. It is given a view that never changes, so its renderer writes no cell; the cells are written here,
// into the same output. The reason is what a frame costs: Bubble Tea's renderer parses the frame's text back into cells
// and then writes every line from its first to its last difference, which for one step of the cursor is two whole rows.
// docs/PERFORMANCE.md has the figures.
//
// What Bubble Tea writes goes through Write, which sees when the alternate screen is entered and left, and paints all
// again after anything that may have touched the cells.
//
// A canvas that is shown is written by a goroutine of the screen, so a slow terminal never holds up the editor; of the
// canvases that come while it writes only the last one is written.
type screen struct {
	out *gate

	mu    sync.Mutex // guards what follows
	next  frame      // the frame to be written
	fresh bool       // next was not written yet
	wake  chan struct{}
	ended chan struct{}
	began time.Time // when the last frame was taken up
	busy  bool
	idle  *sync.Cond // told when a frame is written
	over  bool
	told  string // what is to be written ahead of the frame, which touches no cell
	anew  bool   // nothing is to be taken as known of what the terminal shows
	err   error

	wmu     sync.Mutex // guards the terminal and what follows
	active  bool       // the alternate screen is on
	entered bool       // it was switched on here; Bubble Tea has not yet
	all     bool       // nothing is known of what the terminal shows
	shown   frame
	pen     style
	x, y    int // where the terminal's cursor is; x < 0: unknown
	buf     []byte
	profile colorprofile.Profile
	ascii   bool // the terminal shows nothing else; set before the first frame
	console bool // it is the one of Linux, whose fonts have no braille; set before the first frame
}

// frame is a finished canvas and the place of the cursor.
type frame struct {
	w, h   int
	cells  []cell
	cursor *tea.Cursor
	rows   scrolling
	images []shownImage
}

// scrolling tells that the lines [y, y+h) show a long list from row on, over the whole width: from one frame to the next
// the terminal may move them itself. h is 0 where nothing scrolls.
type scrolling struct {
	y, h int
	row  int64
}

// minFrame is the least time between two frames: more than 120 a second nobody sees.
const minFrame = time.Second / 120

// newScreen writes to out in the colours of profile. It is given from the start: the message that tells it may come after the
// first frame.
func newScreen(out io.Writer, profile colorprofile.Profile) *screen {
	s := &screen{out: &gate{w: out}, wake: make(chan struct{}, 1), ended: make(chan struct{}), all: true, profile: profile}
	s.idle = sync.NewCond(&s.mu)
	lifeline.Go("the screen's writer", s.run)
	return s
}

// gate is the way to the terminal of all that is written to it: frames, and what Bubble Tea writes, which may be on the way still when
// the program ends without its help.
type gate struct {
	mu   sync.Mutex
	w    io.Writer
	shut bool
}

func (g *gate) Write(b []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut {
		return len(b), nil
	}
	return g.w.Write(b)
}

// last writes b, and nothing comes behind it. It waits for a write that has begun, so that b does not come amidst it.
func (g *gate) last(b string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.shut = true
	_, _ = io.WriteString(g.w, b)
}

var enterAlt, leaveAlt = []byte(ansi.SetModeAltScreenSaveCursor), []byte(ansi.ResetModeAltScreenSaveCursor)

// enter switches the alternate screen on, and what tells of the mouse and of pastes, and asks for the background's colour, ahead of Bubble
// Tea, whose renderer works by a clock: neither the first frame nor the first paste need wait for it, and the clock may be a slow one.
func (s *screen) enter() error {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	s.active, s.entered, s.all = true, true, true
	_, err := s.out.Write([]byte(ansi.SetModeAltScreenSaveCursor + ansi.SetModeMouseButtonEvent + ansi.SetModeMouseExtSgr +
		ansi.SetModeBracketedPaste + ansi.RequestBackgroundColor))
	return err
}

// tell has a sequence that touches no cell written ahead of the next frame.
func (s *screen) tell(sequence string) {
	s.mu.Lock()
	s.told += sequence
	s.mu.Unlock()
	s.poke()
}

// repaint has all of the next frame written, whatever the terminal shows.
func (s *screen) repaint() {
	s.mu.Lock()
	s.anew = true
	s.mu.Unlock()
}

// capabilities is what Bubble Tea asks the terminal for its renderer. Nobody here wants to know, and an answer that comes late would stand
// amidst what the user types or pastes.
var capabilities = []byte(ansi.RequestModeSynchronizedOutput + ansi.RequestModeUnicodeCore)

// Write takes what Bubble Tea writes.
func (s *screen) Write(b []byte) (int, error) {
	s.wmu.Lock()
	size := len(b)
	b = bytes.TrimPrefix(b, capabilities)
	repaint := len(b) > 0 // it also writes nothing now and then
	if bytes.Contains(b, enterAlt) {
		if s.entered { // it follows; the screen is on, and painted, already
			b = bytes.Replace(b, enterAlt, nil, 1)
			b = bytes.Replace(b, []byte(ansi.CursorHomePosition+ansi.EraseEntireScreen), nil, 1)
			repaint = false
			s.x, s.y, s.shown.cursor = -1, -1, nil // it hides the cursor
		}
		s.active, s.entered = true, false
	}
	if bytes.Contains(b, leaveAlt) {
		s.active, s.entered = false, false
		_, _ = s.out.Write(append(s.dropImages(), ansi.ResetStyle...)) // Bubble Tea does not know our pen
	}
	_, err := s.out.Write(b)
	s.all = s.all || repaint
	s.wmu.Unlock()
	s.mu.Lock()
	s.fresh = s.next.cells != nil
	s.mu.Unlock()
	s.poke()
	if err != nil {
		return 0, err
	}
	return size, nil
}

func (s *screen) poke() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// ready tells whether another frame may be shown: the last one is written, and not too short a time ago.
func (s *screen) ready() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.busy && !s.fresh && time.Since(s.began) >= minFrame
}

// painted tells whether there was a frame.
func (s *screen) painted() bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.fresh || !s.began.IsZero()
}

// rest blocks until another frame may be shown.
func (s *screen) rest() {
	s.mu.Lock()
	for (s.busy || s.fresh) && !s.over {
		s.idle.Wait()
	}
	wait := minFrame - time.Since(s.began)
	s.mu.Unlock()
	time.Sleep(wait)
}

// show takes c's cells as the next frame; c gets other ones to draw on.
func (s *screen) show(c *canvas, cursor *tea.Cursor, rows scrolling) {
	s.mu.Lock()
	s.next.cells, c.cells = c.cells, s.next.cells
	s.next.w, s.next.h, s.next.cursor, s.next.rows = c.w, c.h, cursor, rows
	s.next.images = append(s.next.images[:0], c.images...)
	s.fresh = true
	s.mu.Unlock()
	s.poke()
}

// taken tells whether Bubble Tea has the terminal.
func (s *screen) taken() bool {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	return s.active && !s.entered
}

// setProfile says how many colours the terminal has.
func (s *screen) setProfile(p colorprofile.Profile) {
	s.wmu.Lock()
	s.all = s.all || p != s.profile // what is said again, behind the first frame, paints nothing anew
	s.profile = p
	s.wmu.Unlock()
}

// close ends the goroutine, and the alternate screen where Bubble Tea ended before it took it over; it gives the first error
// of the output.
func (s *screen) close() error {
	close(s.wake)
	<-s.ended
	if s.entered && s.active {
		if _, err := s.out.Write([]byte(string(s.dropImages()) + ansi.ResetStyle + ansi.ShowCursor + ansi.ResetModeAltScreenSaveCursor)); s.err == nil {
			s.err = err
		}
	}
	return s.err
}

func (s *screen) run() {
	defer close(s.ended)
	defer func() {
		s.mu.Lock()
		s.over = true
		s.idle.Broadcast()
		s.mu.Unlock()
	}()
	var f frame
	for range s.wake {
		s.mu.Lock()
		told, anew := s.told, s.anew
		s.told = ""
		if !s.fresh {
			s.mu.Unlock()
			s.ahead(told, false)
			continue
		}
		s.anew = false
		f.cells = append(f.cells[:0], s.next.cells...)
		f.w, f.h, f.cursor, f.rows = s.next.w, s.next.h, s.next.cursor, s.next.rows
		f.images = append(f.images[:0], s.next.images...)
		s.fresh, s.busy, s.began = false, true, time.Now()
		s.mu.Unlock()

		s.ahead(told, anew)
		err := s.paint(&f)

		s.mu.Lock()
		s.busy = false
		s.idle.Broadcast()
		if err != nil && s.err == nil {
			s.err = err
		}
		s.mu.Unlock()
	}
}

// ahead writes what was told.
func (s *screen) ahead(told string, anew bool) {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	s.all = s.all || anew
	if told != "" && s.active {
		s.buf = append(s.buf[:0], told...)
		_, _ = s.out.Write(s.buf) // the frame behind it tells of an error
	}
}

// paint is write with a panic made an error: in this goroutine it would end the program with the terminal as it is.
func (s *screen) paint(f *frame) (err error) {
	defer func() {
		if p := recover(); p != nil {
			s.all = true
			err = fmt.Errorf("internal error while painting: %v; please report it", p)
		}
	}()
	return s.write(f)
}

// write brings the terminal from what it shows to f.
func (s *screen) write(f *frame) error {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	if !s.active || f.w*f.h == 0 {
		return nil
	}
	s.buf = s.buf[:0]
	if s.all || s.shown.w != f.w || s.shown.h != f.h {
		s.forget(f.w, f.h)
	}
	hidden := s.shown.cursor == nil
	s.takeAway(f)
	s.scroll(f, &hidden)
	for y := range f.h {
		s.line(y, s.shown.cells[y*f.w:(y+1)*f.w], f.cells[y*f.w:(y+1)*f.w], f.pictured(y), &hidden)
	}
	s.images(f)
	s.placeCursor(f.cursor, hidden)
	if len(s.buf) == 0 {
		return nil
	}
	if len(s.buf) >= tearing {
		s.buf = slices.Insert(s.buf, 0, []byte(ansi.SetModeSynchronizedOutput)...)
		s.buf = append(s.buf, ansi.ResetModeSynchronizedOutput...)
	}
	_, err := s.out.Write(s.buf)
	return err
}

// tearing is from how many bytes on a frame is marked as one update: terminals read what is shorter at once anyway.
const tearing = 1 << 10

// forget clears the terminal, so that it is known what it shows.
func (s *screen) forget(w, h int) {
	s.shown.w, s.shown.h = w, h
	s.shown.cells = resized(s.shown.cells, w*h)
	for i := range s.shown.cells {
		s.shown.cells[i] = cell{' ', 0}
	}
	s.shown.cursor, s.shown.rows = nil, scrolling{}
	s.buf = append(s.buf, s.dropImages()...)
	s.buf = append(s.buf, ansi.HideCursor+ansi.ResetStyle+ansi.EraseEntireScreen+ansi.CursorHomePosition...)
	s.pen, s.x, s.y, s.all = 0, 0, 0, false
}

// scroll lets the terminal move the lines that both frames show, when that is most of them.
func (s *screen) scroll(f *frame, hidden *bool) {
	was, now := s.shown.rows, f.rows
	s.shown.rows = now
	n := now.row - was.row
	if now.h == 0 || now.y != was.y || now.h != was.h || n == 0 || max(n, -n) > int64(now.h/2) {
		return
	}
	if !*hidden {
		s.buf = append(s.buf, ansi.HideCursor...)
		*hidden = true
	}
	s.use(0)
	s.buf = append(s.buf, ansi.SetTopBottomMargins(now.y+1, now.y+now.h)...)
	s.x, s.y = -1, -1
	s.moveTo(0, now.y)
	lines := s.shown.cells[now.y*f.w : (now.y+now.h)*f.w]
	blank := lines
	if n > 0 { // deleting and inserting lines works where scrolling commands do not
		s.buf = append(s.buf, ansi.DeleteLine(int(n))...)
		copy(lines, lines[int(n)*f.w:])
		blank = lines[len(lines)-int(n)*f.w:]
	} else {
		s.buf = append(s.buf, ansi.InsertLine(int(-n))...)
		copy(lines[int(-n)*f.w:], lines)
		blank = lines[:int(-n)*f.w]
	}
	for i := range blank {
		blank[i] = cell{' ', 0}
	}
	s.buf = append(s.buf, "\x1b[r"...)
	s.x, s.y = -1, -1
}

// visible are the parts of a style that show on a blank.
const visibleOnBlank = ground | underline | reverse

func (c cell) blank() bool { return c.r == ' ' && c.st&visibleOnBlank == 0 }

func same(a, b cell) bool { return a == b || a.blank() && b.blank() }

// maxGap is how many equal cells are written again rather than jumped over: a jump costs four bytes and more.
const maxGap = 4

// line writes the differences of one line. Where pictures stand the rest of it is not erased: they would go too.
func (s *screen) line(y int, old, now []cell, pictured bool, hidden *bool) {
	end := len(now)
	for end > 0 && same(old[end-1], now[end-1]) {
		end--
	}
	if end == 0 {
		return
	}
	if !*hidden { // the cursor does not run over the screen while it is painted
		s.buf = append(s.buf, ansi.HideCursor...)
		*hidden = true
	}
	text := len(now) // where the blank end of the new line begins
	for text > 0 && now[text-1].blank() {
		text--
	}
	for x := 0; x < end; x++ {
		if same(old[x], now[x]) {
			continue
		}
		if x > 0 && now[x].r == 0 { // never begin inside a wide character
			x--
		}
		if x >= text && end-x > 3 && !pictured {
			s.moveTo(x, y)
			s.use(s.pen &^ visibleOnBlank)
			s.buf = append(s.buf, ansi.EraseLineRight...)
			break
		}
		if gap := x - s.x; s.y == y && s.x >= 0 && gap > 0 && gap <= maxGap && s.cheap(now[s.x:x]) {
			x = s.x
		}
		s.moveTo(x, y)
		s.put(now[x])
		if x+1 < len(now) && now[x+1].r == 0 {
			if x++; s.ascii { // the stand-in of a wide character is half of it
				s.buf = append(s.buf, ' ')
				s.x++
			}
		}
	}
	copy(old, now)
}

// cheap tells whether cells can be written with the pen as it is.
func (s *screen) cheap(cells []cell) bool {
	for _, c := range cells {
		if c.r == 0 || c.r >= 0x300 || !c.blank() && c.st != s.pen || c.blank() && s.pen&visibleOnBlank != 0 {
			return false
		}
	}
	return true
}

// put writes a cell at the cursor.
func (s *screen) put(c cell) {
	if c.blank() {
		s.use(s.pen &^ visibleOnBlank)
	} else {
		s.use(c.st)
	}
	switch {
	case c.r < 0x80:
		s.buf = append(s.buf, byte(c.r))
	case s.ascii:
		s.buf = append(s.buf, asciiFor(c.r))
		s.x++
		return
	default:
		s.buf = append(s.buf, string(c.r)...)
	}
	s.x++
	if c.r >= 0x300 && !(c.r >= 0x2010 && c.r <= 0x25ff) || s.x >= s.shown.w {
		s.x = -1 // terminals disagree about the width of some characters, and about the place behind the last column
	}
}

func (s *screen) moveTo(x, y int) {
	if s.x == x && s.y == y {
		return
	}
	switch {
	case s.y == y && s.x >= 0 && x > s.x:
		s.buf = append(s.buf, "\x1b["...)
		if n := x - s.x; n > 1 {
			s.buf = strconv.AppendInt(s.buf, int64(n), 10)
		}
		s.buf = append(s.buf, 'C')
	case s.y >= 0 && s.y+1 == y && x == 0:
		s.buf = append(s.buf, "\r\n"...)
	default:
		s.buf = append(s.buf, "\x1b["...)
		s.buf = strconv.AppendInt(s.buf, int64(y+1), 10)
		if x > 0 {
			s.buf = append(s.buf, ';')
			s.buf = strconv.AppendInt(s.buf, int64(x+1), 10)
		}
		s.buf = append(s.buf, 'H')
	}
	s.x, s.y = x, y
}

// placeCursor shows the terminal's own cursor where text is typed, and hides it elsewhere.
func (s *screen) placeCursor(c *tea.Cursor, hidden bool) {
	switch {
	case c == nil && !hidden:
		s.buf = append(s.buf, ansi.HideCursor...)
	case c != nil:
		if hidden || s.x != c.X || s.y != c.Y {
			s.moveTo(c.X, c.Y)
		}
		if hidden {
			s.buf = append(s.buf, ansi.ShowCursor...)
		}
	}
	s.shown.cursor = c
}
