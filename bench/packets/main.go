// Command packets measures what hexlay does with captures, beside tshark in the same run. Run it from the module:
//
//	go run ./bench/packets [-packets N] [-runs N]
//
// The capture is made here: about 100 MB, TCP connections that take turns, DNS and ARP among them. Times are the best of N runs.
package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"hexlay/bench/internal/report"
	"hexlay/mmapdoc"
	"hexlay/overlay/packet"
)

var (
	packets = flag.Int("packets", 175_000, "packets of the capture")
	runs    = flag.Int("runs", 3, "runs of each side")
)

func main() {
	flag.Parse()
	report.Main("packets", measure)
}

// filter is a simple one, over fields of the headers.
const filter = `ip.src == "10.0.0.9" and tcp.dst_port == 443 and len > 100`

func measure(t *report.Table, dir string) error {
	hexlay, err := report.Build(dir)
	if err != nil {
		return err
	}
	file := filepath.Join(dir, "capture.pcap")
	size, err := capture(file, *packets)
	if err != nil {
		return err
	}
	t.Section("a capture of %d packets and %s, in the page cache", *packets, report.Bytes(float64(size)))
	tshark := t.Installed("tshark", "beside tshark")
	// beside runs the program and tshark; behind the times stands the processor time, which tells more when other work runs.
	beside := func(l report.Line, ours, theirs []string) (our, their run, err error) {
		if our, err = timed(hexlay, ours...); err != nil {
			return our, their, err
		}
		l.Got, l.Unit, l.MeasuredSuffix = float64(our.took), report.Nanoseconds, fmt.Sprintf("(CPU %s)", report.Nanoseconds(float64(our.cpu)))
		if tshark && theirs != nil {
			if their, err = timed("tshark", theirs...); err != nil {
				return our, their, err
			}
			l.Peer, l.PeerGot = fmt.Sprintf("tshark, CPU %s", report.Times(float64(our.cpu)/float64(their.cpu))), float64(their.took)
		}
		t.Add(l)
		return our, their, nil
	}
	our, their, err := beside(report.Line{Figure: "packets: index and all columns, printed", Most: 1e9, MostOf: 1.0 / 8}, []string{"packets", file}, []string{"-n", "-r", file})
	if err != nil {
		return err
	}
	t.Add(report.Line{Figure: "memory of the full list, with the mapping", Got: float64(our.most), Unit: report.Bytes, Most: float64(size) + 40e6, Peer: "tshark", PeerGot: float64(their.most)})
	if _, _, err = beside(report.Line{Figure: "packets --filter of simple fields", Most: 2e9}, []string{"packets", file, "--filter", filter},
		[]string{"-n", "-r", file, "-Y", "ip.src==10.0.0.9 && tcp.dstport==443 && frame.len>100"}); err != nil {
		return err
	}
	if _, _, err = beside(report.Line{Figure: "streams --follow 0 --raw, from the start", Most: 1e9}, []string{"streams", file, "--follow", "0", "--raw"},
		[]string{"-n", "-r", file, "-q", "-z", "follow,tcp,raw,0"}); err != nil {
		return err
	}
	first := []string{"-n", "-r", file, "-c", "20000"}
	for _, l := range []struct {
		figure       string
		ours, theirs []string
		most         float64
	}{
		{"packets with two columns of header fields", []string{"--column", "tcp.flags", "--column", "tcp.seq_number"},
			[]string{"-n", "-r", file, "-T", "fields", "-e", "frame.number", "-e", "tcp.flags", "-e", "tcp.seq"}, 1},
		{"20,000 packets with a column of a template's field", []string{"--column", "tcp.urgent", "--limit", "20000"},
			append(first[:len(first):len(first)], "-T", "fields", "-e", "frame.number", "-e", "tcp.urgent_pointer"), 1},
		{"20,000 packets with all fields, JSON", []string{"--json", "--fields", "--limit", "20000"}, append(first[:len(first):len(first)], "-T", "json"), 1},
		{"packets --hierarchy", []string{"--hierarchy"}, []string{"-n", "-r", file, "-q", "-z", "io,phs"}, 1.0 / 4},
		{"packets --vary of the IP packets, all bytes", []string{"--vary", "--layer", "ip"}, nil, 0},
	} {
		if _, _, err := beside(report.Line{Figure: l.figure, MostOf: l.most}, append([]string{"packets", file}, l.ours...), l.theirs); err != nil {
			return err
		}
	}
	if err := onScreen(t, dir, hexlay, file, *packets); err != nil {
		return err
	}
	return inside(t, file) // last: what a child had resident is no less than what this program had when it started it
}

// inside measures the package itself over the document.
func inside(t *report.Table, file string) error {
	d, err := mmapdoc.Open(file)
	if err != nil {
		return err
	}
	defer d.Close()
	ctx := context.Background()
	var index, columns, filters, streams, follow time.Duration
	var heap uint64
	var last *packet.Index
	for range *runs {
		last = nil
		before := heapNow()
		start := time.Now()
		x := packet.NewIndex()
		if err := x.Grow(ctx, d.Snapshot(), d.Size(), nil); err != nil {
			return err
		}
		index = report.Best(index, time.Since(start))
		heap = heapNow() - min(before, heapNow())
		each := func(f func(*packet.Packet) error) (time.Duration, error) {
			start := time.Now()
			dec := packet.NewDecoder(x, d.Snapshot(), d.Size(), nil)
			for i := range x.Len() {
				p, err := dec.Packet(i)
				if err == nil {
					err = f(p)
				}
				if err != nil {
					return 0, err
				}
			}
			return time.Since(start), nil
		}
		took, err := each(func(p *packet.Packet) error { p.Summary(); return nil })
		if err != nil {
			return err
		}
		columns = report.Best(columns, took)
		f, err := packet.CompileFilter(filter, nil)
		if err != nil {
			return err
		}
		if took, err = each(func(p *packet.Packet) error { _, err := f.Match(ctx, p); return err }); err != nil {
			return err
		}
		filters = report.Best(filters, took)
		start = time.Now()
		s, err := packet.FindStreams(ctx, x, d.Snapshot(), d.Size(), nil)
		if err != nil {
			return err
		}
		streams = report.Best(streams, time.Since(start))
		start = time.Now()
		if _, err := s.Follow(ctx, 0); err != nil {
			return err
		}
		follow = report.Best(follow, time.Since(start))
		last = x
	}
	t.Add(report.Line{Figure: "index", Got: float64(index), Unit: report.Nanoseconds})
	t.Add(report.Line{Figure: "index, memory that stays", Got: float64(heap), Unit: report.Bytes})
	t.Add(report.Line{Figure: "all columns, behind the index", Got: float64(columns), Unit: report.Nanoseconds, Most: float64(time.Second - index)})
	t.Add(report.Line{Figure: "a simple filter, behind the index", Got: float64(filters), Unit: report.Nanoseconds, Most: 2e9})
	t.Add(report.Line{Figure: "all streams found", Got: float64(streams), Unit: report.Nanoseconds})
	t.Add(report.Line{Figure: "one stream put together", Got: float64(follow), Unit: report.Nanoseconds})
	return trees(t, d, last)
}

func heapNow() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// run is what a program took, the best of its runs, and the most memory that it had.
type run struct {
	took, cpu time.Duration
	most      int64
}

// timed runs a program with its output thrown away.
func timed(program string, args ...string) (r run, err error) {
	for range *runs {
		cmd := exec.Command(program, args...)
		start := time.Now()
		if err := cmd.Run(); err != nil {
			return r, fmt.Errorf("%s %v: %w", program, args, err)
		}
		r.took = report.Best(r.took, time.Since(start))
		r.cpu = report.Best(r.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
		r.most = max(r.most, report.Resident(cmd.ProcessState))
	}
	return r, nil
}

// capture makes a pcap file: 64 connections, packets of 54 to 1514 bytes.
func capture(path string, n int) (total int64, err error) {
	f, err := os.Create(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	rnd := rand.New(rand.NewPCG(1, 2))
	le, be := binary.LittleEndian, binary.BigEndian
	b := le.AppendUint32(nil, 0xa1b2c3d4)
	b = le.AppendUint32(b, 4<<16|2)
	for _, v := range []uint32{0, 0, 262144, 1} {
		b = le.AppendUint32(b, v)
	}
	var seq [64][2]uint32
	body := make([]byte, 1460)
	for i := range body {
		body[i] = byte(rnd.Uint32())
	}
	for i := range n {
		conn, dir := rnd.IntN(64), rnd.IntN(2)
		size := []int{0, 0, 100, 500, 1000, 1460}[rnd.IntN(6)]
		udp := i%25 == 7
		head := 40
		if udp {
			head, size = 28, 40
		}
		p := append(make([]byte, 12, 14+head+size), 8, 0)
		src, dst := []byte{10, 0, 0, byte(conn)}, []byte{10, 0, 1, 1}
		sp, dp := uint16(40000+conn), uint16([]int{443, 80, 9000}[conn%3])
		if udp {
			dp = 53
		}
		if dir == 1 {
			src, dst, sp, dp = dst, src, dp, sp
		}
		p = append(p, 0x45, 0)
		p = be.AppendUint16(p, uint16(head+size))
		p = append(p, byte(i>>8), byte(i), 0x40, 0, 64, 6, 0, 0)
		if udp {
			p[23] = 17
		}
		p = append(append(p, src...), dst...)
		p = be.AppendUint16(be.AppendUint16(p, sp), dp)
		if udp {
			p = be.AppendUint16(be.AppendUint16(p, uint16(8+size)), 0)
			p = append(p, byte(i>>8), byte(i), 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 3, 'w', 'w', 'w', 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 0, 0, 1, 0, 1)
			p = append(p, make([]byte, 14+head+size-len(p))...)
		} else {
			p = be.AppendUint32(be.AppendUint32(p, seq[conn][dir]), seq[conn][1-dir])
			p = append(p, 0x50, 0x18, 2, 0, 0, 0, 0, 0)
			p = append(p, body[:size]...)
			if dp == 443 || sp == 443 {
				if size > 0 {
					copy(p[54:], []byte{23, 3, 3, byte((size - 5) >> 8), byte(size - 5)})
				}
			}
			seq[conn][dir] += uint32(size)
		}
		total += int64(len(b))
		if _, err := w.Write(b); err != nil {
			return 0, err
		}
		b = le.AppendUint32(le.AppendUint32(b[:0], uint32(1_700_000_000+i/1000)), uint32(i%1000*1000))
		b = le.AppendUint32(le.AppendUint32(b, uint32(len(p))), uint32(len(p)))
		b = append(b, p...)
	}
	if _, err := w.Write(b); err != nil {
		return 0, err
	}
	return total + int64(len(b)), w.Flush()
}
