package ksy

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
)

// What is mended after an edit is the same whether checks that the edit does not touch are made or not.
func TestMendUntouched(t *testing.T) {
	s := load(t, `
meta: {id: t, endian: le}
seq:
  - {id: mode, type: u1}
  - {id: parts, type: part, repeat: expr, repeat-expr: 6}
  - {id: sum, type: u4, -check: {algorithm: crc-32, over: {from: mode, to: parts}}}
types:
  part:
    seq:
      - {id: len, type: u2, -check: {length: body}}
      - {id: crc, type: u4, -check: {algorithm: crc-32, over: body, if: _root.mode < 2}}
      - {id: mix, type: u4, -check: {algorithm: crc-32, over: [{value: _root.mode, type: u1}, {field: body}]}}
      - {id: body, size: len}
`)
	rnd := rand.New(rand.NewPCG(1, 2))
	data := []byte{1}
	for i := range 6 {
		n := []int{10, 5000, 7000, 0, 4096, 6000}[i]
		data = append(data, byte(n), byte(n>>8), 0, 0, 0, 0, 0, 0, 0, 0)
		for range n {
			data = append(data, byte(rnd.Uint32()))
		}
	}
	data = append(data, 0, 0, 0, 0)
	open := func(b []byte) *Tree { return s.Open(bytes.NewReader(b), 0, int64(len(b)), Options{}) }
	patch := func(b []byte, ps []Patch) []byte {
		out, at := []byte(nil), int64(0)
		for _, p := range ps {
			out = append(append(out, b[at:p.Range.Start]...), p.New...)
			at = p.Range.End
		}
		return append(out, b[at:]...)
	}
	var starts [][]byte
	for _, mode := range []byte{1, 3} {
		data[0] = mode
		fixed, err := open(data).Mend(context.Background(), nil)
		if err != nil || len(fixed) == 0 {
			t.Fatal(fixed, err)
		}
		// The crc of parts[1] is wrong from the start, where it counts, and stays so.
		start := patch(data, fixed)
		start[1+10+10+3] ^= 1
		starts = append(starts, start)
	}

	skipped := 0
	for i := range 120 {
		data := starts[i/4%2]
		var sets []Assignment
		switch k := rnd.IntN(6); i % 4 {
		case 0:
			sets = []Assignment{{fmt.Sprintf("parts[%d].body", k), fmt.Sprintf("%x", bytes.Repeat([]byte{byte(i)}, rnd.IntN(9000)))}}
		case 1:
			sets = []Assignment{{"mode", fmt.Sprint(rnd.IntN(4))}}
		case 2:
			sets = []Assignment{{fmt.Sprintf("parts[%d].crc", k), fmt.Sprint(rnd.Uint32())}}
		case 3:
			sets = []Assignment{{fmt.Sprintf("parts[%d].mix", k), "7"}, {"sum", "9"}}
		}
		tree := open(data)
		edits, err := tree.Set(context.Background(), sets)
		if err != nil {
			t.Fatal(sets, err)
		}
		got, err := tree.mend(context.Background(), edits, func(n *Node, c *Check, p *patched) bool {
			yes := tree.untouched(n, c, p)
			if yes {
				skipped++
			}
			return yes
		}, true, func(Mended) {})
		if err != nil {
			t.Fatal(sets, err)
		}
		want, err := open(data).mend(context.Background(), edits, func(*Node, *Check, *patched) bool { return false }, false, func(Mended) {})
		if err != nil {
			t.Fatal(sets, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%v: mended differently:\n%x\n%x", sets, got, want)
		}
	}
	if skipped < 200 {
		t.Errorf("only %d checks were skipped", skipped)
	}
}
