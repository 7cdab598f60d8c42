// Package mmapdoc holds the bytes of a document: where they come from, how they change, and how they are saved.
//
// A Document is a table of pieces over stores. A store is bytes that never change once a piece points at them: the
// file as it was opened, what was typed, a repeated pattern, or a store of another document. The pieces form a
// persistent balanced tree, so that a Snapshot costs nothing, every edit is O(log n) whatever its size, and no edit
// ever copies the bytes it moves. Nothing reaches a file before it is saved.
//
// The package knows nothing about what bytes mean, and it has no cursor and no selection.
//
// Caveats:
//   - A Document belongs to one goroutine. A Snapshot is immutable and may be read by any number of goroutines, also
//     while its Document is edited.
//   - The slices that Scan hands out live only during the callback. They may be a mapping of the file, which must
//     not be written and is gone when the source is closed.
//   - Snapshots do not keep their Document open: after Close, reading bytes that came from a file fails. A document
//     into which pieces of another were pasted keeps the other's source open for itself.
//   - A file that another program writes while it is open shows the new bytes; that it was written is found when it is
//     saved. Bytes behind the end of a file that was cut short are lost, and known to be after 10 ms at the latest.
//   - A save in place that a crash of the machine tears is undone or finished when the file is opened next: its journal
//     (save_journal.go) is durable before the first byte of the file changes.
//   - The old inode of a file that was saved as a new one stays open for undo, and takes its room on the disk.
//   - Memory grows with the number of edits (about 100 bytes for each), not with the size of the document.
//
// Reading the source: range.go, info.go, store.go and piece.go are the vocabulary; tree.go and its neighbours
// tree_edit.go and tree_join.go are the pieces; document.go, edit.go, history.go and rebase.go are what a Document
// does with them; snapshot.go and changes.go are what can be seen. open.go decides what a path is, source_mapped.go and
// spool.go hold its bytes, guard.go survives what happens to a mapping. plan.go and save.go, which begins with how a
// save writes, bring a document to disk; generation.go keeps the old bytes for undo.
package mmapdoc
