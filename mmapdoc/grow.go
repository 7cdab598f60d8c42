package mmapdoc

// A document may grow at its end: a pipe that still gives bytes, a connection, a file to which another program appends.
// It grows when its own goroutine says so. That is no edit: there is nothing to undo, and the new bytes are as unchanged
// as those that were there when it was opened.

// Rename gives a document that has no file another name for the screen.
func (d *Document) Rename(name string) {
	if d.info.Path == "" {
		d.info.Name = name
	}
}

// Grow takes what has arrived at the tail since the last call to the end of the document and returns how many bytes that
// is. After the document was saved to a file they are changes, which that file does not hold yet.
func (d *Document) Grow() int64 {
	t := d.tail
	if t == nil || d.closed {
		return 0
	}
	t.rest()
	old, now := t.store.taken.Load(), t.Arrived()
	if now == old {
		return 0
	}
	t.store.taken.Store(now)
	d.grow(piece{t.origin, old, now - old})
	if d.base != t.origin {
		d.saved = 0 // no state is the saved one any more
	}
	return now - old
}

// GrowWithFile takes what another program has appended to the document's file and returns how many bytes that is: 0 when
// the file is not longer, is another one, cannot be read further, or the document has changes, which a save would then put
// into a file that the user has not seen.
func (d *Document) GrowWithFile() int64 {
	g, ok := d.base.store.(*generation)
	if !ok || d.closed || d.info.Kind != File || d.group.depth > 0 || d.Modified() {
		return 0
	}
	old, was := g.Size(), g.file.stamp()
	now, err := stampOf(d.info.Path)
	if err != nil || !was.sameFile(now) || now.size <= was.size || now.size <= old || !g.file.mapped.grow(now.size) {
		return 0
	}
	g.file.setStamp(now)
	d.grow(piece{d.base, old, now.size - old})
	if d.journal != nil {
		d.rebaseJournal() // what it knows the file by
	}
	return now.size - old
}

// grow puts p to the end of the document.
func (d *Document) grow(p piece) {
	d.growth, _ = d.growth.splice(d.epoch, d.growth.size, 0, span{piece: p})
	d.tree, _ = d.tree.splice(d.epoch, d.tree.size, 0, span{piece: p})
	d.seal()
	d.touch()
}

// regrow puts to the end of the tree, which is one of the past, what the document has grown by behind the first from bytes
// of all its growth.
func (d *Document) regrow(from int64) {
	if d.growth.size <= from {
		return
	}
	d.freeze() // the trees come to share nodes
	_, t := d.growth.split(d.epoch, from)
	d.tree = d.tree.join(d.epoch, t)
}
