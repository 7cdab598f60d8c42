// Command struct measures unpacking the records of a Python struct format, beside encoding/binary and Python's own struct in
// the same run. Run it from the module:
//
//	go run ./bench/struct [-records N] [-runs N]
//
// Every figure is fields a second on one core, the best of N runs; the Go ones take turns.
package main

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"hexlay/bench/internal/report"
	"hexlay/overlay/pystruct"
)

var (
	records = flag.Int("records", 2_000_000, "records")
	runs    = flag.Int("runs", 7, "runs of each side")
)

const format = "<IHf"

// record is format as Go has it; encoding/binary knows no padding, so the sizes agree.
type record struct {
	A uint32
	B uint16
	C float32
}

const fields = 3

func main() {
	flag.Parse()
	report.Main("struct", measure)
}

// way is one way to unpack all records; it returns a sum, so that no work can be left out and all ways can be compared.
type way struct {
	name string
	run  func(b []byte) (uint64, error)
	best time.Duration
}

func measure(t *report.Table, dir string) error {
	f, err := pystruct.Compile(format)
	if err != nil {
		return err
	}
	data := make([]byte, *records*int(f.Size()))
	rand.NewChaCha8([32]byte{1}).Read(data)
	for i := 9; i < len(data); i += int(f.Size()) {
		data[i] &= 0xbf // no NaN: its bits need not survive
	}
	ours := []*way{
		{name: "all records at once (AppendIter)", run: func(b []byte) (uint64, error) { return iter(f, b) }},
		{name: "record by record (AppendUnpack)", run: func(b []byte) (uint64, error) { return each(f, b) }},
	}
	peers := []*way{
		{name: "binary.Read, slice", run: readSlice},
		{name: "binary.Read, record", run: readEach},
	}
	all := append(append([]*way{}, ours...), peers...)
	sums := map[uint64]string{}
	for range *runs {
		for _, w := range all {
			start := time.Now()
			sum, err := w.run(data)
			took := time.Since(start)
			if err != nil {
				return fmt.Errorf("%s: %w", w.name, err)
			}
			sums[sum] = w.name
			if w.best == 0 || took < w.best {
				w.best = took
			}
		}
	}
	if len(sums) != 1 {
		return fmt.Errorf("the ways do not agree: %v", sums)
	}
	rate := func(d time.Duration) float64 { return float64(*records*fields) / d.Seconds() }
	t.Section("%d records of %q, fields a second", *records, format)
	for i, w := range ours {
		t.Add(report.Line{Figure: w.name, Got: rate(w.best), Unit: report.PerSecond, Least: 50e6, Peer: peers[i].name, PeerGot: rate(peers[i].best)})
	}
	const beside = "beside python3's struct.iter_unpack"
	if !t.Installed("python3", beside) {
		return nil
	}
	python, err := python(dir, data)
	if err != nil {
		return err
	}
	t.Add(report.Line{Figure: beside, Got: rate(ours[0].best), Unit: report.PerSecond, Peer: "python3", PeerGot: rate(python)})
	return nil
}

// batch is how many records are unpacked into the same values again and again: what a caller does who looks at all of them.
const batch = 4096

func iter(f *pystruct.Format, b []byte) (sum uint64, err error) {
	var vs []pystruct.Value
	for step := batch * int(f.Size()); len(b) > 0; {
		n := min(step, len(b))
		if vs, err = f.AppendIter(vs[:0], b[:n]); err != nil {
			return 0, err
		}
		sum += add(vs)
		b = b[n:]
	}
	return sum, nil
}

func each(f *pystruct.Format, b []byte) (sum uint64, err error) {
	var vs []pystruct.Value
	for ; len(b) > 0; b = b[f.Size():] {
		if vs, err = f.AppendUnpack(vs[:0], b[:f.Size()]); err != nil {
			return 0, err
		}
		sum += add(vs)
	}
	return sum, nil
}

func add(vs []pystruct.Value) (sum uint64) {
	for i := 0; i < len(vs); i += fields {
		a, _ := vs[i].Uint64()
		b, _ := vs[i+1].Uint64()
		c, _ := vs[i+2].Float64()
		sum += a + b + math.Float64bits(c)
	}
	return sum
}

func readSlice(b []byte) (sum uint64, err error) {
	r := bytes.NewReader(b)
	rs := make([]record, batch)
	for r.Len() > 0 {
		rs = rs[:min(batch, r.Len()/binary.Size(record{}))]
		if err := binary.Read(r, binary.LittleEndian, rs); err != nil {
			return 0, err
		}
		for _, v := range rs {
			sum += uint64(v.A) + uint64(v.B) + math.Float64bits(float64(v.C))
		}
	}
	return sum, nil
}

func readEach(b []byte) (sum uint64, err error) {
	r := bytes.NewReader(b)
	var v record
	for {
		if err := binary.Read(r, binary.LittleEndian, &v); err == io.EOF {
			return sum, nil
		} else if err != nil {
			return 0, err
		}
		sum += uint64(v.A) + uint64(v.B) + math.Float64bits(float64(v.C))
	}
}

const script = `
import collections, struct, sys, time
data = open(sys.argv[1], 'rb').read()
best = None
for _ in range(int(sys.argv[3])):
    t = time.perf_counter()
    collections.deque(struct.iter_unpack(sys.argv[2], data), maxlen=0)
    t = time.perf_counter() - t
    best = t if best is None else min(best, t)
print(best)
`

// python is the best time of struct.iter_unpack, whose values are thrown away at once.
func python(dir string, data []byte) (time.Duration, error) {
	path := filepath.Join(dir, "records")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		return 0, err
	}
	out, err := exec.Command("python3", "-c", script, path, format, strconv.Itoa(*runs)).Output()
	if err != nil {
		return 0, fmt.Errorf("python3: %w", err)
	}
	s, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
	return time.Duration(s * float64(time.Second)), err
}
