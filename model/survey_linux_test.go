package model

import (
	"os"
	"testing"

	"hexlay/mmapdoc"
)

// TestSurveyOfAProcess: of a process's memory, which is nearly all gaps, there is no map, and pictures show one region.
func TestSurveyOfAProcess(t *testing.T) {
	doc, err := mmapdoc.OpenProcess(os.Getpid())
	if err != nil {
		t.Skipf("the memory of this process cannot be opened: %v", err)
	}
	e := New(doc)
	defer e.Close()
	if e.MapJob() != nil {
		t.Error("a map is made")
	}
	if _, err := e.Do("map"); err == nil {
		t.Error("the map is shown")
	}
	e.Jump(e.Regions()[0].Start + 5)
	if v := finishSurvey(t, e, false); v.Range != e.Regions()[0].Range {
		t.Errorf("surveyed %v, the region is %v", v.Range, e.Regions()[0].Range)
	}
	e.Jump(e.Regions()[0].End) // the memory between two regions, unless they touch
	_ = finishSurvey(t, e, true)
}
