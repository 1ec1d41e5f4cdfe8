//go:build !linux

package loadgen

import (
	"errors"

	"shotput/loadgen/route"
)

func ringRefused() string { return "needs Linux" }

func newLoops(*Plan, *mixture, *route.Traffic) (engine, error) {
	return nil, errors.New("the event loop needs Linux")
}
