package ksy

import "testing"

func BenchmarkZZ(b *testing.B) {
	for _, f := range []string{"image/dicom", "image/icc_4", "executable/mach_o", "image/bmp"} {
		b.Run(f, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if s, p := Load("/work/shared/kaitai/gallery/"+f+".ksy", LoadOptions{ImportDirs: []string{"/work/shared/kaitai/gallery"}}); s == nil {
					b.Fatal(p)
				}
			}
		})
	}
}
