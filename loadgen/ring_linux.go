package loadgen

import (
	"sync"

	"shotput/loadgen/wire/poll"
)

// ringRefused says why there is no io_uring here; empty where there is. It is tried once.
var ringRefused = sync.OnceValue(func() string {
	if err := poll.ProbeRing(); err != nil {
		return err.Error()
	}
	return ""
})
