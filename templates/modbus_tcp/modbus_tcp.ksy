meta:
  id: modbus_tcp
  title: Modbus/TCP
  endian: be
  license: MIT
doc: |
  Questions and answers of Modbus over TCP. Nothing in a message tells which of both it is; one that reads registers is taken for an answer
  where its first byte is the number of bytes that follow.
doc-ref:
  - https://modbus.org/docs/Modbus_Messaging_Implementation_Guide_V1_0b.pdf
  - https://modbus.org/docs/Modbus_Application_Protocol_V1_1b3.pdf
seq:
  - id: messages
    type: message
    repeat: eos
types:
  message:
    seq:
      - id: transaction
        type: u2
        doc: The same in question and answer.
      - id: protocol
        type: u2
        valid: 0
      - id: len
        type: u2
        doc: Of all that follows.
        -check:
          length:
            from: unit
            to: body
      - id: unit
        type: u1
      - id: is_exception
        type: b1
      - id: function
        type: b7
        enum: function
      - id: body
        size: len - 2
        type:
          switch-on: 'is_exception ? 0 : function.to_i'
          cases:
            0: exception
            1: read_bits
            2: read_bits
            3: read_registers
            4: read_registers
            5: write_single
            6: write_single
            15: write_multiple
            16: write_multiple
  exception:
    seq:
      - id: code
        type: u1
        enum: exception_code
  read_bits:
    seq:
      - id: address
        type: u2
        if: not is_answer
      - id: count
        type: u2
        if: not is_answer
      - id: len
        type: u1
        if: is_answer
        -check:
          length: bits
      - id: bits
        size-eos: true
        if: is_answer
        doc: The first one is the lowest of the first byte.
    instances:
      first:
        pos: 0
        type: u1
      is_answer:
        value: first == _io.size - 1
  read_registers:
    seq:
      - id: address
        type: u2
        if: not is_answer
      - id: count
        type: u2
        if: not is_answer
      - id: len
        type: u1
        if: is_answer
        -check:
          length: registers
      - id: registers
        type: u2
        repeat: eos
        if: is_answer
    instances:
      first:
        pos: 0
        type: u1
      is_answer:
        value: first == _io.size - 1
  write_single:
    seq:
      - id: address
        type: u2
      - id: value
        type: u2
        doc: Of a coil 0xff00 is on and 0 off.
  write_multiple:
    seq:
      - id: address
        type: u2
      - id: count
        type: u2
      - id: len
        type: u1
        if: not _io.eof
        -check:
          length: values
      - id: values
        size-eos: true
        if: not _io.eof
enums:
  function:
    1: read_coils
    2: read_discrete_inputs
    3: read_holding_registers
    4: read_input_registers
    5: write_single_coil
    6: write_single_register
    7: read_exception_status
    8: diagnostics
    15: write_multiple_coils
    16: write_multiple_registers
    17: report_server_id
    22: mask_write_register
    23: read_write_registers
    24: read_fifo_queue
    43: encapsulated
  exception_code:
    1: illegal_function
    2: illegal_address
    3: illegal_value
    4: device_failure
    5: acknowledge
    6: device_busy
    8: memory_parity
    10: gateway_unavailable
    11: gateway_no_answer
