meta:
  id: sll2
  title: Linux cooked capture, version 2
  endian: be
  license: MIT
  imports:
    - /arp/arp
    - /ethernet/ethernet
    - /ipv4/ipv4
    - /ipv6/ipv6
    - /sll/sll
    - /vlan/vlan
doc: As version 1, with the number of the interface (LINKTYPE_LINUX_SLL2).
doc-ref: https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html
seq:
  - id: type
    type: u2
    enum: ethernet::ether_type
  - id: reserved
    type: u2
  - id: interface
    type: u4
  - id: device_type
    type: u2
    doc: ARPHRD_… of Linux; 1 is Ethernet, 772 the loopback.
  - id: direction
    type: u1
    enum: sll::direction
  - id: len_address
    type: u1
  - id: address
    size: 8
    doc: Of the sender, filled up at its end.
  - id: body
    size-eos: true
    type:
      switch-on: type.to_i
      cases:
          0x0800: ipv4
          0x0806: arp
          0x8100: vlan
          0x86dd: ipv6
          0x88a8: vlan
          0x9100: vlan
