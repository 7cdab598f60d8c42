package cli

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
)

// TestHelp: the help of every verb has all of its text and flags, in lines that fit where they can be broken.
func TestHelp(t *testing.T) {
	root := (&app{os.Stdin, os.Stdout, os.Stderr}).rootCommand()
	var each func(cmd *cobra.Command)
	each = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			each(sub)
		}
		cmd.InitDefaultHelpFlag()
		for _, width := range []int{leastHelpWidth, helpWidth, mostHelpWidth} {
			h := helper{width: width}
			h.command(cmd)
			out := h.b.String()
			_, examples, _ := strings.Cut(out, "\nExamples\n")
			examples, _, _ = strings.Cut(examples, "\n\n")
			for line := range strings.Lines(out) {
				line = strings.TrimSuffix(line, "\n")
				if strings.HasSuffix(line, " ") {
					t.Errorf("%s, %d columns: %q ends with a space", cmd.CommandPath(), width, line)
				}
				if ansi.StringWidth(line) > width && !strings.Contains(examples, line) && strings.Contains(strings.TrimSpace(line), " ") {
					t.Errorf("%s, %d columns: %q is wider", cmd.CommandPath(), width, line)
				}
			}
			for _, text := range []string{cmd.Short, cmd.Long, cmd.Example, cmd.Flags().FlagUsages()} {
				words := strings.Fields(text)
				if text == cmd.Flags().FlagUsages() {
					words = slices.DeleteFunc(words, func(w string) bool { return !strings.HasPrefix(w, "--") || strings.Contains(w, "[") })
				}
				for _, w := range words {
					if !strings.Contains(out, w) {
						t.Errorf("%s, %d columns: %q is left out", cmd.CommandPath(), width, w)
					}
				}
			}
		}
	}
	each(root)
}
