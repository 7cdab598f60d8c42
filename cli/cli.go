// Package cli is hexlay's command line: the headless verbs, one file each, and `hexlay FILE`, which starts the editor.
//
// A verb reads bytes, prints text for people and, with --json, one JSON document for programs. It ends with status 0, 1
// (the data says no), 2 (a format, codec or pattern was refused) or 3 (usage or I/O), and says an error in one line on
// stderr: `hexlay VERB: …`. A closed pipe and Ctrl-C end it at once and quietly: nothing catches their signals, except
// while a file is being saved.
//
// The package draws no screen, and it keeps nothing between runs. How offsets and ranges are written is known to ranges.go
// alone, how values are written in JSON to json.go alone.
//
// To add a verb: write a file with a method of app that returns its cobra command, and name it in root.go.
package cli

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hexlay/lifeline"
)

// app is where a verb's bytes come from and go to.
type app struct {
	stdin, stdout, stderr *os.File
}

// Main runs the program with its arguments (without its name) and gives the exit status.
func Main(args []string) (status int) {
	collectLater()
	a := &app{os.Stdin, os.Stdout, os.Stderr}
	lifeline.Guard("the command", func() { status = a.run(args) })
	return status
}

func (a *app) run(args []string) int {
	root := a.rootCommand()
	name := "hexlay"
	cmd, rest, err := root.Find(args)
	if err == nil && cmd != root {
		name = cmd.CommandPath()
		args = append(strings.Fields(name)[1:], separate(cmd, rest)...)
	} else if err == nil && !asksCompletion(args) {
		args = separate(root, args)
	}
	root.SetArgs(args)
	if err == nil {
		err = root.ExecuteContext(context.Background())
	}
	status, say := exitStatus(err)
	if say {
		fmt.Fprintf(a.stderr, "%s: %s\n", name, ourWords(oneLine(err.Error())))
	}
	return status
}

// ourWords takes out what package strconv says of itself in a mistake with a flag.
func ourWords(s string) string {
	return regexp.MustCompile(`strconv\.\w+: parsing "[^"]*": `).ReplaceAllString(s, "")
}

// asksCompletion recognises what the scripts of `hexlay completion` ask. The words behind it are not yet a command line.
func asksCompletion(args []string) bool {
	return len(args) > 0 && (args[0] == cobra.ShellCompRequestCmd || args[0] == cobra.ShellCompNoDescRequestCmd)
}

// separate puts the flags of cmd before "--" and everything else behind it, so that what looks like a negative number
// ("-16:4", "-1.5", "-inf") is an argument and not a flag. No verb has a flag that begins with a digit.
func separate(cmd *cobra.Command, args []string) []string {
	if cmd.DisableFlagParsing || cmd.HasSubCommands() && cmd.HasParent() {
		return args
	}
	var flags, rest []string
	for i := 0; i < len(args); i++ {
		arg := args[i]
		if arg == "--" {
			rest = append(rest, args[i+1:]...)
			break
		}
		if len(arg) < 2 || arg[0] != '-' || looksNegative(arg) {
			rest = append(rest, arg)
			continue
		}
		flags = append(flags, arg)
		if wantsValue(cmd, arg) && i+1 < len(args) {
			i++
			flags = append(flags, args[i])
		}
	}
	if len(rest) == 0 {
		return flags
	}
	return append(append(flags, "--"), rest...)
}

func looksNegative(arg string) bool {
	c := arg[1]
	if c >= '0' && c <= '9' || c == '.' {
		return true
	}
	switch strings.ToLower(arg[1:]) {
	case "inf", "infinity", "nan":
		return true
	}
	return false
}

// wantsValue tells whether the flag takes the next argument as its value.
func wantsValue(cmd *cobra.Command, arg string) bool {
	var f *pflag.Flag
	if name, long := strings.CutPrefix(arg, "--"); long {
		if strings.Contains(name, "=") {
			return false
		}
		f = cmd.Flag(name)
	} else {
		// Of short flags that stand together only the last can want a value of its own argument.
		for k, c := range arg[1:] {
			f = cmd.Flags().ShorthandLookup(string(c))
			if f != nil && f.NoOptDefVal == "" {
				return k == len(arg)-2
			}
		}
	}
	return f != nil && f.NoOptDefVal == ""
}
