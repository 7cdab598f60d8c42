package cli

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"hexlay/templates"
)

func (a *app) templatesCommand() *cobra.Command {
	var json bool
	cmd := &cobra.Command{
		Use:   "templates [NAME]",
		Short: "list the built-in templates, or print one",
		Long: `Lists the templates that ship with hexlay; --template takes their names. With a NAME, prints the template: a .ksy file to
read, or to begin an own one with.`,
		Example: `hexlay templates
hexlay templates png > my_png.ksy`,
		Args: wantArgs(0, 1),
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return templateNames(), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return a.listTemplates(json)
			}
			f, ok := templates.Lookup(args[0])
			if !ok {
				return refused(fmt.Errorf("there is no built-in template %s (%s)", quote(args[0]), strings.Join(templateNames(), ", ")))
			}
			_, err := io.WriteString(a.stdout, f.Source())
			return err
		},
	}
	cmd.Flags().BoolVar(&json, "json", false, "print JSON")
	return cmd
}

func templateNames() []string {
	var names []string
	for _, f := range templates.Formats() {
		names = append(names, f.Name)
	}
	return names
}

func (a *app) listTemplates(json bool) error {
	if !json {
		w := bufio.NewWriter(a.stdout)
		for _, f := range templates.Formats() {
			line := fmt.Sprintf("%-12s %s", f.Name, f.Title)
			if len(f.Extensions) > 0 {
				line += " (." + strings.Join(f.Extensions, " .") + ")"
			}
			fmt.Fprintln(w, line)
		}
		return w.Flush()
	}
	out := newJSONArray(a.stdout)
	for _, f := range templates.Formats() {
		b := appendJSONString(append(appendJSONString([]byte(`{"name":`), f.Name), `,"title":`...), f.Title)
		b = append(b, `,"extensions":[`...)
		for i, e := range f.Extensions {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSONString(b, e)
		}
		b = append(b, `],"magic":[`...)
		for i, m := range f.Magic {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendJSONString(fmt.Appendf(b, `{"at":%d,"hex":`, m.At), m.Hex), '}')
		}
		out.add(append(b, "]}"...))
	}
	return out.end()
}
