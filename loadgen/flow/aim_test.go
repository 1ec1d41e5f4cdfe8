package flow

import (
	"net/url"
	"strings"
	"testing"

	"shotput/stats"
)

func mustURL(s string) *url.URL {
	u, err := url.Parse(s)
	if err != nil {
		panic(err)
	}
	return u
}

var someHosts = Hosts{
	Own:     []*url.URL{mustURL("http://own:8080"), mustURL("https://safe"), mustURL("http://[::1]:9000/x")},
	Allowed: []string{"*.example.com", "store.test:8443", "10.0.0.1", "[fd00::1]:80"},
}

// Where a captured URL leads, of an answer from http://own:8080/a/b?c: the origin and the target, with * where it is no
// server of the plan; or behind "!" why nothing is sent.
var aims = map[string]string{
	"http://own:8080/x?y=z":              "http own:8080 /x?y=z",
	"HTTP://OWN:8080/x":                  "http OWN:8080 /x",
	"http://own:8080":                    "http own:8080 /",
	"http://own:8080?a":                  "http own:8080 /?a",
	"http://own:8080/?":                  "http own:8080 /?",
	"http://own:8080/x#part":             "http own:8080 /x",
	"/x":                                 "http own:8080 /x",
	"x?y":                                "http own:8080 /a/x?y",
	"../x":                               "http own:8080 /x",
	"?d":                                 "http own:8080 /a/b?d",
	"//a.example.com/x":                  "http a.example.com /x *",
	"https://safe/x":                     "https safe /x",
	"https://safe:443/x":                 "https safe /x",
	"http://[::1]:9000/x":                "http [::1]:9000 /x",
	"http://a.b.example.com:99/x":        "http a.b.example.com:99 /x *",
	"http://A.EXAMPLE.com/x":             "http A.EXAMPLE.com /x *",
	"https://store.test:8443/":           "https store.test:8443 / *",
	"http://10.0.0.1:5000/":              "http 10.0.0.1:5000 / *",
	"http://[fd00::1]/":                  "http [fd00::1] / *",
	"http://own:8080/a%2Fb/../c?q=%2f+&": "http own:8080 /a%2Fb/../c?q=%2f+&",
	"http://own:8080//x":                 "http own:8080 //x",
	"http://own:8080/a b?c d":            "http own:8080 /a%20b?c%20d",
	"http://own:8080/größe?größe":        "http own:8080 /gr%C3%B6%C3%9Fe?gr%C3%B6%C3%9Fe",

	"http://own/x":                "! leads to own, which is no host of the plan",
	"https://own:8080/x":          "! leads to own:8080, which is no host of the plan",
	"http://example.com/":         "! leads to example.com, which is no host of the plan",
	"http://.example.com/":        "! leads to .example.com, which is no host of the plan",
	"http://aexample.com/":        "! leads to aexample.com, which is no host of the plan",
	"http://a.example.com.evil/":  "! leads to a.example.com.evil, which is no host of the plan",
	"http://a.example.com./":      "! leads to a.example.com., which is no host of the plan",
	"http://store.test/":          "! leads to store.test, which is no host of the plan",
	"http://[fd00::1]:81/":        "! leads to [fd00::1]:81, which is no host of the plan",
	"http://own:8080@evil/":       "! is a URL with a user in it, which is not sent",
	`http://own:8080\@evil/`:      `! is no URL, with its 22 bytes`,
	"ftp://own:8080/":             "! is a URL of the scheme ftp, and none of http or https",
	"mailto:a@own":                "! is a URL of the scheme mailto, and none of http or https",
	"http:x":                      "! is a URL without a host",
	"http:///x":                   "! is a URL without a host",
	"http://own:0/":               "! is a URL with no port from 1 to 65535 behind its colon",
	"http://own:/":                "! is a URL with no port from 1 to 65535 behind its colon",
	"http://own:65536/":           "! is a URL with no port from 1 to 65535 behind its colon",
	"http://größe.example.com/":   "! is a URL with a host that has a sign which is none of a name",
	"http://own:8080/%zz?token=x": `! is no URL, with its 27 bytes`,
}

func aimed(p *policy, written, base string) string {
	e := &Exchange{url: written, step: &compiled{Named: Named{URLFrom: "place"}}}
	var from *url.URL
	if base != "" {
		from = mustURL(base)
	}
	p.take(e, from)
	if e.Err != nil {
		return "! " + strings.TrimPrefix(e.Err.Error(), `captured "place" `)
	}
	s := e.Given.Aim.Scheme + " " + e.Given.Aim.Host + " " + e.Given.Aim.Target
	if e.Given.Aim.Foreign {
		s += " *"
	}
	return s
}

func TestAims(t *testing.T) {
	p, err := newPolicy(someHosts)
	if err != nil {
		t.Fatal(err)
	}
	for written, want := range aims {
		if got := aimed(p, written, "http://own:8080/a/b?c"); got != want {
			t.Errorf("%s is %s, want %s", written, got, want)
		}
	}
	for written, want := range map[string]string{
		"http://own:8080/x": "! leads from https to http, where nothing is sent", "/x": "https safe /x", "//own:8080/x": "! leads to own:8080, which is no host of the plan",
	} {
		if got := aimed(p, written, "https://safe/a"); got != want {
			t.Errorf("%s from https is %s, want %s", written, got, want)
		}
	}
	if got, want := aimed(p, "/"+strings.Repeat("x", mostURL), "http://own:8080/"), "! has 65537 bytes; a URL has at most 65536"; got != want {
		t.Errorf("a long one: %.100s", got)
	}
	if got, want := aimed(p, "/x", ""), "! is no whole URL, and nothing is known that it is relative to"; got != want {
		t.Errorf("from nowhere: %s", got)
	}
}

func TestBrokenHosts(t *testing.T) {
	const mend = "; write '*.example.com' or example.com:8443"
	for s, want := range map[string]string{
		"*": "allows every host there is", "*:80": "allows every host there is", "*.": "is no name of a host", "": "is no name of a host",
		"a*.example.com": "has a * that does not stand for whole labels at its beginning", "a.*": "has a * that does not stand for whole labels at its beginning",
		"**.a":     "has a * that does not stand for whole labels at its beginning",
		"http://a": "is a URL, where the name of a host alone belongs", "a/b": "is no name of a host", "u@a": "is no name of a host",
		".example.com": "is no name of a host", "a:": "has no port from 1 to 65535 behind its colon", "a:b": "has no port from 1 to 65535 behind its colon", "a b": "is no name of a host",
	} {
		if err := (Hosts{Allowed: []string{s}}).Check(); err == nil || err.Error() != `hosts "`+s+`": `+want+mend {
			t.Errorf("%s: %v, want %s", s, err, want)
		}
	}
	for _, s := range []string{"example.com", "*.example.com", "*.example.com:80", "LOCALHOST:8080", "::1", "[::1]", "[::1]:80", "10.0.0.1"} {
		if err := (Hosts{Allowed: []string{s}}).Check(); err != nil {
			t.Error(err)
		}
	}
}

// FuzzAim: wherever an answer leads, what is sent goes to a host that the plan has or allows, in one line, and says who
// asks nowhere but there; and what is refused has an outcome.
func FuzzAim(f *testing.F) {
	for written := range aims {
		f.Add(written, "http://own:8080/a/b?c")
		f.Add(written, "https://safe/")
	}
	p, err := newPolicy(someHosts)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, written, base string) {
		from, err := url.Parse(base)
		if err != nil || from.Host == "" {
			return
		}
		e := &Exchange{url: written, step: &compiled{Named: Named{URLFrom: "place"}}}
		p.take(e, from)
		if e.Err != nil {
			if e.refused != stats.BadHead && e.refused != stats.ForeignHost || e.Given.Aim != nil {
				t.Fatalf("%q: %v is %v", written, e.Err, e.refused)
			}
			return
		}
		a := e.Given.Aim
		whole := a.Scheme + "://" + a.Host + a.Target
		u, err := url.Parse(whole)
		if err != nil || !strings.HasPrefix(a.Target, "/") || u.Fragment != "" || u.User != nil ||
			strings.ContainsFunc(whole, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			t.Fatalf("%q is aimed at %q: %v", written, whole, err)
		}
		if originOf(u) != originOf(e.Server) || e.Server.Scheme != a.Scheme {
			t.Fatalf("%q is aimed at %q, and sent to %v", written, whole, e.Server)
		}
		if p.owns(u) == a.Foreign || a.Foreign && !p.allows(u) || from.Scheme == "https" && a.Scheme != "https" {
			t.Fatalf("%q leads to %q, foreign %v", written, whole, a.Foreign)
		}
	})
}
