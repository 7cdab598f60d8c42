package model

import (
	"bytes"
	"strings"
	"testing"
)

// TestMendMeanwhile: what is found to mend is not written over bytes that were edited while it was being looked for.
func TestMendMeanwhile(t *testing.T) {
	for _, line := range []string{"mend!", "field-set-mended 7"} {
		e, at := overTour(t)
		lines(t, e, "node-goto messages[5].type")
		eff, err := e.Do(line)
		if err != nil {
			t.Fatal(err)
		}
		j := e.StartJob(eff.(Start).Job)
		j.Wait()
		if err := e.splice(int64(at[0]), 0, []byte("abc"), 0); err != nil {
			t.Fatal(err)
		}
		edited := contents(t, e)
		if _, err := e.Finish(j); err == nil || !strings.Contains(err.Error(), "changed meanwhile") {
			t.Errorf("%s: %v", line, err)
		}
		if !bytes.Equal(contents(t, e), edited) {
			t.Errorf("%s was done although bytes were inserted meanwhile", line)
		}
	}
}

// wrongRecords is a template and so many records with a wrong checksum each.
func wrongRecords(t testing.TB, n int) (*Editor, []byte) {
	t.Helper()
	const text = `
meta: {id: recs, endian: le}
seq: [{id: all, type: rec, repeat: eos}]
types:
  rec:
    seq:
      - {id: k, type: u1}
      - {id: sum, type: u1, -check: {algorithm: sum-8, over: [{field: k}, {field: rest}]}}
      - {id: rest, size: 2}
`
	var b, want []byte
	for i := range n {
		k := byte(i)
		b = append(b, k, k+9, 3, 4)
		want = append(want, k, k+7, 3, 4)
	}
	e := over(b)
	e.Resize(40, 16)
	lines(t, e, "overlay "+template(t, "recs", text))
	t.Cleanup(func() { e.Close() })
	return e, want
}

// TestMendMany: very many fields are mended as one step, the cursor stays, and what was asked about needs not be found again.
func TestMendMany(t *testing.T) {
	const n = 5000
	e, want := wrongRecords(t, n)
	before := contents(t, e)
	lines(t, e, "goto 0x101")
	ask := question(t, e, "mend")
	if ask.Title != "Mend 5,000 fields?" || !strings.Contains(ask.Text, "all[0].sum: 0x9 becomes 0x7\n") ||
		!strings.Contains(ask.Text, "… and 4,988 more\n") || !strings.Contains(ask.Text, "1 byte at 0x1; 1 byte at 0x5") || !strings.Contains(ask.Text, "… and 4,994 more") {
		t.Fatalf("mend asks %+v", ask)
	}
	lines(t, e, "mend!")
	if !bytes.Equal(contents(t, e), want) {
		t.Error("mended wrongly")
	}
	if e.Cursor() != 0x101 {
		t.Errorf("the cursor is at %#x", e.Cursor())
	}
	if _, err := run(t, e, "mend"); err == nil || !strings.Contains(err.Error(), "every check holds") {
		t.Errorf("afterwards: %v", err)
	}
	lines(t, e, "undo")
	if !bytes.Equal(contents(t, e), before) {
		t.Error("undo did not bring it back")
	}
	if ask := question(t, e, "mend"); !strings.Contains(ask.Text, "all[0].sum: 0x9 becomes 0x7\n") {
		t.Errorf("mend asks %+v", ask)
	}
	// An edit after the question counts.
	lines(t, e, "goto 2", "fill 05")
	lines(t, e, "mend!")
	if b := contents(t, e); b[1] != b[0]+b[2]+b[3] {
		t.Errorf("mended with what was before: % x", b[:4])
	}
}

// TestMendTold: the job tells how far it is, and ends when it is cancelled.
func TestMendTold(t *testing.T) {
	e, _ := wrongRecords(t, 200_000)
	eff, err := e.Do("mend")
	if err != nil {
		t.Fatal(err)
	}
	j := e.StartJob(eff.(Start).Job)
	told := false
	for !j.WaitFor(1e6) {
		told = told || j.Progress() > 0 && j.Progress() < j.Total
	}
	if !told || j.Progress() > j.Total {
		t.Errorf("it told %d of %d", j.Progress(), j.Total)
	}
	if _, err := e.Finish(j); err != nil {
		t.Fatal(err)
	}
	lines(t, e, "fill 01")
	if eff, err = e.Do("mend"); err != nil {
		t.Fatal(err)
	}
	j = e.StartJob(eff.(Start).Job)
	for !j.WaitFor(1e6) && j.Progress() == 0 {
	}
	j.cancel()
	j.Wait()
	if eff, err := e.Finish(j); eff != nil || err != nil {
		t.Errorf("cancelled: %v, %v", eff, err)
	}
}

// TestSubstreamWriteMeanwhile: a substream is not written over bytes that were edited after it was left; it opens again, so that no work is lost.
func TestSubstreamWriteMeanwhile(t *testing.T) {
	text := "meta: {id: hidden}\nseq:\n  - {id: key, type: u1}\n  - {id: secret, size: 4, process: xor(key)}\n"
	e := over([]byte("\x20ABCDxyz"))
	defer e.Close()
	lines(t, e, "overlay "+template(t, "hidden", text)+" @0", "node-goto secret", "substream", "goto 0", "fill 7a")
	eff, err := e.Do("substream-write")
	if err != nil {
		t.Fatal(err)
	}
	var j *Job
	var start func(eff Effect)
	start = func(eff Effect) {
		switch eff := eff.(type) {
		case Effects:
			for _, one := range eff {
				start(one)
			}
		case Start:
			if strings.HasPrefix(eff.Job.Title, "writing") {
				j = e.StartJob(eff.Job)
			}
		}
	}
	if start(eff); j == nil {
		t.Fatalf("no job writes it: %#v", eff)
	}
	j.Wait()
	if err := e.splice(0, 0, []byte("abc"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Finish(j); err == nil || !strings.Contains(err.Error(), "changed meanwhile") {
		t.Errorf("written: %v", err)
	}
	if got := contents(t, e); !e.Inner() || string(got) != "zbcd" {
		t.Errorf("the substream is %q", got)
	}
	lines(t, e, "substream-close!")
	if got := contents(t, e); string(got) != "abc\x20ABCDxyz" {
		t.Errorf("the document is %q", got)
	}
}
