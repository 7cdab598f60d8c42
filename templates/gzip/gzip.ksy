meta:
  id: gzip
  title: gzip file
  file-extension: [gz, tgz]
  xref:
    mime: application/gzip
  endian: le
  bit-endian: be
  license: MIT
doc: |
  One file, compressed. Where several members follow each other, as some programs write them, all but the header of the first one lie in
  body: the length of a member is known only to who inflates it.
doc-ref: RFC 1952
-hexlay:
  magic: '1f 8b 08'
seq:
  - id: magic
    contents: [0x1f, 0x8b]
  - id: method
    type: u1
    enum: method
  - id: reserved
    type: b3
  - id: has_comment
    type: b1
    -orig-id: FCOMMENT
  - id: has_name
    type: b1
    -orig-id: FNAME
  - id: has_extra
    type: b1
    -orig-id: FEXTRA
  - id: has_header_crc
    type: b1
    -orig-id: FHCRC
  - id: is_text
    type: b1
    -orig-id: FTEXT
  - id: mtime
    type: u4
    -show: time
    doc: When the file was changed, in seconds since 1970-01-01 UTC; 0 is unknown.
  - id: effort
    type: u1
    enum: effort
    -orig-id: XFL
  - id: os
    type: u1
    enum: os
  - id: len_extra
    type: u2
    if: has_extra
    -check:
      length: extra
  - id: extra
    type: extras
    size: len_extra
    if: has_extra
  - id: name
    type: strz
    encoding: ISO-8859-1
    if: has_name
  - id: comment
    type: strz
    encoding: ISO-8859-1
    if: has_comment
  - id: header_crc
    type: u2
    if: has_header_crc
    doc: The low half of the CRC-32 of all before it.
    -check:
      - if: has_comment
        algorithm: crc-32
        over:
          from: magic
          to: comment
        then: _ & 0xffff
      - if: has_name and not has_comment
        algorithm: crc-32
        over:
          from: magic
          to: name
        then: _ & 0xffff
      - if: has_extra and not has_name and not has_comment
        algorithm: crc-32
        over:
          from: magic
          to: extra
        then: _ & 0xffff
      - if: not has_extra and not has_name and not has_comment
        algorithm: crc-32
        over:
          from: magic
          to: os
        then: _ & 0xffff
  - id: body
    size: _io.size - _io.pos - 8
    doc: A deflate stream.
  - id: crc
    type: u4
    doc: Of the data before it was compressed.
    -check:
      algorithm: crc-32
      over:
        field: body
        process: deflate
      if: method == method::deflate
  - id: len_data
    type: u4
    doc: Length of the data before it was compressed, modulo 2^32.
    -check:
      length:
        field: body
        process: deflate
      then: _ & 0xffffffff
      if: method == method::deflate
types:
  extras:
    seq:
      - id: fields
        type: extra
        repeat: eos
  extra:
    seq:
      - id: id
        type: str
        size: 2
        encoding: ISO-8859-1
      - id: len_data
        type: u2
        -check:
          length: data
      - id: data
        size: len_data
enums:
  method:
    8: deflate
  effort:
    0: default
    2: most
    4: least
  os:
    0: fat
    1: amiga
    2: vms
    3: unix
    4: vm_cms
    5: atari
    6: hpfs
    7: macintosh
    8: z_system
    9: cp_m
    10: tops_20
    11: ntfs
    12: qdos
    13: acorn
    255: unknown
