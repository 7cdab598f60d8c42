package ksy

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// suiteDir is the reference's own test suite, which is not part of the project.
func suiteDir(t *testing.T) string {
	dir := "../../../shared/kaitai"
	if _, err := os.Stat(dir); err != nil {
		t.Skip("the reference suite is not beside the project, in ../shared/kaitai")
	}
	return dir
}

// TestSuiteRefusals: what the suite wants refused is, at the path that it names.
func TestSuiteRefusals(t *testing.T) {
	dir := suiteDir(t)
	text, err := os.ReadFile(filepath.Join(dir, "err_cases.json"))
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		ID, Ksy, Expect string
		Expected        []struct{ File, Path, Severity string } `json:"expected_errors"`
	}
	if err := json.Unmarshal(text, &cases); err != nil {
		t.Fatal(err)
	}
	o := LoadOptions{ImportDirs: []string{filepath.Join(dir, "formats/ks_path"), filepath.Join(dir, "gallery")}}
	for _, c := range cases {
		s, problems := Load(filepath.Join(dir, c.Ksy), o)
		if (s == nil) != (c.Expect == "refuse") {
			t.Errorf("%s: want %s, got %v", c.ID, c.Expect, problems)
		}
		for _, want := range c.Expected {
			if want.Severity == "warning" && strings.HasPrefix(c.ID, "err_style") {
				continue // which names are good style is our own opinion
			}
			found := slices.ContainsFunc(problems, func(p Problem) bool {
				return p.Path == want.Path && p.Warning == (want.Severity == "warning") && filepath.Base(p.File.Path) == want.File
			})
			if !found {
				t.Errorf("%s: want %s at %s of %s, got %v", c.ID, want.Severity, want.Path, want.File, problems)
			}
		}
	}
}

// TestSuiteLoads: every template that people use, and every one of the suite, is accepted.
func TestSuiteLoads(t *testing.T) {
	dir := suiteDir(t)
	o := LoadOptions{ImportDirs: []string{filepath.Join(dir, "formats/ks_path"), filepath.Join(dir, "gallery")}}
	n := 0
	for _, sub := range []string{"gallery", "formats"} {
		err := filepath.WalkDir(filepath.Join(dir, sub), func(name string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(name) != ".ksy" {
				return err
			}
			n++
			if s, problems := Load(name, o); s == nil {
				t.Errorf("%s: %v", name, problems)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if n < 300 {
		t.Errorf("only %d templates were found", n)
	}
}
