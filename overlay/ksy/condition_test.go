package ksy

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
)

const chunked = `
meta: {id: top, endian: le}
seq:
  - {id: count, type: u1}
  - {id: chunks, type: chunk, repeat: expr, repeat-expr: count}
instances:
  ok: {value: count == 3}
types:
  chunk:
    seq:
      - {id: type, type: u1}
      - {id: ok, type: b1}
      - {id: len, type: b7}
      - {id: body, type: {switch-on: type, cases: {7: seven}}, size: len}
  seven:
    seq:
      - {id: type, type: u2}
`

func TestMatches(t *testing.T) {
	const data = "04  07 02 0700  07 83 080000  01 00  07 01 00"
	for _, c := range []struct{ cond, want string }{
		{"type == 7 and not ok", "chunks[0] [1,5), chunks[3] [12,15)"},
		{"type == 7", "chunks[0] [1,5), chunks[0].body [3,5), chunks[1] [5,10), chunks[3] [12,15)"},
		{"ok", "chunks[1] [5,10)"},
		{"type == 7 and _parent.type == 7", "chunks[0].body [3,5)"},
		{"count > 3", " [0,15)"},
		{"body.as<seven>.type == 8", "chunks[1] [5,10)"},
		{"len == 99", ""},
	} {
		tree := lay(t, chunked, data)
		cond, err := tree.Schema().Condition(c.cond)
		if err != nil {
			t.Errorf("%s: %v", c.cond, err)
			continue
		}
		var got []string
		var far int64
		_, _, err = tree.Matches(cond, func(at int64) { far = max(far, at) }, func(m Match) error {
			if !m.InData {
				t.Errorf("%s is not in the data", m.Path)
			}
			got = append(got, fmt.Sprintf("%s [%d,%d)", m.Path, m.Range.Start, m.Range.End))
			return nil
		})
		if g := strings.Join(got, ", "); g != c.want || err != nil {
			t.Errorf("%s: %s, %v; want %s", c.cond, g, err, c.want)
		}
		if far < 10 {
			t.Errorf("%s: the walk told of %d", c.cond, far)
		}
	}
}

func TestMatchesTellsOfFailures(t *testing.T) {
	tree := lay(t, chunked, "02  07 01 00  07 02 0700")
	cond, err := tree.Schema().Condition("type == 7 and body.as<seven>.type == 7")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	failed, why, err := tree.Matches(cond, nil, func(Match) error { n++; return ErrStop })
	if n != 1 || failed != 1 || why == nil || err != nil || !strings.HasPrefix(why.Error(), "chunks[0]: ") {
		t.Errorf("%d matches, %d failed: %v; %v", n, failed, why, err)
	}
}

// TestMatchOfInstance: the end of an object that nobody has read yet is known too.
func TestMatchOfInstance(t *testing.T) {
	tree := lay(t, `
meta: {id: top}
seq:
  - {id: at, type: u1}
instances:
  far:
    pos: at
    type: pair
types:
  pair:
    seq:
      - {id: a, type: u1}
      - {id: b, type: u1}
`, "03 00 00 05 06 00")
	cond, err := tree.Schema().Condition("a == 5")
	if err != nil {
		t.Fatal(err)
	}
	var got []Match
	if _, _, err := tree.Matches(cond, nil, func(m Match) error { got = append(got, m); return nil }); err != nil || len(got) != 1 || got[0].Range != (Range{3, 5}) || got[0].Path != "far" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestRecordMatches(t *testing.T) {
	s, err := FromStruct("<BBH:kind,flags,n")
	if err != nil {
		t.Fatal(err)
	}
	var data []byte
	for i := range 5000 {
		data = append(data, byte(i%10), byte(i%3), byte(i), byte(i>>8))
	}
	cond, err := s.Condition("kind == 7 and flags == 0 and n > 1000")
	if err != nil {
		t.Fatal(err)
	}
	var got, want []int64
	for i := range 5000 {
		if i%10 == 7 && i%3 == 0 && i > 1000 {
			want = append(want, int64(i))
		}
	}
	for _, most := range []int{1 << 30, 3} {
		got = nil
		_, why, err := s.RecordMatches(bytes.NewReader(data), 0, 4, 5000, cond, Options{}, nil, func(i int64, m Match) error {
			if m.Range != (Range{4 * i, 4*i + 4}) {
				t.Fatalf("record %d at %v", i, m.Range)
			}
			if got = append(got, i); len(got) == most {
				return ErrStop
			}
			return nil
		})
		if w := want[:min(most, len(want))]; !slices.Equal(got, w) || why != nil || err != nil {
			t.Errorf("%v, %v, %v; want %v", got, why, err, w)
		}
	}
}

func TestConditionRefused(t *testing.T) {
	s := load(t, chunked)
	for cond, want := range map[string]string{
		"typ == 7": `no type of top has such fields: unable to access 'typ' in top::chunk context (did you mean "type"?)`,
		"count":    "not true or false",
		"ok == 3":  "compare",
		"type ==":  "",
	} {
		if _, err := s.Condition(cond); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", cond, err)
		}
	}
}
