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
	"hexlay/overlay/text"
)

// FoundString is a run of printable characters and the codec that reads it.
type FoundString struct {
	text.Run
	Codec int // index into the codecs that were looked for
}

// Strings hands the runs of at least least characters in r to show, those of all codecs in the order of their ends; unlikely tells
// that what is probably no text is wanted too. Holes are not read.
func Strings(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, codecs []*text.Codec, least int, unlikely bool, progress *atomic.Int64, show func(FoundString) error) error {
	finders := make([]*text.Finder, len(codecs))
	var queue []FoundString
	feed := func(b []byte, off int64, final bool) error {
		queue = queue[:0]
		for i, f := range finders {
			f.Find(b, off, final, func(r text.Run) bool {
				queue = append(queue, FoundString{r, i})
				return true
			})
		}
		if len(finders) > 1 {
			slices.SortStableFunc(queue, func(a, b FoundString) int { return int(min(max(a.End-b.End, -1), 1)) })
		}
		for _, f := range queue {
			if err := show(f); err != nil {
				return err
			}
		}
		progress.Store(off + int64(len(b)) - r.Start)
		return ctx.Err()
	}
	for at := r.Start; at < r.End; {
		data := s.NextData(at)
		data.Start, data.End = min(data.Start, r.End), min(data.End, r.End)
		if at == r.Start || data.Start > at { // a hole is zeros, which are text in no codec: begin anew behind it
			if at > r.Start {
				if err := feed(nil, at, true); err != nil {
					return err
				}
			}
			for i, c := range codecs {
				if finders[i] = c.NewFinder(least); !unlikely {
					finders[i].Sure()
				}
			}
		}
		if data.Start >= data.End {
			break
		}
		err := s.Scan(data, func(off int64, b []byte) error {
			for len(b) > 0 {
				n := min(len(b), stringsBlock)
				if err := feed(b[:n], off, false); err != nil {
					return err
				}
				off, b = off+int64(n), b[n:]
			}
			return nil
		})
		if err != nil {
			return err
		}
		at = data.End
	}
	if r.Len() == 0 {
		return nil
	}
	return feed(nil, r.End, true)
}

const stringsBlock = 256 << 10

// stringRows are ranges of text; what stands there is decoded when it is asked for.
type stringRows struct {
	rangeList
	snapshot *mmapdoc.Snapshot
	codecs   []*text.Codec
	handler  text.Handler
}

// maxShownText bounds how much of a long string a row reads.
const maxShownText = 1 << 10

func (l *stringRows) Row(i int64) ListRow {
	r, tag := l.at(i)
	row := ListRow{Range: r}
	b := make([]byte, min(r.Len(), maxShownText))
	n, lost := l.snapshot.Read(b, r.Start, nil)
	if len(lost) > 0 {
		row.Note, row.State = "cannot be read any more", Failed
		return row
	}
	c := l.codecs[tag]
	if len(l.codecs) > 1 {
		row.Lead = c.Name()
	}
	var out []byte
	_ = c.Chars(b[:n], l.handler, func(ch text.Char) bool {
		out = append(out, ch.Text...)
		return true
	})
	row.Text = string(out)
	return row
}

func stringsCommands() []*Command {
	return []*Command{
		{Name: "strings", Group: "Find", Help: "List the printable text: strings, strings 8 ascii,utf-16-le,shift_jis, strings @sel, strings 5 @0x100:4K, strings 4 utf-16-le unlikely",
			Args: []Arg{{Kind: ArgString, Optional: true}}, Run: runStrings},
	}
}

// cutRange takes a last word "@RANGE" off an argument; "@sel" is the selection, "@overlay" the overlay under the cursor and "@field" its
// innermost field there. at is nil where there is none.
func (e *Editor) cutRange(s string) (rest string, at *mmapdoc.Range, err error) {
	words := strings.Fields(s)
	if len(words) == 0 || words[len(words)-1][0] != '@' {
		return s, nil, nil
	}
	where := words[len(words)-1][1:]
	rest = strings.Join(words[:len(words)-1], " ")
	if where == "sel" {
		r := e.Selection()
		if r.Len() == 0 {
			return "", nil, errors.New("@sel: nothing is selected")
		}
		return rest, &r, nil
	}
	switch where {
	case "overlay":
		o, err := e.overlayHere()
		if err != nil {
			return "", nil, fmt.Errorf("@overlay: %w", err)
		}
		r := e.regionOf(o)
		return rest, &r, nil
	case "field":
		if e.sight == nil || len(e.sight.Chain) == 0 {
			return "", nil, errors.New("@field: no template's field lies under the cursor")
		}
		return rest, &e.sight.Chain[0], nil
	}
	r, err := e.AddressRange(where)
	return rest, &r, err
}

// DefaultStrings are the codecs that strings are looked for in unless others are named, and the least number of characters.
var DefaultStrings = []string{"ascii", "utf-16-le"}

const leastString = 4

func runStrings(e *Editor, args []string) (Effect, error) {
	least, names, unlikely := leastString, DefaultStrings, false
	s := e.Snapshot()
	r, where := mmapdoc.Range{End: s.Size()}, ""
	if len(args) > 0 {
		text, at, err := e.cutRange(args[0])
		if err != nil {
			return nil, err
		}
		if at != nil {
			r, where = *at, fmt.Sprintf(" @%#x:%d", at.Start, at.Len())
		}
		for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' }) {
			n, err := strconv.Atoi(w)
			switch {
			case err == nil && (n < 1 || n > 1<<16):
				return nil, fmt.Errorf("strings of at least %s characters: 1 to 65,536", Grouped(int64(n)))
			case err == nil:
				least = n
			case w == "unlikely":
				unlikely, where = true, " unlikely"+where
			default:
				names = append(slices.Clip(names), w)
			}
		}
		names = names[map[bool]int{true: len(DefaultStrings)}[len(names) > len(DefaultStrings)]:]
	}
	var codecs []*text.Codec
	for _, name := range names {
		c, err := text.Lookup(name)
		if err != nil {
			return nil, err
		}
		if !slices.Contains(codecs, c) {
			codecs = append(codecs, c)
		}
	}
	if len(codecs) > 255 {
		return nil, fmt.Errorf("strings in %d codecs: at most 255", len(codecs))
	}
	handler, err := text.LookupHandler("replace", false)
	if err != nil {
		return nil, err
	}
	rows := &stringRows{snapshot: s, codecs: codecs, handler: handler}
	l := &List{Name: "strings", Title: fmt.Sprintf("%s, %d or more", strings.Join(names, ","), least), Rows: rows, snapshot: s,
		Again: fmt.Sprintf("strings %d %s%s", least, strings.Join(names, ","), where)}
	full := false
	return e.listJob(l, "listing strings", r.Len(),
		func(ctx context.Context, progress *atomic.Int64) error {
			err := Strings(ctx, s, r, codecs, least, unlikely, progress, func(f FoundString) error {
				if full = !rows.add(mmapdoc.Range{Start: f.Start, End: f.End}, uint8(f.Codec)); full {
					return ErrStop
				}
				return nil
			})
			if full {
				return nil
			}
			return err
		},
		func(e *Editor) (Effect, error) {
			n := rows.Len()
			switch {
			case full:
				l.note = "and more"
				e.Notef("more than %s; the list ends there", count(n, "string"))
			case n == 0:
				return nil, fmt.Errorf("no printable text of at least %s", count(int64(least), "character"))
			default:
				e.Notef("%s", count(n, "string"))
			}
			return nil, nil
		}), nil
}
