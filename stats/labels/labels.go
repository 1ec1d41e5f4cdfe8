// Package labels is what somebody calls a run by: names and values that go with it into every report, saved run and
// metric. It refuses what Prometheus would not take, so that a run has the same labels everywhere. It knows no run.
package labels

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Set is what a run is called by, such as the release that was fired at. It changes nothing of the run; whoever keeps
// many finds one by it.
type Set map[string]string

// Most is how many labels one run has.
const Most = 32

// longest is a name or a value, in bytes.
const longest = 120

// Names are sorted.
func (s Set) Names() []string { return slices.Sorted(maps.Keys(s)) }

// String is "build=17, env=prod".
func (s Set) String() string {
	var pairs []string
	for _, name := range s.Names() {
		pairs = append(pairs, name+"="+s[name])
	}
	return strings.Join(pairs, ", ")
}

// Unlike are the labels that s has and the others have not, or of another value.
func (s Set) Unlike(others ...Set) Set {
	own := Set{}
	for name, value := range s {
		for _, other := range others {
			if had, has := other[name]; !has || had != value {
				own[name] = value
			}
		}
	}
	return own
}

// prometheus is what Prometheus takes for a name.
var prometheus = regexp.MustCompile(`^[a-zA-Z_][a-zA-Z0-9_]*$`)

// reserved are names that Prometheus gives series itself.
var reserved = []string{"job", "instance", "le", "quantile"}

// CheckName says why there is no label of that name; nil where there may be one.
func CheckName(name string) error {
	switch {
	case name == "":
		return errors.New("a label has a name")
	case len(name) > longest:
		return fmt.Errorf("a label's name has at most %d letters", longest)
	case !prometheus.MatchString(name):
		return errors.New("a label's name is letters, digits and _, and begins with no digit")
	case strings.HasPrefix(name, "__"), slices.Contains(reserved, name):
		return fmt.Errorf("%s is a name that Prometheus keeps for itself", name)
	}
	return nil
}

// CheckValue says why no label has that value; nil where one may.
func CheckValue(value string) error {
	switch {
	case value == "":
		return errors.New("a label has a value")
	case len(value) > longest:
		return fmt.Errorf("a label's value has at most %d bytes", longest)
	case !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl):
		return errors.New("a label's value is one line of text")
	}
	return nil
}
