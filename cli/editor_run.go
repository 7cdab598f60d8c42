package cli

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/templates"
	"hexlay/ui"
)

// runEditor starts the editor and returns when it ends. Without a file it opens what is piped in, else the tour.
func runEditor(o editorOptions) error {
	if err := meant(o); err != nil {
		return err
	}
	if len(o.Files) > 1 {
		return fmt.Errorf("the editor opens one file at a time, not %d; :open opens the next one", len(o.Files))
	}
	if err := canDraw(); err != nil {
		return err
	}
	var opts ui.Options
	doc, fresh, torn, err := openDocument(o, &opts)
	if err != nil {
		return err
	}
	ed := model.New(doc)
	if fresh {
		ed.NoteNewFile()
		if len(o.Near) > 0 {
			ed.Notef("%s; a verb is hexlay %s", ed.Notice().Text, strings.Join(o.Near, ", "))
		}
	}
	if o.ReadOnly {
		ed.KeepFiles()
	}
	if list := ed.Regions(); len(list) > 0 {
		ed.Jump(list[0].Start)
	}
	if err := start(ed, o, &opts); err != nil {
		return errors.Join(err, ed.Close())
	}
	if torn != nil {
		opts.First = ed.TornSave(torn)
	} else {
		opts.First = ed.Protect()
	}
	opts.First = model.Effects{opts.First, ed.Receive(), ed.OfferTemplate()}
	return ui.Run(ed, opts)
}

// runLiveEditor shows what a session records.
func runLiveEditor(v *model.Live, framing string, imports []string) error {
	if err := canDraw(); err != nil {
		return errors.Join(err, v.Close())
	}
	var opts ui.Options
	ed := model.New(mmapdoc.FromBytes("", nil))
	if err := start(ed, editorOptions{Imports: imports}, &opts); err != nil {
		return errors.Join(err, v.Close(), ed.Close())
	}
	opts.First = model.Effects{ed.ShowLive(v), ed.Protect()}
	if framing != "" {
		opts.Commands = append(opts.Commands, "frames "+framing)
	}
	return ui.Run(ed, opts)
}

// canDraw says why the editor cannot be shown.
func canDraw() error {
	if !term.IsTerminal(int(os.Stdout.Fd())) {
		return errors.New("the editor needs a terminal to draw on; hexlay dump FILE prints without one")
	}
	if os.Getenv("TERM") == "dumb" {
		return errors.New("the editor needs a terminal that can place its cursor, and TERM says that this one is dumb; hexlay dump FILE prints without")
	}
	return nil
}

// meant refuses a word that is no file where it cannot be the name of a new one: without a terminal nobody could fill it,
// and in front of other arguments it is meant as a verb.
func meant(o editorOptions) error {
	if len(o.Files) == 0 || o.Files[0] == "-" || len(o.Files) == 1 && term.IsTerminal(int(os.Stdout.Fd())) {
		return nil
	}
	name := o.Files[0]
	if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) {
		return nil
	}
	what := "no such file"
	if name != "" && !strings.ContainsAny(name, `./\`) {
		what = "there is no file and no verb of this name"
		if len(o.Near) > 0 {
			what += ", did you mean " + strings.Join(o.Near, ", ") + "?"
		}
	}
	return fmt.Errorf("%s: %s", fileLabel(name), what)
}

func openDocument(o editorOptions, opts *ui.Options) (doc *mmapdoc.Document, fresh bool, torn *mmapdoc.TornSave, err error) {
	switch {
	case o.PID != 0 && len(o.Files) > 0:
		return nil, false, nil, errors.New("name a file or a process, not both")
	case o.PID != 0:
		doc, err = mmapdoc.OpenProcess(o.PID)
		return doc, false, nil, err
	case len(o.Files) == 0 && !term.IsTerminal(int(os.Stdin.Fd())) || len(o.Files) > 0 && o.Files[0] == "-":
		if o.At != nil || o.Select != nil { // places can be told only in the whole
			doc, err = mmapdoc.Open("-")
		} else {
			doc, err = mmapdoc.OpenPipe()
		}
		return doc, false, nil, err
	case len(o.Files) > 0:
		return model.OpenAny(o.Files[0])
	}
	bytes, _ := templates.Tour()
	for _, s := range templates.TourNotes() {
		opts.Notes = append(opts.Notes, ui.Note(s))
	}
	return mmapdoc.FromBytes("tour", bytes), false, nil, nil
}

// start applies what the flags ask for.
func start(ed *model.Editor, o editorOptions, opts *ui.Options) error {
	f, keys := userSettings()
	ed.UseSettings(f)
	opts.Keys, opts.Trouble = keys, f.Trouble()
	if o.Encoding != "" {
		if err := ed.SetCodecByName(o.Encoding); err != nil {
			return refused(err)
		}
	}
	if o.Select != nil && o.At != nil {
		return errors.New("give a place for the cursor or a selection, not both")
	}
	if o.Select != nil {
		s, e, err := o.Select(ed.Size())
		if err != nil {
			return err
		}
		ed.Select(mmapdoc.Range{Start: s, End: e})
	}
	if o.At != nil {
		off, err := o.At(ed.Size())
		if err != nil {
			return err
		}
		if off < 0 || off > ed.Size() {
			return fmt.Errorf("%#x is not within the document of %s", off, plural(ed.Size(), "byte"))
		}
		ed.Jump(off)
	}
	ed.Templates = model.TemplateOptions{ImportDirs: o.Imports, Folder: model.TemplatesFolder(), Watch: mmapdoc.WatchFiles}
	if o.Template != "" {
		// It is read while the document is made safe and the terminal ready.
		eff, err := ed.Do("overlay " + o.Template)
		if err != nil {
			return err
		}
		if s, ok := eff.(model.Start); ok {
			ed.StartJob(s.Job)
		}
		opts.Begun = eff
	}
	if o.Struct != "" {
		if err := ed.CheckFormat(o.Struct); err != nil {
			return refused(err)
		}
		opts.Commands = append(opts.Commands, "struct "+o.Struct)
	}
	if o.Compare != "" { // behind what shows panels: those are there again when the comparison ends
		opts.Commands = append(opts.Commands, "compare "+comparedName(o.Compare))
	}
	return nil
}

// comparedName is a file's name as the command compare takes it: some words mean something else there.
func comparedName(name string) string {
	if name == "disk" || strings.HasPrefix(name, "region ") || strings.HasPrefix(name, "~") || strings.HasPrefix(name, " ") {
		return "./" + name
	}
	return name
}
