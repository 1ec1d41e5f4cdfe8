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
