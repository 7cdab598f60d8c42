package cli

import (
	"os"

	"golang.org/x/sys/unix"
)

// widenPipe makes the pipe behind f hold more, so that writer and reader hand over less often. Where f is no pipe or the
// system says no, nothing changes.
func widenPipe(f *os.File) {
	if st, err := f.Stat(); err == nil && st.Mode()&os.ModeNamedPipe != 0 {
		_, _ = unix.FcntlInt(f.Fd(), unix.F_SETPIPE_SZ, 1<<20)
	}
}
