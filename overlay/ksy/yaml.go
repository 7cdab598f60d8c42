package ksy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"
)

// Bounds of what is read. The largest description in public collections has 180 KB and is 12 levels deep.
const (
	maxText  = 4 << 20 // bytes of one file
	maxDepth = 200     // levels of YAML
	maxExtra = 100_000 // nodes that aliases may add to those that are written out; 32 bytes of text count as one
)

// sort of a YAML node.
type nodeSort uint8

const (
	nullNode nodeSort = iota
	strNode
	intNode
	floatNode
	boolNode
	listNode
	mapNode
)

var nodeNames = [...]string{"null", "a string", "an integer", "a number", "a boolean", "a list", "a map"}

// A node is a piece of YAML with its place. Aliases point to the node that they stand for, so that a tree of them costs
// no more than what is written; whoever walks it visits at most maxExtra nodes more than that.
type node struct {
	sort      nodeSort
	line, col int
	text      string   // of a scalar: as an expression writes it
	n         *big.Int // of an intNode
	keys      []*node  // of a mapNode, beside vals
	vals      []*node  // of a listNode and a mapNode
	weight    int      // nodes in it, aliases counted every time
}

// A syntaxError is YAML that cannot be read.
type syntaxError struct {
	line, col int
	msg       string
}

func (e *syntaxError) Error() string { return fmt.Sprintf("%d:%d: %s", e.line, e.col, e.msg) }

// parseYAML reads one document as YAML 1.1, which is what .ksy files are written in. An empty text is a null.
func parseYAML(text []byte) (n *node, err error) {
	if len(text) > maxText {
		return nil, &syntaxError{1, 1, fmt.Sprintf("the file is larger than %d MiB", maxText>>20)}
	}
	defer func() {
		if p := recover(); p != nil { // a mistake of the YAML reader must not take the editor with it
			n, err = nil, &syntaxError{1, 1, fmt.Sprintf("no YAML can be made of this: %v", p)}
		}
	}()
	dec := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case err == io.EOF:
		return &node{line: 1, col: 1, weight: 1}, nil
	case err != nil:
		return nil, yamlError(err)
	}
	if bytes.Contains(text, []byte("\n---")) {
		var second yaml.Node
		switch err := dec.Decode(&second); {
		case err == nil:
			return nil, &syntaxError{second.Line, second.Column, "a second document begins here, expected one"}
		case err != io.EOF:
			return nil, yamlError(err)
		}
	}
	c := converter{anchors: map[*yaml.Node]*node{}}
	n, err = c.convert(&doc, 0)
	if err != nil {
		return nil, err
	}
	if n.weight > c.written+maxExtra {
		return nil, &syntaxError{c.alias.Line, c.alias.Column, fmt.Sprintf("aliases make %d nodes of %d", n.weight, c.written)}
	}
	return n, nil
}

// yamlError turns an error of the YAML reader into one with a place.
func yamlError(err error) error {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		return &syntaxError{1, 1, strings.TrimPrefix(firstLine(err.Error()), "yaml: ")}
	}
	at, msg := e.Mark, e.Message
	if at.Line == 0 {
		at = e.ContextMark
	}
	if e.ContextMsg != "" {
		msg = e.ContextMsg + ": " + msg
	}
	return &syntaxError{max(at.Line, 1), max(at.Column, 1), firstLine(msg)}
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return s
}

type converter struct {
	anchors map[*yaml.Node]*node // nil while the node is being converted
	written int
	alias   *yaml.Node // the last one
	slab    []node
	merged  int // keys that "<<" brought
}

func (c *converter) convert(y *yaml.Node, depth int) (*node, error) {
	c.written += 1 + len(y.Value)/32
	if depth > maxDepth {
		return nil, &syntaxError{y.Line, y.Column, fmt.Sprintf("more than %d levels", maxDepth)}
	}
	n := c.node(y)
	if y.Anchor != "" {
		c.anchors[y] = nil
		defer func() { c.anchors[y] = n }()
	}
	switch y.Kind {
	case yaml.DocumentNode:
		if len(y.Content) == 0 {
			return n, nil
		}
		return c.convert(y.Content[0], depth)
	case yaml.AliasNode:
		c.alias = y
		known, ok := c.anchors[y.Alias]
		if !ok || known == nil {
			return nil, &syntaxError{y.Line, y.Column, fmt.Sprintf("alias %s stands inside what it names", quote(y.Value))}
		}
		return known, nil
	case yaml.ScalarNode:
		n.scalar(y)
	case yaml.SequenceNode:
		n.sort = listNode
		n.vals = make([]*node, 0, len(y.Content))
		for _, item := range y.Content {
			v, err := c.convert(item, depth+1)
			if err != nil {
				return nil, err
			}
			n.vals = append(n.vals, v)
			n.grow(v)
		}
	case yaml.MappingNode:
		return n, c.mapping(n, y, depth)
	}
	return n, nil
}

// node makes a node, many at a time.
func (c *converter) node(y *yaml.Node) *node {
	if len(c.slab) == 0 {
		c.slab = make([]node, 256)
	}
	n := &c.slab[0]
	c.slab = c.slab[1:]
	n.line, n.col, n.weight = y.Line, y.Column, 1+len(y.Value)/32
	return n
}

// grow adds a child's weight, which may not run over.
func (n *node) grow(child *node) { n.weight = min(n.weight+child.weight, math.MaxInt/4) }

func (c *converter) mapping(n *node, y *yaml.Node, depth int) error {
	n.sort = mapNode
	n.keys = make([]*node, 0, len(y.Content)/2)
	n.vals = make([]*node, 0, len(y.Content)/2)
	type key struct {
		sort nodeSort
		text string
	}
	var seen map[key]bool
	const few = 8 // up to here comparing is faster than a map
	if len(y.Content)/2 > few {
		seen = make(map[key]bool, len(y.Content)/2)
	}
	var merged []*node
	for i := 0; i+1 < len(y.Content); i += 2 {
		k, err := c.convert(y.Content[i], depth+1)
		if err != nil {
			return err
		}
		v, err := c.convert(y.Content[i+1], depth+1)
		if err != nil {
			return err
		}
		n.grow(k)
		n.grow(v)
		if y.Content[i].Value == "<<" && y.Content[i].Style == 0 && k.sort == strNode {
			if v.sort == listNode {
				merged = append(merged, v.vals...)
			} else {
				merged = append(merged, v)
			}
			continue
		}
		twice := false
		if k.sort < listNode {
			id := key{k.sort, k.text}
			if seen != nil {
				twice = seen[id]
				seen[id] = true
			} else {
				for _, old := range n.keys {
					twice = twice || old.sort == id.sort && old.text == id.text
				}
			}
		}
		if twice {
			return &syntaxError{k.line, k.col, "duplicate key " + quote(k.text)}
		}
		n.keys, n.vals = append(n.keys, k), append(n.vals, v)
	}
	for _, m := range merged {
		if m.sort != mapNode {
			return &syntaxError{m.line, m.col, "expected a map to merge, got " + m.what()}
		}
		if c.merged += len(m.keys); c.merged > maxExtra {
			return &syntaxError{m.line, m.col, "too many keys are merged"}
		}
		own := make(map[key]bool, len(n.keys))
		for _, k := range n.keys {
			own[key{k.sort, k.text}] = true
		}
		for i, k := range m.keys {
			if !own[key{k.sort, k.text}] {
				n.keys, n.vals = append(n.keys, k), append(n.vals, m.vals[i])
			}
		}
	}
	return nil
}

// scalar finds out what a scalar is, by the rules of YAML 1.1.
func (n *node) scalar(y *yaml.Node) {
	n.sort, n.text = strNode, y.Value
	if y.Style&^yaml.TaggedStyle != 0 || y.Style&yaml.TaggedStyle != 0 && y.Tag == "!!str" {
		return
	}
	s := y.Value
	if s == "" {
		n.sort = nullNode
		return
	}
	switch c := s[0]; {
	case c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.':
		if v := yamlInt(s); v != nil {
			n.sort, n.n = intNode, v
			if !isDecimal(s) {
				n.text = v.String()
			}
		} else if text, ok := yamlFloat(s); ok {
			n.sort, n.text = floatNode, text
		}
	default:
		switch s {
		case "~", "null", "Null", "NULL":
			n.sort = nullNode
		case "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON":
			n.sort, n.text = boolNode, "true"
		case "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF":
			n.sort, n.text = boolNode, "false"
		}
	}
}

// isDecimal tells of a number that is written as String writes it, and fits in 64 bits.
func isDecimal(s string) bool {
	if s == "0" {
		return true
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' || i == 0 && s[i] == '0' {
			return false
		}
	}
	return s != "" && len(s) < 19
}

// yamlInt reads the integers of YAML 1.1: 0x1f, 0b1, 017, 1_000, 1:30:00.
func yamlInt(s string) *big.Int {
	// The two usual forms first: enums have thousands of them.
	if isDecimal(s) {
		n, _ := strconv.ParseInt(s, 10, 64)
		return big.NewInt(n)
	}
	if len(s) < 18 && strings.HasPrefix(s, "0x") {
		if n, err := strconv.ParseUint(s[2:], 16, 63); err == nil {
			return big.NewInt(int64(n))
		}
	}
	if len(s) > 400 {
		return nil
	}
	digits := strings.TrimLeft(s, "+-")
	if len(s)-len(digits) > 1 || digits == "" || digits[0] < '0' || digits[0] > '9' {
		return nil
	}
	neg := s[0] == '-'
	plain := strings.ReplaceAll(digits, "_", "")
	v, ok := new(big.Int), true
	switch {
	case strings.HasPrefix(plain, "0x") && isHex(plain[2:]):
		v, ok = v.SetString(plain[2:], 16)
	case strings.HasPrefix(plain, "0b") && strings.Trim(plain[2:], "01") == "":
		v, ok = v.SetString(plain[2:], 2)
	case len(plain) > 1 && plain[0] == '0':
		v, ok = v.SetString(plain, 8)
	case strings.Contains(plain, ":"):
		for i, part := range strings.Split(plain, ":") {
			d, err := strconv.Atoi(part)
			if err != nil || d < 0 || i > 0 && (d > 59 || len(part) > 2) || strings.HasPrefix(part, "+") {
				return nil
			}
			v.Add(v.Mul(v, big.NewInt(60)), big.NewInt(int64(d)))
		}
	default:
		for i := range len(plain) {
			if plain[i] < '0' || plain[i] > '9' {
				return nil
			}
		}
		v, ok = v.SetString(plain, 10)
	}
	if !ok || v.Sign() < 0 {
		return nil
	}
	if neg {
		v.Neg(v)
	}
	return v
}

func isHex(s string) bool {
	for i := range len(s) {
		c := s[i] | 0x20
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return s != ""
}

// yamlFloat reads the floats of YAML 1.1 and gives them as an expression writes them.
func yamlFloat(s string) (string, bool) {
	body := strings.TrimLeft(s, "+-")
	if len(s)-len(body) > 1 || !strings.Contains(body, ".") || strings.ContainsAny(body, "xXpPiInN:") {
		return "", false // also .inf and .nan, which the language cannot write
	}
	v, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if err != nil {
		return "", false
	}
	text := strconv.FormatFloat(v, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text, true
}

// what names the node for a message: "a list", "the string "foo"".
func (n *node) what() string {
	switch n.sort {
	case nullNode, listNode, mapNode:
		return nodeNames[n.sort]
	case intNode, floatNode, boolNode:
		return quoteless(n.text)
	}
	_, name, _ := strings.Cut(nodeNames[n.sort], " ")
	return "the " + name + " " + quote(n.text)
}

// get is the value of a key that is a string, nil if there is none.
func (n *node) get(key string) *node {
	for i, k := range n.keys {
		if k.text == key && k.sort == strNode {
			return n.vals[i]
		}
	}
	return nil
}

// quoteless shows a number.
func quoteless(s string) string {
	const most = 60
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}

// quote shows a piece of a template in a message of one line.
func quote(s string) string {
	const most = 60
	if len(s) > most {
		return fmt.Sprintf("%.*q…", most, s)
	}
	return strconv.Quote(s)
}
