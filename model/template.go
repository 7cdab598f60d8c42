package model

import (
	"strings"

	"hexlay/mmapdoc"
	"hexlay/overlay/pystruct"
)

// Template is what an overlay lays over bytes.
type Template struct {
	Name   string
	format *pystruct.Format
	count  int64 // records of format
}

// structTemplate is n records of a struct format. Its name is the format without the names of its fields.
func structTemplate(f *pystruct.Format, n int64) *Template {
	name, _, _ := strings.Cut(f.String(), ":")
	return &Template{Name: strings.TrimSpace(name), format: f, count: n}
}

// key tells two templates apart: laid again, one replaces itself.
func (t *Template) key() string { return t.format.String() }

// open lays the template over r of a snapshot. It reads nothing yet.
func (t *Template) open(s *mmapdoc.Snapshot, r mmapdoc.Range) laid {
	return &structLaid{t.format, s, r, t.count}
}
