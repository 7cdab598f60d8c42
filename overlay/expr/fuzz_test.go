package expr

import (
	"errors"
	"strings"
	"testing"
)

// FuzzExpr reads, checks and evaluates anything: no panic, positions within the text, values of the type that Check
// promised, and the same again from the text that completion saw.
func FuzzExpr(f *testing.F) {
	for _, c := range evalTable {
		f.Add(c.text)
	}
	for _, s := range hostile() {
		if len(s) < 3000 {
			f.Add(s)
		}
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > 5000 {
			return
		}
		scope, frame := world()
		Complete(text, len(text)/2, scope)
		e, err := Parse(text)
		if err != nil {
			var s *SyntaxError
			if !errors.As(err, &s) || s.Pos < 0 || s.Pos > len(text) {
				t.Fatalf("%v", err)
			}
			return
		}
		typ, problems := e.Check(scope)
		for _, p := range problems {
			if p.Start < 0 || p.Start > p.End || p.End > len(text) || p.Msg == "" || strings.Contains(p.Msg, "%!") {
				t.Fatalf("%+v", p)
			}
		}
		v, err := e.Eval(frame)
		switch {
		case len(problems) > 0 && err == nil:
			t.Fatal("an expression with problems was evaluated")
		case err != nil:
			var own *Error
			if !errors.As(err, &own) || own.Msg == "" {
				t.Fatal(err)
			}
		case typ.Kind == Any || v.Kind() == Null:
		case v.Kind() != typ.Kind:
			t.Fatalf("value %s of type %s", show(v), typ)
		}
	})
}

func FuzzParseTypeRef(f *testing.F) {
	for _, s := range []string{"foo", "a::b(1, x + 2)", "::abs", "u2[]", "foo()", "foo(2 + 3, )", "foo(", "b12le", "a::b[](1)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseTypeRef(text)
		if err == nil {
			for _, a := range r.Args {
				if text[a.Offset:a.Offset+len(a.Text)] != a.Text {
					t.Fatalf("%q at %d", a.Text, a.Offset)
				}
				scope, _ := world()
				_, problems := a.Check(scope)
				for _, p := range problems {
					if p.Start < 0 || p.End > len(a.Text) {
						t.Fatalf("%q: %+v", a.Text, p)
					}
				}
			}
		}
		ParseCall(text)
	})
}

// hostile are expressions made to take too much stack, memory or time.
func hostile() []string {
	rep := strings.Repeat
	return []string{
		rep("(", 100000), rep("(", 150) + "1" + rep(")", 150), rep("-", 100000) + "1", rep("not ", 100000) + "true",
		"1" + rep("+1", 4000), "1" + rep("+1", 100000), rep("[", 100000), "true" + rep("?true", 1000),
		rep("true?1:", 150) + "1", rep("true?1:", 100000) + "1", "sub" + rep("._parent.sub", 2000),
		rep(`f"{`, 10000), rep("1<<", 1000) + "262143", "big" + rep("*big", 4500),
		"'" + rep("x", 1<<20) + "'", rep("'x'", 20000), rep("9", 1<<20), rep("9", 19000), "'" + rep("9", 1<<20) + "'.to_i",
		"0x" + rep("_", 1<<20), "1<<262143<<1", "(1<<262143)*(1<<262143)", "(1<<260000).to_s.to_i", "1e999999999", "1e-999999999",
		"a" + rep("::a", 100000), rep("a.", 100000) + "a", "1" + rep("[0]", 100000), "true" + rep(" and true", 4000),
		rep("\\\n", 100000) + "1", "[" + rep("1,", 100000) + "]", "\"\\" + rep("7", 1000) + "\"",
	}
}

func TestHostile(t *testing.T) {
	for _, text := range hostile() {
		// Each ends, somehow; the fuzz target checks what comes of it.
		scope, frame := world()
		e, err := Parse(text)
		if err != nil {
			if s := err.Error(); len(s) > 400 || strings.Contains(s, "\n") {
				t.Errorf("error of %d bytes", len(s))
			}
			continue
		}
		_, problems := e.Check(scope)
		for _, p := range problems {
			if len(p.Msg) > 400 {
				t.Errorf("problem of %d bytes: %.100s", len(p.Msg), p.Msg)
			}
		}
		if _, err := e.Eval(frame); err != nil && len(err.Error()) > 400 {
			t.Errorf("error of %d bytes: %.100s", len(err.Error()), err)
		}
	}
}

// TestSteps: what takes long counts steps, so that a budget ends it.
func TestSteps(t *testing.T) {
	for _, c := range []struct {
		text  string
		least int
	}{
		{"flags + 1", 0},
		{"big * big", 1},
		{"(big << 100000) * (big << 100000)", 30000},
		{"(s + s).length", 0},
		{"long + long == long", 1000},
		{`f"{1}" + long.reverse`, 10000},
		{"flags" + strings.Repeat(" + flags", 1000), 60},
		{"manys.max", 9000},
	} {
		scope, frame := world()
		o := frame.Self.(*fakeObject)
		o.class.members["long"] = Member{Type{Kind: Str}, len(o.vals)}
		o.class.members["manys"] = Member{ArrayType(Type{Kind: Int}), len(o.vals) + 1}
		o.vals = append(o.vals, StrValue(strings.Repeat("x", 1<<20)), ArrayValue(make(Values, 10000)))
		for i := range 10000 {
			o.vals[len(o.vals)-1].Array().(Values)[i] = IntValue(int64(i))
		}
		e, err := Parse(c.text)
		if err != nil {
			t.Fatal(err)
		}
		if _, problems := e.Check(scope); len(problems) > 0 {
			t.Fatal(problems)
		}
		steps := 0
		frame.Step = func(n int) error { steps += n; return nil }
		if _, err := e.Eval(frame); err != nil {
			t.Fatal(err)
		}
		if steps < c.least || c.least == 0 && steps > 0 {
			t.Errorf("%.40s counts %d steps, want %d", c.text, steps, c.least)
		}
		if c.least == 0 {
			continue
		}
		ended := errors.New("ended")
		frame.Step = func(n int) error { return ended }
		if _, err := e.Eval(frame); err != ended {
			t.Errorf("%.40s: got %v", c.text, err)
		}
	}
}
