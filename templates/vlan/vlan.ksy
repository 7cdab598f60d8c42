meta:
  id: vlan
  title: VLAN tag (IEEE 802.1Q)
  endian: be
  license: MIT
  imports:
    - /arp/arp
    - /ethernet/ethernet
    - /ipv4/ipv4
    - /ipv6/ipv6
doc: What follows the type 0x8100 (or 0x88a8, an outer tag) in an Ethernet frame.
doc-ref: IEEE 802.1Q
seq:
  - id: priority
    type: b3
    -orig-id: PCP
  - id: may_drop
    type: b1
    -orig-id: DEI
  - id: vlan
    type: b12
    -orig-id: VID
    doc: 0 is only a priority, 4095 is reserved.
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
