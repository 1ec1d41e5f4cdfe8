package loadgen

import (
	"sync"

	"shotput/loadgen/wire"
)

// ringRefused says why there is no io_uring here; empty where there is. It is tried once.
var ringRefused = sync.OnceValue(func() string {
	if err := wire.ProbeRing(); err != nil {
		return err.Error()
	}
	return ""
})
