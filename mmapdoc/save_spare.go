package mmapdoc

import (
	"os"

	"hexlay/lifeline"
)

// Making a file durable takes several times as long as writing into one that is there. So the file for the next journal
// is made when the document is first changed, without a name, and gets its name when the save begins. Where that
// cannot be done the journal is made the plain way.

const spareSize = 4096 // a journal of a few small ranges fits

// prepare makes the spare file in the background, once for each save.
func (f *savedFile) prepare(path string) {
	if f.device || path == "" || f.preparing.Swap(true) {
		return
	}
	lifeline.Go("a spare file", func() {
		spare := spareFile(path)
		f.mu.Lock()
		defer f.mu.Unlock()
		if spare != nil && (f.closed || f.spare != nil) {
			_ = spare.Close()
			return
		}
		f.spare = spare
	})
}

// takeSpare gives the spare file to a save, nil when there is none.
func (f *savedFile) takeSpare() *os.File {
	f.mu.Lock()
	defer f.mu.Unlock()
	spare := f.spare
	f.spare = nil
	f.preparing.Store(false)
	return spare
}
