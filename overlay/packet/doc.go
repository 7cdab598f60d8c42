// Package packet finds the packets of a capture and what they say.
//
//	NewIndex, (*Index).Grow → where each packet of a pcap or pcapng file is, when and on which interface it was captured
//	NewDecoder(…).Packet(i) → the headers of one packet, with the place of every layer in the capture
//	(*Packet).Summary       → the columns of a list: source, destination, protocol, what it says in one line
//	CompileFilter           → which packets a condition over their fields keeps
//	FindStreams             → the TCP connections; of each the bytes of both directions as segments of the capture
//
// The index is our own, since nothing else tells where in the file a packet is, survives damage, and goes on when the file
// grows. It believes no length before it is compared with what follows, keeps 24 bytes a packet, and allocates nothing by what
// the file says. The layers of one packet are decoded by gopacket, on demand.
//
// The bytes come from an io.ReaderAt and a size. An Index may be read while it grows; a Decoder belongs to one goroutine.
// Offsets are those of the capture, times are nanoseconds since 1970 UTC.
//
// Sources: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng, https://www.tcpdump.org/linktypes.html.
package packet
