"""Writes data/names.bin: the names that CPython 3.11's namereplace gives, Unicode 14 and the aliases and named sequences
that unicodedata keeps at U+F0000.. and that namereplace lets through.

Run in overlay/text:  python3.11 gen/names.py

The file is raw deflate of, with n an unsigned LEB128 number:
    n runs of CJK UNIFIED IDEOGRAPH-X: n characters skipped since the last run's end, n characters in the run
    n runs of named characters: the same
    the names in order, each followed by a newline; Hangul syllables and the ideographs are not among them
"""
import sys, unicodedata, zlib

assert sys.version_info[:2] == (3, 11)


def uvarint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def name(cp):
    if cp < 0x80:  # ASCII never reaches the handler of the codec asked
        return unicodedata.name(chr(cp), None)
    s = chr(cp).encode('ascii', 'namereplace')
    return s[3:-1].decode() if s.startswith(b'\\N{') else None


def runs(cps):
    out, n, end = bytearray(), 0, 0
    i = 0
    while i < len(cps):
        j = i
        while j < len(cps) and cps[j] == cps[i] + j - i:
            j += 1
        out += uvarint(cps[i] - end) + uvarint(j - i)
        end = cps[i] + j - i
        n += 1
        i = j
    return uvarint(n) + bytes(out)


names = {cp: n for cp in range(0x110000) if (n := name(cp))}
hangul = [cp for cp, n in names.items() if n.startswith('HANGUL SYLLABLE ')]
assert hangul == list(range(0xAC00, 0xD7A4))
han = [cp for cp, n in names.items() if n == 'CJK UNIFIED IDEOGRAPH-%X' % cp]
rest = sorted(set(names) - set(hangul) - set(han))
raw = runs(han) + runs(rest) + ''.join(names[cp] + '\n' for cp in rest).encode()
co = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
with open('data/names.bin', 'wb') as f:
    f.write(co.compress(raw) + co.flush())
