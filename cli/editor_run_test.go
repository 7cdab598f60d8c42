package cli

import (
	"testing"

	"hexlay/mmapdoc"
	"hexlay/model"
	"hexlay/ui"
)

// TestRefusedFlags: what the editor is given and refuses ends it with the status of verbs that refuse the same.
func TestRefusedFlags(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, o := range []editorOptions{{Struct: "<Qz"}, {Struct: "<I nonsense"}, {Encoding: "nosuch"}} {
		ed := model.New(mmapdoc.FromBytes("data", []byte("12345678")))
		err := start(ed, o, new(ui.Options))
		if status, _ := exitStatus(err); status != exitRefused {
			t.Errorf("%+v: %v, status %d", o, err, status)
		}
		if err := ed.Close(); err != nil {
			t.Error(err)
		}
	}
	ed := model.New(mmapdoc.FromBytes("data", []byte("12345678")))
	defer ed.Close()
	if err := start(ed, editorOptions{Struct: "<I 0:8", Encoding: "latin-1"}, new(ui.Options)); err != nil {
		t.Error(err)
	}
}
