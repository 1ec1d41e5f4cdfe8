package loadgen

import "sync/atomic"

// traffic counts what all connections of a run carried. It is shared by them; each field is atomic.
type traffic struct {
	opened   atomic.Int64 // connections
	sent     atomic.Int64 // bytes on the wire, TLS and headers among them
	received atomic.Int64
}
