package mmapdoc

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A kernel can be locked down: then nobody, whatever the permissions say, may change it through the files that lead into
// it. Those who ask for permission only (access) are told that they have it, so it is looked for here
// (kernel_lockdown(7)). Disks and ordinary files are not concerned.

// lockdownFile shows the modes, the present one in brackets: "none [integrity] confidentiality". A variable for tests.
var lockdownFile = "/sys/kernel/security/lockdown"

// lockdownMode returns "integrity", "confidentiality", or "" for a kernel that is not locked down or does not tell.
func lockdownMode() string {
	b, err := os.ReadFile(lockdownFile)
	if err != nil {
		return ""
	}
	_, mode, _ := strings.Cut(string(b), "[")
	mode, _, ok := strings.Cut(mode, "]")
	if !ok || mode == "none" {
		return ""
	}
	return mode
}

// lockdownReason says that the lockdown keeps path from being written, or "".
func lockdownReason(path string) string {
	mode := lockdownMode()
	if mode == "" || !intoKernel(path, mode) {
		return ""
	}
	return fmt.Sprintf("the kernel is locked down (%s)", mode)
}

// intoKernel says whether path leads into the kernel's or a device's memory in a way that this mode closes.
func intoKernel(path, mode string) bool {
	var fs unix.Statfs_t
	real, err := filepath.EvalSymlinks(path)
	if err != nil || again(func() error { return unix.Statfs(real, &fs) }) != nil {
		return false
	}
	name := filepath.Base(real)
	switch fs.Type {
	case unix.DEBUGFS_MAGIC:
		return true
	case unix.TRACEFS_MAGIC:
		return mode == "confidentiality"
	case unix.PROC_SUPER_MAGIC:
		return strings.Contains(real, "/bus/pci/")
	case unix.SYSFS_MAGIC: // the registers and the memory of devices
		return strings.Contains(real, "/pci") && (name == "config" || name == "rom" || strings.HasPrefix(name, "resource"))
	}
	return false
}

// lockedError adds to err, with which the kernel refused to open a file, that the kernel is locked down if that may be why:
// this refusal alone does not come from permissions.
func lockedError(err error) error {
	if errors.Is(err, unix.EPERM) {
		if mode := lockdownMode(); mode != "" {
			return fmt.Errorf("%w; the kernel is locked down (%s)", plainError(err), mode)
		}
	}
	return err
}
