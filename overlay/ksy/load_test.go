package ksy

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"hexlay/overlay/expr"
)

// files writes files into a new folder: names and texts in turn.
func files(t *testing.T, pairs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(pairs); i += 2 {
		name := filepath.Join(dir, filepath.FromSlash(pairs[i]))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(pairs[i+1]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func mustLoad(t *testing.T, name string, o LoadOptions) *Schema {
	t.Helper()
	s, problems := Load(name, o)
	if s == nil {
		t.Fatalf("%s was refused: %v", name, problems)
	}
	return s
}

func mustText(t *testing.T, body string) *Schema {
	t.Helper()
	s, problems := LoadText("t.ksy", template(body), LoadOptions{})
	if s == nil {
		t.Fatalf("refused: %v\n%s", problems, body)
	}
	return s
}

// refused loads what must not load, and gives all problems as text.
func refused(t *testing.T, name string, o LoadOptions) string {
	t.Helper()
	s, problems := Load(name, o)
	if s != nil {
		t.Fatalf("%s was accepted", name)
	}
	return fmt.Sprint(problems)
}

func TestImports(t *testing.T) {
	dir := files(t,
		"a/top.ksy", "meta: {id: top, imports: [near, sub/inner, /abs/far, shared]}\nseq: [{id: n, type: near}, {id: i, type: inner::part}, {id: f, type: far}, {id: s, type: shared}]",
		"a/near.ksy", "meta: {id: near}",
		"a/sub/inner.ksy", "meta: {id: inner, imports: [deeper, ../near]}\nseq: [{id: d, type: deeper}, {id: n, type: near}]\ntypes: {part: {}}",
		"a/sub/deeper.ksy", "meta: {id: deeper, imports: [inner]}\nseq: [{id: i, type: inner, if: false}]", // a circle
		"lib/abs/far.ksy", "meta: {id: far, imports: [beside, ../shared]}",
		"lib/abs/beside.ksy", "meta: {id: beside}",
		"lib/shared.ksy", "meta: {id: shared}",
	)
	o := LoadOptions{ImportDirs: []string{filepath.Join(dir, "lib")}}
	s := mustLoad(t, filepath.Join(dir, "a/top.ksy"), o)
	var ids []string
	for _, f := range s.Files {
		ids = append(ids, f.ID)
	}
	if got := strings.Join(ids, " "); got != "top near inner far shared deeper beside" {
		t.Errorf("files: %s", got)
	}
	if got := len(s.Files[0].Imports); got != 4 {
		t.Errorf("top imports %d files, want 4", got)
	}
	if got := s.Top.Seq[1].Type.User.Name(); got != "inner::part" {
		t.Errorf("the type is %s", got)
	}
	if len(s.Paths()) != 7 {
		t.Errorf("paths: %v", s.Paths())
	}

	// An import of the folder above the template is one that an import directory has to allow.
	if got := refused(t, filepath.Join(dir, "lib/abs/far.ksy"), LoadOptions{}); !strings.Contains(got, "outside") {
		t.Errorf("got %s", got)
	}
	mustLoad(t, filepath.Join(dir, "lib/abs/far.ksy"), LoadOptions{Outside: true})
	mustLoad(t, filepath.Join(dir, "lib/abs/far.ksy"), o)
}

func TestImportProblems(t *testing.T) {
	dir := files(t,
		"top.ksy", "meta: {id: top, imports: [bad]}",
		"bad.ksy", "meta: {id: bad}\nseq: [{id: a, type: nope}]",
		"twice.ksy", "meta: {id: twice, imports: [syntax]}",
		"syntax.ksy", "meta: {id: syntax}\nseq: [\n",
		"names.ksy", "meta: {id: names, imports: ['', a/, 'a\\b', \"a\\0b\"]}",
		"folder.ksy", "meta: {id: folder, imports: [sub]}",
		"sub.ksy/x", "",
	)
	for name, want := range map[string]string{
		"top.ksy":    "bad.ksy:/seq/0/type: error: there is no type",
		"twice.ksy":  "syntax.ksy:3:1: error: ",
		"names.ksy":  "no name of a template",
		"folder.ksy": "there is no sub.ksy",
		"gone.ksy":   "/: error: ",
	} {
		if got := refused(t, filepath.Join(dir, name), LoadOptions{}); !strings.Contains(got, want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
	}
	_, problems := Load(filepath.Join(dir, "gone.ksy"), LoadOptions{})
	if len(problems) != 1 || !problems[0].Unread {
		t.Errorf("a file that is not there: %+v", problems)
	}
}

// A link must not lead out of the folders, and what is no file is not waited for.
func TestImportLinks(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("making links needs a privilege on Windows")
	}
	dir := files(t, "in/top.ksy", "meta: {id: top, imports: [link]}", "out/link.ksy", "meta: {id: link}")
	if err := os.Symlink(filepath.Join(dir, "out/link.ksy"), filepath.Join(dir, "in/link.ksy")); err != nil {
		t.Fatal(err)
	}
	top := filepath.Join(dir, "in/top.ksy")
	if got := refused(t, top, LoadOptions{}); !strings.Contains(got, "outside") {
		t.Errorf("got %s", got)
	}
	mustLoad(t, top, LoadOptions{Outside: true})
}

func TestImportMany(t *testing.T) {
	var pairs []string
	for i := range maxFiles + 5 {
		pairs = append(pairs, fmt.Sprintf("f%d.ksy", i), fmt.Sprintf("meta: {id: f%d, imports: [f%d]}", i, i+1))
	}
	dir := files(t, pairs...)
	if got := refused(t, filepath.Join(dir, "f0.ksy"), LoadOptions{}); !strings.Contains(got, "files are imported") {
		t.Errorf("got %s", got)
	}
}

// A type that meta declares opaque is read from the file of its name, where there is one.
func TestOpaqueFile(t *testing.T) {
	dir := files(t,
		"top.ksy", "meta: {id: top, ks-opaque-types: true}\nseq: [{id: a, type: other}]\ninstances: {b: {value: a.x}}",
		"other.ksy", "meta: {id: other}\nseq: [{id: x, type: u1}]",
	)
	s := mustLoad(t, filepath.Join(dir, "top.ksy"), LoadOptions{})
	if b := s.Top.Insts[0].Static; b.Kind != expr.Int {
		t.Errorf("b is %s", b)
	}
	_, problems := LoadText("t.ksy", []byte("meta: {id: t, ks-opaque-types: true}\nseq: [{id: a, type: elsewhere}]"), LoadOptions{})
	if len(problems) != 1 {
		t.Errorf("one mistake is told %d times: %v", len(problems), problems)
	}
}

func TestBuiltIn(t *testing.T) {
	fsys := fstest.MapFS{
		"net/ip.ksy":    {Data: []byte("meta: {id: ip, imports: [tcp, /common/x]}")},
		"net/tcp.ksy":   {Data: []byte("meta: {id: tcp}")},
		"common/x.ksy":  {Data: []byte("meta: {id: x}")},
		"common/up.ksy": {Data: []byte("meta: {id: up, imports: [../net/tcp, ../../etc]}")},
	}
	s, problems := LoadBuiltIn("net/ip.ksy", LoadOptions{BuiltIn: fsys})
	if s == nil || len(s.Files) != 3 {
		t.Fatalf("%v %v", s, problems)
	}
	if s.Paths() != nil || s.Stale() {
		t.Error("built-in files are watched")
	}
	if s, problems = LoadBuiltIn("common/up.ksy", LoadOptions{BuiltIn: fsys}); s != nil || !strings.Contains(fmt.Sprint(problems), "etc.ksy") {
		t.Errorf("left the file system: %v", problems)
	}
	dir := files(t, "mine.ksy", "meta: {id: mine, imports: [/common/x]}")
	s = mustLoad(t, filepath.Join(dir, "mine.ksy"), LoadOptions{BuiltIn: fsys})
	if len(s.Files) != 2 {
		t.Errorf("%d files", len(s.Files))
	}
}

func TestStale(t *testing.T) {
	dir := files(t, "top.ksy", "meta: {id: top, imports: [sub]}", "sub.ksy", "meta: {id: sub}")
	top, sub := filepath.Join(dir, "top.ksy"), filepath.Join(dir, "sub.ksy")
	s := mustLoad(t, top, LoadOptions{})
	if s.Stale() {
		t.Error("stale right after loading")
	}
	later := time.Now().Add(3 * time.Second)
	if err := os.Chtimes(sub, later, later); err != nil {
		t.Fatal(err)
	}
	if !s.Stale() {
		t.Error("an import was written again and nobody noticed")
	}
	s = mustLoad(t, top, LoadOptions{})
	if err := os.Remove(top); err != nil {
		t.Fatal(err)
	}
	if !s.Stale() {
		t.Error("the template is gone and nobody noticed")
	}
	text, _ := LoadText(top, []byte("meta: {id: top, imports: [sub]}"), LoadOptions{})
	if text == nil || text.Stale() {
		t.Error("a text that is not on disk is stale")
	}
}
