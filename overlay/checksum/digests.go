package checksum

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"hash"

	"github.com/cespare/xxhash/v2"
	"github.com/zeebo/blake3"
	"github.com/zeebo/xxh3"
	"golang.org/x/crypto/blake2b"
	"golang.org/x/crypto/blake2s"
)

// digests are the hashes, cryptographic ones first.
var digests = []*Algorithm{
	{Name: "md5", Bits: 128, new: md5.New},
	{Name: "sha1", Bits: 160, new: sha1.New},
	{Name: "sha224", Aliases: []string{"sha2-224"}, Bits: 224, new: sha256.New224},
	{Name: "sha256", Aliases: []string{"sha2-256"}, Bits: 256, new: sha256.New},
	{Name: "sha384", Aliases: []string{"sha2-384"}, Bits: 384, new: sha512.New384},
	{Name: "sha512", Aliases: []string{"sha2-512"}, Bits: 512, new: sha512.New},
	{Name: "sha512/224", Bits: 224, new: sha512.New512_224},
	{Name: "sha512/256", Bits: 256, new: sha512.New512_256},
	{Name: "sha3-224", Bits: 224, new: func() hash.Hash { return sha3.New224() }},
	{Name: "sha3-256", Bits: 256, new: func() hash.Hash { return sha3.New256() }},
	{Name: "sha3-384", Bits: 384, new: func() hash.Hash { return sha3.New384() }},
	{Name: "sha3-512", Bits: 512, new: func() hash.Hash { return sha3.New512() }},
	{Name: "blake2b", Aliases: []string{"blake2b-512"}, Bits: 512, new: newBlake2b(64)},
	{Name: "blake2b-160", Bits: 160, new: newBlake2b(20)},
	{Name: "blake2b-256", Bits: 256, new: newBlake2b(32)},
	{Name: "blake2b-384", Bits: 384, new: newBlake2b(48)},
	{Name: "blake2s", Aliases: []string{"blake2s-256"}, Bits: 256, new: func() hash.Hash { return must(blake2s.New256(nil)) }},
	{Name: "blake3", Aliases: []string{"b3"}, Bits: 256, new: func() hash.Hash { return blake3.New() }},
	{Name: "xxh32", Aliases: []string{"xxhash32"}, Bits: 32, new: func() hash.Hash { return newXXH32() }},
	{Name: "xxh64", Aliases: []string{"xxhash64", "xxhash"}, Bits: 64, new: func() hash.Hash { return xxhash.New() }},
	{Name: "xxh3", Aliases: []string{"xxh3-64", "xxhash3"}, Bits: 64, new: func() hash.Hash { return xxh3.New() }},
	{Name: "xxh128", Aliases: []string{"xxh3-128", "xxhash128"}, Bits: 128, new: func() hash.Hash { return xxh3128{xxh3.New()} }},
}

func newBlake2b(size int) func() hash.Hash {
	return func() hash.Hash { return must(blake2b.New(size, nil)) }
}

// must is for hashes without a key, which cannot fail.
func must(h hash.Hash, err error) hash.Hash {
	if err != nil {
		panic(err)
	}
	return h
}

// xxh3128 gives the 128 bits of the same state.
type xxh3128 struct{ *xxh3.Hasher }

func (h xxh3128) Sum(b []byte) []byte {
	s := h.Sum128().Bytes()
	return append(b, s[:]...)
}
func (h xxh3128) Size() int { return 16 }
