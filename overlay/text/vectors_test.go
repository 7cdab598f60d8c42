package text

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand"
	"os"
	"strings"
	"testing"
)

// TestVectors compares with what CPython did; gen/vectors.py describes the file.
func TestVectors(t *testing.T) {
	name := os.Getenv("HEXLAY_TEXT_VECTORS")
	if name == "" {
		name = "testdata/vectors.gz"
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = bufio.NewReaderSize(f, 1<<20)
	if strings.HasSuffix(name, ".gz") {
		if in, err = gzip.NewReader(in); err != nil {
			t.Fatal(err)
		}
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	n, wrong := 0, 0
	rnd := rand.New(rand.NewSource(1))
	for lines.Scan() {
		n++
		if msg := checkVector(lines.Text(), rnd); msg != "" {
			if wrong++; wrong <= 40 {
				t.Error(msg)
			}
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	if n == 0 {
		t.Fatal("no vectors")
	}
	t.Logf("%d cases, %d differ", n, wrong)
}

func checkVector(line string, rnd *rand.Rand) string {
	f := strings.Split(line, "\t")
	op, codec, handler, want := f[0], f[1], f[2], f[4]
	in, _ := hex.DecodeString(f[3])
	c, err := Lookup(codec)
	if err != nil {
		return err.Error()
	}
	h, err := LookupHandler(handler, op == "E")
	if err != nil {
		return err.Error()
	}
	if op == "E" {
		out, err := c.Encode(nil, string(in), h)
		got := outcome(out, err)
		if got != want {
			return fmt.Sprintf("%s.encode(%s) of %+q: got %s, want %s", codec, handler, runesOf(string(in)), got, want)
		}
		return ""
	}
	out, err := c.Decode(nil, in, h)
	if got := outcome(out, err); got != want {
		return fmt.Sprintf("%s.decode(%s) of %x: got %s, want %s", codec, handler, in, got, want)
	}
	var pieces []byte
	at := 0
	bad := ""
	cerr := c.Chars(in, h, func(ch Char) bool {
		if ch.Start != at || ch.End < ch.Start {
			bad = fmt.Sprintf("%s.Chars(%s) of %x: char %v after %d", codec, handler, in, ch, at)
		}
		at = ch.End
		pieces = append(pieces, ch.Text...)
		return true
	})
	if err == nil && at != len(in) {
		bad = fmt.Sprintf("%s.Chars(%s) of %x ends at %d", codec, handler, in, at)
	}
	if bad != "" {
		return bad
	}
	if fmt.Sprint(cerr) != fmt.Sprint(err) || !bytes.Equal(pieces, out) {
		return fmt.Sprintf("%s.Chars(%s) of %x: got %x %v, want %x %v", codec, handler, in, pieces, cerr, out, err)
	}
	d := c.NewDecoder(h)
	var text, cuts []byte
	var derr error
	for rest := in; ; {
		k := rnd.Intn(min(len(rest), 4) + 1)
		final := k == len(rest) && rnd.Intn(2) == 0
		text, derr = d.Decode(text, rest[:k], final)
		rest = rest[k:]
		cuts = append(cuts, byte(k))
		if final || derr != nil {
			break
		}
	}
	if fmt.Sprint(derr) != fmt.Sprint(err) || !bytes.Equal(text, out) {
		return fmt.Sprintf("%s.NewDecoder(%s) of %x cut at %v: got %x %v, want %x %v", codec, handler, in, cuts, text, derr, out, err)
	}
	return ""
}

func outcome(out []byte, err error) string {
	var de *DecodeError
	var ee *EncodeError
	switch {
	case err == nil:
		return "=" + hex.EncodeToString(out)
	case errors.As(err, &de) && de.Reason == internalReason:
		return "!|0|0|" + internalReason
	case errors.As(err, &de):
		return fmt.Sprintf("!%s|%d|%d|%v", de.Encoding, de.Start, de.End, de)
	case errors.As(err, &ee):
		return fmt.Sprintf("!%s|%d|%d|%v", ee.Encoding, ee.Start, ee.End, ee)
	}
	return err.Error()
}
