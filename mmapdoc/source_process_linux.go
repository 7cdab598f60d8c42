package mmapdoc

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// OpenProcess opens the memory of a running process. The kernel decides who may: mostly the same user, for a process that
// allows to be traced.
func OpenProcess(pid int) (*Document, error) {
	d, err := openProcess(pid)
	if err != nil {
		return nil, fmt.Errorf("process %d: %w", pid, plainError(err))
	}
	return d, nil
}

func openProcess(pid int) (*Document, error) {
	dir := fmt.Sprintf("/proc/%d/", pid)
	if _, err := os.Stat(dir); err != nil {
		return nil, errors.New("there is no such process")
	}
	maps, err := os.ReadFile(dir + "maps")
	if err != nil {
		return nil, err
	}
	regions := parseRegions(string(maps))
	if len(regions) == 0 {
		return nil, errors.New("it has no memory of its own: it is a thread of the kernel, or has ended")
	}
	path := dir + "mem"
	if torn, err := FindTornSave(path); err != nil {
		return nil, err
	} else if torn != nil {
		return nil, &TornSaveError{torn}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	seen, err := stampOf(path)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	comm, _ := os.ReadFile(dir + "comm")
	info := Info{Name: fmt.Sprintf("%s (process %d)", strings.TrimSpace(string(comm)), pid), Path: path, Kind: Process}
	if w, err := os.OpenFile(path, os.O_RDWR, 0); err != nil {
		info.ReadOnly = "the kernel does not let this user write it"
	} else {
		_ = w.Close()
	}
	sf, err := newSavedFile(f, path, regions[len(regions)-1].End, seen, true)
	if err != nil {
		_ = f.Close()
		return nil, err
	}
	sf.mapped.memory = &memory{regions: regions}
	return newDocument(info, newGeneration(sf), sf), nil
}

// isMemory says whether path is the memory of a process.
func isMemory(path string) bool {
	rest, ok := strings.CutPrefix(path, "/proc/")
	pid, ok2 := strings.CutSuffix(rest, "/mem")
	_, err := strconv.Atoi(pid)
	return ok && ok2 && err == nil
}

// startOf tells processes apart that had the same number: the clock tick at which the one of path, its memory, began.
func startOf(path string) int64 {
	b, err := os.ReadFile(strings.TrimSuffix(path, "mem") + "stat")
	if err != nil {
		return 0
	}
	// The name before the last bracket may hold anything.
	fields := strings.Fields(string(b)[strings.LastIndex(string(b), ")")+1:])
	if len(fields) < 20 {
		return 0
	}
	n, _ := strconv.ParseInt(fields[19], 10, 64)
	return n
}
