package loadgen

import (
	"sync"

	"shotput/loadgen/wire/poll"
	"shotput/stats"
)

// preciseOvershoots tries the wait of the event loop and of the releaser, on a thread of its own.
func preciseOvershoots() (late stats.Histogram) {
	alarm, err := poll.NewAlarm()
	if err != nil {
		return late // out of descriptors
	}
	defer alarm.Close()
	var trying sync.WaitGroup
	trying.Go(func() {
		alarm.Own()
		late = overshoots(alarm.Sleep)
	})
	trying.Wait()
	return late
}

func stampsReceived() bool {
	stamped, err := poll.ProbeStamps()
	return err == nil && stamped
}

// ringRefused says why there is no io_uring here; empty where there is. It is tried once.
var ringRefused = sync.OnceValue(func() string {
	if err := poll.ProbeRing(); err != nil {
		return err.Error()
	}
	return ""
})
