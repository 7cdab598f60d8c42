package model

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"github.com/pelletier/go-toml/v2"
)

func settingCommands() []*Command {
	return []*Command{
		{Name: "setting", Group: "View", Help: "Keep a setting in the settings file, for now and for later starts: setting codec cp1252; default takes it out of the file",
			Args: []Arg{{Kind: ArgSetting, Optional: true}}, Run: runSetting},
	}
}

func runSetting(e *Editor, args []string) (Effect, error) {
	var name, value string
	if len(args) > 0 {
		name, value, _ = strings.Cut(strings.TrimSpace(args[0]), " ")
	}
	if value = strings.TrimSpace(value); value == "" {
		p := Prompt{Title: "Keep a setting", Command: "setting", Hint: "a name and its value: codec cp1252", Complete: ArgSetting}
		if name == "" {
			return p, nil
		}
		s, err := lookupSetting(name)
		if err != nil {
			return nil, err
		}
		if now, ok := s.Show(&e.Settings); ok {
			p.Initial = name + " " + now
			return p, nil
		}
	}
	s, err := lookupSetting(name)
	switch {
	case err != nil:
		return nil, err
	case s.show == nil:
		return nil, fmt.Errorf("setting %s: it takes %s; write it into %s, or use %s", name, s.Want, orUnknown(shortPath(e.file)),
			map[string]string{"layers": "layer", "packet-columns": "packet-column", "keys": "an editor"}[name])
	}
	now, v := fmt.Sprintf("%s is %s", name, value), settingValue(value)
	var put any = v
	if value == "default" {
		put, v = nil, settingValue(s.Default)
		now = fmt.Sprintf("%s is %s, as it is by default", name, strings.Trim(s.Default, `"`))
	}
	if err := s.take(&settingsTarget{Settings: &e.Settings}, "", v); err == errWant {
		return nil, fmt.Errorf("setting %s: %s is not %s", name, shorten(value, 40), s.Want)
	} else if err != nil {
		return nil, fmt.Errorf("setting %s: %w", name, err)
	}
	return e.keepSetting([]string{name}, now, func(any) any { return put })
}

// settingValue reads a value as the file has it, or as people type it: words without quotes, on and off.
func settingValue(s string) any {
	var m struct{ V any }
	if err := toml.Unmarshal([]byte("V = "+s), &m); err == nil {
		return m.V
	}
	switch s {
	case "on", "yes":
		return true
	case "off", "no":
		return false
	}
	return s
}

func orUnknown(path string) string { return or(path, "the settings file") }

// keepSetting writes a setting that holds already to the user's file, in the background, and says what is now.
func (e *Editor) keepSetting(path []string, now string, change func(old any) any) (Effect, error) {
	e.Notef("%s", now)
	file := e.file
	if file == "" {
		e.Notef("%s, until the end: there is no settings file", now)
		return nil, nil
	}
	e.settingsKept++ // each write is a job of its own: a later one must not cancel an earlier one
	return Start{&Job{
		Kind: fmt.Sprint("setting ", e.settingsKept), Title: "keeping a setting", Quick: true, Quiet: true, Keep: true,
		Run: func(context.Context, *atomic.Int64) error { return changeSettings(file, path, change) },
		Done: func(e *Editor, err error) (Effect, error) {
			if err != nil {
				return nil, fmt.Errorf("%s, but it is not kept: %w", now, err)
			}
			if n := e.Notice(); !n.Error && n.Text == now {
				e.Notef("%s; kept in %s", now, shortPath(file))
			}
			return nil, nil
		},
	}}, nil
}

// completeSetting completes the name of a setting, then its value.
func (e *Editor) completeSetting(word string, add func(s, help string)) {
	name, _, valued := strings.Cut(word, " ")
	if !valued {
		for i := range settingTable {
			s := &settingTable[i]
			if now, ok := s.Show(&e.Settings); ok {
				add(s.Name, s.Help+"; now "+now)
			}
		}
		return
	}
	s, err := lookupSetting(name)
	if err != nil || s.Words == nil {
		return
	}
	for _, w := range append(s.Words(), "default") {
		add(name+" "+w, "")
	}
}
