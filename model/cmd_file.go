package model

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc"
)

func fileCommands() []*Command {
	return []*Command{
		{Name: "save", Group: "File", Help: "Save: the changed bytes in place, or a new file when the length changed",
			Run: func(e *Editor, _ []string) (Effect, error) { return e.save("", saveOptions{}) }},
		{Name: "save!", Group: "File", Help: "Save even over what another program wrote meanwhile",
			Run: func(e *Editor, _ []string) (Effect, error) { return e.save("", saveOptions{force: true}) }},
		{Name: "save-over", Group: "File", Help: "Save over what the last question named",
			Enabled: func(e *Editor) error {
				if e.asked == nil {
					return errors.New("no save was asked about")
				}
				return nil
			},
			Run: func(e *Editor, _ []string) (Effect, error) { return e.saveOver() }},
		{Name: "save-as", Group: "File", Help: "Save under another name and go on with that file",
			Args: []Arg{{Kind: ArgFile, Optional: true}}, Run: saveAs(saveOptions{})},
		{Name: "save-as!", Group: "File", Help: "Save under a name even if a file of that name exists",
			Args: []Arg{{Kind: ArgFile}}, Run: saveAs(saveOptions{force: true})},
		{Name: "save-quit", Group: "File", Help: "Save and quit",
			Run: func(e *Editor, _ []string) (Effect, error) {
				if !e.doc.Modified() {
					return Quit{}, nil
				}
				return e.save("", saveOptions{quit: true})
			}},
		{Name: "save-as-quit", Group: "File", Help: "Save under another name and quit",
			Args: []Arg{{Kind: ArgFile, Optional: true}}, Run: saveAs(saveOptions{quit: true})},
		{Name: "plan", Group: "File", Help: "Tell what a save would do", Run: runPlan},
		{Name: "open", Group: "File", Help: "Open another file in place of this one",
			Args: []Arg{{Kind: ArgFile, Optional: true}}, Run: openFile(false)},
		{Name: "open!", Group: "File", Help: "Open another file and give up the changes of this one",
			Args: []Arg{{Kind: ArgFile}}, Run: openFile(true)},
		{Name: "quit", Group: "File", Help: "Quit; asks when there are changes", Run: runQuit},
		{Name: "quit!", Group: "File", Help: "Quit and give up the changes",
			Run: func(*Editor, []string) (Effect, error) { return Quit{}, nil }},
		{Name: "suspend", Group: "File", Help: "Go to the shell; fg comes back",
			Run: func(*Editor, []string) (Effect, error) { return Suspend{}, nil }},
	}
}

func openFile(force bool) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, args []string) (Effect, error) {
		if len(args) == 0 {
			return Prompt{Title: "Open", Command: "open", Complete: ArgFile}, nil
		}
		path := args[0]
		if e.Inner() {
			return nil, errors.New("this document stands in another one; substream-close goes back to it")
		}
		if e.jobs.running["save"] != nil {
			return nil, errors.New("a save is running; open another file when it is done")
		}
		if e.doc.Modified() && !force {
			return Ask{Title: "Give up the changes?", Text: e.doc.Info().Name + " has changes that are not saved.", Choices: []Choice{
				{"g", "give up the changes and open", "open! " + path}, {"esc", "cancel", ""}}}, nil
		}
		return e.open(path), nil
	}
}

// open opens path in the background: a pipe or a folder of another machine may take its time to answer.
func (e *Editor) open(path string) Effect { return e.openSaying(path, "") }

// openSaying is open that tells something more when it is done.
func (e *Editor) openSaying(path, more string) Effect {
	var doc *mmapdoc.Document
	var fresh bool
	var torn *mmapdoc.TornSave
	version, old := e.doc.Version(), e.doc
	return Start{&Job{
		Kind: "open", Title: "opening " + path, Detached: true,
		Run: func(ctx context.Context, _ *atomic.Int64) (err error) {
			doc, fresh, err = OpenFile(path)
			if torn, err = openTorn(err, &doc); err == nil && ctx.Err() != nil {
				return errors.Join(ctx.Err(), doc.Close())
			}
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case errors.Is(err, context.Canceled):
				return nil, nil
			case err != nil:
				return nil, err
			case e.doc != old || e.doc.Version() != version || e.jobs.running["save"] != nil:
				return nil, errors.Join(fmt.Errorf("%s was not opened: this document was changed meanwhile", path), doc.Close())
			}
			e.Replace(doc)
			e.Notef("%s%s: %s", more, doc.Info().Name, count(doc.Size(), "byte"))
			if fresh {
				e.NoteNewFile()
			}
			if torn != nil {
				return Effects{e.TornSave(torn), e.OfferTemplate()}, nil
			}
			return Effects{e.protect(), e.Receive(), e.OfferTemplate()}, nil
		},
	}}
}

// openTorn opens a file that OpenFile refused because a save of it was interrupted, as it is.
func openTorn(err error, doc **mmapdoc.Document) (*mmapdoc.TornSave, error) {
	var torn *mmapdoc.TornSaveError
	if !errors.As(err, &torn) {
		return nil, err
	}
	*doc, err = mmapdoc.OpenTorn(torn.Torn.Path)
	return torn.Torn, err
}

// OpenAny is OpenFile that also opens a file that an interrupted save left behind; the caller hands torn to TornSave.
func OpenAny(path string) (doc *mmapdoc.Document, fresh bool, torn *mmapdoc.TornSave, err error) {
	doc, fresh, err = OpenFile(path)
	torn, err = openTorn(err, &doc)
	return doc, fresh, torn, err
}

// expandHome puts the user's folder for a leading "~/", as a shell does.
func expandHome(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return path
}

// OpenFile opens path, or where there is none begins a new file, which a save will make; fresh says so. The folder must
// be there.
func OpenFile(path string) (doc *mmapdoc.Document, fresh bool, err error) {
	path = expandHome(path)
	doc, err = mmapdoc.Open(path)
	if !errors.Is(err, fs.ErrNotExist) || strings.HasSuffix(path, "/") {
		return doc, false, err
	}
	if st, serr := os.Stat(filepath.Dir(path)); serr != nil || !st.IsDir() {
		return nil, false, err
	}
	return mmapdoc.Create(path), true, nil
}

// NoteNewFile tells that the document is a file to be made.
func (e *Editor) NoteNewFile() {
	e.Notef("%s is a new file; a save makes it", e.doc.Info().Name)
}
