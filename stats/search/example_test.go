package search_test

import (
	"fmt"

	"shotput/stats/search"
)

// A search for what a server can do that keeps its promises up to 983 requests a second. Whoever runs trials does so
// where this example looks at the load alone, and makes them of their runs by Step.Trial.
func ExampleNext() {
	goal := search.Goal{Start: 512}
	var trials []search.Trial
	for {
		step := search.Next(goal, trials)
		if end := step.End; end != nil {
			fmt.Printf("%d trials: it holds %g/s and not %g/s; plan with %g/s\n", end.Trials, end.Lo, end.Hi, end.PlanWith)
			return
		}
		trial := search.Trial{Kind: step.Kind, Load: step.Load, Concurrency: step.Concurrency}
		trial.Result = search.Pass
		if step.Load > 983 {
			trial.Result = search.Fail
		}
		trials = append(trials, trial)
		fmt.Println(step.Span, trial.Load, trial.Result)
	}
	// Output:
	// 10s 512 pass
	// 10s 1024 fail
	// 10s 1024 fail
	// 10s 724 pass
	// 10s 861 pass
	// 10s 939 pass
	// 10s 981 pass
	// 10s 1002 fail
	// 10s 1002 fail
	// 10s 1002 fail
	// 30s 981 pass
	// 11 trials: it holds 981/s and not 1002/s; plan with 784/s
}
