//go:build darwin || freebsd

package mmapdoc

// isDisk opens path, which is a device, and asks for its size.
func isDisk(path string) bool {
	f, err := openNonblock(path)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = diskSize(f)
	return err == nil
}
