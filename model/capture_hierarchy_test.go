package model

import (
	"fmt"
	"strings"
	"testing"
)

// texts are the rows of a list.
func texts(e *Editor, name string) (rows []string) {
	l := e.List(name)
	for i := range l.Len() {
		r := l.Row(i)
		rows = append(rows, fmt.Sprintf("%s|%s", r.Text, strings.Join(strings.Fields(r.Note), " ")))
	}
	return rows
}

func TestHierarchyList(t *testing.T) {
	e, c := overCapture(t, "pcap/little.pcap")
	lines(t, e, "packet-hierarchy")
	want := []string{
		"ethernet|100.0% 7 packets 100.0% 853 bytes",
		"  ipv4|42.9% 3 packets 59.2% 505 bytes",
		"    udp|28.6% 2 packets 53.1% 453 bytes",
		"      dns|14.3% 1 packets 17.0% 145 bytes",
		"      dhcp|14.3% 1 packets 36.1% 308 bytes",
		"    icmp|14.3% 1 packets 6.1% 52 bytes",
		"  ipv6|28.6% 2 packets 26.7% 228 bytes",
		"    icmpv6|14.3% 1 packets 11.0% 94 bytes",
		"    tcp|14.3% 1 packets 15.7% 134 bytes",
		"      http|14.3% 1 packets 15.7% 134 bytes",
		"  arp|14.3% 1 packets 4.9% 42 bytes",
		"  vlan|14.3% 1 packets 9.1% 78 bytes",
		"    ipv4|14.3% 1 packets 9.1% 78 bytes",
		"      tcp|14.3% 1 packets 9.1% 78 bytes",
	}
	if got := texts(e, "protocols"); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the list is\n%s", strings.Join(got, "\n"))
	}
	// A row goes to its first packet, and lists its packets.
	e.ChooseRow("protocols", 13)
	settleCapture(t, e)
	if c.Chosen() != 2 {
		t.Errorf("the row of TCP in a VLAN goes to packet %d", c.Chosen()+1)
	}
	lines(t, e, "list-use")
	if got := listed(e, c); got != "[3] 3" {
		t.Errorf("%s with %s", got, c.Filter())
	}
	e.ChooseRow("protocols", 2)
	settleCapture(t, e)
	lines(t, e, "list-use")
	if got := listed(e, c); got != "[2 7] 2" || c.Filter() != "udp" {
		t.Errorf("%s with %s", got, c.Filter())
	}
	// What the filter hides is not counted, and a row narrows it further.
	lines(t, e, "packet-filter len < 100", "packet-hierarchy")
	if got := texts(e, "protocols"); len(got) != 9 || got[0] != "ethernet|100.0% 4 packets 100.0% 266 bytes" || got[7] != "  ipv4|25.0% 1 packets 19.5% 52 bytes" {
		t.Errorf("%q", got)
	}
	for i, row := range texts(e, "protocols") {
		if strings.HasPrefix(row, "  arp") {
			e.ChooseRow("protocols", int64(i))
			settleCapture(t, e)
		}
	}
	lines(t, e, "list-use")
	if got := listed(e, c); got != "[1] 1" || c.Filter() != "(len < 100) and (arp)" {
		t.Errorf("%s with %s", got, c.Filter())
	}
	if _, err := run(t, over([]byte("no capture at all")), "packet-hierarchy"); err == nil {
		t.Error("what is no capture has protocols")
	}
}
