package expr

// A form is the sort of a node.
type form uint8

const (
	constant  form = iota // val
	name                  // text
	member                // kids[0] . text
	call                  // kids[0] . text ( kids[1:] )
	index                 // kids[0] [ kids[1] ]
	cast                  // kids[0] .as< path >
	enumName              // path :: text
	sizeOf                // sizeof< path >
	bitSizeOf             // bitsizeof< path >
	list                  // [ kids ]
	joined                // f"…": kids, strings and expressions
	unary                 // text kids[0]: - ~ not
	binary                // kids[0] text kids[1]: + - * / % << >> & ^ |
	compare               // kids[0] text kids[1]: == != < <= > >=
	logic                 // kids[0] text kids[1]: and or
	choice                // kids[0] ? kids[1] : kids[2]
)

// A node is one part of an expression.
type node struct {
	form       form
	start, end int // bytes of the text
	at         int // of member, call and enumName: where text begins
	depth      int // 1 + the depest kid's
	text       string
	path       typePath
	val        Value
	kids       []*node
	typ        Type // set by Check
	fixed      bool // a constant; set by Check
	closed     bool // in parentheses
}

// A typePath is a path of names as .as<> and sizeof<> have it.
type typePath struct {
	names      []string
	abs, array bool
	start, end int
}

// An Expr is a parsed expression; after Check it may be evaluated by any number of goroutines.
type Expr struct {
	Text string // as it was written
	// Offset is where Text begins in the longer text that it was cut out of: an argument's in its type reference.
	Offset int

	root *node
	typ  Type
	code code
	// steps is what Eval counts for a long expression, however much of it runs.
	steps int
}

// count is how many nodes there are.
func (n *node) count() int {
	sum := 1
	for _, k := range n.kids {
		sum += k.count()
	}
	return sum
}
