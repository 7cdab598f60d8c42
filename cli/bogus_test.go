package cli

import (
	"os"
	"path/filepath"
	"testing"
)

// TestNoSuchFileOrVerb: a word that is neither is told of as such, with the verbs that look like it.
func TestNoSuchFileOrVerb(t *testing.T) {
	t.Chdir(t.TempDir())
	fails(t, 3, `bogus: there is no file and no verb of this name`, "bogus")
	fails(t, 3, `dmup: there is no file and no verb of this name, did you mean dump?`, "dmup")
	fails(t, 3, `dmup: there is no file and no verb of this name, did you mean dump?`, "dmup", "file")
	fails(t, 3, `no/such.bin: no such file`, filepath.Join("no", "such.bin"))
	fails(t, 3, `bogus.bin: no such file`, "bogus.bin")
	fails(t, 3, `no such file`, "")
	if err := os.WriteFile("bogus", []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	fails(t, 3, "needs a terminal", "bogus")
	fails(t, 3, "one file at a time", "bogus", "other")
}
