package cli

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/pcapgo"

	"hexlay/overlay/checksum"
)

// liveVerb is a verb that runs until it is told to stop.
type liveVerb struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  bytes.Buffer
	addr string
}

// startLive starts a verb that listens, and waits until it does.
func startLive(t *testing.T, args ...string) *liveVerb {
	t.Helper()
	v := &liveVerb{t: t, cmd: exec.Command(hexlay, args...)}
	v.cmd.Stdout = &v.out
	errs, err := v.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = v.cmd.Process.Kill() })
	lines := bufio.NewReader(errs)
	line, err := lines.ReadString('\n')
	if err != nil {
		t.Fatalf("it said nothing but %q: %v", line, err)
	}
	words := strings.Fields(strings.ReplaceAll(line, ";", " ;"))
	for _, w := range words {
		if _, _, err := net.SplitHostPort(w); err == nil {
			v.addr = w // the last one: that of a proxy itself
		}
	}
	go func() { _, _ = io.Copy(io.Discard, lines) }()
	return v
}

// stop ends the verb as Ctrl-C does and gives what it printed.
func (v *liveVerb) stop() string {
	v.t.Helper()
	if err := v.cmd.Process.Signal(os.Interrupt); err != nil {
		v.t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- v.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			v.t.Errorf("it ended with %v", err)
		}
	case <-time.After(time.Minute):
		v.t.Fatal("it did not end")
	}
	return v.out.String()
}

// tourMessage is a message of the tour's protocol.
func tourMessage(t *testing.T, kind uint16, payload string) []byte {
	t.Helper()
	b := binary.BigEndian.AppendUint16([]byte{1}, kind)
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(payload))), payload...)
	a, err := checksum.Lookup("crc-16/modbus")
	if err != nil {
		t.Fatal(err)
	}
	h := a.New()
	h.Write(b)
	return append(b, h.Sum(nil)...)
}

func needInterrupt(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("there is no Ctrl-C to send here")
	}
}

// TestListenFrames: frames are printed as they are whole, what is none as skipped, and everything is recorded, for this user
// only.
func TestListenFrames(t *testing.T) {
	needInterrupt(t)
	record := filepath.Join(t.TempDir(), "live.pcapng")
	v := startLive(t, "listen", "0", "--frame", "message", "--record", record)
	if !strings.HasPrefix(v.addr, "127.0.0.1:") {
		t.Errorf("it listens on %s", v.addr)
	}
	var sent []byte
	for _, b := range [][]byte{tourMessage(t, 1, "hello"), {9, 9}, tourMessage(t, 0x20, "some text"), tourMessage(t, 0x20, "cut")[:8]} {
		sent = append(sent, b...)
	}
	r := run(t, sent, hexlay, "connect", v.addr, "--no-record", "--raw")
	if r.status != 0 || len(r.out) != 0 {
		t.Errorf("connect: %+v", r)
	}
	got := v.stop()
	for _, want := range []string{"→ frame 1: 14 bytes", "text = \"hello\"", "→ skipped 2 bytes", "→ frame 2: 18 bytes", "→ 8 bytes of a frame that needs 2 more", "closed"} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	fi, err := os.Stat(record)
	if err != nil || fi.Mode().Perm() != 0o600 {
		t.Fatalf("the recording: %v, %v", fi.Mode(), err)
	}
	f, err := os.Open(record)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	ng, err := pcapgo.NewNgReader(f, pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for {
		b, _, err := ng.ReadPacketData()
		if err != nil {
			break
		}
		all = append(all, b[40:]...)
	}
	if !bytes.Equal(all, sent) {
		t.Errorf("recorded %x, sent %x", all, sent)
	}
	if r := run(t, nil, hexlay, "listen", "0", "--record", record); r.status != exitUsage || !strings.Contains(r.err, "there already") {
		t.Errorf("over a recording: %+v", r)
	}
}

// TestProxyVerb: what a client sends and gets through the proxy is what it would without.
func TestProxyVerb(t *testing.T) {
	needInterrupt(t)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		b, _ := io.ReadAll(c)
		_, _ = c.Write(bytes.ToUpper(b))
	}()
	v := startLive(t, "proxy", "0", ln.Addr().String(), "--no-record")
	r := run(t, []byte("shout"), hexlay, "connect", v.addr, "--raw", "--no-record")
	if string(r.out) != "SHOUT" || r.status != 0 {
		t.Errorf("%+v", r)
	}
	got := v.stop()
	if !strings.Contains(got, "→ 5 bytes") || !strings.Contains(got, "← 5 bytes") || !strings.Contains(got, "|SHOUT|") {
		t.Errorf("%s", got)
	}
}

func TestLiveErrors(t *testing.T) {
	for _, c := range []struct {
		status int
		want   string
		args   []string
	}{
		{exitUsage, "is no address", []string{"listen", "nonsense"}},
		{exitUsage, "give an address", []string{"listen"}},
		{exitRefused, "a place and a width are missing", []string{"listen", "0", "--frame", "len:x"}},
		{exitUsage, "cannot connect to", []string{"connect", "127.0.0.1:1", "--no-record"}},
		{exitUsage, "", []string{"connect", "/dev/null", "--baud", "9600", "--no-record"}},
		{exitUsage, "too few arguments", []string{"proxy", "5555"}},
		{exitUsage, "there is no network interface", []string{"listen", "--interface", "nosuch0", "--no-record"}},
	} {
		r := run(t, nil, hexlay, c.args...)
		if r.status != c.status || !strings.Contains(r.err, c.want) && runtime.GOOS == "linux" || strings.Count(r.err, "\n") != 1 {
			t.Errorf("%q: %d, %q; expected %d, %q", c.args, r.status, r.err, c.status, c.want)
		}
	}
}
