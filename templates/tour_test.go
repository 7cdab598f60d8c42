package templates

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// TestTour reads the document as its notes describe it.
func TestTour(t *testing.T) {
	doc, at := Tour()
	if again, _ := Tour(); !bytes.Equal(doc, again) {
		t.Error("the tour is not the same twice")
	}
	if string(doc[:2]) != "BM" || binary.LittleEndian.Uint32(doc[2:]) != uint32(at[0]) || binary.LittleEndian.Uint32(doc[10:]) != bmpHeader {
		t.Errorf("the picture's header is % x", doc[:bmpHeader])
	}
	if row := (tourWidth*3 + 3) &^ 3; bmpHeader+row*tourHeight != at[0] {
		t.Errorf("the picture ends at %d, the messages begin at %d", bmpHeader+row*tourHeight, at[0])
	}
	// The check value of CRC-16/MODBUS in the RevEng catalogue.
	if got := crc16([]byte("123456789")); got != 0x4b37 {
		t.Errorf("the CRC of 123456789 is %#04x", got)
	}
	for i, off := range at {
		m := doc[off:]
		n := int(binary.BigEndian.Uint32(m[3:]))
		if i == len(at)-1 {
			if 7+n+2 <= len(m) {
				t.Error("the last message is not cut short")
			}
			break
		}
		if at[i+1] != off+7+n+2 {
			t.Errorf("message %d ends at %d, the next begins at %d", i, off+7+n+2, at[i+1])
		}
		fits := binary.BigEndian.Uint16(m[7+n:]) == crc16(m[:7+n])
		if fits == (i == 5) {
			t.Errorf("message %d: the CRC fits: %v", i, fits)
		}
	}
}
