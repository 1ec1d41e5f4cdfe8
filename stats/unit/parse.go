package unit

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// ParseSize reads 4096, 4KiB, 1.5MB as whole bytes, at least one.
func ParseSize(s string) (bytes int64, err error) {
	n, name, err := SplitNumber(s)
	if err != nil {
		return 0, err
	}
	worth, known := Bytes(name)
	if !known {
		return 0, fmt.Errorf("%q is no unit of size; known are %s", name, SizeNames)
	}
	if n *= worth; n < 1 || n >= math.MaxInt64 {
		return 0, errors.New("a size is from 1 byte to 8 EiB")
	}
	return int64(n), nil
}

// SplitNumber splits 1.5MiB into 1.5 and MiB. The number is plain decimal, not negative: no exponent, sign, hex or
// infinity, which strconv would let through.
func SplitNumber(s string) (n float64, rest string, err error) {
	end := strings.IndexFunc(s, func(r rune) bool { return r != '.' && (r < '0' || r > '9') })
	if end < 0 {
		end = len(s)
	}
	n, err = strconv.ParseFloat(s[:end], 64)
	switch {
	case strings.HasPrefix(s, "-"):
		return 0, "", errors.New("it cannot be negative")
	case err != nil:
		return 0, "", errors.New("it does not begin with a number")
	}
	return n, s[end:], nil
}
