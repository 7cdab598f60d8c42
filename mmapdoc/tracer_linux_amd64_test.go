package mmapdoc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The tracer puts faults under a process: it runs this test binary once more and stops it at its system calls. The child
// says itself, by calls of prctl that the kernel does not know, when the next fault is due (arm) and what became of it
// (disarm), so that one child goes through thousands of faults. Counted are the calls of all threads that concern files
// below one folder. A short count is a true one: the kernel is asked for less.
//
// A filter that the child puts on itself (seccomp) stops it at the calls of the table only, once at each. Stopping at all
// calls, on their way in and out, took three times as long.

// fault is what happens at a system call.
type fault int

const (
	faultEIO    fault = iota + 1 // the call fails; it is not done
	faultENOSPC                  // the same, for calls that may need room
	faultEINTR
	faultShort  // reads, writes and copies do the half of what they were asked for
	faultLie    // a write is not done, and reported as done
	faultBroken // from this call on, all that write or sync fail with EIO
	faultFull   // from this call on, all that need room fail with ENOSPC
)

func (f fault) String() string {
	return [...]string{"", "EIO", "ENOSPC", "EINTR", "short", "lie", "broken", "full"}[f]
}

const (
	labMagic  = 0x6865786c
	labArm    = 1
	labDisarm = 2
)

// arm makes the n-th call from now on fail.
func arm(f fault, n int) {
	syscall.RawSyscall6(syscall.SYS_PRCTL, labMagic, labArm, uintptr(f), uintptr(n), 0, 0)
}

// disarm tells which call the fault hit, "" if there was none.
func disarm() string {
	nr, _, _ := syscall.RawSyscall(syscall.SYS_PRCTL, labMagic, labDisarm, 0)
	if int(nr) <= 0 {
		return ""
	}
	return tracedCalls[uint64(nr)-1].name
}

// call is a system call that concerns a file.
type call struct {
	name  string
	fds   []int // which arguments are descriptors
	paths []int // which are paths, absolute ones
	count int   // which one is a count of bytes; -1: none
	room  bool  // it may need room on the disk
	write bool  // it changes what is on the disk, or makes it durable
}

func on(name string, fds, paths []int, flags string) call {
	c := call{name: name, fds: fds, paths: paths, count: -1, room: strings.Contains(flags, "r"), write: strings.Contains(flags, "w")}
	if i := strings.IndexAny(flags, "0123456789"); i >= 0 {
		c.count = int(flags[i] - '0')
	}
	return c
}

var tracedCalls = map[uint64]call{
	unix.SYS_READ:            on("read", []int{0}, nil, "2"),
	unix.SYS_PREAD64:         on("pread64", []int{0}, nil, "2"),
	unix.SYS_WRITE:           on("write", []int{0}, nil, "rw2"),
	unix.SYS_PWRITE64:        on("pwrite64", []int{0}, nil, "rw2"),
	unix.SYS_COPY_FILE_RANGE: on("copy_file_range", []int{0, 2}, nil, "rw4"),
	unix.SYS_FTRUNCATE:       on("ftruncate", []int{0}, nil, "rw"),
	unix.SYS_FALLOCATE:       on("fallocate", []int{0}, nil, "rw"),
	unix.SYS_FSYNC:           on("fsync", []int{0}, nil, "rw"),
	unix.SYS_FDATASYNC:       on("fdatasync", []int{0}, nil, "rw"),
	unix.SYS_FLOCK:           on("flock", []int{0}, nil, ""),
	unix.SYS_FCHMOD:          on("fchmod", []int{0}, nil, "w"),
	unix.SYS_FCHOWN:          on("fchown", []int{0}, nil, "rw"),
	unix.SYS_FSETXATTR:       on("fsetxattr", []int{0}, nil, "rw"),
	unix.SYS_FREMOVEXATTR:    on("fremovexattr", []int{0}, nil, "w"),
	unix.SYS_FGETXATTR:       on("fgetxattr", []int{0}, nil, ""),
	unix.SYS_FSTAT:           on("fstat", []int{0}, nil, ""),
	unix.SYS_LSEEK:           on("lseek", []int{0}, nil, ""),
	unix.SYS_MMAP:            on("mmap", []int{4}, nil, ""),
	unix.SYS_GETDENTS64:      on("getdents64", []int{0}, nil, ""),
	unix.SYS_GETXATTR:        on("getxattr", nil, []int{0}, ""),
	unix.SYS_LISTXATTR:       on("listxattr", nil, []int{0}, ""),
	unix.SYS_STATFS:          on("statfs", nil, []int{0}, ""),
	unix.SYS_OPEN:            on("open", nil, []int{0}, "rw"),
	unix.SYS_OPENAT:          on("openat", nil, []int{1}, "rw"),
	unix.SYS_NEWFSTATAT:      on("newfstatat", nil, []int{1}, ""),
	unix.SYS_STATX:           on("statx", nil, []int{1}, ""),
	unix.SYS_FACCESSAT:       on("faccessat", nil, []int{1}, ""),
	unix.SYS_FACCESSAT2:      on("faccessat2", nil, []int{1}, ""),
	unix.SYS_READLINKAT:      on("readlinkat", nil, []int{1}, ""),
	unix.SYS_RENAME:          on("rename", nil, []int{0}, "rw"),
	unix.SYS_RENAMEAT:        on("renameat", nil, []int{1}, "rw"),
	unix.SYS_RENAMEAT2:       on("renameat2", nil, []int{1}, "rw"),
	unix.SYS_UNLINK:          on("unlink", nil, []int{0}, "w"),
	unix.SYS_UNLINKAT:        on("unlinkat", nil, []int{1}, "w"),
	unix.SYS_MKDIRAT:         on("mkdirat", nil, []int{1}, "rw"),
	unix.SYS_LINKAT:          on("linkat", nil, []int{1, 3}, "rw"),
	unix.SYS_SYMLINKAT:       on("symlinkat", nil, []int{2}, "rw"),
	unix.SYS_UTIMENSAT:       on("utimensat", nil, []int{1}, "w"),
}

// due says whether f can happen at c at all.
func (f fault) due(c call) bool {
	switch f {
	case faultENOSPC, faultFull:
		return c.room
	case faultEINTR:
		return c.name != "lseek" // which waits for nothing
	case faultShort:
		return c.count >= 0
	case faultLie:
		return c.name == "pwrite64"
	case faultBroken:
		return c.write
	}
	return true
}

// stopAtCalls lets the tracer stop all threads of this process at the calls of the table, and at those of arm and disarm.
func stopAtCalls() error {
	const number, firstArg = 0, 16 // where struct seccomp_data has them
	load := func(off uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: off}
	}
	unless := func(v uint32, jump uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: jump, K: v}
	}
	answer := func(v uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: v} }
	const stop = 0x7ff00000 // SECCOMP_RET_TRACE
	const allow = 0x7fff0000
	prog := []unix.SockFilter{load(number)}
	for nr := range tracedCalls {
		prog = append(prog, unless(uint32(nr), 1), answer(stop))
	}
	prog = append(prog, unless(unix.SYS_PRCTL, 3), load(firstArg), unless(labMagic, 1), answer(stop), answer(allow))
	filter := unix.SockFprog{Len: uint16(len(prog)), Filter: &prog[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, e := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&filter)))
	if e != 0 {
		return e
	}
	return nil
}

// syscallInfo is the kernel's struct ptrace_syscall_info.
type syscallInfo struct {
	op   uint8
	_    [7]byte
	_    [2]uint64
	nr   uint64
	args [6]uint64
	_    [2]uint64
}

const (
	ptraceGetSyscallInfo = 0x420e
	atFilter             = 3 // a stop that a filter asked for, before the call is done
)

// tracer is the state of one run.
type tracer struct {
	root  string // the folder whose files count
	pid   int
	fault fault
	at, n int
	hit   uint64   // the call that the fault has hit, plus one
	mem   *os.File // of the child
}

// labTimeout ends a child that hangs.
const labTimeout = 10 * time.Minute

// traced runs the test named run as a child of the tracer, with root as the folder for its files, and fails as it does.
func traced(t *testing.T, run, root string, env ...string) {
	t.Helper()
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd := exec.Command(os.Args[0], "-test.run=^"+run+"$", "-test.v")
	cmd.Env = append(os.Environ(), append(env, "HEXLAY_LAB="+root, "TMPDIR="+root, "GOMAXPROCS=1", "GOGC=400")...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Skip("tracing a process: ", err)
	}
	tr := &tracer{root: root, pid: cmd.Process.Pid}
	var late atomic.Bool
	limit := time.AfterFunc(labTimeout, func() {
		late.Store(true)
		_ = cmd.Process.Kill()
	})
	ws, err := tr.follow()
	limit.Stop()
	_ = cmd.Process.Release()
	b, _ := os.ReadFile(out.Name())
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		_ = syscall.Kill(tr.pid, syscall.SIGKILL)
		t.Skip("this kernel does not tell a tracer about system calls")
	case err != nil:
		_ = syscall.Kill(tr.pid, syscall.SIGKILL)
		t.Errorf("tracing: %v", err)
	case late.Load():
		t.Error("the child hung")
	case bytes.Contains(b, []byte("--- SKIP: "+run)):
		t.Skip("the child was skipped")
	case ws.ExitStatus() != 0 || !bytes.Contains(b, []byte("--- PASS")):
		t.Errorf("the child ended with %v", ws)
	default:
		for _, l := range strings.Split(string(b), "\n") {
			if strings.Contains(l, ".go:") {
				t.Log(strings.TrimSpace(l))
			}
		}
		return
	}
	t.Logf("%s", b)
}

// follow lets the child run to its end.
func (tr *tracer) follow() (syscall.WaitStatus, error) {
	var ws syscall.WaitStatus
	if _, err := syscall.Wait4(tr.pid, &ws, 0, nil); err != nil {
		return ws, err
	}
	// What it starts has its filter, and could not do those calls without a tracer.
	const children = syscall.PTRACE_O_TRACECLONE | syscall.PTRACE_O_TRACEFORK | syscall.PTRACE_O_TRACEVFORK
	const options = unix.PTRACE_O_TRACESECCOMP | children | unix.PTRACE_O_EXITKILL
	if err := syscall.PtraceSetOptions(tr.pid, options); err != nil {
		return ws, err
	}
	mem, err := os.Open(fmt.Sprintf("/proc/%d/mem", tr.pid))
	if err != nil {
		return ws, err
	}
	defer mem.Close()
	tr.mem = mem
	if err := syscall.PtraceCont(tr.pid, 0); err != nil {
		return ws, err
	}
	known := map[int]bool{tr.pid: true}
	for {
		tid, err := syscall.Wait4(-tr.pid, &ws, unix.WALL, nil)
		if err == syscall.EINTR {
			continue
		}
		if err != nil {
			return ws, err
		}
		signal := 0
		switch {
		case ws.Exited() || ws.Signaled():
			if tid == tr.pid {
				return ws, nil
			}
			continue
		case !known[tid]: // a new thread or process begins with a stop
			known[tid] = true
		case ws.TrapCause() == unix.PTRACE_EVENT_SECCOMP:
			if err := tr.stop(tid); err != nil && err != syscall.ESRCH {
				return ws, err
			}
		case ws.StopSignal() != syscall.SIGTRAP:
			signal = int(ws.StopSignal())
		}
		if err := syscall.PtraceCont(tid, signal); err != nil && err != syscall.ESRCH {
			return ws, err
		}
	}
}

// stop is called before the thread does a system call at which the filter stops it.
func (tr *tracer) stop(tid int) error {
	var info syscallInfo
	_, _, e := syscall.RawSyscall6(syscall.SYS_PTRACE, ptraceGetSyscallInfo, uintptr(tid), unsafe.Sizeof(info), uintptr(unsafe.Pointer(&info)), 0, 0)
	if e == syscall.ESRCH { // it is being ended
		return e
	}
	if e != 0 {
		return fmt.Errorf("%w: %v", errors.ErrUnsupported, e)
	}
	if info.op != atFilter {
		return nil
	}
	change := func(f func(*syscall.PtraceRegs)) error {
		var regs syscall.PtraceRegs
		if err := syscall.PtraceGetRegs(tid, &regs); err != nil {
			return err
		}
		f(&regs)
		return syscall.PtraceSetRegs(tid, &regs)
	}
	returns := func(v uint64) error { // without the call being done
		return change(func(regs *syscall.PtraceRegs) { regs.Orig_rax, regs.Rax = ^uint64(0), v })
	}
	if info.nr == unix.SYS_PRCTL && info.args[0] == labMagic {
		switch info.args[1] {
		case labArm:
			tr.fault, tr.n, tr.at, tr.hit = fault(info.args[2]), int(info.args[3]), 0, 0
		case labDisarm:
			tr.fault = 0
		}
		return returns(tr.hit)
	}
	fails := func(e syscall.Errno) error { return returns(-uint64(e)) }
	c, ok := tracedCalls[info.nr]
	if tr.fault == 0 || !ok || !tr.fault.due(c) || !tr.concerns(c, info.args) {
		return nil
	}
	if tr.fault == faultShort && info.args[c.count] < 2 {
		return nil
	}
	if tr.at++; tr.at != tr.n && (tr.at < tr.n || tr.fault < faultBroken) {
		return nil
	}
	if tr.hit == 0 {
		tr.hit = info.nr + 1
	}
	switch tr.fault {
	case faultEIO, faultBroken:
		return fails(syscall.EIO)
	case faultENOSPC, faultFull:
		return fails(syscall.ENOSPC)
	case faultEINTR:
		return fails(syscall.EINTR)
	case faultLie:
		return returns(info.args[c.count])
	}
	half := info.args[c.count] / 2 // faultShort
	return change(func(regs *syscall.PtraceRegs) {
		if c.count == 4 {
			regs.R8 = half
		} else {
			regs.Rdx = half
		}
	})
}

// concerns says whether the call is about files below root.
func (tr *tracer) concerns(c call, args [6]uint64) bool {
	for _, i := range c.fds {
		path, err := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", tr.pid, int32(args[i])))
		if err == nil && strings.HasPrefix(path, tr.root) {
			return true
		}
	}
	for _, i := range c.paths {
		b := make([]byte, len(tr.root))
		if _, err := tr.mem.ReadAt(b, int64(args[i])); err == nil && string(b) == tr.root {
			return true
		}
	}
	return false
}
