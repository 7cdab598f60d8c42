package model

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hexlay/mmapdoc"
)

// settleCapture runs the jobs that a face starts for a capture.
func settleCapture(t testing.TB, e *Editor) *Capture {
	t.Helper()
	for range 10 {
		j := e.IndexJob()
		if j == nil {
			j = e.LayersJob()
		}
		if j == nil {
			return e.Capture()
		}
		if _, err := finish(e, Start{j}); err != nil {
			t.Fatal(err)
		}
	}
	t.Fatal("the jobs of a capture do not end")
	return nil
}

func overCapture(t testing.TB, name string) (*Editor, *Capture) {
	t.Helper()
	b, err := os.ReadFile("../templates/" + name)
	if err != nil {
		t.Fatal(err)
	}
	e := over(b)
	t.Cleanup(func() { e.Close() })
	return e, settleCapture(t, e)
}

// listed are the numbers of the packets that are listed, and the one chosen.
func listed(e *Editor, c *Capture) string {
	var nos []int
	for i := range c.Rows() {
		nos = append(nos, e.PacketRow(c, i).Packet+1)
	}
	return fmt.Sprint(nos, c.Chosen()+1)
}

func TestPacketList(t *testing.T) {
	e, c := overCapture(t, "pcap/little.pcap")
	if got := listed(e, c); got != "[1 2 3 4 5 6 7] 0" {
		t.Fatal(got)
	}
	r := e.PacketRow(c, 1)
	if r.Protocol != "DNS" || r.Time != 1e6 || r.Len != 145 {
		t.Errorf("%+v", r)
	}
	// The cursor, the list and the tree move together.
	lines(t, e, "packet 3")
	settleCapture(t, e)
	if c.Chosen() != 2 || e.Cursor() != c.Index().At(2).Data {
		t.Errorf("packet 3: chosen %d, cursor %#x", c.Chosen(), e.Cursor())
	}
	if row := rowNamed(t, sight(t, e, 0, 40, true).Rows, "ethernet"); row.Region != (mmapdoc.Range{Start: c.Index().At(2).Data, End: c.Index().At(2).End}) {
		t.Errorf("%+v", row)
	}
	lines(t, e, fmt.Sprintf("goto %d", c.Index().At(4).Data+20))
	settleCapture(t, e)
	if c.Chosen() != 4 || len(e.Overlays()) != 2 || e.Overlays()[1].Name() != "http" {
		t.Errorf("chosen %d, %d overlays", c.Chosen(), len(e.Overlays()))
	}
	lines(t, e, "packet-next", "packet-next")
	if _, err := run(t, e, "packet-next"); err == nil || c.Chosen() != 6 {
		t.Errorf("behind the last packet: %v, chosen %d", err, c.Chosen())
	}
	lines(t, e, "packet-filter tcp", "packet-previous")
	if got := listed(e, c); got != "[3 5] 5" {
		t.Error(got)
	}
	lines(t, e, "packet-previous", "packet-time delta")
	if got := listed(e, c); got != "[3 5] 3" || e.PacketRow(c, 1).Time != 2e6 {
		t.Errorf("%s, %d", got, e.PacketRow(c, 1).Time)
	}
	lines(t, e, "packet-reference", "packet 1")
	if e.PacketRow(c, 0).Time != 0 || !e.PacketRow(c, 0).Reference || e.PacketRow(c, 1).Time != 2e6 {
		t.Errorf("%+v", e.PacketRow(c, 0))
	}
	if _, err := run(t, e, "packet-filter tcp.sny"); err == nil || c.Filter() != "tcp" {
		t.Errorf("a wrong filter: %v, now %q", err, c.Filter())
	}
}

// TestPacketsFollowEdits: the list and the layers are those of the changed document, and a field is edited as in any tree.
func TestPacketsFollowEdits(t *testing.T) {
	e, c := overCapture(t, "pcap/little.pcap")
	lines(t, e, "packet-filter tcp")
	lines(t, e, "packet 3")
	settleCapture(t, e)
	at := c.Index().At(2)
	// Bytes put into the padding before shift nothing that the index could find: it is read anew.
	lines(t, e, fmt.Sprintf("goto %d", c.Index().At(0).Head), "insert-mode")
	if err := e.doc.Splice(c.Index().At(0).Head, 0, contents(t, e)[c.Index().At(0).Head:c.Index().At(0).End], mmapdoc.Alone); err != nil {
		t.Fatal(err)
	}
	c = settleCapture(t, e)
	if c.Index().Len() != 8 || c.Index().At(3).Data != at.Data+(c.Index().At(1).Head-c.Index().At(0).Head) {
		t.Errorf("%d packets, %+v", c.Index().Len(), c.Index().At(3))
	}
	if got := listed(e, c); got != "[4 6] 1" {
		t.Error(got)
	}
}

// TestLayersGoAndCome: packet-layers and overlay-remove take them away, and nothing lays them again.
func TestLayersGoAndCome(t *testing.T) {
	e, _ := overCapture(t, "pcap/little.pcap")
	lines(t, e, "packet 3")
	settleCapture(t, e)
	if len(e.Overlays()) != 1 {
		t.Fatalf("%d overlays", len(e.Overlays()))
	}
	lines(t, e, "packet-layers", "packet 4")
	settleCapture(t, e)
	if len(e.Overlays()) != 0 {
		t.Errorf("%d overlays, none expected", len(e.Overlays()))
	}
	lines(t, e, "packet-layers")
	settleCapture(t, e)
	if len(e.Overlays()) != 1 {
		t.Errorf("%d overlays, one expected", len(e.Overlays()))
	}
}

func TestLayerOfAPort(t *testing.T) {
	e, c := overCapture(t, "pcap/little.pcap")
	lines(t, e, "packet 5", "layer 80 tls")
	settleCapture(t, e)
	if r := e.PacketRow(c, 4); r.Protocol != "TLS" || len(e.Overlays()) != 2 || e.Overlays()[1].Name() != "tls" {
		t.Errorf("%+v, %d overlays", r, len(e.Overlays()))
	}
	if _, err := run(t, e, "layer 80 nosuch"); err == nil {
		t.Error("a template that is not there is taken")
	}
}

func TestNoCapture(t *testing.T) {
	e := over([]byte("just some text that is no capture"))
	if e.Capture() != nil || e.IndexJob() != nil || e.LayersJob() != nil {
		t.Error("a text is a capture")
	}
	if _, err := run(t, e, "packet 1"); err == nil {
		t.Error("a text has a packet")
	}
}

// TestFollowStream: a stream opens as a document; what is changed in it goes back into the packet, with its checksum, as one
// step.
func TestFollowStream(t *testing.T) {
	e, c := overCapture(t, "pcap/little.pcap")
	before := contents(t, e)
	lines(t, e, "packet 5", "stream-follow")
	if got := string(contents(t, e)); !strings.HasPrefix(got, "GET /hexlay HTTP/1.1\r\n") || !e.Inner() {
		t.Fatalf("%q", got)
	}
	if row := rowNamed(t, sight(t, e, 0, 10, true).Rows, "→ [2001:db8::1]:40001"); row.Region.Len() != e.Size() {
		t.Errorf("%+v", row)
	}
	if err := e.doc.Splice(0, 3, []byte("PUT"), mmapdoc.Alone); err != nil {
		t.Fatal(err)
	}
	lines(t, e, "substream-write")
	at := c.Index().At(4)
	after := contents(t, e)
	if e.Inner() || string(after[at.Data+74:at.Data+74+5]) != "PUT /" {
		t.Fatalf("%q", after[at.Data+74:at.End])
	}
	if differ := countDiffering(before, after); differ > 2+2 {
		t.Errorf("%d bytes differ", differ)
	}
	// The checksum is right, as the template of TCP has it.
	settleCapture(t, e)
	lines(t, e, fmt.Sprintf("goto %d", at.Data+54+16), "node-parent", "node-open")
	settleCapture(t, e)
	if row := rowNamed(t, sight(t, e, 0, 80, true).Rows, "checksum"); row.State != Good {
		t.Errorf("%+v", row)
	}
	lines(t, e, "undo")
	if got := contents(t, e); !bytes.Equal(got, before) {
		t.Errorf("%d bytes differ after undo", countDiffering(got, before))
	}
}

// TestFollowTroubledStream: what is missing in a stream, and what came again, stands among its turns with its packets; the cursor goes from a packet to
// what it brought, and back to the packet of the byte where it is.
func TestFollowTroubledStream(t *testing.T) {
	var list [][]byte
	send := func(seq uint32, text string) {
		b := madeFrame(t, false, true, 7000, []byte(text))
		binary.BigEndian.PutUint32(b[14+20+4:], seq)
		list = append(list, b)
	}
	send(100, "hello, ")
	send(107, "wor")
	send(107, "wor")   // again
	send(108, "ARld!") // partly again, with other bytes
	send(133, "behind a gap")
	e := over(written(t, true, list...))
	t.Cleanup(func() { e.Close() })
	c := settleCapture(t, e)
	lines(t, e, "packet 5", "stream-follow")
	if got := string(contents(t, e)); got != "hello, world!behind a gap" || e.Cursor() != 13 {
		t.Fatalf("%q, the cursor at %d", got, e.Cursor())
	}
	if n := e.Notice().Text; !strings.Contains(n, "; 20 bytes are missing in the capture at 0xd; 2 parts came again, 1 with other bytes") {
		t.Errorf("%q", n)
	}
	lines(t, e, "node-parent", "node-open")
	var got []string
	for _, r := range sight(t, e, 0, 40, true).Rows {
		if r.Depth == 2 {
			got = append(got, fmt.Sprintf("%s %d:%d %s", r.Name, r.Region.Start, r.Region.Len(), or(r.Note, r.Value)))
		}
	}
	if want := []string{`packet 1 0:7 "hello, "`, `packet 2 7:3 "wor"`, "packet 3 again 7:3 the same", "packet 4 again 8:2 other bytes than these", `packet 4 10:3 "ld!"`,
		"gap 13:0 20 bytes missing in the capture, before packet 5", `packet 5 13:12 "behind a gap"`}; !slices.Equal(got, want) {
		t.Errorf("%q\n%q expected", got, want)
	}
	lines(t, e, "goto 11", "substream-close")
	if at := int64(bytes.Index(contents(t, e), []byte("d!"))); e.Cursor() != at {
		t.Errorf("the cursor is at %d, %d expected", e.Cursor(), at)
	}
	settleCapture(t, e)
	if c.Chosen() != 3 {
		t.Errorf("packet %d is chosen", c.Chosen()+1)
	}
	lines(t, e, "packet 3", "stream-follow")
	if e.Cursor() != 7 { // what it brought again
		t.Errorf("the cursor is at %d", e.Cursor())
	}
}

func TestStreamSteps(t *testing.T) {
	e, c := overCapture(t, "pcap/little.pcap")
	lines(t, e, "packet 1")
	if _, err := run(t, e, "stream-next"); err == nil {
		t.Error("ARP has a stream")
	}
	lines(t, e, "packet 3")
	if _, err := run(t, e, "stream-next"); err == nil || c.Chosen() != 2 {
		t.Errorf("%v, chosen %d", err, c.Chosen())
	}
	lines(t, e, "conversations")
	if l := e.List("conversations"); l.Len() != 2 || l.Row(1).Text != "[2001:db8::1]:40001 ↔ [2001:db8::2]:80" {
		t.Errorf("%+v", l.Row(1))
	}
}

func TestExportPackets(t *testing.T) {
	e, _ := overCapture(t, "pcap/little.pcap")
	for _, ext := range []string{"pcap", "pcapng"} {
		path := filepath.Join(t.TempDir(), "new."+ext)
		lines(t, e, "packet-filter tcp", "packet-export "+path)
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n := over(b)
		c := settleCapture(t, n)
		if c.Index().Len() != 2 || c.Index().Format().String() != ext || n.PacketRow(c, 1).Info != "GET /hexlay HTTP/1.1" {
			t.Errorf("%s: %d packets", ext, c.Index().Len())
		}
		n.Close()
		if _, err := run(t, e, "packet-export "+path); err == nil {
			t.Error("a file that is there is written over")
		}
	}
}

// TestPacketEditIsMended: a new value for a field of a packet shows what depends on it, in the layers around it too, and mends that in
// the same step.
func TestPacketEditIsMended(t *testing.T) {
	before := madePacket{port: 80, ttl: 9, payload: []byte("GET / HTTP/1.0\r\nHost: a\r\n\r\n")}
	e, c := overMade(t, before)
	at := c.Index().At(0).Data
	set := func(where int64, value, want string) Ask {
		t.Helper()
		lines(t, e, fmt.Sprintf("goto %d", where))
		settleCapture(t, e)
		effs, err := run(t, e, "field-set "+value)
		for _, eff := range effs {
			if ask, ok := eff.(Ask); ok && len(ask.Choices) == 3 && strings.Contains(ask.Text, want) {
				return ask
			}
		}
		t.Fatalf("%#v, %v", effs, err)
		return Ask{}
	}
	after := before
	after.ttl = 8
	ask := set(at+14+8, "8", "checksum: ")
	lines(t, e, ask.Choices[0].Command)
	if !bytes.Equal(contents(t, e), captureOf(t, []madePacket{after})) {
		t.Errorf("%x", contents(t, e)[at:])
	}
	settleCapture(t, e)
	ask = set(at+14+20+20, "PUT / HTTP/1.0", "checksum: ") // TCP's, by a field of HTTP
	after.payload = []byte("PUT / HTTP/1.0\r\nHost: a\r\n\r\n")
	lines(t, e, ask.Choices[0].Command)
	if !bytes.Equal(contents(t, e), captureOf(t, []madePacket{after})) {
		t.Errorf("%x", contents(t, e)[at:])
	}
	lines(t, e, "undo", "undo")
	if !bytes.Equal(contents(t, e), captureOf(t, []madePacket{before})) {
		t.Error("each change is one step")
	}
	// Alone, and mended later from where the cursor is.
	settleCapture(t, e)
	ask = set(at+14+20+20, "PUT / HTTP/1.0", "checksum: ")
	lines(t, e, ask.Choices[1].Command)
	settleCapture(t, e)
	lines(t, e, "mend!")
	after.ttl = 9
	if !bytes.Equal(contents(t, e), captureOf(t, []madePacket{after})) {
		t.Errorf("%x", contents(t, e)[at:])
	}
}
