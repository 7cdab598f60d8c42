//go:build !linux

package main

import "hexlay/bench/internal/report"

func measure(t *report.Table, _ string) error {
	t.Skip("live traffic", "needs Linux")
	return nil
}
