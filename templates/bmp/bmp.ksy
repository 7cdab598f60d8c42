meta:
  id: bmp
  title: Windows and OS/2 bitmap
  file-extension: [bmp, dib]
  endian: le
  license: MIT
doc: |
  A picture as rows of pixels, most often uncompressed and from the lowest row upwards. The size of the second header tells its
  version: 12 (OS/2 1.x), 16 to 64 (OS/2 2.x), 40 (Windows 3), 52 and 56 (with masks), 108 (V4), 124 (V5).
doc-ref:
  - https://learn.microsoft.com/en-us/windows/win32/gdi/bitmap-storage
  - https://learn.microsoft.com/en-us/windows/win32/api/wingdi/ns-wingdi-bitmapv5header
-hexlay:
  magic: '42 4d ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? 00 ?? 00 00 00'
seq:
  - id: magic
    contents: BM
  - id: len_file
    type: u4
    -orig-id: bfSize
    doc: Size of the file in bytes; some programs leave it 0.
    -check:
      value: _io.size
      if: len_file != 0
  - id: reserved1
    type: u2
    -orig-id: bfReserved1
  - id: reserved2
    type: u2
    -orig-id: bfReserved2
  - id: ofs_pixels
    type: u4
    -orig-id: bfOffBits
    doc: Where the pixels begin, from the start of the file.
  - id: len_header
    type: u4
    -orig-id: biSize
    doc: Size of the header that begins with this field; it tells the version.
    valid:
      any-of: [12, 16, 40, 52, 56, 64, 108, 124]
  - id: header
    size: len_header - 4
    type:
      switch-on: len_header
      cases:
        12: core_header
        _: info_header
  - id: masks
    type: masks(compression == compression::alpha_bitfields)
    if: len_header == 40 and (compression == compression::bitfields or compression == compression::alpha_bitfields)
    doc: With the header of 40 bytes the masks stand behind it.
  - id: palette
    type:
      switch-on: len_header
      cases:
        12: rgb
        _: rgb_x
    repeat: expr
    repeat-expr: num_colours
    if: num_colours > 0
instances:
  width:
    value: 'len_header == 12 ? header.as<core_header>.width : header.as<info_header>.width'
  height:
    value: 'len_header == 12 ? header.as<core_header>.height : header.as<info_header>.height'
    doc: Negative where the rows go from the top to the bottom.
  bits_per_pixel:
    value: 'len_header == 12 ? header.as<core_header>.bits_per_pixel : header.as<info_header>.bits_per_pixel'
  compression:
    value: 'len_header < 40 ? 0 : header.as<info_header>.compression.to_i'
    enum: compression
  len_palette_entry:
    value: 'len_header == 12 ? 3 : 4'
  num_colours_given:
    value: 'len_header < 40 ? 0 : header.as<info_header>.num_colours'
  num_colours_room:
    value: '(ofs_pixels - 14 - len_header) / len_palette_entry'
    doc: How many entries fit before the pixels.
  num_colours:
    value: 'num_colours_given > 0 ? (num_colours_given < 65536 ? num_colours_given : 65536) : bits_per_pixel > 8 or bits_per_pixel == 0 ? 0 : (1 << bits_per_pixel) < num_colours_room ? (1 << bits_per_pixel) : num_colours_room'
    doc: Of the palette. 0 in the header stands for as many as the bits of a pixel can tell apart.
  num_rows:
    value: 'height < 0 ? -height : height'
  len_row:
    value: '(width * bits_per_pixel + 31) / 32 * 4'
    doc: A row is filled up to a multiple of four bytes.
  is_plain:
    value: compression == compression::none or compression == compression::bitfields or compression == compression::alpha_bitfields
  rows:
    pos: ofs_pixels
    type: row
    size: len_row
    repeat: expr
    repeat-expr: num_rows
    if: is_plain
    doc: The rows of pixels, the lowest one first unless the height is negative.
  compressed:
    pos: ofs_pixels
    size: 'header.as<info_header>.len_image > 0 ? header.as<info_header>.len_image : _io.size - ofs_pixels'
    if: not is_plain
    doc: Pixels in run lengths, or a whole JPEG or PNG.
  profile:
    pos: 14 + header.as<info_header>.v5.ofs_profile
    size: header.as<info_header>.v5.len_profile
    if: len_header == 124 and header.as<info_header>.v5.len_profile > 0 and header.as<info_header>.v4.colour_space != colour_space::srgb and header.as<info_header>.v4.colour_space != colour_space::windows
    doc: An ICC profile, or the name of the file that has it.
types:
  core_header:
    doc: BITMAPCOREHEADER
    seq:
      - id: width
        type: u2
      - id: height
        type: u2
      - id: num_planes
        type: u2
      - id: bits_per_pixel
        type: u2
  info_header:
    doc: BITMAPINFOHEADER and all that came later. Each version adds fields at the end.
    seq:
      - id: width
        type: s4
        -orig-id: biWidth
      - id: height
        type: s4
        -orig-id: biHeight
        doc: Negative where the rows go from the top to the bottom.
      - id: num_planes
        type: u2
        -orig-id: biPlanes
      - id: bits_per_pixel
        type: u2
        -orig-id: biBitCount
      - id: compression
        type: u4
        enum: compression
        -orig-id: biCompression
        if: _root.len_header >= 40
      - id: len_image
        type: u4
        -orig-id: biSizeImage
        if: _root.len_header >= 40
        doc: Size of the pixels in bytes; 0 is allowed where they are not compressed.
      - id: pixels_per_metre_x
        type: s4
        -orig-id: biXPelsPerMeter
        if: _root.len_header >= 40
      - id: pixels_per_metre_y
        type: s4
        -orig-id: biYPelsPerMeter
        if: _root.len_header >= 40
      - id: num_colours
        type: u4
        -orig-id: biClrUsed
        if: _root.len_header >= 40
      - id: num_important_colours
        type: u4
        -orig-id: biClrImportant
        if: _root.len_header >= 40
      - id: os2
        type: os2_header
        if: _root.len_header == 64
      - id: masks
        type: masks(_root.len_header >= 56)
        if: _root.len_header == 52 or _root.len_header == 56 or _root.len_header >= 108
      - id: v4
        type: v4_header
        if: _root.len_header >= 108
      - id: v5
        type: v5_header
        if: _root.len_header >= 124
  os2_header:
    doc: What OS/2 2.x adds.
    seq:
      - id: resolution_unit
        type: u2
      - id: padding
        type: u2
      - id: recording
        type: u2
        doc: 0 is from the lowest row upwards.
      - id: halftoning
        type: u2
        enum: halftoning
      - id: halftoning_parameter1
        type: u4
      - id: halftoning_parameter2
        type: u4
      - id: colour_encoding
        type: u4
      - id: identifier
        type: u4
  masks:
    params:
      - id: has_alpha
        type: bool
    seq:
      - id: red
        type: u4
      - id: green
        type: u4
      - id: blue
        type: u4
      - id: alpha
        type: u4
        if: has_alpha
  v4_header:
    doc: What BITMAPV4HEADER adds to the masks.
    seq:
      - id: colour_space
        type: u4
        enum: colour_space
        -orig-id: bV4CSType
      - id: endpoint_red
        type: ciexyz
      - id: endpoint_green
        type: ciexyz
      - id: endpoint_blue
        type: ciexyz
      - id: gamma_red
        type: u4
        doc: With 16 bits behind the point.
      - id: gamma_green
        type: u4
      - id: gamma_blue
        type: u4
  ciexyz:
    doc: A colour in CIE 1931, each with 30 bits behind the point.
    seq:
      - id: x
        type: u4
      - id: y
        type: u4
      - id: z
        type: u4
  v5_header:
    doc: What BITMAPV5HEADER adds.
    seq:
      - id: intent
        type: u4
        enum: intent
      - id: ofs_profile
        type: u4
        doc: From the start of the header, which is at 14.
      - id: len_profile
        type: u4
      - id: reserved
        type: u4
  rgb:
    to-string: '"blue " + blue.to_s + ", green " + green.to_s + ", red " + red.to_s'
    seq:
      - id: blue
        type: u1
      - id: green
        type: u1
      - id: red
        type: u1
  rgb_x:
    to-string: '"blue " + blue.to_s + ", green " + green.to_s + ", red " + red.to_s'
    seq:
      - id: blue
        type: u1
      - id: green
        type: u1
      - id: red
        type: u1
      - id: reserved
        type: u1
  row:
    doc: One row of pixels from left to right, then padding. The bits of a byte go from the highest to the lowest.
    seq:
      - id: pixels
        type:
          switch-on: _root.bits_per_pixel
          cases:
            1: b1
            2: b2
            4: b4
            8: u1
            16: u2
            24: rgb
            32: rgb_x
        repeat: expr
        repeat-expr: _root.width
      - id: padding
        size-eos: true
enums:
  compression:
    0:
      id: none
      -orig-id: BI_RGB
    1:
      id: rle8
      -orig-id: BI_RLE8
    2:
      id: rle4
      -orig-id: BI_RLE4
    3:
      id: bitfields
      -orig-id: BI_BITFIELDS
    4:
      id: jpeg
      -orig-id: BI_JPEG
    5:
      id: png
      -orig-id: BI_PNG
    6:
      id: alpha_bitfields
      -orig-id: BI_ALPHABITFIELDS
    11: cmyk
    12: cmyk_rle8
    13: cmyk_rle4
  halftoning:
    0: none
    1: error_diffusion
    2: panda
    3: super_circle
  colour_space:
    0: calibrated
    0x73524742: srgb
    0x57696e20: windows
    0x4c494e4b: linked
    0x4d424544: embedded
  intent:
    0: none
    1: business
    2: graphics
    4: images
    8: absolute_colorimetric
