package model

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/literal"
	"hexlay/overlay/pattern"
)

// wanted is what find looks for.
type wanted struct {
	query   *Query
	pattern *pattern.Pattern // nil: a condition on fields
	text    string           // as it was typed, without the range
	shown   string           // text and the range
	within  *mmapdoc.Range   // nil: everywhere
}

func newWanted(q *Query, p *pattern.Pattern, text string, within *mmapdoc.Range) *wanted {
	w := &wanted{q, p, text, text, within}
	if within != nil {
		w.shown += fmt.Sprintf(" @%#x:%#x", within.Start, within.Len())
	}
	return w
}

// where is the range of a document of size bytes in which matches lie.
func (w *wanted) where(size int64) mmapdoc.Range {
	if w.within == nil {
		return mmapdoc.Range{End: size}
	}
	return mmapdoc.Range{Start: min(w.within.Start, size), End: min(w.within.End, size)}
}

// moved is w after an edit that moved offsets; jobs may go on with the old one.
func (w *wanted) moved(move func(int64) int64) *wanted {
	if w == nil || w.within == nil {
		return w
	}
	return newWanted(w.query, w.pattern, w.text, &mmapdoc.Range{Start: move(w.within.Start), End: move(w.within.End)})
}

// everywhere is w for another document.
func (w *wanted) everywhere() *wanted {
	if w == nil || w.within == nil {
		return w
	}
	return newWanted(w.query, w.pattern, w.text, nil)
}

// finding is what the editor knows about searches.
type finding struct {
	last *wanted // what was searched for last; nil: nothing
	live *liveFind
	// fields are all matches of the last condition, whole.
	fields *fieldHits
	marks  hitMarks
	tally  *tally // of the last search; nil: not counted
	plan   *replacing
	nth    int // which live search, so that the result of an old one is recognised
}

// notFound says that there is no match; err, which is errNotFound, may tell more.
func (w *wanted) notFound(err error) error {
	s := fmt.Sprintf("not found: %s", shorten(w.shown, 60))
	if more, ok := strings.CutPrefix(err.Error(), errNotFound.Error()); ok {
		s += more
	}
	return errors.New(s)
}

// errNotFound tells that a search ended without a match.
var errNotFound = errors.New("not found")

const findHint = `89 ?? 4?   "text   i"any case   /regexp/   <I 42   F1: more`

// patternWays are how a pattern is written.
var patternWays = []Completion{
	{Word: "89 50 4e 47", Help: "these bytes; 0x89, \\x89, b'\\x89' and others as well"},
	{Word: "89 ?? 4? ?f", Help: "?? is any byte, 4? and ?f any with that digit"},
	{Word: "(ff|00 01) 41", Help: "one or the other"},
	{Word: "01 [00-1f 7f]", Help: "a byte of these"},
	{Word: "!00   ![00 ff]", Help: "a byte that is none of these"},
	{Word: `"text`, Help: "text in the chosen codec, to the line's end"},
	{Word: `i"text`, Help: "text in capital and small letters"},
	{Word: `u"text  iu"text`, Help: "UTF-16 in both byte orders"},
	{Word: `/id=\d+\x00/  /png/i`, Help: "a regular expression over bytes; i: any case"},
	{Word: "<I 42  >2h 1 -1", Help: "values of a struct format; <>I 42: both orders"},
	{Word: "<f 3.14~0.01", Help: "a number within a tolerance"},
	{Word: "where type == 7", Help: "objects of the templates laid over the document"},
	{Word: "89 50 @sel   \"text\" @0x10:4K", Help: "only in the selection or a range; @overlay and @field too"},
}

func findCommands() []*Command {
	need := func(e *Editor) error {
		if e.finding.last == nil {
			return errors.New("nothing was searched for yet; find does")
		}
		return nil
	}
	return []*Command{
		{Name: "find", Group: "Find", Help: `Find bytes (89 ?? 4?), "text, i"text in any case, u"UTF-16 in both orders, /regexp/, <I 42, !00, where FIELD == 7; in a range: 89 50 @sel`,
			Args: []Arg{{Kind: ArgBytes, Optional: true}}, Run: runFind},
		{Name: "find-next", Group: "Find", Help: "Find the next match", Enabled: need,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.find(1) }},
		{Name: "find-previous", Group: "Find", Help: "Find the previous match", Enabled: need,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.find(-1) }},
		{Name: "find-selection", Group: "Find", Help: "Find the selected bytes again", Run: runFindSelection},
		{Name: "find-forget", Group: "Find", Help: "Forget what was searched for, and its marks", Enabled: need,
			Run: func(e *Editor, _ []string) (Effect, error) {
				e.finding.last, e.finding.fields, e.finding.tally, e.finding.plan = nil, nil, nil, nil
				delete(e.lists, "hits")
				return Panel{"hits", Hide}, nil
			}},
		{Name: "hits", Group: "Find", Help: "List all matches, of a new pattern or of the last one",
			Args: []Arg{{Kind: ArgBytes, Optional: true}}, Run: runHits},
		{Name: "next-different", Group: "Find", Help: "Go to the next byte that is not the one at the cursor", Run: seekDifferent(1)},
		{Name: "previous-different", Group: "Find", Help: "Go to the last byte before the cursor that is not the one at the cursor", Run: seekDifferent(-1)},
		{Name: "next-data", Group: "Find", Help: "Go to where the next data of a sparse file begin", Run: seekData(false, 1)},
		{Name: "previous-data", Group: "Find", Help: "Go to where the data of a sparse file before the cursor begin", Run: seekData(false, -1)},
		{Name: "next-hole", Group: "Find", Help: "Go to where the next hole of a sparse file begins", Run: seekData(true, 1)},
		{Name: "previous-hole", Group: "Find", Help: "Go to where the hole of a sparse file before the cursor begins", Run: seekData(true, -1)},
		{Name: "replace", Group: "Find", Help: "Replace matches: replace 75 ?? => eb ??, replace \"colour => color",
			Args: []Arg{{Kind: ArgBytes, Optional: true}}, Run: runReplace, Preview: previewReplace},
		{Name: "replace-with", Group: "Find", Help: "Replace the matches of the last pattern, after a look at what changes", Enabled: need,
			Args: []Arg{{Kind: ArgString, Optional: true}}, Run: runReplaceWith, Preview: previewReplaceWith},
		{Name: "replace-all", Group: "Find", Help: "Replace all matches, as replace-with has asked", Enabled: needPlan, Run: runReplaceAll},
		{Name: "replace-each", Group: "Find", Help: "Ask about the matches one by one, from the cursor on, as replace-with offers",
			Args: []Arg{{Kind: ArgWord, Choices: []string{"yes", "no", "rest", "stop"}, Optional: true}}, Enabled: needPlan, Run: runReplaceEach},
		{Name: "replace-one", Edits: true, Group: "Find", Help: "Replace the match at the cursor, or the next one, and go on to the one behind it", Enabled: needPlan, Run: runReplaceOne},
	}
}

func runFind(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return e.findPrompt("Find", "find"), nil
	}
	w, err := e.parseWanted(args[0])
	if err != nil {
		return nil, err
	}
	from := e.before(w.shown, e.Target().Start, e.Found())
	e.finding.last = w
	if l := e.finding.live; l != nil && l.w != nil && l.w.shown == w.shown && l.found && l.snapshot == e.Snapshot() && l.of == e.Target() {
		return e.arrive(l.hit, l.wrapped), nil // typing has found it already
	}
	return e.findFrom(from, 1)
}

// before is the offset behind which a pattern is searched for first, from at on. A match at the cursor itself counts, so that what a
// file begins with is found in it; but whoever stands on a match that was found and asks for the same pattern again wants the next.
func (e *Editor) before(shown string, at int64, found bool) int64 {
	if w := e.finding.last; w != nil && w.shown == shown && found {
		return at
	}
	return at - 1
}

// findPrompt asks for a pattern; what is typed is searched for at once.
func (e *Editor) findPrompt(title, command string) Prompt {
	last := ""
	if w := e.finding.last; w != nil && len(w.shown) <= 200 { // longer ones cannot be looked at in a line
		last = w.shown
	}
	return Prompt{Title: title, Command: command, Initial: last, Complete: ArgBytes, Hint: findHint, Ways: patternWays, Live: true}
}

func runFindSelection(e *Editor, _ []string) (Effect, error) {
	if e.Target().Len() == 0 {
		return nil, errors.New("find-selection: nothing is selected, and no byte is at the cursor")
	}
	b, err := e.bytesOf(e.Target(), pattern.MaxMatch, "find-selection")
	if err != nil {
		return nil, err
	}
	p, err := pattern.Bytes(b)
	if err != nil {
		return nil, fmt.Errorf("find-selection: %w", err)
	}
	shown := literal.Hex(b, " ", 1)
	e.finding.last = newWanted(&Query{Kind: QueryHex, Text: shown}, p, shown, nil)
	return e.find(1)
}

// parseWanted reads a pattern as people type it, and behind it where to look: "89 50 @sel".
func (e *Editor) parseWanted(s string) (*wanted, error) {
	s, where := cutWhere(s)
	var within *mmapdoc.Range
	if where != "" {
		var err error
		if _, within, err = e.cutRange(where); err != nil {
			return nil, fmt.Errorf("find: %w", err)
		}
		if within.Len() == 0 {
			return nil, fmt.Errorf("find: %s: a place and no range; %[1]s:64 is 64 bytes", where)
		}
	}
	q, err := e.parseQuery(s)
	if err != nil {
		return nil, err
	}
	if q.Kind == QueryField {
		if _, err := e.fieldsOf(q.Text, mmapdoc.Range{}); err != nil {
			return nil, fmt.Errorf("find: %w", err)
		}
		return newWanted(q, nil, s, within), nil
	}
	p, err := q.Compile()
	if err != nil {
		return nil, fmt.Errorf("find: %w", err)
	}
	return newWanted(q, p, s, within), nil
}

// cutWhere takes the last word, if it begins with an @, from what is searched for. In a text or a regular expression that is not
// closed it is a part of that.
func cutWhere(s string) (what, where string) {
	k := strings.LastIndex(s, " @")
	if k < 0 || strings.Contains(strings.TrimRight(s[k+2:], " "), " ") {
		return s, ""
	}
	what = strings.TrimRight(s[:k], " ")
	t := strings.TrimLeft(what, " ")
	closed := true
	if head, rest, ok := strings.Cut(t, `"`); ok && len(head) <= 2 && strings.Trim(head, "iu") == "" {
		closed = len(rest) > 1 && strings.HasSuffix(rest, `"`)
	} else if rest, ok := strings.CutPrefix(t, "/"); ok {
		rest = strings.TrimSuffix(rest, "i")
		closed = len(rest) > 1 && strings.HasSuffix(rest, "/") && !strings.HasSuffix(rest, `\/`)
	}
	if t == "" || !closed {
		return s, ""
	}
	return what, strings.TrimSpace(s[k:])
}

// parseQuery tells the kinds of queries apart by how they begin.
func (e *Editor) parseQuery(s string) (*Query, error) {
	t := strings.TrimLeft(s, " ")
	if head, rest, ok := strings.Cut(t, `"`); ok && len(head) <= 2 && strings.Trim(head, "iu") == "" {
		q := &Query{Kind: QueryText, Text: strings.TrimSuffix(rest, `"`), IgnoreCase: strings.Contains(head, "i")}
		if q.Text == "" {
			return nil, errors.New("find: no text behind the quote")
		}
		q.Codecs = TextCodecs(e.Codec)
		if strings.Contains(head, "u") {
			c, err := lookupUTF16()
			if err != nil {
				return nil, err
			}
			q.Codecs = c
		}
		return q, nil
	}
	if strings.TrimRight(t, " ") == strings.TrimRight(fieldPrefix, " ") {
		return nil, errors.New("find: a condition is missing behind where: where type == 7")
	}
	if rest, ok := strings.CutPrefix(t, fieldPrefix); ok {
		return &Query{Kind: QueryField, Text: strings.TrimSpace(rest)}, nil
	}
	if rest, ok := strings.CutPrefix(t, "/"); ok {
		q := &Query{Kind: QueryRegexp, Text: rest}
		if k := strings.LastIndexByte(rest, '/'); k > 0 && rest[k-1] != '\\' && (rest[k:] == "/" || rest[k:] == "/i") {
			q.Text, q.IgnoreCase = rest[:k], rest[k:] == "/i"
		}
		if q.Text == "" {
			return nil, errors.New("find: no regular expression behind the slash")
		}
		return q, nil
	}
	if t != "" && strings.IndexByte("<>=@", t[0]) >= 0 {
		format, value, ok := strings.Cut(t, " ")
		if !ok || strings.TrimSpace(value) == "" {
			return nil, fmt.Errorf("find: a value is missing behind the format %q: <I 42", t)
		}
		return &Query{Kind: QueryValue, Format: format, Text: value}, nil
	}
	if _, _, err := literal.ParseLine(s); err != nil {
		if _, herr := pattern.Hex(s); herr == nil || strings.ContainsAny(s, "?|!(") || t != "" && t[0] == '[' && strings.Contains(t, "-") {
			return &Query{Kind: QueryHex, Text: s}, nil
		}
		if halfByte(s) {
			digit := s[len(s)-1:]
			return nil, fmt.Errorf(`find: an odd number of hexadecimal digits: the last byte is 0%s, or %s? for any that begins with %[1]s; text to find starts with a quote: "%[3]s`, digit, digit, shorten(s, 20))
		}
		return nil, fmt.Errorf(`find: %w; text to find starts with a quote: "%s`, err, shorten(s, 20))
	}
	return &Query{Kind: QueryBytes, Text: s}, nil
}

// halfByte tells that s is bytes in hex of whose last one a digit is missing.
func halfByte(s string) bool {
	if s == "" || !strings.Contains("0123456789abcdefABCDEF", s[len(s)-1:]) {
		return false
	}
	if _, err := pattern.Hex(s); err == nil {
		return false
	}
	_, err := pattern.Hex(s + "?")
	return err == nil
}

// find searches from the cursor in a direction, then from the other end, in the background.
func (e *Editor) find(dir int) (Effect, error) { return e.findFrom(e.Target().Start, dir) }

// findFrom looks for the next match behind from, or the last before it.
func (e *Editor) findFrom(from int64, dir int) (Effect, error) {
	s, w := e.Snapshot(), e.finding.last
	seek, total, keep, err := e.seeker(w)
	if err != nil {
		return nil, fmt.Errorf("find: %w", err)
	}
	var hit mmapdoc.Range
	var wrapped bool
	return Start{&Job{
		Kind: "find", Title: "finding " + shorten(w.shown, 30), Total: total,
		Run: func(ctx context.Context, progress *atomic.Int64) (err error) {
			hit, wrapped, err = seek(ctx, from, dir, progress)
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			keep(e)
			switch {
			case errors.Is(err, context.Canceled):
				return nil, nil
			case errors.Is(err, errNotFound):
				return nil, w.notFound(err)
			case err != nil:
				return nil, err
			case e.Snapshot() != s: // found in bytes that are no longer these
				return e.findFrom(from, dir)
			}
			return e.arrive(hit, wrapped), nil
		},
	}}, nil
}

// arrive selects a match, and has all counted.
func (e *Editor) arrive(hit mmapdoc.Range, wrapped bool) Effect {
	e.jumps.leave(e.cursor)
	e.selectFound(hit)
	e.Notef("found at %#x", hit.Start)
	if wrapped {
		e.notice.Text += " (went round)"
	}
	e.tellPlace(hit.Start)
	return e.countBehind(hit.Start)
}

// findAround looks for the next match in r behind from, or the last before it, and then goes round.
func findAround(ctx context.Context, s *mmapdoc.Snapshot, p *pattern.Pattern, r mmapdoc.Range, from int64, dir int, progress *atomic.Int64) (hit mmapdoc.Range, wrapped bool, err error) {
	at := max(r.Start, min(from+1, r.End))
	parts := []mmapdoc.Range{{Start: at, End: r.End}, {Start: r.Start, End: at}}
	if dir < 0 {
		at = max(r.Start, min(from, r.End))
		parts = []mmapdoc.Range{{Start: r.Start, End: at}, {Start: at, End: r.End}}
	}
	for i, part := range parts {
		if part.Len() == 0 {
			continue
		}
		search := Search{Snapshot: s, Pattern: p, Range: r, Begin: part, Last: dir < 0, Progress: progress}
		found := false
		err := search.Run(ctx, func(hits []mmapdoc.Range) error {
			hit, found = hits[0], true
			return ErrStop
		})
		if err != nil || found {
			return hit, i > 0, err
		}
	}
	return hit, false, errNotFound
}
