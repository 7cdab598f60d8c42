meta:
  id: icmpv6
  title: Internet Control Message Protocol for IPv6
  endian: be
  license: MIT
doc-ref:
  - RFC 4443
  - RFC 4861
params:
  - id: src
    doc: The address of the sender, for the checksum.
  - id: dst
seq:
  - id: type
    type: u1
    enum: icmpv6_type
  - id: code
    type: u1
    doc: What it means depends on the type.
  - id: checksum
    type: u2
    doc: Over a pseudo header of addresses, length and protocol, and the message.
    -check:
      algorithm: internet
      over:
        - value: src
        - value: dst
        - value: _io.size
          type: u4be
        - value: 58
          type: u4be
        - from: type
      zero: true
  - id: body
    size-eos: true
    type:
      switch-on: type
      cases:
        icmpv6_type::unreachable: original
        icmpv6_type::too_big: too_big
        icmpv6_type::time_exceeded: original
        icmpv6_type::parameter_problem: parameter_problem
        icmpv6_type::echo: echo
        icmpv6_type::echo_reply: echo
        icmpv6_type::router_solicitation: solicitation
        icmpv6_type::router_advertisement: router_advertisement
        icmpv6_type::neighbour_solicitation: neighbour
        icmpv6_type::neighbour_advertisement: neighbour
        icmpv6_type::redirect: redirect
types:
  original:
    seq:
      - id: unused
        type: u4
      - id: packet
        size-eos: true
        doc: The beginning of the packet that this is about.
  too_big:
    seq:
      - id: mtu
        type: u4
      - id: packet
        size-eos: true
        doc: The beginning of the packet that this is about.
  parameter_problem:
    seq:
      - id: pointer
        type: u4
        doc: The byte that is wrong.
      - id: packet
        size-eos: true
        doc: The beginning of the packet that this is about.
  echo:
    seq:
      - id: identifier
        type: u2
      - id: sequence_number
        type: u2
      - id: data
        size-eos: true
  solicitation:
    seq:
      - id: reserved
        type: u4
      - id: options
        type: option
        repeat: eos
  router_advertisement:
    seq:
      - id: hop_limit
        type: u1
      - id: is_managed
        type: b1
      - id: has_other
        type: b1
      - id: reserved
        type: b6
      - id: lifetime
        type: u2
        doc: In seconds.
      - id: reachable
        type: u4
        doc: In milliseconds.
      - id: retransmit
        type: u4
        doc: In milliseconds.
      - id: options
        type: option
        repeat: eos
  neighbour:
    seq:
      - id: is_router
        type: b1
      - id: is_solicited
        type: b1
      - id: overrides
        type: b1
      - id: reserved
        type: b29
      - id: target
        size: 16
        -show: ip
      - id: options
        type: option
        repeat: eos
  redirect:
    seq:
      - id: reserved
        type: u4
      - id: target
        size: 16
        -show: ip
      - id: destination
        size: 16
        -show: ip
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
        valid:
          min: 1
        doc: Of the whole option, in units of eight bytes.
        -check:
          length:
            from: type
            to: body
          then: _ / 8
      - id: body
        size: len * 8 - 2
        type:
          switch-on: type
          cases:
            option_type::prefix: prefix
            option_type::mtu: mtu
  prefix:
    seq:
      - id: num_bits
        type: u1
      - id: is_on_link
        type: b1
      - id: is_autonomous
        type: b1
      - id: reserved1
        type: b6
      - id: valid_lifetime
        type: u4
        doc: In seconds.
      - id: preferred_lifetime
        type: u4
        doc: In seconds.
      - id: reserved2
        type: u4
      - id: prefix
        size: 16
        -show: ip
  mtu:
    seq:
      - id: reserved
        type: u2
      - id: mtu
        type: u4
enums:
  icmpv6_type:
    1: unreachable
    2: too_big
    3: time_exceeded
    4: parameter_problem
    128: echo
    129: echo_reply
    130: listener_query
    131: listener_report
    132: listener_done
    133: router_solicitation
    134: router_advertisement
    135: neighbour_solicitation
    136: neighbour_advertisement
    137: redirect
    143: listener_report_v2
  option_type:
    1: source_link_address
    2: target_link_address
    3: prefix
    4: redirected_header
    5: mtu
    24: route
    25: dns_server
    31: dns_search
