package cli

import (
	"bufio"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hexlay/keymap"
	"hexlay/model"
)

func (a *app) settingsCommand() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "settings",
		Short: "print the settings, and what is wrong in their file",
		Long: `Prints every setting with its value, as the settings file would have it, then the keys of your own, and names the file. What
is wrong in it is told with its line, and the exit status is 1.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			f, keys := userSettings()
			if json {
				if err := a.settingsJSON(f); err != nil {
					return err
				}
			} else if err := a.settingsText(f, keys); err != nil {
				return err
			}
			for _, p := range f.Problems {
				fmt.Fprintln(a.stderr, oneLine(p.Error()))
			}
			if len(f.Problems) > 0 {
				return errSaid
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "print JSON")
	return cmd
}

// settingsText prints a file that says the same, with comments.
func (a *app) settingsText(f *model.SettingsFile, keys []keymap.Binding) error {
	w := bufio.NewWriter(a.stdout)
	fmt.Fprintf(w, "# %s\n", visible(f.Path))
	all := model.AllSettings()
	for i := range all {
		s := &all[i]
		v, ok := s.Show(&f.Settings)
		if s.Name == "packet-columns" {
			v, ok = tomlStrings(f.Settings.PacketColumns), true
		}
		if ok {
			fmt.Fprintf(w, "%-26s # %s\n", visible(s.Name+" = "+v), s.Help)
		}
	}
	if len(f.Settings.Ports) > 0 {
		fmt.Fprintf(w, "\n[layers]\n")
		for _, port := range slices.Sorted(maps.Keys(f.Settings.Ports)) {
			fmt.Fprintf(w, "%d = %s\n", port, visible(model.QuoteTOML(f.Settings.Ports[port])))
		}
	}
	for _, c := range keymap.Contexts {
		head := "\n[keys." + model.QuoteTOML(string(c)) + "]\n"
		for _, b := range keys {
			if b.Context == c {
				fmt.Fprintf(w, "%s%s = %s\n", head, visible(model.QuoteTOML(b.Key)), visible(model.QuoteTOML(b.Command)))
				head = ""
			}
		}
	}
	return w.Flush()
}

func tomlStrings(list []string) string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = model.QuoteTOML(s)
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// settingsJSON prints {"file":P,"problems":[T,…],"settings":{NAME:VALUE,…},"packet-columns":[T,…],"layers":{PORT:T,…}}, the values of settings
// as the file writes them.
func (a *app) settingsJSON(f *model.SettingsFile) error {
	b := appendJSONString([]byte(`{"file":`), f.Path)
	list := func(name string, list []string) {
		b = append(b, `,"`+name+`":[`...)
		for i, s := range list {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSONString(b, s)
		}
		b = append(b, ']')
	}
	var problems []string
	for _, p := range f.Problems {
		problems = append(problems, p.Error())
	}
	list("problems", problems)
	b = append(b, `,"settings":{`...)
	all := model.AllSettings()
	comma := ""
	for i := range all {
		if v, ok := all[i].Show(&f.Settings); ok {
			b = appendJSONString(append(b, comma...), all[i].Name)
			b = appendJSONString(append(b, ':'), v)
			comma = ","
		}
	}
	b = append(b, '}')
	list("packet-columns", f.Settings.PacketColumns)
	b = append(b, `,"layers":{`...)
	for i, port := range slices.Sorted(maps.Keys(f.Settings.Ports)) {
		if i > 0 {
			b = append(b, ',')
		}
		b = fmt.Appendf(b, `"%d":`, port)
		b = appendJSONString(b, f.Settings.Ports[port])
	}
	_, err := a.stdout.Write(append(b, "}}\n"...))
	return err
}

// userSettings reads the user's settings file, and checks the keys in it.
func userSettings() (*model.SettingsFile, []keymap.Binding) {
	f := model.ReadSettings(model.SettingsPath())
	var keys []keymap.Binding
	for _, k := range f.Keys {
		b, err := keymap.User(k.Context, k.Key, k.Command)
		if err != nil {
			f.Problem(k.Line, []string{"keys", k.Context, k.Key}, err)
			continue
		}
		keys = append(keys, b)
	}
	return f, keys
}

// packetSettings is what verbs on captures take from the user's settings: where templates are, and what ports carry. What is
// wrong in the file is told and ends nothing.
func (a *app) packetSettings() (model.TemplateOptions, *model.SettingsFile) {
	f := model.ReadSettings(model.SettingsPath())
	if err := f.Trouble(); err != nil {
		fmt.Fprintln(a.stderr, oneLine(err.Error()))
	}
	return model.TemplateOptions{Folder: model.TemplatesFolder()}, f
}
