meta:
  id: gif
  title: Graphics Interchange Format
  file-extension: gif
  xref:
    mime: image/gif
  endian: le
  bit-endian: be
  license: MIT
doc: Pictures of at most 256 colours, compressed with LZW; several make an animation.
doc-ref: https://www.w3.org/Graphics/GIF/spec-gif89a.txt
-hexlay:
  magic: '47 49 46 38 3? 61'
seq:
  - id: magic
    contents: GIF
  - id: version
    type: str
    size: 3
    encoding: ASCII
  - id: screen
    type: screen
  - id: palette
    type: rgb
    repeat: expr
    repeat-expr: 2 << screen.log_palette
    if: screen.has_palette
  - id: blocks
    type: block
    repeat: until
    repeat-until: _io.eof or _.kind == kind::end
types:
  screen:
    doc: The logical screen that the pictures are drawn on.
    seq:
      - id: width
        type: u2
      - id: height
        type: u2
      - id: has_palette
        type: b1
      - id: colour_resolution
        type: b3
        doc: Bits of a primary colour less one.
      - id: is_sorted
        type: b1
      - id: log_palette
        type: b3
        doc: The palette has 2^(n+1) entries.
      - id: background
        type: u1
      - id: aspect_ratio
        type: u1
        doc: Of a pixel, times 64 less 15; 0 where nothing is said.
  rgb:
    to-string: '"red " + red.to_s + ", green " + green.to_s + ", blue " + blue.to_s'
    seq:
      - id: red
        type: u1
      - id: green
        type: u1
      - id: blue
        type: u1
  block:
    seq:
      - id: kind
        type: u1
        enum: kind
        valid:
          in-enum: true
      - id: body
        type:
          switch-on: kind
          cases:
            kind::picture: picture
            kind::extension: extension
  picture:
    seq:
      - id: left
        type: u2
      - id: top
        type: u2
      - id: width
        type: u2
      - id: height
        type: u2
      - id: has_palette
        type: b1
      - id: is_interlaced
        type: b1
      - id: is_sorted
        type: b1
      - id: reserved
        type: b2
      - id: log_palette
        type: b3
      - id: palette
        type: rgb
        repeat: expr
        repeat-expr: 2 << log_palette
        if: has_palette
      - id: lzw_min_bits
        type: u1
        doc: Bits of the first codes less one.
      - id: data
        type: sub_block
        repeat: until
        repeat-until: _.len == 0
  sub_block:
    seq:
      - id: len
        type: u1
        doc: 0 ends the list.
        -check:
          length: bytes
      - id: bytes
        size: len
  extension:
    seq:
      - id: label
        type: u1
        enum: label
      - id: body
        type:
          switch-on: label
          cases:
            label::graphic_control: graphic_control
            label::application: application
      - id: data
        type: sub_block
        repeat: until
        repeat-until: _.len == 0
        doc: For a comment its text.
  graphic_control:
    seq:
      - id: len
        type: u1
        valid: 4
      - id: reserved
        type: b3
      - id: disposal
        type: b3
        enum: disposal
      - id: waits_for_input
        type: b1
      - id: has_transparency
        type: b1
      - id: delay
        type: u2
        doc: In hundredths of a second.
      - id: transparent_index
        type: u1
  application:
    seq:
      - id: len
        type: u1
        -check:
          length: [identifier, authentication]
      - id: identifier
        type: str
        size: 8
        encoding: ASCII
      - id: authentication
        size: len - 8
        doc: 2.0 for NETSCAPE, whose data says how often to play.
enums:
  kind:
    0x21: extension
    0x2c: picture
    0x3b: end
  label:
    0x01: plain_text
    0xf9: graphic_control
    0xfe: comment
    0xff: application
  disposal:
    0: unspecified
    1: keep
    2: background
    3: previous
