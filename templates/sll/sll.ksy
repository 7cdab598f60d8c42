meta:
  id: sll
  title: Linux cooked capture
  endian: be
  license: MIT
  imports:
    - /arp/arp
    - /ethernet/ethernet
    - /ipv4/ipv4
    - /ipv6/ipv6
    - /vlan/vlan
doc: The header that Linux makes up where packets are captured from all interfaces, or from one without a link layer (LINKTYPE_LINUX_SLL).
doc-ref: https://www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html
seq:
  - id: direction
    type: u2
    enum: direction
  - id: device_type
    type: u2
    doc: ARPHRD_… of Linux; 1 is Ethernet, 772 the loopback.
  - id: len_address
    type: u2
  - id: address
    size: 8
    doc: Of the sender, filled up at its end.
  - id: type
    type: u2
    enum: ethernet::ether_type
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
enums:
  direction:
    0: to_us
    1: broadcast
    2: multicast
    3: to_other
    4: from_us
