//go:build !linux

package main

import "hexlay/bench/internal/report"

func keys(t *report.Table, _, _ string) error {
	t.Skip("keys while a picture is made", "measured on Linux only")
	return nil
}
