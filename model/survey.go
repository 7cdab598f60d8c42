package model

import (
	"context"
	"errors"
	"math"
	"slices"
	"sync"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/stats"
)

// Survey is what the statistics and the plots show of the selection or of the document: all bytes counted, the entropy of
// its blocks, and the pairs of bytes where they are asked for. Like the map it begins with samples. Any goroutine may read it.
type Survey struct {
	Range mmapdoc.Range
	Block int64 // bytes in a block; the last one may be shorter
	want  surveyWant

	unlimited bool // all is counted however much it is, and without samples

	mu      sync.Mutex
	counts  Counts
	entropy []float32 // of the blocks; NaN while it is not known
	done    bool
	failed  error
	job     *Job
}

// surveyWant tells one survey from another.
type surveyWant struct {
	doc     *mmapdoc.Document
	version uint64
	r       mmapdoc.Range
	block   int64
	pairs   bool
}

const (
	mostBlocks   = 1 << 16
	leastBlocks  = 64 // a document has them if it has leastAuto bytes for each
	leastBlock   = 64
	leastAuto    = 256 // n bytes have at most log2(n) bits each: in blocks of 64 random ones would look like text
	autoBlocks   = 2048
	sampleSurvey = 64 << 20 // from how many bytes on samples come first
	sampledAt    = 1024     // at how many places
)

// BlockSize is the length of the blocks whose entropy is shown for n bytes: the size that was chosen, as far as it gives a
// sensible number of blocks, or one that gives at most about 2000.
func (p *pictures) blockSize(n int64) int64 {
	least := int64(leastBlock)
	for n/least > mostBlocks {
		least *= 2
	}
	most := max(least, leastAuto, n/leastBlocks)
	if p.block > 0 {
		return clamp(p.block, least, most)
	}
	auto := max(least, leastAuto)
	for n/auto > autoBlocks {
		auto *= 2
	}
	return auto
}

// SurveyRange is what a survey counts: the selection if it has more than one byte and is the user's, else the document, or of
// the memory of a process the region at the cursor. picture-of says it otherwise.
func (e *Editor) SurveyRange() mmapdoc.Range {
	if r := e.Selection(); r.Len() > 1 && e.pictures.ofSelection(e.found) {
		return r
	}
	return e.surveyAll()
}

// surveyAll is what a survey counts while nothing is selected.
func (e *Editor) surveyAll() mmapdoc.Range {
	if list := e.doc.Regions(); list != nil {
		if i := e.RegionAt(); i >= 0 {
			return list[i].Range
		}
		return mmapdoc.Range{Start: e.cursor, End: e.cursor}
	}
	return mmapdoc.Range{End: e.Size()}
}

// Survey is the last survey that was asked for, or the one before while nothing is known for it; nil before the first.
func (e *Editor) Survey() *Survey {
	p := &e.pictures
	if p.shown == nil || p.survey != nil && p.survey.some() {
		p.shown = p.survey
	}
	return p.shown
}

// some tells that something is known.
func (v *Survey) some() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.done || v.failed != nil || v.counts.Total() > 0
}

// SurveyJob is the job that counts what is selected, if it is not counted and no job does; pairs tells that pairs of bytes
// are wanted. A face that shows a survey asks for it before each frame.
func (e *Editor) SurveyJob(pairs bool) *Job {
	r := e.SurveyRange()
	s := e.Snapshot()
	want := surveyWant{e.doc, s.Version(), r, e.pictures.blockSize(r.Len()), pairs}
	if v := e.pictures.survey; v != nil {
		have := v.want
		have.pairs = have.pairs && pairs // more than was asked for will do
		if have == want && (v.want.pairs || !pairs) {
			return nil
		}
	}
	v := newSurvey(s, want)
	e.pictures.survey = v
	v.job = &Job{
		Kind: "survey", Title: "counting", Total: r.Len(), Quiet: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error { return v.run(ctx, s, progress) },
		Done: func(_ *Editor, err error) (Effect, error) {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.done, v.job = err == nil, nil
			if errors.Is(err, context.Canceled) || errors.Is(err, errTooMuch) {
				return nil, nil
			}
			v.failed = err
			return nil, err
		},
	}
	return v.job
}

// SurveyOf counts r at once, as the verbs do. progress goes up by the bytes that were counted.
func SurveyOf(ctx context.Context, s *mmapdoc.Snapshot, r mmapdoc.Range, pairs bool, progress *atomic.Int64) (*Survey, error) {
	var p pictures
	v := newSurvey(s, surveyWant{r: r, block: p.blockSize(r.Len()), pairs: pairs})
	v.unlimited = true
	return v, v.run(ctx, s, progress)
}

// Surveying tells that a survey is being made.
func (e *Editor) Surveying() bool {
	v := e.pictures.survey
	return v != nil && v.job != nil
}

func newSurvey(s *mmapdoc.Snapshot, want surveyWant) *Survey {
	v := &Survey{Range: want.r, Block: want.block, want: want}
	n := 0
	if want.r.Len() > 0 {
		n = int((want.r.Len()-1)/want.block) + 1
	}
	v.entropy = make([]float32, n)
	for i := range v.entropy {
		v.entropy[i] = float32(math.NaN())
	}
	if want.pairs {
		v.counts.Pairs = new(stats.Digrams)
	}
	return v
}

// Done tells that everything is counted; before, the counts are those of samples or of a part.
func (v *Survey) Done() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.done
}

// Progress is how far the counting is, in percent.
func (v *Survey) Progress() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.done || v.job == nil || v.job.Total == 0 {
		return 100
	}
	return int(min(99, percentOf(v.job.Progress(), v.job.Total)))
}

func percentOf(n, of int64) int64 { return int64(float64(n) / float64(of) * 100) }

// Histogram is how often each byte occurs, as far as is known.
func (v *Survey) Histogram() stats.Histogram {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.counts.Histogram
}

// Pairs calls fn with how often each pair of bytes occurs; not at all when pairs were not asked for. What fn gets lives only
// during the call.
func (v *Survey) Pairs(fn func(d *stats.Digrams)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.counts.Pairs != nil {
		fn(v.counts.Pairs)
	}
}

// Blocks is how many blocks there are.
func (v *Survey) Blocks() int { return len(v.entropy) }

// Entropy is the least, the mean and the highest entropy of blocks [from, to), in bits a byte; ok is false where none is known.
func (v *Survey) Entropy(from, to int) (least, mean, most float64, ok bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	n := 0
	least = 8
	for _, e := range v.entropy[max(0, from):min(to, len(v.entropy))] {
		if f := float64(e); f == f {
			least, most, mean = min(least, f), max(most, f), mean+f
			n++
		}
	}
	return least, mean / float64(max(1, n)), most, n > 0
}

// BlockRange is where block i lies in the document.
func (v *Survey) BlockRange(i int) mmapdoc.Range {
	start := v.Range.Start + int64(i)*v.Block
	return mmapdoc.Range{Start: start, End: min(v.Range.End, start+v.Block)}
}

func (v *Survey) run(ctx context.Context, s *mmapdoc.Snapshot, progress *atomic.Int64) error {
	if v.Range.Len() >= sampleSurvey && !v.unlimited {
		if err := v.samples(ctx, s); err != nil {
			return err
		}
	}
	// What is exact takes the place of the samples when it is complete.
	var budget atomic.Int64
	budget.Store(mostMapped)
	if v.unlimited {
		budget.Store(math.MaxInt64)
	}
	var all Counts
	if v.want.pairs {
		all.Pairs = new(stats.Digrams)
	}
	var mu sync.Mutex
	per := int(max(1, countStep/v.Block)) // blocks of a task
	tasks := (len(v.entropy) + per - 1) / per
	pairs := sync.Pool{New: func() any { return new(stats.Digrams) }}
	err := spread(ctx, "counting", tasks, func(ctx context.Context, k int) error {
		sum := Counts{budget: &budget}
		if v.want.pairs {
			sum.Pairs = pairs.Get().(*stats.Digrams)
			*sum.Pairs = stats.Digrams{}
			defer pairs.Put(sum.Pairs)
		}
		for i := k * per; i < min(len(v.entropy), (k+1)*per); i++ {
			one := Counts{budget: sum.budget, Pairs: sum.Pairs, from: v.Range.Start}
			r := v.BlockRange(i)
			if err := one.count(ctx, s, r, progress); err != nil {
				return err
			}
			sum.Merge(&one.Histogram)
			sum.Hole += one.Hole
			sum.Lost += one.Lost
			v.mu.Lock()
			v.entropy[i] = float32(one.Entropy())
			v.mu.Unlock()
		}
		mu.Lock()
		defer mu.Unlock()
		all.add(&sum)
		return nil
	})
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.counts, v.done = all, true
	return nil
}

// add adds what o counted.
func (c *Counts) add(o *Counts) {
	c.Merge(&o.Histogram)
	if c.Pairs != nil && o.Pairs != nil {
		c.Pairs.Merge(o.Pairs)
	}
	c.Hole += o.Hole
	c.Lost += o.Lost
}

// samples counts a page or two of some blocks.
func (v *Survey) samples(ctx context.Context, s *mmapdoc.Snapshot) error {
	n := len(v.entropy)
	step := max(1, n/sampledAt)
	buf := make([]byte, sampleSize)
	for i := 0; i < n; i += step {
		if err := ctx.Err(); err != nil {
			return err
		}
		var c Counts
		v.mu.Lock()
		c.Pairs = v.counts.Pairs // one table is enough: a sample is counted in no time
		c.sample(s, v.BlockRange(i), buf)
		v.counts.Merge(&c.Histogram)
		v.entropy[i] = float32(c.Entropy())
		v.mu.Unlock()
	}
	return nil
}

// Entropies are those of all blocks, a copy; NaN where nothing is known.
func (v *Survey) Entropies() []float32 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.entropy)
}
