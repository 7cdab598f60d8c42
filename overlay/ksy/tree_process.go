package ksy

import (
	"bytes"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"math/bits"

	"hexlay/overlay/expr"
)

// process turns the bytes [start, start+n) of a stream into others, which are held in memory.
func (o *object) process(p *Process, st *stream, start, n, index int64) ([]byte, error) {
	t := o.t
	key, err := o.processKey(p, index)
	if err != nil {
		return nil, err
	}
	if err := t.hold(n); err != nil {
		return nil, err
	}
	if n > maxValue {
		return nil, limitError("process: %d bytes", n)
	}
	raw, err := st.view(start, n)
	if err != nil {
		return nil, err
	}
	if err := t.step(int(n / 64)); err != nil {
		return nil, err
	}
	if p.Name == "zlib" {
		return t.inflate(raw)
	}
	b := bytes.Clone(raw)
	key.apply(b)
	return b, nil
}

// hold counts bytes that are kept in memory.
func (t *Tree) hold(n int64) error {
	if t.inflated+n > t.o.Limits.inflatedOr() {
		return limitError("more than %d bytes made by processes", t.o.Limits.inflatedOr())
	}
	t.inflated += n
	return nil
}

// A processKey is the argument of xor and rol, ready to be used.
type processKey struct {
	xor []byte
	rol int
}

// apply turns bytes into what the process makes of them.
func (k processKey) apply(b []byte) {
	if k.rol != 0 {
		for i := range b {
			b[i] = bits.RotateLeft8(b[i], k.rol)
		}
	}
	if len(k.xor) == 1 {
		for i := range b {
			b[i] ^= k.xor[0]
		}
	} else if len(k.xor) > 1 {
		for i := range b {
			b[i] ^= k.xor[i%len(k.xor)]
		}
	}
}

// undo turns what the process made back.
func (k processKey) undo(b []byte) {
	processKey{xor: k.xor, rol: -k.rol}.apply(b)
}

func (o *object) processKey(p *Process, index int64) (k processKey, err error) {
	arg := func() (expr.Value, error) {
		if len(p.Args) != 1 {
			return expr.Value{}, &Error{Kind: "ProcessError", Msg: fmt.Sprintf("process: %s takes one argument, not %d", p.Name, len(p.Args))}
		}
		return o.eval(p.Args[0], index)
	}
	switch p.Name {
	case "zlib":
		return k, nil
	case "xor":
		v, err := arg()
		if err != nil {
			return k, err
		}
		if v.Kind() == expr.Bytes {
			if k.xor = v.Bytes(); len(k.xor) == 0 {
				k.xor = nil
			}
			return k, nil
		}
		if a := v.Array(); a != nil {
			n, err := a.Len()
			if err != nil || n > 1<<16 {
				return k, exprError("process: xor with an array of %d", n)
			}
			for i := range n {
				e, err := a.At(i)
				if err != nil {
					return k, err
				}
				c, ok := e.Int64()
				if !ok || c < 0 || c > 255 {
					return k, exprError("process: xor with %s, not a byte", show(e))
				}
				k.xor = append(k.xor, byte(c))
			}
			return k, nil
		}
		n, ok := v.Int64()
		if !ok || n < 0 || n > 255 {
			return k, exprError("process: xor with %s, not a byte", show(v))
		}
		k.xor = []byte{byte(n)}
		return k, nil
	case "rol", "ror":
		v, err := arg()
		if err != nil {
			return k, err
		}
		n, ok := v.Int64()
		if !ok {
			return k, exprError("process: %s by %s", p.Name, show(v))
		}
		k.rol = int(n&7+8) % 8
		if p.Name == "ror" {
			k.rol = -k.rol
		}
		return k, nil
	}
	return k, &Error{Kind: "ProcessError", Msg: fmt.Sprintf("process: %s is not available here; the bytes are shown as they are", p.Name)}
}

// inflate undoes zlib, up to the budget.
func (t *Tree) inflate(raw []byte) ([]byte, error) {
	z, err := zlib.NewReader(bytes.NewReader(raw))
	if err != nil {
		return nil, zlibError(err)
	}
	defer z.Close()
	most := min(t.o.Limits.inflatedOr()-t.inflated, maxValue)
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(z, most+1))
	if n > most {
		return nil, limitError("process: zlib makes more than %d bytes", most)
	}
	t.inflated += n
	if err := t.step(int(n / 64)); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, zlibError(err)
	}
	return out.Bytes(), nil
}

func zlibError(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = errors.New("the data ends too early")
	}
	return &Error{Kind: "ProcessError", Msg: "process: zlib: " + err.Error()}
}
