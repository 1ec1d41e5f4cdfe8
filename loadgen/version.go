package loadgen

import (
	"runtime"

	"shotput/stats"
)

// Version is the tool's own; it stands in the User-Agent and in saved runs.
const Version = "0.1.0"

func tool() stats.Tool {
	return stats.Tool{
		Version: Version,
		Go:      runtime.Version(),
		OS:      runtime.GOOS + "/" + runtime.GOARCH,
		CPUs:    runtime.NumCPU(),
	}
}
