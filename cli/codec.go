package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hexlay/overlay/text"
)

// codecFlags are the flags of the verbs that decode or encode.
type codecFlags struct {
	encoding, table, handler string
}

func (o *codecFlags) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.encoding, "encoding", "utf-8", "encoding, by any of Python's names")
	f.StringVar(&o.table, "table", "", "character table, a .tbl FILE, in place of an encoding")
	f.StringVar(&o.handler, "errors", "strict", "error handler")
	cmd.MarkFlagsMutuallyExclusive("encoding", "table")
	complete := func(names func() []string) cobra.CompletionFunc {
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return names(), cobra.ShellCompDirectiveNoFileComp
		}
	}
	_ = cmd.RegisterFlagCompletionFunc("errors", complete(text.Handlers))
	_ = cmd.RegisterFlagCompletionFunc("encoding", complete(func() (names []string) {
		for _, c := range text.Codecs() {
			names = append(names, c.Name())
		}
		return names
	}))
}

// lookup finds codec and handler. Unknown names, and a table with a mistake, are refused.
func (o *codecFlags) lookup(encode bool) (c *text.Codec, h text.Handler, err error) {
	if o.table != "" {
		c, err = loadTable(o.table)
	} else if c, err = text.Lookup(o.encoding); err != nil {
		err = unknown(err, "hexlay codecs lists them")
	}
	if err != nil {
		return nil, 0, err
	}
	if h, err = text.LookupHandler(o.handler, encode); err != nil {
		return nil, 0, unknown(err, strings.Join(text.Handlers(), ", "))
	}
	return c, h, nil
}

func loadTable(name string) (*text.Codec, error) {
	f, err := openFile(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	c, err := text.LoadTable(filepath.Base(name), f)
	var bad *text.TableError
	if errors.As(err, &bad) {
		err = refused(err)
	}
	return c, err
}

// unknown refuses a name; when there is nothing near, it says what there is.
func unknown(err error, known string) error {
	var u *text.UnknownError
	if errors.As(err, &u) && len(u.Near) == 0 && u.Hint == "" {
		err = fmt.Errorf("%w (%s)", err, known)
	}
	return refused(err)
}

func (a *app) codecsCommand() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "codecs",
		Short: "list the text encodings",
		Args:  noArgs,
		RunE:  func(*cobra.Command, []string) error { return a.listCodecs(json) },
	}
	cmd.Flags().BoolVar(&json, "json", false, "print JSON")
	return cmd
}

func (a *app) listCodecs(json bool) error {
	if json {
		out := newJSONArray(a.stdout)
		for _, c := range text.Codecs() {
			b := appendJSONString([]byte(`{"name":`), c.Name())
			b = append(b, `,"aliases":[`...)
			for i, alias := range c.Aliases() {
				if i > 0 {
					b = append(b, ',')
				}
				b = appendJSONString(b, alias)
			}
			b = appendJSONString(append(b, `],"description":`...), c.Description())
			out.add(append(b, '}'))
		}
		return out.end()
	}
	w := bufio.NewWriter(a.stdout)
	for _, c := range text.Codecs() {
		fmt.Fprintf(w, "%-16s %s", c.Name(), c.Description())
		for i, alias := range c.Aliases() {
			io.WriteString(w, map[bool]string{true: "  (", false: ", "}[i == 0]+alias)
		}
		if len(c.Aliases()) > 0 {
			w.WriteByte(')')
		}
		w.WriteByte('\n')
	}
	return w.Flush()
}
