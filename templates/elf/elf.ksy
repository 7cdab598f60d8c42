meta:
  id: elf
  title: Executable and Linkable Format
  file-extension: [elf, so, o, ko]
  license: MIT
doc: |
  Programs, libraries and object files of unix systems, 32 and 64 bits wide, in both byte orders. A program header tells what is loaded where;
  a section header, what linkers and debuggers want to know.
doc-ref:
  - https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
  - https://refspecs.linuxfoundation.org/elf/elf.pdf
-hexlay:
  magic: '7f 45 4c 46'
seq:
  - id: magic
    contents: [0x7f, ELF]
  - id: class
    type: u1
    enum: class
    valid:
      in-enum: true
    -orig-id: EI_CLASS
    doc: How wide addresses are.
  - id: order
    type: u1
    enum: order
    valid:
      in-enum: true
    -orig-id: EI_DATA
    doc: The byte order of all that follows.
  - id: ident_version
    type: u1
    valid: 1
    -orig-id: EI_VERSION
  - id: abi
    type: u1
    enum: abi
    -orig-id: EI_OSABI
  - id: abi_version
    type: u1
  - id: padding
    size: 7
  - id: file
    type: file
instances:
  is_64:
    value: class == class::elf64
types:
  file:
    meta:
      endian:
        switch-on: _root.order
        cases:
          order::little: le
          order::big: be
    seq:
      - id: type
        type: u2
        enum: file_type
        -orig-id: e_type
      - id: machine
        type: u2
        enum: machine
        -orig-id: e_machine
      - id: version
        type: u4
        -orig-id: e_version
      - id: entry
        type:
          switch-on: _root.class
          cases:
            class::elf32: u4
            class::elf64: u8
        -orig-id: e_entry
        doc: Where the program starts, an address in memory.
      - id: ofs_program_headers
        type:
          switch-on: _root.class
          cases:
            class::elf32: u4
            class::elf64: u8
        -orig-id: e_phoff
      - id: ofs_sections
        type:
          switch-on: _root.class
          cases:
            class::elf32: u4
            class::elf64: u8
        -orig-id: e_shoff
      - id: flags
        type: u4
        -orig-id: e_flags
        doc: Of the machine.
      - id: len_header
        type: u2
        -orig-id: e_ehsize
        -check:
          value: '_root.is_64 ? 64 : 52'
      - id: len_program_header
        type: u2
        -orig-id: e_phentsize
      - id: num_program_headers
        type: u2
        -orig-id: e_phnum
      - id: len_section
        type: u2
        -orig-id: e_shentsize
      - id: num_sections
        type: u2
        -orig-id: e_shnum
      - id: section_of_names
        type: u2
        -orig-id: e_shstrndx
        doc: The number of the section that holds the names of sections.
    instances:
      program_headers:
        pos: ofs_program_headers
        type: program_header
        size: len_program_header
        repeat: expr
        repeat-expr: num_program_headers
        if: ofs_program_headers != 0
      sections:
        pos: ofs_sections
        type: section
        size: len_section
        repeat: expr
        repeat-expr: num_sections
        if: ofs_sections != 0
    types:
      program_header:
        seq:
          - id: type
            type: u4
            enum: segment_type
            -orig-id: p_type
          - id: flags64
            type: segment_flags
            size: 4
            if: _root.is_64
            -orig-id: p_flags
          - id: offset
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: p_offset
            doc: Where the segment is in the file.
          - id: address
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: p_vaddr
          - id: physical_address
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: p_paddr
          - id: len_file
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: p_filesz
          - id: len_memory
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: p_memsz
            doc: What is longer than in the file is filled with zeros.
          - id: flags32
            type: segment_flags
            size: 4
            if: not _root.is_64
            -orig-id: p_flags
          - id: alignment
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: p_align
        instances:
          interpreter:
            io: _root._io
            pos: offset
            type: strz
            size: len_file
            encoding: UTF-8
            if: type == segment_type::interpreter
            doc: The program that loads this one.
      segment_flags:
        seq:
          - id: value
            type: u4
        instances:
          is_executable:
            value: value & 1 != 0
          is_writable:
            value: value & 2 != 0
          is_readable:
            value: value & 4 != 0
        to-string: '(value & 4 != 0 ? "r" : "-") + (value & 2 != 0 ? "w" : "-") + (value & 1 != 0 ? "x" : "-")'
      section:
        to-string: name
        seq:
          - id: ofs_name
            type: u4
            -orig-id: sh_name
          - id: type
            type: u4
            enum: section_type
            -orig-id: sh_type
          - id: flags
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: sh_flags
            doc: 1 writable, 2 in memory, 4 executable, 16 may be merged, 32 strings, 1024 thread-local.
          - id: address
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: sh_addr
          - id: offset
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: sh_offset
          - id: len_body
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: sh_size
          - id: link
            type: u4
            -orig-id: sh_link
            doc: Another section, which one depends on the type; of symbols the one with their names.
          - id: info
            type: u4
            -orig-id: sh_info
          - id: alignment
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: sh_addralign
          - id: len_entry
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            -orig-id: sh_entsize
        instances:
          name:
            io: _root._io
            pos: _root.file.sections[_root.file.section_of_names].offset + ofs_name
            type: strz
            encoding: UTF-8
            eos-error: false
          body:
            io: _root._io
            pos: offset
            size: len_body
            type:
              switch-on: type
              cases:
                section_type::strings: strings
                section_type::symbols: symbols(link)
                section_type::dynamic_symbols: symbols(link)
                section_type::dynamic: dynamic(link)
                section_type::rela: relocations(true)
                section_type::rel: relocations(false)
                section_type::note: notes
            if: type != section_type::nobits and type != section_type::none and len_body > 0
      strings:
        seq:
          - id: strings
            type: strz
            encoding: UTF-8
            eos-error: false
            repeat: eos
      symbols:
        params:
          - id: link
            type: u4
        seq:
          - id: symbols
            type: symbol(link)
            size: '_root.is_64 ? 24 : 16'
            repeat: eos
      symbol:
        to-string: name
        params:
          - id: link
            type: u4
        seq:
          - id: ofs_name
            type: u4
            -orig-id: st_name
          - id: value32
            type: u4
            if: not _root.is_64
            -orig-id: st_value
          - id: len32
            type: u4
            if: not _root.is_64
            -orig-id: st_size
          - id: binding
            type: b4
            enum: binding
          - id: type
            type: b4
            enum: symbol_type
          - id: other
            type: u1
            doc: The low two bits are the visibility.
          - id: section
            type: u2
            doc: The number of the section that it belongs to; 0 is undefined, 0xfff1 absolute, 0xfff2 common.
            -orig-id: st_shndx
          - id: value64
            type: u8
            if: _root.is_64
            -orig-id: st_value
          - id: len64
            type: u8
            if: _root.is_64
            -orig-id: st_size
        instances:
          value:
            value: '_root.is_64 ? value64 : value32'
          name:
            io: _root._io
            pos: _root.file.sections[link].offset + ofs_name
            type: strz
            encoding: UTF-8
            eos-error: false
            if: ofs_name != 0
      dynamic:
        params:
          - id: link
            type: u4
        seq:
          - id: entries
            type: dynamic_entry(link)
            size: '_root.is_64 ? 16 : 8'
            repeat: eos
      dynamic_entry:
        params:
          - id: link
            type: u4
        seq:
          - id: tag32
            type: u4
            enum: dynamic_tag
            if: not _root.is_64
          - id: tag64
            type: u8
            enum: dynamic_tag
            if: _root.is_64
          - id: value
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
        instances:
          tag:
            value: '_root.is_64 ? tag64.to_i : tag32.to_i'
            enum: dynamic_tag
          text:
            io: _root._io
            pos: _root.file.sections[link].offset + value
            type: strz
            encoding: UTF-8
            eos-error: false
            if: tag == dynamic_tag::needed or tag == dynamic_tag::soname or tag == dynamic_tag::rpath or tag == dynamic_tag::runpath
      relocations:
        params:
          - id: has_addend
            type: bool
        seq:
          - id: relocations
            type: relocation(has_addend)
            repeat: eos
      relocation:
        params:
          - id: has_addend
            type: bool
        seq:
          - id: offset
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
          - id: info
            type:
              switch-on: _root.class
              cases:
                class::elf32: u4
                class::elf64: u8
            doc: Symbol and type; in 64 bits 32 each, in 32 bits 24 and 8.
          - id: addend
            type:
              switch-on: _root.class
              cases:
                class::elf32: s4
                class::elf64: s8
            if: has_addend
        instances:
          symbol:
            value: '_root.is_64 ? info >> 32 : info >> 8'
          type:
            value: '_root.is_64 ? info & 0xffffffff : info & 0xff'
      notes:
        seq:
          - id: notes
            type: note
            repeat: eos
      note:
        seq:
          - id: len_name
            type: u4
            -check:
              length: name
          - id: len_body
            type: u4
            -check:
              length: body
          - id: type
            type: u4
          - id: name
            type: strz
            size: len_name
            encoding: ASCII
          - id: name_padding
            size: -len_name % 4
          - id: body
            size: len_body
          - id: body_padding
            size: '-len_body % 4 < _io.size - _io.pos ? -len_body % 4 : _io.size - _io.pos'
enums:
  class:
    1: elf32
    2: elf64
  order:
    1: little
    2: big
  abi:
    0: system_v
    1: hp_ux
    2: netbsd
    3: linux
    6: solaris
    7: aix
    8: irix
    9: freebsd
    12: openbsd
    97: arm
    255: standalone
  file_type:
    0: none
    1: relocatable
    2: executable
    3: shared
    4: core
  machine:
    0: none
    2: sparc
    3: x86
    4: m68k
    8: mips
    20: powerpc
    21: powerpc64
    22: s390
    40: arm
    42: superh
    43: sparc_v9
    50: ia_64
    62: x86_64
    83: avr
    94: xtensa
    183: aarch64
    189: microblaze
    243: riscv
    247: bpf
    252: csky
    258: loongarch
  segment_type:
    0: none
    1: load
    2: dynamic
    3: interpreter
    4: note
    6: program_headers
    7: thread_local
    0x6474e550: gnu_eh_frame
    0x6474e551: gnu_stack
    0x6474e552: gnu_relro
    0x6474e553: gnu_property
  section_type:
    0: none
    1: program
    2: symbols
    3: strings
    4: rela
    5: hash
    6: dynamic
    7: note
    8: nobits
    9: rel
    11: dynamic_symbols
    14: init_array
    15: fini_array
    16: preinit_array
    17: group
    18: extended_indices
    0x6ffffff5: gnu_attributes
    0x6ffffff6: gnu_hash
    0x6ffffffd: gnu_version_defined
    0x6ffffffe: gnu_version_needed
    0x6fffffff: gnu_version
  binding:
    0: local
    1: global
    2: weak
    10: gnu_unique
  symbol_type:
    0: none
    1: object
    2: function
    3: section
    4: file
    5: common
    6: thread_local
    10: gnu_ifunc
  dynamic_tag:
    0: end
    1: needed
    2: plt_rel_size
    3: plt_got
    4: hash
    5: string_table
    6: symbol_table
    7: rela
    8: rela_size
    9: rela_entry_size
    10: string_size
    11: symbol_entry_size
    12: init
    13: fini
    14: soname
    15: rpath
    16: symbolic
    17: rel
    18: rel_size
    19: rel_entry_size
    20: plt_rel
    21: debug
    22: text_rel
    23: jump_rel
    24: bind_now
    25: init_array
    26: fini_array
    27: init_array_size
    28: fini_array_size
    29: runpath
    30: flags
    0x6ffffef5: gnu_hash
    0x6ffffff0: version_symbols
    0x6ffffff9: rela_count
    0x6ffffffb: flags_1
    0x6ffffffe: version_needed
    0x6fffffff: num_version_needed
