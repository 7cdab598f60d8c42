package mmapdoc

// maxReplay is how many steps rebase takes back and does again.
const maxReplay = 1 << 16

// rebase tells the document that saved, a snapshot of it, was saved and can now be read from base. Modified is false
// from now on exactly in the state of that snapshot, whose tree becomes one piece over base. If the user edited or undid
// while the save ran, the steps in between are taken back and done again, so that they too stand over base; if
// that is not possible (a group is open, the state was left by an edit after an undo, or it lies in the middle of a
// typed step) the tree stays over the older stores, reads right, and shows all its bytes as changed.
func (d *Document) rebase(saved *Snapshot, base store, info Info) {
	d.info = info
	d.base = newBase(base)
	d.saved = saved.state
	d.seal()
	d.touch()
	defer d.rebaseJournal()
	if d.growth.size > saved.grown { // what arrived while the save ran is not in the file
		defer func() { d.saved = 0 }()
	}
	if d.state == d.saved {
		if d.tree.size == d.base.Size()+d.growth.size-saved.grown {
			d.tree = d.wholeBase()
			d.regrow(saved.grown)
		}
		return
	}
	if d.group.depth > 0 {
		return
	}
	if k := d.undo.steps(d.saved, maxReplay); k > 0 {
		d.thereAndBack(&d.undo, &d.redo, k)
	} else if k := d.redo.steps(d.saved, maxReplay); k > 0 {
		d.thereAndBack(&d.redo, &d.undo, k)
	}
}

func (d *Document) thereAndBack(from, to *stack, steps int) {
	for range steps {
		d.travel(from, to)
	}
	for range steps {
		d.travel(to, from)
	}
}
