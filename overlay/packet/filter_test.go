package packet

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"
)

// matches are the numbers of the packets that a filter keeps.
func matches(t testing.TB, b []byte, text string) []int {
	t.Helper()
	f, err := CompileFilter(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := indexed(t, b)
	d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
	var list []int
	for i := range x.Len() {
		p, err := d.Packet(i)
		if err != nil {
			t.Fatal(err)
		}
		ok, err := f.Match(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if ok {
			list = append(list, i+1)
		}
	}
	return list
}

func TestFilters(t *testing.T) {
	b := writePcap(t, frames(t), layers.LinkTypeEthernet, false)
	for _, c := range []struct {
		filter string
		want   string
	}{
		{`arp`, "[1 2 14]"},
		{`arp and not vlan`, "[1 2]"},
		{`vlan.id == 12`, "[14]"},
		{`ip.src == "10.0.0.1" and tcp.dst_port == 80 and len > 60`, "[9]"},
		{`tcp.dst_port == 80`, "[6 8 9]"},
		{`not (tcp.dst_port == 80)`, "[1 2 3 4 5 7 10 11 12 13 14 15]"},
		{`tcp.dst_port != 80`, "[7 10 11 12]"},
		{`tcp.syn and not tcp.ack`, "[6]"},
		{`tcp and tcp.flags & 2 != 0`, "[6 7]"},
		{`tcp.dst_port == 80 or udp.dst_port == 53`, "[3 6 8 9]"},
		{`dns.response`, "[4]"},
		{`dns.name == "hexlay.example"`, "[3 4]"},
		{`http`, "[9 10]"},
		{`protocol == "TCP"`, "[6 7 8]"},
		{`src_port == 40000`, "[3]"},
		{`eth.dst == "02:00:00:00:00:02" and eth.type == 0x88cc`, "[]"},
		{`eth.type == 0x88cc`, "[15]"},
		{`ipv6.hop_limit == 255`, "[13]"},
		{`modbus or mqtt`, "[11 12]"},
		{`tcp.payload[0] == 0x47`, "[9]"},
		{`tcp.payload[5000] == 1 or no == 1`, "[1]"},
		{`payload.size > 30 and tcp`, "[9 10]"},
		{`no >= 13`, "[13 14 15]"},
		{`ip.ttl / (no - 1) > 1000 or no == 2`, "[2]"},
		{`(tcp ? tcp.dst_port : 7) == 7`, "[1 2 3 4 5 13 14 15]"},
	} {
		if got := fmt.Sprint(matches(t, b, c.filter)); got != c.want {
			t.Errorf("%s: %s, %s expected", c.filter, got, c.want)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	for _, c := range []struct {
		filter string
		start  int
		part   string
	}{
		{`tcp.dst_prt == 80`, 4, `did you mean "dst_port"`},
		{`len > 1 and tpc`, 12, "tcp"},
		{`len > `, 6, ""},
		{`len`, 0, "true or false"},
		{`tcp.dst_port == "80"`, 0, ""},
		{`ip.src == 10.0.0.1`, -1, ""},
	} {
		_, err := CompileFilter(c.filter, nil)
		fe, ok := err.(*FilterError)
		if !ok {
			t.Errorf("%s: %v", c.filter, err)
			continue
		}
		if c.start >= 0 && fe.Start != c.start || !strings.Contains(strings.ReplaceAll(fe.Error(), `'`, `"`), c.part) {
			t.Errorf("%s: %d…%d %v", c.filter, fe.Start, fe.End, err)
		}
	}
}

func TestFilterCompletion(t *testing.T) {
	start, list := Complete("len > 5 and tcp.ds", 18, nil)
	if start != 16 || len(list) != 1 || list[0].Text != "dst_port" {
		t.Errorf("%d %v", start, list)
	}
}
