package model

import (
	"hexlay/mmapdoc"
	"hexlay/templates"
)

// TourName is what the tour's document is called; a face shows its notes beside it.
const TourName = "tour"

// runTour opens the tour as an inner document, or goes back to its start.
func runTour(e *Editor, _ []string) (Effect, error) {
	if e.doc.Info().Name != TourName || e.doc.Info().Path != "" {
		b, _ := templates.Tour()
		if err := e.enter(mmapdoc.FromBytes(TourName, b), 0, nil, "the tour is no file"); err != nil {
			return nil, err
		}
		e.Notef("the tour: F6 comes to its notes, substream-close goes back")
	}
	return Panel{"notes", Show}, nil
}
