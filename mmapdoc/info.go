package mmapdoc

// Kind says what sort of place a document was opened from.
type Kind int

const (
	File    Kind = iota // a regular file
	Memory              // bytes that were handed over
	Stream              // a pipe or standard input, spooled
	Device              // a block device
	Process             // the memory of a process
	Virtual             // a /proc-like file whose size is not known, read whole
)

// String is a lower-case noun for the screen.
func (k Kind) String() string {
	switch k {
	case File:
		return "file"
	case Memory:
		return "memory"
	case Stream:
		return "stream"
	case Device:
		return "device"
	case Process:
		return "memory of a process"
	case Virtual:
		return "virtual file"
	}
	return "unknown"
}

// Info says what a document was opened from.
type Info struct {
	Name     string // for the screen; never empty
	Path     string // where a save writes; "" when there is no such place
	Kind     Kind
	ReadOnly string // "" or the reason why the target cannot be written
}

// disk says that a document of this kind is written in place and never changes its size.
func (k Kind) disk() bool { return k == Device || k == Process }
