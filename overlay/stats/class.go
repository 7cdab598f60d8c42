package stats

// Class is a kind of byte.
type Class uint8

// The classes. Every byte value is in one.
const (
	Zero    Class  = iota // 00
	Letter                // 21 to 7e, what ASCII prints
	Blank                 // space, tab and the line ends, 09 to 0d
	Control               // the rest below 20, and 7f
	High                  // 80 to fe
	Ones                  // ff
	Classes = iota        // how many there are
)

var classNames = [Classes]string{"zero", "printable", "blank", "control", "80 to fe", "ff"}

func (c Class) String() string { return classNames[c] }

// ClassOf is the class of a byte value.
func ClassOf(b byte) Class {
	switch {
	case b == 0:
		return Zero
	case b == ' ' || b >= '\t' && b <= '\r':
		return Blank
	case b > ' ' && b < 0x7f:
		return Letter
	case b < 0x80:
		return Control
	case b == 0xff:
		return Ones
	}
	return High
}

// ByClass is how many bytes there are of each class.
func (h *Histogram) ByClass() (n [Classes]int64) {
	for b, c := range h {
		n[ClassOf(byte(b))] += c
	}
	return n
}
