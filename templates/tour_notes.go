package templates

import "fmt"

// TourNotes are the steps that walk a newcomer through the tour's document.
func TourNotes() []Step {
	_, at := Tour()
	lay := func(format string, off int) string { return fmt.Sprintf("struct %s %#x", format, off) }
	pick := func(off, n int) string { return fmt.Sprintf("select %#x:%d", off, n) }
	const climateFormat = ">BHIffH:version,type,length,temperature,humidity,crc"
	return []Step{
		{"welcome", `This is a real document, in memory: change whatever you like. It holds a BMP picture and behind it ten messages of a small protocol.
F6 comes to this panel; then Right shows the next note and goes to its bytes, Left goes back, Esc returns to the bytes. F1 shows all keys, Ctrl+Q quits.`, nil},
		{"moving", `The arrows, PgUp, PgDn, Home and End move. Ctrl+G goes to an address: 0x36, +16, 50% or end-0x10. Alt+Left returns to where you jumped from.
Tab changes between the hex digits and the text column.`, []string{"goto 0"}},
		{"the picture's header", `A struct format laid over bytes gives them names and colours. This one is Python's: < is little-endian, 2s two bytes, I four, H two. The structure panel lists the fields: F6 goes there, the arrows choose one, Enter edits its value.
Try it: make the width 20 and see the bytes change. Ctrl+Z undoes, Esc and F6 come back here.`,
			[]string{lay("<2sIHHIIiiHHIIiiII:magic,file_size,reserved1,reserved2,data_offset,header_size,width,height,planes,bits,"+
				"compression,image_size,x_ppm,y_ppm,colours,important", 0)}},
		{"pixels", `The lowest row of pixels: 21 times blue, green, red, and one byte to fill it up to a multiple of four. Ctrl+L fills the selection with bytes of yours.
Changed bytes are red until they are saved; Alt+Down goes to the next change.`, []string{pick(bmpHeader, 63)}},
		{"the first message", `Behind the picture: one byte version, two bytes type, four bytes length of the payload, big-endian, then the payload and a CRC-16. Here the length is 9: the name of a station.`,
			[]string{lay(">BHI9sH:version,type,length,payload,crc", at[0])}},
		{"a climate message", `Type 0x0010 carries two float32: temperature and humidity. Edit the temperature in the structure panel: its bytes follow. (The CRC no longer fits then; Ctrl+Z brings both back.)`,
			[]string{lay(climateFormat, at[1])}},
		{"text", `This payload is text. The text panel decodes the selection: ê and ° take two bytes each in UTF-8. Alt+C chooses another codec: with latin-1 you see what goes wrong. F7 lists what it could be, the most plausible first.`,
			[]string{pick(at[3]+7, 24), "panel-show text"}},
		{"a wrong CRC", `One bit of this message was flipped on its way: a CRC-16 over the 15 bytes before it gives another value than the crc field has. Nothing else tells you: both float32 look well.`,
			[]string{lay(climateFormat, at[5])}},
		{"bad text", `This payload is not UTF-8. With the handler strict the text panel names the byte and the reason, and the bad bytes are marked. Alt+E goes through the other handlers: ignore, replace, backslashreplace, surrogateescape.`,
			[]string{pick(at[7]+7, 6), "panel-show text"}},
		{"cut short", `The last message says that 10 bytes of payload follow, but the document ends. The structure panel says how many bytes are missing; what is there is still read.`,
			[]string{lay(">BHI10sH:version,type,length,payload,crc", at[9])}},
		{"your own files", `hexlay FILE opens a file of any size at once. Ctrl+S saves: when the length is the same only the changed bytes are written. Undo works across saves.
Ctrl+P lists every command.`, []string{"goto 0"}},
	}
}
