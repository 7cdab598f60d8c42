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
	{"md5", nil, 128, md5.New},
	{"sha1", nil, 160, sha1.New},
	{"sha224", []string{"sha2-224"}, 224, sha256.New224},
	{"sha256", []string{"sha2-256"}, 256, sha256.New},
	{"sha384", []string{"sha2-384"}, 384, sha512.New384},
	{"sha512", []string{"sha2-512"}, 512, sha512.New},
	{"sha512/224", nil, 224, sha512.New512_224},
	{"sha512/256", nil, 256, sha512.New512_256},
	{"sha3-224", nil, 224, func() hash.Hash { return sha3.New224() }},
	{"sha3-256", nil, 256, func() hash.Hash { return sha3.New256() }},
	{"sha3-384", nil, 384, func() hash.Hash { return sha3.New384() }},
	{"sha3-512", nil, 512, func() hash.Hash { return sha3.New512() }},
	{"blake2b", []string{"blake2b-512"}, 512, newBlake2b(64)},
	{"blake2b-160", nil, 160, newBlake2b(20)},
	{"blake2b-256", nil, 256, newBlake2b(32)},
	{"blake2b-384", nil, 384, newBlake2b(48)},
	{"blake2s", []string{"blake2s-256"}, 256, func() hash.Hash { return must(blake2s.New256(nil)) }},
	{"blake3", []string{"b3"}, 256, func() hash.Hash { return blake3.New() }},
	{"xxh32", []string{"xxhash32"}, 32, func() hash.Hash { return newXXH32() }},
	{"xxh64", []string{"xxhash64", "xxhash"}, 64, func() hash.Hash { return xxhash.New() }},
	{"xxh3", []string{"xxh3-64", "xxhash3"}, 64, func() hash.Hash { return xxh3.New() }},
	{"xxh128", []string{"xxh3-128", "xxhash128"}, 128, func() hash.Hash { return xxh3128{xxh3.New()} }},
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
