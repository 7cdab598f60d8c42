meta:
  id: message
  title: Messages of the tour's protocol
  endian: be
doc: |
  The small protocol of hexlay's tour: a header of seven bytes, a payload, and a CRC-16 over both. Messages follow each other
  without anything between them.
-hexlay:
  magic:
    - '01 00 01 00 00'
    - '01 00 10 00 00 00 08'
    - '01 00 20 00 00'
    - '01 00 ff 00 00'
seq:
  - id: messages
    type: message
    repeat: eos
types:
  message:
    to-string: '"message of type " + type.to_i.to_s + ", " + len_payload.to_s + " bytes"'
    seq:
      - id: version
        type: u1
        valid: 1
      - id: type
        type: u2
        enum: message_type
      - id: len_payload
        type: u4
        doc: Length of the payload in bytes.
        -check:
          length: payload
      - id: payload
        size: len_payload
        type:
          switch-on: type
          cases:
            message_type::hello: text
            message_type::climate: climate
            message_type::text: text
            message_type::bye: text
      - id: crc
        type: u2
        doc: CRC-16 with the reflected polynomial 0xA001 and the start value 0xFFFF, over all before it.
        -check:
          algorithm: crc-16/modbus
          over:
            from: version
            to: payload
  text:
    to-string: text
    seq:
      - id: text
        type: str
        encoding: UTF-8
        size-eos: true
  climate:
    seq:
      - id: temperature
        type: f4
        doc: In degrees Celsius.
      - id: humidity
        type: f4
        doc: Relative, in percent.
enums:
  message_type:
    0x0001: hello
    0x0010:
      id: climate
      doc: What the station measures.
    0x0020: text
    0x00ff: bye
