//go:build !unix

package mmapdoc

import "os"

// privileges: this system takes nothing off a file that is written.
type privileges struct{}

func privilegesOf(*os.File) (privileges, error) { return privileges{}, nil }
func (privileges) tried() bool                  { return false }
func (privileges) keep(*os.File) error          { return nil }
