meta:
  id: ipv6
  title: Internet Protocol, version 6
  endian: be
  license: MIT
  imports:
    - /icmpv6/icmpv6
    - /ipv4/ipv4
    - /tcp/tcp
    - /udp/udp
doc-ref: RFC 8200
seq:
  - id: version
    type: b4
    valid: 6
  - id: traffic_class
    type: b8
  - id: flow_label
    type: b20
  - id: len_payload
    type: u2
    doc: Of all behind this header of 40 bytes; 0 in packets that were captured before the network card cut them up.
    -check:
      - length:
          - extensions
          - body
        if: len_payload != 0 and has_extensions
      - length: body
        if: len_payload != 0 and not has_extensions
  - id: next
    type: u1
    enum: ipv4::protocol
    -orig-id: next header
  - id: hop_limit
    type: u1
  - id: src
    size: 16
    -show: ip
  - id: dst
    size: 16
    -show: ip
  - id: extensions
    type: 'extension(_index == 0 ? next.to_i : extensions[_index - 1].next.to_i)'
    repeat: until
    repeat-until: not _.more
    if: has_extensions
  - id: body
    size: 'len_payload != 0 ? len_payload + 40 - _io.pos : _io.size - _io.pos'
    type:
      switch-on: upper
      cases:
        4: ipv4
        6: tcp(src, dst)
        17: udp(src, dst)
        41: ipv6
        58: icmpv6(src, dst)
  - id: trailer
    size-eos: true
    if: not _io.eof
    doc: What the link layer filled up the frame with.
instances:
  has_extensions:
    value: next.to_i == 0 or next.to_i == 43 or next.to_i == 44 or next.to_i == 51 or next.to_i == 60 or next.to_i == 135
  upper:
    value: 'not has_extensions ? next.to_i : extensions.last.is_fragment ? -1 : extensions.last.next.to_i'
    doc: The protocol of body, or -1 where it is a fragment.
types:
  extension:
    params:
      - id: kind
        type: u1
    seq:
      - id: next
        type: u1
        enum: ipv4::protocol
      - id: len
        type: u1
        doc: In units of eight bytes, without the first eight; of an authentication header in units of four, less two. Reserved in a fragment header.
      - id: body
        size: 'kind == 44 ? 6 : kind == 51 ? len * 4 + 6 : len * 8 + 6'
        type:
          switch-on: kind
          cases:
            0: options
            43: route
            44: fragment
            60: options
    instances:
      more:
        value: next.to_i == 0 or next.to_i == 43 or next.to_i == 44 or next.to_i == 51 or next.to_i == 60 or next.to_i == 135
      is_fragment:
        value: 'kind == 44 ? body.as<fragment>.offset != 0 or body.as<fragment>.more : false'
  options:
    seq:
      - id: options
        type: option
        repeat: eos
  option:
    seq:
      - id: type
        type: u1
        enum: option_type
      - id: len
        type: u1
        if: type != option_type::pad1
        -check:
          length: body
      - id: body
        size: len
        if: type != option_type::pad1
  route:
    seq:
      - id: type
        type: u1
      - id: num_left
        type: u1
      - id: body
        size-eos: true
  fragment:
    seq:
      - id: offset
        type: b13
        doc: In units of eight bytes.
      - id: reserved
        type: b2
      - id: more
        type: b1
      - id: identification
        type: u4
enums:
  option_type:
    0x00: pad1
    0x01: pad_n
    0x05: router_alert
    0xc2: jumbo
