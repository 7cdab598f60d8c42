package ui

import (
	"strings"
	"testing"

	"hexlay/mmapdoc"
	"hexlay/model"
)

// BenchmarkFrame draws a frame of 200×60, with all panels and alone.
func BenchmarkFrame(b *testing.B) {
	text := []byte(strings.Repeat("Grüße, 世界! plain words \xff\x00 ", 4000))
	for _, bc := range []struct {
		name  string
		lines []string
	}{
		{"grid", nil},
		{"inspector", []string{"panel-show inspector"}},
		{"text", []string{"panel-show text"}},
		{"structure", []string{"struct <IHf:a,b,c 0x0:4096"}},
	} {
		b.Run(bc.name, func(b *testing.B) {
			ed := model.New(mmapdoc.FromBytes("bench", text))
			defer ed.Close()
			a := newApp(ed, nil, nil, 200, 60)
			for _, l := range bc.lines {
				a.command(l)
			}
			for i := 0; b.Loop(); i++ {
				ed.Click(int64(i%len(text)), model.Hex, false) // every frame shows another place
				a.draw()
			}
		})
	}
}
