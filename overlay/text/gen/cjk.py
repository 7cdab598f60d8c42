"""Writes data/*.tab, the double-byte tables of CPython 3.11's CJK codecs, found by decoding and encoding everything.

Run in overlay/text:  python3.11 gen/cjk.py

A table is raw deflate of, with n an unsigned LEB128 number:
    1 byte: the length of the base table's name, then the name. Code points below are XORed with the base's.
    1 byte: 1 when the base is indexed by EUC and this table by Shift JIS
    4 bytes: the lowest and highest first byte, the lowest and highest second byte; outside all is as in the base
    3 x that many bytes: the low, middle and high bytes of the code point for each first and second byte; 0 is none,
        0x200000 + i the i-th pair, 0x300000 an error that spans both bytes. Character sets have both high bits set.
    3 x 256 bytes: the same for single bytes; 0x300001 the first byte of more, 0x300002 an error
    n pairs: n, n
    1 byte: 1 when the encoder takes U+0000 after the first character of a pair for nothing
    n runs of four-byte sequences: n linear numbers, n the first code point
    n characters that do not encode as the lowest byte sequence that decodes to them: n - the character before, n the
        code: 0 none, below 256 one byte, else two bytes; with the bit 0x80 clear in a table of EUC codes it is 8F and
        those bytes with 0x80 set
"""
import sys, zlib

assert sys.version_info[:2] == (3, 11)
PAIR, BOTH, LEAD, ERROR = 0x200000, 0x300000, 0x300001, 0x300002
done = {}  # name -> list of 65536 values


def uvarint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def sjis(index):
    """The Shift JIS index of an EUC index."""
    a, b = (index >> 8) - 0xA1, (index & 0xFF) - 0xA1
    lead, trail = a // 2, b + (94 if a % 2 else 0)
    return (lead + (0x81 if lead < 0x1F else 0xC1)) << 8 | trail + (0x40 if trail < 0x3F else 0x41)


def decode(b, codec):
    try:
        return b.decode(codec)
    except UnicodeDecodeError as e:
        return e


def encode(s, codec):
    try:
        return s.encode(codec)
    except UnicodeEncodeError:
        return None


def planes(values):
    return b''.join(bytes(v >> s & 0xFF for v in values) for s in (0, 8, 16))


def write(name, base, shift, grid, singles, pairs, runs, encoded, in_third={}):
    """encoded(cp) gives the code, 0 for none, or None when it does not matter."""
    inverse = {}
    for code, v in list(enumerate(singles)) + list(enumerate(grid)):
        if 0 < v < PAIR and v not in inverse:
            inverse[v] = code
    inverse = in_third | inverse
    extra, last = [], 0
    for cp in range(1, 0x110000):
        if 0xD800 <= cp < 0xE000:
            continue
        e = encoded(cp)
        if e is not None and e != inverse.get(cp, 0):
            extra.append(uvarint(cp - last) + uvarint(e))
            last = cp
    under = [0] * 65536
    if base:
        for i, v in enumerate(done[base]):
            if v and shift:
                under[sjis(i)] = v
            elif v:
                under[i] = v
    done[name] = [v if v < PAIR else 0 for v in grid]  # pairs are each table's own
    raw = bytes([len(base)]) + base.encode() + bytes([shift])
    delta = [a ^ b for a, b in zip(grid, under)]
    firsts = [i >> 8 for i, v in enumerate(delta) if v] or [0]
    seconds = [i & 0xFF for i, v in enumerate(delta) if v] or [0]
    raw += bytes([min(firsts), max(firsts), min(seconds), max(seconds)])
    raw += planes([delta[a << 8 | b] for a in range(min(firsts), max(firsts) + 1)
                   for b in range(min(seconds), max(seconds) + 1)]) + planes(singles)
    raw += uvarint(len(pairs)) + b''.join(uvarint(ord(p[0])) + uvarint(ord(p[1])) for p in pairs)
    lone = [p[0] + '\0' for p in pairs]
    codec = {'jisx0213_1': 'euc_jis_2004', 'jisx0213_2000_1': 'euc_jisx0213'}.get(name, name)
    raw += bytes([bool(lone) and all(not p.encode(codec).endswith(b'\0') for p in lone)])
    raw += uvarint(len(runs)) + b''.join(uvarint(n) + uvarint(cp) for n, cp in runs)
    raw += uvarint(len(extra)) + b''.join(extra)
    co = zlib.compressobj(9, zlib.DEFLATED, -15, 9)
    packed = co.compress(raw) + co.flush()
    with open('data/%s.tab' % name, 'wb') as f:
        f.write(packed)
    print(name, len(packed), 'bytes', len(pairs), 'pairs', len(runs), 'runs', len(extra), 'exceptions', file=sys.stderr)


def value(r, pairs, length):
    """The table's value for what decode gave for a sequence of that length."""
    if isinstance(r, UnicodeDecodeError):
        return BOTH if r.reason.startswith('illegal') and r.end - r.start == length and length > 1 else 0
    if len(r) == 1:
        return ord(r)
    pairs.append(r)
    return PAIR + len(pairs) - 1


def charset(name, base, codec, esc):
    """A 94x94 character set of an ISO 2022 codec."""
    pairs, grid = [], [0] * 65536
    for a in range(0x21, 0x7F):
        for b in range(0x21, 0x7F):
            r = decode(esc + bytes([a, b]), codec)
            if not isinstance(r, UnicodeDecodeError):
                grid[(a << 8 | b) + 0x8080] = value(r, pairs, 2)

    def encoded(cp):
        e = encode(chr(cp), codec)
        if e is None or not e.startswith(b'\x1b'):
            return 0
        if e.startswith(esc):
            e = e[len(esc):]
            return (e[0] << 8 | e[1]) + 0x8080
        return None  # another set of the codec comes first
    write(name, base, 0, grid, [0] * 256, pairs, [], encoded)


def double(codec, base='', shift=0, third=''):
    """A codec of one and two bytes; with third, 8F and two bytes more are another table."""
    pairs, grid, singles = [], [0] * 65536, []
    for a in range(256):
        r = decode(bytes([a]), codec)
        if not isinstance(r, UnicodeDecodeError):
            singles.append(ord(r))
        else:
            assert r.end == 1
            singles.append(LEAD if r.reason.startswith('incomplete') else ERROR)
    for a in range(256):
        if singles[a] != LEAD or third and a == 0x8F:
            continue
        for b in range(256):
            r = decode(bytes([a, b]), codec)
            if isinstance(r, UnicodeDecodeError) and r.end == 2 and r.reason.startswith('incomplete'):
                continue  # four bytes of gb18030, eight of euc_kr
            grid[a << 8 | b] = value(r, pairs, 2)
    runs = []
    if codec == 'gb18030':
        want = None
        for n in range(39420):
            r = decode(four(n), codec)
            cp = None if isinstance(r, UnicodeDecodeError) else ord(r)
            if cp != want:
                runs.append((n, cp if cp is not None else 0))
            want = None if cp is None else cp + 1
        linear = {}
        for (n, cp), (end, _) in zip(runs, runs[1:] + [(39420, 0)]):
            for i in range(end - n):
                if cp:
                    linear.setdefault(cp + i, n + i)

    def encoded(cp):
        e = encode(chr(cp), codec)
        if e is None:
            return 0
        if len(e) == 3 and third and e[0] == 0x8F:
            return e[1] << 8 | e[2] & 0x7F
        if len(e) == 4 and codec == 'gb18030':
            assert e == (four(linear[cp]) if cp < 0x10000 else four(cp - 0x10000 + 15 * 12600)), hex(cp)
            return None
        if len(e) == 8 and codec == 'euc_kr':
            assert 0xAC00 <= cp <= 0xD7A3
            return None
        assert len(e) <= 2
        return int.from_bytes(e, 'big')
    in_third = {}
    if third:
        triple(codec, third)
        for i, v in enumerate(done[codec + '_3']):
            if v:
                in_third.setdefault(v, i & 0xFF7F)
    write(codec, base, shift, grid, singles, pairs, runs, encoded, in_third)


def triple(codec, base):
    pairs, grid = [], [0] * 65536
    for a in range(256):
        for b in range(256):
            r = decode(bytes([0x8F, a, b]), codec)
            if isinstance(r, UnicodeDecodeError):
                assert r.start == 0 and r.end == 1, (codec, a, b, r)
            else:
                grid[a << 8 | b] = value(r, pairs, 3)
    assert not pairs
    write(codec + '_3', base, 0, grid, [0] * 256, pairs, [], lambda cp: None)


def four(n):
    a, n = divmod(n, 12600)
    b, n = divmod(n, 1260)
    c, d = divmod(n, 10)
    return bytes([a + 0x81, b + 0x30, c + 0x81, d + 0x30])


charset('jisx0208', '', 'iso2022_jp', b'\x1b$B')
charset('jisx0212', '', 'iso2022_jp_1', b'\x1b$(D')
charset('jisx0213_1', 'jisx0208', 'iso2022_jp_2004', b'\x1b$(Q')
charset('jisx0213_2', '', 'iso2022_jp_2004', b'\x1b$(P')
charset('jisx0213_2000_1', 'jisx0213_1', 'iso2022_jp_3', b'\x1b$(O')
charset('jisx0213_2000_2', 'jisx0213_2', 'iso2022_jp_3', b'\x1b$(P')
charset('ksx1001', '', 'iso2022_kr', b'\x1b$)C\x0e')
double('gbk')
double('gb2312', 'gbk')
double('gb18030', 'gbk')
double('big5')
double('cp950', 'big5')
double('big5hkscs', 'big5')
double('cp949', 'ksx1001')
double('euc_kr', 'ksx1001')
double('johab')
double('shift_jis', 'jisx0208', 1)
double('cp932', 'jisx0208', 1)
double('shift_jis_2004', 'jisx0213_1', 1)
double('shift_jisx0213', 'jisx0213_2000_1', 1)
double('euc_jp', 'jisx0208', third='jisx0212')
double('euc_jis_2004', 'jisx0213_1', third='jisx0213_2')
double('euc_jisx0213', 'jisx0213_2000_1', third='jisx0213_2000_2')
