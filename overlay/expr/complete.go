package expr

import "strings"

// A Completion is what may be written at a place.
type Completion struct {
	Text string
	Type Type
}

// Complete lists what may stand at a byte of an expression that is being written: the names of fields, after a dot
// those of the object or the methods of the value before it, after "::" the members of an enum. The text from start to
// pos is the part that is there already, and all completions begin with it.
func Complete(text string, pos int, scope Scope) (start int, list []Completion) {
	pos = min(max(pos, 0), len(text))
	start = pos
	for start > 0 && isWord(text[start-1]) {
		start--
	}
	if start < pos && isDigit(text[start]) || inString(text[:start]) {
		return pos, nil
	}
	before := strings.TrimRight(text[:start], " \n")
	switch {
	case strings.HasSuffix(before, "::"):
		list = completeMember(strings.TrimSuffix(before, "::"), scope)
	case strings.HasSuffix(before, "."):
		list = completeDot(strings.TrimSuffix(before, "."), scope)
	default:
		list = completeName(scope)
	}
	kept := list[:0]
	for _, c := range list {
		if strings.HasPrefix(c.Text, text[start:pos]) {
			kept = append(kept, c)
		}
	}
	return start, kept
}

// inString tells whether a text ends within quotes, where it is a string's own and not a part within braces.
func inString(text string) bool {
	var open []byte // ' " and, of an f-string, f and { for each brace within it
	for i := 0; i < len(text); i++ {
		top := byte(0)
		if len(open) > 0 {
			top = open[len(open)-1]
		}
		c := text[i]
		switch {
		case top == '\'':
			if c == '\'' {
				open = open[:len(open)-1]
			}
		case top == '"' || top == 'f':
			switch {
			case c == '\\':
				i++
			case c == '"':
				open = open[:len(open)-1]
			case c == '{' && top == 'f':
				open = append(open, '{')
			}
		case c == '}' && top == '{':
			open = open[:len(open)-1]
		case c == '\'':
			open = append(open, c)
		case c == '"' && i > 0 && text[i-1] == 'f' && (i == 1 || !isWord(text[i-2])):
			open = append(open, 'f')
		case c == '"':
			open = append(open, c)
		}
	}
	return len(open) > 0 && open[len(open)-1] != '{'
}

func completeName(scope Scope) (list []Completion) {
	if self := scope.Self(); self != nil {
		list = append(completeClass(self), Completion{"_sizeof", Type{Kind: Int}})
	}
	if t, ok := scope.It(); ok {
		list = append(list, Completion{"_", t})
	}
	if scope.Index() {
		list = append(list, Completion{"_index", Type{Kind: Int}})
	}
	return list
}

// completeClass lists the members of an object of a class, nil or not.
func completeClass(class Class) (list []Completion) {
	if class != nil {
		for _, s := range class.Members() {
			if m, ok := class.Member(s); ok {
				list = append(list, Completion{s, m.Type})
			}
		}
	}
	for _, s := range []string{"_parent", "_root"} {
		t, _ := familyType(class, s)
		list = append(list, Completion{s, t})
	}
	return append(list, Completion{"_io", Type{Kind: StreamOf}})
}

func completeDot(text string, scope Scope) (list []Completion) {
	e := receiver(text)
	if e == nil {
		return nil
	}
	t, _ := e.Check(scope)
	switch t.Kind {
	case Null:
		return nil
	case ClassOf:
		return append(completeClass(t.Class), Completion{"_sizeof", Type{Kind: Int}})
	}
	for _, m := range methods[t.Kind] {
		r := t
		if m.result != nil {
			r = m.result(t)
		}
		list = append(list, Completion{m.name, r})
	}
	return list
}

// receiver is the longest end of a text that a dot may follow, nil if there is none.
func receiver(text string) *Expr {
	const most = 1000 // bytes that are looked at
	for i := max(0, len(text)-most); i < len(text); i++ {
		if i > 0 && isWord(text[i-1]) && isWord(text[i]) {
			continue
		}
		e, err := Parse(text[i:])
		if err != nil {
			continue
		}
		switch e.root.form {
		case unary, binary, compare, logic, choice:
			if !e.root.closed {
				continue
			}
		}
		return e
	}
	return nil
}

func completeMember(text string, scope Scope) (list []Completion) {
	i := len(text)
	for i > 0 && (isWord(text[i-1]) || text[i-1] == ':') {
		i--
	}
	path, abs := strings.CutPrefix(text[i:], "::")
	e, ok := scope.Enum(strings.Split(path, "::"), abs)
	if !ok {
		return nil
	}
	for _, s := range e.Members() {
		list = append(list, Completion{s, Type{Kind: EnumOf, Enum: e}})
	}
	return list
}
