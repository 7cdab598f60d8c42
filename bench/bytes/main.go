// Command bytes measures operations on bytes, strings, carving and the search for a checksum, on a file in the page cache, beside
// strings, cp, gzip, zstd and base64 in the same run. Run it from the module:
//
//	go run ./bench/bytes [-size N] [-runs N]
//
// Every figure is bytes a second, the best of N runs, which take turns.
package main

import (
	"encoding/binary"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"hexlay/bench/internal/report"
)

var (
	size = flag.Int("size", 512<<20, "bytes of the file")
	runs = flag.Int("runs", 3, "runs of each side")
)

func main() {
	flag.Parse()
	report.Main("bytes", measure)
}

func measure(t *report.Table, dir string) error {
	hexlay, err := report.Build(dir)
	if err != nil {
		return err
	}
	data := make([]byte, *size)
	rand.NewChaCha8([32]byte{7}).Read(data)
	for i := 0; i < len(data); i += 1 << 16 { // a quarter compresses
		clear(data[i:min(i+1<<14, len(data))])
	}
	binary.LittleEndian.PutUint32(data[len(data)-4:], crc32.ChecksumIEEE(data[16:len(data)-4]))
	file, out := filepath.Join(dir, "data"), filepath.Join(dir, "out")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	t.Section("%s in the page cache, a quarter zeros, bytes a second", report.Bytes(float64(*size)))
	for _, c := range []struct {
		figure string
		ours   []string
		peer   []string
	}{
		{"strings, ASCII", []string{"strings", file}, []string{"strings", "-a", "-t", "x", file}},
		{"strings, UTF-16", []string{"strings", "--encoding", "utf-16-le", file}, []string{"strings", "-a", "-t", "x", "-e", "l", file}},
		{"carve, all formats", []string{"carve", file}, nil},
		{"carve png", []string{"carve", file, "--template", "png"}, nil},
		{"which CRC-32", []string{"hash", file, "--which", "@-4:4"}, nil},
		{"xor 5a, to another file", []string{"transform", file, "xor", "5a", "--output", out}, []string{"cp", file, out}},
		{"rotate-bits left 3, to another file", []string{"transform", file, "rotate-bits", "left", "3", "--output", out}, []string{"cp", file, out}},
		{"xor = i, to another file", []string{"transform", file, "xor", "=", "i", "--output", out}, []string{"cp", file, out}},
		{"encode base64", []string{"transform", file, "encode", "base64", "--output", "-"}, []string{"base64", "-w0", file}},
		{"encode gzip 6", []string{"transform", file, "encode", "gzip", "6", "--output", "-"}, []string{"gzip", "-6", "-c", file}},
		{"encode zstd 3", []string{"transform", file, "encode", "zstd", "3", "--output", "-"}, []string{"zstd", "-3", "-T1", "-q", "-c", file}},
	} {
		if c.peer != nil && !t.Installed(c.peer[0], c.figure) {
			c.peer = nil
		}
		var ours, peer time.Duration
		for range *runs {
			took, err := command(hexlay, c.ours...)
			if err != nil {
				return err
			}
			ours = report.Best(ours, took)
			os.Remove(out)
			if c.peer != nil {
				if took, err = command(c.peer[0], c.peer[1:]...); err != nil {
					return err
				}
				peer = report.Best(peer, took)
				os.Remove(out)
			}
		}
		line := report.Line{Figure: c.figure, Got: float64(*size) / ours.Seconds(), Unit: report.BytesPerSecond}
		if c.peer != nil {
			line.Peer, line.PeerGot = c.peer[0], float64(*size)/peer.Seconds()
		}
		t.Add(line)
	}
	return nil
}

// command runs a program whose output is read and thrown away.
func command(program string, args ...string) (time.Duration, error) {
	cmd := exec.Command(program, args...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	if _, err := io.Copy(struct{ io.Writer }{io.Discard}, out); err != nil {
		return 0, err
	}
	if err := cmd.Wait(); err != nil && cmd.ProcessState.ExitCode() != 1 { // 1: nothing was found
		return 0, fmt.Errorf("%s %v: %w", program, args, err)
	}
	return time.Since(start), nil
}
