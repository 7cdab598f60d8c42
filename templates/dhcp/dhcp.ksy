meta:
  id: dhcp
  title: Dynamic Host Configuration Protocol
  endian: be
  license: MIT
doc-ref:
  - RFC 2131
  - RFC 2132
seq:
  - id: operation
    type: u1
    enum: operation
  - id: hardware_type
    type: u1
    doc: 1 is Ethernet.
  - id: len_hardware
    type: u1
  - id: hops
    type: u1
  - id: transaction
    type: u4
    doc: The same in question and answer.
  - id: seconds
    type: u2
    doc: Since the client began.
  - id: is_broadcast
    type: b1
  - id: reserved
    type: b15
  - id: client
    size: 4
    -show: ip
    -orig-id: ciaddr
  - id: yours
    size: 4
    -show: ip
    -orig-id: yiaddr
    doc: The address that the client gets.
  - id: server
    size: 4
    -show: ip
    -orig-id: siaddr
  - id: relay
    size: 4
    -show: ip
    -orig-id: giaddr
  - id: hardware
    size: 16
    doc: The link address of the client, filled up at its end.
    -orig-id: chaddr
  - id: server_name
    type: strz
    size: 64
    encoding: ASCII
  - id: boot_file
    type: strz
    size: 128
    encoding: ASCII
  - id: cookie
    contents: [99, 130, 83, 99]
  - id: options
    type: option
    repeat: until
    repeat-until: _.code == option_code::end or _io.eof
  - id: padding
    size-eos: true
    if: not _io.eof
types:
  option:
    seq:
      - id: code
        type: u1
        enum: option_code
      - id: len_body
        type: u1
        if: has_body
        -check:
          length: body
      - id: body
        size: len_body
        if: has_body
        type:
          switch-on: code
          cases:
            option_code::subnet_mask: addresses
            option_code::routers: addresses
            option_code::dns_servers: addresses
            option_code::broadcast: addresses
            option_code::ntp_servers: addresses
            option_code::requested_address: addresses
            option_code::server_identifier: addresses
            option_code::lease_time: seconds
            option_code::renewal_time: seconds
            option_code::rebinding_time: seconds
            option_code::host_name: text
            option_code::domain_name: text
            option_code::message: text
            option_code::vendor_class: text
            option_code::message_type: message_type
            option_code::parameters: parameters
    instances:
      has_body:
        value: code != option_code::pad and code != option_code::end
  addresses:
    seq:
      - id: addresses
        size: 4
        -show: ip
        repeat: eos
  seconds:
    seq:
      - id: seconds
        type: u4
  text:
    to-string: text
    seq:
      - id: text
        type: str
        size-eos: true
        encoding: ASCII
  message_type:
    seq:
      - id: type
        type: u1
        enum: message_type
  parameters:
    seq:
      - id: codes
        type: u1
        enum: option_code
        repeat: eos
enums:
  operation:
    1: request
    2: reply
  message_type:
    1: discover
    2: offer
    3: request
    4: decline
    5: ack
    6: nak
    7: release
    8: inform
  option_code:
    0: pad
    1: subnet_mask
    2: time_offset
    3: routers
    4: time_servers
    6: dns_servers
    12: host_name
    15: domain_name
    26: interface_mtu
    28: broadcast
    33: static_routes
    42: ntp_servers
    43: vendor_specific
    50: requested_address
    51: lease_time
    52: overload
    53: message_type
    54: server_identifier
    55: parameters
    56: message
    57: max_message
    58: renewal_time
    59: rebinding_time
    60: vendor_class
    61: client_identifier
    66: tftp_server
    67: boot_file
    81: client_name
    82: relay_information
    119: domain_search
    121: classless_routes
    255: end
