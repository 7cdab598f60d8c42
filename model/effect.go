package model

// Effect is what a command wants from the face that ran it. The set is closed: a face switches over it.
type Effect interface{ effect() }

type (
	// Quit ends the program.
	Quit struct{}
	// Clipboard puts Text on the terminal's clipboard. The editor's own register is set already.
	Clipboard struct{ Text string }
	// ReadClipboard asks the terminal for its clipboard, to be pasted.
	ReadClipboard struct{}
	// Ask shows a question; the choice's Command is run as a command line.
	Ask struct {
		Title, Text string
		Details     []string // lines below the text, as many as one likes
		Choices     []Choice
		// Grave tells that an answer cannot be taken back: a choice's key goes to it, and only Enter gives it.
		Grave bool
		// Below has the question stand in the bottom lines, so that what it is about is seen above. Its last choice is what Esc does.
		Below bool
	}
	// Prompt asks for a line of text; Command and the text, with a space between, are run as a command line.
	Prompt struct {
		Title, Command, Initial, Hint string
		// Complete names the kind of completion, as in Arg.Kind.
		Complete ArgKind
		// Live tells the editor about every change of the text, by LiveFind, and about the end, by EndLive.
		Live bool
		// Typing is called with every change of the text, and with Initial when it is given up.
		Typing func(e *Editor, text string) (Effect, error)
		// Ways are how what is asked for is written, each with what it means.
		Ways []Completion
		// Choices are the values offered, where there is a list of them.
		Choices []Completion
	}
	// Panel shows, hides or enters a panel.
	Panel struct {
		Name string
		Do   PanelAction
	}
	// Open shows one of the face's own dialogs: "palette", "help", "line".
	Open struct{ Name, Initial string }
	// Start begins a job in the background.
	Start struct{ Job *Job }
	// Watch calls Then when C is closed.
	Watch struct {
		C    <-chan struct{}
		Then func(e *Editor) (Effect, error)
	}
	// Redraw paints the whole screen again.
	Redraw struct{}
	// Suspend stops the program until the shell brings it back.
	Suspend struct{}
	// Other carries Effect out for another editor than the one that ran the command.
	Other struct {
		Editor *Editor
		Effect Effect
	}
	// Go goes on with another editor.
	Go struct{ Editor *Editor }
	// Effects are several, in order.
	Effects []Effect
)

// Choice is one answer to a question.
type Choice struct {
	Key, Label, Command string // Key "": it is chosen in the list; Command "" does nothing
}

// PanelAction says what to do with a panel.
type PanelAction int

// What can be done with a panel.
const (
	Toggle PanelAction = iota
	Show
	Hide
	Focus
	Visit   // enter it, showing it if need be; hide it if it is entered already
	Enlarge // enter it and give it the whole screen, or take that back
)

func (Quit) effect()          {}
func (Clipboard) effect()     {}
func (ReadClipboard) effect() {}
func (Ask) effect()           {}
func (Prompt) effect()        {}
func (Panel) effect()         {}
func (Open) effect()          {}
func (Start) effect()         {}
func (Watch) effect()         {}
func (Redraw) effect()        {}
func (Suspend) effect()       {}
func (Other) effect()         {}
func (Go) effect()            {}
func (Effects) effect()       {}
