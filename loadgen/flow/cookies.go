package flow

import (
	"cmp"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// Bounds of what a slot keeps, which are those of browsers: how many cookies, and bytes of each. net/http has none, and
// one without a Path is another cookie in each folder that a server answers from.
const (
	mostCookies = 180
	mostCookie  = 4096
)

// A jar is a slot's cookies. It alone looks at a clock, for those that expire.
type jar struct {
	*cookiejar.Jar
	kept []kept // at most mostCookies; those that were set last, last
}

// A kept is a cookie in a jar, or one that has expired there.
type kept struct{ name, value, domain, path string }

// keptOf is a cookie as an answer from a URL sets it. Domain and path are those by which the jar knows it.
func keptOf(u *url.URL, c *http.Cookie) kept {
	k := kept{c.Name, c.Value, strings.ToLower(cmp.Or(strings.TrimPrefix(c.Domain, "."), u.Hostname())), c.Path}
	if !strings.HasPrefix(k.path, "/") {
		k.path = cmp.Or(u.Path[:max(0, strings.LastIndexByte(u.Path, '/'))], "/")
	}
	return k
}

func (k *kept) isSame(o kept) bool {
	return k.name == o.name && k.domain == o.domain && k.path == o.path
}

func newJar() *jar {
	j, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		panic("no cookie jar: " + err.Error()) // with these options there is no error
	}
	return &jar{Jar: j}
}

// of is the value of the Cookie header for a URL; "" where there is none.
func (j *jar) of(u *url.URL) string {
	var b strings.Builder
	for i, c := range j.Cookies(u) {
		if i > 0 {
			b.WriteString("; ")
		}
		b.WriteString(c.Name + "=" + c.Value)
	}
	return b.String()
}

// keep takes in what an answer from a URL sets. Where there is no room the one that was set longest ago makes it.
func (j *jar) keep(u *url.URL, a *Answer) {
	var set []*http.Cookie
	for line := range a.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err != nil || len(c.Name)+len(c.Value) > mostCookie {
			continue // as browsers do
		}
		set = append(set, c)
	}
	if set == nil {
		return
	}
	j.SetCookies(u, set)
	for _, c := range set {
		k := keptOf(u, c)
		j.kept = append(slices.DeleteFunc(j.kept, func(old kept) bool { return old.isSame(k) }), k)
	}
	for len(j.kept) > mostCookies {
		j.drop(j.kept[0])
		j.kept = slices.Delete(j.kept, 0, 1)
	}
}

// drop takes a cookie out of the jar, which knows no other way than to have it expire.
func (j *jar) drop(k kept) {
	at := &url.URL{Scheme: "https", Host: k.domain, Path: k.path}
	j.SetCookies(at, []*http.Cookie{{Name: k.name, Domain: k.domain, Path: k.path, MaxAge: -1}})
}
