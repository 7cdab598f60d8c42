//go:build !unix

package cli

import "os"

// appendsOnly cannot be asked here; gaps are written out.
func appendsOnly(*os.File) bool { return true }
