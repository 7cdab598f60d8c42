package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/pflag"
)

// editorOptions says how the editor starts.
type editorOptions struct {
	Files    []string // none: an empty document
	ReadOnly bool
	PID      int      // of the process whose memory is opened in place of a file; 0 for none
	Struct   string   // a struct format to lay over the start of the selection; "" for none
	Template string   // a template to lay there; "" for none
	Encoding string   // of the text column; "" for the editor's own choice
	Near     []string // verbs that look like the first of Files, which may be a slip for one
	Compare  string   // a file to compare with; "" for none
	Imports  []string // folders where imports of templates are looked for

	// At and Select give the cursor and the selection once the size of the first file is known; nil when not asked for.
	At     func(size int64) (int64, error)
	Select func(size int64) (start, end int64, err error)
}

// editorFlags are the root command's flags as they were written.
type editorFlags struct {
	at, sel  string
	readOnly bool
	pid      int
	format   string
	template string
	imports  []string
	encoding string
	compare  string
}

func (o *editorFlags) register(f *pflag.FlagSet) {
	f.StringVar(&o.at, "at", "", "put the cursor at OFF (also +OFF)")
	f.StringVar(&o.sel, "select", "", "select a RANGE")
	f.BoolVarP(&o.readOnly, "readonly", "R", false, "never write")
	f.IntVar(&o.pid, "pid", 0, "open the memory of process N in place of a file")
	f.StringVar(&o.format, "struct", "", "lay a struct FORMAT over the selection")
	f.StringVarP(&o.template, "template", "t", "", "lay a TEMPLATE over the selection or from the cursor on: a .ksy file or a built-in one")
	f.StringArrayVarP(&o.imports, "import-dir", "I", nil, "a folder where imports of templates are looked for (repeatable)")
	f.StringVar(&o.compare, "compare", "", "show FILE beside it and what differs")
	f.StringVar(&o.encoding, "encoding", "", "encoding of the text column")
}

// run starts the editor. near gives the verbs that look like a word.
func (o *editorFlags) run(args []string, near func(word string) []string) error {
	opts := editorOptions{ReadOnly: o.readOnly, PID: o.pid, Struct: o.format, Template: o.template, Imports: o.imports, Encoding: o.encoding, Compare: o.compare}
	at := o.at
	for _, arg := range args {
		if off, ok := strings.CutPrefix(arg, "+"); ok {
			if at != "" {
				return fmt.Errorf("two places for the cursor, %s and %s", quote(at), quote(off))
			}
			at = off
			continue
		}
		opts.Files = append(opts.Files, arg)
	}
	if len(opts.Files) > 0 {
		if opts.Near = near(opts.Files[0]); len(opts.Near) > 3 { // like all of them is like none
			opts.Near = nil
		}
	}
	if at != "" {
		off, err := parseOffset(at)
		if err != nil {
			return err
		}
		opts.At = off.resolve
	}
	if o.sel != "" {
		r, err := parseRange(o.sel)
		if err != nil {
			return err
		}
		opts.Select = r.resolve
	}
	return runEditor(opts)
}
