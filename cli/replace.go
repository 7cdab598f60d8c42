package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/overlay/pattern"
)

func (a *app) replaceCommand() *cobra.Command {
	var o findFlags
	var dry, json bool
	cmd := &cobra.Command{
		Use:   "replace FILE PATTERN WITH",
		Short: "replace what find finds, all or nothing",
		Long: `Replaces the matches of a pattern. WITH is written like the pattern. In hex ?? and 4? keep what stands at that place of
the match, and $1 is what matched in the first parentheses; in regular expressions $1, ${name}, $0 and the escapes \xff
\n \r \t \0 are known. An empty WITH deletes. The file is saved as the editor saves it, in place when its length stays
the same. The exit status is 1 when nothing is found and 2 when the pattern or WITH is refused.`,
		Example: `hexlay replace rom.bin '75 ??' 'eb ??'
hexlay replace notes.bin --text colour color --dry-run
hexlay replace log.bin --regex 'id=(\d+)' 'no=$1'`,
		Args: wantArgs(3, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, p, err := o.compile(cmd, args[1])
			if err != nil {
				return err
			}
			with, err := q.Replacement(p, args[2])
			if err != nil {
				return refused(fmt.Errorf("replacement %s: %w", quote(args[2]), err))
			}
			d, err := openForChange(args[0])
			if err != nil {
				return err
			}
			defer d.Close()
			s, err := o.search(d, p)
			if err != nil {
				return err
			}
			return a.replace(cmd.Context(), d, s, with, o.limit, dry, json)
		},
	}
	o.register(cmd)
	f := cmd.Flags()
	f.BoolVarP(&dry, "dry-run", "n", false, "change nothing, tell how many would be replaced")
	f.BoolVar(&json, "json", false, "print JSON")
	return cmd
}

func (a *app) replace(ctx context.Context, d *mmapdoc.Document, s *model.Search, with *pattern.Replacement, limit int64, dry, json bool) error {
	searching, stopSignals := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	stop := a.progress(s.Progress, s.Range.Len())
	batch, err := model.Replacements(searching, s, with, limit)
	stop()
	stopSignals()
	if errors.Is(err, context.Canceled) {
		return errInterrupted
	}
	if err != nil {
		return err
	}
	if batch.Len() > 0 && !dry {
		if err := d.Apply(batch); err != nil {
			return err
		}
		if err := a.save(ctx, d); err != nil {
			return err
		}
	}
	w := bufio.NewWriter(a.stdout)
	switch verb := "replaced"; {
	case json:
		fmt.Fprintf(w, "{\"replaced\":%d}\n", batch.Len())
	default:
		if dry {
			verb = "would replace"
		}
		fmt.Fprintf(w, "%s %d", verb, batch.Len())
		if g := batch.Grown(); g != 0 {
			fmt.Fprintf(w, ", %+d bytes", g)
		}
		w.WriteByte('\n')
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if batch.Len() == 0 {
		return errSaid
	}
	return nil
}
