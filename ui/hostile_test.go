package ui

import (
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/colorprofile"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// hostileTemplate has hostile text wherever a template may have text.
var hostileTemplate = "meta:\n  id: hostile\n  title: " + yamlText + "\n  endian: le\ndoc: " + yamlText + "\ndoc-ref: " + yamlText + "\n" +
	"seq:\n- {id: kind, type: u1, enum: kinds, doc: " + yamlText + "}\n- {id: text, type: str, size: 70, encoding: UTF-8}\n- {id: raw, size: 60}\n" +
	"- {id: bad, contents: " + yamlText + "}\n- {id: part, type: sub}\n- {id: more, type: sub, repeat: eos}\n" +
	"types:\n  sub:\n    doc: " + yamlText + "\n    seq:\n    - {id: a, type: u2}\n    - {id: s, type: strz, encoding: ISO-8859-1}\n" +
	"enums:\n  kinds:\n    0x1b: {id: esc, doc: " + yamlText + "}\n"

// yamlText is a quoted text of characters that YAML lets through as escapes.
const yamlText = `"\e[2J\e]0;owned\a\u009b31m\x85\u202eabc\u2066x\u2069\u200b\ufeff\u2028\u2029\U000E0001"`

// argumentsOf are values for an argument of a command: some that it takes, and a hostile one.
func argumentsOf(arg model.Arg) []string {
	bad := strings.ReplaceAll(hostile, "\n", " ")
	if len(arg.Choices) > 0 {
		return append(append([]string{}, arg.Choices...), bad)
	}
	switch arg.Kind {
	case model.ArgAddress:
		return []string{"7", bad}
	case model.ArgRange:
		return []string{"3:90", bad}
	case model.ArgBytes:
		return []string{"1b 5d", bad}
	case model.ArgNumber:
		return []string{"2", bad}
	case model.ArgCodec:
		return []string{"cp437", bad}
	case model.ArgHandler:
		return []string{"surrogateescape", bad}
	case model.ArgFormat:
		return []string{"'40s8s:na\u202eme\u009b,b'", bad}
	case model.ArgTemplate:
		return []string{"hostile.ksy", "broken.ksy", bad}
	case model.ArgFile:
		return []string{"hostile.bin", bad}
	}
	return []string{"word", bad}
}

// TestHostileEverywhere (N8) runs every command of the table over a hostile document under a hostile template, without
// arguments and with all kinds of them, looks at every panel after some, and checks what reached the terminal. A command, a
// panel or a question that is new is tested as soon as it is in its table.
func TestHostileEverywhere(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes long")
	}
	dir := t.TempDir()
	t.Chdir(dir)
	for name, text := range map[string]string{"hostile.ksy": hostileTemplate, "broken.ksy": strings.ReplaceAll(hostileTemplate, "type: sub", "type: "+yamlText), "hostile.bin": hostile} {
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	leaves := map[string]bool{"quit": true, "quit!": true, "save-quit": true, "save-as-quit": true, "suspend": true,
		"open": true, "open!": true} // a file that is watched cannot be in a bubble; the real program is tested with those
	docs := strings.ReplaceAll(hostile, "\x00", "") + "/file\n"
	for n, c := range model.Commands() {
		if leaves[c.Name] {
			continue
		}
		lines := []string{c.Name}
		for i, arg := range c.Args {
			var more []string
			for _, v := range argumentsOf(arg) {
				if i == 0 {
					more = append(more, c.Name+" "+v)
				} else {
					more = append(more, lines[len(lines)-1]+" "+v)
				}
			}
			lines = append(lines, more...)
		}
		t.Run(c.Name, func(t *testing.T) {
			ed := model.New(mmapdoc.FromBytes(docs, []byte(strings.Repeat(hostile, 4))))
			inTerminal(t, ed, rigOptions{w: 150, h: 40}, func(r *rig) {
				do := func(line string) {
					r.p.Send(watched{r.ed, model.Watch{Then: func(e *model.Editor) (model.Effect, error) { return e.Do(line) }}})
					r.settle()
				}
				do("overlay hostile.ksy")
				if n := r.ed.Notice(); n.Error || len(r.ed.Overlays()) != 1 {
					t.Fatalf("the template is not laid: %q", n.Text)
				}
				do("struct '<20s4s:na\u202eme,b'")
				do("select 3:20")
				for _, line := range lines {
					do(line)
					r.keys("down", "down", "esc", "esc", "esc")
				}
				for _, p := range model.Panels {
					if n%10 > 0 && os.Getenv("HEXLAY_SLOW") != "1" {
						break
					}
					do("panel-focus " + p)
					r.keys("down", "enter", "esc", "esc")
				}
				r.resize(60, 20)
				r.checkOutput(colorprofile.TrueColor)
			})
		})
	}
}

// TestHostileQuestions: a question, its details and its answers are as harmless as a prompt with its values.
func TestHostileQuestions(t *testing.T) {
	bad := "x" + hostile
	ed := model.New(mmapdoc.FromBytes("x", []byte(hostile)))
	first := model.Effects{
		model.Ask{Title: bad, Text: bad, Details: []string{bad, bad}, Choices: []model.Choice{{Key: "r", Label: bad}, {Key: bad, Label: bad}, {Label: bad}}},
		model.Prompt{Title: bad, Initial: bad, Hint: bad, Command: "goto", Choices: []model.Completion{{Word: bad, Line: bad, Help: bad}}},
		model.Clipboard{Text: bad},
	}
	inTerminal(t, ed, rigOptions{w: 120, h: 40, options: Options{First: first, Notes: []Note{{Title: bad, Text: bad}}}}, func(r *rig) {
		r.keys("tab", "esc", "esc", "down", "down", "r")
		r.checkOutput(colorprofile.TrueColor)
	})
}
