"""Writes testdata/digests.txt for TestDigests: SHA-256 of what CPython 3.11 does with every short input, a line for each
codec and kind:

    codec kind digest

kind "two": bytes.decode of every input of one and two bytes; "three": of those of three bytes a b c with a from 80 and c
from THIRD, for codecs of several bytes; "four": of gb18030's four-byte forms, every 7th; "bmp" and "rest": str.encode of
every single character of the BMP and of the other planes; "names", of ascii only: that of all planes with namereplace.
Of each result "=" and the output, or "!start,end,reason", and a newline are hashed.

Run in overlay/text:  python3.11 gen/digests.py
"""
import hashlib, os, sys

sys.path.insert(0, os.path.dirname(__file__))
from vectors import codec_names
assert sys.version_info[:2] == (3, 11)

THIRD = b'\x00\x21\x30\x39\x40\x7e\x80\x8f\xa1\xfe\xff'
MULTIBYTE = ('utf', 'big5', 'gb', 'hz', 'euc', 'iso2022', 'shift', 'johab', 'cp932', 'cp949', 'cp950')


def decode(codec, inputs):
    h = hashlib.sha256()
    for b in inputs:
        try:
            h.update(b'=' + b.decode(codec).encode('utf-8', 'surrogatepass') + b'\n')
        except UnicodeDecodeError as e:
            h.update(b'!%d,%d,%s\n' % (e.start, e.end, e.reason.encode()))
    return h.hexdigest()


def encode(codec, chars, errors='strict'):
    h = hashlib.sha256()
    for cp in chars:
        try:
            h.update(b'=' + chr(cp).encode(codec, errors) + b'\n')
        except UnicodeEncodeError as e:
            h.update(b'!%d,%d,%s\n' % (e.start, e.end, e.reason.encode()))
    return h.hexdigest()


def two():
    for a in range(256):
        yield bytes([a])
    for a in range(256):
        for b in range(256):
            yield bytes([a, b])


def three():
    for a in range(128, 256):
        for b in range(256):
            for c in THIRD:
                yield bytes([a, b, c])


def four():
    for i in range(0, 126 * 10 * 126 * 10, 7):
        i, d = divmod(i, 10)
        i, c = divmod(i, 126)
        a, b = divmod(i, 10)
        yield bytes([a + 0x81, b + 0x30, c + 0x81, d + 0x30])


with open('testdata/digests.txt', 'w') as f:
    for codec in codec_names():
        f.write('%s two %s\n' % (codec, decode(codec, two())))
        if codec.startswith(MULTIBYTE):
            f.write('%s three %s\n' % (codec, decode(codec, three())))
        if codec == 'gb18030':
            f.write('%s four %s\n' % (codec, decode(codec, four())))
        f.write('%s bmp %s\n' % (codec, encode(codec, range(0x10000))))
        f.write('%s rest %s\n' % (codec, encode(codec, range(0x10000, 0x110000))))
        if codec == 'ascii':
            f.write('%s names %s\n' % (codec, encode(codec, range(0x110000), 'namereplace')))
        f.flush()
