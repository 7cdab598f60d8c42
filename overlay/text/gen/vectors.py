"""Writes what CPython does with random and mutated inputs, for TestVectors: one line for each case,

    D codec handler input result        bytes.decode
    E codec handler input result        str.encode

with tabs between, bytes in hex and text in the hex of its WTF-8. result is "=" and the hex of the output, or "!" and
encoding|start|end|message of the error, the message being str() of the exception.

Run in overlay/text:  python3.11 gen/vectors.py SEED COUNT [CODEC...] | gzip -9 > testdata/vectors.gz
COUNT is the number of inputs for each codec; each goes through every handler.
HEXLAY_TEXT_VECTORS=file go test -run Vectors compares with another file.
"""
import os, random, sys

sys.path.insert(0, os.path.dirname(__file__))
assert sys.version_info[:2] == (3, 11)

DECODE = ['strict', 'ignore', 'replace', 'backslashreplace', 'surrogateescape', 'surrogatepass']
ENCODE = DECODE + ['xmlcharrefreplace', 'namereplace']

PIECES = {
    'utf_7': [b'+', b'-', b'+-', b'+AGE', b'+AGE-', b'+2D3eAA', b'+2D3', b'A', b'/', b'AAA', b'~', b'\\', b'\xe9', b'+AGEAYg',
              b'+ ', b'+A', b'+AB', b'2AA', b'3AA', b'+2AA', b'+3AA', b'+2ADYAA-', b'+2ADcAA-'],
    'hz': [b'~{', b'~}', b'~~', b'~\n', b'~', b'<:Ky', b'!!', b'~x', b'\x80', b'a', b'9z', b'0', b'\n', b'{|'],
    'iso2022': [b'\x1b$B', b'\x1b(B', b'\x1b(J', b'\x1b$@', b'\x1b$(D', b'\x1b$(O', b'\x1b$(P', b'\x1b$(Q', b'\x1b(I', b'\x1b$A',
                b'\x1b$(C', b'\x1b$)C', b'\x1b.A', b'\x1b.F', b'\x1bN', b'\x1bNa', b'\x1bN\xe1', b'\x0e', b'\x0f', b'\n', b'\x1b',
                b'\x1b$', b'\x1b(', b'\x1b&@\x1b$B', b'\x1b&', b'\x1b[', b'\x1b[0m', b'F|K\\', b'!!', b'0!', b'a', b'\x80', b'\xe9',
                b'\x1b$(B', b'\x1b$)', b'\x1b(A', b'\x1b)B', b'\x1b)C', b'%#%u', b'./', b'~~', b'\\~', b'\x1b((((((((((((((((B',
                b'\x1b.B', b'\x1b$+C', b'\x1b$(A', b'\x1b-A', b'\x1b$.A', b'\x1b.C', b'\x1b$G', b'\x1b(K', b'%w', b'$w'],
    'utf_8': [b'\xe2\x82\xac', b'\xf0\x9f\x98\x80', b'\xed\xa0\x80', b'\xed\xb2\x80', b'\xc3', b'\xe0\x80', b'\xf4\x90', b'\xf0\x80',
              b'\xc0\x80', b'\xef\xbb\xbf', b'\xff', b'a', b'\x80', b'\xe2', b'\xe2\x82', b'\xf0\x9f', b'\xf0\x9f\x98', b'\xed', b'\xed\xa0',
              b'\xef\xbb', b'\xf5', b'\xf4\x8f\xbf\xbf', b'\xc3\xa9'],
    'utf_16': [b'\xff\xfe', b'\xfe\xff', b'\x00\xd8', b'\xd8\x00', b'\x00\xdc', b'\xdc\x00', b'a\x00', b'\x00a', b'\xd8', b'\xdc', b'\x00',
               b'\x80\xdc', b'\xdc\x80'],
    'utf_32': [b'\xff\xfe\0\0', b'\0\0\xfe\xff', b'\0\xd8\0\0', b'\0\0\xd8\0', b'a\0\0\0', b'\0\0\0a', b'\0', b'\0\0\x11\0', b'\0\x11\0\0',
               b'\x80\xdc\0\0', b'\0\0\xdc\x80'],
    'gb18030': [b'\x81\x30\x81\x30', b'\x84\x31\xa4\x37', b'\x90\x30\x81\x30', b'\xe3\x32\x9a\x35', b'\xe3\x32\x9a\x36', b'\x81\x30\x81',
                b'\x81\x30', b'\x81', b'\xfe\x39\xfe\x39', b'\x81\x35\xf4\x37', b'\xa6\xd9', b'\x84\x31\x82\x36', b'\xff', b'\x80', b'0', b'9'],
    'big5hkscs': [b'\x88\x62', b'\x88\x64', b'\x88\xa3', b'\x88\xa5', b'\x88\x66', b'\x88\xa7', b'\x88', b'\x87\x40'],
    'euc_j': [b'\x8e', b'\x8f', b'\x8e\xb1', b'\x8f\xb0\xa1', b'\x8f\xb0', b'\xa4\xf7', b'\xa5\xf7', b'\xab\xc4', b'\xab\xe5', b'\xa1\xc0',
              b'\x8f\xa2\xb7', b'\x8e\xff', b'\x8f\xff\xff', b'\xae\xfd'],
    'shift_j': [b'\x82\xf5', b'\x83\x97', b'\x86\x63', b'\x81\x5f', b'\xf0\x40', b'\xfc\xfc', b'\xa0', b'\xfd', b'\x80', b'\xb1', b'\\', b'~',
                b'\xeb\x9f', b'\x87\x9f'],
}
CHARS = [0x20AC, 0xE9, 0xCA, 0xEA, 0x304, 0x30C, 0x309A, 0x300, 0x301, 0x2E5, 0x2E9, 0xE6, 0x254, 0x28C, 0x259, 0x25A, 0x304B, 0x304D,
         0x30AB, 0x30BB, 0x31F7, 0xA5, 0x203E, 0x5C, 0x7E, 0xFFE3, 0xFFE5, 0x2014, 0x2015, 0x301C, 0xFF5E, 0x2225, 0x2016, 0x2212, 0xFF0D,
         0xFF3C, 0xD800, 0xDC00, 0xDBFF, 0xDC80, 0xDCFF, 0xDCE9, 0xDC7F, 0x1F600, 0x10FFFF, 0xFFFD, 0xFEFF, 0xFFFE, 0xFFFF, 0xAC00, 0xD7A3,
         0x3131, 0x4E00, 0x4E02, 0x9FA5, 0x3400, 0x20000, 0x2000B, 0x2A6D6, 0x2F81A, 0xE000, 0xF8FF, 0x80, 0x9F, 0xA0, 0xFF, 0xFF61, 0xFF9F,
         0x3B1, 0x391, 0x401, 0x416, 0x5D0, 0x627, 0xE01, 0x0A, 0x7F, 0x0, 0x1B, 0xE5E5, 0xE7C7, 0x1E3F, 0x20A9, 0x2126, 0xF0000, 0xF03A0,
         0x17000, 0x4DB5, 0x9FB4, 0xFE10, 0x2B, 0x2D]


def codec_names():
    names = []
    for line in open(os.path.join(os.path.dirname(__file__), '..', 'codecs_gen.go')):
        if line.startswith('\t{"'):
            names.append(line.split('"')[1])
    return names


def pieces_of(codec):
    return [p for k, v in PIECES.items() if codec.startswith(k) or k in codec for p in v] + (
        PIECES['utf_8'] if codec.startswith('utf_8') else [])


def random_bytes(rnd, codec, chars, pieces):
    kind = rnd.randrange(5)
    if kind == 0:
        return bytes(rnd.randrange(256) for _ in range(rnd.randrange(12)))
    if kind == 1:
        return bytes(rnd.choice(b'\x80\x81\x8e\x8f\xa1\xa2\xb0\xe0\xf0\xfe\xff\x30\x39\x40\x7e\x7f\x20aZ') for _ in range(rnd.randrange(10)))
    out = bytearray()
    for _ in range(rnd.randrange(1, 9)):
        if pieces and rnd.random() < (0.7 if kind < 4 else 0.2):
            out += rnd.choice(pieces)
        elif rnd.random() < 0.2:
            out.append(rnd.randrange(256))
        else:
            out += ''.join(rnd.choice(chars) for _ in range(rnd.randrange(4))).encode(codec, 'ignore')
    for _ in range(rnd.randrange(3)):
        if not out:
            break
        i = rnd.randrange(len(out))
        match rnd.randrange(4):
            case 0: out[i] = rnd.randrange(256)
            case 1: del out[i]
            case 2: out.insert(i, rnd.randrange(256))
            case 3: del out[i:]
    return bytes(out)


def random_text(rnd, chars):
    out = []
    for _ in range(rnd.randrange(8)):
        k = rnd.random()
        if k < 0.5: out.append(rnd.choice(chars))
        elif k < 0.8: out.append(chr(rnd.choice(CHARS)))
        elif k < 0.9: out.append(chr(rnd.randrange(0x20, 0x7F)))
        elif k < 0.97: out.append(chr(rnd.randrange(0x10000)))
        else: out.append(chr(rnd.randrange(0x110000)))
    return ''.join(out)


def wtf8(s):
    return s.encode('utf-8', 'surrogatepass').hex()


def main():
    seed, count = int(sys.argv[1]), int(sys.argv[2])
    out = sys.stdout
    for codec in sys.argv[3:] or codec_names():
        rnd = random.Random('%d %s' % (seed, codec))
        chars = sorted(set(''.join(bytes(rnd.randrange(256) for _ in range(400)).decode(codec, 'ignore') for _ in range(3))) - {'\0'}) or ['a']
        chars += ['a', ' ', '0']
        pieces = pieces_of(codec)
        for i in range(count):
            b = random_bytes(rnd, codec, chars, pieces) if i else bytes(range(256))
            for h in DECODE:
                try:
                    r = '=' + wtf8(b.decode(codec, h))
                except UnicodeDecodeError as e:
                    r = '!%s|%d|%d|%s' % (e.encoding, e.start, e.end, e)
                except RuntimeError as e:
                    r = '!|0|0|%s' % e
                out.write('D\t%s\t%s\t%s\t%s\n' % (codec, h, b.hex(), r))
        for i in range(count):
            s = random_text(rnd, chars) if i else ''.join(chars[:400])
            for h in ENCODE:
                try:
                    r = '=' + s.encode(codec, h).hex()
                    if codec == 'hz' and r != '=' + ('.' * 999 + s).encode(codec, h)[999:].hex():
                        continue  # CPython loses the second ~ of ~~ when its buffer happens to be full
                except UnicodeEncodeError as e:
                    r = '!%s|%d|%d|%s' % (e.encoding, e.start, e.end, e)
                out.write('E\t%s\t%s\t%s\t%s\n' % (codec, h, wtf8(s), r))


if __name__ == '__main__':
    main()
