package ui

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"hexlay/mmapdoc"
	"hexlay/overlay/text"
)

// codecsPanel shows the selection, or what follows the cursor, in many codecs, the most plausible first. Ranking runs in
// the background; what was found for other bytes is never shown.
type codecsPanel struct {
	list
	row    int
	h      int
	found  []text.Candidate
	sample []byte
	have   rankKey // what found belongs to
	want   rankKey // what is being ranked
	cancel context.CancelFunc
}

type rankKey struct {
	version uint64
	src     mmapdoc.Range
}

// ranked is the answer of the background.
type ranked struct {
	key    rankKey
	found  []text.Candidate
	sample []byte
}

// maxRanked bounds the bytes that are ranked; more would not change the order.
const maxRanked = 1 << 20

func (p *codecsPanel) name() string          { return "codecs" }
func (p *codecsPanel) wants(_, most int) int { return most }
func (p *codecsPanel) title(*App) string {
	if p.have.src.Len() > 0 {
		return fmt.Sprintf("codecs, best first, for %s", byteCount(p.have.src.Len()))
	}
	return "codecs"
}

// refresh starts a ranking when the panel is shown and its bytes have changed.
func (p *codecsPanel) refresh(a *App) tea.Cmd {
	if !a.visible[p.name()] {
		return nil
	}
	src := a.ed.Selection()
	if src.Len() == 0 {
		src = mmapdoc.Range{Start: a.ed.Cursor(), End: min(a.ed.Size(), a.ed.Cursor()+4096)}
	}
	src.End = min(src.End, src.Start+maxRanked)
	key := rankKey{a.ed.Document().Version(), src}
	if key == p.want {
		return nil
	}
	if p.cancel != nil {
		p.cancel()
	}
	p.want = key
	ctx, cancel := context.WithCancel(context.Background())
	p.cancel = cancel
	snap := a.ed.Snapshot()
	return guarded("the ranking of codecs", func() tea.Msg {
		b := make([]byte, src.Len())
		n, _ := snap.Read(b, src.Start, nil)
		found := text.Rank(ctx, b[:n])
		if ctx.Err() != nil {
			return nil
		}
		return ranked{key, found, b[:min(n, 256)]}
	})
}

func (p *codecsPanel) take(m ranked) {
	if m.key == p.want {
		p.have, p.found, p.sample = m.key, m.found, m.sample
		p.row = min(p.row, max(0, len(p.found)-1))
	}
}

func (p *codecsPanel) draw(a *App, c *canvas, r rect, focused bool) {
	p.h = r.h
	if focused {
		p.show(int64(p.row), int64(len(p.found)), r.h)
	}
	p.clamp(int64(len(p.found)), r.h)
	replace, err := text.LookupHandler("replace", false)
	if err != nil {
		return
	}
	for y := range r.h {
		i := int(p.top) + y
		if i >= len(p.found) {
			break
		}
		cand := p.found[i]
		c.text(r.x+1, r.y+y, 4, fmt.Sprintf("%3.0f%%", cand.Score*100), styleDim)
		st := styleText
		if cand.Codec == a.ed.Codec {
			st = bold
		}
		c.text(r.x+6, r.y+y, 14, cut(cand.Codec.Name(), 14), st)
		x := r.x + 21
		_ = cand.Codec.Chars(p.sample, replace, func(ch text.Char) bool {
			cst := styleText
			if ch.Reason != "" {
				cst = styleBad
			}
			x = c.text(x, r.y+y, r.x+r.w-x, string(display(ch)), cst)
			return x < r.x+r.w-1
		})
		if focused && i == p.row {
			c.restyle(rect{r.x, r.y + y, r.w, 1}, styleRow)
		}
	}
}

func (p *codecsPanel) key(a *App, name string) (tea.Cmd, bool) {
	last := max(0, len(p.found)-1)
	switch name {
	case "up":
		p.row = max(0, p.row-1)
	case "down":
		p.row = min(last, p.row+1)
	case "pgup":
		p.row = max(0, p.row-p.h)
	case "pgdown":
		p.row = min(last, p.row+p.h)
	case "home":
		p.row = 0
	case "end":
		p.row = last
	case "enter":
		return p.choose(a), true
	default:
		return nil, false
	}
	return nil, true
}

func (p *codecsPanel) choose(a *App) tea.Cmd {
	if p.row < len(p.found) {
		return a.command("codec " + p.found[p.row].Codec.Name())
	}
	return nil
}

func (p *codecsPanel) click(a *App, _, y int, again bool) tea.Cmd {
	row := int(p.top) + y
	if row >= len(p.found) {
		return nil
	}
	same := row == p.row
	p.row = row
	if again && same {
		return p.choose(a)
	}
	return nil
}

func (p *codecsPanel) wheel(_ *App, rows int) {
	p.scroll(int64(rows), int64(len(p.found)), p.h)
}
