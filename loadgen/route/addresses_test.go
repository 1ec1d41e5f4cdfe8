//go:build unix

package route

import (
	"context"
	"strings"
	"testing"
)

func TestDetours(t *testing.T) {
	for _, c := range []struct{ entries, address, want string }{
		{"a:1:b:2", "a:1", "b:2"}, {"A:1:b:2", "a:1", "b:2"}, {"a:1:b:2", "a:3", "a:3"}, {"a::b:", "a:9", "b:9"},
		{":::", "a:1", "a:1"}, {"::: ::b:", "a:1", "b:1"}, {"[::1]:80:[::2]:81", "[::1]:80", "[::2]:81"},
		{"a:1:b: a:1:c:", "a:1", "b:1"}, {"a:1::5", "a:1", "a:5"},
	} {
		all, err := readDetours(strings.Fields(c.entries))
		if got := lead(all, c.address); err != nil || got != c.want {
			t.Errorf("%s leads %s to %s (%v), want %s", c.entries, c.address, got, err, c.want)
		}
	}
}

// An address that the plan rules out is none at all.
func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		spec Spec
		want string
	}{
		{Spec{Resolve: []string{"h:80:127.0.0.1,::1"}}, "127.0.0.1:80 [::1]:80"},
		{Spec{Resolve: []string{"h:80:127.0.0.1,::1"}, IPVersion: 6}, "[::1]:80"},
		{Spec{Resolve: []string{"h:80:127.0.0.1,::1"}, Interface: "127.0.0.1"}, "127.0.0.1:80"},
		{Spec{Resolve: []string{"*:80:127.0.0.1", "h:80:127.0.0.2"}}, "127.0.0.2:80"},
		{Spec{Resolve: []string{"h:80:127.0.0.1", "h:80:127.0.0.2"}}, "127.0.0.2:80"},
	} {
		d, err := NewDialler(&c.spec, Setting{Traffic: new(Traffic)})
		if err != nil {
			t.Fatal(err)
		}
		all, err := d.Addresses(context.Background(), "h:80")
		var got []string
		for _, a := range all {
			got = append(got, a.String())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v: %v (%v), want %s", c.spec.Resolve, got, err, c.want)
		}
	}
}
