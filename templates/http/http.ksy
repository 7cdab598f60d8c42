meta:
  id: http
  title: HTTP/1 message
  license: MIT
doc: A request or an answer, its first line, header lines and all that follows.
doc-ref: RFC 9112
-hexlay:
  magic:
    - '48 54 54 50 2f 31 2e ?? 20'
    - '47 45 54 20 2f'
    - '50 4f 53 54 20 2f'
    - '48 45 41 44 20 2f'
    - '50 55 54 20 2f'
seq:
  - id: start
    type: str
    terminator: 0x0d
    encoding: ISO-8859-1
    doc: Method, target and version, or version, status and reason.
  - id: line_feed
    contents: [0x0a]
  - id: headers
    type: header_line
    repeat: until
    repeat-until: _.line.is_blank
  - id: body
    size-eos: true
types:
  header_line:
    to-string: 'line.is_blank ? "" : line.name + ":" + line.value'
    seq:
      - id: line
        type: header
        terminator: 0x0d
      - id: line_feed
        contents: [0x0a]
  header:
    seq:
      - id: name
        type: str
        terminator: 0x3a
        encoding: ISO-8859-1
        eos-error: false
        if: not _io.eof
      - id: value
        type: str
        size-eos: true
        encoding: ISO-8859-1
        if: not is_blank
    instances:
      is_blank:
        value: _io.size == 0
