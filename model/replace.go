package model

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"
	"unicode"

	"hexlay/mmapdoc"
	"hexlay/overlay/literal"
	"hexlay/overlay/pattern"
	"hexlay/overlay/text"
)

// replacing is a replacement that was asked about, or is done one by one.
type replacing struct {
	of    *wanted
	with  *pattern.Replacement
	shown string
	scope mmapdoc.Range  // where; its End moves with the replacements in it
	whole bool           // everywhere
	batch *mmapdoc.Batch // all of them, ready; nil when the document has changed since
	each  oneByOne
}

func needPlan(e *Editor) error {
	if e.finding.plan == nil {
		return errors.New("no replacement was asked for yet; replace does")
	}
	return nil
}

const arrow = " => "

func runReplace(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return e.findPrompt("Replace", "replace"), nil
	}
	w, with, both, err := e.parseReplace(args[0])
	if err != nil {
		return nil, err
	}
	e.finding.last = w
	if !both {
		return runReplaceWith(e, nil)
	}
	return e.prepareReplace(with)
}

var errReplaceFields = errors.New("replace: what a condition finds is changed field by field; field-set does that")

// parseReplace reads a pattern, and behind an arrow what is to take its place.
func (e *Editor) parseReplace(s string) (w *wanted, with string, both bool, err error) {
	if strings.HasPrefix(strings.TrimLeft(s, " "), strings.TrimSpace(arrow)) {
		return nil, "", false, errors.New("replace: what is to be replaced is missing in front of =>: replace 75 ?? => eb ??")
	}
	what, with, both := strings.Cut(s, arrow)
	if !both && strings.HasSuffix(s, strings.TrimRight(arrow, " ")) { // nothing stands behind it
		what, with, both = strings.TrimSuffix(s, strings.TrimRight(arrow, " ")), "", true
	}
	if w, err = e.parseWanted(what); err == nil && w.pattern == nil {
		err = errReplaceFields
	}
	return w, with, both, err
}

// previewReplace shows what becomes of the first match from the cursor on, while the replacement is typed.
func previewReplace(e *Editor, args []string) string {
	w, with, both, err := e.parseReplace(args[0])
	if err != nil || !both || strings.TrimSpace(with) == "" {
		return ""
	}
	return e.firstReplaced(w, with)
}

func previewReplaceWith(e *Editor, args []string) string {
	if e.finding.last.pattern == nil {
		return ""
	}
	return e.firstReplaced(e.finding.last, args[0])
}

// glance is how long a match is looked for to be shown while somebody types.
const glance = 5 * time.Millisecond

func (e *Editor) firstReplaced(w *wanted, with string) string {
	plan, err := e.planReplace(w, with)
	if err != nil {
		return err.Error()
	}
	ctx, cancel := context.WithTimeout(context.Background(), glance)
	defer cancel()
	for _, begin := range []mmapdoc.Range{{Start: max(plan.scope.Start, e.Target().Start), End: plan.scope.End}, plan.scope} {
		if begin.Len() <= 0 {
			continue
		}
		text := ""
		err := e.planSearch(plan, begin).Run(ctx, func(hits []mmapdoc.Range) (err error) {
			if text, err = e.previewOf(plan, hits[0]); err == nil {
				err = ErrStop
			}
			return err
		})
		if text != "" || err != nil {
			return text
		}
	}
	return ""
}

func runReplaceWith(e *Editor, args []string) (Effect, error) {
	w := e.finding.last
	if w.pattern == nil {
		return nil, errReplaceFields
	}
	if len(args) > 0 {
		return e.prepareReplace(args[0])
	}
	hint := `90 ?? $1   b"text"   "" deletes`
	switch w.query.Kind {
	case QueryText:
		hint = `text   "" deletes`
	case QueryRegexp:
		hint = `text, \xff, $1   "" deletes`
	case QueryValue:
		hint = `a value   "" deletes`
	}
	return Prompt{Title: "Replace " + shorten(w.shown, 30) + " by", Command: "replace-with", Complete: ArgString, Hint: hint}, nil
}

// planReplace reads what is to take the place of matches, and says where.
func (e *Editor) planReplace(w *wanted, with string) (*replacing, error) {
	if t := strings.TrimSpace(with); t == `""` || t == "''" {
		with = ""
	} else if rest, ok := strings.CutPrefix(with, `"`); ok && w.query.Kind == QueryText {
		with = strings.TrimSuffix(rest, `"`)
	}
	r, err := w.query.Replacement(w.pattern, with)
	if err != nil {
		return nil, fmt.Errorf("replace: %w", err)
	}
	plan := &replacing{of: w, with: r, shown: with, whole: true, scope: mmapdoc.Range{End: e.Size()}}
	// What is selected is where to replace, unless it is a match.
	if w.within != nil {
		plan.whole, plan.scope = false, w.where(e.Size())
	} else if sel := e.Scope(); sel.Len() > int64(w.pattern.MaxLen()) || sel.Len() > 1 && !e.isMatch(w, sel) {
		plan.whole, plan.scope = false, sel
	}
	return plan, nil
}

// prepareReplace finds all matches, in the background, and asks.
func (e *Editor) prepareReplace(with string) (Effect, error) {
	plan, err := e.planReplace(e.finding.last, with)
	if err != nil {
		return nil, err
	}
	return Start{e.replaceJob(plan, func(e *Editor) (Effect, error) {
		e.finding.plan = plan
		return e.askReplace(plan)
	})}, nil
}

// isMatch tells whether r is a match, as find leaves it selected.
func (e *Editor) isMatch(w *wanted, r mmapdoc.Range) bool {
	for _, h := range e.foundOf(w, r) {
		if h == r {
			return true
		}
	}
	return false
}

// replaceJob prepares all replacements and goes on with then, if the document is still the same.
func (e *Editor) replaceJob(plan *replacing, then func(*Editor) (Effect, error)) *Job {
	s := e.Snapshot()
	var batch *mmapdoc.Batch
	return &Job{
		Kind: "find", Title: "finding " + shorten(plan.of.shown, 30), Total: plan.scope.Len(),
		Run: func(ctx context.Context, progress *atomic.Int64) (err error) {
			search := Search{Snapshot: s, Pattern: plan.of.pattern, Range: plan.scope, Progress: progress}
			batch, err = Replacements(ctx, &search, plan.with, 0)
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case errors.Is(err, context.Canceled):
				return nil, nil
			case err != nil:
				return nil, err
			case batch.Len() == 0:
				return nil, fmt.Errorf("not found: %s", shorten(plan.of.shown, 60))
			case e.Snapshot() != s:
				return nil, errors.New("the document has changed meanwhile; replace again")
			}
			plan.batch = batch
			return then(e)
		},
	}
}

// previewed is how many replacements the question shows.
const previewed = 3

func (e *Editor) askReplace(plan *replacing) (Effect, error) {
	n := int64(plan.batch.Len())
	var b strings.Builder
	s := e.Snapshot()
	search := Search{Snapshot: s, Pattern: plan.of.pattern, Range: plan.scope, Begin: mmapdoc.Range{Start: plan.batch.Range().Start, End: plan.scope.End}}
	shown := 0
	err := search.Run(context.Background(), func(hits []mmapdoc.Range) error {
		for _, h := range hits {
			line, err := e.previewOf(plan, h)
			if err != nil {
				return err
			}
			b.WriteString(line + "\n")
			if shown++; shown == previewed || int64(shown) == n {
				return ErrStop
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if n > int64(shown) {
		fmt.Fprintf(&b, "and %s more\n", Grouped(n-int64(shown)))
	}
	if g := plan.batch.Grown(); g > 0 {
		fmt.Fprintf(&b, "The document becomes %s longer.", count(g, "byte"))
	} else if g < 0 {
		fmt.Fprintf(&b, "The document becomes %s shorter.", count(-g, "byte"))
	}
	where := ""
	if !plan.whole {
		where = " in the selection"
	}
	return Ask{
		Title: fmt.Sprintf("Replace %s%s?", count(n, "match"), where),
		Text:  strings.TrimSuffix(b.String(), "\n"),
		Choices: []Choice{
			{"a", "replace all " + Grouped(n), "replace-all"},
			{"o", "one by one, from the cursor on", "replace-each"},
			{"esc", "cancel", ""},
		},
	}, nil
}

// previewOf shows what becomes of a match.
func (e *Editor) previewOf(plan *replacing, h mmapdoc.Range) (string, error) {
	around := mmapdoc.Range{Start: max(plan.scope.Start, h.Start-1), End: min(plan.scope.End, h.End+1)}
	b, err := e.bytesOf(around, pattern.MaxMatch+2, "replace")
	if err != nil {
		return "", err
	}
	from, to := int(h.Start-around.Start), int(h.End-around.Start)
	old, fresh := b[from:to], plan.with.Append(nil, b, from, to)
	show := previewBytes
	for _, c := range plan.of.query.readAs() {
		if was, ok := printable(c, old); ok && (plan.of.query.Kind == QueryRegexp || strings.EqualFold(was, plan.of.query.Text)) {
			if _, ok := printable(c, fresh); ok {
				show = func(b []byte) string {
					s, _ := printable(c, b)
					return previewText(s)
				}
				break
			}
		}
	}
	return fmt.Sprintf("%#x: %s → %s", h.Start, show(old), show(fresh)), nil
}

// readAs are the codecs in which matches of a query can be read; none if it is not text that is looked for.
func (q *Query) readAs() []*text.Codec {
	switch q.Kind {
	case QueryText:
		return q.Codecs
	case QueryRegexp:
		if c, err := text.Lookup("utf-8"); err == nil {
			return []*text.Codec{c}
		}
	}
	return nil
}

// printable reads b, if it is text that can be shown.
func printable(c *text.Codec, b []byte) (string, bool) {
	s, err := c.Decode(nil, b, text.Strict)
	if err != nil {
		return "", false
	}
	for _, r := range string(s) {
		if !unicode.IsPrint(r) {
			return "", false
		}
	}
	return string(s), true
}

func previewText(s string) string {
	if s == "" {
		return "nothing"
	}
	return `"` + shorten(s, 24) + `"`
}

// previewBytes shows a few bytes.
func previewBytes(b []byte) string {
	const most = 8
	if len(b) == 0 {
		return "nothing"
	}
	s := literal.Hex(b[:min(len(b), most)], " ", 1)
	if len(b) > most {
		s += "…"
	}
	return s
}

func runReplaceAll(e *Editor, _ []string) (Effect, error) {
	plan := e.finding.plan
	if plan.batch != nil {
		err := e.applyPlan(plan, plan.batch)
		if err == nil || !errors.Is(err, mmapdoc.ErrStale) {
			return nil, err
		}
	}
	e.scopeOf(plan)
	return Start{e.replaceJob(plan, func(e *Editor) (Effect, error) { return nil, e.applyPlan(plan, plan.batch) })}, nil
}

// applyPlan does what a batch of the plan says, as one undo step.
func (e *Editor) applyPlan(plan *replacing, batch *mmapdoc.Batch) error {
	plan.batch = nil
	if err := e.applyBatch(batch); err != nil {
		return err
	}
	plan.scope.End += batch.Grown()
	e.selecting = false
	e.setCursor(min(batch.Moved(e.cursor), e.Size()))
	e.Reveal()
	e.Notef("replaced %s", count(int64(batch.Len()), "match"))
	return nil
}

// applyBatch changes the document and keeps marks and overlays in step.
func (e *Editor) applyBatch(b *mmapdoc.Batch) error {
	if err := e.doc.Apply(b); err != nil {
		return err
	}
	e.shiftBatch(b)
	return nil
}

// runReplaceOne replaces the match at the cursor, or the next one behind it, and selects the one that follows.
func runReplaceOne(e *Editor, _ []string) (Effect, error) {
	plan := e.finding.plan
	s, from := e.Snapshot(), e.Target().Start
	end := s.Size()
	if !plan.whole {
		end = min(end, plan.scope.End)
		from = max(from, plan.scope.Start)
	}
	if from >= end {
		return nil, fmt.Errorf("not found from here on: %s", shorten(plan.of.shown, 60))
	}
	var batch *mmapdoc.Batch
	var next mmapdoc.Range
	return Start{&Job{
		Kind: "find", Title: "finding " + shorten(plan.of.shown, 30), Total: end - from,
		Run: func(ctx context.Context, progress *atomic.Int64) (err error) {
			search := Search{Snapshot: s, Pattern: plan.of.pattern, Range: mmapdoc.Range{End: end}, Begin: mmapdoc.Range{Start: from, End: end}, Progress: progress}
			if batch, err = Replacements(ctx, &search, plan.with, 1); err != nil || batch.Len() == 0 {
				return err
			}
			search.Begin.Start = batch.Range().End
			if search.Begin.Len() == 0 {
				return nil
			}
			return search.Run(ctx, func(hits []mmapdoc.Range) error {
				next = hits[0]
				return ErrStop
			})
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case errors.Is(err, context.Canceled):
				return nil, nil
			case err != nil:
				return nil, err
			case batch.Len() == 0:
				return nil, fmt.Errorf("not found from here on: %s", shorten(plan.of.shown, 60))
			}
			at := batch.Range().Start
			if err := e.applyBatch(batch); err != nil {
				return nil, err
			}
			plan.batch = nil
			plan.scope.End += batch.Grown()
			if next.Len() == 0 {
				e.selecting = false
				e.setCursor(at)
				e.revealFar()
				e.Notef("replaced the one at %#x, the last one", at)
				return nil, nil
			}
			e.selectFound(mmapdoc.Range{Start: batch.Moved(next.Start), End: batch.Moved(next.End)})
			e.Notef("replaced the one at %#x; replace-one goes on", at)
			return nil, nil
		},
	}}, nil
}
