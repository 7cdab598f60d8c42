#!/usr/bin/env python3
"""Writes oracle.txt: random expressions and what Python makes of them, one a line, separated by a tab.

The trees are evaluated here by Python's own integers, floats and strings, and written out with as few parentheses as the
precedence of the language allows, so that reading them back tests the parser too. The fields are those of world() in
expr_test.go.
"""
import math
import random

FIELDS = {'flags': 5, 'len_body': 10, 'big': 2**64 - 1, 'neg': -10}
FLOATS = {'f': 2.5}
STRINGS = {'s': 'h\u00e9llo'}
LEVEL = {'?:': 0, 'or': 1, 'and': 2, 'not': 3, '==': 4, '!=': 4, '<': 4, '<=': 4, '>': 4, '>=': 4, '|': 5, '^': 6, '&': 7,
         '<<': 8, '>>': 8, '+': 9, '-': 9, '*': 10, '/': 10, '%': 10, 'u-': 11, 'u~': 11, 'atom': 12}
rnd = random.Random(20240501)


class Failed(Exception):
    pass


def wrap(part, level):
    text, own, _ = part
    return text if own >= level else '(' + text + ')'


def blank():
    return rnd.choice(['', ' ', ' ', '  '])


def binary(op, l, r, run):
    own = LEVEL[op]
    # Left-associative; comparisons do not chain.
    left, right = (own + 1, own + 1) if own == 4 else (own, own + 1)
    sep = ' ' if op in ('and', 'or') else blank()
    return wrap(l, left) + sep + op + sep + wrap(r, right), own, lambda: run(l[2], r[2])


def integer(depth):
    if depth == 0 or rnd.random() < .1:
        if rnd.random() < .3:
            name = rnd.choice(list(FIELDS))
            return name, 12, lambda: FIELDS[name]
        n = rnd.choice([0, 1, 2, 3, 7, 255, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1, 2**64, rnd.randrange(1000),
                        rnd.getrandbits(rnd.randrange(1, 90))])
        text = rnd.choice([str(n), hex(n), f'{n:_}', bin(n) if n < 2**20 else hex(n), f'0o{n:o}', f'0X{n:X}'])
        return text, 12, lambda: n
    k = rnd.random()
    if k < .1:
        op = rnd.choice('-~')
        a = integer(depth - 1)
        return op + wrap(a, 11), 11, lambda: -a[2]() if op == '-' else ~a[2]()
    if k < .2:
        c, a, b = boolean(depth - 1), integer(depth - 1), integer(depth - 1)
        return f'{wrap(c, 1)} ? {wrap(a, 0)} : {wrap(b, 0)}', 0, lambda: a[2]() if c[2]() else b[2]()
    if k < .25:
        a = string(depth - 1)
        return wrap(a, 12) + '.length', 12, lambda: len(a[2]())
    if k < .28:
        a = integer(depth - 1)
        return wrap(a, 12) + '.to_s.to_i', 12, a[2]
    if k < .31:
        a = floating(depth - 1)
        return wrap(a, 12) + '.to_i', 12, lambda: int(a[2]())
    if k < .34:
        a = boolean(depth - 1)
        return wrap(a, 12) + '.to_i', 12, lambda: int(a[2]())
    op = rnd.choice(['+', '-', '*', '/', '%', '&', '|', '^', '<<', '>>'])

    def run(l, r):
        x, y = l(), r()
        if op in '/%' and y == 0:
            raise Failed('DivisionByZeroError')
        if op in ('<<', '>>') and y < 0:
            raise Failed('ExprError')
        if op == '<<' and x != 0 and y > 2**18:
            raise Failed('LimitError')
        if op == '>>' and y > 2**18:
            return -1 if x < 0 else 0
        v = {'+': lambda: x + y, '-': lambda: x - y, '*': lambda: x * y, '/': lambda: x // y, '%': lambda: x % y,
             '&': lambda: x & y, '|': lambda: x | y, '^': lambda: x ^ y, '<<': lambda: x << y, '>>': lambda: x >> y}[op]()
        if v.bit_length() > 2**18:
            raise Failed('LimitError')
        return v
    return binary(op, integer(depth - 1), integer(depth - 1), run)


def floating(depth):
    if depth == 0 or rnd.random() < .1:
        if rnd.random() < .3:
            return 'f', 12, lambda: FLOATS['f']
        x = rnd.choice([0.5, 1.0, 3.25, 1e10, 2.5e-3, 123456.789])
        return repr(x), 12, lambda: x
    if rnd.random() < .1:
        a = floating(depth - 1)
        return '-' + wrap(a, 11), 11, lambda: -a[2]()
    op = rnd.choice('+-*/%')

    def run(l, r):
        x, y = l(), r()
        if op in '/%' and y == 0:
            raise Failed('DivisionByZeroError')
        v = {'+': lambda: x + y, '-': lambda: x - y, '*': lambda: x * y, '/': lambda: x / y, '%': lambda: x % y}[op]()
        if not math.isfinite(v):
            raise OverflowError
        return float(v)
    parts = [floating(depth - 1), rnd.choice([floating, integer])(depth - 1)]
    rnd.shuffle(parts)
    return binary(op, *parts, run)


def boolean(depth):
    if depth == 0 or rnd.random() < .1:
        return rnd.choice([('true', 12, lambda: True), ('flag', 12, lambda: True), ('false', 12, lambda: False)])
    k = rnd.random()
    if k < .15:
        a = boolean(depth - 1)
        return 'not ' + wrap(a, 3), 3, lambda: not a[2]()
    if k < .3:
        op = rnd.choice(['and', 'or'])
        return binary(op, boolean(depth - 1), boolean(depth - 1),
                      (lambda l, r: l() and r()) if op == 'and' else (lambda l, r: l() or r()))
    op = rnd.choice(['==', '!=', '<', '<=', '>', '>='])
    run = {'==': lambda l, r: l() == r(), '!=': lambda l, r: l() != r(), '<': lambda l, r: l() < r(),
           '<=': lambda l, r: l() <= r(), '>': lambda l, r: l() > r(), '>=': lambda l, r: l() >= r()}[op]
    kind = rnd.random()
    if kind < .6:
        return binary(op, integer(depth - 1), integer(depth - 1), run)
    if kind < .8:
        return binary(op, floating(depth - 1), rnd.choice([floating, integer])(depth - 1), run)
    return binary(op, string(depth - 1), string(depth - 1), run)


def string(depth):
    if depth == 0 or rnd.random() < .2:
        if rnd.random() < .3:
            return 's', 12, lambda: STRINGS['s']
        s = ''.join(rnd.choice('abxyz é☻\U0001f600') for _ in range(rnd.randrange(6)))
        return quote(s), 12, lambda: s
    k = rnd.random()
    if k < .3:
        a = string(depth - 1)
        return wrap(a, 12) + '.reverse', 12, lambda: a[2]()[::-1]
    if k < .5:
        a, x, y = string(depth - 1), rnd.randrange(6), rnd.randrange(9)
        return f'{wrap(a, 12)}.substring({x}, {y})', 12, lambda: a[2]()[x:y]
    if k < .6:
        a = integer(depth - 1)

        def digits():
            n = a[2]()
            if n.bit_length() > 10000:
                raise OverflowError
            return str(n)
        return wrap(a, 12) + '.to_s', 12, digits
    if k < .7:
        a, b = string(depth - 1), integer(0)
        return 'f"<{' + a[0] + '}|{' + b[0] + '}>"', 12, lambda: f'<{a[2]()}|{b[2]()}>'
    return binary('+', string(depth - 1), string(depth - 1), lambda l, r: l() + r())


def quote(s):
    if rnd.random() < .5:
        return "'" + s + "'"
    return '"' + ''.join(c if ord(c) < 128 or rnd.random() < .5 else
                         ''.join(f'\\u{int.from_bytes(p, "big"):04x}' for p in pairs(c)) for c in s) + '"'


def pairs(c):
    b = c.encode('utf-16-be')
    return [b[i:i + 2] for i in range(0, len(b), 2)]


def show(v):
    if v is True or v is False:
        return str(v).lower()
    if isinstance(v, int):
        return str(v)
    if isinstance(v, float):
        return v.hex()
    return '"' + v.encode('utf-8').hex()


def main():
    out = []
    while len(out) < 2500:
        text, _, run = rnd.choice([integer, integer, boolean, floating, string])(rnd.randrange(1, 5))
        if len(text) > 120 or '\n' in text:
            continue
        try:
            v = run()
            if isinstance(v, int) and v.bit_length() > 800:
                continue
            v = show(v)
        except Failed as e:
            v = '!' + e.args[0]
        except (OverflowError, ZeroDivisionError):
            continue
        out.append(f'{text}\t{v}\n')
    with open(__file__.rsplit('/', 1)[0] + '/oracle.txt', 'w', encoding='utf-8') as f:
        f.writelines(out)


if __name__ == '__main__':
    main()
