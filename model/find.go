package model

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/literal"
)

// needle is what find looks for.
type needle struct {
	bytes []byte
	shown string
}

// errNotFound tells that a search ended without a match.
var errNotFound = errors.New("not found")

func findCommands() []*Command {
	need := func(e *Editor) error {
		if len(e.lastFind.bytes) == 0 {
			return errors.New("nothing was searched for yet; find does")
		}
		return nil
	}
	return []*Command{
		{Name: "find", Group: "Find", Help: `Find bytes: 89 50 4e, b"text", or text behind a quote: "abc`,
			Args: []Arg{{Kind: ArgBytes, Optional: true}}, Run: runFind},
		{Name: "find-next", Group: "Find", Help: "Find the next place with the same bytes", Enabled: need,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.find(1) }},
		{Name: "find-previous", Group: "Find", Help: "Find the previous place with the same bytes", Enabled: need,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.find(-1) }},
		{Name: "find-selection", Group: "Find", Help: "Find the selected bytes again",
			Run: func(e *Editor, _ []string) (Effect, error) {
				b, err := e.bytesOf(e.Target(), 1<<16, "find-selection")
				if err != nil {
					return nil, err
				}
				e.lastFind = needle{b, literal.Hex(b, " ", 1)}
				return e.find(1)
			}},
	}
}

func runFind(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		last := e.lastFind.shown
		if len(last) > 200 { // too long to be looked at in a line
			last = ""
		}
		return Prompt{Title: "Find", Command: "find", Initial: last, Complete: ArgBytes,
			Hint: `89 50 4e 47   b"\x00text"   "text in ` + e.Codec.Name()}, nil
	}
	p, err := e.parsePattern(args[0])
	if err != nil {
		return nil, err
	}
	e.lastFind = p
	return e.find(1)
}

// parsePattern reads text behind a leading quote, else bytes in any notation.
func (e *Editor) parsePattern(s string) (needle, error) {
	if strings.HasPrefix(s, `"`) {
		t := strings.TrimSuffix(s[1:], `"`)
		b, err := e.encode(t)
		if err != nil {
			return needle{}, err
		}
		if len(b) == 0 {
			return needle{}, errors.New("find: no text behind the quote")
		}
		return needle{b, s}, nil
	}
	b, _, err := literal.Parse(s)
	if err != nil {
		return needle{}, fmt.Errorf(`%w; text to find starts with a quote: "%s`, err, shorten(s, 20))
	}
	if len(b) == 0 {
		return needle{}, errors.New("find: no bytes to find")
	}
	return needle{b, s}, nil
}

// find searches from the cursor in a direction, then from the other end, in the background.
func (e *Editor) find(dir int) (Effect, error) {
	s, p, from := e.Snapshot(), e.lastFind, e.Target()
	var hit int64
	version := e.doc.Version()
	wrapped := false
	return Start{&Job{
		Kind: "find", Title: "finding " + shorten(p.shown, 30), Total: s.Size(),
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			var err error
			if dir > 0 {
				hit, err = findForward(ctx, s, mmapdoc.Range{Start: min(from.Start+1, s.Size()), End: s.Size()}, p.bytes, progress)
			} else {
				hit, err = findBackward(ctx, s, mmapdoc.Range{Start: 0, End: min(s.Size(), from.Start+int64(len(p.bytes))-1)}, p.bytes, progress)
			}
			if !errors.Is(err, errNotFound) {
				return err
			}
			wrapped = true
			if dir > 0 {
				hit, err = findForward(ctx, s, mmapdoc.Range{Start: 0, End: min(s.Size(), from.Start+int64(len(p.bytes)))}, p.bytes, progress)
			} else {
				hit, err = findBackward(ctx, s, mmapdoc.Range{Start: from.Start, End: s.Size()}, p.bytes, progress)
			}
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case errors.Is(err, context.Canceled):
				return nil, nil
			case errors.Is(err, errNotFound):
				return nil, fmt.Errorf("not found: %s", shorten(p.shown, 60))
			case err != nil:
				return nil, err
			case e.doc.Version() != version: // found in bytes that are no longer these
				return e.find(dir)
			}
			e.jumps.leave(e.cursor)
			e.Select(mmapdoc.Range{Start: hit, End: hit + int64(len(p.bytes))})
			e.Notef("found at %#x", hit)
			if wrapped {
				e.notice.Text += " (went round)"
			}
			return nil, nil
		},
	}}, nil
}

// findChunk is the window of a search, a variable for tests. It stays far below the 1 GiB that one bytes.Index may safely
// get.
var findChunk int64 = 4 << 20

// findForward gives the start of the first match that lies in r. Holes of a sparse file are jumped over, and bytes that
// cannot be read match nothing.
func findForward(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, p []byte, progress *atomic.Int64) (int64, error) {
	buf := make([]byte, min(findChunk, max(0, r.Len()))+int64(len(p)))
	lead := int64(bytes.IndexFunc(p, func(c rune) bool { return c != 0 })) // -1: zeros alone are looked for
	for at := r.Start; r.End-at >= int64(len(p)); at += findChunk {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if lead >= 0 {
			data := s.NextData(at)
			if jump := data.Start - lead - at; jump > 0 {
				progress.Add(jump)
				at += jump
			}
			if r.End-at < int64(len(p)) {
				break
			}
		}
		if i := indexRead(s, buf, at, r.End, p, false); i >= 0 {
			return i, nil
		}
		progress.Add(findChunk)
		if r.End-at <= findChunk {
			break
		}
	}
	return 0, errNotFound
}

// findBackward gives the start of the last match that lies in r.
func findBackward(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, p []byte, progress *atomic.Int64) (int64, error) {
	buf := make([]byte, min(findChunk, max(0, r.Len()))+int64(len(p)))
	for end := r.End; end > r.Start; { // a match may begin in front of a window and end behind it
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		at := max(r.Start, end-findChunk)
		if i := indexRead(s, buf, at, r.End, p, true); i >= 0 {
			return i, nil
		}
		progress.Add(findChunk)
		if at == r.Start {
			break
		}
		end = at
	}
	return 0, errNotFound
}

// indexRead reads a window from at, with room for a match that begins at its last byte, but not beyond end, and gives the
// offset of the first or last match between the bytes that cannot be read; -1 for none.
func indexRead(s *mmapdoc.Snapshot, buf []byte, at, end int64, p []byte, last bool) int64 {
	n, lost := s.Read(buf[:min(int64(len(buf)), end-at)], at, nil)
	parts := make([]mmapdoc.Range, 0, len(lost)+1)
	from := at
	for _, l := range append(lost, mmapdoc.Range{Start: at + int64(n), End: at + int64(n)}) {
		parts = append(parts, mmapdoc.Range{Start: from, End: max(from, l.Start)})
		from = l.End
	}
	index := bytes.Index
	if last {
		index = bytes.LastIndex
		slices.Reverse(parts)
	}
	for _, r := range parts {
		if i := index(buf[r.Start-at:r.End-at], p); i >= 0 {
			return r.Start + int64(i)
		}
	}
	return -1
}
