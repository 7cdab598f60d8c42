"""Writes codecs_gen.go (names, aliases, descriptions) and data/charmap.bin from CPython 3.11, and ebcdic_gen.go, the
EBCDIC code pages that CPython lacks, from the iconv of the GNU C library.

Run in overlay/text:  python3.11 gen/registry.py
"""
import codecs, encodings, encodings.aliases, os, subprocess, sys, zlib

assert sys.version_info[:2] == (3, 11), "the tables are those of CPython 3.11"

DESCRIPTION = {
    'ascii': 'English', 'big5': 'Traditional Chinese', 'big5hkscs': 'Traditional Chinese, Hong Kong',
    'cp037': 'EBCDIC, English', 'cp273': 'EBCDIC, German', 'cp424': 'EBCDIC, Hebrew', 'cp437': 'DOS, English (IBM PC)',
    'cp500': 'EBCDIC, Western Europe', 'cp720': 'DOS, Arabic', 'cp737': 'DOS, Greek', 'cp775': 'DOS, Baltic languages',
    'cp850': 'DOS, Western Europe', 'cp852': 'DOS, Central and Eastern Europe', 'cp855': 'DOS, Cyrillic',
    'cp856': 'DOS, Hebrew', 'cp857': 'DOS, Turkish', 'cp858': 'DOS, Western Europe with euro sign',
    'cp860': 'DOS, Portuguese', 'cp861': 'DOS, Icelandic', 'cp862': 'DOS, Hebrew', 'cp863': 'DOS, Canadian French',
    'cp864': 'DOS, Arabic', 'cp865': 'DOS, Danish and Norwegian', 'cp866': 'DOS, Russian', 'cp869': 'DOS, Greek',
    'cp874': 'Windows, Thai', 'cp875': 'EBCDIC, Greek', 'cp932': 'Windows, Japanese', 'cp949': 'Windows, Korean',
    'cp950': 'Windows, Traditional Chinese', 'cp1006': 'Urdu', 'cp1026': 'EBCDIC, Turkish', 'cp1125': 'DOS, Ukrainian',
    'cp1140': 'EBCDIC, English with euro sign', 'cp1250': 'Windows, Central and Eastern Europe',
    'cp1251': 'Windows, Cyrillic', 'cp1252': 'Windows, Western Europe', 'cp1253': 'Windows, Greek',
    'cp1254': 'Windows, Turkish', 'cp1255': 'Windows, Hebrew', 'cp1256': 'Windows, Arabic',
    'cp1257': 'Windows, Baltic languages', 'cp1258': 'Windows, Vietnamese',
    'euc_jis_2004': 'Japanese, JIS X 0213:2004', 'euc_jisx0213': 'Japanese, JIS X 0213:2000', 'euc_jp': 'Japanese',
    'euc_kr': 'Korean', 'gb18030': 'Unified Chinese', 'gb2312': 'Simplified Chinese', 'gbk': 'Unified Chinese',
    'hp_roman8': 'HP terminals, Western Europe', 'hz': 'Simplified Chinese, seven bits',
    'iso2022_jp': 'Japanese, with escapes', 'iso2022_jp_1': 'Japanese, with escapes',
    'iso2022_jp_2': 'Japanese, Korean, Simplified Chinese, Western Europe, Greek, with escapes',
    'iso2022_jp_2004': 'Japanese, JIS X 0213:2004, with escapes', 'iso2022_jp_3': 'Japanese, JIS X 0213:2000, with escapes',
    'iso2022_jp_ext': 'Japanese, with escapes', 'iso2022_kr': 'Korean, with shifts',
    'iso8859_2': 'Central and Eastern Europe', 'iso8859_3': 'Esperanto, Maltese', 'iso8859_4': 'Baltic languages',
    'iso8859_5': 'Cyrillic', 'iso8859_6': 'Arabic', 'iso8859_7': 'Greek', 'iso8859_8': 'Hebrew', 'iso8859_9': 'Turkish',
    'iso8859_10': 'Nordic languages', 'iso8859_11': 'Thai', 'iso8859_13': 'Baltic languages',
    'iso8859_14': 'Celtic languages', 'iso8859_15': 'Western Europe with euro sign', 'iso8859_16': 'South-Eastern Europe',
    'johab': 'Korean', 'koi8_r': 'Russian', 'koi8_t': 'Tajik', 'koi8_u': 'Ukrainian', 'kz1048': 'Kazakh',
    'latin_1': 'Western Europe', 'mac_arabic': 'Mac, Arabic', 'mac_croatian': 'Mac, Croatian',
    'mac_cyrillic': 'Mac, Cyrillic', 'mac_farsi': 'Mac, Farsi', 'mac_greek': 'Mac, Greek', 'mac_iceland': 'Mac, Icelandic',
    'mac_latin2': 'Mac, Central and Eastern Europe', 'mac_roman': 'Mac, Western Europe', 'mac_romanian': 'Mac, Romanian',
    'mac_turkish': 'Mac, Turkish', 'palmos': 'PalmOS 3.5', 'ptcp154': 'Kazakh', 'shift_jis': 'Japanese',
    'shift_jis_2004': 'Japanese, JIS X 0213:2004', 'shift_jisx0213': 'Japanese, JIS X 0213:2000', 'tis_620': 'Thai',
    'utf_7': 'Unicode, seven bits', 'utf_8': 'Unicode', 'utf_8_sig': 'Unicode with a byte order mark',
    'utf_16': 'Unicode, order by byte order mark', 'utf_16_be': 'Unicode, big-endian',
    'utf_16_le': 'Unicode, little-endian', 'utf_32': 'Unicode, order by byte order mark',
    'utf_32_be': 'Unicode, big-endian', 'utf_32_le': 'Unicode, little-endian',
}
# The code pages whose iconv tables are complete, or nearly (Arabic and Cyrillic), with the aliases of the IANA registry.
EBCDIC = {
    277: ('Danish and Norwegian', 'ebcdic_cp_dk ebcdic_cp_no'), 278: ('Finnish and Swedish', 'ebcdic_cp_fi ebcdic_cp_se'),
    280: ('Italian', 'ebcdic_cp_it'), 284: ('Spanish', 'ebcdic_cp_es'), 285: ('British English', 'ebcdic_cp_gb'),
    297: ('French', 'ebcdic_cp_fr'), 420: ('Arabic', 'ebcdic_cp_ar1'),
    870: ('Central and Eastern Europe', 'ebcdic_cp_roece ebcdic_cp_yu'), 871: ('Icelandic', 'ebcdic_cp_is'),
    880: ('Cyrillic', 'ebcdic_cyrillic'), 1025: ('Cyrillic', ''), 1047: ('Latin 1, open systems', 'open_edition'),
    1112: ('Baltic languages', ''), 1122: ('Estonian', ''), 1123: ('Ukrainian', ''),
    1141: ('German with euro sign', ''), 1142: ('Danish and Norwegian with euro sign', ''),
    1143: ('Finnish and Swedish with euro sign', ''), 1144: ('Italian with euro sign', ''),
    1145: ('Spanish with euro sign', ''), 1146: ('British English with euro sign', ''),
    1147: ('French with euro sign', ''), 1148: ('Western Europe with euro sign', ''),
    1149: ('Icelandic with euro sign', ''), 1153: ('Central and Eastern Europe with euro sign', ''),
    1154: ('Cyrillic with euro sign', ''), 1155: ('Turkish with euro sign', ''),
    1156: ('Baltic languages with euro sign', ''), 1157: ('Estonian with euro sign', ''),
    1158: ('Ukrainian with euro sign', ''),
}
PYTHON_ONLY = {'punycode', 'idna', 'raw_unicode_escape', 'unicode_escape', 'undefined', 'mbcs', 'oem', 'charmap',
               'iso8859_1'}  # an alias of latin_1 hides that module


def modules():
    for f in sorted(os.listdir(os.path.dirname(encodings.__file__))):
        m = f[:-3]
        if not f.endswith('.py') or m in ('__init__', 'aliases') or m in PYTHON_ONLY:
            continue
        try:
            info = codecs.lookup(m)
        except LookupError:
            continue
        if info._is_text_encoding:
            yield m, info.name


def is_charmap(m):
    src = open(os.path.join(os.path.dirname(encodings.__file__), m + '.py')).read()
    return 'charmap_decode' in src


def charmap(m):
    """The 256 code points of a single-byte codec; 0xFFFE is undefined. Checks that encoding is the inverse in
    which the highest byte wins."""
    table = []
    for b in range(256):
        try:
            ch = bytes([b]).decode(m)
            assert len(ch) == 1 and ord(ch) < 0xFFFE
            table.append(ord(ch))
        except UnicodeDecodeError:
            table.append(0xFFFE)
    inverse = {cp: b for b, cp in enumerate(table) if cp != 0xFFFE}
    extra = []
    for cp in range(0x10000):
        try:
            e = chr(cp).encode(m)
        except UnicodeEncodeError:
            e = None
        want = bytes([inverse[cp]]) if cp in inverse else None
        if e != want:
            extra.append((cp, e, want))
    return table, extra


def iconv(page):
    for name in ('IBM%d' % page, 'IBM-%d' % page):
        table = []
        for b in range(256):
            r = subprocess.run(['iconv', '-f', name, '-t', 'UTF-16LE'], input=bytes([b]), capture_output=True)
            table.append(int.from_bytes(r.stdout, 'little') if r.returncode == 0 and len(r.stdout) == 2 else 0xFFFE)
        if page == 285:
            table[0xA1] = 0xAF  # IBM's macron; iconv has the overline, which is not in Latin-1
        if table.count(0xFFFE) < 16:
            return table
    raise LookupError(page)


def main():
    aliases = {}
    for a, m in encodings.aliases.aliases.items():
        aliases.setdefault(m, []).append(a)
    blob = bytearray()
    lines, index = [], 0
    for m, name in modules():
        kind = 'nil'
        if is_charmap(m):
            table, extra = charmap(m)
            if extra:
                print(m, 'encodes otherwise', [(hex(c), e, w) for c, e, w in extra], file=sys.stderr)
            blob += b''.join(cp.to_bytes(2, 'little') for cp in table)
            kind = str(index)
            index += 1
        else:
            kind = '-1'
        al = ', '.join('"%s"' % a for a in sorted(aliases.get(m, [])))
        lines.append('\t{"%s", "%s", "%s", %s, []string{%s}},' % (m, name, DESCRIPTION[m], kind, al))
    with open('codecs_gen.go', 'w') as f:
        f.write('// Code generated by gen/registry.py from CPython %s; DO NOT EDIT.\n\npackage text\n\n' % sys.version.split()[0])
        f.write('// pythonCodecs are the text encodings of the encodings package: module, name, languages, index in\n'
                '// charmap.bin or -1, aliases.\nvar pythonCodecs = [...]entry{\n' + '\n'.join(lines) + '\n}\n')
    lines = []
    for page, (languages, more) in EBCDIC.items():
        blob += b''.join(cp.to_bytes(2, 'little') for cp in iconv(page))
        al = ', '.join('"%s"' % a for a in sorted([str(page), 'ibm%d' % page] + more.split()))
        lines.append('\t{"cp%d", "cp%d", "EBCDIC, %s", %d, []string{%s}},' % (page, page, languages, index, al))
        index += 1
    with open('ebcdic_gen.go', 'w') as f:
        f.write('// Code generated by gen/registry.py from iconv; DO NOT EDIT.\n\npackage text\n\n')
        f.write('// ebcdicCodecs are EBCDIC code pages that CPython lacks, in the form of pythonCodecs.\n'
                'var ebcdicCodecs = [...]entry{\n' + '\n'.join(lines) + '\n}\n')
    co = zlib.compressobj(9, zlib.DEFLATED, -15)
    with open('data/charmap.bin', 'wb') as f:
        f.write(co.compress(bytes(blob)) + co.flush())


main()
