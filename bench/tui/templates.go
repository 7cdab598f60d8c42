//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"hexlay/bench/internal/ksydata"
	"hexlay/bench/internal/report"
)

// templateLines measures templates on the screen, each figure beside the same without a template: the first screen of an archive's tree,
// the opening of a node, and how long a template that is saved takes to be seen.
func templateLines(t *report.Table, env []string, hexlay, dir string) error {
	archive := filepath.Join(dir, "a.zip")
	f, err := os.Create(archive)
	if err != nil {
		return err
	}
	if err := ksydata.Zip(f, 2000, 200<<20); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	plain, tree, err := archiveStarts(env, hexlay, archive)
	if err != nil {
		return err
	}
	ms := float64(time.Millisecond)
	t.Add(report.Line{Figure: "first screen of the archive without a template", Got: report.Median(plain), Unit: report.Nanoseconds})
	t.Add(report.Line{Figure: "first screen of its tree, beyond that", Got: max(0, report.Median(tree)-report.Median(plain)), Unit: report.Nanoseconds, Most: 20 * ms})

	s, err := begin(env, hexlay, "--template", "zip", archive)
	if err != nil {
		return err
	}
	s.Settle(300*time.Millisecond, 10*time.Second)
	key, open, fault := nodeKeys(s)
	s.End()
	t.Add(report.Line{Figure: "a key in the tree that moves a row", Got: report.Median(key), Unit: report.Nanoseconds, Failed: fault})
	t.Add(report.Line{Figure: "opening a node, beyond that", Got: max(0, report.Median(open)-report.Median(key)), Unit: report.Nanoseconds, Most: 2 * ms, Failed: fault})

	took, fault := reloads(env, hexlay, dir)
	t.Add(report.Line{Figure: "saving a small template until the screen shows it", Got: report.Median(took), Unit: report.Nanoseconds, Most: 100 * ms, Failed: fault})
	return nil
}

// archiveStarts starts with and without a template, in turns.
func archiveStarts(env []string, hexlay, archive string) (plain, tree []float64, err error) {
	for range *runs {
		for _, args := range [][]string{{hexlay, archive}, {hexlay, "--template", "zip", archive}} {
			s, err := begin(env, args...)
			if err != nil {
				return nil, nil, err
			}
			if len(args) == 2 {
				s.Settle(300*time.Millisecond, 10*time.Second)
				plain = append(plain, float64(s.Full()))
			} else {
				at, ok := s.Until(func() bool { return s.Shows("▾ directory") || s.Shows("▸ directory") })
				if !ok {
					err = fmt.Errorf("the tree of %s did not come", archive)
				}
				tree = append(tree, float64(at.Sub(s.Began)))
			}
			s.End()
			if err != nil {
				return nil, nil, err
			}
		}
	}
	return plain, tree, nil
}

// nodeKeys moves through the entries and opens them.
func nodeKeys(s session) (key, open []float64, fault string) {
	type step struct {
		send, want string
		into       *[]float64
	}
	s.Send([]byte(":node-goto directory.entries[100]\r"))
	if _, ok := s.Until(func() bool { return s.Shows("[100]") }); !ok {
		return []float64{0}, []float64{0}, "the entry was not found"
	}
	s.Send([]byte(":panel-focus structure\r"))
	s.Settle(200*time.Millisecond, time.Second)
	for i := range min(*runs*2, 40) {
		for _, st := range []step{
			{"\x1b[B", fmt.Sprintf("directory.entries[%d]", 101+i), &key},
			{"\r", fmt.Sprintf("▾ [%d]", 101+i), &open},
			{"\r", fmt.Sprintf("▸ [%d]", 101+i), nil},
		} {
			start := time.Now()
			s.Send([]byte(st.send))
			at, ok := s.Until(func() bool { return s.Shows(st.want) })
			if !ok {
				return []float64{0}, []float64{0}, "the screen never showed " + st.want
			}
			if st.into != nil {
				*st.into = append(*st.into, float64(at.Sub(start)))
			}
			s.PumpUntil(time.Now().Add(20 * time.Millisecond))
		}
	}
	return key, open, ""
}

// reloads saves a template again and again while it lies over a file.
func reloads(env []string, hexlay, dir string) (took []float64, fault string) {
	data, ksy := filepath.Join(dir, "small.bin"), filepath.Join(dir, "small.ksy")
	write := func(i int) error {
		return os.WriteFile(ksy, fmt.Appendf(nil, "meta:\n  id: small\nseq:\n  - id: field_%d\n    type: u4le\n", i), 0o644)
	}
	none := []float64{0}
	if err := os.WriteFile(data, make([]byte, 64), 0o644); err != nil {
		return none, err.Error()
	}
	if err := write(0); err != nil {
		return none, err.Error()
	}
	s, err := begin(env, hexlay, "--template", ksy, data)
	if err != nil {
		return none, err.Error()
	}
	defer s.End()
	if _, ok := s.Until(func() bool { return s.Shows("field_0") }); !ok {
		return none, "the template was not laid"
	}
	for i := 1; i <= *runs; i++ {
		s.PumpUntil(time.Now().Add(time.Duration(100+7*i) * time.Millisecond))
		start := time.Now()
		if err := write(i); err != nil {
			return none, err.Error()
		}
		at, ok := s.Until(func() bool { return s.Shows(fmt.Sprintf("field_%d", i)) })
		if !ok {
			return none, "the saved template was not seen"
		}
		took = append(took, float64(at.Sub(start)))
	}
	return took, ""
}
