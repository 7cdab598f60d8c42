// Command live measures what hexlay's proxy does with live traffic, beside a plain io.Copy between two sockets in the same run. Run it
// from the module:
//
//	go run ./bench/live [-size BYTES] [-links N]
//
// All traffic is on the loopback interface. The bytes are random from a seed; what arrived at both ends, and what the recording holds, is
// compared by SHA-256. The recordings are in the folder of the run and need a little more than twice the size.
package main

import (
	"flag"

	"hexlay/bench/internal/report"
)

var (
	size  = flag.Int64("size", 1<<30, "bytes of the flood in each direction")
	links = flag.Int("links", 2000, "connections at once")
)

func main() {
	flag.Parse()
	report.Main("live", measure)
}
