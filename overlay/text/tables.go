package text

import (
	"bytes"
	"compress/flate"
	"io"
	"sync"
)

// inflaters are kept between tables: a new one takes more time than a small table.
var inflaters = sync.Pool{New: func() any { return flate.NewReader(nil) }}

// inflate unpacks an embedded table. The tables are part of the program, so damage is a bug of its build.
func inflate(packed []byte) []byte {
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(packed), nil); err != nil {
		panic("text: embedded table: " + err.Error())
	}
	out := bytes.NewBuffer(make([]byte, 0, 8*len(packed)))
	if _, err := out.ReadFrom(r); err != nil {
		panic("text: embedded table: " + err.Error())
	}
	return out.Bytes()
}
