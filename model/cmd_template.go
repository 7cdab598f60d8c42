package model

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"time"
)

func templateCommands() []*Command {
	return []*Command{
		{Name: "template-reload", Group: "Structure", Help: "Read the templates of the overlays again from their files", Enabled: (*Editor).someOverlay,
			Run: func(e *Editor, _ []string) (Effect, error) { return e.reloadTemplates(false), nil }},
		{Name: "template-errors", Group: "Structure", Help: "List what is wrong in the template that was refused last, and open it there",
			Enabled: func(e *Editor) error {
				if e.problems == nil {
					return errors.New("no template was refused")
				}
				return nil
			}, Run: runTemplateErrors},
		{Name: "template-error", Group: "Structure", Help: "Open the template that was refused last at an error, by its number in the list",
			Args: []Arg{{Kind: ArgNumber}}, Run: runTemplateError},
	}
}

// The files of templates are looked at when the system tells that something happened to them, once it has had time to be done, and now and then:
// it tells nothing of what another machine does to a shared folder. Where it cannot tell at all, they are looked at often.
const (
	watchSettle = 10 * time.Millisecond
	watchSeldom = time.Second
	watchOften  = 40 * time.Millisecond
)

// watchTemplates gives the job that waits until a file of a template is saved; then the overlays are read anew.
func (e *Editor) watchTemplates() Effect {
	var files []watched
	seen := make(map[string]bool)
	for _, o := range e.overlays {
		for _, w := range o.template.files {
			if !seen[w.path] {
				seen[w.path] = true
				files = append(files, w)
			}
		}
	}
	if len(files) == 0 {
		return nil
	}
	watch := e.Templates.Watch
	return Start{&Job{
		Kind: "template watch", Quiet: true, Detached: true,
		Run: func(ctx context.Context, _ *atomic.Int64) error {
			paths := make([]string, len(files))
			for i, w := range files {
				paths[i] = w.path
			}
			var told <-chan struct{}
			if watch != nil {
				var end func()
				told, end = watch(paths...)
				defer end()
			}
			every := watchSeldom
			if told == nil {
				every = watchOften
			}
			t := time.NewTicker(every)
			defer t.Stop()
			for {
				for _, w := range files {
					if w.changed() {
						return nil
					}
				}
				select {
				case <-ctx.Done():
					return ctx.Err()
				case <-told:
					time.Sleep(watchSettle)
				case <-t.C:
				}
			}
		},
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil {
				return nil, nil
			}
			return e.reloadTemplates(true), nil
		},
	}}
}

// reloadTemplates reads the templates of the overlays again. What is open and chosen stays; a template that is refused
// leaves the old one in place.
func (e *Editor) reloadTemplates(onlyChanged bool) Effect {
	type again struct {
		old, fresh *Template
		err        error
	}
	var todo []*again
	seen := make(map[*Template]bool)
	for _, o := range e.overlays {
		if t := o.template; t.schema != nil && len(t.files) > 0 && !seen[t] {
			seen[t] = true
			todo = append(todo, &again{old: t})
		}
	}
	options := e.Templates
	return Start{&Job{
		Kind: "template", Title: "loading templates", Quick: true,
		Run: func(ctx context.Context, _ *atomic.Int64) error {
			for _, a := range todo {
				changed := !onlyChanged
				for _, w := range a.old.files {
					changed = changed || w.changed()
				}
				if changed {
					a.fresh, a.err = a.old.load(ctx, options)
				}
			}
			return nil
		},
		Done: func(e *Editor, _ error) (Effect, error) {
			var failed error
			e.problems = nil
			for _, a := range todo {
				if a.err != nil {
					a.old.rewatch()
					failed = a.err
					errors.As(a.err, &e.problems)
					continue
				}
				if a.fresh == nil {
					continue
				}
				for _, o := range e.overlays {
					if o.template == a.old {
						e.stamps++
						o.template, o.stamp = a.fresh, e.stamps
					}
				}
				e.Notef("%s is read again", a.fresh.Name)
			}
			return e.watchTemplates(), failed
		},
	}}
}

// rewatch takes the files as they are now for known: a template that was refused is read again when it is saved again.
func (t *Template) rewatch() {
	for i, w := range t.files {
		if st, err := os.Stat(w.path); err == nil {
			t.files[i].at, t.files[i].size = st.ModTime(), st.Size()
		}
	}
}

func runTemplateErrors(e *Editor, _ []string) (Effect, error) {
	ask := Ask{Title: "What is wrong in " + e.problems.Name}
	for i, p := range e.problems.Problems {
		if i == 35 {
			break
		}
		ask.Choices = append(ask.Choices, Choice{strconv.FormatInt(int64(i+1), 36), fmt.Sprintf("%d:%d  %s", p.Line, p.Col, p), "template-error " + strconv.Itoa(i+1)})
	}
	if len(ask.Choices) == 0 {
		ask.Text = "The template was refused without a reason."
		ask.Choices = []Choice{{"esc", "close", ""}}
	}
	return ask, nil
}

// runTemplateError opens the file at the byte that an error is about.
func runTemplateError(e *Editor, args []string) (Effect, error) {
	n, err := wholeNumber(args[0])
	if err != nil {
		return nil, err
	}
	if e.problems == nil || n < 1 || n > int64(len(e.problems.Problems)) {
		return nil, fmt.Errorf("there is no error %d", n)
	}
	p := e.problems.Problems[n-1]
	if p.File == nil {
		return nil, errors.New("the error has no place in a file")
	}
	off := byteOf(p.File.Text, p.Line, p.Col)
	return e.visit(p.File.Path, off, p.Msg)
}

// byteOf is the offset of a line and a column, both from 1, the column in characters.
func byteOf(text []byte, line, col int) int64 {
	off := 0
	for ; line > 1 && off < len(text); off++ {
		if text[off] == '\n' {
			line--
		}
	}
	for ; col > 1 && off < len(text) && text[off] != '\n'; col-- {
		for off++; off < len(text) && text[off]&0xc0 == 0x80; off++ {
		}
	}
	return int64(off)
}
