meta:
  id: loopback
  title: BSD loopback
  license: MIT
  imports:
    - /ipv4/ipv4
    - /ipv6/ipv6
doc: |
  What BSD systems capture on the loopback interface (LINKTYPE_NULL and LINKTYPE_LOOP): the address family in the byte order of the
  machine, or big-endian, then the packet.
doc-ref: https://www.tcpdump.org/linktypes/LINKTYPE_NULL.html
seq:
  - id: raw_family
    type: u4le
  - id: body
    size-eos: true
    type:
      switch-on: family
      cases:
        family::ipv4: ipv4
        family::ipv6_netbsd: ipv6
        family::ipv6_freebsd: ipv6
        family::ipv6_darwin: ipv6
instances:
  family:
    value: 'raw_family > 0xffff ? raw_family >> 24 : raw_family'
    enum: family
enums:
  family:
    2: ipv4
    24: ipv6_netbsd
    28: ipv6_freebsd
    30: ipv6_darwin
