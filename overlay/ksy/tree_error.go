package ksy

import (
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"strconv"

	"hexlay/overlay/expr"
)

// An Error is why a field could not be read. Its text is "KIND: message", in one line.
type Error struct {
	// Kind is one of the names that the headless verbs promise: EndOfStreamError, ValidationNotEqualError, …; IOError when
	// the data itself could not be read.
	Kind string
	Msg  string
	// Attr is the field whose reading failed, nil where no field was being read.
	Attr *Attr
	// Missing is how many more bytes an EndOfStreamError needs, at least.
	Missing int64
	cause   error
	busy    bool
	soon    bool // the time that was given is up
	placed  bool // Msg says where
}

func (e *Error) Error() string { return e.Kind + ": " + e.Msg }

func (e *Error) Unwrap() error { return e.cause }

// ErrorKind gives the kind of an error of this package or of package expr: ExprError where it has none.
func ErrorKind(err error) string {
	var e *Error
	var x *expr.Error
	switch {
	case errors.As(err, &e):
		return e.Kind
	case errors.As(err, &x):
		return x.Kind
	}
	return "ExprError"
}

func limitError(format string, args ...any) error {
	return &Error{Kind: "LimitError", Msg: fmt.Sprintf(format, args...)}
}

func exprError(format string, args ...any) error {
	return &Error{Kind: "ExprError", Msg: fmt.Sprintf(format, args...)}
}

// at gives an error its field, if it has none.
func (a *cattr) at(err error) error {
	switch e := err.(type) {
	case *Error:
		if e.Attr == nil && e.Kind != "NotParsed" {
			e.Attr = a.attr
		}
		return e
	case *expr.Error:
		if e.Kind == "NotParsed" {
			return err
		}
		return &Error{Kind: e.Kind, Msg: fmt.Sprintf("%s: %s", a.attr.Pos.Path, e.Msg), Attr: a.attr}
	}
	return err
}

// fault gives an error of a field of o its field, and one of a budget the place too: the field's path and its line in the template.
func (o *object) fault(a *cattr, index int64, err error) error {
	err = a.at(err)
	if e, ok := err.(*Error); ok && e.Kind == "LimitError" && !e.soon && !e.placed {
		e.placed = true
		name := a.attr.ID
		if index >= 0 {
			name += "[" + strconv.FormatInt(index, 10) + "]"
		}
		for p := o; p.holder != nil; p = p.holder {
			step := p.holder.c.slots[p.held].attr.ID
			if p.index >= 0 {
				step += "[" + strconv.FormatInt(p.index, 10) + "]"
			}
			if name = step + "." + name; len(name) > 200 {
				name = name[:60] + "…" + name[len(name)-60:]
			}
		}
		if a.attr.Pos.File != nil {
			name += " (" + path.Base(filepath.ToSlash(a.attr.Pos.File.Path)) + ":" + strconv.Itoa(a.attr.Pos.Line) + ")"
		}
		e.Msg = name + ": " + e.Msg
	}
	return err
}

// lasting tells of errors that asking again does not change. The others come from a budget, from the data's reader, or
// from a field that is just being read.
func lasting(err error) bool {
	var e *Error
	var x *expr.Error
	switch {
	case errors.As(err, &e):
		return !e.busy && e.Kind != "LimitError" && e.Kind != "IOError" && e.Kind != "Cancelled"
	case errors.As(err, &x):
		return x.Kind != "LimitError"
	}
	return true
}

// final tells of errors that are kept with what they ended. A strict parse keeps all but those that cancelled it.
func (t *Tree) final(err error) bool {
	return lasting(err) || t.strict && ErrorKind(err) != "Cancelled"
}

func notParsed(name string) error {
	return &Error{Kind: "NotParsed", Msg: fmt.Sprintf("%s was not read", name)}
}

// busy is the error of looking for the end of what is just being read.
func busy(name string) error {
	return &Error{Kind: "NotParsed", Msg: fmt.Sprintf("%s is just being read", name), busy: true}
}
