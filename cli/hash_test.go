package cli

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"strings"
	"testing"
)

func TestHash(t *testing.T) {
	data := []byte(strings.Repeat("hexlay hashes many at once\n", 100_000))
	path := writeFile(t, "f", data)
	all := fmt.Sprintf(`{"sha256":"%x"}`, sha256.Sum256(data))
	sameJSON(t, fine(t, nil, "hash", path, "--json"), all)
	sameJSON(t, fine(t, data, "hash", "-", "--json"), all)
	three := func(b []byte) string {
		return fmt.Sprintf(`{"md5":"%x","CRC32":"%08x","crc:width=8:poly=7":"%s"}`, md5.Sum(b), crc32.ChecksumIEEE(b), crc8(b))
	}
	for _, c := range []struct {
		r    string
		want []byte
	}{{"0:", data}, {"7:100", data[7:107]}, {"1M:", data[1<<20:]}, {"-27:6", data[len(data)-27:][:6]}, {"3..-5", data[3 : len(data)-5]}, {"5:0", nil}} {
		args := []string{"hash", path, "--algo", "md5,CRC32", "--algo", "crc:width=8:poly=7", "--range", c.r, "--json"}
		sameJSON(t, fine(t, nil, args...), three(c.want))
		args[1] = "-"
		sameJSON(t, fine(t, data, args...), three(c.want))
	}
	if got, want := string(fine(t, nil, "hash", path, "--algo", "md5,crc-32")), fmt.Sprintf("md5     %x\ncrc-32  %08x\n", md5.Sum(data), crc32.ChecksumIEEE(data)); got != want {
		t.Errorf("printed %q, want %q", got, want)
	}
	if list := string(fine(t, nil, "hash", "--list")); !strings.Contains(list, "crc-16/modbus ") || strings.Count(list, "\n") < 140 {
		t.Errorf("--list prints %s", list)
	}
}

// crc8 is CRC-8/SMBUS, bit by bit.
func crc8(b []byte) string {
	r := byte(0)
	for _, c := range b {
		r ^= c
		for range 8 {
			r = r<<1 ^ r>>7*7
		}
	}
	return fmt.Sprintf("%02x", r)
}

func TestHashRefused(t *testing.T) {
	path := writeFile(t, "f", []byte("0123456789"))
	for _, c := range []struct {
		status int
		text   string
		args   []string
	}{
		{exitRefused, "or sha256?", []string{path, "--algo", "sha265"}},
		{exitRefused, "hash --list", []string{path, "--algo", "nothing-like-it"}},
		{exitUsage, "not a range", []string{path, "--range", "12"}},
		{exitData, "beyond the end", []string{path, "--range", "4:7"}},
		{exitData, "beyond the end", []string{"-", "--range", "4:7"}},
		{exitData, "beyond the end", []string{"-", "--range", "11:"}},
		{exitUsage, "no such file", []string{path + "x"}},
		{exitUsage, "too few", nil},
	} {
		r := runHere(t, []byte("0123456789"), append([]string{"hash"}, c.args...)...)
		if r.status != c.status || len(r.out) > 0 || !strings.Contains(r.err, c.text) {
			t.Errorf("%q: status %d, printed %q, said %q", c.args, r.status, r.out, r.err)
		}
	}
}
