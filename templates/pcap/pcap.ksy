meta:
  id: pcap
  title: Packet capture (libpcap)
  file-extension: [pcap, cap, dmp]
  xref:
    mime: application/vnd.tcpdump.pcap
  license: MIT
  imports:
    - /ethernet/ethernet
    - /loopback/loopback
    - /raw_ip/raw_ip
    - /sll/sll
    - /sll2/sll2
doc: Packets as tcpdump writes them, in the byte order of the machine that captured them.
doc-ref: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html
-hexlay:
  magic:
    - 'd4 c3 b2 a1 02 00 04 00'
    - 'a1 b2 c3 d4 00 02 00 04'
    - '4d 3c b2 a1 02 00 04 00'
    - 'a1 b2 3c 4d 00 02 00 04'
seq:
  - id: magic
    type: u4be
    enum: magic
    valid:
      in-enum: true
    doc: Tells the byte order and the unit of time.
  - id: capture
    type: capture
types:
  capture:
    meta:
      endian:
        switch-on: _root.magic
        cases:
          magic::little_microseconds: le
          magic::little_nanoseconds: le
          magic::big_microseconds: be
          magic::big_nanoseconds: be
    seq:
      - id: version_major
        type: u2
      - id: version_minor
        type: u2
      - id: time_zone
        type: s4
        doc: Not used, 0.
      - id: accuracy
        type: u4
        doc: Not used, 0.
      - id: len_most
        type: u4
        -orig-id: snaplen
        doc: Longer packets are cut.
      - id: link
        type: u4
        doc: The low 28 bits are the link type, the others the length of the frame check sequence.
      - id: packets
        type: packet
        repeat: eos
    instances:
      link_type:
        value: link & 0xfffffff
        enum: link_type
    types:
      packet:
        seq:
          - id: seconds
            type: u4
            -show: time
            doc: Since 1970-01-01 UTC.
          - id: fraction
            type: u4
            doc: In microseconds or nanoseconds.
          - id: len_captured
            type: u4
            -check:
              length: data
          - id: len_original
            type: u4
            doc: On the wire.
          - id: data
            type: packet_data(_root.capture.link_type.to_i)
            size: len_captured
  packet_data:
    doc: What was captured of a packet. It is decoded when someone looks.
    params:
      - id: link_type
        type: u4
    instances:
      frame:
        pos: 0
        size-eos: true
        type:
          switch-on: link_type
          cases:
            0: loopback
            1: ethernet
            12: raw_ip
            14: raw_ip
            101: raw_ip
            108: loopback
            113: sll
            228: raw_ip
            229: raw_ip
            276: sll2
enums:
  magic:
    0xd4c3b2a1: little_microseconds
    0x4d3cb2a1: little_nanoseconds
    0xa1b2c3d4: big_microseconds
    0xa1b23c4d: big_nanoseconds
  link_type:
    0: loopback
    1: ethernet
    6: token_ring
    9: ppp
    12: raw_ip_bsd
    14: raw_ip_openbsd
    101: raw_ip
    105: ieee802_11
    108: loopback_openbsd
    113: linux_cooked
    127: radiotap
    147: user0
    187: bluetooth_h4
    189: usb_linux
    195: ieee802_15_4
    220: usb_linux_mmapped
    227: can
    228: ipv4
    229: ipv6
    249: usbpcap
    276: linux_cooked_v2
