package packet

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// hierarchy counts a capture.
func hierarchy(t testing.TB, b []byte) (*Hierarchy, *Index) {
	t.Helper()
	x := indexed(t, b)
	d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
	var h Hierarchy
	for i := range x.Len() {
		p, err := d.Packet(i)
		if err != nil {
			t.Fatal(err)
		}
		h.Add(p)
	}
	return &h, x
}

// nested are packets whose protocols lie in each other in several ways, cut ones among them.
func nested(t testing.TB) []frame {
	list := frames(t)
	add := func(n int, b []byte) {
		for range n {
			list = append(list, frame{at: begin, data: b})
		}
	}
	ip := ip4(ipA, ipB, layers.IPProtocolUDP)
	udp := &layers.UDP{SrcPort: 1, DstPort: 2}
	if err := udp.SetNetworkLayerForChecksum(ip); err != nil {
		t.Fatal(err)
	}
	tag := func(id uint16, next layers.EthernetType) *layers.Dot1Q {
		return &layers.Dot1Q{VLANIdentifier: id, Type: next}
	}
	add(3, serialize(t, ether(layers.EthernetTypeDot1Q), tag(5, layers.EthernetTypeIPv4), ip, udp, gopacket.Payload("in a vlan")))
	add(2, serialize(t, ether(layers.EthernetTypeDot1Q), tag(5, layers.EthernetTypeDot1Q), tag(6, layers.EthernetTypeIPv4), ip, udp, gopacket.Payload("in two vlans")))
	add(4, udpFrame(t, 1, 2, []byte("plain")))
	gre := ip4(ipA, ipB, layers.IPProtocolGRE)
	add(5, serialize(t, ether(layers.EthernetTypeIPv4), gre, gopacket.Payload("\x00\x00\x08\x00")))
	frag := ip4(ipA, ipB, layers.IPProtocolUDP)
	frag.Flags = layers.IPv4MoreFragments
	add(2, serialize(t, ether(layers.EthernetTypeIPv4), frag, gopacket.Payload("12345678")))
	whole := udpFrame(t, 1, 2, []byte("cut"))
	for n := 15; n < 40; n += 6 {
		list = append(list, frame{at: begin, data: whole[:n], orig: len(whole)})
	}
	ip6 := &layers.IPv6{Version: 6, HopLimit: 9, NextHeader: layers.IPProtocolIPv6Fragment, SrcIP: make([]byte, 16), DstIP: make([]byte, 16)}
	add(2, serialize(t, ether(layers.EthernetTypeIPv6), ip6, gopacket.Payload([]byte{17, 0, 0, 1, 0, 0, 0, 9, 0, 1, 0, 2, 0, 12, 0, 0, 1, 2, 3, 4})))
	return list
}

// TestHierarchy: each line's packets and bytes are those whose layers, found by gopacket itself, begin so; and its filter keeps just them.
func TestHierarchy(t *testing.T) {
	list := nested(t)
	b := writePcap(t, list, layers.LinkTypeEthernet, false)
	h, x := hierarchy(t, b)
	if n, size := h.Total(); n != int64(len(list)) || size == 0 {
		t.Errorf("%d packets, %d bytes of %d packets", n, size, len(list))
	}
	type counts struct{ packets, bytes int64 }
	want := make(map[string]counts)
	names := map[gopacket.LayerType]string{layers.LayerTypeEthernet: "ethernet", layers.LayerTypeDot1Q: "vlan", layers.LayerTypeARP: "arp", layers.LayerTypeIPv4: "ipv4",
		layers.LayerTypeIPv6: "ipv6", layers.LayerTypeICMPv4: "icmp", layers.LayerTypeICMPv6: "icmpv6", layers.LayerTypeTCP: "tcp", layers.LayerTypeUDP: "udp",
		layers.LayerTypeIPv6Fragment: "ipv6 fragment", layers.LayerTypeGRE: "GRE", layers.LayerTypeLinkLayerDiscovery: "LLDP"}
	for _, f := range list {
		if max(f.orig, len(f.data)) != len(f.data) {
			continue // cut: gopacket and this package differ in what they make of half a header
		}
		var path []string
		for _, l := range gopacket.NewPacket(f.data, layers.LayerTypeEthernet, gopacket.Default).Layers() {
			name := names[l.LayerType()]
			if name == "" {
				break
			}
			path = append(path, name)
			k := strings.Join(path, ">")
			c := want[k]
			want[k] = counts{c.packets + 1, c.bytes + int64(len(f.data))}
			if name == "ipv6 fragment" || name == "GRE" { // gopacket goes on, nobody here does
				break
			}
		}
	}
	got := h.Protocols()
	seen := make(map[string]bool)
	for i, p := range got {
		k := strings.Join(p.Path, ">")
		seen[k] = true
		if w, known := want[k]; known && !strings.HasSuffix(k, "ethernet") && !slices.ContainsFunc(got, func(q Protocol) bool {
			return len(q.Path) > len(p.Path) && slices.Equal(q.Path[:len(p.Path)], p.Path) && q.Name() == malformed
		}) && (p.Packets != w.packets || p.Bytes != w.bytes) {
			t.Errorf("%s: %d packets, %d bytes; gopacket finds %+v", k, p.Packets, p.Bytes, w)
		}
		if i > 0 && len(p.Path) > len(got[i-1].Path)+1 {
			t.Errorf("%s stands behind %s", k, strings.Join(got[i-1].Path, ">"))
		}
	}
	for k, w := range want {
		if !seen[k] {
			t.Errorf("%s is missing: %+v", k, w)
		}
	}
	for _, k := range []string{"ethernet>ipv4>udp>dns", "ethernet>ipv4>tcp>http", "ethernet>ipv4>malformed", "ethernet>ipv4>GRE", "ethernet>vlan>vlan>ipv4>udp"} {
		if !seen[k] {
			t.Errorf("%s is missing", k)
		}
	}

	d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
	for i, p := range got {
		text := FilterOf(got, i)
		f, err := CompileFilter(text, nil)
		if err != nil {
			t.Errorf("%v: %s: %v", p.Path, text, err)
			continue
		}
		n, first := int64(0), -1
		for k := range x.Len() {
			packet, err := d.Packet(k)
			if err != nil {
				t.Fatal(err)
			}
			if ok, err := f.Match(t.Context(), packet); err != nil {
				t.Fatal(err)
			} else if ok {
				if n++; first < 0 {
					first = k
				}
			}
		}
		if n != p.Packets || first != p.First {
			t.Errorf("%v: %s keeps %d packets from %d on, want %d from %d on", p.Path, text, n, first, p.Packets, p.First)
		}
	}
}

// TestHierarchyAgainstTshark compares counts and bytes with tshark's hierarchy, of the protocols that both know by one name.
func TestHierarchyAgainstTshark(t *testing.T) {
	tshark, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("tshark is not installed")
	}
	b := writePcap(t, nested(t), layers.LinkTypeEthernet, false)
	file := filepath.Join(t.TempDir(), "x.pcap")
	if err := os.WriteFile(file, b, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(tshark, "-n", "-q", "-r", file, "-z", "io,phs").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{"eth": "ethernet", "vlan": "vlan", "arp": "arp", "ip": "ipv4", "ipv6": "ipv6", "tcp": "tcp", "udp": "udp", "icmp": "icmp", "icmpv6": "icmpv6",
		"dns": "dns", "http": "http", "mqtt": "mqtt", "lldp": "LLDP", "gre": "GRE"}
	theirs := make(map[string]string)
	var path []string
	for _, m := range regexp.MustCompile(`(?m)^( *)(\S+) +frames:(\d+) bytes:(\d+)`).FindAllStringSubmatch(string(out), -1) {
		depth := len(m[1]) / 2
		path = append(path[:depth], names[m[2]])
		if !slices.Contains(path, "") {
			theirs[strings.Join(path, ">")] = m[3] + " " + m[4]
		}
	}
	h, _ := hierarchy(t, b)
	compared := 0
	for _, p := range h.Protocols() {
		k := strings.Join(p.Path, ">")
		if s, ok := theirs[k]; ok {
			compared++
			if got := strconv.FormatInt(p.Packets, 10) + " " + strconv.FormatInt(p.Bytes, 10); got != s {
				t.Errorf("%s: %s packets and bytes, tshark says %s", k, got, s)
			}
			delete(theirs, k)
		}
	}
	if compared < 15 || len(theirs) > 0 {
		t.Errorf("%d lines are compared, tshark alone has %v\n%s", compared, theirs, out)
	}
	if testing.Verbose() {
		for _, p := range h.Protocols() {
			fmt.Println(p.Path, p.Packets, p.Bytes)
		}
	}
}
