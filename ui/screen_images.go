package ui

import "slices"

// unknownCell is no cell that a canvas has: the terminal shows something there that is not known.
var unknownCell = cell{r: -1}

// pictured tells that a picture stands on line y.
func (f *frame) pictured(y int) bool {
	for _, im := range f.images {
		if y >= im.r.y && y < im.r.y+im.r.h {
			return true
		}
	}
	return false
}

// images brings the terminal's pictures from those that it shows to those of f, after the cells. Its cursor is somewhere then.
func (s *screen) images(f *frame) {
	now := f.images
	if slices.EqualFunc(s.shown.images, now, shownImage.same) {
		return
	}
	for i, im := range now {
		if i < len(s.shown.images) && s.shown.images[i].same(im) {
			continue
		}
		s.use(0)
		s.x, s.y = -1, -1
		s.moveTo(im.r.x, im.r.y)
		if im.how == kittyGraphics {
			imagesSent.Store(true)
			s.buf = appendKitty(s.buf, firstImage+i, im.m, im.r.w, im.r.h)
		} else {
			s.buf = appendSixel(s.buf, im.m)
		}
		s.x, s.y = -1, -1
	}
	s.shown.images = slices.Clone(now)
}

// takeAway removes the pictures that f does not have at the same place, before the cells are written: sixels by writing
// the cells again that they covered.
func (s *screen) takeAway(f *frame) {
	for i, im := range s.shown.images {
		if i < len(f.images) && f.images[i].r == im.r && f.images[i].how == im.how {
			continue // another picture over the same cells covers it
		}
		if im.how == kittyGraphics {
			s.buf = appendDeleteKitty(s.buf, firstImage+i)
		} else {
			s.smudge(im.r)
		}
		s.shown.images[i] = shownImage{}
	}
	s.shown.images = s.shown.images[:min(len(s.shown.images), len(f.images))]
}

// smudge forgets what the terminal shows in r.
func (s *screen) smudge(r rect) {
	for y := max(0, r.y); y < min(s.shown.h, r.y+r.h); y++ {
		for x := max(0, r.x); x < min(s.shown.w, r.x+r.w); x++ {
			s.shown.cells[y*s.shown.w+x] = unknownCell
		}
	}
}

// dropImages is what takes away all pictures that the terminal keeps, for the end of the alternate screen.
func (s *screen) dropImages() []byte {
	var b []byte
	for i, im := range s.shown.images {
		if im.how == kittyGraphics {
			b = appendDeleteKitty(b, firstImage+i)
		}
	}
	s.shown.images = s.shown.images[:0]
	return b
}

// ask sends questions to the terminal.
func (s *screen) ask(questions string) {
	s.wmu.Lock()
	defer s.wmu.Unlock()
	if s.active {
		_, _ = s.out.Write([]byte(questions)) // a terminal that is gone is noticed by the next frame
	}
}
