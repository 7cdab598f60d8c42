meta:
  id: icmp
  title: Internet Control Message Protocol
  endian: be
  license: MIT
doc-ref: RFC 792
seq:
  - id: type
    type: u1
    enum: icmp_type
  - id: code
    type: u1
    doc: What it means depends on the type.
  - id: checksum
    type: u2
    -check:
      algorithm: internet
      over:
        from: type
      zero: true
  - id: body
    size-eos: true
    type:
      switch-on: type
      cases:
        icmp_type::echo_reply: echo
        icmp_type::echo: echo
        icmp_type::unreachable: unreachable
        icmp_type::redirect: redirect
        icmp_type::time_exceeded: original
        icmp_type::parameter_problem: parameter_problem
        icmp_type::timestamp: timestamp
        icmp_type::timestamp_reply: timestamp
types:
  echo:
    seq:
      - id: identifier
        type: u2
      - id: sequence_number
        type: u2
      - id: data
        size-eos: true
  unreachable:
    seq:
      - id: unused
        type: u2
      - id: mtu
        type: u2
        doc: Of the next hop, with code 4 (RFC 1191).
      - id: packet
        size-eos: true
        doc: The beginning of the packet that this is about.
  original:
    seq:
      - id: unused
        type: u4
      - id: packet
        size-eos: true
        doc: The beginning of the packet that this is about.
  redirect:
    seq:
      - id: gateway
        size: 4
        -show: ip
      - id: packet
        size-eos: true
        doc: The beginning of the packet that this is about.
  parameter_problem:
    seq:
      - id: pointer
        type: u1
        doc: The byte that is wrong.
      - id: unused
        size: 3
      - id: packet
        size-eos: true
        doc: The beginning of the packet that this is about.
  timestamp:
    doc: In milliseconds since midnight UTC.
    seq:
      - id: identifier
        type: u2
      - id: sequence_number
        type: u2
      - id: originate
        type: u4
      - id: receive
        type: u4
      - id: transmit
        type: u4
enums:
  icmp_type:
    0: echo_reply
    3: unreachable
    4: source_quench
    5: redirect
    8: echo
    9: router_advertisement
    10: router_solicitation
    11: time_exceeded
    12: parameter_problem
    13: timestamp
    14: timestamp_reply
    17: address_mask
    18: address_mask_reply
