meta:
  id: png
  title: Portable Network Graphics
  file-extension: [png, apng]
  xref:
    mime: image/png
  endian: be
  license: MIT
doc: A picture as a signature and chunks, each with its own CRC.
doc-ref: https://www.w3.org/TR/png-3/
-hexlay:
  magic: '89 50 4e 47 0d 0a 1a 0a'
seq:
  - id: signature
    contents: [0x89, PNG, 0x0d, 0x0a, 0x1a, 0x0a]
  - id: chunks
    type: chunk
    repeat: until
    repeat-until: _.type == "IEND" or _io.eof
  - id: trailer
    size-eos: true
    if: not _io.eof
    doc: What stands behind the picture. No decoder reads it.
types:
  chunk:
    to-string: 'type + ", " + len_body.to_s + " bytes"'
    seq:
      - id: len_body
        type: u4
        -check:
          length: body
      - id: type
        type: str
        size: 4
        encoding: ASCII
        doc: A capital first letter marks a chunk that a decoder must understand.
      - id: body
        size: len_body
        type:
          switch-on: type
          cases:
            '"IHDR"': header
            '"PLTE"': palette
            '"tRNS"': transparency
            '"gAMA"': gamma
            '"cHRM"': chromaticities
            '"sRGB"': srgb
            '"iCCP"': profile
            '"sBIT"': significant_bits
            '"bKGD"': background
            '"pHYs"': dimensions
            '"tIME"': time
            '"tEXt"': text
            '"zTXt"': compressed_text
            '"iTXt"': international_text
            '"hIST"': histogram
            '"acTL"': animation
            '"fcTL"': frame
            '"fdAT"': frame_data
            '"cICP"': coding_points
      - id: crc
        type: u4
        doc: Over type and body.
        -check:
          algorithm: crc-32
          over: [type, body]
  header:
    doc: IHDR, always the first chunk.
    seq:
      - id: width
        type: u4
      - id: height
        type: u4
      - id: bit_depth
        type: u1
        doc: Bits of a sample, or of an index into the palette.
      - id: colour_type
        type: u1
        enum: colour_type
      - id: compression
        type: u1
        enum: compression
      - id: filter
        type: u1
      - id: interlace
        type: u1
        enum: interlace
  palette:
    seq:
      - id: entries
        type: rgb
        repeat: eos
  rgb:
    to-string: '"red " + red.to_s + ", green " + green.to_s + ", blue " + blue.to_s'
    seq:
      - id: red
        type: u1
      - id: green
        type: u1
      - id: blue
        type: u1
  transparency:
    doc: One alpha value for each entry of the palette, or one colour that is transparent.
    seq:
      - id: values
        type: u1
        repeat: eos
  gamma:
    seq:
      - id: gamma
        type: u4
        doc: Times 100000.
  chromaticities:
    doc: In CIE 1931, times 100000.
    seq:
      - id: white
        type: point
      - id: red
        type: point
      - id: green
        type: point
      - id: blue
        type: point
  point:
    seq:
      - id: x
        type: u4
      - id: y
        type: u4
  srgb:
    seq:
      - id: intent
        type: u1
        enum: intent
  profile:
    seq:
      - id: name
        type: strz
        encoding: ISO-8859-1
      - id: compression
        type: u1
        enum: compression
      - id: profile
        size-eos: true
        process: zlib
  significant_bits:
    seq:
      - id: bits
        type: u1
        repeat: eos
  background:
    doc: An index into the palette, a grey, or red, green and blue in 16 bits each.
    seq:
      - id: index
        type: u1
        if: _io.size == 1
      - id: samples
        type: u2
        repeat: eos
        if: _io.size > 1
  dimensions:
    seq:
      - id: pixels_per_unit_x
        type: u4
      - id: pixels_per_unit_y
        type: u4
      - id: unit
        type: u1
        enum: unit
  time:
    doc: When the picture was changed, in UTC.
    seq:
      - id: year
        type: u2
      - id: month
        type: u1
      - id: day
        type: u1
      - id: hour
        type: u1
      - id: minute
        type: u1
      - id: second
        type: u1
  text:
    seq:
      - id: keyword
        type: strz
        encoding: ISO-8859-1
      - id: text
        type: str
        size-eos: true
        encoding: ISO-8859-1
  compressed_text:
    seq:
      - id: keyword
        type: strz
        encoding: ISO-8859-1
      - id: compression
        type: u1
        enum: compression
      - id: text
        size-eos: true
        process: zlib
  international_text:
    seq:
      - id: keyword
        type: strz
        encoding: ISO-8859-1
      - id: is_compressed
        type: u1
      - id: compression
        type: u1
        enum: compression
      - id: language
        type: strz
        encoding: ASCII
      - id: translated_keyword
        type: strz
        encoding: UTF-8
      - id: text
        type: str
        size-eos: true
        encoding: UTF-8
        if: is_compressed == 0
      - id: compressed_text
        size-eos: true
        process: zlib
        if: is_compressed != 0
  histogram:
    seq:
      - id: frequencies
        type: u2
        repeat: eos
  animation:
    seq:
      - id: num_frames
        type: u4
      - id: num_plays
        type: u4
        doc: 0 is for ever.
  frame:
    seq:
      - id: sequence_number
        type: u4
      - id: width
        type: u4
      - id: height
        type: u4
      - id: x
        type: u4
      - id: y
        type: u4
      - id: delay_numerator
        type: u2
      - id: delay_denominator
        type: u2
        doc: 0 stands for 100.
      - id: dispose
        type: u1
        enum: dispose
      - id: blend
        type: u1
        enum: blend
  frame_data:
    seq:
      - id: sequence_number
        type: u4
      - id: data
        size-eos: true
  coding_points:
    doc: Code points of ITU-T H.273.
    seq:
      - id: primaries
        type: u1
      - id: transfer
        type: u1
      - id: matrix
        type: u1
      - id: is_full_range
        type: u1
enums:
  colour_type:
    0: grey
    2: rgb
    3: indexed
    4: grey_alpha
    6: rgb_alpha
  compression:
    0: zlib
  interlace:
    0: none
    1: adam7
  intent:
    0: perceptual
    1: relative_colorimetric
    2: saturation
    3: absolute_colorimetric
  unit:
    0: unknown
    1: metre
  dispose:
    0: none
    1: background
    2: previous
  blend:
    0: source
    1: over
