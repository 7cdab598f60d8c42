package cli

import "testing"

func BenchmarkLines(b *testing.B) {
	data := randomBytes(1, 64<<10)
	out := make([]byte, 0, 1<<20)
	for name, f := range map[string]func(){
		"canonical": func() { out = appendCanonical(out[:0], 0x1234560, data, 16, newSqueezer(nil, 16, false)) },
		"xxd":       func() { out = appendXxd(out[:0], 0x1234560, data, 16) },
		"plain":     func() { out = appendPlain(out[:0], data, 30) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			for b.Loop() {
				f()
			}
		})
	}
}
