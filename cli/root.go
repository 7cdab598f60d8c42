package cli

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"
)

// rootCommand builds the command tree. It is built anew for every run and holds no state of its own.
func (a *app) rootCommand() *cobra.Command {
	var o editorFlags
	root := &cobra.Command{
		Use:   "hexlay [FILE…] [+OFF]",
		Short: "a hex editor that lays meaning over bytes",
		Long: `hexlay FILE opens the editor. The verbs do the same work without a screen, for scripts and pipelines.

OFF and LEN are decimal, 0x hex, 0o or 0b, with "_" between digits and a suffix K M G T; a negative OFF counts from
the end. A range is OFF:LEN, OFF: or OFF..END. FILE may be - for standard input; a file whose name is a verb's is
written ./dump.`,
		Example: `hexlay firmware.bin +0x400
hexlay old.bin --compare new.bin
hexlay dump firmware.bin | less
hexlay unpack '<2sIHHI:magic,size' logo.bmp --json`,
		// Anything that is no verb is a file.
		Args:          cobra.ArbitraryArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.run(args, cmd.SuggestionsFor)
		},
		SuggestionsMinimumDistance: 2,
	}
	o.register(root.Flags())
	root.AddCommand(a.decodeCommand(), a.checkCommand(), a.setCommand(),
		a.dumpCommand(),
		a.findCommand(),
		a.replaceCommand(),
		a.patchCommand(),
		a.textCommand(),
		a.encodeCommand(),
		a.codecsCommand(),
		a.keysCommand(),
		a.settingsCommand(),
		a.unpackCommand(),
		a.packCommand(),
		a.calcsizeCommand(),
		a.diffCommand(),
		a.hashCommand(),
		a.transformCommand(),
		a.carveCommand(),
		a.templatesCommand(),
		a.statsCommand(),
		a.packetsCommand(),
		a.streamsCommand(),
		a.stringsCommand(),
		a.listenCommand(),
		a.connectCommand(),
		a.proxyCommand(),
		a.recoverCommand(),
		a.manCommand(),
		a.versionCommand(),
	)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetHelpFunc(a.printHelp)
	// Made now, so that they are found like every other command. Theirs is to give help for whatever they do not know.
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Short = "tell what a verb does"
			c.Run, c.RunE = nil, help
		case "completion":
			c.Short = "print the script with which a shell completes words"
			c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	return root
}

func noVerb(name string) error { return fmt.Errorf("there is no verb %s in this version", quote(name)) }

// help prints the help of the verb that args name.
func help(cmd *cobra.Command, args []string) error {
	c, rest, err := cmd.Root().Find(args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0 && c == cmd.Root():
		return noVerb(rest[0])
	case len(rest) > 0:
		return fmt.Errorf("%s has no verb %s", c.CommandPath(), quote(rest[0]))
	}
	c.InitDefaultHelpFlag()
	return c.Help()
}

func (a *app) manCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "man",
		Short: "print the manual page (hexlay man | man -l -)",
		Args:  noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			page, err := mango.NewManPage(1, cmd.Root())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.stdout, page.Build(roff.NewDocument()))
			return err
		},
	}
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "print the version",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintf(a.stdout, "hexlay %s (%s, %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}

// version is what the build knows about itself: a module version, or the commit it was built from.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return "development build of " + s.Value[:min(12, len(s.Value))]
		}
	}
	return "development build"
}

func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("takes no arguments, got %s", quote(args[0]))
	}
	return nil
}

// wantArgs refuses too few or too many arguments and shows how the verb is used. most < 0 is any number.
func wantArgs(least, most int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return errors.New("too few arguments; usage: hexlay " + cmd.Use)
		case most >= 0 && len(args) > most:
			return fmt.Errorf("too many arguments, from %s; usage: hexlay %s", quote(args[most]), cmd.Use)
		}
		return nil
	}
}
