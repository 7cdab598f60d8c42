package packet

import (
	"bytes"
	"testing"

	"github.com/gopacket/gopacket/layers"
)

// TestWriter: what is written reads back the same, from either format into either.
func TestWriter(t *testing.T) {
	list := frames(t)
	for i := range list {
		list[i].orig = len(list[i].data) + i
	}
	for _, b := range [][]byte{writePcap(t, list, layers.LinkTypeEthernet, false), writePcapng(t, list, 1)} {
		for _, format := range []Format{Pcap, Pcapng} {
			x := indexed(t, b)
			d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
			var out bytes.Buffer
			w := NewWriter(&out, x, format)
			for i := range x.Len() {
				p, err := d.Packet(i)
				if err == nil {
					err = w.Packet(p)
				}
				if err != nil {
					t.Fatal(err)
				}
			}
			y := indexed(t, out.Bytes())
			same(t, y, out.Bytes(), list)
			if k, n := y.Damage(); n > 0 || y.Format() != format {
				t.Errorf("%v, %v", y.Format(), k)
			}
			p, err := NewDecoder(y, bytes.NewReader(out.Bytes()), int64(out.Len()), nil).Packet(5)
			if err != nil || p.Len != int64(list[5].orig) {
				t.Errorf("%v, length %d", err, p.Len)
			}
		}
	}
}
