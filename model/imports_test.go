package model_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// mayImport is the house's plan: which floors a package may see. A package below these names counts as them.
var mayImport = map[string][]string{
	"hexlay":                    {"hexlay/cli"},
	"hexlay/cli":                {"hexlay/cli/prefault", "hexlay/ui", "hexlay/keymap", "hexlay/model", "hexlay/overlay", "hexlay/templates", "hexlay/mmapdoc", "hexlay/lifeline"},
	"hexlay/cli/prefault":       {},
	"hexlay/ui":                 {"hexlay/keymap", "hexlay/model", "hexlay/overlay", "hexlay/templates", "hexlay/mmapdoc", "hexlay/lifeline"},
	"hexlay/model":              {"hexlay/overlay", "hexlay/templates", "hexlay/mmapdoc", "hexlay/lifeline"},
	"hexlay/templates":          {},
	"hexlay/templates/gen":      nil,
	"hexlay/keymap":             {},
	"hexlay/overlay/text":       {"hexlay/lifeline"},
	"hexlay/overlay/pystruct":   {},
	"hexlay/overlay/literal":    {},
	"hexlay/overlay/diff":       {},
	"hexlay/overlay/stats":      {},
	"hexlay/overlay/picture":    {"hexlay/overlay/stats"},
	"hexlay/overlay/patchfile":  {},
	"hexlay/overlay/pattern":    {},
	"hexlay/overlay/expr":       {},
	"hexlay/overlay/checksum":   {},
	"hexlay/overlay/transform":  {"hexlay/overlay/expr", "hexlay/overlay/literal"},
	"hexlay/overlay/ksy":        {"hexlay/overlay/expr", "hexlay/overlay/text", "hexlay/overlay/pystruct", "hexlay/overlay/checksum", "hexlay/overlay/literal"},
	"hexlay/overlay/packet":     {"hexlay/overlay/expr"},
	"hexlay/overlay/frame":      {"hexlay/overlay/ksy", "hexlay/overlay/expr", "hexlay/overlay/literal"},
	"hexlay/mmapdoc":            {"hexlay/lifeline"},
	"hexlay/mmapdoc/wire":       {"hexlay/lifeline"},
	"hexlay/lifeline":           {},
	"hexlay/bench":              nil, // any
	"hexlay/overlay/text/gen":   nil,
	"hexlay/overlay/struct/gen": nil,
}

func TestImportsPointOneWay(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "hexlay/...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		from := words[0]
		allowed, known := mayImport[from]
		if strings.HasPrefix(from, "hexlay/bench") || known && allowed == nil {
			continue
		}
		if !known {
			t.Errorf("package %s is not in the plan of docs/ARCHITECTURE.md", from)
			continue
		}
		for _, to := range words[1:] {
			if !strings.HasPrefix(to, "hexlay") {
				continue
			}
			ok := false
			for _, a := range allowed {
				ok = ok || to == a || strings.HasPrefix(to, a+"/")
			}
			if !ok {
				t.Errorf("%s must not import %s", from, to)
			}
		}
	}
}

// TestGoroutines: every goroutine is started by lifeline, which ends the program in order when it panics.
func TestGoroutines(t *testing.T) {
	start := regexp.MustCompile(`(?m)^\s*go\s+[\w(.]+.*$|\w\.Go\(func.*$`)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel := filepath.ToSlash(path)
		if d.IsDir() && (rel == "../bench" || rel == "../lifeline" || strings.Contains(rel, "/testdata")) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(rel, ".go") || strings.HasSuffix(rel, "_test.go") {
			return nil
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		for _, line := range start.FindAllString(string(b), -1) {
			if l := strings.TrimSpace(line); strings.HasSuffix(l, "{") || strings.HasSuffix(l, ")") || strings.Contains(l, ".Go(") {
				t.Errorf("%s: %q; lifeline.Go and Join start goroutines", rel, l)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
