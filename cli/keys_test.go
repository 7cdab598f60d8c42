package cli

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var writeCommands = flag.Bool("commands", false, "write docs/COMMANDS.md")

// TestCommandsPage keeps docs/COMMANDS.md as the tables are.
func TestCommandsPage(t *testing.T) {
	var b strings.Builder
	if err := commandsPage(&b); err != nil {
		t.Fatal(err)
	}
	const path = "../docs/COMMANDS.md"
	if *writeCommands {
		if err := os.WriteFile(path, []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(page) != b.String() {
		t.Error("docs/COMMANDS.md is not what the tables say; go test ./cli -run TestCommandsPage -commands writes it")
	}
}
