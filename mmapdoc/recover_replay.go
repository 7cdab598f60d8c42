package mmapdoc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
)

// Recover makes the edits of r, which fits the document, again, and goes on with their journal. The document must be as
// it was opened. left says why some of the last edits could not be made, or is nil; all before them were. An error says
// that nothing was done.
func (d *Document) Recover(r *Recovery) (left error, err error) {
	f, err := r.lock()
	if err != nil {
		return nil, err
	}
	p, left, err := d.replay(r, f)
	if err == nil {
		err = f.Truncate(p.good)
	}
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	w := &journalWriter{base: d.journalBase(), file: f, path: r.path, size: p.good, check: p.check, folder: true}
	if w.dir, err = StateDir(); err != nil {
		_ = f.Close()
		return left, nil // recovered, and the old journal stays
	}
	inStep := left == nil && !r.Touched && !r.Changed && r.start == 0 && !p.open
	d.runJournal(w)
	if inStep {
		d.era-- // the steps that were made again can be named in the journal
	} else {
		d.rebaseJournal()
	}
	return left, nil
}

// Replay is Recover that leaves the journal as it is; the document has none afterwards.
func (d *Document) Replay(r *Recovery) (left error, err error) {
	f, err := openPrivate(r.path)
	if err != nil {
		return nil, fmt.Errorf("journal %s: %w", r.ID, plainError(err))
	}
	defer f.Close()
	_, left, err = d.replay(r, f)
	return left, err
}

func (d *Document) replay(r *Recovery, f io.ReadSeeker) (p *replayer, left error, err error) {
	if d.version != 1 {
		return nil, nil, fmt.Errorf("%s has been changed since it was opened; recover its edits first", d.info.Name)
	}
	if r.fit(d, d.identity()); r.Misfit != "" {
		return nil, nil, fmt.Errorf("journal %s does not belong to %s: %s", r.ID, d.info.Name, r.Misfit)
	}
	if err := d.DropJournal(); err != nil { // an empty one
		return nil, nil, err
	}
	d.era = 1
	p = &replayer{d: d, gone: r.start > 0}
	if left, err = p.run(f, r.start); err != nil {
		d.forget()
	}
	return p, left, err
}

// forget makes d what it was when it was opened.
func (d *Document) forget() {
	d.tree, d.version, d.shown = d.wholeBase(), 1, nil
	d.history = history{state: 1, saved: 1, lastState: 1}
	d.freeze()
}

// replayer makes the edits of a journal again.
type replayer struct {
	d    *Document
	in   *frameReader
	gone bool // the content that the edits began with was saved over

	// good is where the last complete edit ends, with the check there; open tells that its group had no end.
	good  int64
	check uint32
	open  bool

	want   []part // waiting parts
	data   []byte // waiting bytes
	others map[string]*origin
}

// part is a part of a splice as it was read.
type part struct {
	kind   byte
	off, n int64
	size   int64 // of the pattern, or of what names a file
}

var errReplay = errors.New("a record that cannot have been written here")

// run replays f from the frame on that ends at start. left is why it stopped before the end; err, that f cannot be read.
func (p *replayer) run(f io.ReadSeeker, start int64) (left, err error) {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	if p.in, err = newFrameReader(bufio.NewReaderSize(f, 256<<10)); err != nil {
		return nil, err
	}
	defer func() {
		for p.d.group.depth > 0 {
			p.open = true
			p.d.End()
		}
	}()
	p.good, p.check = p.in.at, p.in.check
	for {
		kind, record, err := p.in.next()
		switch {
		case err == io.EOF:
			return nil, nil
		case err == errTorn:
			return nil, nil // what the crash cut off was never whole
		case err != nil:
			return nil, fmt.Errorf("reading the journal of edits: %w", plainError(err)) // what it holds may be read another time
		case p.in.at > start:
			left = p.record(kind, record)
		}
		if left != nil {
			return fmt.Errorf("the edits from offset %d of the journal on: %w", p.good, left), nil
		}
		if len(p.data)+len(p.want) == 0 {
			p.good, p.check = p.in.at, p.in.check
		}
	}
}

func (p *replayer) record(kind byte, record []byte) error {
	d, f := p.d, fields{b: record}
	switch kind {
	case recHeader, recBase, recMark, recSaving:
	case recData:
		p.data = append(p.data, record...)
	case recParts:
		for len(f.b) > 0 {
			if err := p.readPart(&f); err != nil {
				return err
			}
		}
	case recSplice:
		return p.splice(&f)
	case recBegin:
		d.Begin()
	case recEnd:
		d.End()
	case recSeal:
		d.seal()
	case recUndo, recRedo:
		step := d.Undo
		if kind == recRedo {
			step = d.Redo
		}
		if _, ok := step(); !ok || d.Size() != f.int() || f.bad {
			return errors.New("a step that is not in this history is to be undone or redone")
		}
	default:
		return errReplay
	}
	return nil
}

func (p *replayer) splice(f *fields) error {
	d := p.d
	off, del, join, size, count := f.int(), f.int(), Join(f.int()), f.int(), f.int()
	for !f.bad && int64(len(p.want)) < count {
		if err := p.readPart(f); err != nil {
			return err
		}
	}
	if f.bad || int64(len(p.want)) != count || join != Alone && join != Typed {
		return errReplay
	}
	p.data = append(p.data, f.b...)
	pieces := builder{epoch: d.epoch}
	for _, w := range p.want {
		q, err := p.piece(w)
		if err != nil {
			return err
		}
		if q.n <= 0 || q.n > math.MaxInt64-pieces.size {
			return errReplay
		}
		pieces.add(q)
	}
	if len(p.data) > 0 || pieces.size != size {
		return errReplay
	}
	if err := d.check(off, del, size); err != nil {
		return err
	}
	p.want, p.data = p.want[:0], nil
	if del > 0 || size > 0 {
		d.replace(off, del, pieces.tree().span(), join)
	}
	return nil
}

func (p *replayer) readPart(f *fields) error {
	w := part{kind: f.byte()}
	switch w.kind {
	case partLiteral:
		w.n = f.int()
	case partBase, partPasted:
		w.off, w.n = f.int(), f.int()
	case partFill:
		w.off, w.n, w.size = f.int(), f.int(), f.int()
	case partFile:
		w.n, w.size, w.off = f.int(), f.int(), f.int()
	default:
		return errReplay
	}
	if f.bad {
		return errReplay
	}
	p.want = append(p.want, w)
	return nil
}

// literal takes n of the waiting bytes.
func (p *replayer) literal(n int64) ([]byte, error) {
	if n <= 0 || n > int64(len(p.data)) {
		return nil, errReplay
	}
	b := p.data[:n]
	p.data = p.data[n:]
	return b, nil
}

// piece makes the piece that w describes.
func (p *replayer) piece(w part) (piece, error) {
	d := p.d
	switch w.kind {
	case partLiteral:
		b, err := p.literal(w.n)
		if err != nil {
			return piece{}, err
		}
		return d.adder.add(b), nil
	case partFill:
		pattern, err := p.literal(w.size)
		if err != nil {
			return piece{}, err
		}
		if w.n > math.MaxInt64-w.off {
			return piece{}, errReplay
		}
		if d.fill == nil || !bytes.Equal(d.fill.store.(*patternStore).pattern, pattern) {
			d.fill = &origin{store: &patternStore{bytes.Clone(pattern)}}
		}
		return piece{d.fill, w.off, w.n}, nil
	case partFile:
		named, err := p.literal(w.size)
		if err != nil {
			return piece{}, err
		}
		o, err := p.other(named)
		if err != nil {
			return piece{}, err
		}
		return within(piece{o, w.off, w.n})
	}
	if p.gone {
		return piece{}, errors.New("they need the content from before the last save")
	}
	if w.kind == partPasted {
		return within(piece{d.base.pasted, w.off, w.n})
	}
	return within(piece{d.base, w.off, w.n})
}

// within refuses a piece that reaches beyond its store.
func within(q piece) (piece, error) {
	if size := q.src.Size(); q.off > size || q.n > size-q.off {
		return piece{}, errReplay
	}
	return q, nil
}

// other opens the file that part of was pasted; it must be as it was then.
func (p *replayer) other(named []byte) (*origin, error) {
	if o := p.others[string(named)]; o != nil {
		return o, nil
	}
	var id journalFile
	if err := unmarshal("the name of a file that was pasted from", named, &id); err != nil {
		return nil, err
	}
	changed := fmt.Errorf("%s, of which a part was pasted, is not there any more as it was", id.Path)
	if fi, err := os.Stat(string(id.Path)); err != nil || !fi.Mode().IsRegular() {
		return nil, changed
	}
	from, err := Open(string(id.Path))
	if err != nil {
		return nil, changed
	}
	defer from.Close() // the document holds its source
	if id.compare(from.identity()) == otherFile {
		return nil, changed
	}
	if err := p.d.hold(from.leases); err != nil {
		return nil, err
	}
	if p.others == nil {
		p.others = make(map[string]*origin)
	}
	p.others[string(named)] = from.base
	return from.base, nil
}
