//go:build !linux

package loadgen

import "errors"

func ringRefused() string { return "needs Linux" }

func newLoops(*Plan, *traffic) (engine, error) { return nil, errors.New("the event loop needs Linux") }
