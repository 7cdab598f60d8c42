// Package expr is the expression language of .ksy templates: it reads an expression, finds its static type, and
// evaluates it. It knows no template and no file: names, types and enums reach it through [Scope] while it checks,
// objects, arrays and streams through [Object], [Array] and [Stream] while it runs. Filters over packets and searches
// by field use the same three steps with scopes of their own.
//
//	Parse(text) → *Expr            syntax, with byte positions
//	(*Expr).Check(scope) → Type    names resolved to slots, types of every part, all problems at once
//	(*Expr).Eval(frame) → Value    no look-up by name is left
//
// Source: the Kaitai Struct user guide and its test suite's behaviour; integers are unbounded.
package expr
