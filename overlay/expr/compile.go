package expr

// A code is a node made ready to run: names are slots, operators functions, constants values.
type code interface {
	eval(f *Frame) (Value, error)
}

// Eval evaluates a checked expression.
func (e *Expr) Eval(f *Frame) (Value, error) {
	if e.code == nil {
		return Value{}, failf("%s was not checked or has problems", excerpt(e.Text))
	}
	if e.steps > 0 {
		if err := f.step(e.steps); err != nil {
			return Value{}, err
		}
	}
	return e.code.eval(f)
}

// Const gives the value of an expression that is the same everywhere. Before Check only a literal is.
func (e *Expr) Const() (Value, bool) {
	if e.code == nil {
		if e.root.form == constant {
			return e.root.val, true
		}
		return Value{}, false
	}
	c, ok := e.code.(value)
	return Value(c), ok
}

// compile makes code of a checked expression without problems.
func compile(n *node, scope Scope) code {
	steps := 0
	fold := &Frame{Step: func(n int) error {
		if steps += n; steps > 10000 {
			return limitf("constant that takes long")
		}
		return nil
	}}
	c := &compiler{scope, fold}
	return c.compile(n)
}

type compiler struct {
	scope Scope
	fold  *Frame // for the constant parts, which are evaluated now
}

func (p *compiler) compile(n *node) code {
	c := p.node(n)
	switch n.form {
	case constant, name, member, index, enumName, sizeOf, bitSizeOf:
		return c
	}
	for _, k := range n.kids {
		if !k.fixed {
			return c
		}
	}
	if n.form == call && (n.text == "to_s" || n.text == "to_b") {
		return c
	}
	// All of it is constant; what fails, fails each time it is evaluated.
	if v, err := c.eval(p.fold); err == nil {
		n.fixed = true
		return value(v)
	}
	return c
}

func (p *compiler) node(n *node) code {
	n.fixed = false
	kids := make([]code, len(n.kids))
	for i, k := range n.kids {
		kids[i] = p.compile(k)
	}
	switch n.form {
	case constant, enumName, sizeOf, bitSizeOf:
		n.fixed = true
		return value(n.val)
	case name:
		return compileName(n, p.scope)
	case member:
		return compileMember(n, kids[0])
	case call:
		m, _ := findMethod(n.kids[0].typ.Kind, n.text)
		return &callCode{m, n.kids[0].typ.Kind, kids[0], kids[1:], sourceOf(n)}
	case index:
		return &indexCode{kids[0], kids[1], sourceOf(n.kids[0])}
	case cast:
		if n.kids[0].form == list {
			return kids[0]
		}
		return &castCode{n.typ, kids[0], sourceOf(n.kids[0])}
	case list:
		return &listCode{n.typ, kids}
	case joined:
		return &joinCode{kids, n}
	case unary:
		return &unaryCode{n.text[0], kids[0], sourceOf(n.kids[0])}
	case binary:
		return &binaryCode{intOps[n.text], floatOps[n.text], kids[0], kids[1], n}
	case compare:
		return &compareCode{comparing[n.text], kids[0], kids[1], n}
	case logic:
		return &logicCode{n.text == "or", kids[0], kids[1], n}
	default:
		return &choiceCode{kids[0], kids[1], kids[2], n.typ.Kind == Float, sourceOf(n.kids[0])}
	}
}

// A source is a part of an expression that an error names.
type source struct{ n *node }

func sourceOf(n *node) source { return source{n} }

func (s source) String() string { return describe(s.n) }

// describe writes a node as people would name it: paths in full, other parts by what they are.
func describe(n *node) string {
	switch n.form {
	case name:
		return n.text
	case member:
		return describe(n.kids[0]) + "." + n.text
	case call:
		return describe(n.kids[0]) + "." + n.text + "(…)"
	case index:
		return describe(n.kids[0]) + "[…]"
	case cast:
		return describe(n.kids[0]) + ".as<" + pathString(n.path) + ">"
	}
	return "the operand"
}

func compileName(n *node, scope Scope) code {
	self := scope.Self()
	switch n.text {
	case "_":
		return itCode{}
	case "_index":
		return indexVarCode{}
	case "_io":
		return ioCode{}
	case "_parent":
		return parentCode{}
	case "_root":
		return rootCode{}
	case "_sizeof":
		if self != nil {
			if bits, ok := self.SizeBits(); ok {
				return value(IntValue(toBytes(bits)))
			}
		}
		return sizeCode{}
	}
	m, _ := self.Member(n.text)
	return slotCode(m.Slot)
}

func compileMember(n *node, of code) code {
	t := n.kids[0].typ
	if n.text == "_sizeof" && !t.Sized && t.Kind == Int {
		return value(IntValue(toBytes(int64(t.Bits))))
	}
	if n.text == "_sizeof" && t.Kind != ClassOf || n.text == "_sizeof" && t.Sized {
		return value(IntValue(toBytes(t.Size)))
	}
	if t.Kind != ClassOf {
		m, _ := findMethod(t.Kind, n.text)
		return &callCode{m, t.Kind, of, nil, sourceOf(n.kids[0])}
	}
	switch n.text {
	case "_io", "_parent", "_root", "_sizeof":
		return &familyCode{of, n.text, sourceOf(n.kids[0])}
	}
	m, _ := t.Class.Member(n.text)
	return &memberCode{of, t.Class, m.Slot, sourceOf(n.kids[0])}
}
