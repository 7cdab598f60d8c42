meta:
  id: ipv4
  title: Internet Protocol, version 4
  endian: be
  license: MIT
  imports:
    - /icmp/icmp
    - /ipv6/ipv6
    - /tcp/tcp
    - /udp/udp
doc-ref: RFC 791
seq:
  - id: version
    type: b4
    valid: 4
  - id: header_words
    type: b4
    valid:
      min: 5
    -orig-id: IHL
    doc: Length of the header in units of four bytes.
    -check:
      length:
        from: version
        to: options
      then: _ / 4
  - id: service
    type: b6
    -orig-id: DSCP
  - id: congestion
    type: b2
    -orig-id: ECN
    enum: congestion
  - id: len_total
    type: u2
    doc: Of header and body; 0 in packets that were captured before the network card cut them up.
    -check:
      length:
        from: version
        to: body
      if: len_total != 0
  - id: identification
    type: u2
  - id: reserved
    type: b1
  - id: dont_fragment
    type: b1
  - id: more_fragments
    type: b1
  - id: fragment_offset
    type: b13
    doc: In units of eight bytes.
  - id: ttl
    type: u1
    doc: How many routers may pass it on.
  - id: protocol
    type: u1
    enum: protocol
  - id: checksum
    type: u2
    doc: The Internet checksum of the header.
    -check:
      algorithm: internet
      over:
        from: version
        to: options
      zero: true
  - id: src
    size: 4
    -show: ip
  - id: dst
    size: 4
    -show: ip
  - id: options
    size: header_words * 4 - 20
    type: options
  - id: body
    size: 'len_total != 0 ? len_total - header_words * 4 : _io.size - _io.pos'
    type:
      switch-on: 'is_fragment ? -1 : protocol.to_i'
      cases:
        1: icmp
        6: tcp(src, dst)
        17: udp(src, dst)
        41: ipv6
  - id: trailer
    size-eos: true
    if: not _io.eof
    doc: What the link layer filled up the frame with.
instances:
  is_fragment:
    value: more_fragments or fragment_offset != 0
types:
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
        doc: Of the whole option.
        if: has_body
        -check:
          length:
            from: type
            to: body
      - id: body
        size: len - 2
        if: has_body
    instances:
      has_body:
        value: type != option_type::end and type != option_type::no_operation
enums:
  congestion:
    0: not_capable
    1: capable_1
    2: capable_0
    3: experienced
  option_type:
    0: end
    1: no_operation
    7: record_route
    68: timestamp
    130: security
    131: loose_source_route
    136: stream
    137: strict_source_route
    148: router_alert
  protocol:
    0: hop_by_hop
    1: icmp
    2: igmp
    4: ipv4
    6: tcp
    8: egp
    17: udp
    33: dccp
    41: ipv6
    43: ipv6_route
    44: ipv6_fragment
    46: rsvp
    47: gre
    50: esp
    51: ah
    58: icmpv6
    59: none
    60: ipv6_destination
    88: eigrp
    89: ospf
    103: pim
    112: vrrp
    115: l2tp
    132: sctp
    135: mobility
    136: udp_lite
