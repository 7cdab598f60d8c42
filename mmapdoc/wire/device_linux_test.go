package wire

import (
	"bytes"
	"net"
	"strings"
	"testing"

	"github.com/creack/pty"
	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

func TestSerial(t *testing.T) {
	line, tty, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal: ", err)
	}
	defer line.Close()
	defer tty.Close()
	var capture lockedBuffer
	saw := newSeen()
	s, err := Serial(t.Context(), tty.Name(), 115200, Options{Recorder: NewRecorder(&capture, "serial"), Observe: saw.observe})
	if err != nil {
		t.Fatal(err)
	}
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	if _, err := line.Write(every); err != nil {
		t.Fatal(err)
	}
	saw.until(t, "all 256 bytes, none changed", func() bool { return saw.bytes[1] != nil && bytes.Equal(saw.bytes[1][BToA], every) })
	if err := s.Link(1).Send([]byte("AT\r")); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 10)
	if n, err := line.Read(got); err != nil || string(got[:n]) != "AT\r" {
		t.Errorf("%q, %v", got[:n], err)
	}
	s.Close()
	<-s.Ended()
	streams, _, _ := recorded(t, capture.bytes())
	if !bytes.Equal(streams["raw"], append(every, "AT\r"...)) {
		t.Errorf("recorded %q", streams["raw"])
	}
	if _, err := Serial(t.Context(), "/dev/null", 9600, Options{}); err == nil || !strings.Contains(err.Error(), "no serial line") {
		t.Errorf("%v", err)
	}
}

// TestCapture: packets of the loopback interface, each once.
func TestCapture(t *testing.T) {
	var capture lockedBuffer
	saw := newSeen()
	s, err := Capture(t.Context(), "lo", Options{Recorder: NewRecorder(&capture, "lo"), Observe: saw.observe})
	if err != nil {
		t.Skip("the right to capture is missing: ", err)
	}
	c, err := net.Dial("udp", "127.0.0.1:9")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	const word = "hexlay was here, once"
	if _, err := c.Write([]byte(word)); err != nil {
		t.Fatal(err)
	}
	saw.until(t, "the packet", func() bool { return saw.bytes[0] != nil && bytes.Contains(saw.bytes[0][0], []byte(word)) })
	s.Close()
	<-s.Ended()
	r, err := pcapgo.NewNgReader(bytes.NewReader(capture.bytes()), pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for {
		data, _, err := r.ReadPacketData()
		if err != nil {
			break
		}
		p := gopacket.NewPacket(data, layers.LinkTypeEthernet, gopacket.Default)
		if udp, ok := p.TransportLayer().(*layers.UDP); ok && string(udp.Payload) == word {
			n++
		}
	}
	if n != 1 {
		t.Errorf("recorded %d times", n)
	}
	if _, err := Capture(t.Context(), "nosuch0", Options{}); err == nil || !strings.Contains(err.Error(), "there are lo") {
		t.Errorf("%v", err)
	}
}
