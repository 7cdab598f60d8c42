package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"hexlay/keymap"
	"hexlay/model"
)

func (a *app) keysCommand() *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "print the editor's commands and their keys, also those of your own",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			if markdown {
				return commandsPage(a.stdout)
			}
			f, own := userSettings()
			if err := f.Trouble(); err != nil {
				fmt.Fprintln(a.stderr, oneLine(err.Error()))
			}
			return commandsText(a.stdout, keymap.New(keymap.Default, own))
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "as the page docs/COMMANDS.md")
	return cmd
}

// keysOf are the keys of a command for people, with the context where they hold.
func keysOf(keys *keymap.Map, c *model.Command) []string {
	var out []string
	for _, b := range keys.Uses(c.Name) {
		label := b.Label()
		if b.Context != keymap.Global {
			label += " (" + string(b.Context) + ")"
		}
		out = append(out, label)
	}
	return out
}

func commandsText(w io.Writer, keys *keymap.Map) error {
	for _, g := range model.Groups {
		if _, err := fmt.Fprintf(w, "%s\n", g); err != nil {
			return err
		}
		for _, c := range model.Commands() {
			if c.Group == g {
				if _, err := fmt.Fprintf(w, "  %-24s %s  [%s]\n", c.Usage(), c.Help, strings.Join(keysOf(keys, c), ", ")); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// commandsPage writes the page of the manual that lists all commands.
func commandsPage(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Commands and keys\n\nMade from the tables in `model/` and `keymap/` by `hexlay keys --markdown`. A command is typed behind `:`,\nchosen from the list that `Ctrl+P` opens, or run by its keys.\n")
	keys := keymap.New(keymap.Default)
	for _, g := range model.Groups {
		fmt.Fprintf(&b, "\n## %s\n\n| command | keys | does |\n| --- | --- | --- |\n", g)
		for _, c := range model.Commands() {
			if c.Group != g {
				continue
			}
			var ks []string
			for _, k := range keysOf(keys, c) {
				ks = append(ks, "`"+k+"`")
			}
			cell := strings.NewReplacer("|", `\|`)
			fmt.Fprintf(&b, "| `%s` | %s | %s |\n", cell.Replace(c.Usage()), cell.Replace(strings.Join(ks, " ")), cell.Replace(c.Help))
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
