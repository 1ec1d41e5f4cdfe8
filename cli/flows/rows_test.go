package flows

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/answer"
	"shotput/loadgen/flow"
)

// Each key of a step says what it says, and each has an example that is read.
func TestStepKeys(t *testing.T) {
	for _, c := range []struct {
		key, value string
		want       flow.Step
	}{
		{"capture", "etag=header ETag", flow.Step{Captures: []answer.Capture{{Name: "etag", From: "header", What: "ETag"}}}},
		{"capture", "id=json .a.b", flow.Step{Captures: []answer.Capture{{Name: "id", From: "json", What: ".a.b"}}}},
		{"capture", "n=regex a = ([0-9]+)", flow.Step{Captures: []answer.Capture{{Name: "n", From: "regex", What: "a = ([0-9]+)"}}}},
		{"capture", "s=status", flow.Step{Captures: []answer.Capture{{Name: "s", From: "status"}}}},
		{"every", "50ms", flow.Step{Every: 50 * time.Millisecond}},
		{"within", "2", flow.Step{Within: 2 * time.Second}},
		{"parts", "4", flow.Step{Parts: 4}},
		{"parallel", "2", flow.Step{Parallel: 2}},
		{"per", "slot", flow.Step{PerSlot: true}},
		{"think", "200ms", flow.Step{Think: flow.Think{From: 200 * time.Millisecond}}},
		{"think", "100ms..1s", flow.Step{Think: flow.Think{From: 100 * time.Millisecond, To: time.Second}}},
	} {
		var got flow.Step
		rows := StepRows(&got)
		if err := rows.Row(c.key).Read(c.value); err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %s is %+v, %v", c.key, c.value, got, err)
		}
		if r := rows.Row(c.key); r.Read(r.Eg) != nil || r.Help == "" || !r.OfStep {
			t.Errorf("%s has no example, no help, or is none of a step", c.key)
		}
	}
	var all loadgen.Flows
	for _, r := range SharedRows(&all) {
		if value := r.Eg; r.Arg != "" && r.Read(value) != nil || r.Help == "" || r.OfStep {
			t.Errorf("%s: %s", r.Long, value)
		}
	}
}

// What is no value of a key is refused, with one that is read where it is known.
func TestWrongStepKeys(t *testing.T) {
	for _, c := range []struct{ key, value, meant string }{
		{"capture", "header ETag", ""}, {"capture", "=header ETag", ""}, {"capture", "a=", "a=header Location"},
		{"capture", "a=head ETag", "a=header ETag"}, {"capture", "a=json id", "a=json .id"}, {"capture", "a=json", "a=json .id"}, {"capture", "a=regex (", "a=regex id=([0-9]+)"},
		{"parts", "0", ""}, {"parts", "10001", ""}, {"parts", "-1", ""}, {"think", "-1s", ""}, {"think", "1s..", ""},
		{"think", "1s..100ms", "100ms..1s"}, {"every", "0s", ""}, {"within", "soon", ""}, {"per", "user", ""},
	} {
		var s flow.Step
		rows := StepRows(&s)
		err := rows.Row(c.key).Read(c.value)
		wrong, _ := err.(line.Wrong)
		if err == nil || wrong.Meant != c.meant {
			t.Errorf("%s: %s: %v, meant %q", c.key, c.value, err, wrong.Meant)
		}
		if c.meant != "" && rows.Row(c.key).Read(c.meant) != nil {
			t.Errorf("%s: %s is not read", c.key, c.meant)
		}
	}
}

// A plan to begin with names its file wherever it says how it is run.
func TestStartNamesItsFile(t *testing.T) {
	for _, name := range Names {
		for _, file := range []string{"a.yaml", "'a longer name than that.yaml'"} {
			text := Start(name, file)
			if strings.Contains(text, "FILE") || strings.Count(text, "shotput run "+file)+strings.Count(text, "--once "+file) != 2 {
				t.Errorf("%s:\n%s", name, text)
			}
		}
	}
}
