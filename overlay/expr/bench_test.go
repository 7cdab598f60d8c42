package expr

import "testing"

func prepared(tb testing.TB, text string) (*Expr, *Frame) {
	e, err := Parse(text)
	if err != nil {
		tb.Fatal(err)
	}
	scope, frame := world()
	if _, problems := e.Check(scope); len(problems) > 0 {
		tb.Fatal(problems)
	}
	return e, frame
}

func BenchmarkEval(b *testing.B) {
	for name, text := range map[string]string{
		"condition": "flags & 1 != 0 and len_body > 4",
		"size":      "len_body * 4 - 8",
		"parent":    "sub._parent.len_body + 1",
		"enum":      "pet == animal::dog",
		"string":    `s == "hello"`,
		"bytes":     "b == [1, 2, 255]",
	} {
		b.Run(name, func(b *testing.B) {
			e, f := prepared(b, text)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := e.Eval(f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkParseCheck(b *testing.B) {
	scope, _ := world()
	b.ReportAllocs()
	for b.Loop() {
		e, _ := Parse("flags & 1 != 0 and len_body > 4")
		e.Check(scope)
	}
}

// Conditions and sizes, which run for every field, allocate nothing.
func TestEvalAllocatesNothing(t *testing.T) {
	for _, text := range []string{"flags & 1 != 0 and len_body > 4", "len_body * 4 - 8", "sub._parent.len_body + 1",
		"pet == animal::dog", `s == "hello"`, "b == [1, 2, 255]", "_io.pos < 100", "flag ? 1 : 2", "ints.size - 1"} {
		e, f := prepared(t, text)
		if n := testing.AllocsPerRun(100, func() { e.Eval(f) }); n != 0 {
			t.Errorf("%s allocates %v times", text, n)
		}
	}
}
