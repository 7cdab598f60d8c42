package mmapdoc

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"hexlay/lifeline"
)

// A save journal is what can bring a file that is written in place back to its old bytes, or on to its new ones, after
// anything that ended the program in between. It is durable before the first byte of the target changes, and goes when
// the target is durable. It stands beside the target, where whoever opens that next finds it; where the folder cannot be
// written or is full, and for disks, it stands in the state folder.
//
//	magic, the length of the head in 4 bytes, the head in JSON
//	tables: lost ranges (old bytes that the new file does not hold), fresh ranges (new bytes that the old one did not), steps
//	the lost bytes, then the fresh ones if there are few: without them a save can be undone but not finished
//	SHA-256 of all fresh bytes, SHA-256 of everything before
//	two slots that take turns, for saves that move bytes (save_move.go)
//	a mark, once a write to the target could not be made durable
//
// Numbers are little-endian. A journal whose last sum is wrong was not complete, so its target was not touched yet. The
// journal is locked while its save runs, and has the owner and permissions of the target, for it holds the same bytes.

const (
	saveMagic      = "hexlay save journal\n"
	journalSuffix  = ".save.hexlay"
	journalVersion = 1
	journalHeadMax = 64 << 10
	journalRows    = 1 << 22  // the most ranges and steps that are believed
	keepFresh      = 16 << 20 // so many new bytes are kept at most
	believed       = 1 << 30  // a journal that came with a file from elsewhere is read if it speaks of no more bytes
)

type journalHead struct {
	Version          int
	Name             string // of the target, without its folder
	Path             string // of the target, absolute
	Inode            uint64
	Born             int64 // when the target was made, where the filesystem tells: inode numbers are used again
	Device           bool  `json:",omitempty"`
	OldSize, NewSize int64
	Finish           bool // the fresh bytes are kept
	Lost             int
	Fresh            int
	Steps            int
}

// journalRange is a range of the old file (lost) or of the new one (fresh) whose bytes are in the journal at the offset
// at; at < 0 stands for zeros (lost) or bytes that were not kept (fresh).
type journalRange struct {
	Range
	at int64
}

// saveJournal is an open journal.
type saveJournal struct {
	f    *os.File
	path string
	head journalHead

	lost, fresh []journalRange // ascending and apart
	steps       []moveStep
	freshSum    [sha256.Size]byte
	slots       int64 // where they begin
	turn        uint64
	unsure      bool // the target may hold other bytes on the disk than it reads
}

// journalBytes hands the bytes of one range to fn in windows.
type journalBytes func(r Range, fn func(b []byte) error) error

// besideName is where the journal of target stands when its folder takes it.
func besideName(target string) string {
	dir, base := filepath.Split(target)
	if len(base) > 200 { // names are at most 255 bytes long
		sum := sha256.Sum256([]byte(base))
		base = base[:160] + fmt.Sprintf("%x", sum[:8])
	}
	return dir + "." + base + journalSuffix
}

// stateName is where the journal of target stands in the state folder; "" when there is none. It makes nothing.
func stateName(target string, fi os.FileInfo) string {
	dir, err := stateHome()
	if err != nil {
		return ""
	}
	if fi != nil && (fi.Mode()&os.ModeDevice != 0 || isMemory(target)) {
		fi = nil // the inode of a disk's node is another one at the next start
	}
	return filepath.Join(dir, "hexlay", "save-"+fileKey(fi, target))
}

// placeJournal makes the journal of target in the first place that takes it: beside the target, then the state folder;
// beside kept, which it will replace, when there is one of a save that failed.
func placeJournal(target string, seen stamp, kept *saveJournal, spare *os.File, write func(f *os.File) error) error {
	if kept != nil {
		return tryPlace(kept.path+"~", seen, write)
	}
	var first error
	if !seen.device() {
		if name := besideName(target); spare != nil && spare.Name() == name && nameSpare(spare, name) == nil {
			first = writeOrRemove(spare, write)
		} else {
			first = tryPlace(name, seen, write)
		}
		if first == nil || errors.Is(first, fs.ErrExist) || !placeless(first) {
			return first
		}
	}
	if _, err := StateDir(); err != nil {
		return noPlace(first, err)
	}
	if err := tryPlace(stateName(target, seen.info), seen, write); err != nil {
		return noPlace(first, err)
	}
	return nil
}

// noPlace tells that there is no place beside the target nor in the state folder.
func noPlace(beside, state error) error {
	if beside == nil {
		return plainError(state)
	}
	return fmt.Errorf("beside the file: %w; in the state folder: %w", plainError(beside), plainError(state))
}

func tryPlace(path string, seen stamp, write func(f *os.File) error) error {
	f, err := createLocked(path, seen)
	if err != nil {
		return err
	}
	return writeOrRemove(f, write)
}

func writeOrRemove(f *os.File, write func(f *os.File) error) error {
	err := write(f)
	if err != nil {
		_ = os.Remove(f.Name())
		_ = f.Close()
	}
	return err
}

func createLocked(path string, seen stamp) (*os.File, error) {
	for range 10 {
		f, err := createPrivate(path)
		if err != nil {
			return nil, err
		}
		if err := lockJournal(f); err != nil {
			_ = f.Close()
			_ = os.Remove(path)
			return nil, err
		}
		// Whoever opens the target takes an empty journal for a leftover and removes it; then this one is not the one
		// that stands there.
		mine, err1 := f.Stat()
		there, err2 := os.Lstat(path)
		if err1 == nil && err2 == nil && os.SameFile(mine, there) {
			if !seen.device() {
				likeTarget(f, seen.info)
			}
			return f, nil
		}
		_ = f.Close()
	}
	return nil, fmt.Errorf("%s: is removed again and again by another program", path)
}

// writeJournal writes j, whose head and tables are set, with the bytes that lost and fresh give, and makes it durable.
func writeJournal(f *os.File, j *saveJournal, lost, fresh journalBytes) error {
	j.f, j.path = f, f.Name()
	j.head.Version = journalVersion
	j.head.Lost, j.head.Fresh, j.head.Steps = len(j.lost), len(j.fresh), len(j.steps)
	if max(j.head.Lost, j.head.Fresh, j.head.Steps) > journalRows { // it would not be believed
		return fmt.Errorf("the changes are in more than %d places", journalRows)
	}
	head, err := json.Marshal(&j.head)
	if err != nil {
		return err
	}
	if len(head) > journalHeadMax {
		return errors.New("the path is too long for a journal")
	}
	at := int64(len(saveMagic)) + 4 + int64(len(head)) + 24*int64(len(j.lost)+len(j.fresh)) + 32*int64(len(j.steps))
	for i := range j.lost {
		if j.lost[i].at >= 0 {
			j.lost[i].at = at
			at += j.lost[i].Len()
		}
	}
	for i := range j.fresh {
		j.fresh[i].at = -1
		if j.head.Finish {
			j.fresh[i].at = at
			at += j.fresh[i].Len()
		}
	}
	sum := sha256.New()
	w := bufio.NewWriterSize(io.MultiWriter(&offsetWriter{f: f}, sum), 256<<10)
	w.WriteString(saveMagic)
	w.Write(binary.LittleEndian.AppendUint32(nil, uint32(len(head))))
	w.Write(head)
	var row [32]byte
	for _, table := range [][]journalRange{j.lost, j.fresh} {
		for _, r := range table {
			w.Write(putRow(row[:24], r.Start, r.Len(), r.at))
		}
	}
	for _, s := range j.steps {
		flags := int64(0)
		if s.hole {
			flags = 1
		}
		w.Write(putRow(row[:], s.src, s.dst, s.n, flags))
	}
	for _, r := range j.lost {
		if r.at >= 0 {
			if err := lost(r.Range, writeTo(w)); err != nil {
				return err
			}
		}
	}
	all := sha256.New()
	for _, r := range j.fresh {
		err := fresh(r.Range, func(b []byte) error {
			all.Write(b)
			if !j.head.Finish {
				return nil
			}
			_, err := w.Write(b)
			return err
		})
		if err != nil {
			return err
		}
	}
	all.Sum(j.freshSum[:0])
	w.Write(j.freshSum[:])
	if err := w.Flush(); err != nil {
		return err
	}
	end := at + sha256.Size
	if _, err := f.WriteAt(sum.Sum(nil), end); err != nil {
		return err
	}
	j.slots = slotsAfter(end + sha256.Size)
	if len(j.steps) > 0 { // the slots get their room now, while nothing has happened
		if err := reserve(f, j.slots, 2*slotSize); err != nil {
			return err
		}
	}
	// Either without the other is as good as no journal, so they need no order.
	named := make(chan error, 1)
	lifeline.Go("the fsync of a folder", func() { named <- syncFolder(filepath.Dir(j.path)) })
	err = syncData(f)
	if nerr := <-named; err == nil {
		err = nerr
	}
	return err
}

const unsureMark = "not durable\n"

// markAt is where the mark stands.
func (j *saveJournal) markAt() int64 {
	if len(j.steps) > 0 {
		return j.slots + 2*slotSize
	}
	return j.slots
}

// doubt notes that the way back failed. After a failed sync the system shows what was written, and may never write it: that
// the target reads right is no reason to be content.
func (j *saveJournal) doubt() {
	j.unsure = true
	if _, err := j.f.WriteAt([]byte(unsureMark), j.markAt()); err == nil {
		_ = syncData(j.f) // on such a disk no more can be done
	}
}

func slotsAfter(end int64) int64 { return (end + 4095) / 4096 * 4096 }

func putRow(row []byte, values ...int64) []byte {
	for i, v := range values {
		binary.LittleEndian.PutUint64(row[8*i:], uint64(v))
	}
	return row
}

func writeTo(w io.Writer) func(b []byte) error {
	return func(b []byte) error {
		_, err := w.Write(b)
		return err
	}
}

// offsetWriter writes to f from its start on, by offset.
type offsetWriter struct {
	f   *os.File
	off int64
}

func (w *offsetWriter) Write(b []byte) (int, error) {
	n, err := w.f.WriteAt(b, w.off)
	w.off += int64(n)
	return n, err
}

// remove takes the journal away. That need not be durable: a journal that comes back finds its target complete.
func (j *saveJournal) remove() {
	_ = os.Remove(j.path)
	j.close()
}

func (j *saveJournal) close() {
	if j.f != nil {
		_ = j.f.Close() // lets go of the lock too
		j.f = nil
	}
}

// errUnsealed is a journal that was not complete: its save had not begun to write.
var errUnsealed = errors.New("the journal is not complete")

// names says whether the file fi can be the one that the journal was made for.
func (h *journalHead) names(fi os.FileInfo) bool {
	_, ino, ok := inodeOf(fi)
	return !ok || h.Device || h.Inode == ino
}

// readJournal reads and checks what f, a journal at path, holds. Memory grows with its tables only. mine says whether it
// can be the journal of the file that it stands beside.
func readJournal(f *os.File, path string, mine func(h *journalHead) bool) (*saveJournal, error) {
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	j := &saveJournal{f: f, path: path}
	r := io.NewSectionReader(f, 0, fi.Size())
	start := make([]byte, len(saveMagic)+4)
	if _, err := io.ReadFull(r, start); err != nil {
		return nil, journalEnd(err)
	}
	n := binary.LittleEndian.Uint32(start[len(saveMagic):])
	if !bytes.HasPrefix(start, []byte(saveMagic)) || n > journalHeadMax {
		return nil, errUnsealed
	}
	head := make([]byte, n)
	if _, err := io.ReadFull(r, head); err != nil {
		return nil, journalEnd(err)
	}
	if err := json.Unmarshal(head, &j.head); err != nil {
		return nil, errUnsealed
	}
	h := &j.head
	if fi.Size() > believed && !mine(h) {
		return nil, fmt.Errorf("the journal %s is that of another file, and too long to be looked through; remove it", path)
	}
	for _, count := range []int{h.Lost, h.Fresh, h.Steps} {
		if count < 0 || count > journalRows || int64(count)*24 > fi.Size() {
			return nil, errUnsealed
		}
	}
	body := bufio.NewReaderSize(r, 256<<10)
	if j.lost, err = readRanges(body, h.Lost); err != nil {
		return nil, err
	}
	if j.fresh, err = readRanges(body, h.Fresh); err != nil {
		return nil, err
	}
	if j.steps, err = readSteps(body, h.Steps); err != nil {
		return nil, err
	}
	at := int64(len(start)) + int64(n) + 24*int64(h.Lost+h.Fresh) + 32*int64(h.Steps)
	for _, table := range [][]journalRange{j.lost, j.fresh} {
		for _, row := range table {
			if row.at >= 0 {
				if row.at != at || row.Len() > fi.Size()-at {
					return nil, errUnsealed
				}
				at += row.Len()
			}
		}
	}
	end := at + sha256.Size
	var want [sha256.Size]byte
	if _, err := f.ReadAt(j.freshSum[:], at); err != nil {
		return nil, journalEnd(err)
	}
	if _, err := f.ReadAt(want[:], end); err != nil {
		return nil, journalEnd(err)
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, end)); err != nil {
		return nil, err
	}
	if !bytes.Equal(sum.Sum(nil), want[:]) {
		return nil, errUnsealed
	}
	j.slots = slotsAfter(end + sha256.Size)
	if err := j.check(); err != nil {
		return nil, fmt.Errorf("the journal %s cannot be used: %w", path, err)
	}
	mark := make([]byte, len(unsureMark))
	if _, err := f.ReadAt(mark, j.markAt()); err != nil && err != io.EOF {
		return nil, err
	}
	j.unsure = string(mark) == unsureMark
	return j, nil
}

func journalEnd(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errUnsealed
	}
	return err
}

func readRanges(r io.Reader, n int) ([]journalRange, error) {
	table := make([]journalRange, 0, min(n, 1<<16))
	var row [24]byte
	for range n {
		if _, err := io.ReadFull(r, row[:]); err != nil {
			return nil, journalEnd(err)
		}
		start, length := getInt(row[0:]), getInt(row[8:])
		if start < 0 || length <= 0 || start+length < start {
			return nil, errUnsealed
		}
		table = append(table, journalRange{Range{start, start + length}, getInt(row[16:])})
	}
	return table, nil
}

func readSteps(r io.Reader, n int) ([]moveStep, error) {
	steps := make([]moveStep, 0, min(n, 1<<16))
	var row [32]byte
	for range n {
		if _, err := io.ReadFull(r, row[:]); err != nil {
			return nil, journalEnd(err)
		}
		steps = append(steps, moveStep{getInt(row[0:]), getInt(row[8:]), getInt(row[16:]), getInt(row[24:])&1 != 0})
	}
	return steps, nil
}

func getInt(b []byte) int64 { return int64(binary.LittleEndian.Uint64(b)) }

// check says what is wrong with a journal whose sum is right: it may have been made by another version, or by hand.
func (j *saveJournal) check() error {
	h := &j.head
	if h.Version != journalVersion {
		return fmt.Errorf("it is of version %d, this program knows version %d", h.Version, journalVersion)
	}
	if h.OldSize < 0 || h.NewSize < 0 {
		return errors.New("it names an impossible size")
	}
	for i, table := range [][]journalRange{j.lost, j.fresh} {
		last := int64(0)
		for _, r := range table {
			if r.Start < last || r.End > [2]int64{h.OldSize, h.NewSize}[i] {
				return fmt.Errorf("its range %v is out of order or outside the file", r.Range)
			}
			last = r.End
			if i == 1 && h.Finish != (r.at >= 0) {
				return errors.New("it has only some of the new bytes")
			}
		}
	}
	for _, s := range j.steps {
		if s.src < 0 || s.dst < 0 || s.n <= 0 || s.n > moveMost || s.src > h.OldSize-s.n || s.dst > h.NewSize-s.n {
			return errors.New("it has a step outside the file")
		}
	}
	return nil
}

// bytesOf hands the bytes of part, which is inside r, to fn.
func (j *saveJournal) bytesOf(r journalRange, part Range, fn func(b []byte) error) error {
	buf := make([]byte, min(part.Len(), readBlock))
	for off := part.Start; off < part.End; {
		b := buf[:min(int64(len(buf)), part.End-off)]
		if r.at < 0 {
			clear(b)
		} else if _, err := j.f.ReadAt(b, r.at+off-r.Start); err != nil {
			return fmt.Errorf("the journal %s: %w", j.path, plainError(err))
		}
		if err := fn(b); err != nil {
			return err
		}
		off += int64(len(b))
	}
	return nil
}
