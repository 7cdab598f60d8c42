package expr

// An Expr is a parsed expression; after Check it may be evaluated by any number of goroutines.
type Expr struct {
	Text string // as it was written
}
