package expr

import (
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// Parse reads an expression. Whatever blanks stand around it are no part of it, while between words only spaces and
// newlines may stand. The error is a *SyntaxError.
func Parse(text string) (*Expr, error) {
	p := &parser{text: text, pos: len(text) - len(strings.TrimLeftFunc(text, isControl))}
	e := &Expr{Text: text}
	err := p.protect(func() {
		e.root = p.choice()
		if strings.TrimLeftFunc(text[p.pos:], isControl) != "" {
			p.end()
		}
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// isControl tells of a blank or a control character.
func isControl(c rune) bool { return c <= ' ' }

// FromYAML makes an expression of what YAML gives for a scalar: a string is parsed, an integer, a float or a boolean is
// itself.
func FromYAML(v any) (*Expr, error) {
	switch v := v.(type) {
	case string:
		return Parse(v)
	case bool:
		return literal(strconv.FormatBool(v), BoolValue(v)), nil
	case int:
		return literal(strconv.Itoa(v), IntValue(int64(v))), nil
	case int64:
		return literal(strconv.FormatInt(v, 10), IntValue(v)), nil
	case uint64:
		return literal(strconv.FormatUint(v, 10), UintValue(v)), nil
	case *big.Int:
		return literal(v.String(), BigValue(v)), nil
	case float64:
		return literal(strconv.FormatFloat(v, 'g', -1, 64), FloatValue(v)), nil
	case nil:
		return nil, &SyntaxError{Msg: "expected an expression, found nothing"}
	}
	return nil, &SyntaxError{Text: fmt.Sprint(v), Msg: "expected an expression (string, number or boolean)"}
}

// literal is an expression of one constant.
func literal(text string, v Value) *Expr {
	return &Expr{Text: text, root: &node{form: constant, end: len(text), depth: 1, val: v}}
}

// A TypeRef is a type as written in "type: a::b(1, x)" or, of a parameter, "u2[]".
type TypeRef struct {
	Text  string
	Path  []string
	Abs   bool // it began with "::"
	Array bool // it ended in "[]"
	Args  []*Expr
	// Called tells that there were parentheses, if empty ones.
	Called bool
}

// ParseTypeRef reads a type reference. The error is a *SyntaxError.
func ParseTypeRef(text string) (TypeRef, error) {
	p := &parser{text: text}
	r := TypeRef{Text: text}
	err := p.protect(func() {
		path := p.typePath()
		r.Path, r.Abs, r.Array = path.names, path.abs, path.array
		if p.take("(") {
			r.Called = true
			for _, n := range p.arguments() {
				r.Args = append(r.Args, &Expr{Text: text[n.start:n.end], Offset: n.start, root: n})
			}
		}
		p.end()
	})
	if err != nil {
		return TypeRef{}, err
	}
	return r, nil
}

// ParseCall reads a name with arguments, as "process: xor(key)" has it. The error is a *SyntaxError.
func ParseCall(text string) (name string, args []*Expr, err error) {
	p := &parser{text: text}
	err = p.protect(func() {
		_, start := p.name("a name")
		for p.take(".") {
			p.name("a name")
		}
		name = text[start:p.pos]
		if p.take("(") {
			for _, n := range p.arguments() {
				args = append(args, &Expr{Text: text[n.start:n.end], Offset: n.start, root: n})
			}
		}
		p.end()
	})
	return name, args, err
}

func (p *parser) end() {
	p.blank()
	if p.pos < len(p.text) {
		p.fail(p.pos, "expected an operator or the end, found "+p.found(p.pos))
	}
}

// enter guards against nesting that would need more stack than is good.
func (p *parser) enter() {
	if p.nesting++; p.nesting > maxNesting {
		p.fail(p.pos, "too deeply nested")
	}
}

func (p *parser) leave() { p.nesting-- }

// node makes a node that ends here.
func (p *parser) node(f form, start int, text string, kids ...*node) *node {
	n := &node{form: f, start: start, end: p.pos, text: text, kids: kids, depth: 1}
	for _, k := range kids {
		n.depth = max(n.depth, k.depth+1)
	}
	if n.depth > maxDepth {
		p.fail(start, "too many operators")
	}
	return n
}

// choice = or ["?" choice ":" choice]
func (p *parser) choice() *node {
	p.enter()
	defer p.leave()
	cond := p.logic("or", p.and)
	if !p.take("?") {
		return cond
	}
	yes := p.choice()
	p.need(":")
	no := p.choice()
	return p.node(choice, cond.start, "?:", cond, yes, no)
}

func (p *parser) and() *node { return p.logic("and", p.not) }

func (p *parser) logic(word string, part func() *node) *node {
	left := part()
	for p.takeWord(word) {
		right := part()
		left = p.node(logic, left.start, word, left, right)
	}
	return left
}

// not = "not" not | comparison
func (p *parser) not() *node {
	p.enter()
	defer p.leave()
	p.blank()
	start := p.pos
	if p.takeWord("not") {
		operand := p.not()
		return p.node(unary, start, "not", operand)
	}
	return p.comparison()
}

var comparisons = []string{"==", "!=", "<=", ">=", "<", ">"}

// comparison = sum-like [op sum-like]; comparisons do not chain.
func (p *parser) comparison() *node {
	left := p.binary(0)
	for _, op := range comparisons {
		if (op == "<" || op == ">") && (p.peek("<<") || p.peek(">>")) {
			continue
		}
		if p.take(op) {
			right := p.binary(0)
			return p.node(compare, left.start, op, left, right)
		}
	}
	return left
}

func (p *parser) peek(op string) bool {
	save := p.pos
	ok := p.take(op)
	p.pos = save
	return ok
}

// levels are the binary operators from the loosest to the tightest.
var levels = [...][]string{{"|"}, {"^"}, {"&"}, {"<<", ">>"}, {"+", "-"}, {"*", "/", "%"}}

func (p *parser) binary(level int) *node {
	if level == len(levels) {
		return p.factor()
	}
	left := p.binary(level + 1)
	for {
		op := p.operator(levels[level])
		if op == "" {
			return left
		}
		right := p.binary(level + 1)
		left = p.node(binary, left.start, op, left, right)
	}
}

func (p *parser) operator(ops []string) string {
	for _, op := range ops {
		if (op == "&" && p.peek("&&")) || (op == "|" && p.peek("||")) {
			continue
		}
		if p.take(op) {
			return op
		}
	}
	return ""
}

// factor = ("-" | "+" | "~") factor | postfix. A "+" leaves what follows as it is.
func (p *parser) factor() *node {
	p.blank()
	start := p.pos
	op := p.operator([]string{"-", "+", "~"})
	if op == "" {
		return p.postfix()
	}
	p.enter()
	defer p.leave()
	operand := p.factor()
	if op == "+" {
		return operand
	}
	return p.node(unary, start, op, operand)
}

// postfix = atom { "." name | "." name "(" … ")" | ".as<" type ">" | "[" … "]" }
func (p *parser) postfix() *node {
	n := p.atom()
	for {
		switch {
		case p.take("."):
			word, at := p.name("a name after the dot")
			if word == "as" && p.take("<") {
				path := p.typePath()
				p.need(">")
				n = p.node(cast, n.start, "as", n)
				n.path = path
				continue
			}
			if p.take("(") {
				args := p.arguments()
				n = p.node(call, n.start, word, append([]*node{n}, args...)...)
			} else {
				n = p.node(member, n.start, word, n)
			}
			n.at = at
		case p.take("["):
			i := p.choice()
			p.need("]")
			n = p.node(index, n.start, "[]", n, i)
		default:
			return n
		}
	}
}

// arguments = [choice {"," choice}] ")"
func (p *parser) arguments() []*node {
	var args []*node
	if p.take(")") {
		return nil
	}
	for {
		args = append(args, p.choice())
		if p.take(")") {
			return args
		}
		if !p.take(",") {
			p.blank()
			p.fail(p.pos, `expected "," or ")", found `+p.found(p.pos))
		}
	}
}

// typePath = ["::"] name {"::" name} ["[" "]"]
func (p *parser) typePath() typePath {
	p.blank()
	t := typePath{start: p.pos}
	t.abs = p.take("::")
	for {
		word, _ := p.name("the name of a type")
		t.names = append(t.names, word)
		if !p.take("::") {
			break
		}
	}
	if p.take("[") {
		p.need("]")
		t.array = true
	}
	t.end = p.pos
	return t
}

func (p *parser) atom() *node {
	p.blank()
	start := p.pos
	if start == len(p.text) {
		p.fail(start, "expected a value, found the end")
	}
	switch c := p.text[start]; {
	case c == '(':
		p.pos++
		n := p.choice()
		p.need(")")
		// Parentheses belong to no node, but an argument or a receiver begins with them.
		n.start, n.end, n.closed = start, p.pos, true
		return n
	case c == '[':
		p.pos++
		return p.list(start)
	case c == '"', c == '\'', c == 'f' && strings.HasPrefix(p.text[start:], `f"`):
		return p.strings(start)
	case isDigit(c), c == '.' && start+1 < len(p.text) && isDigit(p.text[start+1]):
		v := p.number()
		n := p.node(constant, start, "")
		n.val = v
		return n
	case c == ':' && strings.HasPrefix(p.text[start:], "::"):
		return p.enumName(start)
	}
	word, _ := p.peekName()
	switch {
	case word == "":
		p.fail(start, "expected a value, found "+p.found(start))
	case word == "sizeof" || word == "bitsizeof":
		p.pos += len(word)
		if p.take("<") {
			path := p.typePath()
			p.need(">")
			f := sizeOf
			if word == "bitsizeof" {
				f = bitSizeOf
			}
			n := p.node(f, start, word)
			n.path = path
			return n
		}
		p.pos = start
	}
	p.pos += len(word)
	if p.peek("::") {
		p.pos = start
		return p.enumName(start)
	}
	n := p.node(name, start, word)
	n.at = start
	if word == "true" || word == "false" {
		n.form, n.val = constant, BoolValue(word == "true")
	}
	return n
}

// enumName = ["::"] name {"::" name} "::" name
func (p *parser) enumName(start int) *node {
	path := typePath{start: start, abs: p.take("::")}
	for {
		word, at := p.name("a name after ::")
		if p.take("::") {
			path.names = append(path.names, word)
			path.end = at + len(word)
			continue
		}
		if len(path.names) == 0 {
			p.fail(p.pos, "expected :: and the name of an enum's member")
		}
		n := p.node(enumName, start, word)
		n.path, n.at = path, at
		return n
	}
}

// list = "[" [choice {"," choice} [","]] "]"
func (p *parser) list(start int) *node {
	var kids []*node
	for !p.take("]") {
		if len(kids) > 0 {
			if !p.take(",") {
				p.blank()
				p.fail(p.pos, `expected "," or "]", found `+p.found(p.pos))
			}
			if p.take("]") {
				break
			}
		}
		kids = append(kids, p.choice())
	}
	return p.node(list, start, "[]", kids...)
}

// quoted is the text of a constant node that was written as a string; a constant within braces is another part.
const quoted = "quoted"

// strings reads adjacent string literals, which join.
func (p *parser) strings(start int) *node {
	var parts []*node
	text := func(s string, at int) {
		if n := len(parts); n > 0 && parts[n-1].text == quoted {
			last := parts[n-1]
			last.val, last.end = StrValue(last.val.Str()+s), p.pos
			return
		}
		n := p.node(constant, at, quoted)
		n.val = StrValue(s)
		parts = append(parts, n)
	}
	end := start
	format := false
	for {
		p.blank()
		at := p.pos
		switch {
		case strings.HasPrefix(p.text[at:], "'"):
			s := p.single()
			text(s, at)
		case strings.HasPrefix(p.text[at:], `"`):
			p.pos++
			s, _ := p.double(at, false)
			text(s, at)
		case strings.HasPrefix(p.text[at:], `f"`):
			format = true
			p.pos += 2
			for {
				s, open := p.double(at, true)
				text(s, at)
				if !open {
					break
				}
				parts = append(parts, p.choice())
				p.need("}")
				at = p.pos
			}
		default:
			p.pos = end
			if !format {
				parts[0].start, parts[0].end = start, end
				return parts[0]
			}
			parts = slices.DeleteFunc(parts, func(n *node) bool { return n.text == quoted && n.val.Str() == "" })
			n := p.node(joined, start, "f", parts...)
			return n
		}
		end = p.pos
	}
}
