#include "textflag.h"

// func madvise(addr, n, advice uintptr)
TEXT ·madvise(SB), NOSPLIT, $0-24
	MOVQ addr+0(FP), DI
	MOVQ n+8(FP), SI
	MOVQ advice+16(FP), DX
	MOVQ $28, AX
	SYSCALL
	RET
