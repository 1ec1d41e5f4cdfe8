package flow

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"

	"golang.org/x/net/publicsuffix"
)

// A jar is a slot's cookies. It alone looks at a clock, for those that expire.
type jar struct {
	*cookiejar.Jar
	values map[string]string // the last of each name that it was given
}

func newJar() *jar {
	j, err := cookiejar.New(&cookiejar.Options{PublicSuffixList: publicsuffix.List})
	if err != nil {
		panic("no cookie jar: " + err.Error()) // with these options there is no error
	}
	return &jar{j, map[string]string{}}
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

// keep takes in what an answer from a URL sets.
func (j *jar) keep(u *url.URL, a *Answer) {
	var set []*http.Cookie
	for line := range a.Values("Set-Cookie") {
		c, err := http.ParseSetCookie(line)
		if err != nil {
			continue // as browsers do
		}
		set = append(set, c)
		j.values[c.Name] = c.Value
	}
	if set != nil {
		j.SetCookies(u, set)
	}
}
