//go:build !linux

package main

import "hexlay/bench/internal/report"

func onScreen(t *report.Table, _, _, _ string, _ int) error {
	t.Skip("the editor on a terminal", "needs Linux")
	return nil
}
