package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/overlay/expr"
	"hexlay/overlay/ksy"
	"hexlay/templates"
)

// decodeFlags are what `decode`, `check` and `set` have in common.
type decodeFlags struct {
	template   string
	importDirs []string
	outside    bool
	warn       bool // warnings are said even if the template is accepted
}

func (o *decodeFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVarP(&o.template, "template", "t", "", "the template: a .ksy file, the name of a built-in one, or a struct format")
	f.StringArrayVarP(&o.importDirs, "import-dir", "I", nil, "where imports are looked for (repeatable)")
	f.BoolVar(&o.outside, "outside", false, "imports may leave the template's folder and the --import-dir")
}

func (a *app) decodeCommand() *cobra.Command {
	var o decodeFlags
	var params, evals []string
	var dump, json bool
	cmd := &cobra.Command{
		Use:   "decode FILE --template T",
		Short: "lay a template over a file and show its fields",
		Long: `Reads FILE as the template says and prints its fields as a tree. --eval prints the values of expressions instead;
each stands where a value of the top type would. --dump prints every field, also those that are read on demand.
With --json, --eval gives one array and --dump one object a line.

Status 1 says that the data does not fit the template; what was read before is printed.`,
		Example: `hexlay decode photo.png --template png.ksy
hexlay decode a.zip --template zip.ksy --eval 'sections.size' --json`,
		Args: wantArgs(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			schema, err := a.loadTemplate(&o, args[0])
			if err != nil {
				return err
			}
			d := decoder{a: a, schema: schema, json: json}
			for _, p := range params {
				v, err := paramValue(p, schema)
				if err != nil {
					return fmt.Errorf("--param %s: %w", quote(p), err)
				}
				d.options.Params = append(d.options.Params, v)
			}
			switch {
			case dump && len(evals) > 0:
				return errors.New("--dump and --eval exclude each other")
			case dump:
				return d.run(cmd.Context(), args[0], d.dump)
			case len(evals) > 0 || json:
				return d.run(cmd.Context(), args[0], func(t *ksy.Tree) error { return d.eval(t, evals) })
			}
			return d.run(cmd.Context(), args[0], d.people)
		},
	}
	o.register(cmd)
	f := cmd.Flags()
	f.StringArrayVarP(&params, "param", "p", nil, "an argument of the template's parameters, in order (repeatable)")
	f.StringArrayVarP(&evals, "eval", "e", nil, "print the value of an expression (repeatable)")
	f.BoolVar(&dump, "dump", false, "print every field with its path")
	f.BoolVar(&json, "json", false, "print JSON")
	return cmd
}

func (a *app) checkCommand() *cobra.Command {
	o := decodeFlags{warn: true}
	cmd := &cobra.Command{
		Use:   "check --template T",
		Short: "tell whether a template would be accepted",
		Long:  `Loads a template and its imports. Everything that is wrong is printed, with status 2 where it is refused.`,
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.template == "" {
				return errors.New("give --template")
			}
			_, err := a.loadTemplate(&o, "")
			return err
		},
	}
	o.register(cmd)
	return cmd
}

// loadTemplate loads a template and says what is wrong with it. Without a name the magic of the data decides.
func (a *app) loadTemplate(o *decodeFlags, data string) (*ksy.Schema, error) {
	name := o.template
	if name == "" {
		f, err := detect(data)
		if err != nil {
			return nil, err
		}
		name = f.Name
	}
	// A template needs a few megabytes once: to collect them in between takes longer than the rest of the work.
	defer debug.SetGCPercent(debug.SetGCPercent(800))
	options := ksy.LoadOptions{ImportDirs: o.importDirs, Outside: o.outside, BuiltIn: templates.FS()}
	var schema *ksy.Schema
	var problems []ksy.Problem
	if f, ok := templates.Lookup(name); ok {
		schema, problems = ksy.LoadBuiltIn(f.Path(), options)
	} else if isFormat(name) {
		var err error
		if schema, err = ksy.FromStruct(name); err != nil {
			return nil, refused(err)
		}
	} else {
		schema, problems = ksy.Load(name, options)
	}
	if len(problems) > 0 && problems[0].Unread {
		return nil, fmt.Errorf("%s: %s", name, problems[0].Msg)
	}
	w := bufio.NewWriter(a.stderr)
	for _, p := range problems {
		// Only check tells warnings of a template that is accepted: stderr of the others speaks of the data.
		if schema == nil || o.warn {
			fmt.Fprintln(w, oneLine(p.String()))
		}
	}
	w.Flush()
	if schema == nil {
		return nil, errRefused
	}
	return schema, nil
}

// isFormat tells a Python struct format from the name of a file.
func isFormat(name string) bool {
	if strings.HasSuffix(name, ".ksy") {
		return false
	}
	_, err := os.Lstat(name)
	return err != nil
}

// detect finds the built-in template whose magic the file has.
func detect(name string) (*templates.Format, error) {
	if name == "" || name == "-" {
		return nil, errors.New("give --template")
	}
	d, err := openToRead(name)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	matches := templates.Detect(d.Snapshot(), d.Size())
	if len(matches) == 0 {
		return nil, dataError("%s: no built-in template knows these bytes; give --template (hexlay templates lists them)", fileLabel(name))
	}
	return matches[0].Format, nil
}

// paramValue reads an argument as the template language writes literals, the members of the template's enums among them.
func paramValue(s string, schema *ksy.Schema) (expr.Value, error) {
	e, err := expr.Parse(s)
	if err != nil {
		return expr.Value{}, err
	}
	if v, ok := e.Const(); ok {
		return v, nil
	}
	if _, problems := e.Check(paramScope{enums: schema.Top.Scope()}); len(problems) > 0 {
		return expr.Value{}, errors.New(problems[0].Msg)
	}
	return e.Eval(&expr.Frame{})
}

// paramScope is noScope with the enums of a template.
type paramScope struct {
	noScope
	enums expr.Scope
}

func (s paramScope) Enum(path []string, abs bool) (expr.Enum, bool) { return s.enums.Enum(path, abs) }

// noScope is where an argument of the command line stands: nothing has a name there.
type noScope struct{}

func (noScope) Self() expr.Class                        { return nil }
func (noScope) Class([]string, bool) (expr.Class, bool) { return nil, false }
func (noScope) Enum([]string, bool) (expr.Enum, bool)   { return nil, false }
func (noScope) It() (expr.Type, bool)                   { return expr.Type{}, false }
func (noScope) Index() bool                             { return false }

// A decoder runs `decode`.
type decoder struct {
	a       *app
	schema  *ksy.Schema
	options ksy.Options
	json    bool
	w       *bufio.Writer
	buf     []byte
	told    error // the LimitError that was printed
}

// run lays the template over the file, parses it, prints what show prints, and then says why the parse failed, if it did.
func (d *decoder) run(ctx context.Context, name string, show func(*ksy.Tree) error) error {
	doc, err := openToRead(name)
	if err != nil {
		return err
	}
	defer doc.Close()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	d.options.Context = ctx
	snap := doc.Snapshot()
	t := d.schema.Open(reader{snap}, 0, snap.Size(), d.options)
	failed := t.Parse()
	if ksy.ErrorKind(failed) == "IOError" || ksy.ErrorKind(failed) == "Cancelled" {
		return failed
	}
	d.w = bufio.NewWriterSize(d.a.stdout, 256<<10)
	err = show(t)
	if e := d.w.Flush(); err == nil {
		err = e
	}
	if err == nil || failed != nil && ksy.ErrorKind(err) == "LimitError" {
		err = failed // which says the place
	}
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return errInterrupted
	}
	var write *os.PathError
	if errors.As(err, &write) || errors.Is(err, io.ErrShortWrite) {
		return err
	}
	fmt.Fprintln(d.a.stderr, oneLine(err.Error()))
	return errSaid
}

// reader reads a snapshot's bytes.
type reader struct{ s *mmapdoc.Snapshot }

func (r reader) ReadAt(p []byte, off int64) (int, error) { return r.s.ReadAt(p, off) }
