package cli

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"hexlay/overlay/checksum"
	"hexlay/templates"
)

// TestReadmeCounts: the numbers that the README tells are those of the program.
func TestReadmeCounts(t *testing.T) {
	b, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf(" %d hashes, CRCs and sums", len(checksum.List())),
		fmt.Sprintf(" %d formats are built in", len(templates.Formats())),
	} {
		if !strings.Contains(string(b), want) {
			t.Errorf("README.md does not say %q", want)
		}
	}
}
