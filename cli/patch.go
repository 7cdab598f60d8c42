package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/overlay/literal"
)

func (a *app) patchCommand() *cobra.Command {
	var inserts, deletes []string
	var applied, exported, base string
	var dry, json bool
	cmd := &cobra.Command{
		Use:   "patch FILE [OFF=HEX]…",
		Short: "change bytes of a file, all or nothing",
		Long: `Overwrites, inserts and deletes bytes. Every offset is that of the file as it was before. Either all changes
are made or none: the file is saved as the editor saves it, in place when its length stays the same.
Prints what was changed.

--apply takes the changes from a patch: IPS, IPS32, BPS, UPS, hexlay's own script, or what xxd prints (a file that ends in .xxd).
What the format knows of the old file is checked first. --export writes the patch that makes FILE of the file --base;
the ending of its name says which format.`,
		Example: `hexlay patch rom.bin 0x7fdc=ffff0000
hexlay patch rom.bin --insert '0x10=de ad' --delete 0x20:4 --dry-run
hexlay patch rom.bin --apply fix.bps
hexlay patch new.bin --base old.bin --export fix.bps`,
		Args: wantArgs(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			given := len(args) > 1 || len(inserts)+len(deletes) > 0
			switch {
			case (exported == "") != (base == ""):
				return errors.New("--export and --base belong together: the patch makes FILE of the base")
			case exported != "" && (given || applied != "" || dry || json):
				return errors.New("--export changes nothing: it goes with --base only")
			case exported != "":
				return a.export(cmd.Context(), args[0], base, exported)
			case applied != "" && given:
				return errors.New("--apply takes all changes from the patch: give no others")
			}
			d, err := openForChange(args[0])
			if err != nil {
				return err
			}
			defer d.Close()
			var changes []change
			if applied != "" {
				changes, err = changesOf(cmd.Context(), applied, d)
			} else {
				changes, err = parseChanges(args[1:], inserts, deletes, d.Size())
			}
			if err != nil {
				return err
			}
			return a.apply(cmd.Context(), d, changes, dry, json)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&inserts, "insert", nil, "insert bytes before an offset (OFF=HEX)")
	f.StringArrayVar(&deletes, "delete", nil, "delete a RANGE (repeatable)")
	f.StringVar(&applied, "apply", "", "make the changes of a patch FILE")
	f.StringVar(&exported, "export", "", "write a patch to a FILE")
	f.StringVar(&base, "base", "", "the FILE that the exported patch is for")
	f.BoolVarP(&dry, "dry-run", "n", false, "change nothing, print what would be changed")
	f.BoolVar(&json, "json", false, "print what was changed as JSON")
	return cmd
}

// parseChanges reads what the command line asks for, in data of size bytes.
func parseChanges(overwrites, inserts, deletes []string, size int64) ([]change, error) {
	var changes []change
	for _, s := range overwrites {
		off, b, err := parseAssignment(s, size)
		if err != nil {
			return nil, err
		}
		if int64(len(b)) > size-off {
			return nil, dataError("%s: %s at %#x: beyond the end, the data has %s", quote(s), plural(int64(len(b)), "byte"), off, plural(size, "byte"))
		}
		changes = append(changes, change{mmapdoc.Range{Start: off, End: off + int64(len(b))}, b})
	}
	for _, s := range inserts {
		off, b, err := parseAssignment(s, size)
		if err != nil {
			return nil, fmt.Errorf("--insert %w", err)
		}
		changes = append(changes, change{mmapdoc.Range{Start: off, End: off}, b})
	}
	for _, s := range deletes {
		r, err := parseRange(s)
		var start, end int64
		if err == nil {
			start, end, err = r.resolve(size)
		}
		if err == nil && start > size {
			err = dataError("range %s begins beyond the end: the data has %s", quote(s), plural(size, "byte"))
		}
		if err != nil {
			return nil, fmt.Errorf("--delete: %w", err)
		}
		if start < end {
			changes = append(changes, change{mmapdoc.Range{Start: start, End: end}, nil})
		}
	}
	if len(changes) == 0 && len(deletes) == 0 {
		return nil, errors.New("nothing to change: give OFF=HEX, --insert or --delete")
	}
	return changes, nil
}

// parseAssignment reads OFF=HEX; HEX may be written in all ways that package literal knows.
func parseAssignment(s string, size int64) (int64, []byte, error) {
	left, right, ok := strings.Cut(s, "=")
	if !ok {
		return 0, nil, fmt.Errorf("%s is not OFF=HEX", quote(s))
	}
	o, err := parseOffset(left)
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", quote(s), err)
	}
	off, err := o.resolve(size)
	if err != nil {
		return 0, nil, fmt.Errorf("%s: %w", quote(s), err)
	}
	b, err := literal.ParseHex(right)
	if err == nil && len(b) == 0 {
		err = errors.New("no bytes")
	}
	if err != nil {
		return 0, nil, fmt.Errorf("%s: behind \"=\": %w", quote(s), err)
	}
	if off > size {
		return 0, nil, dataError("%s: offset %#x is beyond the end: the data has %s", quote(s), off, plural(size, "byte"))
	}
	return off, b, nil
}
