#include "textflag.h"

// AHEAD is how far ahead bytes are called for: a core alone does not ask early enough for those that lie in memory.
#define AHEAD 2048

// PAIR leaves 0xff in out where a byte of both rows passes. Y0, Y1: value and mask of the first, Y2, Y3: of the second.
#define PAIR(off, out, tmp) \
	VPAND    off(SI)(AX*1), Y1, out; \
	VPAND    off(DI)(AX*1), Y3, tmp; \
	VPCMPEQB out, Y0, out; \
	VPCMPEQB tmp, Y2, tmp; \
	VPAND    tmp, out, out

// func vectorPair(a, b *byte, n int, test [4]byte) int
TEXT ·vectorPair(SB), NOSPLIT, $0-40
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ n+16(FP), CX
	VPBROADCASTB test_0+24(FP), Y0
	VPBROADCASTB test_1+25(FP), Y1
	VPBROADCASTB test_2+26(FP), Y2
	VPBROADCASTB test_3+27(FP), Y3
	XORQ AX, AX
	LEAQ -128(CX), BX
	CMPQ AX, BX
	JGT  few

	PCALIGN $32
many:
	PREFETCHT0 AHEAD(SI)(AX*1)
	PREFETCHT0 AHEAD+64(SI)(AX*1)
	PAIR(0, Y4, Y8)
	PAIR(32, Y5, Y9)
	PAIR(64, Y6, Y10)
	PAIR(96, Y7, Y11)
	VPOR Y4, Y5, Y8
	VPOR Y6, Y7, Y9
	VPOR Y8, Y9, Y8
	VPTEST Y8, Y8
	JNZ  which
	ADDQ $128, AX
	CMPQ AX, BX
	JLE  many

few:
	LEAQ -32(CX), BX
	CMPQ AX, BX
	JGT  last

one:
	PAIR(0, Y4, Y8)
	VPMOVMSKB Y4, R8
	TESTL R8, R8
	JNZ  found
	ADDQ $32, AX
	CMPQ AX, BX
	JLE  one

last: // what is left is fewer than 32: the last 32 are looked at, of which those before do not pass
	CMPQ AX, CX
	JGE  none
	MOVQ BX, AX
	PAIR(0, Y4, Y8)
	VPMOVMSKB Y4, R8
	TESTL R8, R8
	JNZ  found

none:
	VZEROUPPER
	MOVQ $-1, ret+32(FP)
	RET

which:
	VPMOVMSKB Y4, R8
	TESTL R8, R8
	JNZ  found
	ADDQ $32, AX
	VPMOVMSKB Y5, R8
	TESTL R8, R8
	JNZ  found
	ADDQ $32, AX
	VPMOVMSKB Y6, R8
	TESTL R8, R8
	JNZ  found
	ADDQ $32, AX
	VPMOVMSKB Y7, R8

found:
	VZEROUPPER
	BSFL R8, R8
	ADDQ R8, AX
	MOVQ AX, ret+32(FP)
	RET

// NIBBLES leaves in out the boxes that the bytes of one row pass. Y6: 15 in each byte.
#define NIBBLES(row, off, lo, hi, out, tmp) \
	VMOVDQU off(row)(AX*1), out; \
	VPSRLW  $4, out, tmp; \
	VPAND   Y6, out, out; \
	VPAND   Y6, tmp, tmp; \
	VPSHUFB out, lo, out; \
	VPSHUFB tmp, hi, tmp; \
	VPAND   tmp, out, out

#define TRIPLE(off, out, tmp, more) \
	NIBBLES(SI, off, Y0, Y3, out, tmp); \
	NIBBLES(DI, off, Y1, Y4, more, tmp); \
	VPAND more, out, out; \
	NIBBLES(DX, off, Y2, Y5, more, tmp); \
	VPAND more, out, out

// func vectorTriple(a, b, c *byte, n int, t *tripleTables) int
TEXT ·vectorTriple(SB), NOSPLIT, $0-48
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ c+16(FP), DX
	MOVQ n+24(FP), CX
	MOVQ t+32(FP), R9
	VBROADCASTI128 0(R9), Y0
	VBROADCASTI128 16(R9), Y1
	VBROADCASTI128 32(R9), Y2
	VBROADCASTI128 48(R9), Y3
	VBROADCASTI128 64(R9), Y4
	VBROADCASTI128 80(R9), Y5
	MOVL $0x0f0f0f0f, R8
	VMOVD R8, X6
	VPBROADCASTD X6, Y6
	VPXOR Y13, Y13, Y13
	XORQ AX, AX
	LEAQ -64(CX), BX
	CMPQ AX, BX
	JGT  few

	PCALIGN $32
many:
	PREFETCHT0 AHEAD(SI)(AX*1)
	TRIPLE(0, Y7, Y8, Y9)
	TRIPLE(32, Y10, Y11, Y12)
	VPOR Y7, Y10, Y8
	VPTEST Y8, Y8
	JNZ  which
	ADDQ $64, AX
	CMPQ AX, BX
	JLE  many

few:
	LEAQ -32(CX), BX
	CMPQ AX, BX
	JGT  last

one:
	TRIPLE(0, Y7, Y8, Y9)
	VPTEST Y7, Y7
	JNZ  found
	ADDQ $32, AX
	CMPQ AX, BX
	JLE  one

last:
	CMPQ AX, CX
	JGE  none
	MOVQ BX, AX
	TRIPLE(0, Y7, Y8, Y9)
	VPTEST Y7, Y7
	JNZ  found

none:
	VZEROUPPER
	MOVQ $-1, ret+40(FP)
	RET

which:
	VPTEST Y7, Y7
	JNZ  found
	ADDQ $32, AX
	VMOVDQA Y10, Y7

found:
	VPCMPEQB Y7, Y13, Y7
	VPMOVMSKB Y7, R8
	NOTL R8
	VZEROUPPER
	BSFL R8, R8
	ADDQ R8, AX
	MOVQ AX, ret+40(FP)
	RET
