meta:
  id: mqtt
  title: MQTT control packets
  endian: be
  license: MIT
doc: What clients and broker send each other. From version 5 on, properties stand where data or payload begins here, but in connect.
doc-ref:
  - https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/mqtt-v3.1.1.html
  - https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html
-hexlay:
  magic: '10 ?? 00 04 4d 51 54 54'
seq:
  - id: packets
    type: packet
    repeat: eos
types:
  packet:
    seq:
      - id: type
        type: b4
        enum: packet_type
      - id: duplicate
        type: b1
      - id: qos
        type: b2
        doc: 0 at most once, 1 at least once, 2 exactly once.
      - id: retain
        type: b1
      - id: len
        type: varint
        doc: Of body.
      - id: body
        size: len.value
        type:
          switch-on: type
          cases:
            packet_type::connect: connect
            packet_type::connect_ack: connect_ack
            packet_type::publish: publish(qos)
            packet_type::publish_ack: acknowledgement
            packet_type::publish_received: acknowledgement
            packet_type::publish_release: acknowledgement
            packet_type::publish_complete: acknowledgement
            packet_type::subscribe: acknowledgement
            packet_type::subscribe_ack: acknowledgement
            packet_type::unsubscribe: acknowledgement
            packet_type::unsubscribe_ack: acknowledgement
  varint:
    doc: Seven bits in each byte, the lowest first; the highest bit says that another byte follows.
    to-string: value.to_s
    seq:
      - id: groups
        type: group
        repeat: until
        repeat-until: not _.has_more or _index == 3
    instances:
      value:
        value: 'groups[0].bits + (groups.size > 1 ? groups[1].bits << 7 : 0) + (groups.size > 2 ? groups[2].bits << 14 : 0) + (groups.size > 3 ? groups[3].bits << 21 : 0)'
  group:
    seq:
      - id: has_more
        type: b1
      - id: bits
        type: b7
  text:
    to-string: text
    seq:
      - id: len
        type: u2
        -check:
          length: text
      - id: text
        type: str
        size: len
        encoding: UTF-8
  binary:
    seq:
      - id: len
        type: u2
        -check:
          length: data
      - id: data
        size: len
  properties:
    seq:
      - id: len
        type: varint
      - id: body
        size: len.value
  connect:
    seq:
      - id: protocol
        type: text
      - id: level
        type: u1
        doc: 3 is MQTT 3.1, 4 is 3.1.1, 5 is 5.
      - id: has_user
        type: b1
      - id: has_password
        type: b1
      - id: will_retain
        type: b1
      - id: will_qos
        type: b2
      - id: has_will
        type: b1
      - id: clean
        type: b1
      - id: reserved
        type: b1
      - id: keep_alive
        type: u2
        doc: In seconds.
      - id: properties
        type: properties
        if: level >= 5
      - id: client
        type: text
      - id: will_properties
        type: properties
        if: level >= 5 and has_will
      - id: will_topic
        type: text
        if: has_will
      - id: will_message
        type: binary
        if: has_will
      - id: user
        type: text
        if: has_user
      - id: password
        type: binary
        if: has_password
  connect_ack:
    seq:
      - id: reserved
        type: b7
      - id: session_present
        type: b1
      - id: result
        type: u1
        doc: 0 is accepted.
      - id: properties
        size-eos: true
  publish:
    params:
      - id: qos
        type: u1
    seq:
      - id: topic
        type: text
      - id: packet_id
        type: u2
        if: qos > 0
      - id: payload
        size-eos: true
  acknowledgement:
    seq:
      - id: packet_id
        type: u2
      - id: data
        size-eos: true
enums:
  packet_type:
    1: connect
    2: connect_ack
    3: publish
    4: publish_ack
    5: publish_received
    6: publish_release
    7: publish_complete
    8: subscribe
    9: subscribe_ack
    10: unsubscribe
    11: unsubscribe_ack
    12: ping
    13: pong
    14: disconnect
    15: authenticate
