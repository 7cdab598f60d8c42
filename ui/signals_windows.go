package ui

import "os"

var hangups = []os.Signal{os.Interrupt}

// canSuspend: there is no job control here.
func canSuspend() bool { return false }
