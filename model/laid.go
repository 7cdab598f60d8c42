package model

import (
	"context"

	"hexlay/mmapdoc"
)

// laid is a template laid over the bytes of a snapshot, as the outline sees it. It belongs to one goroutine at a time.
type laid interface {
	// during sets what cancels the calls that follow. Hasty ones among them give up after a moment, and leave what they did not
	// come to for advance: a field that was not read yet.
	during(ctx context.Context, hasty bool)
	// behind tells that advance has something to read.
	behind() bool
	// advance reads on for a moment, and tells how far in the document it came.
	advance() (at int64, err error)
	// edited takes the bytes and the region as they are now; those before from are as they were. It is false where a fresh one
	// has to be laid.
	edited(s *mmapdoc.Snapshot, r mmapdoc.Range, from int64) bool
	root() node
	// find gives the fields over the byte at off of the document: from the root, which is left out, to the innermost; of
	// fields that overlap, those that come last in the template.
	find(ctx context.Context, off int64) []node
	// ahead is where the next field begins at the earliest, after a find that found none; 0 where that is not known.
	ahead() int64
	// unsure tells that the last find was hasty and did not come to off.
	unsure() bool
	// gaps are the parts of the region that no field reads, some of them at the most.
	gaps(ctx context.Context, most int) ([]mmapdoc.Range, error)
}

// node is one field of a laid template. Nodes of one field may differ; steps tell which field it is.
type node interface {
	// step is the node's name in its parent: "width", or of an element "[3]".
	step() string
	// kids is how many children are known; final tells that there are no more.
	kids() (n int64, final bool)
	child(i int64) (node, error)
	// kid finds the child of a step, and its index.
	kid(step string) (i int64, n node, ok bool)
	// place is where the node's bytes are in the document; ok is false where they are not in it.
	place() (r mmapdoc.Range, ok bool)
	// describe fills in what the panel shows of the node.
	describe(r *Row)
}

// Row is one line of the tree, ready to be drawn; its texts are not made printable yet.
type Row struct {
	Overlay int // Overlay.ID
	Depth   int // 0 for an overlay
	Name    string
	Type    string
	Value   string
	Region  mmapdoc.Range
	Placed  bool // Region is in the document
	Bit     int  // of the first bit in its byte, where the field does not begin at the first
	State   State
	Note    string // what belongs to State: the error, what was expected, what is missing
	Doc     string
	Pointer bool // the field says where its bytes are (pos)
	Kids    bool // it can be opened
	Open    bool
	Colour  int // the field's place among its siblings
	Cursor  bool
}

// State is how a field is.
type State uint8

// The states of a field.
const (
	Plain   State = iota
	Good          // a check that holds
	Bad           // a check that fails; Note says what it should be
	Failed        // it could not be read; Note says why
	Missing       // the bytes end too early; Note says how many are missing
)

// maxValue bounds the text of a value in a Row.
const maxValue = 240
