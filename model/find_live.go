package model

import (
	"context"
	"errors"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/text"
)

// liveFind is a search while its pattern is typed. The editor shows the match; it goes back when nobody wants it.
type liveFind struct {
	place
	snapshot *mmapdoc.Snapshot
	of       mmapdoc.Range // the selection or the byte under the cursor when typing began
	shown    string        // the pattern
	w        *wanted       // nil: it cannot be read
	note     string
	found    bool
	hit      mmapdoc.Range
	wrapped  bool
}

// place is where the cursor, the selection and the screen stand.
type place struct {
	cursor, anchor, top      int64
	selecting, sticky, found bool
}

func (e *Editor) place() place {
	return place{e.cursor, e.anchor, e.View.top, e.selecting, e.sticky, e.found}
}

func (e *Editor) goBack(p place) {
	e.setCursor(min(p.cursor, e.Size()))
	e.anchor, e.selecting, e.sticky, e.found = min(p.anchor, e.Size()), p.selecting, p.sticky, p.found
	e.View.top = p.top
	e.clampTop()
}

// LiveFind searches for what has been typed so far, from where the cursor stood when typing began.
func (e *Editor) LiveFind(s string) (Effect, error) {
	l := e.finding.live
	if l == nil {
		l = &liveFind{place: e.place(), of: e.Target()}
		e.finding.live = l
	}
	e.finding.nth++
	nth := e.finding.nth
	l.shown, l.found, l.note = s, false, ""
	l.snapshot = e.Snapshot()
	there := e.place()
	e.goBack(l.place) // what is selected is what was when typing began
	w, err := e.parseWanted(s)
	e.goBack(there)
	so := "" // how it is meant
	if err != nil {
		if half, herr := e.parseWanted(s + "?"); herr == nil && half.query.Kind == QueryHex { // of a byte only one digit is typed yet
			w, err = half, nil
			so = ", " + s[len(s)-1:] + " being " + s[len(s)-1:] + "?"
		}
	}
	l.w = w
	if s == "" || err != nil {
		if s != "" {
			l.note = err.Error()
		}
		e.goBack(l.place)
		e.cancelJob("find")
		return nil, nil
	}
	l.note = "searching…"
	seek, total, keep, err := e.seeker(w)
	if err != nil {
		l.note = err.Error()
		return nil, nil
	}
	from := e.before(w.shown, l.of.Start, l.place.selecting && l.place.found)
	var hit mmapdoc.Range
	var wrapped bool
	return Start{&Job{
		Kind: "find", Title: "finding " + shorten(s, 30), Total: total,
		Run: func(ctx context.Context, progress *atomic.Int64) (err error) {
			hit, wrapped, err = seek(ctx, from, 1, progress)
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			keep(e)
			switch {
			case e.finding.live != l || e.finding.nth != nth:
			case errors.Is(err, errNotFound):
				l.note = err.Error()
				e.goBack(l.place)
			case err == nil && e.Snapshot() == l.snapshot:
				l.found, l.hit, l.wrapped = true, hit, wrapped
				e.selectFound(hit)
				l.note = "found at " + hexNumber(hit.Start)
				if wrapped {
					l.note += " (went round)"
				}
				l.note += so
			case err != nil && !errors.Is(err, context.Canceled):
				l.note = err.Error()
			}
			return nil, nil
		},
	}}, nil
}

// LiveNote says what came of what is being typed.
func (e *Editor) LiveNote() string {
	if e.finding.live == nil {
		return ""
	}
	return e.finding.live.note
}

// EndLive goes back to where the cursor stood before typing began; run is what is to happen there, when the pattern was
// not given up.
func (e *Editor) EndLive(run func()) {
	l := e.finding.live
	if l != nil {
		e.goBack(l.place)
		if !l.found {
			e.cancelJob("find")
		}
	}
	if run != nil {
		run()
	}
	e.finding.live = nil
}

// cancelJob cancels the job of a kind that runs.
func (e *Editor) cancelJob(kind string) {
	if j := e.jobs.running[kind]; j != nil {
		j.cancel()
	}
}

func lookupUTF16() ([]*text.Codec, error) {
	c, err := text.Lookup("utf-16")
	if err != nil {
		return nil, err
	}
	return TextCodecs(c), nil
}
