package request

import (
	"strings"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/text"
)

// TestKeysAreTakenInOrder: the preflight and the first request take the first, and after the last comes the first.
func TestKeysAreTakenInOrder(t *testing.T) {
	for _, keys := range []text.Keys{{Count: 3}, {File: textFile(t, "1\n\n2\r\n3\n")}} {
		template := planned{Spec{URL: "http://h/{{key}}", Header: []header.Line{{Name: "X-Key", Value: "{{key}}"}}},
			Setting{Values: text.Values{Keys: keys}}}.template(t)
		var got []string
		for k := range int64(6) {
			got = append(got, strings.TrimPrefix(template.URL(k, 0), "http://h/"))
		}
		if all := strings.Join(got, " "); all != "1 1 2 3 1 2" {
			t.Errorf("%+v: the first requests take the keys %s", keys, all)
		}
	}
}

// TestAKeyIsTheSameThroughout a request, however it is drawn.
func TestAKeyIsTheSameThroughout(t *testing.T) {
	template := planned{Spec{URL: "http://h/", Body: Body{Text: "{{key}} {{key}}"}},
		Setting{Values: text.Values{Keys: text.Keys{Count: 1e9, Dist: "uniform"}}}}.template(t)
	seen := map[string]bool{}
	for k := range int64(100) {
		a, b, _ := strings.Cut(string(bodyOf(t, template, k)), " ")
		if a != b {
			t.Errorf("request %d has the keys %s and %s", k, a, b)
		}
		seen[a] = true
	}
	if len(seen) < 99 {
		t.Errorf("100 requests have %d keys", len(seen))
	}
}
