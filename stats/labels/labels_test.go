package labels

import (
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for name, ok := range map[string]bool{"env": true, "_a1": true, "A_b": true, "": false, "1a": false, "a-b": false, "a.b": false,
		"ä": false, "__name": false, "job": false, "le": false, "jobs": true, strings.Repeat("a", 121): false} {
		if err := CheckName(name); (err == nil) != ok {
			t.Errorf("the name %q: %v", name, err)
		}
	}
	for value, ok := range map[string]bool{"prod": true, "a b=c": true, "": false, "a\nb": false, "\x1b[31m": false, "\xff": false,
		"äöü": true, strings.Repeat("a", 121): false} {
		if err := CheckValue(value); (err == nil) != ok {
			t.Errorf("the value %q: %v", value, err)
		}
	}
}

// What differs is told of both sides, and what one lacks of the side that has it.
func TestUnlike(t *testing.T) {
	base, next := Set{"env": "prod", "build": "17", "by": "me"}, Set{"env": "prod", "build": "18"}
	if got := base.Unlike(next).String(); got != "build=17, by=me" {
		t.Error(got)
	}
	if got := next.Unlike(base, next).String(); got != "build=18" {
		t.Error(got)
	}
	if got := (Set)(nil).Unlike(base); len(got) != 0 {
		t.Error(got)
	}
}
