package text

// Char is one piece of decoded text and the bytes it came from. Mostly it is one character. It is two where one sequence
// codes two, none for a shift or escape sequence or a byte order mark, and what the handler made of bytes that are no text.
type Char struct {
	Start, End int    // the bytes [Start, End)
	Text       string // WTF-8
	Reason     string // why the bytes are no text; "" for decoded text
}

// Chars calls fn with the text of src in order, until fn returns false. The Chars follow each other without gap or
// overlap and cover src, or, when the error is not nil, src up to the bad bytes. The error is a *DecodeError.
//
// UTF-7 finds some errors only after characters of the same shift sequence; the Char of such an error has the bytes that
// no Char had before.
func (c *Codec) Chars(src []byte, h Handler, fn func(Char) bool) error {
	d := Decoder{c: c, eng: c.engine(), h: h}
	t := &charSink{fn: fn, perByte: h == SurrogateEscape}
	// A slice at a time, so that a caller who stops early does not wait for the rest.
	at := 0
	for !t.stop {
		end := min(at+charBatch, len(src))
		var err error
		next := at
		_, next, err = d.decode(nil, src[:end], at, end == len(src), t)
		// The open sequence of a slice is seen again with the next one, from its first byte.
		if next == at && end < len(src) && err == nil {
			_, next, err = d.decode(nil, src, at, true, t)
			end = len(src)
		}
		t.flush()
		if err != nil || end == len(src) {
			if t.stop {
				return nil
			}
			return err
		}
		at = next
	}
	return nil
}

const charBatch = 1024

// charSink collects Chars and makes the strings of many at once: one allocation, not one for each character.
type charSink struct {
	fn      func(Char) bool
	perByte bool // a replacement is one character for each byte
	stop    bool
	prev    int // where the last Char ended
	text    []byte
	chars   []Char
	ends    []int // where each Char's text ends
}

func (t *charSink) char(start, end int, r, r2 rune) {
	if r >= 0 {
		t.text = AppendRune(t.text, r)
	}
	if r2 >= 0 {
		t.text = AppendRune(t.text, r2)
	}
	t.add(start, end, "")
}

func (t *charSink) entry(start, end int, text string) {
	t.text = append(t.text, text...)
	t.add(start, end, "")
}

func (t *charSink) replaced(start, end int, text []byte, reason string) {
	if t.perByte {
		for i := start; i < end; i++ {
			t.text = append(t.text, text[3*(i-start):3*(i-start)+3]...)
			t.add(i, i+1, reason)
		}
		return
	}
	t.text = append(t.text, text...)
	t.add(start, end, reason)
}

func (t *charSink) add(start, end int, reason string) {
	start = max(start, t.prev)
	end = max(end, start)
	t.prev = end
	t.chars = append(t.chars, Char{Start: start, End: end, Reason: reason})
	t.ends = append(t.ends, len(t.text))
	if len(t.chars) >= charBatch {
		t.flush()
	}
}

func (t *charSink) flush() {
	text, from := string(t.text), 0
	for i := range t.chars {
		if t.stop {
			break
		}
		ch := t.chars[i]
		ch.Text = text[from:t.ends[i]]
		from = t.ends[i]
		t.stop = !t.fn(ch)
	}
	t.text, t.chars, t.ends = t.text[:0], t.chars[:0], t.ends[:0]
}
