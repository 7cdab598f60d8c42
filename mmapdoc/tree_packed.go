package mmapdoc

import "encoding/binary"

// A batch makes leaves of which most are never edited again, and there may be millions. Their pieces are kept in a few bytes
// each instead of 24: the number of the store, the distance from where the piece before the last one ended, if that is of
// the same store, and the length. Replaced bytes and kept ones take turns, so that distance is short for both.
//
// A packed leaf never changes: an edit puts a plain one in its place.
type packed struct {
	stores *storeTable
	n      int // pieces
	data   []byte
}

// storeTable numbers the stores of a batch. It grows while the batch is made and is read by its leaves afterwards.
type storeTable struct {
	list   []*origin
	number map[*origin]int
	last   [2]int // asked for before: mostly it is one of them
}

func (t *storeTable) of(o *origin) int {
	for _, k := range t.last {
		if k < len(t.list) && t.list[k] == o {
			return k
		}
	}
	k, ok := t.number[o]
	if !ok {
		if t.number == nil {
			t.number = map[*origin]int{}
		}
		k = len(t.list)
		t.list = append(t.list, o)
		t.number[o] = k
	}
	t.last[0], t.last[1] = t.last[1], k
	return k
}

// pack appends the pieces to buf in the form of a packed leaf.
func (t *storeTable) pack(buf []byte, pieces []piece) []byte {
	for i, p := range pieces {
		buf = binary.AppendUvarint(buf, uint64(t.of(p.src)))
		buf = binary.AppendVarint(buf, p.off-expected(pieces[:i], p.src))
		buf = binary.AppendUvarint(buf, uint64(p.n))
	}
	return buf
}

// expected is where the next piece of src is likely to begin.
func expected(before []piece, src *origin) int64 {
	if k := len(before) - 2; k >= 0 && before[k].src == src {
		return before[k].off + before[k].n
	}
	return 0
}

// unpack appends the pieces to buf, which is empty and has room for maxFill.
func (k *packed) unpack(buf []piece) []piece {
	data := k.data
	for range k.n {
		number, a := uvarint(data)
		data = data[a:]
		off, a := uvarint(data)
		data = data[a:]
		n, a := uvarint(data)
		data = data[a:]
		src := k.stores.list[number]
		from := int64(off>>1) ^ -int64(off&1)
		buf = append(buf, piece{src, expected(buf, src) + from, int64(n)})
	}
	return buf
}

// at is the piece that holds the byte at off, and how far it is into that.
func (k *packed) at(off int64) (piece, int64) {
	for _, p := range k.unpack(make([]piece, 0, maxFill)) {
		if off < p.n {
			return p, off
		}
		off -= p.n
	}
	panic("an offset behind the end of a leaf")
}

func (k *packed) walk(pos, from, to int64, fn func(at int64, p piece) bool) bool {
	return walkPieces(k.unpack(make([]piece, 0, maxFill)), pos, from, to, fn)
}

// uvarint is binary.Uvarint, with the common case in the line where it is called.
func uvarint(b []byte) (uint64, int) {
	if b[0] < 0x80 {
		return uint64(b[0]), 1
	}
	return binary.Uvarint(b)
}

// list is the pieces of a leaf, not to be changed, and nil for an inner node.
func (n *node) list() []piece {
	if n.packed != nil {
		return n.packed.unpack(make([]piece, 0, n.packed.n))
	}
	return n.pieces
}

// A builder makes a tree of pieces that come one after the other, without ever holding all of them as such.
type builder struct {
	epoch  uint64
	stores *storeTable
	rest   []piece // up to two leaves full; the last piece may still grow
	leaves []tree
	buf    []byte
	size   int64 // of all pieces
}

func (b *builder) add(p piece) {
	b.size += p.n
	if len(b.rest) == 2*maxFill && !b.rest[len(b.rest)-1].continues(p) {
		b.flush(maxFill)
	}
	b.rest = appendPiece(b.rest, p)
}

// flush makes a leaf of the first n pieces.
func (b *builder) flush(n int) {
	if b.stores == nil {
		b.stores = &storeTable{}
	}
	pieces := b.rest[:n]
	t := leaf(b.epoch, pieces)
	b.buf = b.stores.pack(b.buf[:0], pieces)
	t.root.packed = &packed{b.stores, n, append([]byte(nil), b.buf...)}
	t.root.pieces = nil
	b.leaves = append(b.leaves, t)
	b.rest = b.rest[:copy(b.rest, b.rest[n:])]
}

// tree is the tree of all pieces. The builder is used up.
func (b *builder) tree() tree {
	if len(b.leaves) == 0 {
		return build(b.epoch, b.rest)
	}
	b.flush(len(b.rest) / 2) // there are more than maxFill: leaves are made when there are twice as many
	b.flush(len(b.rest))
	t := stacked(b.epoch, b.leaves)
	b.leaves, b.rest, b.buf = nil, nil, nil
	return t
}
