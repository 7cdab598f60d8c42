package mmapdoc

import (
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// randomSeed is what HEXLAY_SEED says, else another one each time. Tests print it when they fail.
func randomSeed() uint64 {
	if n, err := strconv.ParseUint(os.Getenv("HEXLAY_SEED"), 0, 64); err == nil {
		return n
	}
	return uint64(time.Now().UnixNano())
}

// Journals of the tests go to a folder of their own, unless the test that started this process named one.
func init() {
	if os.Getenv("XDG_STATE_HOME") == "" {
		os.Setenv("XDG_STATE_HOME", filepath.Join(os.TempDir(), "hexlay-test-state"))
	}
}
