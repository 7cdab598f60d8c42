package model

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/overlay/checksum"
)

func TestHashList(t *testing.T) {
	b := bytes.Repeat([]byte("some bytes "), 100_000)
	e := over(b)
	defer e.Close()
	if _, err := run(t, e, "hash"); err != nil {
		t.Fatal(err)
	}
	l := e.List("hashes")
	sum := sha256.Sum256(b)
	if row := l.Row(2); l.Len() != 4 || row.Lead != "sha256" || row.Text != hex.EncodeToString(sum[:]) || row.Range.Len() != e.Size() {
		t.Fatalf("%d rows, %+v", l.Len(), row)
	}
	run(t, e, "select 10:20")
	run(t, e, "hash crc-32")
	run(t, e, "hash md5, crc32 @0:5")
	if l = e.List("hashes"); l.Len() != 7 || l.Row(4).Text != fmt.Sprintf("%08x", crc32.ChecksumIEEE(b[10:30])) || l.Row(4).Note != "0xa..0x1e" {
		t.Errorf("%d rows, %+v", l.Len(), l.Row(4))
	}
	run(t, e, "hash crc-32 @10:20") // again: in place of the one before
	if l = e.List("hashes"); l.Len() != 7 {
		t.Errorf("%d rows", l.Len())
	}
	e.ChooseRow("hashes", 6)
	if e.Selection() != (mmapdoc.Range{Start: 10, End: 30}) {
		t.Errorf("selected %v", e.Selection())
	}
	run(t, e, "overwrite 00")
	if l = e.List("hashes"); !e.Stale(l) || !strings.Contains(e.Heading(l), "outdated; r lists anew") {
		t.Errorf("after an edit: %s", e.Heading(l))
	}
	if _, err := run(t, e, "list-again"); err != nil {
		t.Fatal(err)
	}
	if l = e.List("hashes"); l.Len() != 1 || l.Row(0).Range != (mmapdoc.Range{Start: 10, End: 30}) || e.Stale(l) {
		t.Errorf("made anew: %d rows, %+v", l.Len(), l.Row(0))
	}
	for line, want := range map[string]string{"hash nosuch": "unknown checksum", "hash ,": "which checksums", "hash md5 @5..2": "0x"} {
		if _, err := run(t, e, line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestHashListOutlivesSave: a save changes no byte, in place or as a new file, so the checksums still hold; so they do after an undo.
func TestHashListOutlivesSave(t *testing.T) {
	e, _ := onFile(t, pattern5000())
	for _, edit := range []string{"overwrite 01 02 03", "insert 01 02 03"} {
		must(t, e, "goto 100", edit)
		if _, err := run(t, e, "hash md5"); err != nil {
			t.Fatal(err)
		}
		if _, err := run(t, e, "save"); err != nil || e.doc.Modified() {
			t.Fatal(e.doc.Modified(), err)
		}
		l := e.List("hashes")
		if got := e.Heading(l); e.Stale(l) || strings.Contains(got, "outdated") {
			t.Errorf("%s, saved: %s", edit, got)
		}
		must(t, e, "undo")
		if !e.Stale(l) {
			t.Errorf("%s, undone: %s", edit, e.Heading(l))
		}
		must(t, e, "redo")
		if e.Stale(l) {
			t.Errorf("%s, done again: %s", edit, e.Heading(l))
		}
	}
}

// TestWhich plants checksums where files have them, and finds out what they are.
func TestWhich(t *testing.T) {
	r := seeded(t)
	for _, c := range []struct {
		algorithm   string
		at          int // of the value, in 500 bytes
		from, to    int
		little, own bool
	}{
		{"crc-32/iso-hdlc", 496, 0, 496, true, false}, // at the end, of all before
		{"crc-32/mpeg-2", 0, 4, 500, false, false},
		{"crc-64/xz", 100, 108, 500, true, false},
		{"crc-32/bzip2", 20, 0, 500, false, true}, // in the header, itself as zeros
		{"md5", 484, 4, 484, false, false},
		{"sha256", 0, 32, 500, false, false},
		{"adler-32", 492, 12, 492, false, false},
		{"crc-24/openpgp", 200, 8, 200, false, false},
		{"xxh64", 8, 16, 496, true, false},
	} {
		data := make([]byte, 500)
		for i := range data {
			data[i] = byte(r.Uint32())
		}
		a, err := checksum.Lookup(c.algorithm)
		if err != nil {
			t.Fatal(err)
		}
		h := a.New()
		n := h.Size()
		if c.own {
			clear(data[c.at : c.at+n])
		}
		h.Write(data[c.from:c.to])
		sum := h.Sum(nil)
		if c.little {
			slices.Reverse(sum)
		}
		copy(data[c.at:], sum)
		e := over(data)
		if _, err := run(t, e, fmt.Sprintf("select %d:%d", c.at, n)); err != nil {
			t.Fatal(err)
		}
		if _, err := run(t, e, "which"); err != nil {
			t.Errorf("%s: %v", c.algorithm, err)
			continue
		}
		l := e.List("which")
		row := l.Row(0)
		if row.Lead != a.Name || row.Range != (mmapdoc.Range{Start: int64(c.from), End: int64(c.to)}) ||
			strings.Contains(row.Note, "least significant") != c.little || strings.Contains(row.Note, "zeros") != c.own || !strings.Contains(row.Copy, a.Name) {
			t.Errorf("%s: %+v", c.algorithm, row)
		}
		// The value alone, without its place, is found where the range does not depend on that.
		if !c.own && c.to == 500 {
			if _, err := run(t, e, fmt.Sprintf("which %x @%d:", sum, c.from)); err != nil {
				t.Errorf("%s by its value: %v", c.algorithm, err)
			} else if row := e.List("which").Row(0); row.Lead != a.Name {
				t.Errorf("%s by its value: %+v", c.algorithm, row)
			}
		}
		e.Close()
	}
	e := over([]byte("no checksum here, and no other bytes"))
	defer e.Close()
	for line, want := range map[string]string{"which 0011223344556677": "is no checksum", "which 00112233445566778899aabbcc": "no checksum has results of 13 bytes", "which zz": "position"} {
		if _, err := run(t, e, line); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", line, err)
		}
	}
}

// TestWhichField finds a checksum over the fields of a template.
func TestWhichField(t *testing.T) {
	data := make([]byte, 300)
	for i := range data {
		data[i] = byte(i * 7)
	}
	// A record at 101: three bytes, ninety-three of data, and the CRC of those.
	binary.LittleEndian.PutUint32(data[101+3+93:], crc32.ChecksumIEEE(data[104:197]))
	e := over(data)
	defer e.Close()
	run(t, e, "struct <3s93sI:head,data,crc 101")
	eff, err := e.Do("goto 197")
	if err != nil || eff != nil {
		t.Fatal(eff, err)
	}
	j := e.Look(Look{Window: mmapdoc.Range{End: 300}, Cursor: 197, Rows: 20, Reveal: true})
	e.StartJob(j)
	j.Wait()
	if _, err := e.Finish(j); err != nil {
		t.Fatal(err)
	}
	for where, want := range map[string]mmapdoc.Range{"field": {Start: 197, End: 201}, "overlay": {Start: 101, End: 201}} {
		if _, err := run(t, e, "hash sum8 @"+where); err != nil {
			t.Fatal(err)
		} else if got := e.List("hashes").Row(e.List("hashes").Len() - 1).Range; got != want {
			t.Errorf("@%s: %v, want %v", where, got, want)
		}
	}
	run(t, e, "select 197:4")
	if _, err := run(t, e, "which"); err != nil {
		t.Fatal(err)
	}
	if row := e.List("which").Row(0); row.Lead != "crc-32/iso-hdlc" || row.Range != (mmapdoc.Range{Start: 104, End: 197}) {
		t.Errorf("%+v", row)
	}
}

// TestHashCancelled: checksums that were there before are told as such.
func TestHashCancelled(t *testing.T) {
	e := over(make([]byte, 5000))
	defer e.Close()
	cancelled := func() string {
		eff, err := e.Do("hash md5")
		if err != nil {
			t.Fatal(err)
		}
		j := e.StartJob(eff.(Effects)[1].(Start).Job)
		j.Wait()
		if _, err := j.Done(e, context.Canceled); err != nil {
			t.Fatal(err)
		}
		return e.Notice().Text
	}
	if got := cancelled(); got != "cancelled after 1 checksum" || !strings.Contains(e.Heading(e.List("hashes")), "cancelled") {
		t.Errorf("%q, %q", got, e.Heading(e.List("hashes")))
	}
	e.Close()
	e = over(make([]byte, 5000))
	run(t, e, "hash sha1,crc-32")
	if got := cancelled(); got != "cancelled: 2 checksums, as before" || strings.Contains(e.Heading(e.List("hashes")), "cancelled") {
		t.Errorf("%q, %q", got, e.Heading(e.List("hashes")))
	}
}

// TestWhichLongChunk finds the CRC of a PNG's chunk, which is of all but the length in front, and of more bytes than are tried one by one.
func TestWhichLongChunk(t *testing.T) {
	chunk := func(kind string, body []byte) []byte {
		b := append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), kind...)
		b = append(b, body...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	}
	rnd := seeded(t)
	body := make([]byte, 9000)
	for i := range body {
		body[i] = byte(rnd.Uint32())
	}
	data := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", []byte{0, 0, 0, 64, 0, 0, 0, 48, 8, 2, 0, 0, 0})...)
	start := int64(len(data))
	data = append(data, chunk("IDAT", body)...)
	at := int64(len(data)) - 4
	data = append(data, chunk("IEND", nil)...)
	e := over(data)
	defer e.Close()
	if _, err := run(t, e, "overlay png"); err != nil {
		t.Fatal(err)
	}
	run(t, e, fmt.Sprintf("select %d:4", at))
	j := e.Look(Look{Window: mmapdoc.Range{Start: at - 300, End: at + 16}, Cursor: at, Rows: 20, Reveal: true})
	e.StartJob(j)
	j.Wait()
	if _, err := e.Finish(j); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, e, "which"); err != nil {
		t.Fatal(err)
	}
	if row := e.List("which").Row(0); row.Lead != "crc-32/iso-hdlc" || row.Range != (mmapdoc.Range{Start: start + 4, End: at}) {
		t.Errorf("%+v", row)
	}
}

// TestHashInParts: sums that go from core to core, or are summed in parts and joined, are those of the whole range, over holes and unsaved edits, and a range that cannot be read gives its error.
func TestHashInParts(t *testing.T) {
	defer func(n, block int) { cores, relayBlock = n, block }(cores, relayBlock)
	cores, relayBlock = 4, 1<<18
	b := make([]byte, 25*relayBlock+4321)
	rnd := seeded(t)
	for i := 0; i < len(b); i += 1 + rnd.IntN(1000) {
		b[i] = byte(rnd.Uint32())
	}
	clear(b[relayBlock/2 : 2*relayBlock])
	e := over(b)
	defer e.Close()
	run(t, e, "goto 300000")
	run(t, e, "insert cafe")
	want := slices.Concat(b[:300000], []byte{0xca, 0xfe}, b[300000:])
	for _, r := range []mmapdoc.Range{{Start: 0, End: e.Size()}, {Start: 12345, End: e.Size() - 3}} {
		for _, name := range []string{"crc-32", "crc-16/modbus", "crc-64/xz", "adler-32", "sum16-be", "internet", "fletcher-64", "xor8", "sha1", "sha256", "xxh3", "xxh64", "blake3"} {
			a, err := checksum.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			whole, parts := a.New(), a.New()
			whole.Write(want[r.Start:r.End])
			var done atomic.Int64
			if err := HashRange(t.Context(), e.Snapshot(), r, []hash.Hash{parts}, &done); err != nil || done.Load() != r.Len() {
				t.Fatalf("%s: %d bytes summed, %v", name, done.Load(), err)
			}
			if !slices.Equal(parts.Sum(nil), whole.Sum(nil)) {
				t.Errorf("%s of %v is %x, want %x", name, r, parts.Sum(nil), whole.Sum(nil))
			}
			cores = 1
			again := a.New()
			if err := HashRange(t.Context(), e.Snapshot(), r, []hash.Hash{again}, new(atomic.Int64)); err != nil || !slices.Equal(again.Sum(nil), whole.Sum(nil)) {
				t.Errorf("%s of %v on one core is %x, want %x, %v", name, r, again.Sum(nil), whole.Sum(nil), err)
			}
			cores = 4
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range []string{"crc-32", "sha256", "xxh3"} {
		a, _ := checksum.Lookup(name)
		if err := HashRange(ctx, e.Snapshot(), mmapdoc.Range{End: e.Size()}, []hash.Hash{a.New()}, new(atomic.Int64)); !errors.Is(err, context.Canceled) {
			t.Errorf("%s cancelled: %v", name, err)
		}
	}
}

// TestHashReader: many sums of a stream that comes in pieces, on one core and on several, and one that breaks off.
func TestHashReader(t *testing.T) {
	defer func(n, block int) { cores, relayBlock = n, block }(cores, relayBlock)
	relayBlock = 1 << 12
	rnd := seeded(t)
	b := make([]byte, 1<<20)
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	broken := errors.New("the line is down")
	for round := range 60 {
		cores = 1 + rnd.IntN(5)
		want := b[:rnd.IntN(len(b)>>rnd.IntN(10))]
		if round%10 == 0 {
			want = want[:len(want)/relayBlock*relayBlock]
		}
		var sums, whole []hash.Hash
		for _, a := range checksum.List() {
			if rnd.IntN(12) == 0 {
				sums, whole = append(sums, a.New()), append(whole, a.New())
			}
		}
		var end error
		if round%4 == 0 {
			end = broken
		}
		left := want
		pieces := readerFunc(func(p []byte) (int, error) {
			if len(left) == 0 {
				return 0, cmp.Or(end, io.EOF)
			}
			n := copy(p[:min(len(p), 1+rnd.IntN(2*relayBlock))], left)
			left = left[n:]
			return n, nil
		})
		var done atomic.Int64
		if err := HashReader(t.Context(), pieces, sums, &done); !errors.Is(err, end) || done.Load() != int64(len(want)) {
			t.Fatalf("%d of %d bytes, %v", done.Load(), len(want), err)
		}
		for i, h := range whole {
			h.Write(want)
			if got, want := sums[i].Sum(nil), h.Sum(nil); !slices.Equal(got, want) {
				t.Errorf("sum %d of %d on %d cores is %x, want %x", i, len(sums), cores, got, want)
			}
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	var done atomic.Int64
	endless := readerFunc(func(p []byte) (int, error) {
		if done.Load() > 1<<20 {
			cancel()
		}
		return len(p), nil
	})
	if err := HashReader(ctx, endless, []hash.Hash{sha256.New()}, &done); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestHashFault: a look at bytes that fails in the middle of a sum, as a fault does, ends the hash and lets nobody wait for ever.
func TestHashFault(t *testing.T) {
	defer func(n, block int) { cores, relayBlock = n, block }(cores, relayBlock)
	cores, relayBlock = 4, 1<<10
	fault := errors.New("a fault")
	for _, names := range []string{"sha256", "crc-32", "md5,crc-32,xxh64,sum8"} {
		var sums []hash.Hash
		for name := range strings.SplitSeq(names, ",") {
			a, err := checksum.Lookup(name)
			if err != nil {
				t.Fatal(err)
			}
			sums = append(sums, a.New())
		}
		for bad := range sums {
			broken := slices.Clone(sums)
			left := new(atomic.Int64)
			left.Store(20<<10 + 100)
			broken[bad] = &faultyHash{sums[bad], left, fault}
			if whole, ok := sums[bad].(checksum.Joiner); ok {
				broken[bad] = &faultyJoiner{whole, left, fault}
			}
			b := make([]byte, 1<<20)
			err := newRelay(broken, new(atomic.Int64)).run(1<<20, func() blockReader {
				return func(at int64, size int, _ bool, use func([]byte)) (err error) {
					defer func() {
						if r := recover(); r != nil {
							err = r.(error)
						}
					}()
					use(b[at:min(at+int64(size), 1<<20)])
					return nil
				}
			})
			if err != fault {
				t.Errorf("%s, fault in %d: %v", names, bad, err)
			}
		}
	}
}

// faultyHash panics when more than left bytes come.
type faultyHash struct {
	hash.Hash
	left  *atomic.Int64
	fault error
}

func (h *faultyHash) Write(b []byte) (int, error) {
	if h.left.Add(-int64(len(b))) < 0 {
		panic(h.fault)
	}
	return h.Hash.Write(b)
}

// faultyJoiner is faultyHash in parts.
type faultyJoiner struct {
	checksum.Joiner
	left  *atomic.Int64
	fault error
}

func (h *faultyJoiner) Write(b []byte) (int, error) {
	if h.left.Add(-int64(len(b))) < 0 {
		panic(h.fault)
	}
	return h.Joiner.Write(b)
}

func (h *faultyJoiner) Part() checksum.Joiner { return &faultyJoiner{h.Joiner.Part(), h.left, h.fault} }

func (h *faultyJoiner) Join(part checksum.Joiner, n int64) {
	h.Joiner.Join(part.(*faultyJoiner).Joiner, n)
}
