package pystruct

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
)

// goldenCase is one line of testdata/gen.py's output: what CPython did.
type goldenCase struct {
	F    string   `json:"f"`
	Size *int64   `json:"size"`
	At   *int64   `json:"at"`
	B    *string  `json:"b"`
	Iter *string  `json:"iter"`
	V    []string `json:"v"`
	Args []string `json:"args"`
	Into *string  `json:"into"`
	P    *string  `json:"p"`
	Err  string   `json:"err"`
	Type string   `json:"type"`
}

// TestGolden compares with CPython on the committed cases, made by
//
//	python3.11 testdata/gen.py 1 900 | gzip -9n > testdata/golden.jsonl.gz
//
// HEXLAY_STRUCT_GOLDEN names another, larger file of the same form, not compressed.
func TestGolden(t *testing.T) {
	var in io.Reader
	if path := os.Getenv("HEXLAY_STRUCT_GOLDEN"); path != "" {
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
	n, refused := 0, 0
	for ; sc.Scan(); n++ {
		var c goldenCase
		if err := json.Unmarshal(sc.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if c.Err != "" {
			refused++
		}
		if msg := c.compare(); msg != "" {
			t.Errorf("%s\n\t%.300s", msg, sc.Text())
		}
	}
	if n < 1000 {
		t.Fatalf("only %d cases", n)
	}
	t.Logf("%d cases, %d of them refusals", n, refused)
}

func (c *goldenCase) compare() string {
	f, err := Compile(c.F)
	var got, want string
	switch {
	case err != nil:
		err = fmt.Errorf("%s", err.(*FormatError).Reason)
	case c.Args != nil:
		got, err = c.pack(f)
		if c.P != nil {
			want = *c.P
		}
	case c.Iter != nil:
		var vs []Value
		vs, err = f.AppendIter(nil, unhex(*c.Iter))
		got, want = reprs(vs), strings.Join(c.V, " ")
	case c.B != nil:
		var vs []Value
		vs, err = f.UnpackFrom(unhex(*c.B), *c.At)
		got, want = reprs(vs), strings.Join(c.V, " ")
		if err == nil {
			if msg := c.byField(f, unhex(*c.B), vs); msg != "" {
				return msg
			}
		}
	default:
		got = fmt.Sprint(f.Size())
		if c.Size != nil {
			want = fmt.Sprint(*c.Size)
		}
	}
	switch {
	case c.Type == "SystemError" && err != nil:
		return ""
	case c.Err != "" && err == nil:
		return fmt.Sprintf("got %s, want the error %q", got, c.Err)
	case c.Err != "" && !strings.HasSuffix(err.Error(), c.Err):
		return fmt.Sprintf("got the error %q, want %q", err, c.Err)
	case c.Err == "" && err != nil:
		return fmt.Sprintf("got the error %q", err)
	case c.Err == "" && got != want:
		return fmt.Sprintf("got  %s\n\twant %s", got, want)
	}
	return ""
}

// pack packs the arguments. Ints beyond 64 bits are no Value: what is said of them comes from ParseValue.
func (c *goldenCase) pack(f *Format) (string, error) {
	if int64(len(c.Args)) != f.NumFields() {
		vs := make([]Value, len(c.Args))
		if c.Into != nil {
			return "", f.PackInto(nil, 0, vs)
		}
		_, err := f.Pack(vs)
		return "", err
	}
	if c.Into != nil {
		if _, err := f.CheckPackInto(int64(len(*c.Into)/2), *c.At); err != nil {
			return "", err
		}
	}
	vs := make([]Value, len(c.Args))
	fields := make([][]byte, len(c.Args))
	for i, arg := range c.Args {
		v, isValue := evalRepr(arg)
		typed, err := f.ParseValue(int64(i), arg)
		isBytes := strings.IndexByte("csp", f.Field(int64(i)).Code) >= 0
		if !isValue && isBytes {
			v = Float(0) // as little a bytes object as a large int is
		} else if !isValue {
			if err != nil {
				return "", err
			}
			v = typed
		}
		b, packErr := f.PackField(int64(i), v)
		if packErr != nil {
			return "", packErr
		}
		if isBytes || v.Kind() != KindBytes {
			if err != nil {
				return "", fmt.Errorf("ParseValue(%d, %s): %v", i, arg, err)
			}
			if again, err := f.PackField(int64(i), typed); err != nil || !bytes.Equal(again, b) {
				return "", fmt.Errorf("ParseValue(%d, %s) = %v", i, arg, typed)
			}
		}
		vs[i], fields[i] = v, b
	}
	if c.Into != nil {
		b := unhex(*c.Into)
		err := f.PackInto(b, *c.At, vs)
		return hex.EncodeToString(b), err
	}
	b, err := f.Pack(vs)
	if err != nil {
		return "", err
	}
	for i, one := range fields { // packing one field alone gives the same bytes
		if slices.ContainsFunc(f.runs, func(r run) bool { return r.op == opPascal && r.size == 0 }) {
			break // except before which '0p' wrote its length byte
		}
		fd := f.Field(int64(i))
		if !bytes.Equal(one, b[fd.Off:fd.Off+fd.Size]) {
			return "", fmt.Errorf("PackField(%d) = %x", i, one)
		}
	}
	return hex.EncodeToString(b), nil
}

// evalRepr reads a Python repr by its form alone; ok is false for ints that no Value holds.
func evalRepr(s string) (v Value, ok bool) {
	if s == "True" || s == "False" {
		return Bool(s == "True"), true
	}
	if s[0] == 'b' {
		b, err := unescape(s[2:len(s)-1], s[1], true)
		if err != nil {
			panic(err)
		}
		return Bytes(b), true
	}
	if n, ok := new(big.Int).SetString(s, 10); ok {
		if n.IsInt64() {
			return Int(n.Int64()), true
		}
		return Uint(n.Uint64()), n.IsUint64()
	}
	x, ok := parseFloat(s)
	if !ok {
		panic(s)
	}
	return Float(x), true
}

// byField reads the record value by value, and piecewise, which must agree with reading it whole.
func (c *goldenCase) byField(f *Format, b []byte, vs []Value) string {
	off, err := f.CheckUnpackFrom(int64(len(b)), *c.At)
	if err != nil {
		return err.Error()
	}
	rec := b[off:]
	for i, v := range vs {
		fd := f.Field(int64(i))
		one, err := f.UnpackField(int64(i), rec[fd.Off:fd.Off+fd.Size])
		if err != nil || one != v {
			return fmt.Sprintf("UnpackField(%d) = %v, %v, want %v", i, one, err, v)
		}
		if fd.Size > 0 {
			if k, ok := f.FieldAt(fd.Off + fd.Size - 1); !ok || k != int64(i) {
				return fmt.Sprintf("FieldAt(%d) = %d, %v, want %d", fd.Off, k, ok, i)
			}
		}
	}
	mid := int64(len(vs) / 2)
	got, err := f.AppendFields(nil, rec, 0, 0, mid)
	if err != nil {
		return err.Error()
	}
	if got, err = f.AppendFields(got, rec, 0, mid, int64(len(vs))-mid); err != nil {
		return err.Error()
	}
	if !slices.Equal(got, vs) {
		return fmt.Sprintf("AppendFields: %v, want %v", got, vs)
	}
	return ""
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

func reprs(vs []Value) string {
	s := make([]string, len(vs))
	for i, v := range vs {
		s[i] = v.String()
	}
	return strings.Join(s, " ")
}
