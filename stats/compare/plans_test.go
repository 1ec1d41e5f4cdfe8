package compare

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"shotput/stats"
)

// Every field of the plan counts but for those that are named; where the server is does not.
func TestPlansMustBeAlike(t *testing.T) {
	base := rounds("a", 2, 1)
	for i := range reflect.TypeFor[stats.Plan]().NumField() {
		new := rounds("b", 2, 1)
		field := reflect.ValueOf(&new[1].Plan).Elem().Field(i)
		name, _, _ := strings.Cut(reflect.TypeFor[stats.Plan]().Field(i).Tag.Get("json"), ",")
		switch field.Kind() {
		case reflect.String:
			field.SetString(field.String() + "x")
		case reflect.Bool:
			field.SetBool(!field.Bool())
		case reflect.Int, reflect.Int64:
			field.SetInt(field.Int() + 1)
		case reflect.Uint64:
			field.SetUint(field.Uint() + 1)
		case reflect.Float64:
			field.SetFloat(field.Float() + 1)
		default:
			field.Set(reflect.MakeSlice(field.Type(), 1, 1))
			if first := field.Index(0); first.Kind() == reflect.String {
				first.SetString("x")
			}
		}
		_, err := Judge(base, new, false)
		var unlike *UnlikeError
		free := slices.Contains([]string{"engine_reason", "insecure", "seed", "body", "protocol", "tls", "resolve", "connect_to", "thresholds", "aborts", "strict"}, name)
		if errors.As(err, &unlike) == free || !free && (len(unlike.Differences) != 1 || unlike.Differences[0].Field != name) {
			t.Errorf("another %s: %v", name, err)
		}
	}
}

func TestPlansMayDiffer(t *testing.T) {
	at := func(url, protocol string) []Round {
		all := rounds("a", 2, 1)
		for i := range all {
			all[i].Plan.URL, all[i].Plan.Protocol = url, protocol
		}
		return all
	}
	for _, c := range []struct {
		a, b []Round
		want string // of the error; "" for none
	}{
		{at("http://one:1/a/{{seq}}", ""), at("http://two:2/a/{{seq}}", ""), ""},
		{at("http://one", ""), at("http://two/", ""), ""},
		{at("http://one/a", ""), at("http://one/b", ""), "url is http://HOST/a in a and http://HOST/b in a"},
		{at("http://one/a", ""), at("https://one/a", ""), "url"},
		{at("http://one/a", ""), at("http://one/a", "HTTP/2.0"), ""},
		{at("http://one/a", "HTTP/1.1"), at("http://one/a", "HTTP/2.0"), "protocol is HTTP/1.1"},
		{at("http://one/a", ""), append(at("http://one/a", ""), at("http://one/b", "")...), "url"},
	} {
		_, err := Judge(c.a, c.b, false)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s, %s: %v, want %q", c.a[0].Plan.URL, c.b[0].Plan.URL, err, c.want)
		}
	}
	base := append(at("http://one/a", ""), at("http://one/b", "")...)
	if _, err := Judge(base, at("http://one/a", ""), false); err == nil {
		t.Error("the base is not alike within itself, and that was no difference")
	}
	clocks := at("http://one/a", "")
	clocks[1].Clock = "user"
	if _, err := Judge(clocks[:1], clocks[1:], false); err == nil || !strings.Contains(err.Error(), "clock is kernel") {
		t.Errorf("another clock: %v", err)
	}
	bodies := at("http://one/a", "")
	bodies[1].Plan.Body = "file other.json"
	if _, err := Judge(bodies[:1], bodies[1:], false); err != nil {
		t.Errorf("a body of the same length: %v", err)
	}
	bodies[0].Plan.BodyBytes, bodies[1].Plan.BodyBytes = -1, -1
	if _, err := Judge(bodies[:1], bodies[1:], false); err == nil {
		t.Error("bodies whose lengths vary came from different places, and that was no difference")
	}
}

// A mix of an older version, which has the first's in what is the run's, is the plan that it was.
func TestOlderMixesAreAlike(t *testing.T) {
	mix := func(plan stats.Plan, entries ...stats.Request) []Round {
		all := rounds("a", 4, 1)
		for i := range all {
			plan.Model, plan.Concurrency = all[i].Plan.Model, all[i].Plan.Concurrency
			plan.Mix = entries
			all[i].Plan = plan
		}
		return all
	}
	a, b := stats.Request{Name: "a", URL: "http://h/a"}, stats.Request{Name: "b", URL: "http://h/b"}
	older := mix(stats.Plan{Expect: "2xx", Body: "none", Checks: []string{"header ETag"}}, a, b)
	a.Expect, a.Checks = "2xx", []string{"header ETag"}
	b.Expect, b.Checks = a.Expect, a.Checks
	if all := differences(older, mix(stats.Plan{BodyBytes: -1}, a, b)); len(all) > 0 {
		t.Errorf("they differ in %v", all)
	}
	if b.Expect = "409"; len(differences(older, mix(stats.Plan{}, a, b))) != 1 {
		t.Error("another set of codes that count as OK makes no difference")
	}
}

// Steps of flows on another host are the same steps; another path is another step.
func TestStepsMayBeElsewhere(t *testing.T) {
	at := func(url string) []Round {
		all := rounds("a", 1, 1)
		all[0].Plan.Steps = []stats.Step{{Name: "create", Phase: stats.StepFlow, URL: url}}
		return all
	}
	base := at("http://a/items")
	if d := differences(base, at("https://b:8443/items")); len(d) != 1 || d[0].Field != "steps" { // another scheme
		t.Errorf("%v", d)
	}
	if d := differences(base, at("http://b:8080/items")); len(d) != 0 {
		t.Errorf("%v", d)
	}
	if d := differences(base, at("http://a/other")); len(d) != 1 || d[0].Field != "steps" {
		t.Errorf("%v", d)
	}
}
