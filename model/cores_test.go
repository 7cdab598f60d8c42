package model

import (
	"testing"
	"testing/synctest"
	"time"
)

// TestPause: work stands still just after a key, rests now and then while more may come, and does neither later.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		defer func(start time.Time) {
			clockStart = start
			pressed.Store(0)
		}(clockStart)
		clockStart = time.Now()
		time.Sleep(time.Second)
		var p pause
		took := func() time.Duration {
			start := time.Now()
			p.give()
			return time.Since(start)
		}
		if d := took(); d != 0 {
			t.Errorf("without a key: %v", d)
		}
		pressed.Store(int64(time.Since(clockStart)))
		time.Sleep(time.Millisecond)
		if d := took(); d != aside-time.Millisecond {
			t.Errorf("after a key: %v", d)
		}
		rested, worked := time.Duration(0), time.Duration(0)
		for range 1000 {
			time.Sleep(500 * time.Microsecond) // a block
			worked += 500 * time.Microsecond
			rested += took()
		}
		if rested < worked/20 || rested > worked/5 {
			t.Errorf("rested %v in %v of work while keys may come", rested, worked)
		}
		time.Sleep(alert)
		if d := took(); d != 0 {
			t.Errorf("long after the key: %v", d)
		}
	})
}
