// Hexlay is an interactive terminal hex editor with headless verbs for scripts. See package cli.
package main

import (
	"os"

	"hexlay/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
