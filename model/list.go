package model

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
)

// A List is places in the document with what is to be said of each: matches, strings, checksums, carved files, regions. One
// panel of a face shows it a row at a time; its filter, its chosen row and its commands are the same for all.
//
// A job fills it while it is looked at. What belongs to the rows may be read by any goroutine, the rest by the editor's.
type List struct {
	Name  string // of the panel too
	Title string // what was looked for
	Again string // the command line that makes the list anew; "" when there is none
	Rows  Rows

	// Use does with a row what list-use promises; nil: it does what choosing the row does.
	Use func(e *Editor, row ListRow) (Effect, error)

	snapshot *mmapdoc.Snapshot // of the document as it was looked through; nil: the list is of no document's bytes
	jumps    bool              // choosing a row goes to its start and selects nothing
	speaks   bool              // choosing a row says it whole: a narrow panel cuts it
	tail     bool              // rows come at the end all the time: the last one stays chosen until another one is
	ended    atomic.Bool
	note     string // how it ended, where that is worth telling
	before   int64  // so many rows were there before what fills it began
	row      int64  // the chosen one, among those shown
	filter   *listFilter
}

// Rows are what a list holds. They may grow; any goroutine may ask.
type Rows interface {
	Len() int64
	Row(i int64) ListRow
}

// ListRow is one line of a list; its texts are not made printable yet.
type ListRow struct {
	Range mmapdoc.Range
	Lead  string // a word in front: a codec, an algorithm, a template
	Text  string
	Note  string // said after it, dimly
	State State
	Copy  string // what is copied, if not Text
	// Bytes tells that the row is the bytes of Range, to be shown with those around them.
	Bytes bool

	// parts are the places of a row whose bytes do not stand behind each other; Range is the first of them. Nil: there is but Range.
	parts []mmapdoc.Range
}

// nowhere is the Range of a row that has no place in the document.
var nowhere = mmapdoc.Range{Start: -1, End: -1}

// Placed tells whether a row has a place in the document.
func (r ListRow) Placed() bool { return r.Range.Start >= 0 }

// ListNames are the lists that there are; each has a panel.
var ListNames = []string{"hits", "strings", "hashes", "which", "carved", "frames", "links", "held", "conversations", "protocols", "varying", "capture", "regions", "fields", "packet-fields"}

// foundLists are those whose rows are places to look at. What the rows of the others select are ranges to work on: a file, a region.
var foundLists = []string{"hits", "strings", "fields", "packet-fields"}

// listHelp says what fills each list.
var listHelp = map[string]string{
	"hits":          "hits lists all matches of a pattern",
	"strings":       "strings lists the printable text",
	"hashes":        "hash computes checksums",
	"which":         "which finds out what checksum the selected bytes are",
	"carved":        "carve lists files of known formats within the document",
	"frames":        "Nothing is live: listen, connect and proxy show bytes as they pass, frame by frame.",
	"links":         "Nothing is live: listen, connect and proxy begin.",
	"held":          "No frame is held: hold on holds what passes a proxy.",
	"fields":        "compare-fields lists the fields of a template that differ between two documents",
	"packet-fields": "packet-compare lists the fields in which two packets differ",
	"conversations": "conversations lists the TCP streams of a capture",
	"protocols":     "packet-hierarchy counts the protocols of a capture",
	"capture":       "capture-info lists what a capture says of itself",
	"varying":       "packet-vary lists which bytes of many packets vary, and how",
	"regions":       "Only the memory of a process has regions: hexlay --pid N.",
}

// List is the list of a name, nil when nothing has filled it.
func (e *Editor) List(name string) *List {
	if l := e.lists[name]; l != nil || name != "regions" || e.doc.Regions() == nil {
		return l
	}
	e.setList(e.regionList())
	return e.lists[name]
}

// ListHelp says what fills the list of a name.
func (e *Editor) ListHelp(name string) string {
	if e.live != nil && e.Inner() && (name == "frames" || name == "links" || name == "held") {
		return "This document was opened from another one, which has them: substream-close goes back."
	}
	return listHelp[name]
}

// setList makes l the list of its name.
func (e *Editor) setList(l *List) {
	if e.lists == nil {
		e.lists = make(map[string]*List)
	}
	e.lists[l.Name] = l
	e.listed = l.Name
}

// dropLists forgets all lists: they are of another document.
func (e *Editor) dropLists() {
	for name := range e.lists {
		e.cancelJob("filter " + name)
	}
	e.lists = nil
}

// Stale tells that the document's bytes have changed since the list was made. A save changes none.
func (e *Editor) Stale(l *List) bool { return l.snapshot != nil && !e.Snapshot().SameBytes(l.snapshot) }

// Heading is what a panel's title says of the list.
func (e *Editor) Heading(l *List) string {
	var b strings.Builder
	b.WriteString(l.Name + ": ")
	if l.filter != nil {
		fmt.Fprintf(&b, "%s with %q of ", Grouped(l.Len()), shorten(l.filter.text, 16))
	}
	b.WriteString(Grouped(l.Rows.Len()))
	state := ""
	switch {
	case e.Stale(l):
		state = ", outdated"
		if l.Again != "" {
			state += "; r lists anew"
		}
	case !l.ended.Load(), l.filter != nil && !l.filter.ended.Load():
		state = " …"
	case l.note != "":
		state = ", " + l.note
	}
	if l.Title != "" {
		room := 24
		if len(state) > len(" …") { // it tells more than the end of a long title, and a panel beside the grid has few columns
			room = 14
		}
		b.WriteString(" of " + shorten(l.Title, room))
	}
	return b.String() + state
}

// Len is how many rows there are, after the filter.
func (l *List) Len() int64 {
	if l.filter != nil {
		return l.filter.found.Len()
	}
	return l.Rows.Len()
}

// Row is row i of Len.
func (l *List) Row(i int64) ListRow { return l.Rows.Row(l.index(i)) }

// index is the place of row i among all rows.
func (l *List) index(i int64) int64 {
	if l.filter != nil {
		return l.filter.found.at(i)
	}
	return i
}

// lastRow is the last row, whichever that is.
const lastRow = math.MaxInt64

// Chosen is the row that was chosen last.
func (l *List) Chosen() int64 { return max(0, min(l.row, l.Len()-1)) }

// Ended tells whether the list is complete.
func (l *List) Ended() bool { return l.ended.Load() }

// Filter is the text that the rows shown hold; "" for all.
func (l *List) Filter() string {
	if l.filter == nil {
		return ""
	}
	return l.filter.text
}

// ChooseRow chooses row i of a list and goes to its place.
func (e *Editor) ChooseRow(name string, i int64) {
	l := e.List(name)
	if l == nil || i < 0 || i >= l.Len() {
		return
	}
	e.listed = name
	if l.row = i; l.tail && i == l.Len()-1 {
		l.row = lastRow
	}
	row := l.Row(i)
	if row.Range.End > e.Size() {
		e.Fail(fmt.Errorf("the document has become shorter since; the row lies at %#x", row.Range.Start))
		return
	}
	if !row.Placed() {
		e.Notef("%s of %s; its bytes are not in the document", Grouped(i+1), count(l.Len(), listUnits[name]))
		return
	}
	e.jumps.leave(e.cursor)
	switch {
	case l.jumps || row.Range.Len() == 0:
		e.moveTo(row.Range.Start)
		e.revealFar()
	case slices.Contains(foundLists, name):
		e.selectFound(row.Range)
	default:
		e.selectPlace(row.Range)
	}
	if l.speaks {
		e.Notef("%s: %s", strings.TrimSpace(row.Lead+" "+strings.TrimSpace(row.Text)), row.Note)
		return
	}
	if name == "fields" || name == "packet-fields" { // both values, which a narrow panel cuts
		e.Notef("%s of %s: %s: %s", Grouped(i+1), count(l.Len(), listUnits[name]), row.Lead, row.Text)
		return
	}
	e.Notef("%s of %s at %#x", Grouped(i+1), count(l.Len(), listUnits[name]), row.Range.Start)
}

// listUnits are what the rows of each list are called.
var listUnits = map[string]string{"hits": "match", "strings": "string", "hashes": "checksum", "which": "answer", "carved": "file",
	"frames": "frame", "links": "link", "held": "frame", "conversations": "stream", "protocols": "protocol", "varying": "field", "regions": "region", "fields": "field", "packet-fields": "field"}

// chosenList is the list that commands mean: the one that was looked at last.
func (e *Editor) chosenList() (*List, error) {
	if l := e.List(e.listed); l != nil {
		return l, nil
	}
	for _, name := range ListNames {
		if l := e.List(name); l != nil {
			return l, nil
		}
	}
	return nil, errors.New("there is no list yet; hits and strings make one")
}

func (e *Editor) someList() error {
	_, err := e.chosenList()
	return err
}

// LookAt tells which list commands mean from now on.
func (e *Editor) LookAt(name string) { e.listed = name }

func listCommands() []*Command {
	row := func(do func(e *Editor, l *List, row ListRow) (Effect, error)) func(*Editor, []string) (Effect, error) {
		return func(e *Editor, _ []string) (Effect, error) {
			l, err := e.chosenList()
			if err != nil {
				return nil, err
			}
			if l.Len() == 0 {
				return nil, fmt.Errorf("%s: the list has no rows", l.Name)
			}
			return do(e, l, l.Row(l.Chosen()))
		}
	}
	step := func(by int64) func(*Editor, *List, ListRow) (Effect, error) {
		return func(e *Editor, l *List, _ ListRow) (Effect, error) {
			i := l.Chosen() + by
			if i < 0 || i >= l.Len() {
				return nil, fmt.Errorf("no more rows in %s that way", l.Name)
			}
			e.ChooseRow(l.Name, i)
			return nil, nil
		}
	}
	return []*Command{
		{Name: "list-next", Group: "Find", Help: "Go to the next row of the list looked at last", Enabled: (*Editor).someList, Run: row(step(1))},
		{Name: "list-previous", Group: "Find", Help: "Go to the row before in the list looked at last", Enabled: (*Editor).someList, Run: row(step(-1))},
		{Name: "list-filter", Group: "Find", Help: "Show only the rows of the list that hold a text; without one, ask", Enabled: (*Editor).someList,
			Args: []Arg{{Kind: ArgString, Optional: true}}, Run: runListFilter},
		{Name: "list-all", Group: "Find", Help: "Show all rows of the list again", Enabled: (*Editor).someList,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.filterList("") }},
		{Name: "list-copy", Group: "Find", Help: "Copy the text of the chosen row to the terminal's clipboard", Enabled: (*Editor).someList,
			Run: row(func(e *Editor, l *List, row ListRow) (Effect, error) {
				s := row.copied(l)
				e.Notef("copied: %s", shorten(strings.Join(strings.Fields(s), " "), 60))
				return Clipboard{s}, nil
			})},
		{Name: "list-use", Group: "Find", Help: "Use the chosen row: lay the template of a carved file over it; else go to it", Enabled: (*Editor).someList,
			Run: row(func(e *Editor, l *List, row ListRow) (Effect, error) {
				if l.Use != nil {
					return l.Use(e, row)
				}
				e.ChooseRow(l.Name, l.Chosen())
				return nil, nil
			})},
		{Name: "list-again", Group: "Find", Help: "Make the list anew, of the document as it is now", Enabled: (*Editor).someList,
			Run: func(e *Editor, _ []string) (Effect, error) {
				l, err := e.chosenList()
				if err != nil || l.Again == "" {
					return nil, err
				}
				return e.do(l.Again)
			}},
	}
}

// copied is the row as it is put on the clipboard: its text, else its bytes as hex.
func (r ListRow) copied(l *List) string {
	if r.Bytes && l.snapshot != nil {
		b := make([]byte, min(r.Range.Len(), 1<<16))
		n, _ := l.snapshot.Read(b, r.Range.Start, nil)
		return fmt.Sprintf("%x", b[:n])
	}
	return or(r.Copy, or(r.Text, r.Lead))
}

// text is what a filter looks at, in lower case.
func (r ListRow) text(l *List) string {
	if r.Bytes && l.snapshot != nil {
		b := make([]byte, min(r.Range.Len()+16, 256))
		n, _ := l.snapshot.Read(b, max(0, r.Range.Start-8), nil)
		return strings.ToLower(string(b[:n]))
	}
	return strings.ToLower(r.Lead + "\t" + r.Text + "\t" + r.Note)
}

// listJob is a job that fills l. done says how it ended; it is called with the editor's goroutine, unless the job failed or was
// cancelled.
func (e *Editor) listJob(l *List, title string, total int64, fill func(ctx context.Context, progress *atomic.Int64) error, done func(e *Editor) (Effect, error)) Effect {
	e.cancelJob("filter " + l.Name)
	e.setList(l)
	return Effects{Panel{l.Name, Focus}, Start{&Job{
		Kind: l.Name, Title: title, Total: total, Quick: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			defer l.ended.Store(true)
			return fill(ctx, progress)
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case errors.Is(err, context.Canceled) && l.before > 0:
				e.Notef("cancelled: %s, as before", count(l.before, listUnits[l.Name]))
				return nil, nil
			case errors.Is(err, context.Canceled):
				l.note = "cancelled"
				e.Notef("cancelled after %s", count(l.Rows.Len(), listUnits[l.Name]))
				return nil, nil
			case err != nil:
				l.note = "failed"
				return nil, err
			}
			return done(e)
		},
	}}}
}

// fixedRows are rows that are kept as they are.
type fixedRows struct {
	mu   sync.Mutex
	rows []ListRow
}

func (f *fixedRows) add(row ListRow) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rows = append(f.rows, row)
}

func (f *fixedRows) Len() int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(f.rows))
}

func (f *fixedRows) Row(i int64) ListRow {
	f.mu.Lock()
	defer f.mu.Unlock()
	if i < 0 || i >= int64(len(f.rows)) {
		return ListRow{}
	}
	return f.rows[i]
}
