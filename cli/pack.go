package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"hexlay/mmapdoc"
	"hexlay/overlay/pystruct"
)

func (a *app) packCommand() *cobra.Command {
	var at string
	var dry, json bool
	cmd := &cobra.Command{
		Use:   "pack FORMAT FILE VALUE…",
		Short: "write values of a Python struct format into a file",
		Long: `Writes one record in place, as Python's struct.pack_into does; padding becomes zero. Numbers are written 42, -1, 0x2a,
1.5 or nan, bytes b'\x00\n', "text" (UTF-8), hex:8950 or as they stand. Prints what was changed.`,
		Example: `hexlay pack '<I' rom.bin 0xdeadbeef --at 0x40
hexlay pack '<hd' data.bin -1 1e-3 --at -10 --dry-run`,
		Args: wantArgs(2, -1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f, err := pystruct.Compile(args[0])
			if err != nil {
				return refused(err)
			}
			if at == "" {
				return errors.New("where? --at OFF is missing")
			}
			off, err := parseOffset(at)
			if err != nil {
				return fmt.Errorf("--at: %w", err)
			}
			values, err := f.ParseValues(args[2:])
			if err != nil {
				return err
			}
			rec, err := f.Pack(values)
			if err != nil {
				return err
			}
			d, err := openForChange(args[1])
			if err != nil {
				return err
			}
			defer d.Close()
			start, err := f.CheckPackInto(d.Size(), off.python(d.Size()))
			if err != nil {
				return dataError("%w", err)
			}
			r := mmapdoc.Range{Start: start, End: start + f.Size()}
			return a.apply(cmd.Context(), d, []change{{r, rec}}, dry, json)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&at, "at", "", "write at OFF (required)")
	fl.BoolVarP(&dry, "dry-run", "n", false, "change nothing, print what would be changed")
	fl.BoolVar(&json, "json", false, "print what was changed as JSON")
	return cmd
}
