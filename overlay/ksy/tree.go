package ksy

// The evaluator's face. What stands here is what cli, model, ui, packet and bench use.
//
//	type Options struct {
//		Params  []expr.Value
//		Limits  Limits          // steps, depth, nodes kept, inflated bytes; zero values mean the defaults
//		Context context.Context // cancels
//		Decode  func(encoding string, b []byte) …  // package text hands it in, see overlay/ksy/text.go
//	}
//	func (s *Schema) Open(r io.ReaderAt, base, size int64, o Options) *Tree     // reads nothing yet
//	func (t *Tree) Root() *Node
//	func (t *Tree) Eval(text string) Result       // as if it were the value: of an instance of the top type
//	func (t *Tree) Find(off int64) []*Node        // the innermost fields at a byte, all overlaps, outermost first
//	func (t *Tree) Lookup(path string) (*Node, error)
//	func (t *Tree) Reset(r io.ReaderAt, size int64, changed []Range)  // the bytes changed: what depends on them is read again
//
//	func (n *Node) Name() string; Path() string; Attr() *Attr; Parent() *Node
//	func (n *Node) Range() (start, end int64, ok bool)   // bytes of the file; !ok: below a process
//	func (n *Node) Bits() (first, end int64, ok bool)
//	func (n *Node) Value() (expr.Value, error)
//	func (n *Node) Err() error; Missing() int64          // needs that many more bytes
//	func (n *Node) Len() (count int64, final bool)       // children known so far
//	func (n *Node) Child(i int64) (*Node, error)
//	func (n *Node) Target() (off int64, ok bool)         // of an instance with pos
//	func (n *Node) Substream() (data []byte / ReaderAt, writable bool, ok bool)
//	func (n *Node) Encode(value string) ([]Patch, error) // parse as people write it, check range and validity
//	func (n *Node) Checks() []CheckResult                // ok, expected, actual
//	func (t *Tree) Mend(changed []Patch) ([]Patch, error)
