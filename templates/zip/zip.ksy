meta:
  id: zip
  title: ZIP archive
  file-extension: [zip, jar, apk, docx, xlsx, pptx, odt, epub, whl]
  xref:
    mime: application/zip
  endian: le
  bit-endian: le
  license: MIT
doc: |
  Files, each behind a header of its own, then a directory of them all, then a record that tells where the directory is. A reader begins
  at the end: what the headers before the files say may be incomplete.
doc-ref: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
-hexlay:
  magic:
    - '50 4b 03 04'
    - '50 4b 05 06'
    - '50 4b 30 30 50 4b 03 04'
instances:
  end_search:
    pos: 0
    type: end_probe(_io.size - 22 - _index)
    repeat: until
    repeat-until: _.signature == 0x06054b50 or _index == 65535 or _.at == 0
    doc: A comment may stand at the very end, so the end record is looked for backwards. It is behind the last of these.
  ofs_end:
    value: end_search.last.at
  end:
    pos: ofs_end
    type: end
  zip64_locator:
    pos: ofs_end - 20
    type: zip64_locator
    if: ofs_end >= 20 and end.needs_zip64
  zip64_end:
    pos: zip64_locator.ofs_end
    type: zip64_end
    if: ofs_end >= 20 and end.needs_zip64
  ofs_directory:
    value: 'end.needs_zip64 and ofs_end >= 20 ? zip64_end.ofs_directory : end.ofs_directory'
  len_directory:
    value: 'end.needs_zip64 and ofs_end >= 20 ? zip64_end.len_directory : end.len_directory'
  directory:
    pos: ofs_directory
    size: len_directory
    type: directory
types:
  end_probe:
    params:
      - id: at
        type: s8
    instances:
      signature:
        pos: at
        type: u4
  end:
    doc: The record at the end of the archive.
    seq:
      - id: signature
        contents: [PK, 5, 6]
      - id: disk
        type: u2
      - id: disk_of_directory
        type: u2
      - id: num_entries_here
        type: u2
      - id: num_entries
        type: u2
        -check:
          count: _root.directory.entries
          if: num_entries != 0xffff
      - id: len_directory
        type: u4
        -check:
          length: _root.directory
          if: len_directory != 0xffffffff
      - id: ofs_directory
        type: u4
      - id: len_comment
        type: u2
        -check:
          length: comment
      - id: comment
        type: str
        size: len_comment
        encoding: UTF-8
    instances:
      needs_zip64:
        value: num_entries == 0xffff or len_directory == 0xffffffff or ofs_directory == 0xffffffff
  zip64_locator:
    seq:
      - id: signature
        contents: [PK, 6, 7]
      - id: disk
        type: u4
      - id: ofs_end
        type: u8
      - id: num_disks
        type: u4
  zip64_end:
    seq:
      - id: signature
        contents: [PK, 6, 6]
      - id: len_record
        type: u8
        doc: Of what follows.
        -check:
          length:
            from: version_made_by
            to: extra
      - id: version_made_by
        type: u2
      - id: version_needed
        type: u2
      - id: disk
        type: u4
      - id: disk_of_directory
        type: u4
      - id: num_entries_here
        type: u8
      - id: num_entries
        type: u8
        -check:
          count: _root.directory.entries
      - id: len_directory
        type: u8
        -check:
          length: _root.directory
      - id: ofs_directory
        type: u8
      - id: extra
        size: len_record - 44
  directory:
    seq:
      - id: entries
        type: entry
        repeat: eos
  flags:
    seq:
      - id: is_encrypted
        type: b1
      - id: method_option
        type: b2
      - id: has_descriptor
        type: b1
        doc: CRC and sizes stand behind the data, for the writer did not know them before.
      - id: enhanced_deflate
        type: b1
      - id: is_patch
        type: b1
      - id: strong_encryption
        type: b1
      - id: unused
        type: b4
      - id: is_utf8
        type: b1
        doc: Name and comment are UTF-8.
      - id: reserved
        type: b1
      - id: is_masked
        type: b1
      - id: reserved2
        type: b2
  dos_time:
    doc: Local time, in steps of two seconds.
    to-string: '(1980 + year).to_s + "-" + (month < 10 ? "0" : "") + month.to_s + "-" + (day < 10 ? "0" : "") + day.to_s + " " + (hour < 10 ? "0" : "") + hour.to_s + ":" + (minute < 10 ? "0" : "") + minute.to_s + ":" + (half_second < 5 ? "0" : "") + (half_second * 2).to_s'
    seq:
      - id: half_second
        type: b5
        doc: Times two.
      - id: minute
        type: b6
      - id: hour
        type: b5
      - id: day
        type: b5
      - id: month
        type: b4
      - id: year
        type: b7
        doc: Since 1980.
  entry:
    doc: An entry of the directory.
    to-string: name
    seq:
      - id: signature
        contents: [PK, 1, 2]
      - id: version_made_by
        type: u1
        doc: Times ten.
      - id: system
        type: u1
        enum: system
      - id: version_needed
        type: u2
      - id: flags
        size: 2
        type: flags
      - id: method
        type: u2
        enum: method
      - id: modified
        size: 4
        type: dos_time
      - id: crc
        type: u4
        doc: Of the file before it was compressed.
        -check:
          - if: method == method::stored and not flags.is_encrypted
            algorithm: crc-32
            over: local.body
          - if: method == method::deflate and not flags.is_encrypted
            algorithm: crc-32
            over:
              field: local.body
              process: deflate
      - id: len_packed
        type: u4
        -check:
          length: local.body
          if: len_packed != 0xffffffff
      - id: len_data
        type: u4
        -check:
          length:
            field: local.body
            process: deflate
          if: len_data != 0xffffffff and method == method::deflate and not flags.is_encrypted
      - id: len_name
        type: u2
        -check:
          length: name
      - id: len_extra
        type: u2
        -check:
          length: extra
      - id: len_comment
        type: u2
        -check:
          length: comment
      - id: disk
        type: u2
      - id: internal_attributes
        type: u2
        doc: Bit 0 says that the file seems to be text.
      - id: external_attributes
        type: u4
        doc: Of the system; under unix the mode is in the high half.
      - id: ofs_local
        type: u4
        doc: Where the local header begins.
      - id: name
        type: str
        size: len_name
        encoding: UTF-8
      - id: extra
        size: len_extra
        type: extras(len_data == 0xffffffff, len_packed == 0xffffffff, ofs_local == 0xffffffff)
      - id: comment
        type: str
        size: len_comment
        encoding: UTF-8
    instances:
      len_packed_true:
        value: 'len_packed == 0xffffffff and extra.zip64_at >= 0 ? extra.fields[extra.zip64_at].body.as<zip64_extra>.len_packed : len_packed'
      ofs_local_true:
        value: 'ofs_local == 0xffffffff and extra.zip64_at >= 0 ? extra.fields[extra.zip64_at].body.as<zip64_extra>.ofs_local : ofs_local'
      local:
        io: _root._io
        pos: ofs_local_true
        type: local_file(len_packed_true)
        doc: The header before the file, and the file.
  local_file:
    params:
      - id: len_body
        type: u8
    seq:
      - id: signature
        contents: [PK, 3, 4]
      - id: version_needed
        type: u2
      - id: flags
        size: 2
        type: flags
      - id: method
        type: u2
        enum: method
      - id: modified
        size: 4
        type: dos_time
      - id: crc
        type: u4
        -check:
          - if: method == method::stored and not flags.is_encrypted and not flags.has_descriptor
            algorithm: crc-32
            over: body
          - if: method == method::deflate and not flags.is_encrypted and not flags.has_descriptor
            algorithm: crc-32
            over:
              field: body
              process: deflate
      - id: len_packed
        type: u4
        -check:
          length: body
          if: len_packed != 0xffffffff and not flags.has_descriptor
      - id: len_data
        type: u4
      - id: len_name
        type: u2
        -check:
          length: name
      - id: len_extra
        type: u2
        -check:
          length: extra
      - id: name
        type: str
        size: len_name
        encoding: UTF-8
      - id: extra
        size: len_extra
        type: extras(len_data == 0xffffffff, len_packed == 0xffffffff, false)
      - id: body
        size: len_body
        doc: The file, compressed as method tells.
      - id: descriptor
        type: descriptor
        if: flags.has_descriptor
  descriptor:
    seq:
      - id: signature
        contents: [PK, 7, 8]
      - id: crc
        type: u4
      - id: len_packed
        type: u4
      - id: len_data
        type: u4
  extras:
    params:
      - id: wants_len_data
        type: bool
      - id: wants_len_packed
        type: bool
      - id: wants_ofs_local
        type: bool
    seq:
      - id: fields
        type: extra(wants_len_data, wants_len_packed, wants_ofs_local)
        repeat: eos
    instances:
      zip64_at:
        value: 'fields.size > 0 and fields[0].id == extra_id::zip64 ? 0 : fields.size > 1 and fields[1].id == extra_id::zip64 ? 1 : fields.size > 2 and fields[2].id == extra_id::zip64 ? 2 : -1'
        doc: Which of the fields has the long sizes; writers put it first.
  extra:
    params:
      - id: wants_len_data
        type: bool
      - id: wants_len_packed
        type: bool
      - id: wants_ofs_local
        type: bool
    seq:
      - id: id
        type: u2
        enum: extra_id
      - id: len_body
        type: u2
        -check:
          length: body
      - id: body
        size: len_body
        type:
          switch-on: id
          cases:
            extra_id::zip64: zip64_extra(wants_len_data, wants_len_packed, wants_ofs_local)
            extra_id::timestamps: timestamps
            extra_id::unix_ids: unix_ids
  zip64_extra:
    doc: The sizes that have 0xffffffff in the header, and only those.
    params:
      - id: wants_len_data
        type: bool
      - id: wants_len_packed
        type: bool
      - id: wants_ofs_local
        type: bool
    seq:
      - id: len_data
        type: u8
        if: wants_len_data
      - id: len_packed
        type: u8
        if: wants_len_packed
      - id: ofs_local
        type: u8
        if: wants_ofs_local
  timestamps:
    doc: In seconds since 1970-01-01 UTC. The directory has only the first one.
    seq:
      - id: has_modified
        type: b1
      - id: has_accessed
        type: b1
      - id: has_created
        type: b1
      - id: reserved
        type: b5
      - id: modified
        type: u4
        -show: time
        if: has_modified and not _io.eof
      - id: accessed
        type: u4
        -show: time
        if: has_accessed and not _io.eof
      - id: created
        type: u4
        -show: time
        if: has_created and not _io.eof
  unix_ids:
    seq:
      - id: version
        type: u1
      - id: len_uid
        type: u1
      - id: uid
        size: len_uid
      - id: len_gid
        type: u1
      - id: gid
        size: len_gid
enums:
  method:
    0: stored
    1: shrunk
    6: imploded
    8: deflate
    9: deflate64
    12: bzip2
    14: lzma
    93: zstd
    95: xz
    98: ppmd
    99: aes
  system:
    0: fat
    3: unix
    10: ntfs
    14: vfat
    19: macos
  extra_id:
    0x0001: zip64
    0x000a: ntfs
    0x5455: timestamps
    0x5855: unix_old
    0x7855: unix_16
    0x7875: unix_ids
    0x9901: aes
    0xcafe: jar
