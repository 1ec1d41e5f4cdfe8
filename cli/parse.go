package cli

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"shotput/loadgen"
)

// unlimited as a rate asks for a closed loop.
const unlimited = "max"

// perSecond is how many seconds a rate's unit of time has.
var perSecond = map[string]float64{"": 1, "s": 1, "m": 60, "h": 3600}

// parseRate reads 2000/s, 2000, 120/m, 20MiB/s or max. The zero Rate, a closed loop, is only had by max.
func parseRate(s string) (loadgen.Rate, error) {
	if s == unlimited {
		return loadgen.Rate{}, nil
	}
	count, per, _ := strings.Cut(s, "/")
	seconds, ok := perSecond[per]
	if !ok || strings.HasSuffix(s, "/") {
		return loadgen.Rate{}, fmt.Errorf("a rate is per /s, /m or /h, not per %q", per)
	}
	n, unit, err := leadingNumber(count)
	if err != nil {
		return loadgen.Rate{}, err
	}
	if n == 0 {
		return loadgen.Rate{}, errors.New("a rate must be more than 0; without a limit it is " + unlimited)
	}
	if unit == "" {
		return loadgen.Rate{PerSecond: n / seconds}, nil
	}
	scale, ok := sizeUnits[unit]
	if !ok {
		return loadgen.Rate{}, fmt.Errorf("%q is no unit of a rate", unit)
	}
	return loadgen.Rate{BytesPerSecond: n * scale / seconds}, nil
}

// sizeUnits are bytes each: binary with an i, decimal without, as IEC 80000-13 has them.
var sizeUnits = map[string]float64{"B": 1, "KB": 1e3, "kB": 1e3, "MB": 1e6, "GB": 1e9,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}

// parseSize reads 4096, 4KiB, 1.5MB as whole bytes, at least one.
func parseSize(s string) (int64, error) {
	n, unit, err := leadingNumber(s)
	if err != nil {
		return 0, err
	}
	scale := 1.0
	if unit != "" {
		var ok bool
		if scale, ok = sizeUnits[unit]; !ok {
			return 0, fmt.Errorf("%q is no unit of size; known are B, KB, KiB, MB, MiB, GB, GiB", unit)
		}
	}
	bytes := n * scale
	if bytes < 1 || bytes >= math.MaxInt64 {
		return 0, errors.New("a size is from 1 byte to 8 EiB")
	}
	return int64(bytes), nil
}

// parseSpan reads a time: a bare number is seconds, as in curl; 250ms and 1m30s are Go's form.
func parseSpan(s string) (time.Duration, error) {
	if n, unit, err := leadingNumber(s); err == nil && unit == "" {
		if n > math.MaxInt64/float64(time.Second) {
			return 0, errors.New("that is more than 292 years")
		}
		return time.Duration(n * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, errors.New("that is no time such as 2.5 (seconds), 250ms or 1m30s")
	}
	if d < 0 {
		return 0, errors.New("a time cannot be negative")
	}
	return d, nil
}

// parseHeader reads one -H as curl does: "Name: value" sets, "Name:" removes, "Name;" sends it empty.
func parseHeader(s string) (loadgen.Header, error) {
	name, value, found := strings.Cut(s, ":")
	value = strings.Trim(value, " \t\r\n")
	if empty, ok := strings.CutSuffix(strings.TrimRight(s, " \t\r\n"), ";"); !found && ok {
		name, found = empty, true
		return headerNamed(name, loadgen.Header{Name: name})
	}
	if !found {
		return loadgen.Header{}, errors.New("a header is 'Name: value', or 'Name:' to send none, or 'Name;' to send it empty")
	}
	if strings.ContainsAny(value, "\r\n\x00") {
		return loadgen.Header{}, errors.New("a header's value is one line")
	}
	return headerNamed(name, loadgen.Header{Name: name, Value: value, Remove: value == ""})
}

// headerNamed refuses what would break the request apart; loadgen.Plan knows the full grammar of a name.
func headerNamed(name string, h loadgen.Header) (loadgen.Header, error) {
	if name == "" || strings.ContainsAny(name, " \t\r\n\x00:") {
		return loadgen.Header{}, errors.New("a header's name is one word without spaces")
	}
	return h, nil
}

// parseCount reads a whole number from 1 up.
func parseCount(s string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 1 {
		return 0, errors.New("that is no whole number from 1 up")
	}
	return n, nil
}

// leadingNumber splits 1.5MiB into 1.5 and MiB. The number is plain decimal, not negative: no exponent, sign,
// hex or infinity, which strconv would let through.
func leadingNumber(s string) (n float64, rest string, err error) {
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
