package cli

import (
	"os"
	"runtime"
	"runtime/debug"

	_ "hexlay/cli/prefault"
)

// collectLater has the first collection of garbage wait until the heap has 8 MB instead of 4. A collection looks at every variable of
// the program, among them five megabytes of tables of other packages that were never touched; most runs are through, or have
// their first screen, before they need one. From the first one on all is as Go has it.
func collectLater() {
	if os.Getenv("GOGC") != "" {
		return
	}
	first := &struct{ self any }{}
	runtime.AddCleanup(first, func(percent int) { debug.SetGCPercent(percent) }, debug.SetGCPercent(firstPercent))
}

// firstPercent makes 8 MB of the 4 MB at which Go collects garbage first.
const firstPercent = 200
