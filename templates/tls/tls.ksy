meta:
  id: tls
  title: TLS records
  endian: be
  license: MIT
doc: What a TLS connection sends. Handshake messages are read as long as they are not encrypted.
doc-ref:
  - RFC 8446
  - RFC 5246
-hexlay:
  magic: '16 03 0? ?? ?? 01 00'
seq:
  - id: records
    type: record
    repeat: eos
types:
  record:
    seq:
      - id: type
        type: u1
        enum: content_type
      - id: version
        type: u2
        enum: version
      - id: len
        type: u2
        -check:
          length: body
      - id: body
        size: len
        type:
          switch-on: type
          cases:
            content_type::alert: alert
            content_type::handshake: handshakes
  alert:
    seq:
      - id: level
        type: u1
        enum: alert_level
        if: not is_encrypted
      - id: description
        type: u1
        enum: alert_description
        if: not is_encrypted
      - id: encrypted
        size-eos: true
        if: is_encrypted
    instances:
      is_encrypted:
        value: _io.size != 2
  handshakes:
    seq:
      - id: messages
        type: handshake
        repeat: eos
        if: is_plain
      - id: encrypted
        size-eos: true
        if: not is_plain
    instances:
      first:
        pos: 0
        type: u4
        if: _io.size >= 4
        doc: Type and length of the first message, to tell whether they are any.
      is_plain:
        value: '_io.size < 4 ? false : first >> 24 <= 24 and (first & 0xffffff) + 4 <= 65536'
  handshake:
    seq:
      - id: type
        type: u1
        enum: handshake_type
      - id: len
        type: b24
        doc: A long message goes on in the next record.
      - id: body
        size: 'len < _io.size - _io.pos ? len : _io.size - _io.pos'
        type:
          switch-on: type
          cases:
            handshake_type::client_hello: client_hello
            handshake_type::server_hello: server_hello
            handshake_type::certificate: certificates
  client_hello:
    seq:
      - id: version
        type: u2
        enum: version
        doc: TLS 1.3 says 1.2 here and the truth in an extension.
      - id: random
        size: 32
      - id: len_session
        type: u1
        -check:
          length: session
      - id: session
        size: len_session
      - id: len_suites
        type: u2
        -check:
          length: suites
      - id: suites
        size: len_suites
        type: suites
      - id: len_compressions
        type: u1
        -check:
          length: compressions
      - id: compressions
        size: len_compressions
      - id: len_extensions
        type: u2
        if: not _io.eof
        -check:
          length: extensions
      - id: extensions
        size: len_extensions
        type: extensions
        if: not _io.eof
  server_hello:
    seq:
      - id: version
        type: u2
        enum: version
      - id: random
        size: 32
      - id: len_session
        type: u1
        -check:
          length: session
      - id: session
        size: len_session
      - id: suite
        type: u2
        enum: suite
      - id: compression
        type: u1
      - id: len_extensions
        type: u2
        if: not _io.eof
        -check:
          length: extensions
      - id: extensions
        size: len_extensions
        type: extensions
        if: not _io.eof
  suites:
    seq:
      - id: suites
        type: u2
        enum: suite
        repeat: eos
  extensions:
    seq:
      - id: extensions
        type: extension
        repeat: eos
  extension:
    seq:
      - id: type
        type: u2
        enum: extension_type
      - id: len
        type: u2
        -check:
          length: body
      - id: body
        size: len
        type:
          switch-on: type
          cases:
            extension_type::server_name: server_names
            extension_type::alpn: protocols
  server_names:
    seq:
      - id: len
        type: u2
        if: not _io.eof
      - id: names
        type: server_name
        repeat: eos
  server_name:
    to-string: name
    seq:
      - id: type
        type: u1
        doc: 0 is a host name.
      - id: len
        type: u2
        -check:
          length: name
      - id: name
        type: str
        size: len
        encoding: ASCII
  protocols:
    seq:
      - id: len
        type: u2
      - id: names
        type: protocol
        repeat: eos
  protocol:
    to-string: name
    seq:
      - id: len
        type: u1
        -check:
          length: name
      - id: name
        type: str
        size: len
        encoding: ASCII
  certificates:
    doc: As up to TLS 1.2; later ones are encrypted.
    seq:
      - id: len
        type: b24
      - id: certificates
        type: certificate
        repeat: eos
  certificate:
    seq:
      - id: len
        type: b24
      - id: certificate
        size: 'len < _io.size - _io.pos ? len : _io.size - _io.pos'
        doc: X.509 in DER.
enums:
  content_type:
    20: change_cipher_spec
    21: alert
    22: handshake
    23: application_data
    24: heartbeat
  version:
    0x0300: ssl_3
    0x0301: tls_1_0
    0x0302: tls_1_1
    0x0303: tls_1_2
    0x0304: tls_1_3
  alert_level:
    1: warning
    2: fatal
  alert_description:
    0: close_notify
    10: unexpected_message
    20: bad_record_mac
    22: record_overflow
    40: handshake_failure
    42: bad_certificate
    43: unsupported_certificate
    44: certificate_revoked
    45: certificate_expired
    46: certificate_unknown
    47: illegal_parameter
    48: unknown_ca
    50: decode_error
    51: decrypt_error
    70: protocol_version
    71: insufficient_security
    80: internal_error
    86: inappropriate_fallback
    90: user_canceled
    109: missing_extension
    112: unrecognized_name
    116: certificate_required
    120: no_application_protocol
  handshake_type:
    0: hello_request
    1: client_hello
    2: server_hello
    4: new_session_ticket
    8: encrypted_extensions
    11: certificate
    12: server_key_exchange
    13: certificate_request
    14: server_hello_done
    15: certificate_verify
    16: client_key_exchange
    20: finished
    22: certificate_status
    24: key_update
  extension_type:
    0: server_name
    1: max_fragment_length
    5: status_request
    10: supported_groups
    11: ec_point_formats
    13: signature_algorithms
    14: use_srtp
    16: alpn
    18: signed_certificate_timestamp
    21: padding
    22: encrypt_then_mac
    23: extended_master_secret
    27: compress_certificate
    35: session_ticket
    41: pre_shared_key
    42: early_data
    43: supported_versions
    44: cookie
    45: psk_key_exchange_modes
    49: post_handshake_auth
    50: signature_algorithms_cert
    51: key_share
    0xff01: renegotiation_info
  suite:
    0x000a: rsa_3des_ede_cbc_sha
    0x002f: rsa_aes_128_cbc_sha
    0x0035: rsa_aes_256_cbc_sha
    0x003c: rsa_aes_128_cbc_sha256
    0x009c: rsa_aes_128_gcm_sha256
    0x009d: rsa_aes_256_gcm_sha384
    0x00ff: empty_renegotiation_info
    0x1301: aes_128_gcm_sha256
    0x1302: aes_256_gcm_sha384
    0x1303: chacha20_poly1305_sha256
    0x5600: fallback
    0xc009: ecdhe_ecdsa_aes_128_cbc_sha
    0xc00a: ecdhe_ecdsa_aes_256_cbc_sha
    0xc013: ecdhe_rsa_aes_128_cbc_sha
    0xc014: ecdhe_rsa_aes_256_cbc_sha
    0xc02b: ecdhe_ecdsa_aes_128_gcm_sha256
    0xc02c: ecdhe_ecdsa_aes_256_gcm_sha384
    0xc02f: ecdhe_rsa_aes_128_gcm_sha256
    0xc030: ecdhe_rsa_aes_256_gcm_sha384
    0xcca8: ecdhe_rsa_chacha20_poly1305_sha256
    0xcca9: ecdhe_ecdsa_chacha20_poly1305_sha256
