package mmapdoc

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// TestRecoveryCounts: what a recovery says about its edits is what its user would count: the steps of undo that there are
// after it, and the bytes that they touched.
func TestRecoveryCounts(t *testing.T) {
	dir := stateFolder(t)
	d, _, _ := fileDoc(t, 500)
	type2 := func(off int64, b byte) { // both digits of a byte
		for _, v := range []byte{b & 0xf0, b} {
			if err := d.Splice(off, 1, []byte{v}, Typed); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, b := range []byte("four") {
		type2(int64(10+i), b)
	}
	type2(100, 1)
	if err := d.Splice(200, 7, nil, Alone); err != nil {
		t.Fatal(err)
	}
	d.Undo()
	d.Begin()
	for _, off := range []int64{300, 350, 400} {
		if err := d.Splice(off, 2, []byte("x"), Alone); err != nil {
			t.Fatal(err)
		}
	}
	d.End()
	syncJournalOf(t, d)
	crashed(t, dir, func(r *Recovery) {
		if r.Changes != 3 || r.Amount != 4+1+6 {
			t.Errorf("counted %d changes, %d bytes", r.Changes, r.Amount)
		}
	})
}

// TestRecoveryCountsRandom compares the count with the history that the recovery makes.
func TestRecoveryCountsRandom(t *testing.T) {
	seed := testSeed(t)
	for round := range 20 {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		dir := stateFolder(t)
		d, _, _ := fileDoc(t, 300)
		at := int64(5)
		for range 120 {
			var err error
			switch rng.IntN(12) {
			case 0:
				d.Undo()
			case 1:
				d.Redo()
			case 2:
				at = rng.Int64N(d.Size() - 20)
			case 3:
				err = d.Splice(at, 1, nil, Typed)
			case 4:
				if at > 0 {
					at--
					err = d.Splice(at, 1, nil, Typed)
				}
			case 5:
				d.Begin()
				for range rng.IntN(30) {
					err = d.Splice(rng.Int64N(d.Size()), 0, []byte("group"), Alone)
				}
				d.End()
			case 6:
				err = d.Splice(at, 0, []byte("i"), Typed)
				at++
			case 7:
				err = d.Splice(at, 1, []byte("h"), Typed)
			default:
				err = d.Splice(at, 1, []byte("o"), Typed)
				at++
			}
			if err != nil {
				t.Fatal(err)
			}
			at = min(max(at, 0), d.Size()-20)
		}
		syncJournalOf(t, d)
		crashed(t, dir, func(r *Recovery) {
			if r == nil {
				return
			}
			back, err := r.Open()
			if err != nil {
				t.Fatal(err)
			}
			defer back.Close()
			if left, err := back.Replay(r); left != nil || err != nil {
				t.Fatal(left, err)
			}
			n := 0
			for back.CanUndo() {
				back.Undo()
				n++
			}
			if r.Changes != n {
				t.Errorf("seed %d, round %d: counted %d changes, there are %d", seed, round, r.Changes, n)
			}
		})
		if t.Failed() {
			return
		}
	}
}

// TestHunks: what is said to differ leads from the one to the other.
func TestHunks(t *testing.T) {
	seed := testSeed(t)
	for round := range 50 {
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		old := make([]byte, 200)
		for i := range old {
			old[i] = byte(i)
		}
		d := FromBytes("x", bytes.Clone(old))
		for range rng.IntN(12) {
			off := rng.Int64N(d.Size() + 1)
			if err := d.Splice(off, rng.Int64N(min(9, d.Size()-off+1)), make([]byte, rng.IntN(9)), Alone); err != nil {
				t.Fatal(err)
			}
			if rng.IntN(4) == 0 {
				d.Undo()
			}
		}
		now := content(t, d.Snapshot())
		var got []byte
		at := int64(0)
		hunks := d.Snapshot().Hunks(1 << 30)
		for _, h := range hunks {
			got = append(got, old[at:h.Old.Start]...)
			if int64(len(got)) != h.New.Start || h.Old.Len()+h.New.Len() == 0 {
				t.Fatalf("seed %d, round %d: %v begins at %d", seed, round, h, len(got))
			}
			got = append(got, now[h.New.Start:h.New.End]...)
			at = h.Old.End
		}
		if got = append(got, old[at:]...); !bytes.Equal(got, now) {
			t.Fatalf("seed %d, round %d: %v lead to other bytes", seed, round, hunks)
		}
		if n := len(hunks) / 2; n > 0 && len(d.Snapshot().Hunks(n)) != n {
			t.Error("more than were asked for")
		}
	}
}

// TestSetAside: a journal that was discarded is not offered, is found by its name, and goes when its time is over.
func TestSetAside(t *testing.T) {
	dir := stateFolder(t)
	d, path, old := fileDoc(t, 100)
	if err := d.Splice(3, 1, []byte("new"), Alone); err != nil {
		t.Fatal(err)
	}
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	d = openJournaled(t, path)
	rs, err := d.Recoveries()
	if err != nil || len(rs) != 1 {
		t.Fatal(rs, err)
	}
	if err := rs[0].SetAside(); err != nil {
		t.Fatal(err)
	}
	if again, err := d.Recoveries(); err != nil || len(again) != 0 {
		t.Errorf("offered again: %v, %v", again, err)
	}
	aside, err := Discarded()
	if err != nil || len(aside) != 1 || time.Until(aside[0].Until) < KeepDiscarded-time.Hour {
		t.Fatalf("set aside %v, %v", aside, err)
	}
	r, err := FindRecovery(aside[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	back, err := r.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if left, err := back.Replay(r); left != nil || err != nil {
		t.Fatal(left, err)
	}
	if want := append([]byte(string(old[:3])+"new"), old[4:]...); !bytes.Equal(content(t, back.Snapshot()), want) {
		t.Error("other bytes come back")
	}
	late := filepath.Join(dir, discardedPrefix+time.Now().UTC().Add(-KeepDiscarded-time.Minute).Format(discardedTime)+aside[0].ID[len(discardedPrefix)+len(discardedTime):])
	if err := os.Rename(filepath.Join(dir, aside[0].ID), late); err != nil {
		t.Fatal(err)
	}
	if aside, err := Discarded(); err != nil || len(aside) != 0 {
		t.Errorf("kept for longer: %v, %v", aside, err)
	}
	if _, err := os.Stat(late); !os.IsNotExist(err) {
		t.Errorf("the file stays: %v", err)
	}
}

// TestNothingLeftBySave: when the program was killed after its save was done and before it took note of that, nothing is
// offered; what was edited meanwhile is.
func TestNothingLeftBySave(t *testing.T) {
	for _, more := range []bool{false, true} {
		dir := stateFolder(t)
		d, path, _ := fileDoc(t, 500)
		if err := d.Splice(10, 3, []byte("new"), Alone); err != nil {
			t.Fatal(err)
		}
		p, err := d.Plan("")
		if err != nil {
			t.Fatal(err)
		}
		p.journalSave(t.Context())
		if more {
			if err := d.Splice(20, 2, []byte("on"), Alone); err != nil {
				t.Fatal(err)
			}
		}
		if err := p.Run(t.Context(), nil); err != nil {
			t.Fatal(err)
		}
		syncJournalOf(t, d)
		crashed(t, dir, func(*Recovery) {
			again, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close()
			rs, err := again.Recoveries()
			if err != nil || len(rs) != map[bool]int{false: 0, true: 1}[more] {
				t.Fatalf("edited meanwhile %v: %+v, %v", more, rs, err)
			}
			if more && (rs[0].Changes != 1 || rs[0].Amount != 2) {
				t.Errorf("counts %d changes, %d bytes", rs[0].Changes, rs[0].Amount)
			}
		})
	}
}

// TestTypingNeverWaits: while a disk takes its time with an fsync of the journal, edits go on, and survive the end of the
// program as they did before.
func TestTypingNeverWaits(t *testing.T) {
	began, release := make(chan struct{}, 16), make(chan struct{})
	goOn := sync.OnceFunc(func() { close(release) })
	defer goOn()
	was := journalSync
	journalSync = func(f *os.File) error {
		began <- struct{}{}
		<-release
		return was(f)
	}
	defer func() { journalSync = was }()
	dir := stateFolder(t)
	d, _, _ := fileDoc(t, 5000)
	edits := 0
	edit := func() {
		if err := d.Splice(int64(edits), 1, []byte{1}, Alone); err != nil {
			t.Fatal(err)
		}
		edits++
	}
	edit()
	<-began
	for range 1000 {
		edit()
	}
	for kept, end := -1, time.Now().Add(time.Minute); kept != edits; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d of %d edits are in the journal", kept, edits)
		}
		crashed(t, dir, func(r *Recovery) {
			if r != nil {
				kept = r.Changes
			}
		})
	}
	goOn()
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
}
