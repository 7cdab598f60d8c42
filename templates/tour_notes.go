package templates

import "fmt"

// TourNotes are the steps that walk a newcomer through the tour's document.
func TourNotes() []Step {
	_, at := Tour()
	pick := func(off, n int) string { return fmt.Sprintf("select %#x:%d", off, n) }
	field := func(format string, args ...any) string { return "node-goto " + fmt.Sprintf(format, args...) }
	return []Step{
		{"welcome", `This is a real document, in memory: change whatever you like. It holds a BMP picture and behind it ten messages of a small protocol.
F6 comes to this panel; then Right shows the next note and goes to its bytes, Left goes back, Esc returns to the bytes. F1 shows all keys, Ctrl+Q quits.`, nil},
		{"moving", `The arrows, PgUp, PgDn, Home and End move. Ctrl+G goes to an address: 0x36, +16, 50% or end-0x10. Alt+Left returns to where you jumped from.
Tab changes between the hex digits and the text column.`, []string{"goto 0"}},
		{"a template", `A template gives bytes names, colours and meaning. Alt+T lays the one that knows these bytes, as with any file of a format that hexlay knows; :overlay lays one by its name, or a .ksy file of yours. Here it is done already.
The structure panel shows the fields as a tree: F6 goes there, the arrows choose, Right and Left open and close. The field under the cursor is marked in both.`,
			[]string{"overlay tour @0"}},
		{"a value", `The picture's width. In the structure panel, Enter edits it: make it 20 and see the bytes and the pixels change. Ctrl+Z undoes, Esc comes back to the bytes.`,
			[]string{field("picture.header.width")}},
		{"pixels", `The lowest row of pixels: 21 times blue, green, red, and one byte to fill it up to a multiple of four. Ctrl+L fills the selection with bytes of yours.
Changed bytes are red until they are saved; Alt+Down goes to the next change.`, []string{pick(bmpHeader, 63)}},
		{"the first message", `Behind the picture: one byte version, two bytes type, four bytes length of the payload, big-endian, then the payload and a CRC-16. The check marks say that length and CRC are right.`,
			[]string{field("messages[0].len_payload")}},
		{"a name instead of a number", `The type of this message is 0x0010, which the template calls climate. Enter in the structure panel lists the names: choose text, and the payload is read as text. Ctrl+Z brings temperature and humidity back.`,
			[]string{field("messages[1].type")}},
		{"text", `This payload is text. The text panel decodes the selection: ê and ° take two bytes each in UTF-8. Alt+C chooses another codec: with latin-1 you see what goes wrong. F7 lists what it could be, the most plausible first.`,
			[]string{pick(at[3]+7, 24), "panel-show text"}},
		{"a wrong CRC", `One bit of this message was flipped on its way. Nothing tells it by its looks, but the template declares what the CRC covers: it says what would be expected here.
M mends it: it shows first what will be written, and asks.`,
			[]string{field("messages[5].crc")}},
		{"bad text", `This payload is not UTF-8. With the handler strict the text panel names the byte and the reason, and the bad bytes are marked. Alt+E goes through the other handlers: ignore, replace, backslashreplace, surrogateescape.`,
			[]string{pick(at[7]+7, 6), "panel-show text"}},
		{"cut short", `The last message says that 10 bytes of payload follow, but the document ends: its payload needs 4 more bytes. What is there is shown nevertheless, as with a message that is still arriving.`,
			[]string{field("messages[9]"), "node-open"}},
		{"your own files", `hexlay FILE opens a file of any size at once. Ctrl+S saves: when the length is the same only the changed bytes are written. Undo works across saves.
Ctrl+P lists every command; :tour comes back here.`, []string{"goto 0"}},
	}
}
