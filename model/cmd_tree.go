package model

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"hexlay/mmapdoc"
)

func treeCommands() []*Command {
	return []*Command{
		{Name: "tree-filter", Group: "Structure", Help: "Narrow the tree to the fields with a text in their names; without one show all again",
			Args: []Arg{{Kind: ArgString, Optional: true}}, Enabled: (*Editor).someOverlay, Run: runTreeFilter},
		{Name: "tree-unfilter", Group: "Structure", Help: "Show the whole tree again", Enabled: (*Editor).someOverlay,
			Run: func(e *Editor, _ []string) (Effect, error) {
				return e.onTree("", func(o *outline, _ context.Context) error {
					o.filter = nil
					return o.reveal(o.cursor)
				})
			}},
		{Name: "tree-export", Group: "Structure", Help: "Write the chosen field and all in it as JSON into a file, or put it on the clipboard",
			Args: []Arg{{Kind: ArgFile, Optional: true}}, Enabled: (*Editor).someOverlay, Run: treeExport(false)},
		{Name: "tree-export!", Group: "Structure", Help: "Write the JSON even over a file that exists",
			Args: []Arg{{Kind: ArgFile}}, Enabled: (*Editor).someOverlay, Run: treeExport(true)},
		{Name: "node-copy", Group: "Structure", Help: "Copy the value of the chosen field, or its path", Enabled: (*Editor).someOverlay,
			Args: []Arg{{Kind: ArgWord, Choices: []string{"value", "path"}}}, Run: runNodeCopy},
		{Name: "node-doc", Group: "Structure", Help: "Show what the template says about the chosen field", Enabled: (*Editor).someOverlay, Run: runNodeDoc},
		{Name: "node-follow", Group: "Structure", Help: "Go where the chosen field points to; back returns", Enabled: (*Editor).someOverlay, Run: runNodeFollow},
		{Name: "node-select", Group: "Structure", Help: "Select the bytes of the chosen field", Enabled: (*Editor).someOverlay, Run: runNodeSelect},
		{Name: "gap-next", Group: "Structure", Help: "Select the next bytes that no field of the overlay reads", Enabled: (*Editor).someOverlay, Run: gapStep(1)},
		{Name: "gap-previous", Group: "Structure", Help: "Select the previous bytes that no field of the overlay reads", Enabled: (*Editor).someOverlay, Run: gapStep(-1)},
		{Name: "gaps", Group: "Structure", Help: "List the bytes that no field of the overlay reads", Enabled: (*Editor).someOverlay, Run: runGaps},
	}
}

// ask runs a question to the outline about what is chosen; answer runs on the editor's goroutine.
func (e *Editor) ask(title string, question func(ctx context.Context, o *outline, n node, p path) error, answer func(e *Editor) (Effect, error)) (Effect, error) {
	return Start{e.treeJob(title, func(ctx context.Context, o *outline, sc *scene) error {
		o.follow(ctx, sc.cursor)
		n, p, err := o.chosen()
		if err != nil {
			return err
		}
		return question(ctx, o, n, p)
	}, func(e *Editor, err error) (Effect, error) {
		if err != nil {
			return nil, notCancelled(err)
		}
		return answer(e)
	})}, nil
}

func runNodeCopy(e *Editor, args []string) (Effect, error) {
	var text string
	return e.ask("", func(_ context.Context, o *outline, n node, p path) error {
		if args[0] == "path" {
			text = or(pathText(p.steps), o.tree(p.overlay).Name())
			return nil
		}
		if f, ok := n.(editable); ok {
			var err error
			if text, err = f.value(); err == nil {
				return nil
			} else if !errors.Is(err, errNotOne) {
				return err
			}
		}
		var r Row
		n.describe(&r)
		text = r.Value
		return nil
	}, func(e *Editor) (Effect, error) {
		e.Notef("copied %s", shorten(text, 60))
		return Clipboard{text}, nil
	})
}

func runNodeDoc(e *Editor, _ []string) (Effect, error) {
	var r Row
	var at string
	return e.ask("", func(_ context.Context, o *outline, n node, p path) error {
		n.describe(&r)
		at = or(pathText(p.steps), o.tree(p.overlay).Name())
		return nil
	}, func(*Editor) (Effect, error) {
		text := or(strings.TrimSpace(r.Doc), "The template says nothing about this field.")
		if r.Note != "" {
			text += "\n" + r.Note
		}
		return Ask{Title: strings.TrimSpace(at + "  " + r.Type), Text: text, Choices: []Choice{{"esc", "close", ""}}}, nil
	})
}

// pointer is a node that says where other bytes are.
type pointer interface {
	node
	// target is the field that the node points to, by the step of a sibling or of its own; ok is false for none.
	target() (off int64, ok bool)
}

func runNodeFollow(e *Editor, _ []string) (Effect, error) {
	var off int64
	return e.ask("following", func(_ context.Context, o *outline, n node, p path) error {
		if t, ok := n.(pointer); ok {
			if at, ok := t.target(); ok {
				off = at
				return nil
			}
		}
		return fmt.Errorf("%s points nowhere", or(pathText(p.steps), "the overlay"))
	}, func(e *Editor) (Effect, error) {
		if off < 0 || off > e.Size() {
			return nil, fmt.Errorf("it points to %#x, outside the document's [0, %#x]", off, e.Size())
		}
		e.Jump(off)
		e.Notef("followed to %#x; back returns", off)
		return e.do("node-here")
	})
}

func runNodeSelect(e *Editor, _ []string) (Effect, error) {
	var r mmapdoc.Range
	return e.ask("", func(_ context.Context, _ *outline, n node, p path) error {
		var ok bool
		if r, ok = n.place(); !ok || r.Len() == 0 {
			return fmt.Errorf("%s has no bytes in the document", or(pathText(p.steps), "the overlay"))
		}
		return nil
	}, func(e *Editor) (Effect, error) {
		e.selectPlace(mmapdoc.Range{Start: min(r.Start, e.Size()), End: min(r.End, e.Size())})
		return nil, nil
	})
}

// maxGaps bounds a list of gaps.
const maxGaps = 10_000

func (e *Editor) gaps(answer func(e *Editor, name string, gaps []mmapdoc.Range) (Effect, error)) (Effect, error) {
	var gaps []mmapdoc.Range
	var name string
	return e.ask("reading all fields", func(ctx context.Context, o *outline, _ node, p path) error {
		t := o.tree(p.overlay)
		name = t.Name()
		var err error
		gaps, err = t.laid.gaps(ctx, maxGaps)
		return err
	}, func(e *Editor) (Effect, error) {
		if len(gaps) == 0 {
			return nil, fmt.Errorf("%s reads every byte of its region", name)
		}
		return answer(e, name, gaps)
	})
}

func gapStep(dir int) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, _ []string) (Effect, error) {
		return e.gaps(func(e *Editor, _ string, gaps []mmapdoc.Range) (Effect, error) {
			at := e.Target()
			pick, wrapped := -1, false
			for i, g := range gaps {
				if dir > 0 && g.Start >= at.End && pick < 0 || dir < 0 && g.Start < at.Start {
					pick = i
				}
			}
			if pick < 0 {
				wrapped = true
				if pick = 0; dir < 0 {
					pick = len(gaps) - 1
				}
			}
			g := gaps[pick]
			e.jumps.leave(e.cursor)
			e.selectPlace(mmapdoc.Range{Start: min(g.Start, e.Size()), End: min(g.End, e.Size())})
			e.Notef("gap %s of %s: %s at %#x", Grouped(int64(pick+1)), Grouped(int64(len(gaps))), count(g.Len(), "byte"), g.Start)
			if wrapped {
				e.notice.Text += " (went round)"
			}
			return nil, nil
		})
	}
}

func runGaps(e *Editor, _ []string) (Effect, error) {
	return e.gaps(func(_ *Editor, name string, gaps []mmapdoc.Range) (Effect, error) {
		ask := Ask{Title: fmt.Sprintf("%s that %s does not read", count(int64(len(gaps)), "part"), name)}
		for i, g := range gaps[:min(len(gaps), 35)] {
			ask.Choices = append(ask.Choices, Choice{string("123456789abcdefghijklmnopqrstuvwxyz"[i]), fmt.Sprintf("%#x  %s", g.Start, count(g.Len(), "byte")),
				fmt.Sprintf("select %#x:%d", g.Start, g.Len())})
		}
		return ask, nil
	})
}

// maxExportClip is the most JSON that goes on the clipboard.
const maxExportClip = 1 << 20

func treeExport(force bool) func(*Editor, []string) (Effect, error) {
	return func(e *Editor, args []string) (Effect, error) {
		var clip bytes.Buffer
		var nodes int64
		name := ""
		if len(args) > 0 {
			name = expandHome(args[0])
		}
		return e.ask("exporting", func(ctx context.Context, o *outline, n node, p path) (err error) {
			var w io.Writer = &limited{&clip, maxExportClip}
			if name != "" {
				flags := os.O_WRONLY | os.O_CREATE | os.O_EXCL
				if force {
					flags = os.O_WRONLY | os.O_CREATE | os.O_TRUNC
				}
				f, err := os.OpenFile(name, flags, 0o666)
				if errors.Is(err, fs.ErrExist) {
					return fmt.Errorf("%s exists; tree-export! writes over it", name)
				} else if err != nil {
					return fileError(name, err)
				}
				defer func() { err = errors.Join(err, f.Close()) }()
				w = f
			}
			b := bufio.NewWriterSize(w, 1<<16)
			x := exporter{ctx: ctx, w: b, n: &nodes}
			label := o.tree(p.overlay).Name()
			if len(p.steps) > 0 {
				label = pathText(p.steps)
			}
			x.node(label, n, 0)
			b.WriteByte('\n')
			return errors.Join(x.err, b.Flush())
		}, func(e *Editor) (Effect, error) {
			if name != "" {
				e.Notef("wrote %s to %s", count(nodes, "field"), name)
				return nil, nil
			}
			e.Notef("copied %s as JSON", count(nodes, "field"))
			return Clipboard{clip.String()}, nil
		})
	}
}

// limited refuses to write more than n bytes.
type limited struct {
	b *bytes.Buffer
	n int
}

func (l *limited) Write(p []byte) (int, error) {
	if l.b.Len()+len(p) > l.n {
		return 0, fmt.Errorf("more than %s; give a file for it", count(int64(l.n), "byte"))
	}
	return l.b.Write(p)
}

// exporter writes a node and all below it as JSON: {"name", "type", "range", "bits", "value" or "fields", "error"}.
type exporter struct {
	ctx context.Context
	w   *bufio.Writer
	n   *int64
	err error
}

func (x *exporter) node(name string, n node, depth int) {
	if x.err == nil {
		x.err = x.ctx.Err()
	}
	if x.err != nil {
		return
	}
	*x.n++
	var r Row
	r.Open = true
	n.describe(&r)
	x.w.WriteString(`{"name":`)
	x.text(name)
	if r.Type != "" {
		x.w.WriteString(`,"type":`)
		x.text(r.Type)
	}
	if at, ok := n.place(); ok {
		fmt.Fprintf(x.w, `,"range":[%d,%d]`, at.Start, at.End)
		if f, ok := n.(interface{ Bits() (int64, int64, bool) }); ok {
			if first, end, ok := f.Bits(); ok {
				fmt.Fprintf(x.w, `,"bits":[%d,%d]`, first, end)
			}
		}
	}
	if r.State == Failed || r.State == Missing {
		x.w.WriteString(`,"error":`)
		x.text(r.Note)
	}
	have, final := n.kids()
	if have == 0 && final || depth >= 500 {
		x.w.WriteString(`,"value":`)
		if j, ok := n.(interface{ json() []byte }); ok {
			x.w.Write(j.json())
		} else {
			x.text(r.Value)
		}
		x.w.WriteByte('}')
		return
	}
	x.w.WriteString(`,"fields":[`)
	for i := int64(0); x.err == nil; i++ {
		if have, final = n.kids(); i >= have && final {
			break
		}
		c, err := n.child(i)
		if err != nil {
			break
		}
		if i > 0 {
			x.w.WriteByte(',')
		}
		x.node(c.step(), c, depth+1)
	}
	if _, err := x.w.WriteString("]}"); err != nil && x.err == nil {
		x.err = err
	}
}

func (x *exporter) text(s string) {
	b, err := json.Marshal(s)
	if err != nil && x.err == nil {
		x.err = err
	}
	x.w.Write(b)
}
