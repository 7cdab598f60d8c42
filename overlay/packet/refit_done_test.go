package packet

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
)

// changes are edits as they are told of when they are done.
func changes(edits []Edit) (list []Change) {
	grow := int64(0)
	for _, e := range edits {
		list = append(list, Change{[2]int64{e.Off, e.Off + e.Del}, [2]int64{e.Off + grow, e.Off + grow + int64(len(e.New))}})
		grow += int64(len(e.New)) - e.Del
	}
	return list
}

func done(t testing.TB, b []byte, edits ...Edit) (*Done, []byte) {
	t.Helper()
	now := applied(b, edits)
	o, err := NewDone(t.Context(), NewDecoder(indexed(t, b), bytes.NewReader(b), int64(len(b)), nil), bytes.NewReader(now), int64(len(now)), changes(edits), nil)
	if err != nil {
		t.Fatal(err)
	}
	return o, now
}

// checked looks with gopacket whether the checksums of a packet are right.
func checked(t testing.TB, what string, data []byte) {
	t.Helper()
	p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default)
	for _, l := range p.Layers() {
		if t, ok := l.(interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}); ok && p.NetworkLayer() != nil {
			if err := t.SetNetworkLayerForChecksum(p.NetworkLayer()); err != nil {
				continue
			}
		}
		v, ok := l.(gopacket.LayerWithChecksum)
		if !ok {
			continue
		}
		if err, sum := v.VerifyChecksum(); err != nil || !sum.Valid {
			t.Errorf("%s: %v: %+v, %v", what, l.LayerType(), sum, err)
		}
	}
}

// TestDone: after random edits of what several packets carry, what is left to do makes of the capture what it is when the lengths are mended with the
// edits, in all kinds of records, and with the checksums right. Then nothing is left to do.
func TestDone(t *testing.T) {
	rnd := seeded(t)
	list := frames(t)
	for i := range list { // no checksums yet: UDP's and TCP's are made here
		list[i].orig = 0
	}
	for name, b := range kindsOf(t, list) {
		t.Run(name, func(t *testing.T) {
			x := indexed(t, b)
			for range 100 {
				d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
				var edits []Edit
				grow := map[int]int{}
				for i := range x.Len() {
					p, err := d.Packet(i)
					if err != nil {
						t.Fatal(err)
					}
					if len(p.Layers) == 0 || len(p.Payload) == 0 || p.Fault != "" || p.Fragment() || rnd.IntN(2) == 0 {
						continue
					}
					from := p.Data + int64(p.Layers[len(p.Layers)-1].Body)
					some, n := someEdits(rnd, from, from+int64(len(p.Payload)))
					edits = append(edits, some...)
					if n != 0 {
						grow[i] = n
					}
				}
				o, now := done(t, b, edits...)
				if len(o.Unfit) != len(grow) {
					t.Fatalf("%v are told, %v expected", o.Unfit, grow)
				}
				for _, i := range o.Unfit {
					if o.Grown(i) != int64(grow[i]) {
						t.Fatalf("packet %d: %d, %d expected", i+1, o.Grown(i), grow[i])
					}
				}
				f, err := o.Refit(t.Context(), nil)
				if err != nil {
					t.Fatal(err)
				}
				mended := applied(now, f.Edits)
				want, err := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil).Refit(edits)
				if err != nil {
					t.Fatal(err)
				}
				got, right := readAll(t, mended), readAll(t, applied(b, want.Edits))
				if len(got) != len(right) || len(got) != x.Len() {
					t.Fatalf("%d packets, %d expected", len(got), len(right))
				}
				for i := range got {
					if len(got[i].data) != len(right[i].data) || got[i].orig != right[i].orig {
						t.Fatalf("packet %d: %d of %d bytes, %d of %d expected", i+1, len(got[i].data), got[i].orig, len(right[i].data), right[i].orig)
					}
					if grow[i] != 0 {
						checked(t, fmt.Sprintf("packet %d", i+1), got[i].data)
					}
				}
				if dmg, n := indexed(t, mended).Damage(); n > 0 {
					t.Fatalf("damage: %v", dmg)
				}
				var all []Edit
				for _, l := range f.Lengths {
					if l.Name == "" {
						t.Errorf("%+v", l)
					}
				}
				all = append(all, edits...)
				// The same changes, with what was mended besides: nothing is left.
				again, err := NewDone(t.Context(), NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil), bytes.NewReader(mended), int64(len(mended)), changes(all), nil)
				if x.Format() == Pcap { // of blocks, the padding moves what is behind
					if err != nil || len(again.Unfit) > 0 {
						t.Fatalf("%v, %v", again.Unfit, err)
					}
				}
			}
		})
	}
}

// TestDoneLeaves: whole records that are put in, or taken out, are no packet that became longer.
func TestDoneLeaves(t *testing.T) {
	udp := udpFrame(t, 7000, 7001, []byte("0123456789"))
	b := writePcap(t, []frame{{at: begin, data: udp}, {at: begin, data: udp}, {at: begin, data: udp}}, layers.LinkTypeEthernet, false)
	x := indexed(t, b)
	r := x.At(1)
	record := b[r.Head:r.End]
	for _, c := range []struct {
		name  string
		edits []Edit
		want  string
	}{
		{"a record between two", []Edit{{r.Head, 0, record}}, "[]"},
		{"two at the end", []Edit{{int64(len(b)), 0, bytes.Repeat(record, 2)}}, "[]"},
		{"a record is gone", []Edit{{r.Head, r.End - r.Head, nil}}, "[]"},
		{"bytes behind a packet", []Edit{{r.End, 0, []byte("abc")}}, "[1]"},
		{"the same length", []Edit{{r.Data + 50, 2, []byte("ab")}}, "[]"},
		{"from one packet into the next", []Edit{{r.End - 3, 30, nil}}, "[]"},
		{"longer, and told by hand", []Edit{{r.Head + 8, 4, binary.LittleEndian.AppendUint32(nil, uint32(r.Caplen)+1)}, {r.Data + 50, 0, []byte("a")}}, "[]"},
	} {
		o, _ := done(t, b, c.edits...)
		if got := fmt.Sprint(o.Unfit); got != c.want {
			t.Errorf("%s: %s, %s expected", c.name, got, c.want)
		}
	}
	o, _ := done(t, b, Edit{r.Head + 4, 0, []byte("x")}, Edit{r.Data + 50, 0, []byte("a")})
	if f, err := o.Refit(t.Context(), nil); err == nil {
		t.Errorf("a longer header of a record: %+v", f)
	}
}

// TestPartChangesLength: the last part of an IP packet takes the length and the checksum of the whole along, which stand in the first part; the others
// are refused.
func TestPartChangesLength(t *testing.T) {
	payload := bytes.Repeat([]byte("0123456789abcdef"), 100)
	ip := &layers.IPv4{SrcIP: ipA.To4(), DstIP: ipB.To4(), Protocol: 17}
	six := &layers.IPv6{SrcIP: []byte{0x20, 1, 0xd, 0xb8, 15: 1}, DstIP: []byte{0x20, 1, 0xd, 0xb8, 15: 2}}
	made := func(v6 bool, payload []byte) []byte {
		u := &layers.UDP{SrcPort: 1000, DstPort: 2000}
		net := gopacket.NetworkLayer(ip)
		if v6 {
			net = six
		}
		if err := u.SetNetworkLayerForChecksum(net); err != nil {
			t.Fatal(err)
		}
		return serialize(t, u, gopacket.Payload(payload))
	}
	for _, v6 := range []bool{false, true} {
		var list, want []frame
		for _, p := range partsOf(t, made(v6, payload), v6, layers.IPProtocolUDP, 7, 600) {
			list = append(list, frame{at: begin, data: p})
		}
		longer := append(bytes.Clone(payload), "xyz"...)
		for _, p := range partsOf(t, made(v6, longer), v6, layers.IPProtocolUDP, 7, 600) {
			want = append(want, frame{at: begin, data: p})
		}
		if len(list) != 3 || len(want) != 3 {
			t.Fatal("not three parts")
		}
		b, right := writePcap(t, list, layers.LinkTypeEthernet, false), writePcap(t, want, layers.LinkTypeEthernet, false)
		x := indexed(t, b)
		edit := Edit{x.At(2).End, 0, []byte("xyz")}
		f, err := refit(t, b, edit)
		if err != nil {
			t.Fatal(err)
		}
		header := func(b []byte) []byte { // the IP header's own checksum is for others to mend
			for i := range 3 {
				at := indexed(t, b).At(i).Data
				if !v6 {
					copy(b[at+14+10:], []byte{0, 0})
				}
			}
			return b
		}
		if got := applied(b, f.Edits); !bytes.Equal(header(got), header(bytes.Clone(right))) {
			t.Errorf("IPv6 %v:\n%x\n%x expected", v6, got, right)
		}
		o, now := done(t, b, edit)
		f, err = o.Refit(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if got := applied(now, f.Edits); !bytes.Equal(got, right) {
			t.Errorf("IPv6 %v, done already:\n%x\n%x expected; %+v", v6, got, right, f.Lengths)
		}
		if _, err := refit(t, b, Edit{x.At(1).End, 0, []byte("12345678")}); err == nil {
			t.Errorf("IPv6 %v: a part in front of others became longer", v6)
		}
	}
}

// TestDoneTellsAndEnds: work on many packets tells how far it is, from 0 to 1 and never back, and ends soon when it is cancelled.
func TestDoneTellsAndEnds(t *testing.T) {
	const n = 3000
	var list []frame
	for i := range n {
		list = append(list, frame{at: begin, data: udpFrame(t, 7000, 7001, fmt.Appendf(nil, "number %d", i))})
	}
	b := writePcap(t, list, layers.LinkTypeEthernet, false)
	var edits []Edit
	x := indexed(t, b)
	for i := range n {
		r := x.At(i)
		edits = append(edits, Edit{r.End - 1, 0, []byte("!")})
	}
	now := applied(b, edits)
	compare := func(ctx context.Context, told func(float64)) (*Done, error) {
		return NewDone(ctx, NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil), bytes.NewReader(now), int64(len(now)), changes(edits), told)
	}
	var o *Done
	mend := func(ctx context.Context, told func(float64)) error {
		_, err := o.Refit(ctx, told)
		return err
	}
	for what, work := range map[string]func(context.Context, func(float64)) error{
		"comparing": func(ctx context.Context, told func(float64)) (err error) {
			d, err := compare(ctx, told)
			if err == nil {
				o = d
			}
			return err
		},
		"mending": func(ctx context.Context, told func(float64)) error {
			if o == nil {
				var err error
				if o, err = compare(t.Context(), nil); err != nil {
					t.Fatal(err)
				}
			}
			return mend(ctx, told)
		},
	} {
		var all []float64
		if err := work(t.Context(), func(part float64) { all = append(all, part) }); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if len(all) < 10 || !slices.IsSorted(all) || all[0] != 0 || all[len(all)-1] > 1 || all[len(all)-1] < 0.8 {
			t.Errorf("%s: told %v", what, all)
		}
		for stop := range all { // wherever it is cancelled, nothing more is done than to the next look
			ctx, cancel := context.WithCancel(t.Context())
			k := 0
			err := work(ctx, func(float64) {
				if k == stop {
					cancel()
				}
				k++
			})
			if !errors.Is(err, context.Canceled) || k != stop+1 {
				t.Errorf("%s: cancelled at %d of %d: %v at %d", what, stop, len(all), err, k-1)
			}
			cancel()
		}
	}
}

// sumsHold tells with gopacket whether all checksums of a packet are right; known, whether it has one that gopacket can verify.
func sumsHold(data []byte) (hold, known bool) {
	hold = true
	p := gopacket.NewPacket(data, layers.LayerTypeEthernet, gopacket.Default)
	for _, l := range p.Layers() {
		if t, ok := l.(interface {
			SetNetworkLayerForChecksum(gopacket.NetworkLayer) error
		}); ok && (p.NetworkLayer() == nil || t.SetNetworkLayerForChecksum(p.NetworkLayer()) != nil) {
			continue
		}
		if v, ok := l.(gopacket.LayerWithChecksum); ok {
			if err, sum := v.VerifyChecksum(); err == nil {
				hold, known = hold && sum.Valid, true
			}
		}
	}
	return hold, known
}

// TestSums: after random bytes of payloads were overwritten, checksums that held before hold again, those that did not are left alone, and then nothing is
// left to do.
func TestSums(t *testing.T) {
	rnd := seeded(t)
	list := frames(t)
	for i := range list {
		list[i].orig = 0
	}
	mended, left := 0, 0
	for name, b := range kindsOf(t, list) {
		x := indexed(t, b)
		for range 60 {
			d := NewDecoder(x, bytes.NewReader(b), int64(len(b)), nil)
			old := slices.Clone(b)
			var edits []Edit
			for i := range x.Len() {
				p, err := d.Packet(i)
				if err != nil {
					t.Fatal(err)
				}
				n := len(p.Layers)
				if n == 0 || len(p.Payload) == 0 || p.Fault != "" || p.Fragment() || rnd.IntN(2) == 0 {
					continue
				}
				if l, ok := p.Layer("udp"); ok && rnd.IntN(3) == 0 { // was never finished
					old[p.Data+int64(l.Start)+7] ^= 0x55
				}
				at := p.Data + int64(p.Layers[n-1].Body) + rnd.Int64N(int64(len(p.Payload)))
				edits = append(edits, Edit{at, 1, []byte{old[at] + 1 + byte(rnd.IntN(254))}})
			}
			o, now := done(t, old, edits...)
			f, err := o.Sums(t.Context(), 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			was, is, fixed := readAll(t, old), readAll(t, now), applied(now, f.Edits)
			for i, k := range readAll(t, fixed) {
				before, known := sumsHold(was[i].data)
				untouched := bytes.Equal(is[i].data, k.data)
				// A wrong one may come out right by chance.
				if after, _ := sumsHold(k.data); known && (before && !after || !before && !untouched) {
					t.Fatalf("%s, packet %d: right before: %v, after: %v\n%x\n%x\n%x", name, i+1, before, after, was[i].data, is[i].data, k.data)
				} else if !before {
					left++
				} else if !untouched {
					mended++
				}
			}
			again, err := NewDone(t.Context(), NewDecoder(indexed(t, old), bytes.NewReader(old), int64(len(old)), nil), bytes.NewReader(fixed), int64(len(fixed)), changes(joined(edits, f.Edits)), nil)
			if err != nil {
				t.Fatal(err)
			}
			if f, err := again.Sums(t.Context(), 0, nil); err != nil || len(f.Edits) > 0 {
				t.Fatalf("%s: left to do: %+v, %v", name, f.Edits, err)
			}
		}
	}
	if mended == 0 || left == 0 {
		t.Errorf("%d packets were mended, %d left", mended, left)
	}
}

// joined are edits that overwrite, in order.
func joined(a, b []Edit) []Edit {
	all := slices.Concat(a, b)
	sortEdits(all)
	return all
}
