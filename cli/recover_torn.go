package cli

import (
	"errors"
	"fmt"

	"hexlay/mmapdoc"
)

// torn says what to do with an interrupted save.
type torn struct{ undo, finish, keep, force bool }

func (t *torn) asked() bool { return t.undo || t.finish || t.keep }

// mendTorn undoes, finishes or forgets the interrupted save of a file.
func (a *app) mendTorn(args []string, how torn) error {
	switch {
	case how.undo && how.finish, how.keep && (how.undo || how.finish):
		return errors.New("--undo, --finish and --keep do not go together")
	case len(args) != 1:
		return errors.New("name the file whose save was interrupted")
	}
	t, err := mmapdoc.FindTornSave(args[0])
	switch {
	case err != nil:
		return fileError(args[0], err)
	case t == nil:
		return dataError("%s: no save of it was interrupted", fileLabel(args[0]))
	case !t.CanUndo && !how.keep:
		return dataError("%s: %s; --keep keeps it as it is", fileLabel(args[0]), visible(t.Foreign))
	case t.Foreign != "" && !how.keep && !how.force:
		return dataError("%s: %s; --force mends it all the same, --keep leaves it as it is", fileLabel(args[0]), visible(t.Foreign))
	}
	var done string
	switch {
	case how.undo:
		done, err = "undone: the file is what it was before the save", t.Undo()
	case how.finish:
		done, err = "finished: the file is what the save was to make of it", t.Finish()
	default:
		done, err = "kept: the file stays as the interrupted save left it", t.Forget()
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(a.stdout, done)
	return err
}
