package model

import "testing"

// TestTourOpens: the tour comes as an inner document and leaves the user's own as it is.
func TestTourOpens(t *testing.T) {
	e := over([]byte("mine"))
	defer e.Close()
	lines(t, e, "tour")
	if !e.Inner() || e.Document().Info().Name != TourName {
		t.Fatal("the tour is not there")
	}
	lines(t, e, "tour", "substream-close")
	if got := contents(t, e); e.Inner() || string(got) != "mine" {
		t.Errorf("back at %q", got)
	}
}
