package model

func helpCommands() []*Command {
	open := func(name, help, dialog string) *Command {
		return &Command{Name: name, Group: "Help", Help: help,
			Run: func(*Editor, []string) (Effect, error) { return Open{Name: dialog}, nil }}
	}
	return []*Command{
		open("help", "Show the keys and commands", "help"),
		open("palette", "Choose a command from the list of all", "palette"),
		{Name: "tour", Group: "Help", Help: "Open the tour, a small document with notes that walk you through", Run: runTour},
		open("line", "Open the command line", "line"),
	}
}
