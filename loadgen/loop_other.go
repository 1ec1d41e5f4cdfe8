//go:build !linux

package loadgen

import "errors"

func newLoops(*Plan, *traffic) (engine, error) { return nil, errors.New("the event loop needs Linux") }
