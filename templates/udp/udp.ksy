meta:
  id: udp
  title: User Datagram Protocol
  endian: be
  license: MIT
  imports:
    - /dhcp/dhcp
    - /dns/dns
doc-ref: RFC 768
params:
  - id: src
    doc: The address of the sender, for the checksum.
  - id: dst
seq:
  - id: src_port
    type: u2
  - id: dst_port
    type: u2
  - id: len
    type: u2
    doc: Of header and payload; 0 where it does not fit in 16 bits.
    -check:
      length:
        from: src_port
        to: payload
      if: len != 0
  - id: checksum
    type: u2
    doc: Over a pseudo header of addresses, protocol and length, and the datagram; 0 is none.
    -check:
      algorithm: internet
      over:
        - value: src
        - value: dst
        - value: 17
          type: u2be
        - value: 'len != 0 ? len : _io.size'
          type: u4be
        - from: src_port
          to: payload
      zero: true
      then: '_ == 0 ? 0xffff : _'
      if: checksum != 0
  - id: payload
    size: 'len >= 8 ? len - 8 : _io.size - 8'
    type:
      switch-on: 'src_port < dst_port ? src_port : dst_port'
      cases:
        53: dns
        67: dhcp
        68: dhcp
        5353: dns
        5355: dns
