package line

import (
	"errors"
	"strconv"
)

// The readers of single values.

var errEmpty = errors.New("it is empty")

// Filled reads a text that is not empty.
func Filled(into *string) func(string) error { return One(into, NotEmpty) }

// NotEmpty is the text itself, if there is one.
func NotEmpty(s string) (string, error) {
	if s == "" {
		return "", errEmpty
	}
	return s, nil
}

// AsIs is the text itself.
func AsIs(s string) (string, error) { return s, nil }

// OnOff reads a switch.
func OnOff(into *bool) func(string) error {
	return func(s string) (err error) {
		if *into, err = strconv.ParseBool(s); err != nil {
			return errors.New("a switch is true or false")
		}
		return nil
	}
}

// Choose is a switch that sets a value.
func Choose[T any](into *T, value T) func(string) error {
	return func(s string) error {
		var on bool
		err := OnOff(&on)(s)
		if on {
			*into = value
		}
		return err
	}
}

// Each reads one value more.
func Each[T any](into *[]T, read func(string) (T, error)) func(string) error {
	return func(s string) error {
		v, err := read(s)
		if err == nil {
			*into = append(*into, v)
		}
		return err
	}
}

// One reads the value, in the place of one that was read before.
func One[T any](into *T, read func(string) (T, error)) func(string) error {
	return func(s string) error {
		v, err := read(s)
		if err == nil {
			*into = v
		}
		return err
	}
}

// Ignore reads anything, and does nothing.
func Ignore(string) error { return nil }
