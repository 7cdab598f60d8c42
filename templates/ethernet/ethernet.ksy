meta:
  id: ethernet
  title: Ethernet frame
  endian: be
  license: MIT
  imports:
    - /arp/arp
    - /ipv4/ipv4
    - /ipv6/ipv6
    - /vlan/vlan
doc: An Ethernet II frame without its check sequence, as captures hold it. Below 1536 the type is a length (IEEE 802.3).
doc-ref: IEEE 802.3, RFC 894
seq:
  - id: dst
    size: 6
    -show: mac
  - id: src
    size: 6
    -show: mac
  - id: type
    type: u2
    enum: ether_type
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
  ether_type:
    0x0800: ipv4
    0x0806: arp
    0x0842: wake_on_lan
    0x22f0: avtp
    0x6003: decnet
    0x8035: rarp
    0x809b: appletalk
    0x8100: vlan
    0x8137: ipx
    0x86dd: ipv6
    0x8808: flow_control
    0x8809: slow_protocols
    0x8847: mpls
    0x8848: mpls_multicast
    0x8863: pppoe_discovery
    0x8864: pppoe_session
    0x888e: eapol
    0x8892: profinet
    0x88a4: ethercat
    0x88a8: provider_vlan
    0x88cc: lldp
    0x88e5: macsec
    0x88f7: ptp
    0x9000: loopback
    0x9100: double_vlan
