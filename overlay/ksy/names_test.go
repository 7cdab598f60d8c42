package ksy

import (
	"strings"
	"testing"
)

// Where a path leads.
func TestNames(t *testing.T) {
	s := mustText(t, `
meta: {id: top}
seq:
  - {id: a, type: aa}
  - {id: b, type: aa::cc}
  - {id: c, type: 'top::bb::cc'}
  - {id: d, type: '::top::bb'}
  - {id: e, type: '::bb'}
  - {id: f, type: top, if: false}
types:
  aa:
    seq:
      - {id: a, type: bb}          # its own comes before the outer one
      - {id: b, type: 'bb::cc'}    # which has no cc, so that the search goes on from there outward
      - {id: c, type: '::bb::cc'}
      - {id: d, type: aa, if: false}
      - {id: e, type: u1, enum: e}
      - {id: f, type: u1, enum: 'bb::e'}
      - {id: g, type: u1, enum: '::e'}
    types:
      bb: {}
      cc: {}
    enums: {e: {1: inner}}
  bb:
    types: {cc: {}}
    enums: {e: {1: of_bb}}
enums: {e: {1: outer}}
`)
	check := func(typ *Type, id, want string) {
		t.Helper()
		a := typ.Slots[typ.byName[id]]
		got := ""
		if a.Type.User != nil {
			got = a.Type.User.Name()
		} else if a.Type.Enum != nil {
			got = a.Type.Enum.Name()
		}
		if got != want {
			t.Errorf("%s of %s is %s, want %s", id, typ.Name(), got, want)
		}
	}
	for id, want := range map[string]string{"a": "top::aa", "b": "top::aa::cc", "c": "top::bb::cc", "d": "top::bb", "e": "top::bb", "f": "top"} {
		check(s.Top, id, want)
	}
	for id, want := range map[string]string{"a": "top::aa::bb", "b": "top::aa::cc", "c": "top::bb::cc", "d": "top::aa", "e": "top::aa::e", "f": "top::aa::e", "g": "top::e"} {
		check(s.Top.Sub("aa"), id, want)
	}
	if s.Top.Parent != nil {
		t.Errorf("the type of the file has the parent %s", s.Top.Parent.Name())
	}
}

// Types of one name in each other cannot make a search for a long path take for ever.
func TestNamesBounded(t *testing.T) {
	const depth = 40
	var b strings.Builder
	b.WriteString("meta: {id: t}\n")
	pad := ""
	for range depth {
		b.WriteString(pad + "types:\n" + pad + "  a:\n")
		pad += "    "
	}
	b.WriteString(pad + "seq: [{id: x, type: '" + strings.Repeat("a::", depth) + "zz'}]\n")
	s, problems := LoadText("t.ksy", []byte(b.String()), LoadOptions{})
	if s != nil || !strings.Contains(problems[0].Msg, "there is no type") {
		t.Errorf("got %v", problems)
	}
}
