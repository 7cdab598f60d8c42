package mmapdoc

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// mountOf mounts a filesystem that has no disk for the time of a test, or skips.
func mountOf(t *testing.T, kind string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("mounting needs root")
	}
	dir := t.TempDir()
	if err := unix.Mount("none", dir, kind, 0, ""); err != nil {
		t.Skip("mounting "+kind+": ", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// lockedDown makes the kernel look locked down in the given mode, or not at all.
func lockedDown(t *testing.T, content string) {
	t.Helper()
	was := lockdownFile
	t.Cleanup(func() { lockdownFile = was })
	lockdownFile = writeFile(t, []byte(content))
}

func TestLockdownMode(t *testing.T) {
	for content, want := range map[string]string{
		"none [integrity] confidentiality\n": "integrity",
		"none integrity [confidentiality]\n": "confidentiality",
		"[none] integrity confidentiality\n": "",
		"[none":                              "",
		"":                                   "",
	} {
		lockedDown(t, content)
		if got := lockdownMode(); got != want {
			t.Errorf("%q: mode %q", content, got)
		}
	}
	lockdownFile = filepath.Join(t.TempDir(), "none")
	if got := lockdownMode(); got != "" {
		t.Errorf("without the file: mode %q", got)
	}
}

// deviceMemory is a file by which the registers of a device are read and written.
func deviceMemory(t *testing.T) string {
	t.Helper()
	found, _ := filepath.Glob("/sys/bus/pci/devices/*/config")
	if len(found) == 0 {
		t.Skip("there is no device on a PCI bus")
	}
	return found[0]
}

// TestReadOnlyLockdown: what a locked-down kernel lets nobody write says so from the start; it can be edited, and saved elsewhere.
// Ordinary files and the memory of processes are not concerned.
func TestReadOnlyLockdown(t *testing.T) {
	path := deviceMemory(t)
	for content, want := range map[string]string{
		"none [integrity] confidentiality\n": "the kernel is locked down (integrity)",
		"none integrity [confidentiality]\n": "the kernel is locked down (confidentiality)",
		"[none] integrity confidentiality\n": "",
	} {
		lockedDown(t, content)
		d := mustOpen(t, path)
		if d.Info().ReadOnly != want {
			t.Errorf("%q: read-only for %q", content, d.Info().ReadOnly)
		}
		if want == "" { // it could be written now
			continue
		}
		splice(t, d, 0, 3, "new")
		if _, err := d.Plan(""); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "root") {
			t.Errorf("%q: planned a save: %v", content, err)
		}
		elsewhere := filepath.Join(t.TempDir(), "elsewhere")
		content := readAll(t, d)
		save(t, d, elsewhere, NewFile)
		onDisk(t, elsewhere, content)
		if d := mustOpen(t, writeFile(t, []byte("x"))); d.Info().ReadOnly != "" {
			t.Errorf("an ordinary file is read-only for %q", d.Info().ReadOnly)
		}
	}
}

// TestLockdownOfThisKernel asks the kernel itself, where it is locked down: what it refuses to open is refused with this reason.
func TestLockdownOfThisKernel(t *testing.T) {
	was := lockdownFile
	t.Cleanup(func() { lockdownFile = was })
	lockdownFile = filepath.Join(mountOf(t, "securityfs"), "lockdown")
	mode := lockdownMode()
	if mode == "" {
		t.Skip("this kernel is not locked down")
	}
	refused := ""
	_ = filepath.WalkDir(mountOf(t, "debugfs"), func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil
		}
		if f, err := openNonblock(path); err == nil {
			_ = f.Close()
		} else if errors.Is(err, unix.EPERM) {
			refused = path
			return fs.SkipAll
		}
		return nil
	})
	if refused == "" {
		t.Skip("no file of debugfs is refused")
	}
	if got, want := lockdownReason(refused), "the kernel is locked down ("+mode+")"; got != want {
		t.Errorf("read-only for %q", got)
	}
	wantErr(t, refused, "operation not permitted; the kernel is locked down ("+mode+")")
}

// TestReadOnlyDisk: a disk that is set read-only, which neither access nor opening it for writing tells.
func TestReadOnlyDisk(t *testing.T) {
	dev := losetup(t, 64<<10)
	if d := mustOpen(t, dev); d.Info().ReadOnly != "" {
		t.Fatalf("read-only for %q", d.Info().ReadOnly)
	}
	if out, err := exec.Command("blockdev", "--setro", dev).CombinedOutput(); err != nil {
		t.Skipf("blockdev: %v: %s", err, out)
	}
	defer exec.Command("blockdev", "--setrw", dev).Run() // the next disk of this name would keep it
	d := mustOpen(t, dev)
	splice(t, d, 0, 3, "new")
	if _, err := d.Plan(""); d.Info().ReadOnly != "the disk is set read-only" || err == nil || !strings.Contains(err.Error(), d.Info().ReadOnly) {
		t.Errorf("read-only for %q, planned a save: %v", d.Info().ReadOnly, err)
	}
}

// TestReadOnlyDiskOfContainer: a disk that the rules of a container let be read only, whatever its permissions say.
func TestReadOnlyDiskOfContainer(t *testing.T) {
	const cgroups = "/sys/fs/cgroup/devices"
	if dev := os.Getenv("HEXLAY_DISK"); dev != "" {
		if d := mustOpen(t, dev); d.Info().ReadOnly != "the kernel lets nobody here write it" {
			t.Errorf("read-only for %q", d.Info().ReadOnly)
		}
		return
	}
	dev := losetup(t, 64<<10)
	group, err := os.MkdirTemp(cgroups, "hexlay")
	if err != nil {
		t.Skip("no rules for devices: ", err)
	}
	defer os.Remove(group)
	rule := []byte("b 7:" + strings.TrimPrefix(dev, "/dev/loop") + " w")
	if err := os.WriteFile(filepath.Join(group, "devices.deny"), rule, 0); err != nil {
		t.Skip("rules for devices: ", err)
	}
	cmd := exec.Command("sh", "-c", `echo 0 > "$0/cgroup.procs" && exec "$@"`, group, os.Args[0], "-test.run=^TestReadOnlyDiskOfContainer$")
	cmd.Env = append(os.Environ(), "HEXLAY_DISK="+dev)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
