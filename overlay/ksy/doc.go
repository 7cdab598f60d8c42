// Package ksy reads .ksy templates (Kaitai Struct 0.11) and lays them over bytes, live: nothing is compiled, fields are
// read when someone looks, and a field's new value becomes bytes again.
//
//	Load(file, …)  → *Schema   YAML, keys, names, types, expressions: all problems at once, each with path and line
//	(*Schema).Open → *Tree     over an io.ReaderAt and a range of it
//	(*Tree).Root   → *Node     one laid-out field: path, bits, type, value, error, children on demand
//	(*Node).Encode → []Patch   a new value as the bytes to write
//
// A Schema is immutable and shared by any number of trees. A Tree belongs to one goroutine at a time.
//
// Keys that begin with "-" belong to the tool that reads the file; ours are "-check" and "-hexlay", see docs/TEMPLATES.md.
package ksy
