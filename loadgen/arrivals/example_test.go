package arrivals_test

import (
	"fmt"
	"time"

	"shotput/loadgen/arrivals"
)

// A rate that rises to 4 a second within two seconds calls for four arrivals, ever closer to each other.
func ExampleNewArrivals() {
	ramp := arrivals.Law{Stages: []arrivals.Segment{{Duration: 2 * time.Second, From: 0, To: 4}}}
	schedule, err := arrivals.NewArrivals(ramp, arrivals.Limit{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for k, due, ok := schedule.Next(); ok; k, due, ok = schedule.Next() {
		fmt.Println(k, due.Round(time.Millisecond))
	}
	// Output:
	// 0 0s
	// 1 1s
	// 2 1.414s
	// 3 1.732s
}
