package trend

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"shotput/stats"
)

func TestSaved(t *testing.T) {
	made := mustOf(t, nights(20, 10))
	var b bytes.Buffer
	if err := stats.WriteJSON(&b, made); err != nil {
		t.Fatal(err)
	}
	back, err := Decode(bytes.NewReader(b.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	again, _ := json.Marshal(back)
	if first, _ := json.Marshal(made); !bytes.Equal(first, again) || !reflect.DeepEqual(back.Groups[0].Series, made.Groups[0].Series) {
		t.Error("read and written again it differs")
	}
}

// What nobody could show is refused, and ends nothing.
func TestBrokenTrendsAreRefused(t *testing.T) {
	const head, tail = `{"schema":"shotput/trials/1","kind":"trend","groups":[{"verdict":"steady","places":[{"runs":[{"file":"a"}]}],"series":[{"metric":"m","verdict":"steady",`, `}]}]}`
	if _, err := Decode(strings.NewReader(head + `"points":[{"place":0}]` + tail)); err != nil {
		t.Error(err)
	}
	for name, text := range map[string]string{"nothing": "", "schema": `{}`, "kind": `{"schema":"shotput/trials/1","kind":"curve"}`,
		"no group": `{"schema":"shotput/trials/1","kind":"trend"}`, "kinds of values": `{"groups":3}`,
		"verdict": `{"schema":"shotput/trials/1","kind":"trend","groups":[{"verdict":"x"}]}`,
		"no run":  `{"schema":"shotput/trials/1","kind":"trend","groups":[{"verdict":"steady","places":[{}]}]}`,
		"point":   head + `"points":[{"place":1}]` + tail, "below": head + `"points":[{"place":-1}]` + tail,
		"from": head + `"changes":[{"from":7}]` + tail, "to": head + `"changes":[{"to":-1}]` + tail} {
		if _, err := Decode(strings.NewReader(text)); err == nil {
			t.Errorf("%s is read", name)
		}
	}
}
