package ksy

import (
	"strings"
	"testing"
)

// template makes a .ksy text of its parts: a meta with an id is put in front unless the text has one.
func template(body string) []byte {
	body = strings.TrimLeft(body, "\n")
	if !strings.HasPrefix(body, "meta:") && body != "" {
		body = "meta: {id: t, endian: le}\n" + body
	}
	return []byte(body)
}

// refusals has one rule a line: a template that breaks it, the path at which it is refused, and a part of the message.
var refusals = []struct{ body, path, msg string }{
	// The top of a file.
	{"", "/", "expected a map, got null"},
	{"meta: [1]", "/meta", "expected a map, got a list"},
	{"meta: {endian: le}", "/meta", "no meta/id"},
	{"meta:", "/meta", "expected a map"},
	{"sec: []", "/sec", "did you mean seq?"},
	{"1: []", "/", "expected a string as key"},
	{"seq: {a: b}", "/seq", "expected a list"},
	{"seq: [3]", "/seq/0", "expected a map, got 3"},
	{"seq:", "/seq", "expected a list, got null"},
	{"types: [a]", "/types", "expected a map"},
	{"types: {a: 1}", "/types/a", "expected a map"},
	{"types: {A: {}}", "/types/A", "no type ID"},
	{"types: {a: {types: {b: {sek: []}}}}", "/types/a/types/b/sek", "unknown key"},
	{"instances: [a]", "/instances", "expected a map"},
	{"enums: 3", "/enums", "expected a map"},
	{"doc: [a]", "/doc", "expected a string"},
	{"doc-ref: {a: b}", "/doc-ref", "expected a string"},
	{"doc-ref: [[a]]", "/doc-ref/0", "expected a string"},
	{"to-string: 1 + 2", "/to-string", "expected a string, got an integer"},
	{"to-string: nope", "/to-string", "nope"},
	{"types: {a: {to-string: 1.5}}", "/types/a/to-string", "expected a string"},

	// YAML.
	{"meta: {id: t}\nseq: []\nseq: []", "3:1", "duplicate key"},
	{"meta: {id: t}\nenums: {e: {1: a, 0x1: b}}", "2:19", "duplicate key"},
	{"meta: {id: \"t}", "1:", "quoted"},
	{"meta: {id: t}\n---\nmeta: {id: u}", "2:1", "second document"},
	{"meta: &m {id: *m}", "1:15", "inside what it names"},
	{"meta: {id: t}\n\tseq: []", "2:1", ""},

	// meta.
	{"meta: {id: T}", "/meta/id", "no meta ID"},
	{"meta: {id: 1a}", "/meta/id", "no meta ID"},
	{"meta: {id: [a]}", "/meta/id", "expected a string"},
	{"meta: {id: t, nope: 1}", "/meta/nope", "unknown key"},
	{"meta: {id: t, endian: me}", "/meta/endian", "expected le, be"},
	{"meta: {id: t, endian: [le]}", "/meta/endian", "expected le, be"},
	{"meta: {id: t, endian: {switch-on: 1, cases: {1: xx}}}", "/meta/endian/cases/1", "expected be or le"},
	{"meta: {id: t, endian: {cases: {1: le}}}", "/meta/endian", "no switch-on"},
	{"meta: {id: t, endian: {switch-on: 1}}", "/meta/endian", "no cases"},
	{"meta: {id: t, endian: {switch-on: 1, cases: [le]}}", "/meta/endian/cases", "expected a map"},
	{"meta: {id: t, endian: {switch-on: 1, cases: {\"'a'\": le}}}", "/meta/endian/cases/Str(a)", "cannot equal"},
	{"meta: {id: t, endian: {switch-on: 1, cases: {1: le}, x: 1}}", "/meta/endian/x", "unknown key"},
	{"meta: {id: t, bit-endian: big}", "/meta/bit-endian", "expected le or be"},
	{"meta: {id: t, encoding: [a]}", "/meta/encoding", "expected a string"},
	{"meta: {id: t, imports: {a: b}}", "/meta/imports", "expected a list"},
	{"meta: {id: t, imports: [[a]]}", "/meta/imports/0", "expected a string"},
	{"meta: {id: t, imports: [gone]}", "/meta/imports/0", "no gone.ksy beside"},
	{"meta: {id: t, imports: [/gone]}", "/meta/imports/0", "in an import directory"},
	{"meta: {id: t, ks-version: 99.0}", "/meta/ks-version", "needs version 99.0"},
	{"meta: {id: t, ks-version: 0.10}", "/meta/ks-version", "write '0.10'"},
	{"meta: {id: t, ks-version: '01.2'}", "/meta/ks-version", "no version"},
	{"meta: {id: t, ks-opaque-types: 1}", "/meta/ks-opaque-types", "expected true or false"},
	{"meta: {id: t, ks-debug: maybe}", "/meta/ks-debug", "expected true or false"},
	{"types: {a: {meta: {id: BAD}}}", "/types/a/meta/id", "no meta ID"},

	// Names of members.
	{"seq: [{id: _a, type: u1}]", "/seq/0/id", "no attribute ID"},
	{"seq: [{id: 1, type: u1}]", "/seq/0/id", "no attribute ID"},
	{"seq: [{id: null, type: u1}]", "/seq/0/id", "expected a string"},
	{"params: [{id: A}]", "/params/0/id", "no parameter ID"},
	{"params: [{type: u1}]", "/params/0", "no id"},
	{"instances: {a-b: {value: 1}}", "/instances/a-b", "no instance ID"},
	{"seq: [{id: a, type: u1}, {id: a, type: u1}]", "/seq/1/id", "taken already, at /seq/0/id"},
	{"params: [{id: a}]\nseq: [{id: a, type: u1}]", "/seq/0/id", "/params/0/id"},
	{"seq: [{id: a, type: u1}]\ninstances: {a: {value: 1}}", "/instances/a", "/seq/0/id"},
	{"params: [{id: a}, {id: a}]", "/params/1/id", "taken"},

	// Keys that go with a type.
	{"seq: [{id: a}]", "/seq/0", "none of size"},
	{"seq: [{id: a, typ: u1}]", "/seq/0/typ", "did you mean type?"},
	{"seq: [{id: a, type: u1, sise: 1}]", "/seq/0/sise", "unknown key"},
	{"seq: [{id: a, type: u1, size: 1}]", "/seq/0/size", "unknown key"},
	{"seq: [{id: a, type: u1, size-eos: true}]", "/seq/0/size-eos", "unknown key"},
	{"seq: [{id: a, type: u1, pad-right: 0}]", "/seq/0/pad-right", "unknown key"},
	{"seq: [{id: a, type: u1, process: zlib}]", "/seq/0/process", "unknown key"},
	{"seq: [{id: a, type: u1, encoding: ASCII}]", "/seq/0/encoding", "unknown key"},
	{"seq: [{id: a, type: u1, contents: [1]}]", "/seq/0/contents", ""},
	{"seq: [{id: a, type: u1, parent: false}]", "/seq/0/parent", "unknown key"},
	{"seq: [{id: a, type: u1, pos: 1}]", "/seq/0/pos", "unknown key"},
	{"seq: [{id: a, type: u1, io: _io}]", "/seq/0/io", "unknown key"},
	{"seq: [{id: a, type: u1, value: 1}]", "/seq/0/value", "unknown key"},
	{"seq: [{id: a, size: 1, encoding: ASCII}]", "/seq/0/encoding", "unknown key"},
	{"seq: [{id: a, type: str, size: 1, encoding: ASCII, process: zlib}]", "/seq/0/process", "unknown key"},
	{"seq: [{id: a, type: {switch-on: 1, cases: {1: u1}}, encoding: ASCII}]", "/seq/0/encoding", "unknown key"},
	{"seq: [{id: a, size: 1, size-eos: true}]", "/seq/0", "only one of"},
	{"seq: [{id: a, size: 1, size-eos: yep}]", "/seq/0/size-eos", "expected true or false"},
	{"seq: [{id: a, type: str, size: 1}]", "/seq/0", "encoding"},
	{"seq: [{id: a, type: str, encoding: ASCII}]", "/seq/0", "size"},
	{"seq: [{id: a, type: strz}]", "/seq/0", "encoding"},
	{"seq: [{id: a, size: 1, pad-right: 256}]", "/seq/0/pad-right", "0 to 255"},
	{"seq: [{id: a, size: 1, pad-right: x}]", "/seq/0/pad-right", "0 to 255"},
	{"seq: [{id: a, terminator: -1}]", "/seq/0/terminator", "0 to 255"},
	{"seq: [{id: a, terminator: '0x41'}]", "/seq/0/terminator", "0 to 255"},
	{"seq: [{id: a, size: 4, pad-right: '65'}]", "/seq/0/pad-right", "0 to 255"},
	{"seq: [{id: a, terminator: [0, 0]}]", "/seq/0/terminator", "0 to 255"},
	{"seq: [{id: a, terminator: 0, consume: 1}]", "/seq/0/consume", "expected true or false"},
	{"seq: [{id: a, terminator: 0, include: 1}]", "/seq/0/include", "expected true or false"},
	{"seq: [{id: a, terminator: 0, eos-error: 1}]", "/seq/0/eos-error", "expected true or false"},
	{"seq: [{id: a, contents: 5}]", "/seq/0/contents", "expected a string or a list"},
	{"seq: [{id: a, contents: [256]}]", "/seq/0/contents/0", "0 to 255"},
	{"seq: [{id: a, contents: [[1]]}]", "/seq/0/contents/0", "expected a string or a byte"},
	{"seq: [{id: a, contents: []}]", "/seq/0/contents", "nothing"},
	{"seq: [{id: a, contents: [1], valid: 1}]", "/seq/0", "cannot be used together"},
	{"seq: [{id: a, type: s, process: zlib}]\ntypes: {s: {}}", "/seq/0", "size"},
	{"seq: [{id: a, size: 1, process: xor}]", "/seq/0/process", "1 arguments"},
	{"seq: [{id: a, size: 1, process: zlib(1)}]", "/seq/0/process", "0 arguments"},
	{"seq: [{id: a, size: 1, process: 'rol(1, 2)'}]", "/seq/0/process", "1 arguments"},
	{"seq: [{id: a, size: 1, process: 'xor('}]", "/seq/0/process", ""},
	{"seq: [{id: a, size: 1, process: Foo}]", "/seq/0/process", "no process"},
	{"seq: [{id: a, size: 1, process: a.Foo(1)}]", "/seq/0/process", "no process"},
	{"seq: [{id: a, size: 1, process: _root}]", "/seq/0/process", "no process"},
	{"seq: [{id: a, size: 1, process: 'zlib()'}]", "/seq/0/process", "no process"},
	{"seq: [{id: a, size: 1, process: 'xor (1)'}]", "/seq/0/process", "no process"},
	{"seq: [{id: a, size: 1, process: xor(nope)}]", "/seq/0/process", "nope"},
	{"seq: [{id: a, size: 1, process: 'ror([1, 2])'}]", "/seq/0/process", "expected an integer"},

	// Types.
	{"seq: [{id: a, type: [u1]}]", "/seq/0/type", "expected a string or a map"},
	{"seq: [{id: a, type: 5}]", "/seq/0/type", "expected a string or a map"},
	{"seq: [{id: a, type: u3}]", "/seq/0/type", "no type \"u3\""},
	{"seq: [{id: a, type: u1le}]", "/seq/0/type", "no type"},
	{"seq: [{id: a, type: b65}]", "/seq/0/type", "1 to 64"},
	{"seq: [{id: a, type: b0}]", "/seq/0/type", "1 to 64"},
	{"meta: {id: t}\nseq: [{id: a, type: u2}]", "/seq/0/type", "no byte order"},
	{"meta: {id: t}\nseq: [{id: a, type: f8}]", "/seq/0/type", "no byte order"},
	{"seq: [{id: a, type: hedder}]\ntypes: {header: {}}", "/seq/0/type", "did you mean header?"},
	{"seq: [{id: a, type: 's::u'}]\ntypes: {s: {}}", "/seq/0/type", "no type"},
	{"seq: [{id: a, type: '::s'}]\ntypes: {r: {types: {s: {}}}}", "/seq/0/type", "no type"},
	{"seq: [{id: a, type: 'u1[]'}]", "/seq/0/type", "repeat"},
	{"seq: [{id: a, type: 's('}]\ntypes: {s: {}}", "/seq/0/type", ""},
	{"seq: [{id: a, type: 's()'}]\ntypes: {s: {}}", "/seq/0/type", "no arguments"},
	{"meta: {id: t, ks-opaque-types: true}\nseq: [{id: a, type: elsewhere}]", "/seq/0/type", "opaque"},

	// Arguments.
	{"seq: [{id: a, type: s}]\ntypes: {s: {params: [{id: p, type: u1}]}}", "/seq/0/type", "takes 1 arguments, got 0"},
	{"seq: [{id: a, type: 's(1, 2)'}]\ntypes: {s: {params: [{id: p, type: u1}]}}", "/seq/0/type", "got 2"},
	{"seq: [{id: a, type: 's(1.5)'}]\ntypes: {s: {params: [{id: p, type: u1}]}}", "/seq/0/type", "takes an integer"},
	{"seq: [{id: a, type: 's(1)'}]\ntypes: {s: {params: [{id: p, type: f4}]}}", "/seq/0/type", "takes a float"},
	{"seq: [{id: a, type: 's(1)'}]\ntypes: {s: {params: [{id: p}]}}", "/seq/0/type", "takes a byte array"},
	{"seq: [{id: a, type: 's(1)'}]\ntypes: {s: {params: [{id: p, type: u1, enum: e}]}, x: {}}\nenums: {e: {1: m}}", "/seq/0/type", "enum"},
	{"seq: [{id: a, type: 's(_root)'}]\ntypes: {s: {params: [{id: p, type: x}]}, x: {}}", "/seq/0/type", "type t::x"},
	{"seq: [{id: a, type: 's(gone)'}]\ntypes: {s: {params: [{id: p, type: u1}]}}", "/seq/0/type", "gone"},
	{"params: [{id: p, type: nope}]", "/params/0/type", "no type"},
	{"params: [{id: p, type: strz}]", "/params/0/type", "no type"},
	{"params: [{id: p, type: u1, size: 1}]", "/params/0/size", "unknown key"},
	{"params: [{id: p, type: str, enum: e}]\nenums: {e: {1: m}}", "/params/0", "only an integer"},
	{"params: [{id: p, type: u1, enum: e}]", "/params/0/enum", "no enum"},

	// Enums.
	{"enums: {E: {1: a}}", "/enums/E", "no enum ID"},
	{"enums: {e: 1}", "/enums/e", "expected a map"},
	{"enums: {e: {x: a}}", "/enums/e", "expected an integer as key"},
	{"enums: {e: {1.5: a}}", "/enums/e", "expected an integer as key"},
	{"enums: {e: {1: A}}", "/enums/e/1", "no enum member ID"},
	{"enums: {e: {1: 5}}", "/enums/e/1", "expected a string or a map"},
	{"enums: {e: {1: null}}", "/enums/e/1", "expected a string or a map"},
	{"enums: {e: {1: {doc: x}}}", "/enums/e/1", "no id"},
	{"enums: {e: {1: {id: a, x: 1}}}", "/enums/e/1/x", "unknown key"},
	{"enums: {e: {1: a, 2: a}}", "/enums/e/2", "taken already, at /enums/e/1"},
	{"enums: {e: {1: a, '1': b}}", "/enums/e/1", "has a member already"},
	{"enums: {e: {18446744073709551616: a}}", "/enums/e/18446744073709551616", "64 bits"},
	{"enums: {e: {-9223372036854775809: a}}", "/enums/e/-9223372036854775809", "64 bits"},
	{"seq: [{id: a, type: u1, enum: anima}]\nenums: {animal: {1: a}}", "/seq/0/enum", "did you mean animal?"},
	{"seq: [{id: a, type: u1, enum: 'a b'}]", "/seq/0/enum", "no name of an enum"},
	{"seq: [{id: a, type: f4, enum: e}]\nenums: {e: {1: a}}", "/seq/0/enum", "only an integer"},
	{"seq: [{id: a, type: s, enum: e}]\nenums: {e: {1: a}}\ntypes: {s: {}}", "/seq/0/enum", "only an integer"},
	{"seq: [{id: a, size: 1, enum: e}]\nenums: {e: {1: a}}", "/seq/0/enum", "only an integer"},
	{"instances: {a: {value: \"'x'\", enum: e}}\nenums: {e: {1: a}}", "/instances/a/enum", "only an integer"},
	{"instances: {a: {value: 1, enum: e}}", "/instances/a/value", "no enum"},
	{"instances: {a: {value: 'e::b'}}\nenums: {e: {1: a}}", "/instances/a/value", "b"},

	// Repetition.
	{"seq: [{id: a, type: u1, repeat: 3}]", "/seq/0/repeat", "expected eos, expr or until"},
	{"seq: [{id: a, type: u1, repeat: null}]", "/seq/0/repeat", "expected a string"},
	{"seq: [{id: a, type: u1, repeat: expr}]", "/seq/0/repeat", "needs a repeat-expr"},
	{"seq: [{id: a, type: u1, repeat: until}]", "/seq/0/repeat", "needs a repeat-until"},
	{"seq: [{id: a, type: u1, repeat-expr: 1}]", "/seq/0/repeat-expr", "unknown key"},
	{"seq: [{id: a, type: u1, repeat: eos, repeat-until: 'true'}]", "/seq/0/repeat-until", "unknown key"},
	{"seq: [{id: a, type: u1, repeat: expr, repeat-expr: 1, repeat-until: 'true'}]", "/seq/0/repeat-until", "unknown key"},
	{"seq: [{id: a, type: u1, repeat: expr, repeat-expr: 1.5}]", "/seq/0/repeat-expr", "expected an integer"},
	{"seq: [{id: a, type: u1, repeat: until, repeat-until: _}]", "/seq/0/repeat-until", "expected a boolean"},
	{"seq: [{id: a, type: u1, if: _index == 1, repeat: eos}]", "/seq/0/if", "_index"},
	{"instances: {a: {value: _index}}", "/instances/a/value", "_index"},

	// Switches.
	{"seq: [{id: a, type: {cases: {1: u1}}}]", "/seq/0/type", "no switch-on"},
	{"seq: [{id: a, type: {switch-on: 1}}]", "/seq/0/type", "no cases"},
	{"seq: [{id: a, type: {switch-on: 1, cases: {}}}]", "/seq/0/type/cases", "no cases"},
	{"seq: [{id: a, type: {switch-on: 1, cases: u1}}]", "/seq/0/type/cases", "expected a map"},
	{"seq: [{id: a, type: {switch-on: 1, cases: {1: u1}, else: u1}}]", "/seq/0/type/else", "unknown key"},
	{"seq: [{id: a, type: {switch-on: [1], cases: {1: u1}}}]", "/seq/0/type/switch-on", "expected an expression"},
	{"seq: [{id: a, type: {switch-on: 1, cases: {[1, 2]: u1}}}]", "/seq/0/type/cases", "expected an expression"},
	{"seq: [{id: a, type: {switch-on: 1, cases: {1: null}}}]", "/seq/0/type/cases/1", "expected the name of a type"},
	{"seq: [{id: a, type: {switch-on: 1, cases: {'1 +': u1}}}]", "/seq/0/type/cases/1 +", ""},
	{"seq: [{id: a, type: {switch-on: 1, cases: {1: nope}}}]", "/seq/0/type/cases/IntNum(1)", "no type"},
	{"seq: [{id: a, type: {switch-on: 1, cases: {-1: nope}}}]", "/seq/0/type/cases/UnaryOp(Minus,IntNum(1))", "no type"},
	{"seq: [{id: a, type: {switch-on: '[1, 2]', cases: {'[1, 0xff]': nope}}}]", "/seq/0/type/cases/List(List(IntNum(1), IntNum(255)))", "no type"},
	{"seq: [{id: a, type: {switch-on: 1, cases: {1: str}}}]", "/seq/0/type/cases/1", "encoding"},
	{"seq: [{id: a, type: {switch-on: 1, cases: {true: u1}}}]", "/seq/0/type/cases/Bool(true)", "cannot equal"},
	{"seq: [{id: a, type: {switch-on: 1, cases: {'e::m': u1}}}]\nenums: {e: {1: m}}", "/seq/0/type/cases/EnumByLabel(identifier(e),identifier(m),typeId(false,List(),false))", "cannot equal"},
	{"seq: [{id: a, type: {switch-on: 1, cases: {1: u1}}, enum: e}]\nenums: {e: {1: m}}", "/seq/0/enum", "no enum"},

	// Validity.
	{"seq: [{id: a, type: u1, valid: \"'x'\"}]", "/seq/0/valid", "cannot equal"},
	{"seq: [{id: a, type: u1, valid: [1, 2]}]", "/seq/0/valid", "expected an expression"},
	{"seq: [{id: a, type: u1, valid: null}]", "/seq/0/valid", "expected an expression"},
	{"seq: [{id: a, type: u1, valid: {}}]", "/seq/0/valid", "expected one of"},
	{"seq: [{id: a, type: u1, valid: {equal: 1}}]", "/seq/0/valid/equal", "unknown key"},
	{"seq: [{id: a, type: u1, valid: {eq: 1, min: 1}}]", "/seq/0/valid/min", "together with eq"},
	{"seq: [{id: a, type: u1, valid: {min: 1, expr: 'true'}}]", "/seq/0/valid/expr", "together with min"},
	{"seq: [{id: a, type: u1, valid: {min: \"'a'\"}}]", "/seq/0/valid/min", "less or greater"},
	{"seq: [{id: a, type: b1, valid: {max: true}}]", "/seq/0/valid/max", "less or greater"},
	{"seq: [{id: a, type: u1, valid: {max: nope}}]", "/seq/0/valid/max", "nope"},
	{"seq: [{id: a, type: u1, enum: e, valid: {min: 'e::m'}}]\nenums: {e: {1: m}}", "/seq/0/valid/min", "less or greater"},
	{"seq: [{id: a, type: u1, valid: {any-of: 1}}]", "/seq/0/valid/any-of", "expected a list"},
	{"seq: [{id: a, type: u1, valid: {any-of: [1, \"'x'\"]}}]", "/seq/0/valid/any-of/1", "cannot equal"},
	{"seq: [{id: a, type: u1, valid: {expr: _ + 1}}]", "/seq/0/valid/expr", "expected a boolean"},
	{"seq: [{id: a, type: u1, valid: {in-enum: true}}]", "/seq/0/valid/in-enum", "enum"},
	{"seq: [{id: a, type: u1, enum: e, valid: {in-enum: false}}]\nenums: {e: {1: m}}", "/seq/0/valid/in-enum", "only true"},
	{"seq: [{id: a, type: s, valid: 1}]\ntypes: {s: {}}", "/seq/0/valid", "cannot equal"},
	{"seq: [{id: a, type: u1, repeat: eos, valid: '[1, 2]'}]", "/seq/0/valid", "cannot equal"},

	// Instances.
	{"instances: {a: 5}", "/instances/a", "expected a map"},
	{"instances: {a: {}}", "/instances/a", "none of size"},
	{"instances: {a: {pos: 0}}", "/instances/a", "none of size"},
	{"instances: {a: {value: null}}", "/instances/a/value", "expected an expression"},
	{"instances: {a: {value: ''}}", "/instances/a/value", ""},
	{"instances: {a: {value: 1, pos: 3}}", "/instances/a/pos", "unknown key"},
	{"instances: {a: {value: 1, type: u1}}", "/instances/a/type", "unknown key"},
	{"instances: {a: {value: 1, repeat: eos}}", "/instances/a/repeat", "unknown key"},
	{"instances: {a: {value: 1, valid: 1}}", "/instances/a/valid", "unknown key"},
	{"instances: {a: {pos: 1.5, type: u1}}", "/instances/a/pos", "expected an integer"},
	{"instances: {a: {pos: 1, io: 5, type: u1}}", "/instances/a/io", "expected a stream"},
	{"instances: {a: {value: b}, b: {value: a + 1}}", "/instances/a/value", "depends on itself"},
	{"instances: {a: {value: a}}", "/instances/a/value", "depends on itself"},
	{"instances: {a: {value: b}, b: {value: (c + 1).as<u1>}, c: {value: c + 1}}", "/instances/c/value", "depends on itself"},
	{"instances: {a: {value: 1, if: 5}}", "/instances/a/if", "expected a boolean"},

	// Expressions in their places.
	{"seq: [{id: a, type: u1, if: 5}]", "/seq/0/if", "expected a boolean"},
	{"seq: [{id: a, type: u1, if: null}]", "/seq/0/if", "expected an expression"},
	{"seq: [{id: a, size: \"'x'\"}]", "/seq/0/size", "expected an integer"},
	{"seq: [{id: a, size: [1]}]", "/seq/0/size", "expected an expression"},
	{"seq: [{id: a, size: later}]", "/seq/0/size", "later"},
	{"seq: [{id: a, type: s, parent: 5}]\ntypes: {s: {}}", "/seq/0/parent", "expected an object"},
	{"seq: [{id: a, type: s, parent: nope}]\ntypes: {s: {}}", "/seq/0/parent", "nope"},
	{"seq: [{id: x, type: {switch-on: 1, cases: {1: u1, 2: s}}}, {id: a, size: x}]\ntypes: {s: {}}", "/seq/1/size", "cast"},
	{"seq: [{id: a, size: _sizeof}]", "/seq/0/size", "not the same for every object"},
	{"seq: [{id: a, type: s}]\ntypes: {s: {seq: [{id: b, size-eos: true}]}}\ninstances: {n: {value: a._sizeof}}", "/instances/n/value", "not the same for every object"},
	{"instances: {n: {value: _parent._sizeof}}", "/instances/n/value", "no one type"},
	{"params: [{id: p, type: 'u1[][]'}]", "/params/0/type", "arrays of arrays"},
	{"instances: {a: {value: 'sizeof<nope>'}}", "/instances/a/value", "nope"},
	{"instances: {a: {value: '1.as<nope>'}}", "/instances/a/value", "nope"},
	{"instances: {a: {value: _root.nope}}", "/instances/a/value", "nope"},

	// What _parent is.
	{"types: {s: {seq: [{id: a, size: _parent.n}]}}", "/types/s/seq/0/size", "n"},
	{"seq: [{id: n, type: u1}, {id: a, type: s}]\ntypes: {r: {seq: [{id: b, type: s}]}, s: {seq: [{id: c, size: _parent.n}]}}", "/types/s/seq/0/size", "n"},
	{"seq: [{id: n, type: u1}, {id: a, type: s, parent: false}]\ntypes: {s: {seq: [{id: c, size: _parent.n}]}}", "/types/s/seq/0/size", "n"},
	{"seq: [{id: n, type: u1}, {id: a, type: s}]\ntypes: {s: {seq: [{id: c, size: _parent.m}]}}", "/types/s/seq/0/size", "m"},
}

func TestRefuse(t *testing.T) {
	for _, c := range refusals {
		s, problems := LoadText("t.ksy", template(c.body), LoadOptions{})
		if s != nil {
			t.Errorf("accepted:\n%s", c.body)
			continue
		}
		found := false
		for _, p := range problems {
			found = found || !p.Warning && strings.HasPrefix(p.Path, c.path) && (p.Path == c.path || strings.HasSuffix(c.path, ":")) && strings.Contains(p.Msg, c.msg)
			if p.Line < 1 || p.Col < 1 || p.File == nil {
				t.Errorf("%s: the problem has no place: %+v", c.body, p)
			}
			if strings.ContainsAny(p.String(), "\n\r\x1b") {
				t.Errorf("%s: the problem is no line: %q", c.body, p)
			}
		}
		if !found {
			t.Errorf("%s\nwant %s: error: …%s…\ngot  %v", c.body, c.path, c.msg, problems)
		}
	}
}

// All problems of a file are found at once, in the order of its lines.
func TestAllProblems(t *testing.T) {
	_, problems := LoadText("t.ksy", template(`
seq:
  - id: a
    type: nope
  - id: BAD
    type: u1
    if: 5
  - id: c
    size: gone
instances:
  d:
    value: 1 *
`), LoadOptions{})
	want := []string{"/seq/0/type", "/seq/1/id", "/seq/1/if", "/seq/2/size", "/instances/d/value"}
	var got []string
	for _, p := range problems {
		got = append(got, p.Path)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("got %v\nwant %v", problems, want)
	}
}
