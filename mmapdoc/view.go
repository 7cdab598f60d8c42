package mmapdoc

// A search at the speed of memory looks at the bytes where they are, if they are in memory. Scan's windows end where pieces,
// mappings and its own limit end, and what lies across has to be put together; so View is asked first for exactly the bytes wanted,
// overlap included, and Read copies what lies across, or belongs to a file that is better read than mapped (source_mapped.go).

// MaxView is the longest range that View hands out.
const MaxView = 64 << 20

// wholeStore is a store that can hand out a range of its bytes in one slice.
type wholeStore interface {
	// viewWhole calls fn with [off, off+n), or reports false without calling it. A *LostError tells that bytes could
	// not be read; fn may have been called.
	viewWhole(off, n int64, fn func(b []byte) error) (ok bool, err error)
}

// View calls fn with the bytes of r, zero-copy, if they lie together in memory, or in one mapping that is worth its page faults,
// hold no hole and are at most MaxView. Else it reports false, and fn was not called: Read copies them. b lives only during the call and must not
// be written. The error is fn's, or a *LostError when bytes turned out to be lost while fn looked at them. A save in place
// waits for fn, so r is better short.
func (s *Snapshot) View(r Range, fn func(b []byte) error) (ok bool, err error) {
	if err := s.check(r); err != nil {
		return false, err
	}
	if r.Len() == 0 || r.Len() > MaxView {
		return false, nil
	}
	p, start := s.tree.at(r.Start)
	if r.End > start+p.n {
		return false, nil
	}
	w, ok := p.src.store.(wholeStore)
	if !ok {
		return false, nil
	}
	ok, err = w.viewWhole(p.off+r.Start-start, r.Len(), fn)
	if lost, is := err.(*LostError); is { // it tells of the store's offsets
		err = &LostError{r, lost.Err}
	}
	return ok, err
}

// Look is Scan for who only looks at the bytes, each once: where it is cheaper they are looked at where they lie, fetched into the core's
// cache. Another program may change them meanwhile.
func (s *Snapshot) Look(r Range, fn func(off int64, b []byte) error) error {
	for at := r.Start; at < r.End; {
		block := Range{at, min(at+readBlock, r.End)}
		ok, err := s.View(block, func(b []byte) error {
			Fetch(b)
			return fn(at, b)
		})
		if !ok && err == nil {
			err = s.Scan(block, fn)
		}
		if err != nil {
			return err
		}
		at = block.End
	}
	return nil
}

func (s bytesStore) viewWhole(off, n int64, fn func(b []byte) error) (bool, error) {
	return true, s.view(off, n, fn)
}

func (g *generation) viewWhole(off, n int64, fn func(b []byte) error) (bool, error) {
	s := g.enter()
	defer s.leave()
	switch at, k := s.locate(off, n); {
	case at != nil || k < n:
		return false, nil
	case s.next != nil:
		return s.next.viewWhole(off, n, fn)
	}
	return g.file.mapped.viewWhole(off, n, fn)
}

func (m *mappedFile) viewWhole(off, n int64, fn func(b []byte) error) (bool, error) {
	if off < 0 || off > m.Size()-n || off+n > m.currentEnd() {
		return false, nil
	}
	if m.sparse.Load() && m.nextData(off, off+n) != (Range{off, off + n}) {
		return false, nil
	}
	w, err := m.windowFor(off, n)
	if err != nil || w == nil {
		return false, err
	}
	return true, m.viewWindow(w, w.data[off-w.base:][:n:n], off, fn)
}
