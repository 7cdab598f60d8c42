package packet

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sort"
	"sync"
)

// A Format is a kind of capture file.
type Format uint8

// The formats of captures.
const (
	Unknown Format = iota
	Pcap
	Pcapng
)

func (f Format) String() string { return [...]string{"unknown", "pcap", "pcapng"}[f] }

// Detect tells by its first bytes (12 are enough) whether a file is a capture.
func Detect(head []byte) Format {
	if len(head) >= 4 {
		if _, ok := pcapMagic(head); ok {
			return Pcap
		}
	}
	if len(head) >= 12 && binary.LittleEndian.Uint32(head) == blockSection {
		switch binary.LittleEndian.Uint32(head[8:]) {
		case sectionOrder, 0x4d3c2b1a:
			return Pcapng
		}
	}
	return Unknown
}

// NoTime is the time of a packet whose capture does not tell one.
const NoTime = math.MinInt64

// A Record is where a packet is in the capture.
type Record struct {
	Head int64 // where its record or block begins
	Data int64 // where the captured bytes begin
	// Caplen is how many bytes were captured; how long the packet was on the wire is in the record (Packet.Len).
	Caplen int64
	// End is behind the captured bytes; of a block, what fills it up and its options follow.
	End       int64
	Time      int64 // nanoseconds since 1970 UTC, or NoTime
	Interface int   // of Index.Interfaces
}

// record is a Record as it is kept: 24 bytes.
type record struct {
	head, time int64
	caplen     uint32
	source     uint32 // kind, byte order, interface
}

// The parts of record.source.
const (
	sourceKind  = 7
	sourceBig   = 8
	sourceShift = 4
)

// The kinds of records: how long the header before the data is, and where the length on the wire stands in it.
const (
	kindPcap = iota
	kindModified
	kindEnhanced
	kindPacket // obsolete
	kindSimple
)

var kinds = [...]struct{ header, original int64 }{
	kindPcap:     {16, 12},
	kindModified: {24, 12},
	kindEnhanced: {28, 24},
	kindPacket:   {28, 24},
	kindSimple:   {12, 8},
}

func (r record) order() binary.ByteOrder {
	if r.source&sourceBig != 0 {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

func (r record) data() int64 { return r.head + kinds[r.source&sourceKind].header }

func (r record) full() Record {
	d := r.data()
	return Record{r.head, d, int64(r.caplen), d + int64(r.caplen), r.time, int(r.source >> sourceShift)}
}

// An Interface is what packets were captured on.
type Interface struct {
	At      int64 // the block or file header that describes it; of one that none describes, the first packet
	Section int   // from 0
	Link    LinkType
	Snaplen uint32 // longer packets are cut; 0 is no limit
	Name    string
	Comment string
	// Undescribed tells that packets name it and nothing describes it.
	Undescribed bool
	// Received and Dropped are what statistics say last, 0 where there are none.
	Received, Dropped uint64

	unit timeUnit
}

// An Index knows where the packets of a capture are. Any number of goroutines may read it while one Grows it.
type Index struct {
	growing sync.Mutex // held by Grow, with what only it uses
	reader  reader

	mu         sync.RWMutex // guards what follows
	format     Format
	n          int
	chunks     []*[chunkLen]record
	through    int64
	interfaces []Interface
	sections   int
	damages    []Damage
	damaged    int64
	tail       *Tail
	names      map[string]string // by address
	comments   []string
	secrets    int
	fine       bool
}

// chunkLen is how many records are allocated at once.
const chunkLen = 4096

// NewIndex makes an index that knows nothing yet.
func NewIndex() *Index { return &Index{names: make(map[string]string)} }

// Format is what the capture is; Unknown before the first Grow and where it is none.
func (x *Index) Format() Format {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.format
}

// Len is how many packets are known.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.n
}

// Fine tells that the time of some packet is no whole number of microseconds.
func (x *Index) Fine() bool {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.fine
}

// Through is how far the capture was read.
func (x *Index) Through() int64 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.through
}

// At gives packet i, from 0.
func (x *Index) At(i int) Record { return x.get(i).full() }

func (x *Index) get(i int) record {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if i < 0 || i >= x.n {
		panic(fmt.Sprintf("packet: packet %d of %d", i, x.n))
	}
	return x.chunks[i/chunkLen][i%chunkLen]
}

// Find gives the last packet whose record begins at off or before; -1 where none does.
func (x *Index) Find(off int64) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return sort.Search(x.n, func(i int) bool { return x.chunks[i/chunkLen][i%chunkLen].head > off }) - 1
}

// Interfaces lists the interfaces of all sections; the list is the caller's.
func (x *Index) Interfaces() []Interface {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Clone(x.interfaces)
}

// Interface gives one of them.
func (x *Index) Interface(i int) Interface {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.interfaces[i]
}

func (x *Index) link(i int) LinkType {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.interfaces[i].Link
}

// Sections is how many sections were begun; of a pcap file, how many file headers there are.
func (x *Index) Sections() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.sections
}

// Name is what the capture says an address is called, "" where it says nothing.
func (x *Index) Name(address string) string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.names[address]
}

// Comments are those of sections; at most some hundred are kept.
func (x *Index) Comments() []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Clone(x.comments)
}

// Secrets is how many blocks of decryption secrets there are.
func (x *Index) Secrets() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.secrets
}

// Damage lists what is wrong with the capture, in the order of offsets; at most maxDamages are kept, total counts all.
func (x *Index) Damage() (list []Damage, total int64) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Clone(x.damages), x.damaged
}

// Tail tells what the capture ends within, when it does; Grow goes on from there when there is more of it.
func (x *Index) Tail() (Tail, bool) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if x.tail == nil {
		return Tail{}, false
	}
	return *x.tail, true
}

// add appends records. The caller holds mu.
func (x *Index) add(list []record) {
	for _, r := range list {
		if x.n%chunkLen == 0 {
			x.chunks = append(x.chunks, new([chunkLen]record))
		}
		x.chunks[x.n/chunkLen][x.n%chunkLen] = r
		x.n++
		x.fine = x.fine || r.time%1000 != 0 && r.time != NoTime
	}
}
