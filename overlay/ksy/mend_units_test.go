package ksy

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// unitTemplates are lists with checks of all sorts; one tells that all of the mending takes one walk, at least now and then.
var unitTemplates = []struct {
	name, ksy string
	one       bool
}{
	{"sums in sums", `
seq:
  - {id: all, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: len, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: {from: len, to: body}, zero: true}}
      - {id: body, size: len & 7, type: body}
  body:
    seq:
      - {id: kind, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: [{field: kind}, {field: rest}]}}
      - {id: rest, size-eos: true}
`, true},
	{"headers with their own sums", `
seq:
  - {id: all, size: 9, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: len, type: u1, -check: {length: {from: len, to: sum}}}
      - {id: sum, type: u2be, -check: {algorithm: internet, over: {from: len, to: sum}, zero: true}}
      - {id: body, size-eos: true, type: body}
  body:
    seq:
      - {id: sum, type: u2be, -check: {algorithm: internet, over: [{value: _io.size, type: u2be}, {from: sum}], zero: true, then: '_ == 0 ? 0xffff : _', if: sum != 0}}
      - {id: rest, size-eos: true}
`, true},
	{"a sum that something asks for", `
seq:
  - {id: all, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: body}}
      - {id: twice, type: u1, -check: {value: sum * 2 & 255}}
      - {id: body, size: 3}
`, false},
	{"a sum that the size asks for", `
seq:
  - {id: all, type: rec, repeat: expr, repeat-expr: 6}
types:
  rec:
    seq:
      - {id: a, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: a}}
      - {id: body, size: sum & 3}
`, false},
	{"fields on the same bytes", `
seq:
  - {id: all, size: 6, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: {from: n}}}
      - {id: n, type: u1, -check: {value: again ^ wide & 255}}
      - {id: rest, size-eos: true}
    instances:
      again: {pos: 0, type: u1}
      wide: {pos: 0, type: u2be}
      low: {pos: 2, type: u1, -check: {algorithm: sum-8, over: {from: n, to: n}}}
`, false},
	{"a field on the same byte", `
seq:
  - {id: all, size: 4, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: {from: rest}}}
      - {id: n, type: u1, -check: {value: again ^ 7}}
      - {id: rest, size-eos: true}
    instances:
      again: {pos: 0, type: u1}
`, false},
	{"sums over what lies around the list", `
seq:
  - {id: whole, size-eos: true, type: whole}
types:
  whole:
    seq:
      - {id: k, type: u1}
      - {id: all, size: 3, type: rec, repeat: eos}
  rec:
    seq:
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: [{field: n}, {from: _root.whole, to: _root.whole}], if: n & 1 == 1}}
      - {id: n, type: u1}
      - {id: mix, type: u1, -check: {algorithm: sum-8, over: n}}
`, false},
	{"lengths up to what lies around the list", `
seq:
  - {id: k, type: u1}
  - {id: whole, size-eos: true, type: whole}
types:
  whole:
    seq:
      - {id: all, size: 3, type: rec, repeat: eos}
  rec:
    seq:
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: _parent, if: n & 3 == 1}}
      - {id: n, type: u1}
      - {id: mix, type: u1, -check: {algorithm: sum-8, over: n}}
`, false},
	{"elements that ask for others", `
seq:
  - {id: all, size: 6, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: kind, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: [{field: kind}, {value: first, type: u1}, {field: rest}]}}
      - {id: rest, type: rest, size-eos: true}
    instances:
      first: {value: '_parent.all[kind % _parent.all.size].kind'}
  rest:
    seq:
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: b}}
      - {id: b, size-eos: true}
`, true},
	{"elements that ask for sums of others", `
seq:
  - {id: all, size: 4, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: kind, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: [{value: first, type: u1}, {field: rest}]}}
      - {id: rest, size-eos: true}
    instances:
      first: {value: 'kind < _parent.all.size ? _parent.all[kind].sum : 0'}
`, false},
	{"elements that ask for the bytes of sums of others", `
seq:
  - {id: all, size: 5, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: kind, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: [{value: first, type: u1}, {field: rest}]}}
      - {id: other, type: other}
      - {id: rest, size-eos: true}
    instances:
      first: {value: 'kind < _parent.all.size ? _parent.all[kind].other.peek.size + _parent.all[kind].other.peek[0] : 0'}
  other:
    seq: [{id: x, type: u1}]
    instances: {peek: {pos: 1, size: 1}}
`, false},
	{"sums around elements that ask for others", `
seq:
  - {id: len, type: u1, -check: {value: body.all.size & 255}}
  - {id: body, type: body}
types:
  body:
    seq:
      - {id: all, size: 4, type: rec, repeat: expr, repeat-expr: 5}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: all}}
      - {id: tail, size-eos: true}
  rec:
    seq:
      - {id: kind, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: [{value: first, type: u1}, {field: rest}]}}
      - {id: rest, size-eos: true}
    instances:
      first: {value: '_parent.all[kind % 5].kind'}
`, false},
	{"two checks of one field", `
seq:
  - {id: all, size: 4, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: k, type: u1}
      - id: sum
        type: u1
        -check: [{algorithm: sum-8, over: rest, if: k & 1 == 0}, {algorithm: crc-8, over: rest, if: sum != 3}]
      - {id: rest, size-eos: true}
`, false},
	{"sums of themselves", `
seq:
  - {id: all, size: 4, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: k, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: {from: k, to: sum}, if: k < 3}}
      - {id: rest, size-eos: true}
`, false},
	{"bits and bytes", `
seq:
  - {id: all, size: 8, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: a, type: b4}
      - {id: sum, type: b4, -check: {algorithm: sum-8, over: rest, then: _ & 15}}
      - {id: crc, size: 2, -check: {algorithm: crc-16/xmodem, over: [{field: rest}, {value: a, type: u1}]}}
      - {id: text, type: str, size: 2, encoding: ascii, -check: {algorithm: sum-8, over: rest}}
      - {id: rest, size-eos: true}
`, false},
	{"behind a process", `
seq:
  - {id: all, size: 6, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: key, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: inner}}
      - {id: inner, size-eos: true, process: xor(key), type: inner}
  inner:
    seq:
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: rest}}
      - {id: rest, size-eos: true}
`, false},
	{"lengths, and sums over what they tell", `
seq:
  - {id: all, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: len, type: u1, -check: {value: _parent.all.size & 3, if: part == 1}}
      - {id: part, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: [{field: len}, {field: body}]}}
      - {id: body, size: len & 3}
`, false},
	{"elements that become longer", `
seq:
  - {id: all, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: n, type: u1}
      - {id: len, type: u1, -check: {value: n & 3}}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: [{field: n}, {field: body}]}}
      - {id: body, size: len & 3}
`, false},
	{"sums around the list", `
seq:
  - {id: mode, type: u1}
  - {id: head, type: u1, -check: {algorithm: sum-8, over: {from: n, to: list}}}
  - {id: n, type: u1, -check: {count: list.all}}
  - {id: list, size: 24, type: list}
  - {id: tail, type: u1, -check: {algorithm: sum-8, over: {from: mode, to: list}}}
types:
  list:
    seq:
      - {id: all, type: rec, repeat: eos}
  rec:
    seq:
      - {id: k, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: [{field: k}, {value: _root.mode, type: u1}]}}
      - {id: x, type: u1, -check: {value: k ^ _root.mode}}
`, false},
	{"lists in lists", `
seq:
  - {id: groups, type: group, repeat: eos}
types:
  group:
    seq:
      - {id: n, type: u1, -check: {count: items}}
      - {id: items, type: item, repeat: expr, repeat-expr: n & 3}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: items}}
  item:
    seq:
      - {id: x, type: u1}
      - {id: y, type: u1, -check: {algorithm: sum-8, over: x}}
`, true},
	{"several kinds", `
seq:
  - id: all
    repeat: eos
    size: 5
    type: {switch-on: 'all.size & 1', cases: {0: even, 1: odd}}
types:
  even: {seq: [{id: sum, type: u1, -check: {algorithm: sum-8, over: rest}}, {id: rest, size: 2}, {id: last, type: u2}]}
  odd: {seq: [{id: rest, size: 2}, {id: sum, type: u2be, -check: {algorithm: sum-8, over: rest}}]}
`, false},
	{"kinds told by a field", `
seq:
  - {id: all, type: rec, repeat: eos}
types:
  rec:
    seq:
      - {id: kind, type: u1}
      - id: body
        size: 3
        type: {switch-on: kind & 3, cases: {0: one, 1: other, 2: third}}
  one: {seq: [{id: sum, type: u1, -check: {algorithm: sum-8, over: rest}}, {id: rest, size: 2}]}
  other: {seq: [{id: rest, size: 1}, {id: sum, type: u2be, -check: {algorithm: internet, over: rest}}]}
  third: {seq: [{id: a, type: u1, valid: {max: 200}, -check: {algorithm: sum-8, over: b}}, {id: b, size: 2}]}
`, true},
}

// TestMendUnits: mending element by element gives what rounds over everything give, and tells of the same fields in the same order.
func TestMendUnits(t *testing.T) {
	const loops = 40
	rnd := rand.New(rand.NewPCG(11, 12))
	never := func(*Node, *Check, *patched) bool { return false }
	all := slices.Clone(unitTemplates)
	for _, c := range spareTemplates {
		all = append(all, struct {
			name, ksy string
			one       bool
		}{c.name, c.ksy, false})
	}
	for _, c := range all {
		s := load(t, "meta: {id: t, endian: le}"+c.ksy)
		open := func(b []byte) *Tree { return s.Open(bytes.NewReader(b), 0, int64(len(b)), Options{}) }
		mend := func(b []byte, edits []Patch, sparing bool) string {
			var told []string
			ps, err := open(b).mend(context.Background(), edits, never, sparing, func(m Mended) {
				told = append(told, fmt.Sprint(m.Path, " ", m.Was, " ", m.Is))
			})
			if err != nil { // what was told before it is of no use
				return err.Error()
			}
			if len(edits) == 0 { // what is left to the rounds comes last
				slices.Sort(told)
			}
			return fmt.Sprint(ps, strings.Join(told, "; "))
		}
		one, wrong := 0, 0
		for range loops {
			data := make([]byte, 1+rnd.IntN(90))
			for i := range data {
				data[i] = byte(rnd.Uint32())
				if rnd.IntN(2) == 0 {
					data[i] &= 7
				}
			}
			var edits []Patch
			switch rnd.IntN(3) {
			case 0: // few are wrong
				if ps, err := open(data).mend(context.Background(), nil, never, false, nil); err == nil {
					data = patchedBytes(data, ps)
				}
				for range rnd.IntN(4) {
					data[rnd.IntN(len(data))] ^= byte(rnd.Uint32())
				}
			case 1:
				at := int64(rnd.IntN(len(data)))
				edits = []Patch{{Range{at, at + 1}, []byte{byte(rnd.Uint32())}}}
			}
			got, want := mend(data, edits, true), mend(data, edits, false)
			if got != want {
				t.Fatalf("%s: %x with %v\none by one: %s\nin rounds:  %s", c.name, data, edits, got, want)
			}
			if len(edits) == 0 {
				sameFailing(t, c.name, open, data)
			}
			u := &settler{was: func(*CheckResult) bool { return false }}
			p := newPatched(bytes.NewReader(data), 0, int64(len(data)))
			if err := open(data).settle(context.Background(), p, u); err == nil && len(u.patches) > 0 {
				if wrong++; !u.outside {
					one++
				}
			}
		}
		if c.one && one <= wrong/10 {
			t.Errorf("%s: %d of %d are mended in one walk", c.name, one, wrong)
		}
	}
}

// sameFailing compares what FailingAndMended says with what FailingChecks and rounds over everything say.
func sameFailing(t *testing.T, name string, open func([]byte) *Tree, data []byte) {
	t.Helper()
	failing, total, patches, unread, err := open(data).FailingAndMended(context.Background(), func(part float64) {
		if part < 0 || part > 1 {
			t.Errorf("%s: told %v", name, part)
		}
	})
	want, count, why, failed := open(data).FailingChecks(context.Background())
	var mended []Patch
	if slices.ContainsFunc(want, func(c CheckResult) bool { return c.Err == nil }) && failed == nil {
		mended, failed = open(data).mend(context.Background(), nil, func(*Node, *Check, *patched) bool { return false }, false, nil)
	}
	if err != nil || failed != nil {
		if fmt.Sprint(err) != fmt.Sprint(failed) {
			t.Errorf("%s: %x: %v, want %v", name, data, err, failed)
		}
		return
	}
	row := func(all []CheckResult) (s string) {
		for _, c := range all {
			s += fmt.Sprintln(c.Path, c.Actual, c.Expected, c.Err)
		}
		return s
	}
	if row(failing) != row(want) || total != count || fmt.Sprint(unread) != fmt.Sprint(why) || fmt.Sprint(patches) != fmt.Sprint(mended) {
		t.Fatalf("%s: %x: of %d\n%s%v\n%v\nwant of %d\n%s%v\n%v", name, data, total, row(failing), unread, patches, count, row(want), why, mended)
	}
}

// TestMendUnitsOfCaptures: the same, of captures in which some bytes were changed.
func TestMendUnitsOfCaptures(t *testing.T) {
	rnd := rand.New(rand.NewPCG(13, 14))
	never := func(*Node, *Check, *patched) bool { return false }
	for _, name := range []string{"pcap/big.pcap", "pcap/little.pcap", "pcapng/two.pcapng", "pcapng/big.pcapng", "png/sample.png"} {
		name = "../../templates/" + name
		s, problems := Load(filepath.Join(filepath.Dir(name), filepath.Base(filepath.Dir(name))+".ksy"), LoadOptions{ImportDirs: []string{"../../templates"}})
		if s == nil {
			t.Fatal(problems)
		}
		sample, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 40 {
			data := bytes.Clone(sample)
			for range rnd.IntN(1 + i) {
				data[rnd.IntN(len(data))] ^= byte(1 << rnd.IntN(8))
			}
			mend := func(sparing bool) string {
				var told []string
				ps, err := s.Open(bytes.NewReader(data), 0, int64(len(data)), Options{}).mend(context.Background(), nil, never, sparing, func(m Mended) {
					told = append(told, fmt.Sprint(m.Path, " ", m.Was, " ", m.Is))
				})
				if err != nil {
					return err.Error()
				}
				slices.Sort(told)
				return fmt.Sprint(ps, strings.Join(told, "; "))
			}
			sameFailing(t, name, func(b []byte) *Tree { return s.Open(bytes.NewReader(b), 0, int64(len(b)), Options{}) }, data)
			if got, want := mend(true), mend(false); got != want {
				t.Fatalf("%s: one by one: %s\nin rounds:  %s", name, got, want)
			}
		}
	}
}

// TestMendCancelled: mending ends when it is cancelled, wherever it is.
func TestMendCancelled(t *testing.T) {
	s := load(t, "meta: {id: t, endian: le}"+unitTemplates[0].ksy)
	data := bytes.Repeat([]byte{4, 9, 1, 9, 0, 0}, 100_000)
	for _, after := range []int{0, 3, 60} {
		ctx, cancel := context.WithCancel(context.Background())
		r := readerFunc(func(b []byte, off int64) (int, error) {
			if after--; after < 0 {
				cancel()
			}
			return bytes.NewReader(data).ReadAt(b, off)
		})
		ps, err := s.Open(r, 0, int64(len(data)), Options{}).Mend(ctx, nil)
		if ErrorKind(err) != "Cancelled" || ps != nil {
			t.Errorf("%d patches, %v", len(ps), err)
		}
		cancel()
	}
}

type readerFunc func(b []byte, off int64) (int, error)

func (f readerFunc) ReadAt(b []byte, off int64) (int, error) { return f(b, off) }
