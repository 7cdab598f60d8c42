package model

import (
	"regexp"
	"testing"
	"time"

	"hexlay/mmapdoc"
)

// TestGroupedMessages: sizes and counts in banners and messages have commas between thousands, wherever they are made.
func TestGroupedMessages(t *testing.T) {
	e := over(make([]byte, 20_000))
	defer e.Close()
	said := func(line string) string {
		_, err := run(t, e, line)
		if err != nil {
			return err.Error()
		}
		return e.Notice().Text
	}
	at := time.Date(2020, 1, 1, 12, 0, 0, 0, time.UTC)
	for _, text := range []string{
		mmapdoc.Outside{Deed: mmapdoc.Grew, Old: 19_000, New: 20_000, When: at}.String(),
		mmapdoc.Outside{Deed: mmapdoc.Shrank, Old: 19_000, New: 18_000, When: at}.String(),
		mmapdoc.Outside{Deed: mmapdoc.Replaced, Old: 19_000, New: 18_000, When: at}.String(),
		tellDifferences(make([]mmapdoc.Range, 1234)),
		tellDifferences(make([]mmapdoc.Range, differMost)),
		said("strings 100000"),
		said("find <70000s x"),
		said("select 0:12345"),
		said("insert 00"),
		preview([]patch{{off: 0, del: 12_345, data: make([]byte, 23_456)}}),
	} {
		if long := regexp.MustCompile(`\b[1-9]\d{3,}\b`).FindString(text); long != "" {
			t.Errorf("%q has %s", text, long)
		}
	}
	if got := tellDifferences(make([]mmapdoc.Range, 1)); got != "1 difference is highlighted" {
		t.Error(got)
	}
}
