package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/overlay/ksy"
	"hexlay/overlay/packet"
)

func (a *app) setCommand() *cobra.Command {
	var o decodeFlags
	var fix, dry, json bool
	cmd := &cobra.Command{
		Use:   "set FILE PATH=VALUE… --template T",
		Short: "change the values of fields",
		Long: `Writes new values into the fields of a file, all or none; the file is saved as the editor saves it. A VALUE is an
integer in any base, the name of an enum's member, true or false, a float, text, or bytes in any notation; it is refused
where it does not fit the field or where the template says that it is not valid. --fix also writes the fields that the
template's -check keys compute from what was changed: lengths, counts, checksums; in a capture also what its records, blocks
and headers tell of the length of a packet. Prints what was changed.`,
		Example: `hexlay set packet.bin header.type=0x10 'payload="hello"' --template message.ksy --fix
hexlay set photo.png 'chunks[0].body.width=64' --template png.ksy --fix --dry-run`,
		Args: wantArgs(1, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 && !fix {
				return errors.New("nothing to change: give PATH=VALUE or --fix")
			}
			schema, err := a.loadTemplate(&o, args[0])
			if err != nil {
				return err
			}
			d, err := openForChange(args[0])
			if err != nil {
				return err
			}
			defer d.Close()
			changes, err := fieldChanges(cmd.Context(), d, schema, args[1:], fix)
			if err != nil {
				return err
			}
			return a.apply(cmd.Context(), d, changes, dry, json)
		},
	}
	o.register(cmd)
	f := cmd.Flags()
	f.BoolVar(&fix, "fix", false, "recompute the checksums and lengths that depend on what was changed")
	f.BoolVarP(&dry, "dry-run", "n", false, "change nothing, print what would be changed")
	f.BoolVar(&json, "json", false, "print what was changed as JSON")
	return cmd
}

// fieldChanges makes changes of the bytes of new values of fields.
func fieldChanges(ctx context.Context, d *mmapdoc.Document, schema *ksy.Schema, sets []string, fix bool) ([]change, error) {
	snap := d.Snapshot()
	t := schema.Open(reader{snap}, 0, snap.Size(), ksy.Options{Context: ctx})
	var list []ksy.Assignment
	for _, s := range sets {
		path, value, ok := strings.Cut(s, "=")
		if !ok {
			return nil, fmt.Errorf("%s is not PATH=VALUE", quote(s))
		}
		list = append(list, ksy.Assignment{Path: path, Value: value})
	}
	patches, err := t.Set(ctx, list)
	if err != nil {
		return nil, dataError("%s", err)
	}
	if fix {
		if patches, err = refitPackets(ctx, snap, patches); err != nil {
			return nil, dataError("%s", err)
		}
		if patches, err = t.Mend(ctx, patches); err != nil {
			return nil, dataError("%s", err)
		}
	}
	var changes []change
	for _, p := range patches {
		changes = append(changes, change{mmapdoc.Range{Start: p.Range.Start, End: p.Range.End}, p.New})
	}
	return changes, nil
}

// refitPackets adds to patches of a capture the lengths of the packets that they make longer or shorter.
func refitPackets(ctx context.Context, snap *mmapdoc.Snapshot, patches []ksy.Patch) ([]ksy.Patch, error) {
	var head [12]byte
	n, _ := snap.ReadAt(head[:], 0)
	moves := func(p ksy.Patch) bool { return int64(len(p.New)) != p.Range.Len() }
	if packet.Detect(head[:n]) == packet.Unknown || !slices.ContainsFunc(patches, moves) {
		return patches, nil
	}
	x := packet.NewIndex()
	if err := x.Grow(ctx, snap, snap.Size(), nil); err != nil {
		return nil, err
	}
	edits := make([]packet.Edit, len(patches))
	for i, p := range patches {
		edits[i] = packet.Edit{Off: p.Range.Start, Del: p.Range.Len(), New: p.New}
	}
	f, err := packet.NewDecoder(x, snap, snap.Size(), nil).Refit(edits)
	if err != nil {
		return nil, err
	}
	patches = nil
	for _, e := range f.Edits {
		patches = append(patches, ksy.Patch{Range: ksy.Range{Start: e.Off, End: e.Off + e.Del}, New: e.New})
	}
	return patches, nil
}
