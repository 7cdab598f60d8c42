meta:
  id: wav
  title: RIFF waveform audio
  file-extension: [wav, wave]
  xref:
    mime: audio/wav
  endian: le
  license: MIT
doc: Sound as a RIFF file, chunks with a name and a length, each filled up to an even one.
doc-ref:
  - https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html
  - RFC 2361
-hexlay:
  magic: '52 49 46 46 ?? ?? ?? ?? 57 41 56 45'
seq:
  - id: magic
    contents: RIFF
  - id: len_riff
    type: u4
    doc: All that follows.
    -check:
      length:
        from: form
        to: chunks
      if: len_riff != 0 and len_riff != 0xffffffff
  - id: form
    contents: WAVE
  - id: chunks
    type: chunk
    repeat: eos
types:
  chunk:
    to-string: 'id + ", " + len_body.to_s + " bytes"'
    seq:
      - id: id
        type: str
        size: 4
        encoding: ASCII
      - id: len_body
        type: u4
        -check:
          length: body
      - id: body
        size: 'len_body < _io.size - _io.pos ? len_body : _io.size - _io.pos'
        type:
          switch-on: id
          cases:
            '"fmt "': format
            '"fact"': fact
            '"LIST"': list
            '"cue "': cues
            '"smpl"': sampler
            '"bext"': broadcast
      - id: padding
        size: 1
        if: len_body % 2 == 1 and not _io.eof
  format:
    seq:
      - id: codec
        type: u2
        enum: codec
        -orig-id: wFormatTag
      - id: num_channels
        type: u2
      - id: samples_per_second
        type: u4
      - id: bytes_per_second
        type: u4
        -check:
          value: samples_per_second * block_size
          if: codec == codec::pcm or codec == codec::float
      - id: block_size
        type: u2
        doc: Bytes of one sample of all channels.
      - id: bits_per_sample
        type: u2
      - id: len_extra
        type: u2
        if: not _io.eof
      - id: extra
        size-eos: true
        type:
          switch-on: codec
          cases:
            codec::extensible: extensible
        if: not _io.eof
  extensible:
    seq:
      - id: valid_bits_per_sample
        type: u2
      - id: channel_mask
        type: u4
      - id: sub_codec
        type: u2
        enum: codec
      - id: guid
        size: 14
        doc: The rest of the GUID.
  fact:
    seq:
      - id: num_samples
        type: u4
  list:
    seq:
      - id: form
        type: str
        size: 4
        encoding: ASCII
      - id: entries
        type: entry
        repeat: eos
  entry:
    seq:
      - id: id
        type: str
        size: 4
        encoding: ASCII
      - id: len_body
        type: u4
        -check:
          length: body
      - id: body
        size: len_body
        type:
          switch-on: _parent.form
          cases:
            '"INFO"': info
      - id: padding
        size: 1
        if: len_body % 2 == 1 and not _io.eof
  info:
    to-string: text
    seq:
      - id: text
        type: strz
        encoding: ISO-8859-1
        eos-error: false
      - id: padding
        size-eos: true
  cues:
    seq:
      - id: num_cues
        type: u4
        -check:
          count: cues
      - id: cues
        type: cue
        repeat: expr
        repeat-expr: num_cues
  cue:
    seq:
      - id: id
        type: u4
      - id: position
        type: u4
      - id: chunk
        type: str
        size: 4
        encoding: ASCII
      - id: ofs_chunk
        type: u4
      - id: ofs_block
        type: u4
      - id: ofs_sample
        type: u4
  sampler:
    seq:
      - id: manufacturer
        type: u4
      - id: product
        type: u4
      - id: sample_period
        type: u4
        doc: In nanoseconds.
      - id: unity_note
        type: u4
      - id: pitch_fraction
        type: u4
      - id: smpte_format
        type: u4
      - id: smpte_offset
        type: u4
      - id: num_loops
        type: u4
        -check:
          count: loops
      - id: len_extra
        type: u4
      - id: loops
        type: loop
        repeat: expr
        repeat-expr: num_loops
      - id: extra
        size-eos: true
  loop:
    seq:
      - id: id
        type: u4
      - id: type
        type: u4
      - id: start
        type: u4
      - id: end
        type: u4
      - id: fraction
        type: u4
      - id: num_plays
        type: u4
  broadcast:
    doc: EBU Tech 3285
    seq:
      - id: description
        type: strz
        size: 256
        encoding: ASCII
      - id: originator
        type: strz
        size: 32
        encoding: ASCII
      - id: reference
        type: strz
        size: 32
        encoding: ASCII
      - id: date
        type: str
        size: 10
        encoding: ASCII
      - id: time
        type: str
        size: 8
        encoding: ASCII
      - id: time_reference
        type: u8
      - id: version
        type: u2
      - id: rest
        size-eos: true
enums:
  codec:
    0x0001: pcm
    0x0002: ms_adpcm
    0x0003: float
    0x0006: a_law
    0x0007: mu_law
    0x0011: ima_adpcm
    0x0031: gsm610
    0x0050: mpeg
    0x0055: mp3
    0xfffe: extensible
