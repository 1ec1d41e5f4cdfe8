package flags

import (
	"encoding/json"
	"testing"
)

// What was meant is told of the usual slips, and is JSON whatever was written.
func TestJSONMeant(t *testing.T) {
	for text, want := range map[string]string{"{": "{}", `{"a":1,}`: `{"a":1}`, `{'a':'b'}`: `{"a":"b"}`, "{a:1}": `{"a":1}`,
		"{a:b}": `{"a":"b"}`, `{"a":"b`: `{"a":"b"}`, "[1,2": "[1,2]", `{"a":[{"b":"]`: `{"a":[{"b":"]"}]}`, `{"a":"\"`: `{"a":"\""}`,
		"hello": "{}", "{}{}": "{}", "": "{}", "}": "{}"} {
		if got := jsonMeant(text); got != want || !json.Valid([]byte(got)) {
			t.Errorf("%s: %s, want %s", text, got, want)
		}
	}
}
