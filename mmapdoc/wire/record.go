// Package wire is live bytes: what connections, serial lines and network interfaces carry while someone looks. It accepts
// and opens connections, passes bytes on between two of them, and records everything as a capture, pcapng, so that live
// bytes and captured ones are the same to whoever shows them. It knows nothing of screens.
package wire

import (
	"fmt"
	"io"
	"math"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

// Direction tells which way bytes went on a link.
type Direction int

// A is the side that opened the link, B the one that was called.
const (
	AToB Direction = iota
	BToA
)

func (d Direction) String() string {
	if d == AToB {
		return "→"
	}
	return "←"
}

func (d Direction) back() Direction { return 1 - d }

// Link-layer types of recordings, see https://www.ietf.org/archive/id/draft-ietf-opsawg-pcaplinktype: an IP packet alone, and
// bytes without any header, of a serial line.
const (
	linkRaw  = layers.LinkTypeRaw
	linkUser = layers.LinkType(147)
)

// A Recorder writes a capture in the pcapng format. Connections of which only the bytes are known get IP and TCP or UDP
// headers made for them. Each packet goes out whole, in one write or in few, as soon as it is recorded. Its methods may
// be called from any goroutine.
type Recorder struct {
	mu      sync.Mutex
	w       countingWriter
	ng      *pcapgo.NgWriter
	links   map[layers.LinkType]int // interfaces by link type
	name    string
	headers gopacket.SerializeBuffer
	packets int64
	err     error // the first failed write; nothing is recorded after it
}

// NewRecorder begins a capture on w; name says where the packets come from. Nothing is written before the first packet's
// interface is known, except the section header.
func NewRecorder(w io.Writer, name string) *Recorder {
	return &Recorder{w: countingWriter{w: w}, name: name, links: make(map[layers.LinkType]int), headers: gopacket.NewSerializeBuffer()}
}

// Err says why nothing is recorded any more; nil as long as all is well.
func (r *Recorder) Err() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

// Packets is how many were recorded.
func (r *Recorder) Packets() int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.packets
}

// begin returns the number of the interface for a link type, which it makes when there is none. The lock is held.
func (r *Recorder) begin(link layers.LinkType) (int, error) {
	if id, ok := r.links[link]; ok {
		return id, nil
	}
	iface := pcapgo.NgInterface{Name: r.name, OS: runtime.GOOS, LinkType: link, TimestampResolution: 9}
	var id int
	var err error
	if r.ng == nil {
		r.ng, err = pcapgo.NewNgWriterInterface(&r.w, iface, pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "hexlay"}})
	} else {
		id, err = r.ng.AddInterface(iface)
	}
	if err == nil {
		r.links[link] = id
	}
	return id, err
}

// start writes the head of a capture of packets of the given kind, so that it is one even before the first packet.
func (r *Recorder) start(link layers.LinkType) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, err := r.begin(link); err != nil {
		return r.fail(err)
	}
	return r.fail(r.ng.Flush())
}

func (r *Recorder) fail(err error) error {
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("nothing more is recorded: %w", err)
	}
	return r.err
}

// countingWriter knows where in the recording it is.
type countingWriter struct {
	w io.Writer
	n int64
}

func (c *countingWriter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

// packet records one packet with its link-layer header. size is its length on the wire; out tells that this side sent it.
func (r *Recorder) packet(link layers.LinkType, t time.Time, out bool, data []byte, size int, comment string) (at int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.write(link, t, out, data, size, comment)
}

// blockHead is the bytes of an enhanced packet block before its packet.
const blockHead = 28

// write returns where in the recording data begins; -1 when it is not there.
func (r *Recorder) write(link layers.LinkType, t time.Time, out bool, data []byte, size int, comment string) (at int64) {
	if r.err != nil {
		return -1
	}
	id, err := r.begin(link)
	if err == nil {
		err = r.ng.Flush()
	}
	at = r.w.n + blockHead
	if err == nil {
		flags := pcapgo.NgEpbFlags{Direction: pcapgo.NgEpbFlagDirectionInbound}
		if out {
			flags.Direction = pcapgo.NgEpbFlagDirectionOutbound
		}
		opts := pcapgo.NgPacketOptions{Flags: &flags}
		if comment != "" {
			opts.Comments = []string{comment}
		}
		ci := gopacket.CaptureInfo{Timestamp: t, CaptureLength: len(data), Length: size, InterfaceIndex: id}
		if err = r.ng.WritePacketWithOptions(ci, data, opts); err == nil {
			err = r.ng.Flush()
		}
	}
	if r.fail(err) != nil {
		return -1
	}
	r.packets++
	return at
}

// maxSegment is how many bytes of a connection one recorded packet holds at most: what fits into an IP packet.
const maxSegment = math.MaxUint16 - 60 - 60

// conversation is one connection as it is recorded. Its methods are called under the lock of its link, so that its packets
// are in order.
type conversation struct {
	r    *Recorder
	ends [2]netip.AddrPort // the side that sends in each direction
	udp  bool
	raw  bool      // no headers at all
	out  Direction // what this program sends
	seq  [2]uint32
}

func newConversation(r *Recorder, udp bool, a, b netip.AddrPort, out Direction) *conversation {
	if a.Addr().Is4() != b.Addr().Is4() { // one packet has addresses of one kind
		a = netip.AddrPortFrom(netip.AddrFrom16(a.Addr().As16()), a.Port())
		b = netip.AddrPortFrom(netip.AddrFrom16(b.Addr().As16()), b.Port())
	}
	return &conversation{r: r, udp: udp, out: out, ends: [2]netip.AddrPort{a, b}}
}

// segment records one packet with TCP flags, and counts its sequence numbers. It returns where in the recording data is.
func (c *conversation) segment(t time.Time, dir Direction, data []byte, comment string, flags func(*layers.TCP)) (at int64) {
	if c.r == nil {
		return -1
	}
	if c.raw {
		return c.r.packet(linkUser, t, dir == c.out, data, len(data), comment)
	}
	from, to := c.ends[dir], c.ends[dir.back()]
	var network gopacket.SerializableLayer
	var under gopacket.NetworkLayer
	protocol := layers.IPProtocolTCP
	if c.udp {
		protocol = layers.IPProtocolUDP
	}
	if from.Addr().Is4() {
		ip := &layers.IPv4{Version: 4, TTL: 64, Protocol: protocol, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice(), Flags: layers.IPv4DontFragment}
		network, under = ip, ip
	} else {
		ip := &layers.IPv6{Version: 6, HopLimit: 64, NextHeader: protocol, SrcIP: from.Addr().AsSlice(), DstIP: to.Addr().AsSlice()}
		network, under = ip, ip
	}
	var transport gopacket.SerializableLayer
	if c.udp {
		udp := &layers.UDP{SrcPort: layers.UDPPort(from.Port()), DstPort: layers.UDPPort(to.Port())}
		_ = udp.SetNetworkLayerForChecksum(under)
		transport = udp
	} else {
		tcp := &layers.TCP{SrcPort: layers.TCPPort(from.Port()), DstPort: layers.TCPPort(to.Port()), Seq: c.seq[dir], Window: math.MaxUint16}
		flags(tcp)
		if tcp.ACK {
			tcp.Ack = c.seq[dir.back()]
		}
		c.seq[dir] += uint32(len(data))
		if tcp.SYN || tcp.FIN {
			c.seq[dir]++
		}
		_ = tcp.SetNetworkLayerForChecksum(under)
		transport = tcp
	}
	c.r.mu.Lock()
	defer c.r.mu.Unlock()
	err := gopacket.SerializeLayers(c.r.headers, gopacket.SerializeOptions{FixLengths: true, ComputeChecksums: true}, network, transport, gopacket.Payload(data))
	if err != nil {
		_ = c.r.fail(err)
		return -1
	}
	b := c.r.headers.Bytes()
	if at = c.r.write(linkRaw, t, dir == c.out, b, len(b), comment); at >= 0 {
		at += int64(len(b) - len(data))
	}
	return at
}

// open records the three packets that begin a TCP connection.
func (c *conversation) open(t time.Time) {
	if c.udp || c.raw {
		return
	}
	c.segment(t, AToB, nil, "", func(tcp *layers.TCP) { tcp.SYN = true })
	c.segment(t, BToA, nil, "", func(tcp *layers.TCP) { tcp.SYN, tcp.ACK = true, true })
	c.segment(t, AToB, nil, "", func(tcp *layers.TCP) { tcp.ACK = true })
}

// data records bytes, at most maxSegment of a stream, or a comment without any. It returns where in the recording they are.
func (c *conversation) data(t time.Time, dir Direction, b []byte, comment string) (at int64) {
	return c.segment(t, dir, b, comment, func(tcp *layers.TCP) { tcp.ACK, tcp.PSH = true, len(b) > 0 })
}

// end records that one side will send no more.
func (c *conversation) end(t time.Time, dir Direction) {
	if !c.udp && !c.raw {
		c.segment(t, dir, nil, "", func(tcp *layers.TCP) { tcp.FIN, tcp.ACK = true, true })
	}
}

// reset records that one side broke the connection off.
func (c *conversation) reset(t time.Time, dir Direction) {
	if !c.udp && !c.raw {
		c.segment(t, dir, nil, "", func(tcp *layers.TCP) { tcp.RST, tcp.ACK = true, true })
	}
}
