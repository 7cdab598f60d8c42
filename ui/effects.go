package ui

import (
	"errors"
	"slices"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"hexlay/lifeline"
	"hexlay/model"
	"hexlay/templates"
)

// perform carries out what a command wants from the screen.
func (a *App) perform(eff model.Effect, err error) tea.Cmd {
	if err != nil {
		a.ed.Fail(err)
	}
	switch eff := eff.(type) {
	case nil:
	case model.Effects:
		var cmds, watches []tea.Cmd
		for _, e := range eff {
			cmd := a.perform(e, nil)
			switch e.(type) {
			case model.Watch, model.Effects, model.Other: // these may wait for ever
				watches = append(watches, cmd)
			default:
				cmds = append(cmds, cmd)
			}
		}
		return tea.Batch(append(watches, tea.Sequence(cmds...))...)
	case model.Quit:
		a.quit = true
		return tea.Quit
	case model.Clipboard:
		a.screen.tell(ansi.SetSystemClipboard(eff.Text))
	case model.ReadClipboard:
		a.ed.Notef("nothing was copied here; asked the terminal for its clipboard")
		a.screen.tell(ansi.RequestSystemClipboard)
	case model.Ask:
		d := newAsk(eff)
		a.dialogs = append(a.dialogs, d)
		if d.sudden = !a.pressed; d.sudden {
			return d.settle()
		}
	case model.Prompt:
		a.dialogs = append(a.dialogs, newPrompt(eff))
	case model.Panel:
		a.panel(eff)
	case model.Open:
		switch eff.Name {
		case "palette":
			a.dialogs = append(a.dialogs, newPalette(a))
		case "help":
			a.dialogs = append(a.dialogs, newHelp(a))
		case "line":
			a.dialogs = append(a.dialogs, newLine(eff.Initial))
		}
	case model.Start:
		j := eff.Job
		if !j.Started() {
			a.ed.StartJob(j)
		}
		if j.Quick && j.WaitFor(a.moment(a.starting)) {
			return a.perform(a.ed.Finish(j))
		}
		return await(a.ed, j)
	case model.Watch:
		ed := a.ed
		return guarded("a watch", func() tea.Msg {
			<-eff.C
			return watched{ed, eff}
		})
	case model.Other:
		return a.on(eff.Editor, func() (model.Effect, error) { return eff.Effect, nil })
	case model.Go:
		a.ed = eff.Editor
		a.setAside()
	case model.Redraw:
		a.screen.repaint()
	case model.Suspend:
		if !canSuspend() {
			a.ed.Fail(errors.New("there is no shell to go to"))
			return nil
		}
		a.retakes = 0
		a.suspending.Store(true)
		return tea.Suspend
	}
	return nil
}

// moment is how long the screen waits for a job that is mostly done at once, so that what comes of it is in the next frame.
const moment = 4 * time.Millisecond

// firstMoment is the same for what the command line asks for, like a template: its tree is to be in the first frame.
const firstMoment = 30 * time.Millisecond

func (a *App) moment(first bool) time.Duration {
	if first {
		return firstMoment
	}
	return moment
}

func await(ed *model.Editor, j *model.Job) tea.Cmd {
	return guarded("a job's end", func() tea.Msg {
		j.Wait()
		return jobEnded{ed, j}
	})
}

// look asks the overlays about what is on the screen, and waits a moment for the answer. The last answer stays until there
// is a new one.
func (a *App) look() tea.Cmd {
	var cmds []tea.Cmd
	ed := a.ed
	due := time.Now().Add(a.moment(!a.screen.painted()))
	for range 4 { // an answer may move the tree, which asks again
		j := a.ed.Look(a.structurePanel.look(a))
		if j == nil {
			break
		}
		a.ed.StartJob(j)
		if a.looking > 0 || !j.WaitFor(time.Until(due)) {
			cmds = append(cmds, a.looked(ed, j))
			break
		}
		cmds = append(cmds, a.perform(a.ed.Finish(j)))
	}
	return tea.Batch(cmds...)
}

// lookAhead asks while the frame that will show the answer has to wait.
func (a *App) lookAhead() tea.Cmd {
	if a.looking > 0 {
		return nil
	}
	j := a.ed.Look(a.structurePanel.look(a))
	if j == nil {
		return nil
	}
	return a.looked(a.ed, a.ed.StartJob(j))
}

// looked waits for a look that is on its way.
func (a *App) looked(ed *model.Editor, j *model.Job) tea.Cmd {
	a.looking++
	return guarded("a look at the overlays", func() tea.Msg {
		j.Wait()
		return looked{ed, j}
	})
}

// guarded is a command that runs under lifeline: Bubble Tea starts the goroutine.
func guarded(what string, f func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		lifeline.Guard(what, func() { msg = f() })
		return msg
	}
}

// panel shows, hides or enters a panel.
func (a *App) panel(eff model.Panel) {
	if eff.Name == "" {
		a.focusNext()
		return
	}
	p := a.panelByName(eff.Name)
	if p == nil {
		return
	}
	switch {
	case eff.Do == model.Visit && a.focus == p, eff.Do == model.Hide, eff.Do == model.Toggle && a.visible[eff.Name] && (a.onScreen(p) || len(a.layout.panels) == 0):
		a.visible[eff.Name] = false
		if a.focus == p {
			a.focus = nil
		}
		return
	}
	if p == panel(&a.notesPanel) && len(a.notesPanel.list) == 0 && a.ed.Document().Info().Name == model.TourName {
		for _, s := range templates.TourNotes() {
			a.notesPanel.list = append(a.notesPanel.list, Note(s))
		}
	}
	a.visible[eff.Name] = true
	a.use(p)
	switch eff.Do {
	case model.Focus, model.Visit:
		a.focus = p
	case model.Enlarge:
		a.whole = !a.whole || a.focus != p
		a.focus = p
	}
}

// use notes that p was shown or entered now: it is the last to lose its place when there is not room for all.
func (a *App) use(p panel) {
	a.uses++
	a.used[p.name()] = a.uses
}

// focusNext goes to the next visible panel, and from the last one back to the grid.
func (a *App) focusNext() {
	shown := a.shownPanels()
	if i := slices.Index(shown, panel(&a.packetsPanel)); i > 0 { // it stands above all others
		shown = slices.Insert(slices.Delete(shown, i, i+1), 0, panel(&a.packetsPanel))
	}
	if a.visible["map"] {
		shown = append(shown, &a.mapPanel)
	}
	next := 0
	for i, p := range shown {
		if p == a.focus {
			next = i + 1
		}
	}
	if next >= len(shown) {
		a.focus = nil
		return
	}
	a.focus = shown[next]
	a.use(a.focus)
}
