package cli

import (
	"errors"
	"fmt"

	"hexlay/mmapdoc"
)

// mendTorn undoes or finishes the interrupted save of a file.
func (a *app) mendTorn(args []string, undo, finish bool) error {
	switch {
	case undo && finish:
		return errors.New("--undo and --finish do not go together")
	case len(args) != 1:
		return errors.New("name the file whose save was interrupted")
	}
	t, err := mmapdoc.FindTornSave(args[0])
	switch {
	case err != nil:
		return fileError(args[0], err)
	case t == nil:
		return dataError("%s: no save of it was interrupted", fileLabel(args[0]))
	case t.Foreign != "":
		fmt.Fprintf(a.stderr, "hexlay recover: %s: %s\n", fileLabel(args[0]), visible(t.Foreign))
	}
	done := "undone: the file is what it was before the save"
	if finish {
		done, err = "finished: the file is what the save was to make of it", t.Finish()
	} else {
		err = t.Undo()
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, done)
	return err
}
