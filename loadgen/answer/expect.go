package answer

import (
	"fmt"
	"strconv"
	"strings"
)

// A StatusSet is a set of status codes, such as "2xx,409". Its zero value stands for the default, 2xx.
type StatusSet struct {
	codes [1000]bool
	text  string
}

// ParseStatusSet reads codes (204) and classes (2xx), joined by commas.
func ParseStatusSet(s string) (StatusSet, error) {
	set := StatusSet{text: s}
	for part := range strings.SplitSeq(s, ",") {
		part = strings.ToLower(strings.TrimSpace(part))
		lo, hi, err := statusRange(part)
		if err != nil {
			return StatusSet{}, err
		}
		for c := lo; c <= hi; c++ {
			set.codes[c] = true
		}
	}
	return set, nil
}

func statusRange(part string) (lo, hi int, err error) {
	if len(part) == 3 && strings.HasSuffix(part, "xx") && part[0] >= '1' && part[0] <= '5' {
		lo = int(part[0]-'0') * 100
		return lo, lo + 99, nil
	}
	n, err := strconv.Atoi(part)
	if err != nil || n < 100 || n > 599 {
		return 0, 0, fmt.Errorf("%q is no status code and no class such as 2xx", part)
	}
	return n, n, nil
}

// given says whether the set is other than the default.
func (s *StatusSet) given() bool { return s.text != "" }

// Contains says whether code counts as OK.
func (s *StatusSet) Contains(code int) bool {
	if s.text == "" {
		return code >= 200 && code <= 299
	}
	return code >= 0 && code < len(s.codes) && s.codes[code]
}

// String gives the set as it was written, "2xx" for the zero value.
func (s *StatusSet) String() string {
	if s.text == "" {
		return "2xx"
	}
	return s.text
}

// MarshalText writes the set as it was written; nothing for the zero value.
func (s StatusSet) MarshalText() ([]byte, error) { return []byte(s.text), nil }

// UnmarshalText reads what MarshalText writes.
func (s *StatusSet) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*s = StatusSet{}
		return nil
	}
	*s, err = ParseStatusSet(string(b))
	return err
}
