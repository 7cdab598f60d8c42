package ui

import (
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// TestBeginFails: what the command line asks for and cannot be done is said with the file once.
func TestBeginFails(t *testing.T) {
	gone := filepath.Join(t.TempDir(), "gone.bin")
	ed := model.New(mmapdoc.FromBytes("memory", make([]byte, 10)))
	defer ed.Close()
	_, _, err := program(ed, Options{Commands: []string{"compare " + gone}}, newScreen(io.Discard, colorprofile.TrueColor))
	if err == nil || strings.Count(err.Error(), "gone.bin") != 1 || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}
