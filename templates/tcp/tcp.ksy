meta:
  id: tcp
  title: Transmission Control Protocol
  endian: be
  license: MIT
doc-ref: RFC 9293
params:
  - id: src
    doc: The address of the sender, for the checksum.
  - id: dst
seq:
  - id: src_port
    type: u2
  - id: dst_port
    type: u2
  - id: seq_number
    type: u4
    doc: Of the first byte of the payload.
  - id: ack_number
    type: u4
    doc: Of the byte that is expected next.
  - id: header_words
    type: b4
    -orig-id: data offset
    doc: Length of the header in units of four bytes.
    valid:
      min: 5
    -check:
      length:
        from: src_port
        to: options
      then: _ / 4
  - id: reserved
    type: b4
  - id: cwr
    type: b1
  - id: ece
    type: b1
  - id: urg
    type: b1
  - id: ack
    type: b1
  - id: psh
    type: b1
  - id: rst
    type: b1
  - id: syn
    type: b1
  - id: fin
    type: b1
  - id: window
    type: u2
  - id: checksum
    type: u2
    doc: Over a pseudo header of addresses, protocol and length, and the segment. Captures of what this machine sends often have it unfinished.
    -check:
      algorithm: internet
      over:
        - value: src
        - value: dst
        - value: 6
          type: u2be
        - value: _io.size
          type: u4be
        - from: src_port
      zero: true
  - id: urgent
    type: u2
  - id: options
    size: header_words * 4 - 20
    type: options
  - id: payload
    size-eos: true
types:
  options:
    seq:
      - id: options
        type: option
        repeat: eos
  option:
    seq:
      - id: kind
        type: u1
        enum: option_kind
      - id: len
        type: u1
        if: has_body
        doc: Of the whole option.
        -check:
          length:
            from: kind
            to: body
      - id: body
        size: len - 2
        if: has_body
        type:
          switch-on: kind
          cases:
            option_kind::max_segment: max_segment
            option_kind::window_scale: window_scale
            option_kind::selective_ack: selective_ack
            option_kind::timestamps: timestamps
    instances:
      has_body:
        value: kind != option_kind::end and kind != option_kind::no_operation
  max_segment:
    seq:
      - id: size
        type: u2
  window_scale:
    seq:
      - id: shift
        type: u1
  selective_ack:
    seq:
      - id: blocks
        type: sack_block
        repeat: eos
  sack_block:
    seq:
      - id: left
        type: u4
      - id: right
        type: u4
  timestamps:
    seq:
      - id: value
        type: u4
      - id: echo
        type: u4
enums:
  option_kind:
    0: end
    1: no_operation
    2: max_segment
    3: window_scale
    4: selective_ack_permitted
    5: selective_ack
    8: timestamps
    28: user_timeout
    30: multipath
    34: fast_open
