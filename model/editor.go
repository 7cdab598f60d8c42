// Package model is the editor without a terminal: cursor, selection, marks, the command table, clipboard, settings and
// jobs over a document.
//
// It draws nothing and reads no key. A face (package ui) tells it how many rows and columns it shows, runs commands by
// name, and carries out the Effect that a command returns. Tests drive it the same way, with no screen.
//
// An Editor belongs to one goroutine. What runs elsewhere (a save, a search) gets a snapshot and a Job.
package model

import (
	"errors"
	"fmt"
	"slices"

	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
	"hexlay/overlay/text"
)

// Column is the part of a row that takes what is typed.
type Column int

// The two columns of the grid.
const (
	Hex Column = iota
	Text
)

// Settings are the choices of the user that change how bytes are shown and typed.
type Settings struct {
	Insert     bool // typing inserts; else it overwrites
	BigEndian  bool
	MendOnEdit bool // an edited field takes what depends on it along
	Group      int  // bytes in a group of hex digits: 1, 2, 4 or 8
	Columns    int  // bytes in a row; 0 fits the window
	Codec      *text.Codec
	Handler    text.Handler
	// Ports say which template lies over what a port carries in captures; they go before what is usual.
	Ports packet.Ports
	// PacketColumns are expressions whose values the list of packets shows; PacketTime is how it shows times at first.
	PacketColumns []string
	PacketTime    TimeForm
	PacketNames   bool // the list shows names instead of addresses, as far as the capture has them

	file string // where settings are kept; "" for nowhere
	// Sidecar decodes the text column of the grid; nil shows ASCII, one cell a byte.
	Sidecar *text.Codec
}

// Editor is the whole state of one document being edited.
type Editor struct {
	Settings
	View      View
	Templates TemplateOptions // set before the first overlay

	doc    *mmapdoc.Document
	cursor int64
	low    bool // the cursor stands on the low nibble of its byte
	column Column

	selecting bool
	sticky    bool  // while selecting, every motion extends the selection
	found     bool  // while selecting, the selection is where a search or a list of such places led; see Scope
	anchor    int64 // the selection runs from anchor to cursor, both included

	marks     map[rune]int64
	jumps     jumpList
	register  register
	finding   finding
	lists     map[string]*List
	listed    string // the name of the list looked at last
	fileMap   *Map   // nil until a face shows it
	pictures  pictures
	overlays  []*Overlay
	overlayID int
	stamps    int64
	outline   *outline // nil before the first overlay
	// outlineStamp is the outline's stamp as far as the editor knows; treeJobs counts the jobs on it.
	outlineStamp, treeJobs int64
	// walks counts the walks that ended; walkStopped is what the screen showed when the user cancelled one.
	walks        int64
	walkStopped  sightKey
	sight        *Sight
	looking      sightKey          // what was asked last
	kept         []string          // files that are never written, whatever their permissions
	keeping      bool              // files opened from now on are kept too
	torn         *mmapdoc.TornSave // an interrupted save of the document's file that nobody has mended
	outside      outside
	growing      growing
	live         *live          // nil when nothing is
	asked        *askedSave     // nil unless a save waits for an answer
	removed      []removal      // what deletions did to places, for undo
	problems     *TemplateError // of the template that was refused last
	patched      *patchPlan     // nil unless a patch waits to be applied
	ownTemplates []string       // names in the user's folder

	comparison *Comparison       // what the document is, or was, compared in
	captures   []*Capture        // of the document and of those around it, where they are captures
	noCapture  *mmapdoc.Document // the document that is none

	outers []outer // the documents that this one was opened from, the outermost first

	protection protection

	settingsKept int64 // how many settings were

	notice Notice
	jobs   jobs
}

// Notice is the one line that tells what the last command did or why it did not.
type Notice struct {
	Text  string
	Error bool
	Hint  Hint
}

// A Hint is a command that is worth trying next, and what it would do; a face shows the key for it.
type Hint struct{ Command, Does string }

// defaultSettings are those of an editor that nobody has told anything.
func defaultSettings() Settings {
	utf8, err := text.Lookup("utf-8")
	if err != nil {
		panic("model: the utf-8 codec is missing from the codec table")
	}
	strict, err := text.LookupHandler("strict", false)
	if err != nil {
		panic("model: the strict handler is missing from the handler table")
	}
	return Settings{Group: 1, Codec: utf8, Handler: strict}
}

// New makes an editor over doc, with the cursor at its first byte. It owns doc from now on.
func New(doc *mmapdoc.Document) *Editor {
	return &Editor{
		Settings: defaultSettings(),
		View:     View{rows: 24, cols: 16},
		doc:      doc,
		marks:    make(map[rune]int64),
	}
}

// Document is the document being edited. Change it only through commands: they keep marks and cursor in step.
func (e *Editor) Document() *mmapdoc.Document { return e.doc }

// Snapshot is the document as it is now.
func (e *Editor) Snapshot() *mmapdoc.Snapshot { return e.doc.Snapshot() }

// Size is the document's length in bytes.
func (e *Editor) Size() int64 { return e.doc.Size() }

// Cursor is the offset of the byte under the cursor; Size() is the place behind the last byte.
func (e *Editor) Cursor() int64 { return e.cursor }

// LowNibble tells that the next hex digit goes to the low half of the byte under the cursor.
func (e *Editor) LowNibble() bool { return e.low }

// Column is the column that takes what is typed.
func (e *Editor) Column() Column { return e.column }

// Notice is the last command's message; it stays until the next command.
func (e *Editor) Notice() Notice { return e.notice }

// Notef sets the message line.
func (e *Editor) Notef(format string, args ...any) {
	e.notice = Notice{Text: fmt.Sprintf(format, args...)}
}

// Fail sets the message line to an error.
func (e *Editor) Fail(err error) {
	e.notice = Notice{Text: err.Error(), Error: true}
	var h *hintedError
	if errors.As(err, &h) {
		e.notice.Hint = h.hint
	}
}

// hintedError is an error with a command that does what was wanted in another way.
type hintedError struct {
	error
	hint Hint
}

func (h *hintedError) Unwrap() error { return h.error }

// Marks are the named places, a copy.
func (e *Editor) Marks() map[rune]int64 {
	m := make(map[rune]int64, len(e.marks))
	for k, v := range e.marks {
		m[k] = v
	}
	return m
}

// Replace gives the editor another document, as :open does. The old one is closed after its jobs have ended; its changes
// are given up.
func (e *Editor) Replace(doc *mmapdoc.Document) {
	old := e.doc
	e.jobs.stopAll()
	e.endWatch()
	e.endReceive()
	e.endLive()
	e.growing.following = false
	e.outside, e.torn = outside{}, nil
	old.Unlock()
	if err := old.DropJournal(); err != nil {
		e.Fail(err)
	}
	e.doc = doc
	e.keepFile()
	e.cursor, e.low, e.selecting = 0, false, false
	e.marks = make(map[rune]int64)
	e.jumps, e.overlays, e.outline, e.sight, e.looking, e.asked, e.removed = jumpList{}, nil, nil, nil, sightKey{}, nil, nil
	e.finding = finding{last: e.finding.last.everywhere()}
	e.dropLists()
	e.fileMap, e.pictures.survey, e.pictures.shown = nil, nil, nil
	e.View.top = 0
	if e.register.from == old { // what was copied there may still be pasted
		e.register.keep = old
	} else {
		old.Close()
	}
}

// KeepFiles sees to it that no save writes the document's file, nor that of one opened later.
func (e *Editor) KeepFiles() {
	e.keeping = true
	e.keepFile()
}

func (e *Editor) keepFile() {
	if path := e.doc.Info().Path; e.keeping && path != "" {
		e.kept = append(e.kept, path)
	}
}

// keeps tells whether path is one of the files that are never written.
func (e *Editor) keeps(path string) bool {
	return slices.ContainsFunc(e.kept, func(k string) bool { return sameFile(path, k) })
}

// Close cancels what runs, waits for it and closes the document.
func (e *Editor) Close() error {
	away := e.comparison.end()
	e.jobs.stopAll()
	e.endWatch()
	e.endReceive()
	e.endLive()
	e.register.drop()
	err := errors.Join(away, e.doc.Close())
	for _, o := range e.outers {
		err = errors.Join(err, o.doc.Close())
	}
	return err
}
