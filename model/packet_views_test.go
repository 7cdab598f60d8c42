package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// madePacket is a packet that a test makes: TCP from port 40000 to port.
type madePacket struct {
	port    uint16
	flags   func(*layers.TCP)
	vlan    bool
	ttl     uint8
	payload []byte
}

// textMessage is one of the tour's protocol, with text.
func textMessage(text string) []byte {
	b := []byte{1, 0, 0x20}
	b = binary.BigEndian.AppendUint32(b, uint32(len(text)))
	return append(append(b, text...), 0, 0) // the checksum is wrong, which stops nothing
}

// captureOf makes a capture with gopacket.
func captureOf(t testing.TB, list []madePacket) []byte {
	t.Helper()
	var b bytes.Buffer
	w := pcapgo.NewWriter(&b)
	if err := w.WriteFileHeader(65536, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	for i, s := range list {
		eth := &layers.Ethernet{SrcMAC: net.HardwareAddr{2, 0, 0, 0, 0, 1}, DstMAC: net.HardwareAddr{2, 0, 0, 0, 0, 2}, EthernetType: layers.EthernetTypeIPv4}
		ip := &layers.IPv4{Version: 4, TTL: max(s.ttl, 1), Id: 7, Protocol: layers.IPProtocolTCP, SrcIP: net.IP{10, 0, 0, 1}, DstIP: net.IP{10, 0, 0, 2}}
		tcp := &layers.TCP{SrcPort: 40000, DstPort: layers.TCPPort(s.port), Seq: 1000, Window: 512}
		if s.flags != nil {
			s.flags(tcp)
		}
		if err := tcp.SetNetworkLayerForChecksum(ip); err != nil {
			t.Fatal(err)
		}
		all := []gopacket.SerializableLayer{eth}
		if s.vlan {
			eth.EthernetType = layers.EthernetTypeDot1Q
			all = append(all, &layers.Dot1Q{VLANIdentifier: 12, Type: layers.EthernetTypeIPv4})
		}
		buf := gopacket.NewSerializeBuffer()
		if err := gopacket.SerializeLayers(buf, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, append(all, ip, tcp, gopacket.Payload(s.payload))...); err != nil {
			t.Fatal(err)
		}
		data := buf.Bytes()
		at := time.Date(2025, 1, 2, 3, 4, 5, i*1000, time.UTC)
		if err := w.WritePacket(gopacket.CaptureInfo{Timestamp: at, CaptureLength: len(data), Length: len(data)}, data); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func overMade(t testing.TB, list ...madePacket) (*Editor, *Capture) {
	t.Helper()
	e := over(captureOf(t, list))
	t.Cleanup(func() { e.Close() })
	return e, settleCapture(t, e)
}

// columns are the values of all rows, evaluated as a face has them evaluated.
func columns(t testing.TB, e *Editor, c *Capture) string {
	t.Helper()
	for range 3 {
		j := e.ColumnsJob(0, c.Rows())
		if j == nil {
			break
		}
		if _, err := finish(e, Start{j}); err != nil {
			t.Fatal(err)
		}
	}
	var out []string
	for i := range c.Rows() {
		out = append(out, strings.Join(e.PacketRow(c, i).Columns, ","))
	}
	return strings.Join(out, " | ")
}

func TestPacketColumns(t *testing.T) {
	syn := func(l *layers.TCP) { l.SYN = true }
	e, c := overMade(t, madePacket{port: 80, flags: syn}, madePacket{port: 5555, payload: append(textMessage("one"), textMessage("two")...)}, madePacket{port: 5555, ttl: 9})
	path := settingsFile(t, "# mine\n")
	e.UseSettings(ReadSettings(path))
	lines(t, e, "packet-column tcp.flags", "packet-column message.messages[0].payload.as<message::text>.text")
	if _, err := run(t, e, "packet-column tcp.flgs"); err == nil || !strings.Contains(err.Error(), "column tcp.flgs at column 5") {
		t.Error(err)
	}
	lines(t, e, "packet-column-remove message.messages[0].payload.as<message::text>.text", "packet-column message.messages.size", "packet-column ip.ttl + 1", "packet-column message.messages[1].type")
	if got := columns(t, e, c); got != "2,,2, | 0,2,2,text | 0,,10," {
		t.Error(got)
	}
	lines(t, e, "packet-filter message.messages[1].type == message::message_type::text")
	if got := listed(e, c); !strings.HasPrefix(got, "[2] ") {
		t.Error(got)
	}
	if got := e.CompleteArg(ArgFilter, "message.messages[1].type == message::message_type::cl"); len(got) != 1 || got[0].Word != "climate" {
		t.Errorf("%v", got)
	}
	lines(t, e, "packet-all")
	// Rows are evaluated as they are looked at, and kept.
	c.columns.forget()
	j := e.ColumnsJob(1, 1)
	if _, err := finish(e, Start{j}); err != nil || e.PacketRow(c, 0).Columns != nil || e.PacketRow(c, 1).Columns == nil {
		t.Errorf("%v, %v, %v", err, e.PacketRow(c, 0).Columns, e.PacketRow(c, 1).Columns)
	}
	if e.ColumnsJob(1, 1) != nil {
		t.Error("a row that is known is evaluated again")
	}
	columns(t, e, c)
	// An edit is seen.
	at := c.Index().At(2)
	lines(t, e, fmt.Sprintf("goto %d", at.Data+14+8), "overwrite 40")
	settleCapture(t, e)
	if got := columns(t, e, c); got != "2,,2, | 0,2,2,text | 0,,65," {
		t.Error(got)
	}
	// They are kept, and so is what else stands in the file.
	text, err := os.ReadFile(path)
	if err != nil || string(text) != "# mine\npacket-columns = [\"tcp.flags\", \"message.messages.size\", \"ip.ttl + 1\", \"message.messages[1].type\"]\n" {
		t.Errorf("%q, %v", text, err)
	}
	other, oc := overMade(t, madePacket{port: 80})
	other.UseSettings(ReadSettings(path))
	lines(t, other, "packet-column-remove ip.ttl + 1")
	if got := columns(t, other, oc); got != "0,," {
		t.Error(got)
	}
	if _, err := run(t, other, "packet-column-remove nosuch"); err == nil {
		t.Error("a column that is not there is taken out")
	}
	// One that is wrong costs only itself.
	other.PacketColumns = []string{"nosuch.field", "len"}
	other.Notef("")
	if _, err := finish(other, Start{other.ColumnsJob(0, 5)}); err == nil || !strings.Contains(err.Error(), "column nosuch.field at column 1") {
		t.Error(err)
	}
	if got := columns(t, other, oc); got != ",60" {
		t.Error(got)
	}
}

// TestColumnsAreBounded: however many rows were looked at, the last ones are kept.
func TestColumnsAreBounded(t *testing.T) {
	var c packetColumns
	for k := range 3 * keptColumns {
		c.put(&columnValues{packet: k, texts: []string{fmt.Sprint(k)}})
		c.get(0)
	}
	if len(c.values) != keptColumns || c.recent.Len() != keptColumns || c.get(0) == nil || c.get(1) != nil || c.get(3*keptColumns - 1)[0] != fmt.Sprint(3*keptColumns-1) {
		t.Errorf("%d values, %d in order", len(c.values), c.recent.Len())
	}
}

func TestComparePackets(t *testing.T) {
	syn := func(l *layers.TCP) { l.SYN = true }
	e, c := overMade(t, madePacket{port: 80, flags: syn, ttl: 64}, madePacket{port: 80, ttl: 64}, madePacket{port: 81, vlan: true, ttl: 64}, madePacket{port: 5555, payload: textMessage("a")})
	if _, err := run(t, e, "packet-compare"); err == nil {
		t.Error("nothing is marked, and it is compared")
	}
	lines(t, e, "packet 1", "packet-mark", "packet 2", "packet-compare")
	rows := func() (out []string) {
		l := e.List("packet-fields")
		for i := range l.Len() {
			r := l.Row(i)
			out = append(out, r.Lead+": "+r.Text)
		}
		return out
	}
	got := rows()
	if len(got) != 2 || got[0] != "tcp.syn: true → false" || !strings.HasPrefix(got[1], "tcp.checksum: ") {
		t.Fatalf("%q", got)
	}
	// Choosing a row goes to the field's bytes in the second packet, using it to those in the first, and back.
	second, first := c.Index().At(1).Data, c.Index().At(0).Data
	e.ChooseRow("packet-fields", 0)
	if n := e.Notice().Text; n != "1 of 2 fields: tcp.syn: true → false" {
		t.Error(n)
	}
	e.ChooseRow("packet-fields", 1)
	if r := e.Selection(); r.Start != second+14+20+16 || r.Len() != 2 {
		t.Errorf("%v", r)
	}
	lines(t, e, "list-use")
	if r := e.Selection(); r.Start != first+14+20+16 {
		t.Errorf("%v, the packet begins at %d", r, first)
	}
	lines(t, e, "list-use")
	if r := e.Selection(); r.Start != second+14+20+16 {
		t.Errorf("%v, the packet begins at %d", r, second)
	}
	lines(t, e, "packet-compare-all")
	if all := rows(); len(all) < 30 || all[0] != "ethernet.dst: 02:00:00:00:00:02" {
		t.Errorf("%q", all)
	}
	lines(t, e, "packet-compare-all")
	if again := rows(); fmt.Sprint(again) != fmt.Sprint(got) {
		t.Errorf("%q", again)
	}
	// A layer is compared with the same one wherever it lies.
	lines(t, e, "packet-compare 2 3")
	want := "ethernet.type: ipv4 (2048) → vlan (33024)\nvlan.priority: – → 0\nvlan.may_drop: – → false\nvlan.vlan: – → 12\nvlan.type: – → ipv4 (2048)\ntcp.dst_port: 80 (0x50) → 81 (0x51)\n"
	if got := strings.Join(rows(), "\n"); !strings.HasPrefix(got, want) || strings.Contains(got, "ipv4.ttl") {
		t.Errorf("%s", got)
	}
	// One that only one of them has.
	lines(t, e, "packet-compare 2 4")
	if got := strings.Join(rows(), "\n"); !strings.Contains(got, "message.messages[0].payload.text: – → \"a\"") || !strings.Contains(got, "tcp.dst_port: 80") {
		t.Errorf("%s", got)
	}
	for _, line := range []string{"packet-compare 1 1", "packet-compare 1 9", "packet-compare x"} {
		if _, err := run(t, e, line); err == nil {
			t.Errorf("%s is done", line)
		}
	}
}

// TestLayerIsKept: what a port carries is known to the next program too, from any folder, and its fields are those of filters.
func TestLayerIsKept(t *testing.T) {
	path := settingsFile(t, "[layers]\n80 = \"http\" # web\n")
	b, err := os.ReadFile("../templates/message/message.ksy")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	if err := os.WriteFile("My-proto.ksy", bytes.ReplaceAll(b, []byte("id: messages"), []byte("id: all")), 0o600); err != nil {
		t.Fatal(err)
	}
	list := []madePacket{{port: 7777, payload: textMessage("x")}, {port: 7778}}
	e, c := overMade(t, list...)
	e.UseSettings(ReadSettings(path))
	lines(t, e, "layer 7777 My-proto.ksy")
	if r := e.PacketRow(c, 0); r.Protocol != "my_proto" {
		t.Errorf("%+v", r)
	}
	t.Chdir(t.TempDir())
	e2, c2 := overMade(t, list...)
	e2.UseSettings(ReadSettings(path))
	settleCapture(t, e2)
	lines(t, e2, "packet-filter my_proto.all[0].len_payload == 1")
	if got := listed(e2, c2); !strings.HasPrefix(got, "[1] ") {
		t.Error(got)
	}
	if got := e2.CompleteArg(ArgFilter, "my_proto.al"); len(got) != 1 || got[0].Word != "all" {
		t.Errorf("%v", got)
	}
	lines(t, e2, "packet 1")
	settleCapture(t, e2)
	if len(e2.Overlays()) != 2 {
		t.Errorf("%d overlays", len(e2.Overlays()))
	}
	lines(t, e2, "layer 7777 none")
	if text, err := os.ReadFile(path); err != nil || string(text) != "[layers]\n80 = \"http\" # web\n" {
		t.Errorf("%q, %v", text, err)
	}
	if _, err := run(t, e2, "layer 70000 http"); err == nil {
		t.Error("there is a port 70000")
	}
}

func TestPacketJSON(t *testing.T) {
	e, c := overMade(t, madePacket{port: 80}, madePacket{port: 5555, payload: textMessage("a\x1b\u009b")}, madePacket{port: 81})
	dir := t.TempDir()
	path := filepath.Join(dir, "out.json")
	read := func() (out []map[string]any) {
		t.Helper()
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.ContainsAny(b, "\x1b\u009b") {
			t.Errorf("%q", b)
		}
		if err := json.Unmarshal(b, &out); err != nil {
			t.Fatalf("%v: %q", err, b)
		}
		return out
	}
	lines(t, e, "packet-filter tcp.dst_port != 81", "packet-json summary "+path)
	if got := read(); len(got) != 2 || got[1]["no"] != 2.0 || got[1]["protocol"] != "MESSAGE" || got[1]["fields"] != nil {
		t.Errorf("%v", got)
	}
	// What is there is not written over unasked.
	effs, err := run(t, e, "packet-json fields "+path)
	if ask, ok := effs[0].(Ask); err != nil || !ok || ask.Choices[0].Command != "packet-json! fields "+path {
		t.Fatalf("%v %v", effs, err)
	}
	if got := read(); got[0]["fields"] != nil {
		t.Error("it was written over")
	}
	lines(t, e, "packet-all", "packet 2", "packet-mark", "packet-json! fields "+path)
	got := read()
	if len(got) != 1 || got[0]["no"] != 2.0 {
		t.Fatalf("%v", got)
	}
	fields := make(map[string]any)
	for _, f := range got[0]["fields"].([]any) {
		f := f.(map[string]any)
		fields[f["path"].(string)] = f["value"]
		if r, ok := f["range"].([]any); f["path"] == "tcp.dst_port" && (!ok || int64(r[0].(float64)) != c.Index().At(1).Data+14+20+2) {
			t.Errorf("%v", f)
		}
	}
	if fields["tcp.dst_port"] != 5555.0 || fields["message.messages[0].payload.text"] != "a\x1b\u009b" {
		t.Errorf("%v", fields)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 1 {
		t.Errorf("%v, %v", left, err)
	}
	// A copy of one packet.
	effs, err = run(t, e, "packet-copy-json")
	clip, ok := effs[0].(Clipboard)
	if err != nil || !ok || !strings.HasPrefix(clip.Text, `{"no":2,"time":"2025-01-02T03:04:05.000001000Z","range":[`) || strings.Contains(clip.Text, "fields") {
		t.Errorf("%v %v", effs, err)
	}
	e.PacketColumns = []string{"tcp.dst_port", "arp"}
	if effs, err = run(t, e, "packet-copy-json fields"); err != nil || !strings.Contains(effs[0].(Clipboard).Text, `"columns":{"tcp.dst_port":5555,"arp":null},"fields":[{"path":"ethernet.dst"`) {
		t.Errorf("%v %v", effs, err)
	}
	if _, err := run(t, e, "packet-json summary "+filepath.Join(dir, "none", "out")); err == nil {
		t.Error("it was written to a folder that is not there")
	}
}
