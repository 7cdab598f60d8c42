package model

import (
	"fmt"
	"strings"

	"hexlay/mmapdoc"
	"hexlay/overlay/pystruct"
)

func runStruct(e *Editor, args []string) (Effect, error) {
	if len(args) == 0 {
		return Prompt{Title: "Lay struct format", Command: "struct", Complete: ArgFormat,
			Hint: "<2sIHHI:magic,size,r1,r2,data   >BHI:version,type,length 0x36"}, nil
	}
	f, where, err := e.cutFormat(args[0])
	if err != nil {
		return nil, err
	}
	r := e.Scope()
	if e.Found() {
		r.Start = e.Selection().Start
		r.End = r.Start
	}
	if where != "" {
		if r, err = e.AddressRange(strings.TrimPrefix(where, "@")); err != nil {
			return nil, err
		}
	}
	return e.layStruct(f, r)
}

// layStruct lays as many records over r as it holds, one at least.
func (e *Editor) layStruct(f *pystruct.Format, r mmapdoc.Range) (Effect, error) {
	if f.Size() == 0 || f.NumFields() == 0 {
		return nil, fmt.Errorf("struct %q: has no values to lay over the bytes", f)
	}
	n := max(1, r.Len()/f.Size())
	if n > maxRecords || f.Size() > 1<<62/n || f.Size() > 1<<62-r.Start {
		return nil, fmt.Errorf("struct: %s of %s are too many to list", count(n, "record"), count(f.Size(), "byte"))
	}
	region := mmapdoc.Range{Start: r.Start, End: r.Start + n*f.Size()}
	o, err := e.lay(structTemplate(f, n), region, false)
	if err != nil {
		return nil, err
	}
	e.moveTo(r.Start)
	e.Notef("%s of %s at %#x", count(n, "record"), count(f.Size(), "byte"), r.Start)
	if rest := r.Len() - n*f.Size(); rest > 0 {
		e.notice.Text += fmt.Sprintf(", %s left over", count(rest, "byte"))
	} else if rest < 0 && region.End > e.Size() {
		e.notice.Text += fmt.Sprintf(", needs %s more", count(region.End-e.Size(), "byte"))
	}
	return Effects{Start{e.choose(o)}, Panel{"structure", Show}}, nil
}

// maxRecords keeps the arithmetic of a list with a row for every field within 64 bits.
const maxRecords = 1 << 40

// CheckFormat tells what is wrong with a format as the command struct takes it.
func (e *Editor) CheckFormat(s string) error {
	if _, _, err := e.cutFormat(s); err != nil {
		return fmt.Errorf("struct: %w", err)
	}
	return nil
}

// cutFormat parts "FORMAT [OFF:LEN]". A format may have spaces in it, and names of fields too, unless what follows the
// space is a place.
func (e *Editor) cutFormat(s string) (f *pystruct.Format, where string, err error) {
	s = strings.TrimSpace(s)
	if s != "" && (s[0] == '\'' || s[0] == '"') {
		if i := strings.IndexByte(s[1:], s[0]); i >= 0 {
			f, err = pystruct.Compile(s[1 : i+1])
			return f, strings.TrimSpace(s[i+2:]), err
		}
	}
	whole, err := pystruct.Compile(s)
	for at := strings.LastIndexByte(s, ' '); at > 0; at = strings.LastIndexByte(s[:at], ' ') {
		head, tail := strings.TrimSpace(s[:at]), strings.TrimSpace(s[at:])
		if err == nil && !strings.Contains(head, ":") {
			break
		}
		if _, rerr := e.AddressRange(strings.TrimPrefix(tail, "@")); rerr != nil && !strings.ContainsAny(tail, "0123456789") {
			continue
		}
		if f, ferr := pystruct.Compile(head); ferr == nil {
			return f, tail, nil
		}
	}
	return whole, "", err
}
