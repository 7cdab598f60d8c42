package model

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/overlay/stats"
)

// finishMap brings the map up to date.
func finishMap(t testing.TB, e *Editor) *Map {
	t.Helper()
	for range 10 {
		j := e.MapJob()
		if j == nil {
			return e.FileMap()
		}
		if _, err := finish(e, Start{j}); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the map is never ready")
	return nil
}

// checkMap compares every part of the map with the bytes that it stands for, counted one by one.
func checkMap(t *testing.T, e *Editor) {
	t.Helper()
	m := finishMap(t, e)
	all := contents(t, e)
	if m.at[0] != 0 || m.at[len(m.at)-1] != e.Size() || m.todo != 0 {
		t.Fatalf("the map covers [%d, %d) of %d bytes, %d parts are not exact", m.at[0], m.at[len(m.at)-1], e.Size(), m.todo)
	}
	for i, p := range m.parts {
		if m.at[i] > m.at[i+1] {
			t.Fatalf("part %d is [%d, %d)", i, m.at[i], m.at[i+1])
		}
		var n [256]float64
		var classes [stats.Classes]float64
		b := all[m.at[i]:m.at[i+1]]
		for _, c := range b {
			n[c]++
			classes[stats.ClassOf(c)]++
		}
		entropy := 0.0
		for _, c := range n {
			if c > 0 {
				entropy -= c / float64(len(b)) * math.Log2(c/float64(len(b)))
			}
		}
		if !p.Exact || math.Abs(float64(p.Entropy)-entropy) > 1e-5 {
			t.Fatalf("part %d, [%d, %d): %+v, want the entropy %v", i, m.at[i], m.at[i+1], p, entropy)
		}
		for c, k := range classes {
			if len(b) > 0 && math.Abs(float64(p.Shares[c])-k/float64(len(b))*255) > 0.51 {
				t.Fatalf("part %d: class %v has %d, want %v", i, stats.Class(c), p.Shares[c], k/float64(len(b))*255)
			}
		}
	}
}

// TestMapFollowsEdits edits at random and compares the map, which counts only what changed, with one that counts all.
func TestMapFollowsEdits(t *testing.T) {
	rnd := seeded(t)
	b := make([]byte, 200_000)
	for i := range b {
		b[i] = byte(rnd.IntN(1 + i>>9))
	}
	e := over(b)
	defer e.Close()
	checkMap(t, e)
	for range 300 {
		at := rnd.Int64N(e.Size() + 1)
		n := rnd.Int64N(min(40, e.Size()-at+1))
		var err error
		switch rnd.IntN(7) {
		case 0:
			err = e.splice(at, n, b[:rnd.IntN(60)], mmapdoc.Alone)
		case 1, 2:
			err = e.splice(at, n, b[500:500+n], mmapdoc.Alone)
		case 3:
			e.Select(mmapdoc.Range{Start: at, End: at + n})
			if n > 0 {
				_, err = e.Do("fill 5a a5")
			}
		case 4:
			_, _ = e.Do("undo")
		case 5:
			_, _ = e.Do("redo")
		case 6:
			if _, rerr := run(t, e, "replace 00 01 => 77"); rerr == nil {
				_, _ = run(t, e, "replace-all")
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		if rnd.IntN(4) == 0 {
			checkMap(t, e)
		}
	}
	checkMap(t, e)
}

// TestMapCountsOnlyWhatChanged: after one byte was typed, one part or two are counted.
func TestMapCountsOnlyWhatChanged(t *testing.T) {
	e := over(make([]byte, 8<<20))
	defer e.Close()
	finishMap(t, e)
	for _, line := range []string{"set uint16 little 7", "insert-zeros 3", "fill 55"} {
		e.Jump(5 << 20)
		if _, err := run(t, e, line); err != nil {
			t.Fatal(err)
		}
		j := e.MapJob()
		if j == nil || j.Total > 64<<10 {
			t.Fatalf("%s: the job is %+v; a part has %d bytes", line, j, 8<<20/mapParts)
		}
		if _, err := finish(e, Start{j}); err != nil {
			t.Fatal(err)
		}
		checkMap(t, e)
	}
}

// TestMapWhileEditing edits between the start of a job and its end: what it counted of bytes that changed is not taken.
func TestMapWhileEditing(t *testing.T) {
	b := make([]byte, 6<<20)
	for i := range b {
		b[i] = byte(i * i >> 7)
	}
	e := over(b)
	defer e.Close()
	j := e.MapJob()
	e.StartJob(j)
	if err := e.splice(1<<20, 5, []byte("hello world"), mmapdoc.Alone); err != nil {
		t.Fatal(err)
	}
	if e.MapJob() != nil {
		t.Error("a second job while one runs")
	}
	j.Wait()
	if _, err := e.Finish(j); err != nil {
		t.Fatal(err)
	}
	checkMap(t, e)
}

func TestMapOfLittle(t *testing.T) {
	for _, n := range []int{0, 1, 31, 32, 33, 700} {
		e := over(make([]byte, n))
		checkMap(t, e)
		if p := e.FileMap().Over(mmapdoc.Range{End: int64(n)}); p.Known != (n > 0) || p.Exact != (n > 0) {
			t.Errorf("%d bytes: %+v", n, p)
		}
		if _, err := e.Do("paste"); err == nil && n == 0 {
			checkMap(t, e)
		}
		e.Close()
	}
}

// TestMapOfHoles: a file of the greatest size with three bytes in it is mapped without reading the holes.
func TestMapOfHoles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sparse")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size := int64(math.MaxInt64)
	for ; size > 1<<20; size /= 2 {
		if f.Truncate(size) == nil {
			break
		}
	}
	if _, err := f.WriteAt([]byte("abc"), size/2); err != nil {
		t.Skipf("no sparse files here: %v", err)
	}
	doc, err := mmapdoc.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	e := New(doc)
	defer e.Close()
	if data := e.Snapshot().NextData(0); data.Len() == 0 || data.Start < 1<<20 {
		t.Skip("the holes of files are not known here")
	}
	m := finishMap(t, e)
	if !m.Exact() {
		t.Fatal("not exact")
	}
	if p := m.Over(mmapdoc.Range{End: size / 4}); !p.Hole || p.Entropy != 0 {
		t.Errorf("the first quarter: %+v", p)
	}
	if p := m.Over(mmapdoc.Range{Start: size / 2, End: size/2 + 1}); p.Hole || !p.Exact {
		t.Errorf("where the data are: %+v", p)
	}
}

// TestMapLimit: of what is too much the samples stay.
func TestMapLimit(t *testing.T) {
	defer func(was int64) { mostMapped = was }(mostMapped)
	mostMapped = 1 << 20
	e := over(make([]byte, sampleMap))
	defer e.Close()
	m := finishMap(t, e)
	if !m.Sampled() || m.Exact() {
		t.Errorf("sampled: %v, exact: %v", m.Sampled(), m.Exact())
	}
	if p := m.Over(mmapdoc.Range{Start: 0, End: e.Size()}); !p.Known || p.Exact {
		t.Errorf("%+v", p)
	}
}

func finishSurvey(t testing.TB, e *Editor, pairs bool) *Survey {
	t.Helper()
	if j := e.SurveyJob(pairs); j != nil {
		if _, err := finish(e, Start{j}); err != nil {
			t.Fatal(err)
		}
	}
	if j := e.SurveyJob(pairs); j != nil {
		t.Fatal("the survey is made again and again")
	}
	return e.Survey()
}

// TestSurvey compares counts, pairs and entropies with naive ones, of the document and of selections, with holes and edits.
func TestSurvey(t *testing.T) {
	rnd := seeded(t)
	b := make([]byte, 300_000)
	for i := range b {
		b[i] = byte(rnd.IntN(1 + i>>10))
	}
	e := over(b)
	defer e.Close()
	e.Jump(1000)
	if _, err := run(t, e, "insert-zeros 100000"); err != nil {
		t.Fatal(err)
	}
	if err := e.splice(200_000, 3, []byte("hello"), mmapdoc.Alone); err != nil {
		t.Fatal(err)
	}
	all := contents(t, e)
	for k := range 8 {
		r := mmapdoc.Range{End: e.Size()}
		if k > 0 {
			r.Start = rnd.Int64N(e.Size() - 2)
			r.End = r.Start + 2 + rnd.Int64N(e.Size()-r.Start-2)
			e.Select(r)
		}
		v := finishSurvey(t, e, k%2 == 0)
		v = finishSurvey(t, e, true)
		if v.Range != r || !v.Done() {
			t.Fatalf("surveyed %v, want %v, done %v", v.Range, r, v.Done())
		}
		var h stats.Histogram
		pairs := new(stats.Digrams)
		for i, c := range all[r.Start:r.End] {
			h[c]++
			if i > 0 {
				pairs[stats.Pair(all[r.Start:][i-1], c)]++
			}
		}
		if v.Histogram() != h {
			t.Errorf("the histogram of %v differs", r)
		}
		v.Pairs(func(d *stats.Digrams) {
			if *d != *pairs {
				t.Errorf("the pairs of %v differ", r)
			}
		})
		for i := range v.Blocks() {
			var h stats.Histogram
			br := v.BlockRange(i)
			h.Add(all[br.Start:br.End])
			if least, _, most, ok := v.Entropy(i, i+1); !ok || least != most || math.Abs(most-h.Entropy()) > 1e-5 {
				t.Fatalf("block %d %v has %v, want %v", i, br, most, h.Entropy())
			}
		}
	}
}

// TestRandomBytesLookRandom wants small documents in blocks that are long enough to tell random bytes from text.
func TestRandomBytesLookRandom(t *testing.T) {
	rnd := seeded(t)
	for _, size := range []int{1000, 4096, 20_000, 100_000, 1 << 20} {
		b := make([]byte, size)
		for i := range b {
			b[i] = byte(rnd.IntN(256))
		}
		e := over(b)
		v := finishSurvey(t, e, false)
		for i := range v.Blocks() - 1 { // the last one may be short
			if least, _, _, ok := v.Entropy(i, i+1); !ok || least < 6.9 {
				t.Errorf("%d random bytes in blocks of %d: %.2f bits a byte", size, v.Block, least)
				break
			}
		}
		for _, step := range []string{"half", "double", "double"} { // smaller and larger, never the other way
			was := v.Block
			if _, err := run(t, e, "picture-block "+step); err != nil {
				t.Fatal(err)
			}
			v = finishSurvey(t, e, false)
			if step == "half" && v.Block != was/2 || step == "double" && v.Block < was {
				t.Errorf("%d bytes: %s of blocks of %d are blocks of %d", size, step, was, v.Block)
			}
		}
		e.Close()
	}
}

// TestCountBlocks compares the histograms of blocks with naive ones.
func TestCountBlocks(t *testing.T) {
	b := make([]byte, 100_003)
	for i := range b {
		b[i] = byte(i * i >> 5)
	}
	e := over(b)
	defer e.Close()
	for _, n := range []int{1, 7, 64} {
		var done atomic.Int64
		r := mmapdoc.Range{Start: 3, End: int64(len(b)) - 4}
		got, err := CountBlocks(context.Background(), e.Snapshot(), r, n, &done)
		if err != nil || done.Load() != r.Len() {
			t.Fatalf("%v, %d bytes", err, done.Load())
		}
		for i := range got {
			var h stats.Histogram
			h.Add(b[3+stats.Blocks(r.Len(), n, i) : 3+stats.Blocks(r.Len(), n, i+1)])
			if got[i] != h {
				t.Errorf("%d blocks: block %d differs", n, i)
			}
		}
	}
}

// TestPixelNotes: what is said of the pixels' format counts as people do.
func TestPixelNotes(t *testing.T) {
	e := over(make([]byte, 100))
	defer e.Close()
	for _, c := range [][2]string{
		{"pixel-depth 1", "256 pixels in a row of 32 bytes, 1 bit each"},
		{"pixel-depth 32", "256 pixels in a row of 1,024 bytes, 32 bits each, rgba"},
		{"pixel-stride 4", "1 pixel in a row of 4 bytes, 32 bits each, rgba"},
	} {
		if _, err := run(t, e, c[0]); err != nil || e.Notice().Text != c[1] {
			t.Errorf("%s says %q, %v; want %q", c[0], e.Notice().Text, err, c[1])
		}
	}
}

// TestPixelGuess: the row of a picture is guessed in whatever depth it is looked at, also where its first rows are empty, and
// stays when the depth changes.
func TestPixelGuess(t *testing.T) {
	const w, h, empty = 331, 600, 300
	stride := (3*w + 3) &^ 3
	b := make([]byte, stride*(empty+h))
	for y := empty; y < empty+h; y++ {
		for x := range w {
			v := 120 + 60*math.Sin(float64(x*x)/1700) + 50*math.Cos(float64(y*y)/9000+float64(x)/40)
			copy(b[y*stride+3*x:], []byte{byte(v), byte(v / 2), byte(255 - v)})
		}
	}
	e := over(b)
	defer e.Close()
	for _, first := range []string{"8", "24", "32"} {
		for _, line := range []string{"pixel-depth 8", "pixel-stride 256", "pixel-depth " + first, "pixel-guess"} {
			if _, err := run(t, e, line); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
		}
		if got := e.Pixels().Stride; got != stride {
			t.Errorf("guessed in %s bits: rows of %d bytes, want %d", first, got, stride)
		}
		for range 4 {
			if _, err := run(t, e, "pixel-depth"); err != nil || e.Pixels().Stride != stride {
				t.Errorf("guessed in %s bits, shown in %d: rows of %d bytes, want %d; %v", first, e.Pixels().Depth, e.Pixels().Stride, stride, err)
			}
			if _, err := run(t, e, "pixel-guess"); err != nil || e.Pixels().Stride != stride {
				t.Errorf("guessed in %s bits and again in %d: rows of %d bytes, want %d; %v", first, e.Pixels().Depth, e.Pixels().Stride, stride, err)
			}
		}
	}
}
