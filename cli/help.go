package cli

import (
	"fmt"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

const (
	// helpWidth is how wide help is where no terminal says otherwise; it never is wider than mostHelpWidth columns, so that lines are
	// easily read, nor narrower than leastHelpWidth.
	helpWidth, leastHelpWidth, mostHelpWidth = 80, 40, 100
	// mostHelpNames is how wide the column of names is at most. What explains a longer name begins on the next line.
	mostHelpNames = 26
)

// helper writes the help of a command.
type helper struct {
	b     strings.Builder
	width int
	bold  bool
}

// printHelp is the help function of every command.
func (a *app) printHelp(cmd *cobra.Command, _ []string) {
	h := helper{width: helpWidth}
	if isTerminal(a.stdout) {
		if cols, _, err := term.GetSize(a.stdout.Fd()); err == nil && cols > 0 {
			h.width = min(max(cols, leastHelpWidth), mostHelpWidth)
		}
		h.bold = os.Getenv("TERM") != "dumb"
	}
	h.command(cmd)
	fmt.Fprint(a.stdout, h.b.String())
}

func (h *helper) command(cmd *cobra.Command) {
	h.text("", cmd.CommandPath()+" – "+cmd.Short)
	h.heading("Usage")
	h.text("  ", strings.TrimSpace(strings.ReplaceAll(cmd.UseLine(), "[flags]", "[--flags]")))
	if cmd.Long != "" {
		h.b.WriteByte('\n')
		h.paragraphs(cmd.Long)
	}
	if cmd.Example != "" {
		h.heading("Examples")
		for line := range strings.Lines(cmd.Example) {
			h.b.WriteString("  " + strings.TrimSpace(line) + "\n")
		}
	}
	var rows [][2]string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() || c.Name() == "help" {
			rows = append(rows, [2]string{c.Name(), c.Short})
		}
	}
	h.table("Verbs", rows)
	rows = nil
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			rows = append(rows, flagRow(f))
		}
	})
	h.table("Flags", rows)
}

// flagRow is how a flag is written, and what it is for.
func flagRow(f *pflag.Flag) [2]string {
	name := "    --" + f.Name
	if f.Shorthand != "" {
		name = "-" + f.Shorthand + ", --" + f.Name
	}
	usage := f.Usage
	switch f.DefValue {
	case "", "false", "[]", "0", "0s":
	default:
		usage += " (" + strings.Trim(f.DefValue, "[]") + " where not given)"
	}
	return [2]string{name, usage}
}

func (h *helper) heading(s string) {
	if h.bold {
		s = ansi.Style{}.Bold().Styled(s)
	}
	h.b.WriteString("\n" + s + "\n")
}

// paragraphs writes text with blank lines between paragraphs; indented lines stay lines of their own.
func (h *helper) paragraphs(s string) {
	var open []string
	end := func() {
		if len(open) > 0 {
			h.text("", strings.Join(open, " "))
		}
		open = nil
	}
	for line := range strings.Lines(strings.TrimSpace(s)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "", line[0] == ' ', line[0] == '\t':
			end()
			if line = strings.TrimRight(strings.ReplaceAll(line, "\t", "    "), " "); ansi.StringWidth(line) <= h.width {
				h.b.WriteString(line + "\n")
			} else {
				h.text(line[:len(line)-len(strings.TrimLeft(line, " "))], line)
			}
		default:
			open = append(open, line)
		}
	}
	end()
}

// text writes a paragraph, its lines as long as the width lets them be.
func (h *helper) text(indent, s string) {
	for _, line := range wrapWords(s, h.width-len(indent)) {
		h.b.WriteString(indent + line + "\n")
	}
}

// table writes names and what explains them in two columns.
func (h *helper) table(heading string, rows [][2]string) {
	if len(rows) == 0 {
		return
	}
	h.heading(heading)
	wide := 0
	for _, r := range rows {
		if w := ansi.StringWidth(r[0]); w <= mostHelpNames {
			wide = max(wide, w)
		}
	}
	for _, r := range rows {
		lead := "  " + r[0] + strings.Repeat(" ", max(0, wide-ansi.StringWidth(r[0]))+2)
		if ansi.StringWidth(r[0]) > wide {
			h.b.WriteString(strings.TrimRight(lead, " ") + "\n")
			lead = strings.Repeat(" ", wide+4)
		}
		for _, line := range wrapWords(r[1], h.width-wide-4) {
			h.b.WriteString(lead + line + "\n")
			lead = strings.Repeat(" ", wide+4)
		}
	}
}

// wrapWords breaks a text between its words into lines of at most width columns. A longer word has a line of its own.
func wrapWords(s string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case ansi.StringWidth(line)+1+ansi.StringWidth(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
