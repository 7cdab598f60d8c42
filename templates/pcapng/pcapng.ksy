meta:
  id: pcapng
  title: Packet capture, next generation
  file-extension: [pcapng, ntar]
  license: MIT
  imports:
    - /pcap/pcap
doc: |
  Packets of several interfaces with names, times and comments, in blocks. A section begins with its own header, which tells the byte order;
  a further section lies within the block that begins it.
doc-ref: https://www.ietf.org/archive/id/draft-ietf-opsawg-pcapng-02.html
-hexlay:
  magic:
    - '0a 0d 0d 0a ?? ?? ?? ?? 4d 3c 2b 1a'
    - '0a 0d 0d 0a ?? ?? ?? ?? 1a 2b 3c 4d'
seq:
  - id: type
    contents: [0x0a, 0x0d, 0x0d, 0x0a]
  - id: section
    type: section
types:
  section:
    seq:
      - id: raw_length
        size: 4
        doc: Length of the block that begins the section, in the byte order that comes next.
      - id: order
        type: u4be
        enum: order
        valid:
          in-enum: true
      - id: content
        type: content
    instances:
      len_header:
        value: 'order == order::little ? raw_length[0] | raw_length[1] << 8 | raw_length[2] << 16 | raw_length[3] << 24 : raw_length[3] | raw_length[2] << 8 | raw_length[1] << 16 | raw_length[0] << 24'
    types:
      content:
        meta:
          endian:
            switch-on: _parent.order
            cases:
              order::little: le
              order::big: be
        seq:
          - id: version_major
            type: u2
          - id: version_minor
            type: u2
          - id: len_section
            type: s8
            doc: Of the blocks, or -1.
          - id: options
            size: _parent.len_header - 28
            type: options
          - id: len_again
            type: u4
            -check:
              value: _parent.len_header
          - id: blocks
            type: block
            repeat: eos
        types:
          block:
            seq:
              - id: type
                type: u4
                enum: block_type
              - id: section
                type: section
                if: type == block_type::section
              - id: len_block
                type: u4
                if: type != block_type::section
                -check:
                  length:
                    from: type
                    to: len_again
              - id: body
                size: len_block - 12
                if: type != block_type::section
                type:
                  switch-on: type
                  cases:
                    block_type::interface: interface
                    block_type::packet: packet
                    block_type::simple_packet: simple_packet
                    block_type::names: names
                    block_type::statistics: statistics
                    block_type::secrets: secrets
              - id: len_again
                type: u4
                if: type != block_type::section
                -check:
                  value: len_block
          interface:
            seq:
              - id: link_type
                type: u2
                enum: pcap::link_type
              - id: reserved
                type: u2
              - id: len_most
                type: u4
                doc: Longer packets are cut; 0 is no limit.
              - id: options
                type: options
          packet:
            seq:
              - id: interface_id
                type: u4
                doc: The number of the interface, from 0.
              - id: time_high
                type: u4
              - id: time_low
                type: u4
                doc: In the unit of the interface, most often microseconds, since 1970-01-01 UTC.
              - id: len_captured
                type: u4
                -check:
                  length: data
              - id: len_original
                type: u4
              - id: data
                size: len_captured
                type: pcap::packet_data(link_type)
              - id: padding
                size: -len_captured % 4
              - id: options
                type: options
                if: not _io.eof
            instances:
              time:
                value: time_high << 32 | time_low
              link_type:
                value: 'interface_id < _parent._parent.blocks.size and _parent._parent.blocks[interface_id].type == block_type::interface ? _parent._parent.blocks[interface_id].body.as<interface>.link_type.to_i : 0xffff'
                doc: Known where the blocks of the interfaces come first, as programs write them.
          simple_packet:
            seq:
              - id: len_original
                type: u4
              - id: data
                size: 'len_original < _io.size - 4 ? len_original : _io.size - 4'
                type: pcap::packet_data(link_type)
              - id: padding
                size-eos: true
            instances:
              link_type:
                value: '_parent._parent.blocks[0].type == block_type::interface ? _parent._parent.blocks[0].body.as<interface>.link_type.to_i : 0xffff'
          names:
            seq:
              - id: records
                type: name_record
                repeat: until
                repeat-until: _.type == name_type::end or _io.eof
              - id: options
                type: options
                if: not _io.eof
          name_record:
            seq:
              - id: type
                type: u2
                enum: name_type
              - id: len_value
                type: u2
                -check:
                  length: value
              - id: value
                size: len_value
              - id: padding
                size: -len_value % 4
          statistics:
            seq:
              - id: interface_id
                type: u4
              - id: time_high
                type: u4
              - id: time_low
                type: u4
              - id: options
                type: options
          secrets:
            seq:
              - id: type
                type: u4
                enum: secrets_type
              - id: len_secrets
                type: u4
                -check:
                  length: secrets
              - id: secrets
                size: len_secrets
              - id: padding
                size: -len_secrets % 4
              - id: options
                type: options
                if: not _io.eof
          options:
            seq:
              - id: options
                type: option
                repeat: eos
          option:
            seq:
              - id: code
                type: u2
                doc: 0 ends the list, 1 is a comment; the others mean different things in each block.
              - id: len_value
                type: u2
                -check:
                  length: value
              - id: value
                size: len_value
              - id: padding
                size: '-len_value % 4 < _io.size - _io.pos ? -len_value % 4 : _io.size - _io.pos'
enums:
  order:
    0x4d3c2b1a: little
    0x1a2b3c4d: big
  block_type:
    0x00000001: interface
    0x00000002: packet_obsolete
    0x00000003: simple_packet
    0x00000004: names
    0x00000005: statistics
    0x00000006: packet
    0x0000000a: secrets
    0x0a0d0d0a: section
    0x00000bad: custom
    0x40000bad: custom_not_copied
  name_type:
    0: end
    1: ipv4
    2: ipv6
    3: eui48
    4: eui64
  secrets_type:
    0x544c534b: tls_key_log
    0x57474b4c: wireguard_key_log
