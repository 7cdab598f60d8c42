package packet

import "fmt"

// A Kind of damage.
type Kind uint8

// What may be wrong with a capture.
const (
	BadMagic    Kind = iota // it does not begin as a capture does
	BadLength               // a record or block has a length that cannot be
	Mismatch                // the two lengths of a block differ
	Unaligned               // a block's length is no multiple of four
	OtherOrder              // a record or block is in the other byte order than its section
	NoInterface             // a packet names an interface that no block describes
	BadRecord               // no record begins where one should
	BadTime                 // a time that cannot be
	Repeated                // a file header in the middle: captures were put behind each other
	Unreadable              // the bytes cannot be read
)

var kindNames = [...]string{"bad magic", "bad length", "length mismatch", "unaligned length", "byte order", "no interface",
	"bad record", "bad time", "repeated header", "unreadable"}

func (k Kind) String() string { return kindNames[k] }

// A Damage is a place of the capture that is not as it should be. What follows it is read nevertheless.
type Damage struct {
	Kind Kind
	At   int64 // what is wrong begins here
	End  int64 // reading went on here: what lies between was passed over; At where nothing was
	Msg  string
}

func (d Damage) Error() string {
	s := fmt.Sprintf("%#x: %s: %s", d.At, d.Kind, d.Msg)
	if n := d.End - d.At; n > 0 {
		s += fmt.Sprintf("; %s passed over", byteCount(n))
	}
	return s
}

// maxDamages is how many damages are kept.
const maxDamages = 1000

// A Tail is what the capture ends within.
type Tail struct {
	At    int64 // where the record or block begins
	Needs int64 // how many bytes are missing, at least
	What  string
}

// byteCount says "1 byte", "2 bytes".
func byteCount(n int64) string {
	if n == 1 {
		return "1 byte"
	}
	return fmt.Sprintf("%d bytes", n)
}

func missing(n int64) string {
	if n == 1 {
		return "1 byte is missing"
	}
	return byteCount(n) + " are missing"
}

func (t Tail) Error() string {
	return fmt.Sprintf("%#x: the capture ends within %s: at least %s", t.At, t.What, missing(t.Needs))
}

func (x *Index) damage(kind Kind, at, end int64, format string, args ...any) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.damaged++
	if len(x.damages) < maxDamages {
		x.damages = append(x.damages, Damage{kind, at, end, fmt.Sprintf(format, args...)})
	}
}
