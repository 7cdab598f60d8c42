"""Writes what CPython does with bytes as people write them: gen.py SEED COUNT > golden.jsonl

One JSON object a line: "op" and its arguments, then "p" (bytes in hex) or "s" (text), or "err".
"""
import ast, binascii, json, math, random, sys, warnings

warnings.simplefilter("ignore")
R = random.Random(int(sys.argv[1]))
COUNT = int(sys.argv[2])

def out(case, key, fn):
    try:
        v = fn()
        case[key] = v.hex() if isinstance(v, bytes) else v
    except (ValueError, TypeError, OverflowError, SyntaxError, KeyError) as e:
        case["err"] = e.msg if isinstance(e, SyntaxError) else str(e)
    print(json.dumps(case, separators=(",", ":")))

def data(n):
    if R.random() < 0.5:
        return bytes(R.choice(b"\0\n\r\t'\"\\ aZ~\x7f\x80\xff\x1f") for _ in range(n))
    return R.randbytes(n)

def fromhex():
    s = "".join(R.choice(["%02x" % R.randrange(256), "%02X" % R.randrange(256), " ", "\n", "\t", "\x0b", "\x0c"]) for _ in range(R.randrange(8)))
    if R.random() < 0.4:
        i = R.randrange(len(s) + 1)
        s = s[:i] + R.choice(["g", " ", "a", "\x1c", "é", "\0", "0x", "-", "\xa0"]) + s[i:]
    out({"op": "fromhex", "f": s}, "p", lambda: bytes.fromhex(s))

def hexs():
    b, sep, n = data(R.randrange(20)), R.choice(" :-_,."), R.choice([1, 1, 2, 3, 4, 5, 8, 16, 0, -1, -2, -3, -4, -7, 100, -100])
    out({"op": "hex", "b": b.hex(), "sep": sep, "n": n}, "s", lambda: b.hex(sep, n))

def reprs():
    b = data(R.randrange(12))
    out({"op": "repr", "b": b.hex()}, "s", lambda: repr(b))

def uu():
    b = data(R.randrange(46))
    out({"op": "uu", "b": b.hex()}, "s", lambda: binascii.b2a_uu(b).decode())

ATOMS = ["a", "Z", " ", "\\n", "\\r", "\\t", "\\a", "\\b", "\\f", "\\v", "\\\\", "\\'", '\\"', "\\0", "\\7", "\\12", "\\377", "\\400", "\\777", "\\8", "\\x00", "\\xfF", "\\xaB",
  "\\q", "\\d", "\\N", "\\u0041", "\\U00000041", "\\\n", "%", "\\08", "\\1234", "0", "x", "#", "(", ")", "b"]
ODD = ["\\x", "\\x1", "\\xg1", "é", "\\é", "\n", "\r\n", "\\\r\n", "'", '"', "\\", "\t", "\r", "\\\r"]

def literal(text=False):
    pre = R.choice(["b"] * 8 + ["B", "br", "rb", "Rb", "bR", "BR", "rB", "RB", "Br"] + (["", "r", "u"] if R.random() < 0.1 else []))
    if text:
        pre = R.choice(["", "", "", "r", "u", "R", "U"])
    q = R.choice(["'", '"', "'''", '"""'])
    atoms = ATOMS + (["€", "😀", "\\ud800", "é", "\\x80"] if text else [])
    if text:
        atoms = [a for a in atoms if a != "\\N" and not a.startswith(("\\u0", "\\U"))] + ["\\u0041", "\\U0001f600"]
    body = "".join(R.choice(ODD) if R.random() < 0.03 else R.choice(atoms) for _ in range(R.randrange(8)))
    return pre + q + body + q

def py():
    s = literal()
    while R.random() < 0.25:
        s += R.choice(["", " ", "  "]) + literal()
    if R.random() < 0.2:
        s = "(" + R.choice(["", " ", "\n", "# c\n"]) + s + R.choice(["", " ", "\n"]) + ")"
    if R.random() < 0.05:
        s += R.choice(["'", "x", " 1", ")", '"'])
    try:
        v = ast.literal_eval(s)
    except (SyntaxError, ValueError, TypeError):
        v = None
    case = {"op": "py", "f": s}
    if isinstance(v, bytes):
        case["p"] = v.hex()
    else:
        case["err"] = "refused"
    print(json.dumps(case, separators=(",", ":")))

def integer():
    k = R.randrange(5)
    if k == 0:
        return R.randrange(-3, 300)
    n = R.choice([-1, 1]) * R.randrange(2 ** R.choice([4, 8, 16, 31, 32, 63, 64, 70, 200]))
    return n

def spell(n):
    s = R.choice([str, str, str, hex, oct, bin])(n)
    if R.random() < 0.1 and len(s) > 4 and s.isdigit():
        s = s[:2] + "_" + s[2:]
    return s

def real():
    x = R.choice([0.0, -0.0, 1.0, 0.1, 1e16, 1e15, 1e-4, 9.9999e-5, 123456.0, 1234567.0, 999999.5, 9999995.0, 0.5, 1.5, 2.5, 1e100, 1e300, 5e-324,
      R.uniform(-1000, 1000), R.uniform(-1, 1) * 10 ** R.randrange(-20, 20), round(R.uniform(-100, 100), 2)])
    return repr(x)

def value(letter, depth=0):
    r = R.random()
    if r < 0.08:
        letter = R.choice("dafbcn")
    if letter in "diuoxXc":
        return R.choice([spell(integer()), spell(R.randrange(256)), "True", real() if R.random() < 0.2 else "7", "b'x'" if letter == "c" else "12"])
    if letter in "eEfFgG":
        return R.choice([real(), real(), real(), real(), spell(integer()), "1e999", "-1e999", "True"])
    if letter in "bs":
        return R.choice([repr(data(R.randrange(6))), repr(data(R.randrange(6))), "b'abc'", "'text'"])
    if letter in "ar" and depth < 3:
        return R.choice([literal(True), real(), spell(integer()), "None", "True", repr(data(4)), "(%s, %s)" % (value("a", depth + 1), value("d", 3)), "(%s,)" % value("a", depth + 1),
          "()", "{%s: %s}" % (value("b", 3), value("a", depth + 1)), "(%s)" % value("a", depth + 1), "{}"])
    return R.choice(["None", "1", "'x'", "b'y'", "-1.5"])

def percent():
    mapping = R.random() < 0.15
    f, args = b"", []
    for _ in range(R.randrange(4)):
        f += R.choice([b"", b"x", b": ", b"%%", b"\xff"])
        letter = R.choice("bcsardiuoxXeEfFgG") if R.random() < 0.97 else R.choice("yq%n\xe9")
        f += b"%"
        if mapping:
            key = R.choice(["k", "name", "a(b)", ""]) if R.random() < 0.9 else "missing"
            f += b"(" + key.encode() + b")"
        f += "".join(R.choice("-+ #0") for _ in range(R.choice([0, 0, 0, 1, 1, 2, 3]))).encode()
        star = not mapping or R.random() < 0.02
        r = R.random()
        if r < 0.4:
            f += b"%d" % R.choice([0, 1, 2, 5, 8, 12, 20, 40])
        elif r < 0.5 and star:
            f += b"*"
            args.append(R.choice(["5", "-5", "0", "12", "True", "1.5", "'x'", "99999999999999999999"]) if R.random() < 0.3 else str(R.randrange(-15, 15)))
        r = R.random()
        if r < 0.4:
            f += b".%d" % R.choice([0, 0, 1, 2, 3, 6, 10, 17, 25])
        elif r < 0.45:
            f += b"."
        elif r < 0.5 and star:
            f += b".*"
            args.append(str(R.randrange(-3, 12)))
        if R.random() < 0.03:
            f += R.choice([b"l", b"h", b"L", b"ll"])
        f += letter.encode("latin-1")
        if mapping:
            args.append("%r: %s" % (key.encode() if R.random() < 0.95 else key, value(letter)))
        else:
            args.append(value(letter))
    if R.random() < 0.04:
        f += R.choice([b"%", b"%5", b"%(", b"%(k", b"%.", b"%l", b"%*", b"%(k)"])
    if R.random() < 0.05:
        args = R.choice([args[:-1], args + ["1"]])
    if mapping:
        src = "{%s}" % ", ".join(args)
    elif len(args) == 1 and R.random() < 0.6:
        src = args[0]
    else:
        src = "(%s%s)" % (", ".join(args), "," * (len(args) == 1))
    try:
        v = ast.literal_eval(src)
    except (SyntaxError, ValueError, TypeError):
        return
    if isinstance(v, set):
        return
    out({"op": "percent", "b": f.hex(), "f": src}, "p", lambda: f % v)

for _ in range(COUNT):
    R.choice([fromhex, hexs, reprs, uu, py, py, py, percent, percent, percent, percent, percent])()
