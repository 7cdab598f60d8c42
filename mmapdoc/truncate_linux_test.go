package mmapdoc

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestN4CutWhileSaving: another program cuts the file to 100 bytes in the middle of every kind of save. Nothing crashes, "saved"
// is said only of the new bytes, and the document can be undone and saved elsewhere as far as its bytes are still there.
func TestN4CutWhileSaving(t *testing.T) {
	was := failpoint
	defer func() { failpoint = was }()
	for _, r := range append(saveRolesOfAll(), saveRole{"by map", InPlace, 300_000, false, func(d *Document) error {
		return errors.Join(d.Fill(50_000, 100_000, []byte("fill")), d.Splice(250_000, 1, []byte("x"), Alone))
	}}) {
		for at := 1; ; at++ {
			path := filepath.Join(t.TempDir(), "d", "file")
			want := r.make(t, path)
			d, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.edit(d); err != nil {
				t.Fatal(err)
			}
			p, err := d.Plan("")
			if err != nil || p.Method != r.method {
				t.Fatalf("%+v, %v", p, err)
			}
			n := 0
			failpoint = func(string) {
				if n++; n == at {
					if err := os.Truncate(path, 100); err != nil {
						t.Error(err)
					}
				}
			}
			err = p.Run(t.Context(), nil)
			failpoint = was
			got, rerr := os.ReadFile(path)
			if rerr != nil {
				t.Fatal(rerr)
			}
			if n < at {
				if err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s without a cut: %v", r.name, err)
				}
				d.Close()
				break
			}
			where := r.name + ", cut at moment " + strconv.Itoa(at)
			if err == nil {
				if err = d.Saved(p); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got, want) && len(got) != 100 { // cut when all was done
					t.Errorf("%s: saved, and the file of %d bytes holds others", where, len(got))
				}
			} else if strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: says %q", where, err)
			}
			lost := d.Snapshot().Lost(nil)
			if len(lost) == 0 && err != nil && r.method != NewFile {
				if b, err := tryContent(d); err == nil && !bytes.Equal(b, want) {
					t.Errorf("%s: other bytes are shown, and none as lost", where)
				}
			}
			for d.CanUndo() {
				d.Undo()
			}
			p, perr := d.Plan(filepath.Join(filepath.Dir(path), "elsewhere"))
			if perr == nil {
				perr = p.Run(t.Context(), nil)
			}
			if perr != nil && strings.Contains(perr.Error(), "\n") {
				t.Errorf("%s: saving elsewhere says %q", where, perr)
			}
			d.Close()
		}
	}
}

func tryContent(d *Document) ([]byte, error) {
	b := make([]byte, d.Size())
	_, err := d.Snapshot().ReadAt(b, 0)
	return b, err
}

func saveRolesOfAll() []saveRole { return append([]saveRole(nil), saveRoles...) }
