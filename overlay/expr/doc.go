// Package expr is the expression language of .ksy templates: it reads an expression, finds its static type, and
// evaluates it. It knows no template and no file: names, types and enums reach it through [Scope] while it checks,
// objects, arrays and streams through [Object], [Array] and [Stream] while it runs. Filters over packets and searches
// by field use the same three steps with scopes of their own.
//
//	Parse(text) → *Expr            syntax, with byte positions
//	(*Expr).Check(scope) → Type    names resolved to slots, types of every part, all problems at once
//	(*Expr).Eval(frame) → Value    no look-up by name is left
//	Complete(text, pos, scope)     what may be written at a place
//
// Reading the source: value.go and type.go (what there is), parse.go over scan.go (text to nodes), check.go with
// methods.go (types), compile.go (nodes to code), eval.go, int.go and order.go (running it).
//
// Evaluation is bounded by the text, by the budget behind [Frame].Step, and by limits of its own for integers and
// strings; only an Object's Member can recurse, which is for its maker to bound.
//
// Source: the Kaitai Struct user guide and its test suite's behaviour; integers are unbounded. docs/EXPRESSIONS.md is the
// description for people.
package expr
