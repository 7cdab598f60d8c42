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
	full, most, err := timed(hexlay, "packets", file)
	if err != nil {
		return err
	}
	filter, _, err := timed(hexlay, "packets", file, "--filter", `ip.src == "10.0.0.9" and tcp.dst_port == 443 and len > 100`)
	if err != nil {
		return err
	}
	follow, _, err := timed(hexlay, "streams", file, "--follow", "0", "--raw")
	if err != nil {
		return err
	}
	columns, _, err := timed(hexlay, "packets", file, "--column", "tcp.flags", "--column", "tcp.seq_number")
	if err != nil {
		return err
	}
	laid, _, err := timed(hexlay, "packets", file, "--column", "tcp.urgent", "--limit", "20000")
	if err != nil {
		return err
	}
	fields, _, err := timed(hexlay, "packets", file, "--json", "--fields", "--limit", "20000")
	if err != nil {
		return err
	}
	hierarchy, _, err := timed(hexlay, "packets", file, "--hierarchy")
	if err != nil {
		return err
	}
	vary, _, err := timed(hexlay, "packets", file, "--vary", "--layer", "ip")
	if err != nil {
		return err
	}
	list := report.Line{Figure: "packets: index and all columns, printed", Got: float64(full), Unit: report.Nanoseconds, Most: 1e9}
	one := report.Line{Figure: "packets --filter of simple fields", Got: float64(filter), Unit: report.Nanoseconds, Most: 2e9}
	two := report.Line{Figure: "streams --follow 0 --raw, from the start", Got: float64(follow), Unit: report.Nanoseconds, Most: 1e9}
	memory := report.Line{Figure: "memory of the full list, with the mapping", Got: float64(most), Unit: report.Bytes, Most: float64(size) + 40e6}
	three := report.Line{Figure: "packets with two columns of header fields", Got: float64(columns), Unit: report.Nanoseconds}
	four := report.Line{Figure: "20,000 packets with a column of a template's field", Got: float64(laid), Unit: report.Nanoseconds}
	five := report.Line{Figure: "20,000 packets with all fields, JSON", Got: float64(fields), Unit: report.Nanoseconds}
	six := report.Line{Figure: "packets --hierarchy", Got: float64(hierarchy), Unit: report.Nanoseconds}
	seven := report.Line{Figure: "packets --vary of the IP packets, all bytes", Got: float64(vary), Unit: report.Nanoseconds}
	if t.Installed("tshark", "beside tshark") {
		peer, used, err := timed("tshark", "-n", "-r", file)
		if err != nil {
			return err
		}
		list.Peer, list.PeerGot, list.MostOf = "tshark -n -r", float64(peer), 1.0/8
		memory.Peer, memory.PeerGot = "tshark -n -r", float64(used)
		if peer, _, err = timed("tshark", "-n", "-r", file, "-Y", "ip.src==10.0.0.9 && tcp.dstport==443 && frame.len>100"); err != nil {
			return err
		}
		one.Peer, one.PeerGot = "tshark -Y", float64(peer)
		if peer, _, err = timed("tshark", "-n", "-r", file, "-q", "-z", "follow,tcp,raw,0"); err != nil {
			return err
		}
		two.Peer, two.PeerGot = "tshark -z follow", float64(peer)
		if peer, _, err = timed("tshark", "-n", "-r", file, "-T", "fields", "-e", "frame.number", "-e", "tcp.flags", "-e", "tcp.seq"); err != nil {
			return err
		}
		three.Peer, three.PeerGot, three.MostOf = "tshark -T fields", float64(peer), 1
		if peer, _, err = timed("tshark", "-n", "-r", file, "-c", "20000", "-T", "fields", "-e", "frame.number", "-e", "tcp.urgent_pointer"); err != nil {
			return err
		}
		four.Peer, four.PeerGot, four.MostOf = "tshark -T fields -c 20000", float64(peer), 1
		if peer, _, err = timed("tshark", "-n", "-r", file, "-c", "20000", "-T", "json"); err != nil {
			return err
		}
		peerHierarchy, _, err := timed("tshark", "-n", "-r", file, "-q", "-z", "io,phs")
		if err != nil {
			return err
		}
		six.Peer, six.PeerGot, six.MostOf = "tshark -z io,phs", float64(peerHierarchy), 1.0/4
		five.Peer, five.PeerGot, five.MostOf = "tshark -T json -c 20000", float64(peer), 1
	}
	for _, l := range []report.Line{list, memory, one, two, three, four, five, six, seven} {
		t.Add(l)
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
	for range *runs {
		before := heapNow()
		start := time.Now()
		x := packet.NewIndex()
		if err := x.Grow(ctx, d.Snapshot(), d.Size(), nil); err != nil {
			return err
		}
		index = best(index, time.Since(start))
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
		columns = best(columns, took)
		f, err := packet.CompileFilter(`ip.src == "10.0.0.9" and tcp.dst_port == 443 and len > 100`, nil)
		if err != nil {
			return err
		}
		if took, err = each(func(p *packet.Packet) error { _, err := f.Match(ctx, p); return err }); err != nil {
			return err
		}
		filters = best(filters, took)
		start = time.Now()
		s, err := packet.FindStreams(ctx, x, d.Snapshot(), d.Size(), nil)
		if err != nil {
			return err
		}
		streams = best(streams, time.Since(start))
		start = time.Now()
		if _, err := s.Follow(ctx, 0); err != nil {
			return err
		}
		follow = best(follow, time.Since(start))
		runtime.KeepAlive(x)
	}
	t.Add(report.Line{Figure: "index", Got: float64(index), Unit: report.Nanoseconds})
	t.Add(report.Line{Figure: "index, memory that stays", Got: float64(heap), Unit: report.Bytes})
	t.Add(report.Line{Figure: "all columns, behind the index", Got: float64(columns), Unit: report.Nanoseconds, Most: float64(time.Second - index)})
	t.Add(report.Line{Figure: "a simple filter, behind the index", Got: float64(filters), Unit: report.Nanoseconds, Most: 2e9})
	t.Add(report.Line{Figure: "all streams found", Got: float64(streams), Unit: report.Nanoseconds})
	t.Add(report.Line{Figure: "one stream put together", Got: float64(follow), Unit: report.Nanoseconds})
	return nil
}

func heapNow() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// timed runs a program with its output thrown away.
func timed(program string, args ...string) (took time.Duration, most int64, err error) {
	for range *runs {
		cmd := exec.Command(program, args...)
		start := time.Now()
		if err := cmd.Run(); err != nil {
			return 0, 0, fmt.Errorf("%s %v: %w", program, args, err)
		}
		took = best(took, time.Since(start))
		most = max(most, residentMost(cmd.ProcessState))
	}
	return took, most, nil
}

func best(a, b time.Duration) time.Duration {
	if a == 0 || b < a {
		return b
	}
	return a
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
