package cli

import (
	"bufio"
	"context"
	"fmt"

	"hexlay/model"
)

// captureInfo prints what a capture says of itself; as JSON an array of {"about":T,"text":T}, with "range" where it says so.
func (a *app) captureInfo(ctx context.Context, name string, json bool) error {
	d, x, err := a.openCapture(ctx, name)
	if err != nil {
		return err
	}
	defer d.Close()
	facts := model.CaptureFacts(x)
	if json {
		array := newJSONArray(a.stdout)
		for _, f := range facts {
			b := appendJSONString([]byte(`{"about":`), f.About)
			b = appendJSONString(append(b, `,"text":`...), f.Text)
			if f.Range.Len() > 0 {
				b = appendJSONRange(append(b, ','), f.Range.Start, f.Range.End)
			}
			array.add(append(b, '}'))
		}
		err = array.end()
	} else {
		w := bufio.NewWriter(a.stdout)
		for _, f := range facts {
			fmt.Fprintf(w, "%-16s %s\n", visible(f.About), visible(f.Text))
		}
		err = w.Flush()
	}
	if err == nil {
		err = damaged(x)
	}
	return err
}
