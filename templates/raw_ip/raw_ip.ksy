meta:
  id: raw_ip
  title: IP without a link layer
  endian: be
  license: MIT
  imports:
    - /ipv4/ipv4
    - /ipv6/ipv6
doc: A packet whose first four bits tell the version (LINKTYPE_RAW).
doc-ref: https://www.tcpdump.org/linktypes/LINKTYPE_RAW.html
seq:
  - id: packet
    size-eos: true
    type:
      switch-on: first_byte >> 4
      cases:
        4: ipv4
        6: ipv6
instances:
  first_byte:
    pos: 0
    type: u1
