package expr

import (
	_ "embed"
	"encoding/hex"
	"strconv"
	"strings"
	"testing"
)

//go:embed testdata/oracle.txt
var oracle string

// TestOracle evaluates random expressions that Python evaluated, see testdata/gen_oracle.py.
func TestOracle(t *testing.T) {
	scope, frame := world()
	n := 0
	for line := range strings.Lines(oracle) {
		text, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		e, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if _, problems := e.Check(scope); len(problems) > 0 {
			t.Errorf("%s: %v", text, problems)
			continue
		}
		v, err := e.Eval(frame)
		got := show(v)
		if err != nil {
			got = "!" + err.(*Error).Kind
		} else if v.Kind() == Str {
			got = `"` + hex.EncodeToString([]byte(v.Str()))
		} else if v.Kind() == Float {
			x, err := strconv.ParseFloat(want, 64)
			if err == nil && x == v.Float() {
				got = want
			}
		}
		if got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
		n++
	}
	if n < 2000 {
		t.Errorf("only %d expressions", n)
	}
}
