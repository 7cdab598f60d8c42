package literal

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"
)

// goldenCase is one line of testdata/gen.py's output: what CPython did.
type goldenCase struct {
	Op  string  `json:"op"`
	F   string  `json:"f"`
	B   string  `json:"b"`
	Sep string  `json:"sep"`
	N   int     `json:"n"`
	P   *string `json:"p"`
	S   *string `json:"s"`
	Err *string `json:"err"`
}

// TestGolden compares with CPython on the committed cases, made by
//
//	python3.11 testdata/gen.py 1 8000 | gzip -9n > testdata/golden.jsonl.gz
//
// HEXLAY_LITERAL_GOLDEN names another, larger file of the same form, not compressed.
func TestGolden(t *testing.T) {
	var in io.Reader
	if path := os.Getenv("HEXLAY_LITERAL_GOLDEN"); path != "" {
		file, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		in = file
	} else {
		raw, err := os.ReadFile("testdata/golden.jsonl.gz")
		if err != nil {
			t.Fatal(err)
		}
		if in, err = gzip.NewReader(bytes.NewReader(raw)); err != nil {
			t.Fatal(err)
		}
	}
	sc := bufio.NewScanner(in)
	sc.Buffer(nil, 1<<24)
	counts := map[string]int{}
	for sc.Scan() {
		var c goldenCase
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		counts[c.Op]++
		if c.Err != nil {
			counts[c.Op+" refused"]++
		}
		if msg := c.compare(); msg != "" {
			t.Errorf("%s\n\t%.400s", msg, sc.Text())
		}
	}
	if counts["percent"] < 1000 || counts["py"] < 1000 {
		t.Fatalf("too few cases: %v", counts)
	}
	t.Logf("%v", counts)
}

func (c *goldenCase) compare() string {
	b, err := hex.DecodeString(c.B)
	if err != nil {
		return err.Error()
	}
	var got string
	switch c.Op {
	case "fromhex":
		var p []byte
		p, err = FromHex(c.F)
		got = hex.EncodeToString(p)
		if err != nil {
			e := err.(*ParseError)
			err = fmt.Errorf("%s at position %d", e.Reason, e.Pos)
		}
	case "hex":
		got = Hex(b, c.Sep, c.N)
	case "repr":
		got = PyLiteral(b)
	case "uu":
		got = string(appendUU(nil, b))
	case "py":
		var p []byte
		p, err = ParsePy(c.F)
		got = hex.EncodeToString(p)
		if err != nil && c.Err != nil {
			return "" // the words are Python's parser's own
		}
	case "percent":
		var p []byte
		p, err = Percent(b, c.F)
		got = hex.EncodeToString(p)
		if err != nil {
			err = fmt.Errorf("%s", err.(*ParseError).Reason)
			if c.Err != nil && strings.HasPrefix(err.Error(), *c.Err) {
				return "" // KeyError says only the key
			}
			if c.Err != nil && *c.Err == "character argument not in range(0x110000)" {
				return "" // CPython fails at wording its refusal of a letter beyond ASCII
			}
		}
	}
	switch {
	case c.Err != nil && err == nil:
		return fmt.Sprintf("got %q, want the error %q", got, *c.Err)
	case c.Err != nil && err.Error() != *c.Err:
		return fmt.Sprintf("got the error %q, want %q", err, *c.Err)
	case c.Err == nil && err != nil:
		return fmt.Sprintf("got the error %q", err)
	case c.P != nil && got != *c.P:
		return fmt.Sprintf("got  %s\n\twant %s", got, *c.P)
	case c.S != nil && got != *c.S:
		return fmt.Sprintf("got  %q\n\twant %q", got, *c.S)
	}
	return ""
}
