package loadgen

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/arrivals"
	"shotput/loadgen/fault"
	"shotput/loadgen/flow"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/transport"
	"shotput/stats"
)

// stepOf is a step with a URL, and with what its answer is to give: "NAME FORM…".
func stepOf(name, url string, captures ...string) Step {
	s := Step{Name: name, Request: request.Spec{URL: url}}
	for _, c := range captures {
		name, form, _ := strings.Cut(c, " ")
		from, what, _ := strings.Cut(form, " ")
		s.How.Captures = append(s.How.Captures, answer.Capture{Name: name, From: from, What: what})
	}
	return s
}

// as is the step with other words on how it is sent.
func (s Step) as(how func(*flow.Step)) Step {
	how(&s.How)
	return s
}

// flowPlan is a plan of one flow.
func flowPlan(steps ...Step) Plan { return Plan{Mix: []Request{{Name: "f", Flow: steps}}} }

func perSlot(s *flow.Step)   { s.PerSlot = true }
func onFailure(s *flow.Step) { s.OnFailure = true }
func inParts(n int) func(*flow.Step) {
	return func(s *flow.Step) { s.Parts = n }
}
func until(json string, every, within time.Duration) func(*flow.Step) {
	return func(s *flow.Step) { s.Until.JSON, s.Every, s.Within = json, every, within }
}

// uploads is a plan with all there is: what is sent once, per slot, for a failure, in parts, and until it is done.
func uploads() Plan {
	p := flowPlan(
		stepOf("login", "http://h/login", "token json .token").as(perSlot),
		stepOf("create", `http://h/{{captured "bucket"}}/u`, "id json .id", "place header Location"),
		stepOf("part", `http://h/u/{{captured "id"}}?n={{part}}`, "etag header ETag").as(inParts(4)),
		stepOf("complete", `{{captured "place"}}&x=1`, "status header Location"),
		stepOf("wait", `{{captured "status"}}`).as(until(`status == "done"`, time.Second, time.Minute)),
		stepOf("abort", `http://h/u/{{captured "id"}}`).as(onFailure))
	f := p.Mix[0].Flow
	f[0].Request.Method, f[1].Request.Method, f[3].Request.Method, f[4].Request.Method = "POST", "POST", "POST", "GET"
	f[1].Request.Header = []header.Line{{Name: "Authorization", Value: `Bearer {{captured "token"}}`}}
	f[2].How.Parallel = 2
	f[2].Request.Body.Size = 1000
	f[3].Request.Body.Text = `{{joined "etag" "%n=%v" ","}}`
	f[2].How.Think = flow.Think{From: time.Second, To: 2 * time.Second}
	p.Flows = Flows{Before: []Step{stepOf("bucket", "http://h/buckets?key=hidden", "bucket json .name")},
		After:   []Step{stepOf("empty", `http://h/{{captured "bucket"}}/all`), stepOf("drop", "http://h/{{seq}}")},
		Timeout: time.Minute, Hosts: []string{"*.example.com", "example.org:8443", "[::1]:80"}, Cookies: true}
	p.Load.Rate.PerSecond = 200
	return p
}

// A plan with everything has no faults, and its units come in the order that all else counts on.
func TestPlansWithFlows(t *testing.T) {
	p := uploads()
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	p.Mix = append([]Request{{Name: "plain", Weight: 3, Request: request.Spec{URL: "http://h/plain",
		Body: request.Body{Text: "1234567"}}}}, p.Mix...)
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, u := range p.units() {
		name := ""
		if u.step != nil {
			name = u.step.Name
		}
		got = append(got, fmt.Sprintf("%s %s %d %s", u.at, name, u.row, u.phase))
		if place, own := PlaceOf(u.at.String() + "url"); place != u.at || own != "url" {
			t.Errorf("%q is read as %+v and %q", u.at.String()+"url", place, own)
		}
		if made, err := RenderEach(p, i, 100); err != nil || !strings.Contains(string(made.Head), " HTTP/1.1\r\n") {
			t.Errorf("%s: %v, %s", name, err, made.Head)
		}
	}
	want := []string{"requests[0].  -1 ", "requests[1].flow[0]. login 0 slot", "requests[1].flow[1]. create 1 flow",
		"requests[1].flow[2]. part 2 flow", "requests[1].flow[3]. complete 3 flow", "requests[1].flow[4]. wait 4 flow",
		"requests[1].flow[5]. abort 5 on-failure", "before[0]. bucket 6 before", "after[0]. empty 7 after",
		"after[1]. drop 8 after"}
	if !slices.Equal(got, want) {
		t.Errorf("the units are %q,\nwant %q", got, want)
	}
}

// A mixture has a flow where the plan has one, and what is sent once beside it.
func TestFlowsAreLaid(t *testing.T) {
	p := uploads().WithDefaults()
	p.Mix = append([]Request{{Name: "plain", Request: request.Spec{URL: "http://h/plain",
		Body: request.Body{Text: "1234567"}}}}, p.Mix...)
	m, err := newMixture(&p, time.Time{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if m.entries[0].flow != nil || m.entries[1].flow == nil || m.entries[1].first != 2 || m.before == nil {
		t.Errorf("%+v, before %v", m.entries, m.before)
	}
	if len(m.after) != 2 {
		t.Errorf("what is sent after the load is in %d flows, want 2: neither needs the other", len(m.after))
	}
	if m.flowOf(0) != nil || m.flowOf(3) != m.entries[1].flow || m.flowOf(7) != nil {
		t.Error("units are of other flows than theirs")
	}
	seen := map[int64]bool{}
	for k := range int64(50) {
		seen[m.Size(k)] = true
	}
	p.Mix[1].Flow[3].Request.Body.Text = ""
	if !seen[7] || len(seen) != 2 {
		t.Errorf("bodies have %v bytes in all", seen)
	}
	if p.kept() != 1<<20 || !p.checked() {
		t.Errorf("%d bytes of answers are kept, checked: %v", p.kept(), p.checked())
	}
}

// Steps that are sent once stand for themselves, unless one needs what another captured.
func TestWhatIsSentAfterwardsIsInGroups(t *testing.T) {
	for _, c := range []struct {
		after []Step
		want  []group
	}{
		{[]Step{stepOf("a", "/"), stepOf("b", "/")}, []group{{0, 1}, {1, 2}}},
		{[]Step{stepOf("a", "/", "x status"), stepOf("b", "/"), stepOf("c", `/{{captured "x"}}`), stepOf("d", "/")},
			[]group{{0, 3}, {3, 4}}},
		{[]Step{stepOf("a", "/", "x status"), stepOf("b", `/{{captured "x"}}`, "y status"), stepOf("c", `/{{captured "y"}}`)},
			[]group{{0, 3}}},
		{nil, nil},
	} {
		p := Plan{Flows: Flows{After: c.after}}
		if got := together(p.units(), stats.StepAfter); !slices.Equal(got, c.want) {
			t.Errorf("%v is in the groups %v, want %v", c.after, got, c.want)
		}
	}
}

// What is captured before the load may be read by a plain request, which then is a flow of one step.
func TestRequestsReadWhatIsCapturedBefore(t *testing.T) {
	p := Plan{Request: request.Spec{URL: "http://h/{{seq}}",
		Header: []header.Line{{Name: "Authorization", Value: `Bearer {{captured "token"}}`}}},
		Flows: Flows{Before: []Step{stepOf("login", "http://h/login", "token json .token")}}}
	if err := p.Validate(); err != nil {
		t.Fatal(err)
	}
	r := p.Record()
	if len(r.Steps) != 2 || r.Steps[0].Name != "http://h/{{seq}}" || r.Steps[0].Phase != stats.StepFlow || len(r.Headers) != 1 {
		t.Errorf("%+v, headers %q", r.Steps, r.Headers)
	}
	p.Request.Header = nil
	if r = p.Record(); len(r.Steps) != 1 || r.Steps[0].Name != "login" || r.URL != "http://h/{{seq}}" {
		t.Errorf("%+v, %s", r.Steps, r.URL)
	}
}

// A saved run says what its steps are, without secrets.
func TestFlowsInTheRecord(t *testing.T) {
	p := uploads()
	p.Mix[0].Flow[1].Request.Auth.User = "joe:hidden"
	r := p.Record()
	if r.Method != "POST" || len(r.Mix) != 0 || r.FlowTimeout != time.Minute || !r.Cookies || len(r.Hosts) != 3 {
		t.Errorf("%+v", r)
	}
	if r.BodyBytes != -1 || r.Body != "" {
		t.Errorf("steps with several bodies agree on %q of %d bytes", r.Body, r.BodyBytes)
	}
	want := []stats.Step{
		{Name: "wait", Phase: stats.StepFlow, Method: "GET", URL: `{{captured "status"}}`, Body: "none", Expect: "2xx",
			Until: []string{"status 2xx", `json status == "done"`}, Every: time.Second, Within: time.Minute},
		{Name: "part", Phase: stats.StepFlow, Method: "PUT", URL: `http://h/u/{{captured "id"}}?n={{part}}`,
			Body: "1000 generated bytes", Expect: "2xx", Captures: []string{"etag: header ETag"}, Parts: 4, Parallel: 2,
			Think: time.Second, ThinkMax: 2 * time.Second},
		{Name: "bucket", Phase: stats.StepBefore, Method: "PUT", URL: "http://h/buckets?key=REDACTED", Body: "none",
			Expect: "2xx", Captures: []string{"bucket: json .name"}}}
	for _, w := range want {
		i := slices.IndexFunc(r.Steps, func(s stats.Step) bool { return s.Name == w.Name })
		if i < 0 || !reflect.DeepEqual(r.Steps[i], w) {
			t.Errorf("of %s it says\n%+v, want\n%+v", w.Name, r.Steps, w)
		}
	}
	if all := fmt.Sprintf("%+v", r); strings.Contains(all, "hidden") {
		t.Errorf("a secret is in %s", all)
	}
	p.Mix = append(p.Mix, Request{Request: request.Spec{URL: "http://h/plain"}})
	if r = p.Record(); len(r.Mix) != 2 || r.Mix[0].Name != "f" || r.Mix[0].Method != "POST" || r.Steps[1].Flow != "f" {
		t.Errorf("%+v, %+v", r.Mix, r.Steps[1])
	}
}

// A plan with flows travels, and its steps' files with it.
func TestFlowsTravel(t *testing.T) {
	p := uploads()
	if read := again(t, p); !reflect.DeepEqual(read, p) {
		t.Errorf("%+v came back as %+v", p, read)
	}
	file := filepath.Join(t.TempDir(), "body")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	of := func(s *Step) *string { return &s.Request.Body.File }
	places := func(p *Plan) []*string {
		return []*string{of(&p.Mix[0].Flow[1]), of(&p.Flows.Before[0]), of(&p.Flows.After[1])}
	}
	for _, path := range places(&p) {
		*path = file
	}
	packed, err := Pack(p)
	if err != nil || len(packed.Files) != 1 {
		t.Fatalf("%v, %v", packed, err)
	}
	there, err := packed.Unpack(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range places(&there) {
		if *path == file || *places(&p)[i] != file {
			t.Errorf("file %d is looked for at %s, and in the plan that was packed at %s", i, *path, *places(&p)[i])
		}
	}
	p.Flows.After[1].Request.Body.File = "/none"
	if _, err := Pack(p); err == nil || !strings.Contains(err.Error(), `after[1].body file "/none"`) {
		t.Error(err)
	}
}

// Everything that is wrong with flows is told with its place in the plan.
func TestFaultsOfFlows(t *testing.T) {
	const u = "http://h/"
	first := stepOf("first", u, "id json .id")
	with := func(of func(*Plan)) Plan {
		p := uploads()
		of(&p)
		return p
	}
	step := func(i int, how func(*flow.Step)) Plan {
		return with(func(p *Plan) { how(&p.Mix[0].Flow[i].How) })
	}
	url := func(i int, url string) Plan { return with(func(p *Plan) { p.Mix[0].Flow[i].Request.URL = url }) }
	byteRate := with(func(p *Plan) { p.Load.Rate = arrivals.Rate{BytesPerSecond: 1e6} })
	for _, c := range []struct {
		want string
		plan Plan
	}{
		{`requests[0].flow[0].url "{{captured \"id\"}}": column 10: reads id, which no step captures; give a step before it capture: {id: …}`,
			flowPlan(stepOf("a", u+`{{captured "id"}}`))},
		{`requests[0].flow[1].url "{{captured \"di\"}}": column 10: reads di, which no step captures; did you mean id?`,
			flowPlan(first, stepOf("b", u+`{{captured "di"}}`))},
		{`requests[0].flow[1].url "{{captured \"name\"}}": column 10: reads name, which no step captures; there is id`,
			flowPlan(first, stepOf("b", u+`{{captured "name"}}`))},
		{`requests[0].flow[0].url "{{captured \"id\"}}": column 10: reads id, which the step first captures: that is sent later`,
			flowPlan(stepOf("a", u+`{{captured "id"}}`), first)},
		{`requests[0].flow[0].url "{{captured \"x\"}}": column 10: reads x, which this step itself captures`,
			flowPlan(stepOf("a", u+`{{captured "x"}}`, "x status"))},
		{`requests[0].flow[1].url "{{captured \"id\"}}": column 10: reads id, which the step first captures: that is sent later`,
			flowPlan(first, stepOf("login", u+`{{captured "id"}}`).as(perSlot))},
		{`requests[0].flow[0].url "{{captured \"x\"}}": column 10: reads x, which the step undo captures: that is sent later`,
			flowPlan(stepOf("a", u+`{{captured "x"}}`), stepOf("undo", u, "x status").as(onFailure))},
		{`requests[1].url "{{captured \"id\"}}": column 10: reads id outside of the flow in which the step first captures it; only what is captured before the load`,
			Plan{Mix: []Request{{Name: "f", Flow: []Step{first}}, {Request: request.Spec{URL: u + `{{captured "id"}}`}}}}},
		{`url "{{captured \"id\"}}": column 10: reads id, which no step captures; give a step before it capture`,
			Plan{Request: request.Spec{URL: u + `{{captured "id"}}`}}},
		{`requests[1].flow[0].url "{{captured \"id\"}}": column 10: reads id, which the step first of another flow captures; only`,
			Plan{Mix: []Request{{Name: "f", Flow: []Step{first}}, {Name: "g", Flow: []Step{stepOf("x", u+`{{captured "id"}}`)}}}}},
		{`after[0].url "{{captured \"id\"}}": column 10: reads id, which the step create captures in each arrival; what is sent after the load`,
			with(func(p *Plan) { p.Flows.After[0].Request.URL = u + `{{captured "id"}}` })},
		{`before[0].url "{{captured \"id\"}}": column 1: reads id, which the step create captures: that is sent later, in the load`,
			with(func(p *Plan) { p.Flows.Before[0].Request.URL = `{{captured "id"}}` })},
		{`requests[0].flow[2].capture "id": is captured by the step create too; give each a name of its own`,
			step(2, func(s *flow.Step) { s.Captures[0].Name = "id" })},
		{`requests[0].flow[2].capture "bucket": is captured by the step bucket too`,
			step(2, func(s *flow.Step) { s.Captures[0].Name = "bucket" })},
		{`requests[0].flow[0].capture "x": is captured twice by this step`, flowPlan(stepOf("a", u, "x status", "x url"))},
		{`requests[0].flow[0].header X "{{captured \"y\"}}": column 1: reads y, which no step captures`,
			with(func(p *Plan) {
				p.Mix[0].Flow[0].Request.Header = []header.Line{{Name: "X", Value: `{{captured "y"}}`}}
			})},
		{`requests[0].flow[3].body "{{joined \"idd\" \"%n=%v\" \",\"}}": column 1: reads idd, which no step captures; did you mean id?`,
			with(func(p *Plan) { p.Mix[0].Flow[3].Request.Body.Text = `{{joined "idd" "%n=%v" ","}}` })},
		{`column 1: joins what each part of a step captured, and the step create, which captures it, has no parts; write {{captured "id"}}`,
			with(func(p *Plan) { p.Mix[0].Flow[3].Request.Body.Text = `{{joined "id" "%n=%v" ","}}` })},
		{`requests[0].flow[1].url "{{part}}": column 10: is the number of a part, and this step has none; give it parts`,
			url(1, u+"{{part}}")},
		{`url "{{part}}": column 10: is the number of a part of a step, and this is no step of a flow`,
			Plan{Request: request.Spec{URL: u + "{{part}}"}}},
		{`requests[0].flow[0].capture "cooky A": is no form of a capture; write cookie`, flowPlan(stepOf("a", u, "x cooky A"))},
		{`requests[0].flow[0].capture "header": names no header; write header Location`, flowPlan(stepOf("a", u, "x header"))},
		{`requests[0].flow[0].capture "json": has no path that begins with a dot`, flowPlan(stepOf("a", u, "x json"))},
		{`requests[0].flow[0].capture "regex a.b": has no group`, flowPlan(stepOf("a", u, "x regex a.b"))},
		{`requests[0].flow[4].until "": asks again for ever if the condition never holds; say for how long`,
			step(4, until("a == 1", time.Second, 0))},
		{`requests[0].flow[4].until "": asks again without a pause`, step(4, until("a == 1", 0, time.Second))},
		{`requests[0].flow[4].within "1s": bounds how long a step asks again, and there is no condition`,
			step(4, until("", 0, time.Second))},
		{`requests[0].flow[4].every "1s": is how long a step waits before it asks again, and there is no condition`,
			step(4, until("", time.Second, 0))},
		{`requests[0].flow[4].every "-1s": must be more than 0`, step(4, until("a == 1", -time.Second, time.Second))},
		{`requests[0].flow[4].within "-1s": must be more than 0`, step(4, until("a == 1", time.Second, -time.Second))},
		{`requests[0].flow[4].until expect-json "a =": `, step(4, until("a =", time.Second, time.Second))},
		{`requests[0].flow[2].parts "-1": must be from 1 to 10000`, step(2, inParts(-1))},
		{`requests[0].flow[2].parts "10001": must be from 1 to 10000`, step(2, inParts(10_001))},
		{`requests[0].flow[2].parallel "-1": must be from 1 to the number of parts`,
			step(2, func(s *flow.Step) { s.Parallel = -1 })},
		{`requests[0].flow[2].parallel "5": is more than the 4 parts`, step(2, func(s *flow.Step) { s.Parallel = 5 })},
		{`requests[0].flow[1].parallel "2": is how many parts are sent at a time, and the step has none`,
			step(1, func(s *flow.Step) { s.Parallel = 2 })},
		{`requests[0].flow[4].think "1s": is waited before the next step, and this is the last`,
			step(4, func(s *flow.Step) { s.Think.From = time.Second })},
		{`requests[0].flow[5].think "1s": is waited before the next step`, step(5, func(s *flow.Step) { s.Think.From = time.Second })},
		{`after[1].think "1s": is waited before the next step`, with(func(p *Plan) { p.Flows.After[1].How.Think.From = time.Second })},
		{`requests[0].flow[1].think "-1s": must not be negative`, step(1, func(s *flow.Step) { s.Think.From = -time.Second })},
		{`requests[0].flow[1].think "2s..1s": goes from the longer to the shorter`,
			step(1, func(s *flow.Step) { s.Think = flow.Think{From: 2 * time.Second, To: time.Second} })},
		{`requests[0].flow[5].per "slot": is of the steps that a flow sends again and again`, step(5, perSlot)},
		{`before[0].per "slot": is of the steps that a flow sends again`, with(func(p *Plan) { perSlot(&p.Flows.Before[0].How) })},
		{`after[1].per "slot": is of the steps that a flow sends again`, with(func(p *Plan) { perSlot(&p.Flows.After[1].How) })},
		{`requests[0].flow[2].parts "4": cannot be those of a step that is sent once per slot`, step(2, perSlot)},
		{`after[0].on-failure "": is of a flow, and this step is sent once`,
			with(func(p *Plan) { onFailure(&p.Flows.After[0].How) })},
		{`requests[0].flow "": has steps for a failure alone, and none that could fail`, flowPlan(first.as(onFailure))},
		{`requests[0].flow "": has steps that are sent once per slot, and none for each arrival`, flowPlan(first.as(perSlot))},
		{`requests[0].flow "": has no steps`, Plan{Mix: []Request{{Name: "f", Request: request.Spec{URL: u}, Flow: []Step{}}}}},
		{`requests[0].flow "51": are too many steps; a list has at most 50`, flowPlan(manySteps(51)...)},
		{`requests[0].flow[1].name "a": is the name of another step too`, flowPlan(stepOf("a", u), stepOf("a", u))},
		{`after[1].name "part": is the name of another step too`, with(func(p *Plan) { p.Flows.After[1].Name = "part" })},
		{`requests[0].flow[0].name "": is missing: a step has a name`, flowPlan(stepOf("", u))},
		{`hosts "*": `, with(func(p *Plan) { p.Flows.Hosts = []string{"*"} })},
		{`hosts "http://h": `, with(func(p *Plan) { p.Flows.Hosts = []string{"http://h"} })},
		{`hosts "a.*.b": `, with(func(p *Plan) { p.Flows.Hosts = []string{"a.*.b"} })},
		{`hosts "h:99999": `, with(func(p *Plan) { p.Flows.Hosts = []string{"h:99999"} })},
		{`hosts "": `, with(func(p *Plan) { p.Flows.Hosts = []string{""} })},
		{`hosts "a.b": is of flows, and the plan has none`, Plan{Request: request.Spec{URL: u}, Flows: Flows{Hosts: []string{"a.b"}}}},
		{`cookies "": is of flows, and the plan has none`, Plan{Request: request.Spec{URL: u}, Flows: Flows{Cookies: true}}},
		{`flow-timeout "1s": is of flows, and the plan has none`, Plan{Request: request.Spec{URL: u}, Flows: Flows{Timeout: time.Second}}},
		{`flow-timeout "-1s": must be more than 0`, with(func(p *Plan) { p.Flows.Timeout = -time.Second })},
		{`requests[0].flow[1].header "Cookie": is given beside a jar`,
			with(func(p *Plan) {
				p.Mix[0].Flow[1].Request.Header = []header.Line{{Name: "cookie", Value: "a=b"}}
			})},
		{`rate "1e+06 B/s": is a rate of body bytes, and a body with what was captured in it`, byteRate},
		{`requests[0].flow[1].read-body "none": leaves the body unread, and id is taken from it`,
			with(func(p *Plan) { p.Transport = transport.Spec{SkipBody: true} })},
		{`requests[0].flow[4].read-body "none": leaves the body unread, and `,
			with(func(p *Plan) { p.Transport = transport.Spec{SkipBody: true} })},
		{`requests[0].flow[3].aws-sigv4 "r": signs requests to a server that the plan names`,
			with(func(p *Plan) {
				p.Mix[0].Flow[3].Request.Auth.AWS = request.AWS{Region: "r", Service: "s3", AccessKey: "k", SecretKey: "s"}
			})},
		{`requests[0].flow[3].url "{{captured \"place\"}}&x=1": begins with what was captured, so that its server is not known`,
			with(func(p *Plan) { p.Mix[0].Flow[3].Request.Auth = request.Auth{User: "a:b", Digest: true} })},
		{`requests[0].flow[1].url "ftp": is a scheme other than http and https`, url(1, "ftp://h/")},
		{`before[0].url "": is missing`, with(func(p *Plan) { p.Flows.Before[0].Request.URL = "" })},
		{`header "X": is sent by none of the plan's several requests`,
			with(func(p *Plan) { p.Request.Header = []header.Line{{Name: "X", Value: "y"}} })},
	} {
		if err := c.plan.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("the error is\n  %v\nwant\n  %s", err, c.want)
		}
	}
}

// Servers are those that a plan names; where an answer leads is none, and has no share of the connections.
func TestServersOfFlows(t *testing.T) {
	p := uploads().WithDefaults()
	p.Flows.Before[0].Request.URL = "http://once/x"
	p.Mix[0].Flow[1].Request.URL = "http://other/u"
	var got []string
	for _, u := range p.Servers() {
		got = append(got, u.Host)
	}
	if want := []string{"h", "other", "once"}; !slices.Equal(got, want) {
		t.Errorf("the servers are %q, want %q", got, want)
	}
	weights := map[string]float64{}
	for _, u := range p.units() {
		weights[u.step.Name] = u.weight(&p)
	}
	want := map[string]float64{"login": 0, "create": 1, "part": 4, "complete": 1, "wait": 1, "abort": 0, "bucket": 0,
		"empty": 0, "drop": 0}
	if !reflect.DeepEqual(weights, want) {
		t.Errorf("weights are %v, want %v", weights, want)
	}
}

// The list of URLs of a step that is sent once bounds no load; that of a flow's step does.
func TestRowsOfSteps(t *testing.T) {
	list := filepath.Join(t.TempDir(), "urls")
	if err := os.WriteFile(list, []byte("http://h/1\nhttp://h/2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		of   func(p *Plan) *Step
		want int64
	}{{func(p *Plan) *Step { return &p.Flows.After[1] }, 0}, {func(p *Plan) *Step { return &p.Mix[0].Flow[2] }, 2}} {
		p := uploads()
		s := c.of(&p)
		s.Request.URL, s.Request.URLs, s.Request.Body = "", list, request.Body{}
		p.Values.Rows.Order = "once"
		if err := p.Validate(); (err == nil) != (c.want > 0) {
			t.Errorf("%s: %v", s.Name, err) // an order of rows needs rows that arrivals use
		}
		p = p.WithDefaults()
		m, err := newMixture(&p, time.Time{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if last, _ := m.last(); last != c.want {
			t.Errorf("%s bounds the load to %d requests, want %d", s.Name, last, c.want)
		}
		m.Close()
	}
}

func manySteps(n int) (all []Step) {
	for i := range n {
		all = append(all, stepOf(fmt.Sprint("s", i), "http://h/"))
	}
	return all
}

// What mends a fault of a flow.
func TestMendsOfFlows(t *testing.T) {
	for _, c := range []struct {
		plan Plan
		want string
	}{
		{flowPlan(stepOf("a", "http://h/", "id status"), stepOf("b", `http://h/{{captured "ids"}}`)),
			`{3 url {{captured "id"}}}`},
		{flowPlan(stepOf("a", "http://h/").as(until("a == 1", time.Second, 0))), "{1 within 10s}"},
		{flowPlan(stepOf("a", "http://h/").as(func(s *flow.Step) { s.Parallel = 3 })), "{1 parts 3}"},
		{Plan{Request: request.Spec{URL: "http://h/"}, Flows: Flows{Cookies: true}}, "{2 cookies }"},
	} {
		f := new(fault.Fault)
		if err := c.plan.Validate(); !errors.As(err, &f) {
			t.Errorf("%v is no fault", err)
		}
		if got := fmt.Sprint(f.Remedy()); got != c.want {
			t.Errorf("%v is mended by %s, want %s", f, got, c.want)
		}
	}
}

// A step of which the first arrival has no row that can be sent is a fault before anything is.
func TestStepsAreTriedBeforehand(t *testing.T) {
	table := textFile(t, "id,next\n1,\"a\nb\"\n")
	p := flowPlan(stepOf("a", `http://h/{{csv "id"}}`, "x status"),
		stepOf("b", `http://h/{{captured "x"}}`))
	p.Mix[0].Flow[1].Request.Header = []header.Line{{Name: "X", Value: `{{csv "next"}}`}}
	p.Values.Rows.CSV = table
	_, err := Prepare(t.Context(), p)
	if f := new(fault.Fault); !errors.As(err, &f) || f.Field != "requests[0].flow[1].csv" {
		t.Errorf("%v", err)
	}
}

// What an entry that is a flow is called, and how it is told, is its first step that each arrival sends; of a plan with
// faults that has none, its first.
func TestFirstStepOfAFlow(t *testing.T) {
	p := Plan{Mix: []Request{
		{Flow: []Step{stepOf("login", "http://h/login").as(perSlot), stepOf("a", "http://h/a")}},
		{Flow: []Step{stepOf("other", "http://h/other").as(perSlot)}}}}
	if lone := (Plan{Mix: p.Mix[1:]}).Record(); lone.URL != "http://h/other" {
		t.Errorf("%+v", lone)
	}
	r := p.Record()
	if len(r.Mix) != 2 || r.Mix[0].Name != "http://h/a" || r.Mix[0].URL != "http://h/a" || r.Mix[1].URL != "http://h/other" {
		t.Errorf("%+v", r.Mix)
	}
}

// Rules may speak of flows where the plan has some.
func TestRulesOnFlows(t *testing.T) {
	rules := []string{"flow.p99 < 1s", `step."create".p99 < 1s`, `step."part".error_rate < 1%`, "completion.p99 < 1m"}
	plain := Plan{Request: request.Spec{URL: "http://h/"}}
	misnamed := uploads()
	for _, text := range append(rules, `step."crate".p99 < 1s`) {
		rule, err := stats.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		p := uploads()
		p.Rules.Thresholds, plain.Rules.Thresholds = []stats.Rule{rule}, []stats.Rule{rule}
		misnamed.Rules.Thresholds = p.Rules.Thresholds
		if err := p.Validate(); (err == nil) != slices.Contains(rules, text) {
			t.Errorf("%s: %v", text, err)
		}
		if err := plain.Validate(); err == nil || !strings.HasPrefix(err.Error(), "threshold ") {
			t.Errorf("%s of a plan without flows: %v", text, err)
		}
	}
	if err := misnamed.Validate(); err == nil || !strings.Contains(err.Error(), `"crate"`) {
		t.Error(err)
	}
}

// Of a mix with a flow in it, the first request is told by the name of its entry, and every arrival is counted for its
// own: a flow has several requests, so that those behind it have other places.
func TestEntriesBesideAFlowKeepTheirNames(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Path)
	}))
	defer server.Close()
	p := flowPlan(stepOf("a", server.URL+"/a", "place header Location"), stepOf("b", `{{captured "place"}}/b`))
	p.Mix = append(p.Mix, Request{Name: "plain", Weight: 1e6, Request: request.Spec{URL: server.URL + "/plain"}})
	p.Load.Requests, p.Load.Concurrency = 8, 1
	for _, engine := range []string{"auto", "http"} {
		p.Engine.Name = engine
		run, err := Run(t.Context(), p, nil)
		if err != nil {
			t.Fatal(err)
		}
		if run.First == nil || run.First.Request != "plain" {
			t.Errorf("the first request is told as %+v", run.First)
		}
		if len(run.Templates) != 2 || run.Templates[1].Totals.OK != 8 || run.Templates[0].Totals.OK != 0 {
			t.Errorf("arrivals are counted as %+v", run.Templates)
		}
	}
}
