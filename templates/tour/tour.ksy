meta:
  id: tour
  title: The tour's document
  endian: le
  imports:
    - /bmp/bmp
    - /message/message
doc: A picture, and behind it messages of a small protocol. The last one is cut short on purpose.
-hexlay:
  magic: '42 4d b6 03 00 00 00 00 00 00 36 00 00 00 28 00 00 00 15 00 00 00 0e 00 00 00'
seq:
  - id: picture
    size: len_picture
    type: bmp
  - id: messages
    type: message::message
    repeat: eos
instances:
  len_picture:
    pos: 2
    type: u4
    doc: The size that the picture's header gives.
