package transform

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	chacha "math/rand/v2"
)

// parseRandom gives the bytes of the system's generator, or for a seed those of ChaCha8, whose key for each block of 64 KiB is
// the SHA-256 of the seed and the block's number as eight bytes, the most significant first.
func parseRandom(o *Op, seed string) error {
	o.block = func(b []byte, off int64, _ input) error {
		if seed == "" {
			_, err := rand.Read(b)
			return err
		}
		key := sha256.Sum256(binary.BigEndian.AppendUint64([]byte(seed), uint64(off/blockSize)))
		_, err := chacha.NewChaCha8(key).Read(b)
		return err
	}
	return nil
}
