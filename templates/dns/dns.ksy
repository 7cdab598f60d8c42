meta:
  id: dns
  title: Domain Name System message
  endian: be
  license: MIT
doc: A question or an answer, as it stands in a UDP datagram. Over TCP its length, two bytes, stands before it.
doc-ref:
  - RFC 1035
  - RFC 3596
  - RFC 6891
seq:
  - id: id
    type: u2
    doc: The same in question and answer.
  - id: is_response
    type: b1
  - id: opcode
    type: b4
    enum: opcode
  - id: is_authoritative
    type: b1
  - id: is_truncated
    type: b1
  - id: wants_recursion
    type: b1
  - id: has_recursion
    type: b1
  - id: reserved
    type: b1
  - id: is_authentic
    type: b1
  - id: checking_disabled
    type: b1
  - id: result
    type: b4
    enum: result
  - id: num_questions
    type: u2
    -check:
      count: questions
  - id: num_answers
    type: u2
    -check:
      count: answers
  - id: num_authorities
    type: u2
    -check:
      count: authorities
  - id: num_additionals
    type: u2
    -check:
      count: additionals
  - id: questions
    type: question
    repeat: expr
    repeat-expr: num_questions
  - id: answers
    type: record
    repeat: expr
    repeat-expr: num_answers
  - id: authorities
    type: record
    repeat: expr
    repeat-expr: num_authorities
  - id: additionals
    type: record
    repeat: expr
    repeat-expr: num_additionals
types:
  name:
    doc: Labels up to an empty one, or up to a pointer to where the name goes on.
    to-string: full.text
    seq:
      - id: labels
        type: 'label(_index == 0 ? "" : labels[_index - 1].text)'
        repeat: until
        repeat-until: _.len == 0 or _.is_pointer
    instances:
      full:
        type: full_name(labels.last.text)
  full_name:
    doc: All labels of a name with those that it points to. It has no bytes of its own.
    to-string: text
    params:
      - id: text
        type: str
  label:
    to-string: text
    params:
      - id: before
        type: str
    seq:
      - id: len
        type: u1
        doc: From 192 the low six bits and the next byte are the offset of the rest of the name.
        -check:
          length: label
          if: not is_pointer
      - id: low_offset
        type: u1
        if: is_pointer
      - id: label
        type: str
        size: len
        encoding: UTF-8
        if: not is_pointer
    instances:
      is_pointer:
        value: len >= 192
      rest:
        io: _root._io
        pos: (len & 0x3f) << 8 | low_offset
        type: name
        if: is_pointer
      text:
        value: 'is_pointer ? before + rest.full.text : len == 0 ? (before == "" ? "." : before) : before + label + "."'
  question:
    to-string: name.full.text
    seq:
      - id: name
        type: name
      - id: type
        type: u2
        enum: record_type
      - id: class
        type: u2
        enum: record_class
  record:
    to-string: name.full.text
    seq:
      - id: name
        type: name
      - id: type
        type: u2
        enum: record_type
      - id: class
        type: u2
        enum: record_class
        doc: Of OPT the size of the datagrams that the sender can take; in mDNS the highest bit tells others to forget what they know.
      - id: ttl
        type: u4
        doc: How many seconds it may be kept.
      - id: len_body
        type: u2
        -check:
          - if: has_names
            length: names
          - if: not has_names
            length: body
      - id: names
        doc: Bodies with names in them, which may point to anywhere in the message.
        type:
          switch-on: type
          cases:
            record_type::mx: mx
            record_type::soa: soa
            record_type::srv: srv
            _: name
        if: has_names
      - id: body
        size: len_body
        type:
          switch-on: type
          cases:
            record_type::a: address
            record_type::aaaa: address
            record_type::txt: txt
        if: not has_names
    instances:
      has_names:
        value: len_body > 0 and (type == record_type::ns or type == record_type::cname or type == record_type::ptr or type == record_type::dname or type == record_type::mx or type == record_type::soa or type == record_type::srv)
  address:
    seq:
      - id: address
        size-eos: true
        -show: ip
  mx:
    to-string: exchange.full.text
    seq:
      - id: preference
        type: u2
      - id: exchange
        type: name
  srv:
    to-string: target.full.text
    seq:
      - id: priority
        type: u2
      - id: weight
        type: u2
      - id: port
        type: u2
      - id: target
        type: name
  soa:
    seq:
      - id: server
        type: name
      - id: mailbox
        type: name
      - id: serial
        type: u4
      - id: refresh
        type: u4
      - id: retry
        type: u4
      - id: expire
        type: u4
      - id: minimum
        type: u4
  txt:
    seq:
      - id: texts
        type: character_string
        repeat: eos
  character_string:
    to-string: text
    seq:
      - id: len
        type: u1
        -check:
          length: text
      - id: text
        type: str
        size: len
        encoding: UTF-8
enums:
  opcode:
    0: query
    1: inverse_query
    2: status
    4: notify
    5: update
  result:
    0: ok
    1: format_error
    2: server_failure
    3: no_such_name
    4: not_implemented
    5: refused
  record_class:
    1: internet
    3: chaos
    4: hesiod
    254: none
    255: any
  record_type:
    1: a
    2: ns
    5: cname
    6: soa
    12: ptr
    13: hinfo
    15: mx
    16: txt
    28: aaaa
    33: srv
    35: naptr
    39: dname
    41: opt
    43: ds
    46: rrsig
    47: nsec
    48: dnskey
    50: nsec3
    52: tlsa
    64: svcb
    65: https
    251: ixfr
    252: axfr
    255: any
    257: caa
