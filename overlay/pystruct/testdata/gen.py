"""Writes what CPython's struct does with random formats: gen.py SEED COUNT > golden.jsonl

One JSON object a line. "f" is the format; then one of
  "size": calcsize                    "at": offset, "b": hex, "v": [repr, …]: unpack_from
  "iter": hex, "v": [repr, …]: iter_unpack, flat      "args": [text, …], "p": hex: pack
  "at", "args", "into": hex, "p": hex: pack_into
or "err" (and "type" of the exception) instead of the result.
"""
import json, random, struct, sys, math

R = random.Random(int(sys.argv[1]))
COUNT = int(sys.argv[2])
CODES = "xcbB?hHiIlLqQnNPspefd"
STD = "xcbB?hHiIlLqQspefd"

def fmt():
    order = R.choice(["", "", "@", "<", ">", "=", "!"])
    codes = CODES if order in ("", "@") or R.random() < 0.03 else STD
    out = order
    for _ in range(R.choice([0, 1, 1, 2, 3, 4, 6, 10])):
        if R.random() < 0.15:
            out += R.choice([" ", "\t", "\n", "  ", "\r", "\x0b", "\x0c"])
        if R.random() < 0.4:
            out += R.choice(["0", "1", "2", "3", "4", "5", "7", "00", "012", "17", "2", "3", "4"] + ["300"] * (R.random() < 0.1))
            if R.random() < 0.01:
                out += " "
        out += R.choice(codes)
    if R.random() < 0.06:
        i = R.randrange(len(out) + 1)
        out = out[:i] + R.choice(["3", "@", "y", "é", "€é", "😀", "\0", "<", "1", "99999999999999999999", "9223372036854775807", "-", " ", "9223372036854775807x", "w"]) + out[i:]
    if R.random() < 0.02:
        out = order + "%d%s" % (2**63 - R.randrange(20), R.choice(codes)) + R.choice(["", "x", "b", "i", "0i", "d", "2h", "0q"])
    if R.random() < 0.02:
        out = order + "%d%s" % (2**R.randrange(58, 64) // 8 - R.randrange(3), R.choice(codes)) + R.choice(["", "x", "b", "i"])
    return out

def data(n):
    if R.random() < 0.4:
        return bytes(R.choice([0, 0x7f, 0x80, 0xff, 1, 0xf0, 0x7c, 0xfc]) for _ in range(n))
    return R.randbytes(n)

def integer():
    k = R.randrange(6)
    if k == 0:
        return R.randrange(-10, 300)
    b = R.choice([7, 8, 15, 16, 31, 32, 63, 63, 64, 64, 65, 70, 130, 1024, 1100])
    if k < 4:
        return R.choice([-1, 1]) * 2**b + R.randrange(-2, 3)
    return R.randrange(-(2**b), 2**b)

EDGES = [0.0, -0.0, 65504.0, 65519.99, 65520.0, -65520.0, 65519.999999999993, 2.0**-14, 2.0**-24, 2.0**-25, 2.0**-25 * 1.0000001, 2.0**-26,
  3.4028234663852886e38, 3.4028235677973366e38, 3.4028235677973362e38, 1e-45, 7e-46, 1e308, 5e-324, math.inf, -math.inf, math.nan, 0.1, 1e16, 1e15, 123456789012345680.0, 1e-4, 1e-5, 1.5]

def floating():
    k = R.randrange(4)
    if k == 0:
        return R.choice(EDGES)
    if k == 1:
        return R.uniform(-70000, 70000)
    if k == 2:  # ties and near-ties of half floats
        x = struct.unpack("<e", R.randbytes(2))[0]
        if x != x:
            return math.nan
        return x * R.choice([1, 1 + 2.0**-11, 1 + 2.0**-12, 1 - 2.0**-12, 1 + 2.0**-11 + 2.0**-40, 1.5])
    x = struct.unpack("<d", R.randbytes(8))[0]
    return math.nan if x != x else x  # repr would lose a NaN's sign and payload

def arg(code):
    if R.random() < 0.04:
        code = R.choice("cidsp?")
    if code in "cs p":
        n = R.choice([0, 1, 1, 1, 2, 5, 9] + [300] * (R.random() < 0.1)) if code != "c" else R.choice([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 2])
        return data(n)
    if code in "efd":
        return R.choice([floating(), floating(), floating(), integer(), True])
    if code == "?":
        return R.choice([True, False, 0, 1, 0.0, -0.0, 2.5, b"", b"x", integer()])
    if R.random() < 0.75:
        try:  # mostly what fits
            size = struct.calcsize(code)
        except struct.error:
            size = 1
        size = 4 if code in "lL" else size
        lo, hi = (-(2 ** (8 * size - 1)), 2 ** (8 * size - 1)) if code.islower() else (0, 2 ** (8 * size))
        return R.choice([lo, hi - 1, R.randrange(lo, hi), R.randrange(lo, hi), True])
    return R.choice([integer(), integer(), integer(), integer(), True, 1.5])

def values(f):
    try:
        s = struct.Struct(f)
        if s.size > 100000:
            return [arg("i")]
    except (struct.error, UnicodeEncodeError):
        return None
    vs, i = [], 0
    f = f.lstrip("@<>=!")
    while i < len(f):
        if f[i].isspace():
            i += 1
            continue
        n = ""
        while f[i].isdigit():
            n += f[i]; i += 1
        n = int(n or 1)
        c = f[i]; i += 1
        if c == "x":
            continue
        vs += [arg(c) for _ in range(1 if c in "sp" else n)]
    if R.random() < 0.03:
        vs = R.choice([vs[:-1], vs + [1]])
    return vs

def attempt(case, key, fn):
    try:
        case[key] = fn()
    except (struct.error, OverflowError, SystemError, UnicodeEncodeError) as e:
        case["err"] = str(e)
        case["type"] = type(e).__name__
    print(json.dumps(case, separators=(",", ":")))

def reprs(it):
    return [repr(v) for v in it]

for _ in range(COUNT):
    f = fmt()
    attempt({"f": f}, "size", lambda: struct.calcsize(f))
    try:
        size = struct.calcsize(f)
    except (struct.error, UnicodeEncodeError):
        continue
    if size > 100000:
        off = R.choice([0, 1, -1, -10])
        attempt({"f": f, "at": off, "b": "00" * 5}, "v", lambda: reprs(struct.unpack_from(f, bytes(5), off)))
        continue
    b = data(size + R.choice([0, 0, 1, 9, -1]) if size else R.randrange(3))
    off = R.choice([0, 0, 0, 1, 5, -1, -size, -size - 1, len(b), R.randrange(-20, 20)])
    attempt({"f": f, "at": off, "b": b.hex()}, "v", lambda: reprs(struct.unpack_from(f, b, off)))
    b2 = data(size * R.randrange(4) + R.choice([0, 0, 0, 1]))
    if len(b2) < 500:
        attempt({"f": f, "iter": b2.hex()}, "v", lambda: reprs(v for t in struct.iter_unpack(f, b2) for v in t))
    vs = values(f)
    attempt({"f": f, "args": reprs(vs)}, "p", lambda: struct.pack(f, *vs).hex())
    if len(vs) > 20:
        continue
    off = R.choice([0, 0, 1, 5, -1, -size, -size - 1, R.randrange(-20, 20)])
    into = bytearray(data(size + R.choice([0, 1, 9])))
    before = into.hex()
    def pack_into():
        struct.pack_into(f, into, off, *vs)
        return into.hex()
    if "0p" not in f:  # it writes a byte before or beyond its field
        attempt({"f": f, "args": reprs(vs), "at": off, "into": before}, "p", pack_into)
