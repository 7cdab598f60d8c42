package cli

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// TestPacketsOnAllCores: a list of many blocks is the one that is made packet by packet.
func TestPacketsOnAllCores(t *testing.T) {
	const count = 5*packetBlock + 77
	var b bytes.Buffer
	w := pcapgo.NewWriterNanos(&b)
	if err := w.WriteFileHeader(65535, layers.LinkTypeEthernet); err != nil {
		t.Fatal(err)
	}
	for i := range count {
		data := make([]byte, 60+i%7)
		binary.BigEndian.PutUint16(data[12:], 0x88b5)
		binary.BigEndian.PutUint32(data[14:], uint32(i))
		err := w.WritePacket(gopacket.CaptureInfo{Timestamp: time.Unix(1_700_000_000, int64(i)*1000), CaptureLength: len(data), Length: len(data)}, data)
		if err != nil {
			t.Fatal(err)
		}
	}
	file := writeFile(t, "many.pcap", b.Bytes())
	for _, args := range [][]string{nil, {"--json"}, {"--filter", "len == 63"}, {"--filter", "len == 63", "--json"}, {"--column", "len * 2"}} {
		args = append([]string{"packets", file}, args...)
		all := fine(t, nil, args...)
		one := fine(t, nil, append(args, "--limit", "1000000")...)
		if !bytes.Equal(all, one) {
			t.Errorf("%q: the list is another one than packet by packet", args)
		}
		if len(all) == 0 {
			t.Errorf("%q: nothing", args)
		}
	}
}
