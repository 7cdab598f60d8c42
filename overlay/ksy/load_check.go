package ksy

import (
	"math/big"
	"strconv"

	"hexlay/overlay/checksum"
	"hexlay/overlay/expr"
)

// checks reads -check: one check or a list of them.
func (r *reader) checks(a *Attr, n *node, path string) []*Check {
	var cs []*Check
	one := func(n *node, path string) {
		var c *Check
		if r.lenient(func() { c = r.check(a, n, path) }) && c != nil {
			cs = append(cs, c)
		}
	}
	if n.sort != listNode {
		one(n, path)
		return cs
	}
	for i, v := range n.vals {
		one(v, path+"/"+strconv.Itoa(i))
	}
	return cs
}

func (r *reader) check(a *Attr, n *node, path string) *Check {
	m, ok := r.fields(n, path)
	if !ok {
		return nil
	}
	m.legal("a check", "algorithm", "length", "count", "value", "over", "zero", "then", "if")
	c := &Check{Pos: m.self(), Zero: m.bool("zero", false), Then: m.expr("then"), If: m.expr("if"), Count: m.expr("count"), Value: m.expr("value")}
	kinds := 0
	for _, key := range []string{"algorithm", "length", "count", "value"} {
		if m.get(key) != nil {
			kinds++
		}
	}
	if kinds != 1 {
		r.errorf(c.Pos, "a check has exactly one of algorithm, length, count and value")
	}
	if alg := m.get("algorithm"); alg != nil {
		if alg.sort == mapNode {
			c.Params = r.crcParams(alg, m.at("algorithm"))
		} else {
			c.Algorithm, _ = m.str("algorithm")
			if _, err := checksum.Lookup(c.Algorithm); err != nil && c.Algorithm != "" {
				m.fail("algorithm", "%s", err)
			}
		}
		if m.get("over") == nil {
			r.errorf(c.Pos, "a checksum needs to know its bytes: there is no over")
		}
	} else if m.get("over") != nil || m.get("zero") != nil {
		r.errorf(c.Pos, "over and zero go with algorithm only")
	}
	c.Length = r.parts(a, m, "length")
	c.Over = r.parts(a, m, "over")
	return c
}

// crcParams reads the parameters of a CRC. A boolean is 0 or 1.
func (r *reader) crcParams(n *node, path string) map[string]*big.Int {
	m, ok := r.fields(n, path)
	if !ok {
		return nil
	}
	m.legal("the parameters of a CRC", "width", "poly", "init", "refin", "refout", "xorout")
	p := map[string]*big.Int{}
	for i, k := range n.keys {
		switch v := n.vals[i]; {
		case v.sort == intNode && v.n.Sign() >= 0:
			p[k.text] = v.n
		case v.sort == boolNode && (k.text == "refin" || k.text == "refout"):
			p[k.text] = new(big.Int)
			if v.text == "true" {
				p[k.text].SetInt64(1)
			}
		default:
			m.fail(k.text, "expected an integer, got %s", v.what())
		}
	}
	if p["width"] == nil || p["poly"] == nil {
		r.errorf(m.self(), "a CRC needs width and poly")
	}
	return p
}

// parts reads PARTS: one or a list of pieces of the data.
func (r *reader) parts(a *Attr, m fields, key string) []CheckPart {
	n := m.get(key)
	if n == nil {
		return nil
	}
	if n.sort != listNode {
		return []CheckPart{r.part(a, n, m.at(key))}
	}
	parts := make([]CheckPart, len(n.vals))
	for i, v := range n.vals {
		parts[i] = r.part(a, v, m.at(key)+"/"+strconv.Itoa(i))
	}
	return parts
}

func (r *reader) part(a *Attr, n *node, path string) CheckPart {
	if n.sort != mapNode {
		return CheckPart{Field: r.expr(n, path)}
	}
	m, ok := r.fields(n, path)
	if !ok {
		return CheckPart{}
	}
	m.legal("a part", "field", "from", "to", "value", "type", "process")
	p := CheckPart{Field: m.expr("field"), From: m.expr("from"), To: m.expr("to"), Value: m.expr("value")}
	switch p.Process = m.text("process"); p.Process {
	case "", "deflate", "zlib", "gzip":
	default:
		m.fail("process", "expected deflate, zlib or gzip, got %s", quote(p.Process))
	}
	kinds := 0
	for _, there := range []bool{p.Field != nil, p.From != nil || p.To != nil, p.Value != nil} {
		if there {
			kinds++
		}
	}
	if kinds != 1 {
		r.errorf(m.self(), "a part is a field, from and to, or a value")
	}
	if name, ok := m.str("type"); ok {
		d, known := r.number(a.Of, name, m.pos("type"))
		if !known || d != nil && d.Sort != IntType || p.Value == nil {
			m.fail("type", "only a value has a type, which is an integer's: u1, u2be, u4le, …")
		}
		p.Type = d
	}
	return p
}

// hexlay reads -hexlay.
func (r *reader) hexlay(top fields) {
	n := top.get("-hexlay")
	if n == nil {
		return
	}
	r.lenient(func() {
		m, ok := r.fields(n, top.at("-hexlay"))
		if !ok {
			return
		}
		m.legal("-hexlay", "magic")
		magic := m.get("magic")
		if magic == nil {
			return
		}
		items := []*node{magic}
		if magic.sort == listNode {
			items = magic.vals
		}
		for i, item := range items {
			path := m.at("magic") + "/" + strconv.Itoa(i)
			if item.sort == strNode {
				r.file.Magic = append(r.file.Magic, Magic{Hex: item.text})
				continue
			}
			one, ok := r.fields(item, path)
			if !ok {
				continue
			}
			one.legal("a magic", "at", "hex")
			hex, ok := one.str("hex")
			at := int64(0)
			if n := one.get("at"); n != nil {
				if n.sort != intNode || !n.n.IsInt64() {
					one.fail("at", "expected an integer, got %s", n.what())
					continue
				}
				at = n.n.Int64()
			}
			if !ok {
				r.errorf(one.self(), "there is no hex")
				continue
			}
			r.file.Magic = append(r.file.Magic, Magic{At: at, Hex: hex})
		}
	})
}

// exprs lists the expressions of a check but for Then, the only one that may name "_".
func (c *Check) exprs() []*expr.Expr {
	es := []*expr.Expr{c.If, c.Count, c.Value}
	for _, parts := range [][]CheckPart{c.Over, c.Length} {
		for _, p := range parts {
			es = append(es, p.Field, p.From, p.To, p.Value)
		}
	}
	return es
}
