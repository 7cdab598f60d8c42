// Package ui is hexlay's screen: one Bubble Tea model over a model.Editor.
//
// The model draws a frame into a canvas of cells, from the editor's state and from named rectangles; panels and dialogs
// are plain structs that draw themselves into a rectangle and take keys and clicks. What a key does is a command of the
// editor's table; the Effect that it returns is carried out in effects.go. What may take long is a job of the editor's;
// Update itself reads the bytes that the screen shows, looks at files to plan a save, and lists a folder when Tab asks.
package ui

import (
	"fmt"
	"sync/atomic"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	uv "github.com/charmbracelet/ultraviolet"

	"hexlay/keymap"
	"hexlay/lifeline"
	"hexlay/model"
)

// App is the Bubble Tea model.
type App struct {
	ed   *model.Editor
	keys *keymap.Map

	w, h    int
	ownSize bool // the size is told by sized; Bubble Tea knows another one
	layout  layout
	shape   gridShape
	canvas  canvas
	screen  *screen
	grid    grid
	panes   [2]grid // the sides of a comparison

	panels           []panel
	visible          map[string]bool
	focus            panel          // nil: the grid has the keys
	used             map[string]int // when each panel was shown or entered last
	uses             int
	dockW, dockH     int            // set by dragging; 0: by the window's size
	weights          map[string]int // a panel's share of the dock's height in thousandths, set by dragging
	inspectorPanel   inspector
	structurePanel   structure
	textPanel        textPanel
	codecsPanel      codecsPanel
	notesPanel       notes
	packetsPanel     packetsPanel
	shownCapture     *model.Capture // whose panels were shown
	aside            aside
	beside           beside
	differencesPanel differencesPanel
	mapPanel         mapPanel
	picturePanel     picturePanel
	statsPanel       statsPanel
	whole            bool // the panel with the focus has the whole screen
	profile          colorprofile.Profile
	graphics         graphics

	dialogs []dialog // the last one has the keys
	pressed bool     // the message being taken is something that the user did
	history []string // of the command line

	drag     func(x, y int) // what the held mouse button drags
	polling  bool           // a tick for progress is on its way
	framed   bool           // a message for the next frame is on its way
	looking  int            // how many looks at the overlays are on their way
	starting bool           // the command line's commands run
	begin    []tea.Cmd      // what the commands of the start still have to do
	panics   int
	retakes  int     // how often Bubble Tea had to be asked again to take the terminal back
	pastes   *pastes // nil where Bubble Tea keeps them

	suspending atomic.Bool // the terminal is as it was, or about to be
	quit       bool
}

// newApp makes the model; w and h may be 0 until the terminal has told its size.
func newApp(ed *model.Editor, scr *screen, notesText []Note, w, h int) *App {
	a := &App{ed: ed, screen: scr, keys: keymap.New(keymap.Default), w: w, h: h,
		visible: make(map[string]bool), weights: make(map[string]int), used: make(map[string]int)}
	a.grid.looks = byteStyles(false, false)
	a.notesPanel.list = notesText
	a.panels = []panel{&a.notesPanel, &a.structurePanel, &a.inspectorPanel, &a.textPanel, &a.codecsPanel, &a.differencesPanel}
	for _, name := range model.ListNames {
		a.panels = append(a.panels, &listPanel{of: name})
	}
	a.panels = append(a.panels, &a.packetsPanel, &a.picturePanel, &a.statsPanel, &a.mapPanel)
	a.profile = colorprofile.TrueColor
	if scr != nil {
		a.profile = scr.profile
	}
	if ed.Regions() != nil {
		a.visible["regions"] = true
	}
	if len(notesText) > 0 {
		a.visible["notes"], a.visible["inspector"] = true, true
	}
	return a
}

// Init switches the screen on, for the first frame to come at once.
func (a *App) Init() tea.Cmd {
	if err := a.screen.enter(); err != nil {
		return tea.Quit
	}
	return tea.Batch(a.begin...)
}

type (
	// jobEnded and looked are of the editor that has started the job: it may be the side of a comparison without the keys.
	jobEnded struct {
		ed  *model.Editor
		job *model.Job
	}
	looked jobEnded
	sized  struct{ w, h int }
	// suspended is a request from outside to suspend.
	suspended struct{}
	// continued tells that the program goes on after somebody stopped it.
	continued struct{}
	// notBack tells that Bubble Tea has not taken the terminal back.
	notBack struct{}
	// watched is a model.Watch whose time has come.
	watched struct {
		ed *model.Editor
		model.Watch
	}
	tick struct{}
	// nextFrame comes when a frame that had to wait may be shown.
	nextFrame struct{}
)

// pollEvery is how often the screen looks at a job's progress.
const pollEvery = 100 * time.Millisecond

// pictureEvery is how often the screen looks at a picture that is being made.
const pictureEvery = 50 * time.Millisecond

// Update takes one message. A panic in it becomes a notice: a slip in what draws must not cost the user's edits.
func (a *App) Update(msg tea.Msg) (m tea.Model, cmd tea.Cmd) {
	if a.quit {
		return a, tea.Quit
	}
	defer func() {
		if p := recover(); p != nil {
			if a.panics++; a.panics > maxPanics { // it does not go away: better to end in an orderly way than to loop
				lifeline.End(lifeline.Status, lifeline.Describe("the screen", p))
			}
			a.dialogs, a.focus, a.drag = nil, nil, nil
			a.ed.Fail(fmt.Errorf("internal error: %v; please report it", p))
			m, cmd = a, func() tea.Msg { return nextFrame{} }
		}
	}()
	return a, a.take(msg)
}

// maxPanics is how many panics a program survives.
const maxPanics = 100

func (a *App) take(msg tea.Msg) tea.Cmd {
	var cmd tea.Cmd
	switch msg.(type) {
	case tea.KeyPressMsg, tea.MouseMsg, tea.PasteMsg:
		a.pressed = true
		model.Attend()
		defer func() { a.pressed = false }()
	}
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		if !a.ownSize {
			a.w, a.h = msg.Width, msg.Height
		}
	case sized:
		a.w, a.h = msg.w, msg.h
	case suspended:
		cmd = a.perform(model.Suspend{}, nil)
	case continued:
		a.retakes = 0
		cmd = retake()
	case notBack:
		a.retakes++
		cmd = retake()
	case tea.ResumeMsg:
		a.suspending.Store(false)
		if err := a.screen.enter(); err != nil {
			return tea.Quit
		}
		cmd = a.seeBack()
		if w, h, ok := windowSize(); ok && a.ownSize {
			a.w, a.h = w, h
		}
	case tea.KeyPressMsg:
		cmd = a.key(msg)
	case tea.PasteMsg:
		if s, err := a.pastes.redeem(msg.Content); err != nil {
			a.ed.Fail(err)
		} else {
			cmd = a.paste(s)
		}
	case pasteWaits:
		a.ed.Notef("a paste of %s has not ended yet: Ctrl+C takes it as it is", byteCount(int64(msg)))
	case tea.ClipboardMsg:
		if msg.Content != "" {
			cmd = a.paste(msg.Content)
		}
	case tea.MouseMsg:
		cmd = a.mouse(msg)
	case tea.BackgroundColorMsg:
		a.grid.looks = byteStyles(true, msg.IsDark())
	case jobEnded:
		cmd = a.finish(msg.ed, msg.job)
	case looked:
		a.looking--
		cmd = a.finish(msg.ed, msg.job)
	case askSettled:
		cmd = msg.d.settled()
	case ranked:
		a.codecsPanel.take(msg)
	case watched:
		cmd = a.on(msg.ed, func() (model.Effect, error) { return msg.Then(msg.ed) })
	case uv.KittyGraphicsEvent, uv.PrimaryDeviceAttributesEvent, uv.CellSizeEvent:
		a.graphics.heard(msg)
	case tick:
		a.polling = false
	case nextFrame:
		a.framed = false
	case tea.ColorProfileMsg:
		a.profile = msg.Profile
		a.screen.setProfile(msg.Profile)
	}
	if a.w > 0 && a.h > 0 {
		a.arrange()
	}
	cmd = tea.Batch(cmd, a.compare())
	return tea.Batch(cmd, a.poll(), a.codecsPanel.refresh(a), a.present())
}

// poll keeps ticks coming while a job runs.
func (a *App) poll() tea.Cmd {
	every := pollEvery
	if a.ed.Mapping() || a.ed.Surveying() || a.ed.Charting() {
		every = pictureEvery
	} else if a.ed.Running() == nil {
		return nil
	}
	if a.polling {
		return nil
	}
	a.polling = true
	return tea.Tick(every, func(time.Time) tea.Msg { return tick{} })
}

// View is what Bubble Tea is told: the modes that the terminal should be in. The cells are drawn by present.
func (a *App) View() tea.View {
	v := tea.NewView(" ")
	v.AltScreen = true
	v.MouseMode = tea.MouseModeCellMotion
	return v
}

// present draws the frame and shows it, or sees to it that this is done a little later.
func (a *App) present() tea.Cmd {
	if a.w <= 0 || a.h <= 0 || a.quit {
		return nil
	}
	if a.screen.ready() {
		cmd := tea.Batch(a.capture(), a.look(), a.lookAtPictures())
		cursor := a.draw()
		a.screen.show(&a.canvas, cursor, a.scrolling())
		return cmd
	}
	ahead := a.lookAhead()
	if a.framed {
		return ahead
	}
	a.framed = true
	return tea.Batch(ahead, guarded("the next frame", func() tea.Msg {
		a.screen.rest()
		return nextFrame{}
	}))
}

// scrolling tells the screen which lines the terminal may move: the grid's, when nothing stands beside or over them.
func (a *App) scrolling() scrolling {
	g := a.layout.grid
	if g.w < a.w || a.top() != nil || a.ed.Comparison() != nil {
		return scrolling{}
	}
	return scrolling{g.y, g.h, a.ed.View.Top() / int64(a.shape.cols)}
}

func (a *App) draw() *tea.Cursor {
	a.arrange()
	c := &a.canvas
	c.reset(a.w, a.h)
	a.drawPanels(c) // before the grid: the text panel says which bytes are bad
	if cmp := a.ed.Comparison(); cmp != nil {
		a.drawComparison(c, cmp)
	} else {
		a.drawGrid(c)
	}
	a.drawTitle(c)
	a.drawBanner(c)
	a.drawStatus(c, a.drawLine(c))
	var cursor *tea.Cursor
	for _, d := range a.dialogs {
		cursor = d.draw(a, c)
	}
	return cursor
}
