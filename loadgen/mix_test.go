package loadgen

import (
	"errors"
	"math"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/arrivals"
	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/request"

	"shotput/stats"
)

// weighted is a plan of several requests with these weights, to /a/{{seq}}, /b/{{seq}} and so on.
func weighted(weights ...float64) Plan {
	p := Plan{Load: Load{Seed: 1}}
	for i, w := range weights {
		p.Mix = append(p.Mix, Request{Weight: w, Request: request.Spec{URL: "http://model/" + letter(i) + "/{{seq}}"}})
	}
	return p
}

func letter(i int) string { return string(rune('a' + i)) }

func draws40k(p Plan) []int {
	l, counts := newLot(&p), make([]int, max(1, len(p.Mix)))
	for k := range int64(40_000) {
		counts[l.pick(k+1)]++
	}
	return counts
}

// The shares are the weights', within four standard deviations (some of 300 are beyond three); and for one seed the draws are always these.
func TestMixIsDrawnByWeight(t *testing.T) {
	const n = 40_000
	for _, weights := range [][]float64{{1, 3}, {3, 1}, {0, 3}, {1, 1, 1, 1, 1}, {1e9, 1e9}, {.1, .2, .7}, {1e-9, 1}} {
		p := weighted(weights...)
		var total float64
		for i := range p.Mix {
			total += p.Mix[i].weight()
		}
		for seed := range uint64(20) {
			p.Load.Seed = seed
			for i, got := range draws40k(p) {
				share := p.Mix[i].weight() / total
				if sigma := math.Sqrt(n * share * (1 - share)); math.Abs(float64(got)-n*share) > 4*sigma+.5 {
					t.Errorf("weights %v, seed %d: %d of %d are the %dth, want %.0f ± %.0f", weights, seed, got, n, i, n*share, sigma)
				}
			}
		}
	}
	p := weighted(1, 3)
	if got := draws40k(p); !slices.Equal(got, []int{9960, 30040}) {
		t.Errorf("seed 1 draws %v", got)
	}
	if got := draws40k(Plan{}); got[0] != n {
		t.Errorf("of one request %v were drawn", got)
	}
}

// What {{randInt}} draws in the requests of one template is not narrowed by having drawn the template.
func TestMixDrawsApartFromFunctions(t *testing.T) {
	p := weighted(1, 1).WithDefaults()
	p.Mix[0].Request.URL = "http://model/{{randInt 0 1}}"
	m, err := newMixture(&p, time.Time{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	ones, n := 0, 0
	for k := range int64(4000) {
		if m.pick(k) == 0 {
			n++
			ones += strings.Count(m.of(k).URL(k, 0), "/1")
		}
	}
	if math.Abs(float64(ones)-float64(n)/2) > 3*math.Sqrt(float64(n)/4) {
		t.Errorf("%d ones in %d", ones, n)
	}
}

// byPath is a server that answers each first part of a path as a model of its own, and counts what it answered.
type byPath map[string]*model

func (b byPath) RoundTrip(r *http.Request) (*http.Response, error) {
	path := r.URL.Opaque + r.URL.Path
	m := b[path[strings.LastIndex(path[:strings.LastIndex(path, "/")], "/")+1:strings.LastIndex(path, "/")]]
	return m.RoundTrip(r)
}

func modelOf(status int, d time.Duration) *model {
	return &model{began: time.Now(), answer: func(_ int, now time.Duration) (time.Duration, int) { return now + d, status }}
}

// wantTemplatesConserved holds that the rows of a plan's several requests add up to the whole.
func wantTemplatesConserved(t *testing.T, r *stats.Run) {
	t.Helper()
	if len(r.Templates) != len(r.Plan.Mix) {
		t.Errorf("%d rows for %d requests", len(r.Templates), len(r.Plan.Mix))
	}
	if len(r.Templates) == 0 {
		return
	}
	var sum stats.Counts
	var response, service stats.Histogram
	codes := map[int]int64{}
	for i := range r.Templates {
		row := &r.Templates[i]
		c := row.Totals
		sum = stats.Counts{OK: sum.OK + c.OK, Failed: sum.Failed + c.Failed, TimedOut: sum.TimedOut + c.TimedOut,
			Aborted: sum.Aborted + c.Aborted, BodySent: sum.BodySent + c.BodySent}
		response.Merge(&row.Latency.Response)
		service.Merge(&row.Latency.Service)
		for _, s := range row.Status {
			codes[s.Code] += s.Count
		}
	}
	want := stats.Counts{OK: r.Totals.OK, Failed: r.Totals.Failed, TimedOut: r.Totals.TimedOut, Aborted: r.Totals.Aborted, BodySent: r.Totals.BodyBytesSent}
	if sum != want {
		t.Errorf("the rows hold %+v, the run %+v", sum, want)
	}
	if response.Sum() != r.Latency.Response.Sum() || response.Count() != r.Latency.Response.Count() || service.Sum() != r.Latency.Service.Sum() {
		t.Errorf("the rows hold %d response times, the run %d", response.Count(), r.Latency.Response.Count())
	}
	for _, s := range r.Status {
		if codes[s.Code] != s.Latency.Count() {
			t.Errorf("the rows hold %d × %d, the run %d", codes[s.Code], s.Code, s.Latency.Count())
		}
	}
}

// A slow request among fast ones: each row has its own times, and in open loop both have their own response times.
func TestVirtualMix(t *testing.T) {
	for name, load := range map[string]Plan{"open": {Load: Load{Rate: arrivals.Rate{PerSecond: 1000}, Concurrency: 200, Duration: 10 * time.Second}},
		"closed": {Load: Load{Concurrency: 10, Requests: 4000}}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				plan := load
				plan.Mix = weighted(1, 3).Mix
				r := fireModel(t, t.Context(), plan, byPath{"a": modelOf(201, 40*time.Millisecond), "b": modelOf(204, 5*time.Millisecond)})
				wantConserved(t, r)
				for i, ms := range []float64{40, 5} {
					row := &r.Templates[i]
					for _, q := range []float64{.01, .5, .99} {
						wantQuantile(t, name+" "+row.Name, row.Latency.Headline(name == "open"), q, ms)
					}
				}
				expect := plan.WithDefaults()
				l, want := newLot(&expect), [2]int64{}
				for k := range r.Totals.Sent {
					want[l.pick(k+1)]++
				}
				if got := [2]int64{r.Templates[0].Totals.OK, r.Templates[1].Totals.OK}; got != want {
					t.Errorf("%v were of each, want %v", got, want)
				}
				wantQuantile(t, name+" both", r.Latency.Headline(name == "open"), .5, 5)
			})
		})
	}
}

// What one request always answers is on its row alone, as success or as failure.
func TestVirtualMixKeepsFailuresApart(t *testing.T) {
	for _, expected := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			plan := Plan{Load: Load{Rate: arrivals.Rate{PerSecond: 500}, Duration: 4 * time.Second, Warmup: time.Second}, Mix: weighted(1, 1, 2).Mix}
			if expected {
				plan.Answer.Status, _ = answer.ParseStatusSet("2xx,409")
			}
			r := fireModel(t, t.Context(), plan, byPath{"a": modelOf(200, time.Millisecond), "b": modelOf(409, time.Millisecond), "c": modelOf(200, time.Millisecond)})
			wantConserved(t, r)
			for i, row := range r.Templates {
				if failed := i == 1 && !expected; failed != (row.Totals.Errors() > 0) || failed && row.Totals.OK > 0 || row.Totals.Done() == 0 {
					t.Errorf("409 expected: %v, row %s: %+v", expected, row.Name, row.Totals)
				}
				if code := row.Status[0].Code; len(row.Status) != 1 || (code == 409) != (i == 1) {
					t.Errorf("row %s has %+v", row.Name, row.Status)
				}
			}
		})
	}
}

// A byte rate's gap after a request is what its own body takes, whichever of several it is.
func TestMixAtAByteRate(t *testing.T) {
	plan := Plan{
		Load: Load{Rate: arrivals.Rate{BytesPerSecond: 1000}, Requests: 100},
		Mix: []Request{{Name: "small", Request: request.Spec{URL: "http://h/", Body: request.Body{Size: 10}}},
			{Name: "large", Request: request.Spec{URL: "http://h/", Body: request.Body{Size: 1000}}}},
	}.WithDefaults()
	if err := plan.Validate(); err != nil {
		t.Fatal(err)
	}
	f := firingOf(t, &plan)
	last, _ := f.claim(0)
	for range 99 {
		next, ok := f.claim(0)
		want := []time.Duration{10 * time.Millisecond, time.Second}[last.template]
		if !ok || next.intended-last.intended != want {
			t.Errorf("request %d is due %v after one of %s, want %v", next.number, next.intended-last.intended, plan.Mix[last.template].Name, want)
		}
		last = next
	}
}

func TestMixIsValidated(t *testing.T) {
	good := Request{Request: request.Spec{URL: "http://h/a"}}
	many := Plan{}
	for range mostRequests + 1 {
		many.Mix = append(many.Mix, good)
	}
	for want, plan := range map[string]Plan{
		`requests[1].url "ftp": is a scheme other than http and https`:                            {Mix: []Request{good, {Request: request.Spec{URL: "ftp://h/"}}}},
		`requests[0].url "": is missing`:                                                          {Mix: []Request{{}}},
		`requests[1].method "P T": is no HTTP method: letters such as PUT`:                        {Mix: []Request{good, {Request: request.Spec{URL: "http://h/b", Method: "P T"}}}},
		`requests[0].header "x y": is no header name; write 'Name: value'`:                        {Mix: []Request{{Request: request.Spec{URL: "http://h/", Header: []header.Line{{Name: "x y"}}}}}},
		`requests[0].weight "-1": must be from 0, which is 1, to 1e+09`:                           {Mix: []Request{{Request: request.Spec{URL: "http://h/"}, Weight: -1}}},
		`requests[0].weight "NaN": must be from 0, which is 1, to 1e+09`:                          {Mix: []Request{{Request: request.Spec{URL: "http://h/"}, Weight: math.NaN()}}},
		`requests[0].weight "+Inf": must be from 0, which is 1, to 1e+09`:                         {Mix: []Request{{Request: request.Spec{URL: "http://h/"}, Weight: math.Inf(1)}}},
		`requests[1].name "http://h/a": is the name of requests[0] too; give each`:                {Mix: []Request{good, {Request: request.Spec{URL: "http://h/a", Method: "POST"}}}},
		`requests[1].name "n": is the name of requests[0] too; give each a name`:                  {Mix: []Request{{Request: request.Spec{URL: "http://h/a"}, Name: "n"}, {Request: request.Spec{URL: "http://h/b"}, Name: "n"}}},
		`requests[1].body file "/none": no such file or directory`:                                {Mix: []Request{good, {Request: request.Spec{URL: "http://h/b", Body: request.Body{File: "/none"}}}}},
		`requests[0].body "": has 2 sources`:                                                      {Mix: []Request{{Request: request.Spec{URL: "http://h/b", Body: request.Body{Text: "x", Size: 4}}}}},
		`requests "201": are too many; at most 200 are told apart`:                                many,
		`header "X": is sent by none of the plan's several requests`:                              {Mix: []Request{good}, Request: request.Spec{Header: []header.Line{{Name: "X", Value: "y"}}}},
		`body "4 generated bytes": is sent by none of the plan's several requests`:                {Mix: []Request{good}, Request: request.Spec{Body: request.Body{Size: 4}}},
		`rate "5 B/s": is a rate of body bytes, and there is no body`:                             {Mix: []Request{good}, Load: Load{Rate: arrivals.Rate{BytesPerSecond: 5}}},
		`requests[0].url "{{sep}}": column 10: calls sep, which is no function; did you mean seq`: {Mix: []Request{{Request: request.Spec{URL: "http://h/{{sep}}"}}}},
	} {
		err := plan.Validate()
		var fault *fault.Fault
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, &fault) {
			t.Errorf("%v\nwant %s", err, want)
		}
	}
	err := Plan{Mix: []Request{{Request: request.Spec{URL: "ftp://h/"}}, {Request: request.Spec{URL: "http://h/", Method: "("}, Weight: -1}, {Request: request.Spec{URL: "http://:x/"}}}}.Validate()
	if n := strings.Count(err.Error(), "requests["); n != 4 {
		t.Errorf("%d faults of 4 are named: %v", n, err)
	}
	plan := Plan{Request: request.Spec{URL: "http://h/{{seq}}", Method: "POST"}, Mix: []Request{{Name: "put", Request: request.Spec{Method: "PUT"}}, {Name: "post"}}}
	if err := plan.Validate(); err != nil {
		t.Errorf("requests that share the plan's URL: %v", err)
	}
	if each := plan.Each(); each[1].Request.Method != "POST" || each[0].Request.Method != "PUT" || each[1].Request.URL != plan.Request.URL || each[1].Mix != nil {
		t.Errorf("each is %+v", each)
	}
}

func TestMixChoosesTheEngine(t *testing.T) {
	for _, c := range []struct {
		urls    [2]string
		several bool
	}{
		{[2]string{"http://h/a", "http://h/b"}, false}, {[2]string{"http://h/a", "http://H:80/b?{{seq}}"}, false}, {[2]string{"http://u:p@h/a", "h/b"}, false},
		{[2]string{"http://h/a", "https://h/b"}, true}, {[2]string{"http://h/a", "http://h:8080/b"}, true}, {[2]string{"http://h/a", "http://g/b"}, true},
	} {
		p := Plan{Mix: []Request{{Request: request.Spec{URL: c.urls[0]}}, {Request: request.Spec{URL: c.urls[1]}}}}.WithDefaults()
		if got := len(p.origins()) > 1; got != c.several {
			t.Errorf("%v: several servers: %v", c.urls, got)
		}
		if name, why := engineFor(&p); runtime.GOOS == "linux" && (name != "wire" || why != "") {
			t.Errorf("%v: engine %s, %s", c.urls, name, why)
		}
	}
}

func TestMixIsRecordedWithoutSecrets(t *testing.T) {
	p := Plan{
		Mix: []Request{{
			Name:    "login",
			Request: request.Spec{Method: "POST", URL: "http://u:geheim@h/login?token=geheim", Header: []header.Line{{Name: "Cookie", Value: "geheim"}, {Name: "X", Value: "1"}}, Body: request.Body{Text: "geheim"}},
			Weight:  2,
		}, {Request: request.Spec{URL: "http://u:geheim@h/{{seq}}", Body: request.Body{Size: 9}}}},
	}
	r := p.Record()
	want := []stats.Request{
		{Name: "login", Weight: 2, Method: "POST", URL: "http://REDACTED@h/login?token=REDACTED", Headers: []string{"Cookie: REDACTED", "X: 1"}, Body: "text of 6 bytes", BodyBytes: 6},
		{Name: "http://REDACTED@h/{{seq}}", Weight: 1, Method: "PUT", URL: "http://REDACTED@h/{{seq}}", Body: "9 generated bytes", BodyBytes: 9},
	}
	if !slices.EqualFunc(r.Mix, want, func(a, b stats.Request) bool {
		return a.Name == b.Name && a.Weight == b.Weight && a.Method == b.Method && a.URL == b.URL && slices.Equal(a.Headers, b.Headers) && a.Body == b.Body && a.BodyBytes == b.BodyBytes
	}) {
		t.Errorf("recorded as %+v\nwant %+v", r.Mix, want)
	}
	if r.Method != "POST" || r.URL != want[0].URL || r.BodyBytes != -1 || r.Headers != nil || r.Body != "" || r.Auth != "basic" {
		t.Errorf("of the run it is recorded as %+v, want what both say", r)
	}
	if one := (Plan{Mix: p.Mix[1:]}).Record(); one.Mix != nil || one.URL != want[1].URL {
		t.Errorf("a mix of one is %+v", one)
	}
}

// TestEachOfAMixIsRecordedAsItIs: what one says alone is not recorded as the run's.
func TestEachOfAMixIsRecordedAsItIs(t *testing.T) {
	created, err := answer.ParseStatusSet("201")
	if err != nil {
		t.Fatal(err)
	}
	p := Plan{Request: request.Spec{Method: "PATCH"}, Answer: answer.Spec{Header: []string{"ETag"}}, Mix: []Request{
		{Name: "a", Request: request.Spec{Method: "POST", URL: "http://h/a", Auth: request.Auth{Bearer: "t"}},
			Answer: answer.Spec{Header: []string{"Location"}, Status: created}},
		{Name: "b", Request: request.Spec{URL: "http://h/b"}},
	}}
	r := p.Record()
	if a, b := r.Mix[0], r.Mix[1]; a.Method != "POST" || a.Expect != "201" || a.Auth != "bearer" || !slices.Equal(a.Checks, []string{"header Location"}) ||
		b.Method != "PATCH" || b.Expect != "2xx" || b.Auth != "" || !slices.Equal(b.Checks, []string{"header ETag"}) {
		t.Errorf("recorded as %+v", r.Mix)
	}
	if r.Expect != "" || r.Auth != "" || r.Checks != nil || r.Body != "none" {
		t.Errorf("of the run it is recorded as %+v", r)
	}
	p.Mix[0].Answer = answer.Spec{}
	if r := p.Record(); r.Expect != "2xx" || !slices.Equal(r.Checks, []string{"header ETag"}) {
		t.Errorf("what both say is recorded as %q, %q", r.Expect, r.Checks)
	}
}

// TestExpectOfAMix: bodies wait for a 100 in all of a run's requests or in none.
func TestExpectOfAMix(t *testing.T) {
	asks := []header.Line{{Name: "expect", Value: "100-continue"}}
	p := weighted(1, 1, 1)
	p.Mix[0].Request.Header, p.Mix[0].Request.Body.Text = asks, "a"
	p.Mix[1].Request.Body.Text = "b"
	if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "requests[0].header") || p.WithDefaults().Transport.ExpectContinue {
		t.Errorf("one that waits beside one that does not: %v", err)
	}
	p.Mix[1].Request.Header = asks
	if err := p.Validate(); err != nil || !p.WithDefaults().Transport.ExpectContinue {
		t.Errorf("two that wait, and one without a body: %v", err)
	}
}

// Render shows what the run will send as request k.
func TestRenderOfAMix(t *testing.T) {
	p := weighted(1, 1)
	p.Mix[1].Request.Body.Text = "body {{seq}}"
	l := newLot(&p)
	for k := range int64(20) {
		made, err := Render(p, k, 100)
		if err != nil {
			t.Fatal(err)
		}
		if want := "PUT /" + letter(l.pick(k)) + "/"; !strings.HasPrefix(string(made.Head), want) || (len(made.Body) > 0) != (l.pick(k) == 1) {
			t.Errorf("request %d: %q, %q; want %s", k, made.Head, made.Body, want)
		}
	}
}

func BenchmarkPick(b *testing.B) {
	for name, p := range map[string]Plan{"one": {}, "three": weighted(1, 2, 3), "fifty": weighted(make([]float64, 50)...)} {
		b.Run(name, func(b *testing.B) {
			l, k := newLot(&p), int64(0)
			for b.Loop() {
				k += int64(l.pick(k)) | 1
			}
		})
	}
}
