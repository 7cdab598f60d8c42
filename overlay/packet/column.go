package packet

import (
	"context"
	"errors"
	"path"
	"strings"

	"hexlay/overlay/expr"
)

// A Column is an expression over the fields of a packet, whose values stand in the list. It belongs to one goroutine.
type Column struct{ f *Filter }

// CompileColumn reads a column: an expression as in a filter, of any type. t may be nil. The error is a *FilterError.
func CompileColumn(text string, t Templates) (*Column, error) {
	f, _, err := compile(text, t)
	if err != nil {
		var fe *FilterError
		if errors.As(err, &fe) {
			fe.column = true
		}
		return nil, err
	}
	return &Column{f}, nil
}

// Text is the expression.
func (c *Column) Text() string { return c.f.Text }

// Value evaluates the column; it is null where the packet does not have it. The value holds until the packet does. The error is one
// that ends the work: cancelled.
func (c *Column) Value(ctx context.Context, p *Packet) (expr.Value, error) {
	f := c.f
	f.top.set(p)
	f.f.Step = func(int) error { return ctx.Err() }
	v, err := f.expr.Eval(&f.f)
	if ctx.Err() != nil {
		return expr.Value{}, ctx.Err()
	}
	if err != nil { // a field that the template could not read is one that is not there
		return expr.Value{}, nil
	}
	return v, nil
}

// LayerName is what expressions call a layer of the user's own: the name of the template's file, in small letters, all else as
// underscores.
func LayerName(template string) string {
	name := path.Base(strings.ReplaceAll(template, `\`, "/"))
	name = strings.ToLower(strings.TrimSuffix(name, ".ksy"))
	name = strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' {
			return r
		}
		return '_'
	}, name)
	if name == "" || name[0] < 'a' || name[0] > 'z' {
		name = "layer_" + name
	}
	return name
}
