package cli

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
)

func (a *app) recoverCommand() *cobra.Command {
	var to string
	var discard, asJSON bool
	var how torn
	cmd := &cobra.Command{
		Use:   "recover [JOURNAL|FILE]",
		Short: "list, restore or discard edits that were not saved",
		Long: `While a document is edited, a journal of the edits is kept. When the editor ends before they are saved, the journal stays.
Opening the file again offers to restore them; this does the same without a screen.

Without an argument all journals are listed. With the name of one, or a FILE for the newest of that file, the bytes that
its edits change are printed; --to writes the file with the edits to another one, and --discard removes the journal for
ever. Neither changes the file that was edited. What was discarded in the editor is listed, and can be restored by its
name, for 7 days.

A save in place that was interrupted leaves old and new bytes in its FILE, and a journal that knows both: --undo makes the
file exactly what it was before that save, --finish exactly what the save was to make of it, and --keep leaves it as it is
and gives up what could mend it. When another program has written to the file since, --undo and --finish want --force.`,
		Example: `hexlay recover
hexlay recover firmware.bin --to firmware.recovered.bin
hexlay recover --undo firmware.bin`,
		Args: wantArgs(0, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if how.asked() {
				return a.mendTorn(args, how)
			}
			if len(args) == 0 {
				if to != "" || discard {
					return errors.New("which journal? name one, or a file")
				}
				return a.listRecoveries(asJSON)
			}
			r, err := findRecovery(args[0])
			if err != nil {
				return err
			}
			defer r.Close()
			switch {
			case to != "" && discard:
				return errors.New("--to and --discard do not go together; discard what was written when it is looked at")
			case discard:
				return r.Discard()
			case to != "":
				return a.recoverTo(cmd, r, to, how.force)
			}
			return a.showRecovery(r, asJSON)
		},
	}
	f := cmd.Flags()
	f.StringVarP(&to, "to", "o", "", "write the file with its edits to this one")
	f.BoolVar(&how.force, "force", false, "overwrite what --to names, or what another program wrote to FILE")
	f.BoolVar(&discard, "discard", false, "remove the journal: its edits are lost")
	f.BoolVar(&how.undo, "undo", false, "undo an interrupted save of FILE")
	f.BoolVar(&how.finish, "finish", false, "finish an interrupted save of FILE")
	f.BoolVar(&how.keep, "keep", false, "keep FILE as an interrupted save left it")
	f.BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// findRecovery finds a journal by its name, or the newest left behind for a file.
func findRecovery(name string) (*mmapdoc.Recovery, error) {
	if (strings.HasPrefix(name, "edits-") || strings.HasPrefix(name, "discarded-")) && name == filepath.Base(name) {
		return mmapdoc.FindRecovery(name)
	}
	d, err := mmapdoc.Open(name)
	if errors.Is(err, os.ErrNotExist) {
		d = mmapdoc.Create(name) // one that was never saved
	} else if err != nil {
		return nil, err
	}
	defer d.Close()
	all, err := d.Recoveries()
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		if r.Misfit == "" {
			return r, nil
		}
	}
	if len(all) > 0 {
		return nil, dataError("%s: the journal %s is not for what the file holds: %s", fileLabel(name), all[0].ID, all[0].Misfit)
	}
	return nil, dataError("%s: no edits were left behind", fileLabel(name))
}

func (a *app) listRecoveries(asJSON bool) error {
	all, err := mmapdoc.Recoveries()
	if err != nil {
		return err
	}
	discarded, err := mmapdoc.Discarded()
	if err != nil {
		return err
	}
	all = append(all, discarded...)
	if asJSON {
		out := newJSONArray(a.stdout)
		for _, r := range all {
			w := out.item()
			w.Write(appendJSONString([]byte(`{"id":`), r.ID))
			w.Write(appendJSONString([]byte(`,"path":`), r.Path))
			w.Write(appendJSONString([]byte(`,"name":`), r.Name))
			fmt.Fprintf(w, `,"pid":%d,"began":%q,"last":%q,"edits":%d,"bytes":%d,"changes":%d,"changed":%d,"live":%t,"torn":%t,"discarded":%t}`, r.PID,
				r.Began.Format(time.RFC3339Nano), r.Last.Format(time.RFC3339Nano), r.Edits, r.Bytes, r.Changes, r.Amount, r.Live, r.Torn, !r.Until.IsZero())
		}
		return out.end()
	}
	torn, err := mmapdoc.TornSaves()
	if err != nil {
		return err
	}
	for _, t := range torn {
		fmt.Fprintf(a.stdout, "%s\n  an interrupted save of %s, of %s\n", visible(t.Path), t.When.Format("2006-01-02 15:04:05"), plural(t.Changed, "byte"))
	}
	if len(all) == 0 && len(torn) == 0 {
		_, err := fmt.Fprintln(a.stdout, "no edits were left behind")
		return err
	}
	w := bufio.NewWriter(a.stdout)
	for _, r := range all {
		name, state := r.Path, "left behind"
		if name == "" {
			name = r.Name + " (no file)"
		}
		if r.Live {
			state = fmt.Sprintf("being edited by process %d", r.PID)
		} else if !r.Until.IsZero() {
			state = "discarded, kept until " + r.Until.Local().Format("2006-01-02 15:04")
		}
		if r.Torn {
			state += ", damaged at its end"
		}
		fmt.Fprintf(w, "%s\n  %s, %s to %s until %s, %s\n", visible(r.ID), visible(name), plural(int64(r.Changes), "change"), plural(r.Amount, "byte"), r.Last.Format("2006-01-02 15:04:05"), state)
	}
	return w.Flush()
}

// recovered opens what r belongs to and brings its edits back. The journal stays as it is.
func (a *app) recovered(r *mmapdoc.Recovery) (d *mmapdoc.Document, err error) {
	if d, err = r.Open(); err != nil {
		return nil, dataError("%w", err)
	}
	left, err := d.Replay(r)
	if err != nil {
		d.Close()
		return nil, err
	}
	if doubt := r.Doubt(); doubt != "" {
		fmt.Fprintf(a.stderr, "hexlay recover: %s: %s\n", visible(r.Name), doubt)
	}
	if left != nil {
		fmt.Fprintf(a.stderr, "hexlay recover: not to the end: %s\n", oneLine(left.Error()))
	}
	return d, nil
}

func (a *app) showRecovery(r *mmapdoc.Recovery, asJSON bool) error {
	d, err := a.recovered(r)
	if err != nil {
		return err
	}
	defer d.Close()
	snap := d.Snapshot()
	if asJSON {
		out := newJSONArray(a.stdout)
		for at := int64(0); ; {
			c, ok := snap.NextChange(at)
			if !ok {
				return out.end()
			}
			w := out.item()
			w.Write(append(appendJSONRange([]byte{'{'}, c.Start, c.End), '}'))
			at = c.End
		}
	}
	w := bufio.NewWriter(a.stdout)
	fmt.Fprintf(w, "%s with its edits has %s\n", visible(r.Name), plural(snap.Size(), "byte"))
	for at := int64(0); ; {
		c, ok := snap.NextChange(at)
		if !ok {
			return w.Flush()
		}
		head := make([]byte, min(c.Len(), shownBytes))
		if _, err := snap.ReadAt(head, c.Start); err != nil {
			return err
		}
		fmt.Fprintf(w, "%s: %s\n", describeRange(c), shorten(head, c.Len()))
		at = c.End
	}
}

func (a *app) recoverTo(cmd *cobra.Command, r *mmapdoc.Recovery, to string, force bool) error {
	d, err := a.recovered(r)
	if err != nil {
		return err
	}
	defer d.Close()
	plan, err := d.Plan(to)
	if err != nil {
		return err
	}
	if r.Path != "" && plan.Path == r.Path || plan.Path == d.Info().Path && r.Path != "" {
		return fmt.Errorf("%s is the file that was edited; write to another one, look at it, and move it there", fileLabel(to))
	}
	plan.Force = force
	if err := a.carryOut(cmd.Context(), plan); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "wrote %s to %s\n", plural(plan.NewSize, "byte"), visible(to))
	return nil
}

// areBytes says "1 byte is", "2 bytes are".
func areBytes(n int64) string {
	if n == 1 {
		return "1 byte is"
	}
	return plural(n, "byte") + " are"
}

// column is a count with its unit as columns of tables have it: its last digits stand below each other, and so does what follows.
func column(width int, n int64, unit string) string {
	if n != 1 {
		unit += "s"
	} else {
		unit += " "
	}
	return fmt.Sprintf("%*d %s", width, n, unit)
}

func plural(n int64, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}
