//go:build !linux

package main

func (b *bench) verb() error {
	b.t.Skip("memory of hexlay text", "it is read from /proc, which Linux has")
	return nil
}
