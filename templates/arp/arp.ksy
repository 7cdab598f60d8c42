meta:
  id: arp
  title: Address Resolution Protocol
  endian: be
  license: MIT
doc: Asks who has an address of the network layer, and answers with one of the link layer.
doc-ref: RFC 826
seq:
  - id: hardware_type
    type: u2
    doc: 1 is Ethernet.
  - id: protocol_type
    type: u2
    doc: As the type of an Ethernet frame; 0x0800 is IPv4.
  - id: len_hardware
    type: u1
    -check:
      length: sender_hardware
  - id: len_protocol
    type: u1
    -check:
      length: sender_protocol
  - id: operation
    type: u2
    enum: operation
  - id: sender_hardware
    size: len_hardware
    -show: mac
  - id: sender_protocol
    size: len_protocol
    -show: ip
  - id: target_hardware
    size: len_hardware
    -show: mac
  - id: target_protocol
    size: len_protocol
    -show: ip
enums:
  operation:
    1: request
    2: reply
    3: reverse_request
    4: reverse_reply
    8: inverse_request
    9: inverse_reply
