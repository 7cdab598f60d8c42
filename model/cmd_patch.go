package model

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"hexlay/mmapdoc"
	"hexlay/overlay/diff"
	"hexlay/overlay/patchfile"
)

func patchCommands() []*Command {
	return []*Command{
		{Name: "patch", Group: "Compare", Help: "Write what was edited, or a comparison, as a patch (patch export FILE), or apply one (patch apply FILE)",
			Args: []Arg{{Kind: ArgWord, Choices: []string{"export", "export!", "apply"}}, {Kind: ArgFile, Optional: true}}, Run: runPatch},
		{Name: "patch-apply", Group: "Compare", Help: "Apply the patch that was looked at, as one undo step",
			Enabled: func(e *Editor) error {
				if e.patched == nil {
					return errors.New("no patch was looked at; patch apply FILE does")
				}
				return nil
			},
			Run: func(e *Editor, _ []string) (Effect, error) { return nil, e.applyPatch() }},
	}
}

const patchHint = "the ending tells the format: ips, ips32, bps, ups, xxd, script; txt for a list to read"

func runPatch(e *Editor, args []string) (Effect, error) {
	if len(args) == 1 {
		p := Prompt{Title: "Export a patch to", Command: "patch " + args[0], Complete: ArgFile, Hint: patchHint}
		if args[0] == "apply" {
			p.Title, p.Hint = "Apply the patch", "IPS, IPS32, BPS, UPS, xxd's text or a hexlay script"
		}
		return p, nil
	}
	path := expandHome(args[1])
	if args[0] == "apply" {
		return e.lookAtPatch(path), nil
	}
	return e.exportPatch(path, args[0] == "export!")
}

// exportPatch writes, in the background, the patch that makes the right side of a comparison from the left one, or the document
// from what is on disk.
func (e *Editor) exportPatch(path string, over bool) (Effect, error) {
	format, ok := patchfile.ByName(path)
	ext := strings.ToLower(filepath.Ext(path))
	list := ext == ".txt" || ext == ".diff"
	if !ok && !list {
		return nil, fmt.Errorf("patch export %s: %s", filepath.Base(path), patchHint)
	}
	var old, fresh *mmapdoc.Snapshot
	var look *mmapdoc.Outsider
	same := format.SameOffset() && !list
	if c := e.Comparison(); c != nil {
		old, fresh = c.sides[Left].ed.Snapshot(), c.sides[Right].ed.Snapshot()
		same = same || list && c.same
	} else if look = e.doc.Outsider(); look == nil {
		return nil, errors.New("the document has no file that a patch could be for; compare FILE first")
	} else {
		fresh = e.Snapshot()
	}
	for _, d := range e.inView() {
		if own := d.doc.Info().Path; own != "" && sameFile(own, path) {
			return nil, fmt.Errorf("patch export: %s is the document itself", path)
		}
	}
	if e.keeps(path) {
		return nil, fmt.Errorf("patch export: %s was opened read-only", path)
	}
	n := 0
	return Start{&Job{
		Kind: "patch", Title: "exporting a patch", Total: 2 * fresh.Size(),
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			if _, err := os.Lstat(path); err == nil && !over {
				return fs.ErrExist
			}
			if look != nil {
				disk, err := look.OpenAgain()
				if err != nil {
					return err
				}
				defer disk.Close()
				old = disk.Snapshot()
			}
			a, b := inputs(old, fresh)
			hunks := func(each func(patchfile.Hunk) error) error {
				var failed error
				o := diff.Options{SameOffset: same, Progress: func(done, _ int64) { progress.Store(done) }, Go: onCores}
				err := diff.Compare(ctx, a, b, o, func(h diff.Hunk) bool {
					n++
					failed = each(patchfile.Hunk{A: patchfile.Range(h.A), B: patchfile.Range(h.B)})
					return failed == nil
				})
				return errors.Join(err, failed)
			}
			return writeBeside(path, func(w io.Writer) error {
				if list {
					return listHunks(w, old, fresh, hunks)
				}
				return patchfile.Write(ctx, w, format, patchfile.Input{R: a.R, Size: a.Size}, patchfile.Input{R: b.R, Size: b.Size}, hunks)
			})
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch {
			case errors.Is(err, fs.ErrExist):
				return Ask{Title: "Overwrite?", Text: path + " exists.", Choices: []Choice{
					{"o", "overwrite it", "patch export! " + path}, {"esc", "cancel", ""}}}, nil
			case err != nil:
				if err = notCancelled(err); err != nil {
					err = fmt.Errorf("no patch was written: %w", err)
				}
				return nil, err
			}
			what := "from what is on disk to this document"
			if look == nil {
				what = "from the left side to the right one"
			}
			e.Notef("%s: %s, %s", filepath.Base(path), count(int64(n), "change"), what)
			return nil, nil
		},
	}}, nil
}

// writeBeside writes path by way of a file beside it: what is not whole must not look like a patch.
func writeBeside(path string, write func(w io.Writer) error) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".hexlay-*")
	if err != nil {
		return fileError(path, err)
	}
	defer func() {
		if err != nil {
			tmp.Close()
			os.Remove(tmp.Name())
		}
	}()
	if err = write(tmp); err != nil {
		return err
	}
	if err = tmp.Chmod(0o644); err != nil {
		return err
	}
	if err = tmp.Close(); err != nil {
		return err
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return fileError(path, err)
	}
	return nil
}

// listHunks writes what differs for people: a line with the ranges and sizes, and the first bytes of both.
func listHunks(w io.Writer, old, fresh *mmapdoc.Snapshot, hunks patchfile.Hunks) error {
	return hunks(func(h patchfile.Hunk) error {
		kind := diff.Hunk{A: diff.Range(h.A), B: diff.Range(h.B)}.Kind()
		if _, err := fmt.Fprintf(w, "%s %#x..%#x → %#x..%#x  (%s → %s)\n", kind, h.A.Start, h.A.End, h.B.Start, h.B.End, count(h.A.Len(), "byte"), Grouped(h.B.Len())); err != nil {
			return err
		}
		for i, s := range []*mmapdoc.Snapshot{old, fresh} {
			r := []patchfile.Range{h.A, h.B}[i]
			if r.Len() == 0 {
				continue
			}
			b := make([]byte, min(r.Len(), 32))
			if _, err := s.ReadAt(b, r.Start); err != nil {
				return err
			}
			more := ""
			if r.Len() > int64(len(b)) {
				more = " …"
			}
			if _, err := fmt.Fprintf(w, "%c % x%s\n", "-+"[i], b, more); err != nil {
				return err
			}
		}
		return nil
	})
}

// patchPlan is a patch that was looked at and waits for the answer.
type patchPlan struct {
	doc   *mmapdoc.Document
	batch *mmapdoc.Batch
	name  string
}

// maxPatchBytes is how many new bytes a patch may bring.
const maxPatchBytes = 1 << 30

// lookAtPatch reads a patch in the background, checks what it knows of the old bytes, and asks before it is applied.
func (e *Editor) lookAtPatch(path string) Effect {
	s, doc := e.Snapshot(), e.doc
	e.patched = nil
	plan := &patchPlan{doc: doc, batch: s.NewBatch(), name: filepath.Base(path)}
	var format patchfile.Format
	var gone, brought int64
	var sample strings.Builder
	unread := false // the error names the file
	return Start{&Job{
		Kind: "patch", Title: "reading the patch", Quick: true,
		Run: func(ctx context.Context, progress *atomic.Int64) error {
			f, err := mmapdoc.Open(path)
			if err != nil {
				unread = true
				return err
			}
			defer f.Close()
			p, err := patchfile.Open(f.Snapshot(), f.Size())
			if err != nil {
				return err
			}
			format = p.Format
			var held patchfile.Change // changes that touch are one
			some := false
			flush := func() error {
				if !some {
					return nil
				}
				if plan.batch.Len() < 3 {
					was := make([]byte, min(held.End-held.Start, 8))
					if _, err := s.ReadAt(was, held.Start); err != nil && len(was) > 0 {
						return err
					}
					fmt.Fprintf(&sample, "\n%#x: %s → %s", held.Start, shortHex(was, held.End-held.Start), shortHex(held.New[:min(len(held.New), 8)], int64(len(held.New))))
				}
				return plan.batch.Replace(mmapdoc.Range{Start: held.Start, End: held.End}, held.New)
			}
			err = p.Apply(ctx, patchfile.Input{R: s, Size: s.Size()}, func(c patchfile.Change) error {
				gone, brought = gone+c.End-c.Start, brought+int64(len(c.New))
				if brought > maxPatchBytes {
					return fmt.Errorf("it brings more than %s", count(maxPatchBytes, "byte"))
				}
				if some && held.End == c.Start {
					held.End, held.New = c.End, append(held.New, c.New...)
					return nil
				}
				if err := flush(); err != nil {
					return err
				}
				held, some = patchfile.Change{Start: c.Start, End: c.End, New: append([]byte(nil), c.New...)}, true
				return nil
			})
			if err == nil {
				err = flush()
			}
			if err == nil {
				plan.batch.Build()
			}
			return err
		},
		Done: func(e *Editor, err error) (Effect, error) {
			switch n := int64(plan.batch.Len()); {
			case err != nil:
				if err = notCancelled(err); err != nil && !unread {
					err = fmt.Errorf("%s was not applied: %w", plan.name, err)
				}
				return nil, err
			case e.doc != doc:
				return nil, nil
			case n == 0:
				e.Notef("%s changes nothing here", plan.name)
				return nil, nil
			default:
				e.patched = plan
				text := fmt.Sprintf("%s (%s): %s, %s become %s", plan.name, format, count(n, "change"), count(gone, "byte"), Grouped(brought))
				if format == patchfile.IPS || format == patchfile.IPS32 || format == patchfile.XXD {
					text += ". The format knows no old bytes, so nothing tells whether it is for this file"
				} else {
					text += ". It is for this file"
				}
				text += "." + sample.String()
				if n > 3 {
					text += "\n…"
				}
				return Ask{Title: "Apply the patch?", Text: text, Choices: []Choice{{"y", "apply it, as one undo step", "patch-apply"}, {"esc", "cancel", ""}}}, nil
			}
		},
	}}
}

func shortHex(b []byte, n int64) string {
	if n == 0 {
		return "nothing"
	}
	s := fmt.Sprintf("% x", b)
	if n > int64(len(b)) {
		s += "…"
	}
	return s
}

func (e *Editor) applyPatch() error {
	p := e.patched
	e.patched = nil
	if p.doc != e.doc {
		return errors.New("the document is another one now; patch apply looks at the patch again")
	}
	if err := e.applyBatch(p.batch); err != nil {
		if errors.Is(err, mmapdoc.ErrStale) {
			err = errors.New("the document has changed since; patch apply looks at the patch again")
		}
		return err
	}
	e.low, e.selecting = false, false
	e.setCursor(min(e.cursor, e.Size()))
	e.Jump(min(p.batch.Range().Start, e.Size()))
	e.Notef("applied %s: %s; undo takes all back", p.name, count(int64(p.batch.Len()), "change"))
	return nil
}
