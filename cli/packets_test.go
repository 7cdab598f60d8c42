package cli

import (
	"os"
	"strings"
	"testing"
)

// sampleCapture is a capture that ships with the templates, without its last cut bytes.
func sampleCapture(t *testing.T, cut int) string {
	t.Helper()
	b, err := os.ReadFile("../templates/pcap/little.pcap")
	if err != nil {
		t.Fatal(err)
	}
	return writeFile(t, "sample.pcap", b[:len(b)-cut])
}

func TestPackets(t *testing.T) {
	file := sampleCapture(t, 0)
	sameJSON(t, fine(t, nil, "packets", file, "--filter", "tcp.syn or arp", "--json"), `[
{"no":1,"time":"2026-11-24T06:00:00.000000000Z","range":[40,82],"caplen":42,"len":42,"src":"192.0.2.1","dst":"192.0.2.53","protocol":"ARP","info":"Who has 192.0.2.53? Tell 192.0.2.1"},
{"no":3,"time":"2026-11-24T06:00:00.002000000Z","range":[259,337],"caplen":78,"len":78,"src":"192.0.2.1","dst":"192.0.2.53","protocol":"TCP","info":"40001 → 80 [SYN] Seq=1000 Win=64240 Len=0 MSS=1460 SACK_PERM WS=128"}]`)
	sameJSON(t, fine(t, nil, "packets", file, "--filter", "len > 1_000_000", "--json"), `[]`)
	if out := string(fine(t, nil, "packets", file, "--limit", "2")); strings.Count(out, "\n") != 2 {
		t.Errorf("two packets are %q", out)
	}
	// Fields that only the templates have.
	out := string(fine(t, nil, "packets", file, "--filter", "ipv6.traffic_class == 0 and ipv6.version == 6 or dns.questions.size > 0"))
	if strings.Count(out, "\n") != 3 {
		t.Errorf("%q", out)
	}
	fails(t, exitRefused, "filter at column 5: unable to access 'sny' in tcp context", "packets", file, "--filter", "tcp.sny")
	fails(t, exitRefused, "filter at column", "packets", file, "--filter", "tcp.syn and")
	fails(t, exitData, "no capture", "packets", writeFile(t, "text", []byte("just some text that is no capture at all\n")))
	fails(t, exitUsage, "no such file", "packets", file+".no")

	r := runHere(t, nil, "packets", sampleCapture(t, 5))
	if r.status != exitData || strings.Count(string(r.out), "\n") != 6 || !strings.Contains(r.err, "the capture ends within a record: at least 5 bytes are missing") {
		t.Errorf("status %d, %q, %q", r.status, r.out, r.err)
	}
}

func TestStreams(t *testing.T) {
	file := sampleCapture(t, 0)
	sameJSON(t, fine(t, nil, "streams", file, "--json"), `[
{"stream":0,"a":"192.0.2.1:40001","b":"192.0.2.53:80","packets":1,"bytes":[0,0]},
{"stream":1,"a":"[2001:db8::1]:40001","b":"[2001:db8::2]:80","packets":1,"bytes":[60,0]}]`)
	out := string(fine(t, nil, "streams", file, "--follow", "1", "--raw"))
	if !strings.HasPrefix(out, "GET /hexlay HTTP/1.1\r\n") || len(out) != 60 {
		t.Errorf("%q", out)
	}
	if out := fine(t, nil, "streams", file, "--follow", "1", "--direction", "b", "--raw"); len(out) != 0 {
		t.Errorf("%q", out)
	}
	fails(t, exitData, "there is no stream 2: the capture has 2", "streams", file, "--follow", "2")
	fails(t, exitUsage, "--direction", "streams", file, "--follow", "1", "--direction", "c")
	fails(t, exitUsage, "--raw goes with", "streams", file, "--raw")
}

func TestPacketHierarchy(t *testing.T) {
	file := sampleCapture(t, 0)
	sameJSON(t, fine(t, nil, "packets", file, "--hierarchy", "--filter", "ipv6", "--json"), `[
{"path":["ethernet"],"packets":2,"bytes":228,"first":4},
{"path":["ethernet","ipv6"],"packets":2,"bytes":228,"first":4},
{"path":["ethernet","ipv6","icmpv6"],"packets":1,"bytes":94,"first":4},
{"path":["ethernet","ipv6","tcp"],"packets":1,"bytes":134,"first":5},
{"path":["ethernet","ipv6","tcp","http"],"packets":1,"bytes":134,"first":5}]`)
	out := string(fine(t, nil, "packets", file, "--hierarchy"))
	if !strings.Contains(out, "\n      dhcp             1   14.3               308   36.1\n") || strings.Count(out, "\n") != 15 {
		t.Errorf("%s", out)
	}
	sameJSON(t, fine(t, nil, "packets", file, "--hierarchy", "--filter", "len > 1_000_000", "--json"), `[]`)
	r := runHere(t, nil, "packets", sampleCapture(t, 5), "--hierarchy")
	if r.status != exitData || !strings.Contains(string(r.out), "ethernet               6") {
		t.Errorf("status %d, %q, %q", r.status, r.out, r.err)
	}
}
