package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/model"
)

func (a *app) carveCommand() *cobra.Command {
	var names, imports []string
	var rng, extract string
	var all, json bool
	cmd := &cobra.Command{
		Use:   "carve FILE",
		Short: "find files of known formats within a file",
		Long: `Prints every place where the magic of a template stands and the template's first fields can be read behind it, with where the
file ends if that is known. What lies within a found file of the same format is left out. --all prints places whose fields make no
sense too. --extract writes each file to a folder, up to its end, else to where the next one begins. Exit status 1: there are none.`,
		Example: `hexlay carve disk.img
hexlay carve firmware.bin --template png --template gzip --extract out --json`,
		Args: wantArgs(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			options := model.TemplateOptions{ImportDirs: imports, Folder: model.TemplatesFolder()}
			c, err := model.NewCarver(names, options)
			if err != nil {
				return refused(err)
			}
			d, err := openToRead(args[0])
			if err != nil {
				return err
			}
			defer d.Close()
			r, err := rangeIn(rng, d.Size())
			if err != nil {
				return fmt.Errorf("--range: %w", err)
			}
			found, err := a.carve(cmd.Context(), c, d.Snapshot(), r, all)
			if err != nil {
				return err
			}
			if extract != "" {
				if err := extractAll(d.Snapshot(), r.End, found, extract); err != nil {
					return err
				}
			}
			if err := a.printCarved(found, json); err != nil {
				return err
			}
			if len(found) == 0 {
				return errSaid
			}
			return nil
		},
	}
	f := cmd.Flags()
	f.StringSliceVar(&names, "template", nil, "only these TEMPLATEs: built-in names or .ksy files with -hexlay/magic (repeatable)")
	f.StringSliceVar(&imports, "import-dir", nil, "a FOLDER to search for imports (repeatable)")
	f.StringVar(&rng, "range", "0:", "only in a RANGE")
	f.BoolVar(&all, "all", false, "print places whose first fields make no sense too")
	f.StringVar(&extract, "extract", "", "write the files to this FOLDER")
	f.BoolVar(&json, "json", false, "print JSON")
	return cmd
}

func (a *app) carve(ctx context.Context, c *model.Carver, s *mmapdoc.Snapshot, r mmapdoc.Range, all bool) ([]model.Carved, error) {
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	var done atomic.Int64
	defer a.progress(&done, r.Len())()
	list := &model.CarvedList{Unsound: all}
	err := c.Run(ctx, s, r, &done, list.Add)
	switch {
	case errors.Is(err, model.ErrStop):
		fmt.Fprintf(a.stderr, "hexlay carve: more than %d files; the list ends there\n", list.Len())
	case errors.Is(err, context.Canceled):
		return nil, errInterrupted
	case err != nil:
		return nil, err
	}
	return list.All(), nil
}

func (a *app) printCarved(found []model.Carved, json bool) error {
	if json {
		out := newJSONArray(a.stdout)
		for _, c := range found {
			b := appendJSONString([]byte(`{"template":`), c.Template)
			end := "null"
			if c.Ends {
				end = strconv.FormatInt(c.Range.End, 10)
			}
			b = fmt.Appendf(b, `,"range":[%d,%s],"ok":%t`, c.Range.Start, end, c.Sound)
			if c.Err != nil && !c.Ends {
				b = appendJSONString(append(b, `,"error":`...), c.Err.Error())
			}
			out.add(append(b, '}'))
		}
		return out.end()
	}
	w := bufio.NewWriter(a.stdout)
	for _, c := range found {
		fmt.Fprintf(w, "%#-12x %-12s %s", c.Range.Start, c.Template, c.Describe())
		switch {
		case !c.Sound && c.Err != nil:
			fmt.Fprintf(w, "; makes no sense: %s", oneLine(c.Err.Error()))
		case c.Err != nil && !c.Ends:
			fmt.Fprintf(w, "; %s", oneLine(c.Err.Error()))
		}
		w.WriteByte('\n')
	}
	return w.Flush()
}

// extractAll writes what was found to files of their own in a folder, which are named by their offsets. Files that are there stay.
func extractAll(s *mmapdoc.Snapshot, end int64, found []model.Carved, folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	for i, c := range found {
		r := c.Range
		if !c.Ends {
			r.End = end
			for _, next := range found[i+1:] {
				if next.Range.Start > r.Start {
					r.End = next.Range.Start
					break
				}
			}
		}
		path := filepath.Join(folder, fmt.Sprintf("%012x-%s.%s", r.Start, plainName(c.Template), plainName(c.Extension)))
		if err := extractOne(s, r, path); err != nil {
			return err
		}
	}
	return nil
}

func extractOne(s *mmapdoc.Snapshot, r mmapdoc.Range, path string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.NewSectionReader(s, r.Start, r.Len()))
	return errors.Join(err, f.Close())
}

// plainName keeps of a template's name what is harmless in the name of a file.
func plainName(s string) string {
	s = strings.TrimSuffix(filepath.Base(s), ".ksy")
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '_' || r == '-' {
			return r
		}
		return '_'
	}, s[:min(len(s), 40)])
}
