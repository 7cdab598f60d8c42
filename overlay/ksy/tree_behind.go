package ksy

import (
	"errors"
	"time"
)

// What a Tree is asked under [Tree.Hasty] is answered as far as it can be within a moment; what would have taken longer is
// noted, and [Tree.Advance] goes on with it. So a screen shows the beginning of a long array at once, and its end when that has
// been found.

// behind is something that was not read to its end: a walked array, an instance, or a field that stands behind it.
type behind struct {
	array  *array
	object *object
	slot   int   // of an instance; -1: the object's own fields
	page   int64 // of an array, + 1: one that was read before and dropped
}

// maxBehind bounds the list; what is not on it is asked again by whoever looks.
const maxBehind = 64

// later notes what is to be read on. What asked for it is noted after it, and need not be read on itself before it is done.
func (t *Tree) later(b behind) {
	for _, have := range t.left {
		if have == b {
			return
		}
	}
	if len(t.left) < maxBehind {
		t.left = append(t.left, b)
	}
}

// soon tells of errors that only say that the time was up.
func soon(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.soon
}

// NotYet tells whether an error says only that something was not read yet, as reading it takes longer than Hasty allowed.
func NotYet(err error) bool { return soon(err) }

// Hasty bounds the steps that all calls until the next SetContext may take together. What needs more fails with an error for which
// NotYet is true.
func (t *Tree) Hasty(steps int64) {
	t.soft = t.steps + steps
	t.checkAt = 0
}

// Behind tells whether something is left to be read by Advance.
func (t *Tree) Behind() bool { return len(t.left) > 0 }

// Unsure tells whether the last Find ended before it came to the byte.
func (t *Tree) Unsure() bool { return t.cut }

// Advance reads on for a while what was left. at is how far in the data it came, -1 where it cannot tell. The context of SetContext
// cancels.
func (t *Tree) Advance(d time.Duration) (at int64, err error) {
	end := time.Now().Add(d)
	at = -1
	defer func() { t.soft, t.checkAt = 0, 0 }()
	for len(t.left) > 0 {
		b := t.left[0]
		before := b.progress()
		if t.effort == 0 {
			t.effort = firstEffort
		}
		t.soft, t.checkAt = t.steps+t.effort, 0
		switch {
		case b.page > 0:
			if p := b.page - 1; p < int64(len(b.array.dense)) && b.array.dense[p].page == nil {
				err = b.array.reread(p)
			}
		case b.array != nil:
			err = b.array.finish()
			if b.array.file {
				at = b.array.st.off + b.array.cur.pos
			}
		case b.slot >= 0:
			t.soft, t.checkAt = 0, 0 // it cannot be read in parts
			_, err = b.object.instance(b.slot)
		default:
			err = b.object.finish(false)
		}
		t.soft = 0
		switch {
		case ErrorKind(err) == "Cancelled":
			return at, err
		case err == nil || !soon(err):
			t.left, t.effort = t.left[1:], 0
		case b.progress() != before:
			t.effort = 0
		default:
			// One field takes longer than all this, or something that was noted after b has to be read first.
			t.effort *= 4
			t.left = append(t.left[1:], b)
		}
		if !time.Now().Before(end) {
			return at, nil
		}
	}
	return at, nil
}

// firstEffort is how many steps Advance takes before it looks at the clock.
const firstEffort = 1 << 12

// progress is a number that changes with what was read.
func (b behind) progress() int64 {
	if b.array != nil {
		return b.array.count
	}
	return int64(b.object.next)
}

// briefly runs what is not the first thing that a hasty question wants to know, like a checksum beside its field: it gets a part of
// the steps only. A patient one lets it take its time.
func (t *Tree) briefly(f func() error) {
	if t.soft == 0 {
		_ = f()
		return
	}
	t.limited(brief, f)
}

// brief is how many steps those are.
const brief = 2000

// limited runs what may be left unfinished, for at most some steps. It tells whether it came to an end.
func (t *Tree) limited(steps int64, f func() error) bool {
	saved := t.soft
	if t.soft = t.steps + steps; saved > 0 {
		t.soft = min(t.soft, saved)
	}
	t.checkAt = 0
	err := f()
	t.soft, t.checkAt = saved, 0
	return err == nil || lasting(err)
}
