package ksy

// The evaluator's face. What stands here is what cli, model, ui, packet and bench use; the declarations replace this
// comment one by one.
//
//	type Range struct{ Start, End int64 }             // bytes, half-open
//	type Options struct {
//		Params  []expr.Value                      // of the top type
//		Limits  Limits                            // Steps, Depth, Nodes (kept), Inflated; zero values mean the defaults
//		Context context.Context                   // cancels; nil never
//	}
//	func (s *Schema) Open(r io.ReaderAt, base, size int64, o Options) *Tree     // [base, base+size) of r; reads nothing yet
//	func (t *Tree) SetContext(ctx context.Context)    // for the calls that follow: Child, Find, … of long arrays
//	func (t *Tree) Parse() error                      // reads the whole seq as the reference does: strict, to the first error
//	func (t *Tree) Root() *Node
//	func (t *Tree) Eval(text string) (Result, error)  // as if it were the value: of an instance of the top type
//	func (t *Tree) Walk(visit func(*Visit) error) error  // every node, parents first, seq before parse instances (--dump)
//	func (t *Tree) Find(off int64) []*Node            // the innermost fields at a byte of r, all overlaps; Parent leads outward
//	func (t *Tree) Lookup(path string) (*Node, error) // "a.b[2].c"
//	func (t *Tree) Gaps(ctx, max int) ([]Range, error)   // bytes that no field has read
//	func (t *Tree) Reset(r io.ReaderAt, size int64, changed []Range)  // the bytes changed; nodes stay valid, they find themselves again
//	func (t *Tree) Mend(...) ([]Patch, error)
//
//	func (n *Node) Name() string; Path() string; Attr() *Attr (nil: top); Parent() *Node; Index() (int64, bool) of an element
//	func (n *Node) Kind() NodeKind                    // ObjectNode, ArrayNode, LeafNode, ValueNode (value instance), NullNode
//	func (n *Node) Type() *Type                       // of an object
//	func (n *Node) TypeName() string                  // "u4le", "str", "top::sub", …, with [] for an array
//	func (n *Node) Range() (Range, bool)              // absolute in r; false: below a process, or not read
//	func (n *Node) Bits() (first, end int64, ok bool) // of a bit-sized field
//	func (n *Node) Value() (expr.Value, error)
//	func (n *Node) Preview(max int) (bytes []byte, total int64, ok bool)   // of a byte array or string, without reading it whole
//	func (n *Node) Err() error                        // *Error, with Kind, place in the template, Missing
//	func (n *Node) Missing() int64                    // needs that many more bytes
//	func (n *Node) Len() (count int64, final bool)    // children known so far
//	func (n *Node) Child(i int64) (*Node, error)      // of an object: its seq fields, then instances
//	func (n *Node) Target() (off int64, ok bool)      // where an instance with pos lies in r
//	func (n *Node) Substream() (*io.SectionReader, Range, writable, ok bool)
//	func (n *Node) Encode(value string) ([]Patch, error) // value as people write it; range and validity are checked
//	func (n *Node) Choices() []EnumEntry              // of an enum field
//	func (n *Node) Checks() ([]CheckResult, error)    // ok, expected, actual
//
//	type Patch struct { Range Range; New []byte }     // replaces the bytes of Range: longer or shorter is an insert or delete
