package flow

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/answer"
	"shotput/loadgen/text"
	"shotput/stats"
)

// shown are values as the exchange at hand has them.
func shown(g *text.Given) string {
	var all []string
	for _, v := range g.Values {
		s := v.Name + "=" + strings.Join(v.Texts, ",")
		if v.Base != nil {
			s += " of " + v.Base.String()
		}
		all = append(all, s)
	}
	return strings.Join(all, "; ")
}

// given drives passes with answers by step, the last again and again, and gives what each exchange was sent with.
func given(t *testing.T, d *driver, passes int, says map[string][]reply) (all []string) {
	t.Helper()
	said := map[string]int{}
	d.server = func(name string, e *Exchange) reply {
		line := strings.TrimSpace(name + " " + shown(&e.Given))
		if e.Given.Aim != nil {
			line += fmt.Sprintf(" > %v %v", e.Server, e.Given.Aim.Target)
		}
		if e.Given.Cookie != "" {
			line += " [" + e.Given.Cookie + "]"
		}
		all = append(all, line)
		answers := says[name]
		if len(answers) == 0 {
			return reply{after: 10 * ms}
		}
		i := min(said[name], len(answers)-1)
		said[name]++
		answers[i].after = max(answers[i].after, ms)
		return answers[i]
	}
	for range passes {
		d.holds(d.pass(d.now))
	}
	return all
}

func wantLines(t *testing.T, got []string, want string) {
	t.Helper()
	if all := strings.Join(got, "\n"); all != strings.TrimSpace(want) {
		t.Errorf("got\n%s\nwant\n%s", all, strings.TrimSpace(want))
	}
}

// Values are there for all that follows: those of one step, of all parts of one, of the slot, and of before the load.
func TestGivenValues(t *testing.T) {
	d := newDriver(t, Config{Steps: []Named{
		step("login", Step{PerSlot: true, Captures: captures("token: json .token")}),
		step("create", Step{Captures: captures("id: json .id", "place: header Location")}),
		step("part", Step{Parts: 3, Parallel: 2, Captures: captures("etag: header ETag")}),
		{Name: "end", URLFrom: "place"},
	}, Hosts: Hosts{Own: someHosts.Own, Allowed: []string{"own"}}})
	d.slot = NewSlot([]text.Value{{Name: "bucket", Texts: []string{"b"}}})
	got := given(t, d, 2, map[string][]reply{
		"login":  {{body: `{"token":"t1"}`}, {body: `{"token":"t2"}`}},
		"create": {{body: `{"id":"1"}`, header: "Location: up?x"}, {status: 401}, {body: `{"id":"2"}`, header: "Location: /up"}},
		"part": {{header: "ETag: a", after: 9 * ms}, {header: "ETag: b"}, {header: "ETag: c"}, {header: "ETag: d"},
			{header: "ETag: e"}, {header: "ETag: f"}},
	})
	wantLines(t, got, `
login bucket=b
create bucket=b; token=t1
part bucket=b; token=t1; id=1; place=up?x of http://own/create
part bucket=b; token=t1; id=1; place=up?x of http://own/create
part bucket=b; token=t1; id=1; place=up?x of http://own/create
end bucket=b; token=t1; id=1; place=up?x of http://own/create; etag=a,b,c > http://own /up?x
create bucket=b; token=t1
login bucket=b; token=t1
create bucket=b; token=t2
part bucket=b; token=t2; id=2; place=/up of http://own/create
part bucket=b; token=t2; id=2; place=/up of http://own/create
part bucket=b; token=t2; id=2; place=/up of http://own/create
end bucket=b; token=t2; id=2; place=/up of http://own/create; etag=d,e,f > http://own /up`)
	secrets := d.slot.Secrets()
	for _, s := range []string{"b", "t2", "2", "/up", "d", "e", "f"} {
		if !slices.Contains(secrets, s) {
			t.Errorf("%s is no secret among %q", s, secrets)
		}
	}
	values := d.slot.Captured()
	if s := shown(&text.Given{Values: values}); s != "bucket=b; token=t2; id=2; place=/up of http://own/create; etag=d,e,f" {
		t.Error(s)
	}
	d.pass(d.now)
	if s := shown(&text.Given{Values: values}); !strings.HasSuffix(s, "etag=d,e,f") {
		t.Errorf("a copy has changed: %s", s)
	}
}

// What was captured before the load leads all flows.
func TestSharedURL(t *testing.T) {
	before := newDriver(t, Config{Bases: true, Steps: []Named{step("create", Step{Captures: captures("place: header Location")})}})
	given(t, before, 1, map[string][]reply{"create": {{header: "Location: x", url: "http://own:8080/moved/to"}}})
	d := newDriver(t, Config{Steps: []Named{{Name: "put", URLFrom: "place"}}, Hosts: someHosts})
	d.slot = NewSlot(before.slot.Captured())
	wantLines(t, given(t, d, 1, nil), `put place=x of http://own:8080/moved/to > http://own:8080 /moved/x`)
}

// A request that must not be sent, or cannot be, is not; and it fails its step.
func TestUnsendable(t *testing.T) {
	for place, want := range map[string]string{
		"http://evil/x": `foreign_host (captured "place" leads to evil, which is no host of the plan)`,
		"ftp://own/x":   `head (captured "place" is a URL of the scheme ftp, and none of http or https)`,
	} {
		d := newDriver(t, Config{Steps: []Named{step("create", Step{Captures: captures("place: header Location")}),
			{Name: "put", URLFrom: "place"}, onFailure("undo")}, Hosts: someHosts})
		sent := given(t, d, 1, map[string][]reply{"create": {{header: "Location: " + place}}})
		if len(sent) != 2 || !strings.HasPrefix(sent[1], "undo") {
			t.Errorf("%s: sent %q", place, sent)
		}
		if d.story[1] != "put 1-1 "+want {
			t.Errorf("%s: %s, want %s", place, d.story[1], want)
		}
		o := d.slot.Arrival()
		if got := d.tell(o); got != "0-1 "+strings.Replace(want, " (", " at put (", 1) || o.Exchanges != 3 {
			t.Errorf("%s: %s with %d exchanges, want %s", place, got, o.Exchanges, want)
		}
	}
}

func TestUnrenderableURL(t *testing.T) {
	d := newDriver(t, Config{Cookies: true, Steps: []Named{step("a", Step{})},
		Render: func(int, int64, time.Duration, *text.Given) (string, error) {
			return "", errors.New("row 5 has no key")
		}})
	if sent := given(t, d, 1, nil); len(sent) > 0 || d.slot.Arrival().Outcome != stats.BadHead || d.slot.Arrival().Detail != "row 5 has no key" {
		t.Errorf("%q, %+v", sent, d.slot.Arrival())
	}
}

// Cookies are kept from pass to pass, by the slot that was given them, and told to nobody else.
func TestCookies(t *testing.T) {
	c := Config{Cookies: true, Hosts: someHosts, Steps: []Named{
		step("login", Step{PerSlot: true}),
		step("create", Step{Captures: captures("place: header Location")}),
		{Name: "put", URLFrom: "place"},
		step("end", Step{}),
	}, Render: func(template int, _ int64, _ time.Duration, given *text.Given) (string, error) {
		if template == 2 {
			return given.Of("place").Texts[0], nil
		}
		return fmt.Sprintf("http://own:8080/%d", template), nil
	}}
	d := newDriver(t, c)
	says := map[string][]reply{
		"login": {{header: "Set-Cookie: SID=1; Path=/; HttpOnly\nSet-Cookie: safe=x; Secure"}},
		"create": {{header: "Location: http://a.example.com/x"}, {header: "Location: /x\nSet-Cookie: n=2"},
			{header: "Location: http://own:8080/x\nSet-Cookie: n=; Max-Age=0"}},
		"put": {{header: "Set-Cookie: SID=evil\nSet-Cookie: more=evil"}, {}},
		"end": {{url: "http://a.example.com/", header: "Set-Cookie: SID=evil"}, {}},
	}
	wantLines(t, given(t, d, 3, says), `
login
create [SID=1]
put place=http://a.example.com/x of http://own:8080/1 > http://a.example.com /x
end place=http://a.example.com/x of http://own:8080/1 [SID=1]
create [SID=1]
put place=/x of http://own:8080/1 > http://own:8080 /x [SID=1; n=2]
end place=/x of http://own:8080/1 [SID=1; n=2]
create [SID=1; n=2]
put place=http://own:8080/x of http://own:8080/1 > http://own:8080 /x [SID=1]
end place=http://own:8080/x of http://own:8080/1 [SID=1]`)
	if !slices.Contains(d.slot.Secrets(), "1") {
		t.Errorf("a cookie is no secret among %q", d.slot.Secrets())
	}
	other := newDriver(t, c)
	if got := given(t, other, 1, says); got[0] != "login" {
		t.Errorf("another slot begins with %q", got)
	}
}

// However many cookies a server sets, by name or by the folder that each is of, a slot keeps those that came last.
func TestCookiesAreBounded(t *testing.T) {
	at := func(n int) *url.URL { return &url.URL{Scheme: "http", Host: "own", Path: fmt.Sprintf("/%d/x", n)} }
	set := func(lines ...string) *Answer {
		return &Answer{Seen: answer.Seen{Header: http.Header{"Set-Cookie": lines}}}
	}
	j := newJar()
	for n := range 5 * mostCookies {
		j.keep(at(n), set(fmt.Sprintf("n%d=v%d; Path=/", n, n), "login=me; Path=/", "here=x", "long="+strings.Repeat("x", mostCookie)))
	}
	sent, last := j.of(at(5*mostCookies-1)), 5*mostCookies-1
	if !strings.Contains(sent, "login=me") || !strings.Contains(sent, fmt.Sprintf("n%d=v%d", last, last)) || !strings.Contains(sent, "here=x") {
		t.Errorf("the last are not among %q", sent)
	}
	if j.of(at(0)) == "" || strings.Contains(j.of(at(0)), "here") || strings.Contains(sent, "n0=") || strings.Contains(sent, "long") || len(j.kept) != mostCookies {
		t.Errorf("%d are kept, and there are %q and %q", len(j.kept), j.of(at(0)), sent)
	}
}

// What is thought is drawn of seed, arrival and step alone, and evenly.
func TestThink(t *testing.T) {
	think := Think{From: 100 * ms, To: 200 * ms}
	var sum time.Duration
	const n = 10_000
	seen := map[time.Duration]int{}
	for k := range int64(n) {
		d := think.draw(7, k, 3)
		if d < think.From || d > think.To || d != think.draw(7, k, 3) {
			t.Fatalf("%v", d)
		}
		seen[d/(10*ms)]++
		sum += d
	}
	if mean := sum / n; mean < 149*ms || mean > 151*ms || len(seen) != 10 {
		t.Errorf("%v in the mean, %v", mean, seen)
	}
	if think.draw(7, 1, 3) == think.draw(7, 2, 3) || think.draw(7, 1, 3) == think.draw(7, 1, 4) || think.draw(7, 1, 3) == think.draw(8, 1, 3) {
		t.Error("the same for two")
	}
	if d := (Think{From: 5 * ms}).draw(7, 1, 3); d != 5*ms {
		t.Error(d)
	}
}

// A flow whose captures and hosts are wrong says so, all at once.
func TestBrokenFlow(t *testing.T) {
	s := step("a", Step{Within: time.Second})
	s.Captures = append(captures("id: json .id"), captures("id: json .id")...)
	s.Captures[0].From, s.Captures[1].What = "xml", "id"
	s.Until.JSON = "status"
	_, err := New(Config{Steps: []Named{s}, Hosts: Hosts{Allowed: []string{"*"}}})
	for _, part := range []string{`hosts "*"`, `capture "xml .id"`, `capture "json id"`, `expect-json "status"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v has no %s", err, part)
		}
	}
}
