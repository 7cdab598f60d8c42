package ksy

import (
	"strings"
	"testing"
)

// FuzzLoad: whatever a template says, loading it ends, and gives either a schema or problems of one line each, with
// places in the text.
func FuzzLoad(f *testing.F) {
	for i, c := range refusals {
		if i%4 == 0 {
			f.Add(string(template(c.body)))
		}
	}
	for _, seed := range []string{
		"meta: {id: t}\nseq:\n  - &a {id: a, type: t, size: 1}\n  - <<: *a\n    id: b\n",
		"meta: {id: t, endian: {switch-on: a, cases: {1: le, _: be}}}\nseq: [{id: a, type: u1}, {id: b, type: {switch-on: a, cases: {1: u2, _: t}}, repeat: until, repeat-until: _index > 3}]",
		"meta: {id: t}\nparams: [{id: p, type: 'u1[]'}]\ntypes: {s: {params: [{id: q, type: s}], seq: [{type: 's(q)', if: 'sizeof<s> > 3'}]}}",
		"meta: {id: t}\ninstances: {a: {value: b.c}, b: {value: _parent}, c: {pos: a, io: _io, type: t}}\nenums: {e: {1: {id: x, -y: [z]}}}",
		"meta: {id: t}\n-hexlay: {magic: [{at: -1, hex: 00}]}\nseq: [{id: a, size: 2, -check: [{algorithm: {width: 8, poly: 7}, over: [a, {from: a}, {value: a, type: u2be}]}]}]",
		"? [a]\n: b", "a: &a\n  b: *a", "!!binary x", "meta: !!str\n", "%YAML 1.1\n---\nmeta: {id: t}\n...\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, problems := LoadText("t.ksy", []byte(text), LoadOptions{})
		refused := false
		for _, p := range problems {
			refused = refused || !p.Warning
			if p.Line < 1 || p.Col < 1 || p.Path == "" || strings.ContainsAny(p.String(), "\n\r\x1b") {
				t.Errorf("problem %q at %d:%d", p, p.Line, p.Col)
			}
		}
		if refused != (s == nil) {
			t.Errorf("schema %v with %v", s, problems)
		}
		if s == nil {
			return
		}
		for _, a := range s.Top.Slots {
			if m, ok := s.Top.Member(a.ID); !ok || m.Type.Kind != a.Static.Kind {
				t.Errorf("member %s is not what it is", a.ID)
			}
		}
	})
}
