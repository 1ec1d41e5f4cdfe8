package credentials

import (
	"cmp"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Cookie is one of a file of cookies: of Netscape's format, which browsers and curl -c write, or a Set-Cookie line of
// an answer's head.
type Cookie struct {
	Name, Value string
	domain      string // "": of an answer's head that names none
	path        string // without the slash at its end; "": any
	below       bool   // for all hosts below the domain as well
	secure      bool
}

// Cookies reads the text of a file of cookies, as curl does: what is no cookie is passed over, and of two with the same
// name, domain and path the later stands. Expired says how many were too old to be sent; session, whether those that
// end with a browser's session are taken.
func Cookies(text string, now time.Time, session bool) (all []Cookie, expired int) {
	for line := range strings.Lines(text) {
		c, until, ok := parseCookie(strings.TrimRight(line, "\r\n"), now)
		switch {
		case !ok || until.IsZero() && !session:
			continue
		case !until.IsZero() && !until.After(now):
			expired++
			continue
		}
		same := func(o Cookie) bool {
			return o.Name == c.Name && strings.EqualFold(o.domain, c.domain) && o.path == c.path
		}
		if i := slices.IndexFunc(all, same); i >= 0 {
			all[i] = c
		} else {
			all = append(all, c)
		}
	}
	return all, expired
}

// parseCookie reads a line; until is zero for a cookie of a session.
func parseCookie(line string, now time.Time) (c Cookie, until time.Time, ok bool) {
	const header = "set-cookie:"
	if len(line) > len(header) && strings.EqualFold(line[:len(header)], header) {
		return parseSetCookie(line[len(header):], now)
	}
	line = strings.TrimPrefix(line, "#HttpOnly_")
	fields := strings.FieldsFunc(line, func(r rune) bool { return r == '\t' })
	if strings.HasPrefix(line, "#") || len(fields) < 5 {
		return c, until, false
	}
	if fields[2] == "TRUE" || fields[2] == "FALSE" { // the path is left out
		fields = slices.Insert(fields, 2, "/")
	}
	if len(fields) == 6 {
		fields = append(fields, "")
	}
	if len(fields) != 7 {
		return c, until, false
	}
	seconds, err := strconv.ParseInt(fields[4], 10, 64)
	if err != nil {
		return c, until, false
	}
	if seconds != 0 {
		until = time.Unix(seconds, 0)
	}
	c = Cookie{Name: fields[5], Value: fields[6],
		domain: strings.TrimPrefix(fields[0], "."), path: cleanPath(fields[2]),
		below: strings.EqualFold(fields[1], "TRUE"), secure: strings.EqualFold(fields[3], "TRUE")}
	return c, until, c.keepsItsPrefix()
}

// parseSetCookie reads what follows Set-Cookie: in an answer's head.
func parseSetCookie(text string, now time.Time) (c Cookie, until time.Time, ok bool) {
	set, err := http.ParseSetCookie(strings.TrimSpace(text))
	if err != nil {
		return c, until, false
	}
	c = Cookie{Name: set.Name, Value: set.Value, domain: strings.TrimPrefix(set.Domain, "."), secure: set.Secure}
	if set.Quoted {
		c.Value = `"` + c.Value + `"`
	}
	if set.Path != "" {
		c.path = cleanPath(set.Path)
	}
	c.below = c.domain != "" && net.ParseIP(c.domain) == nil
	switch {
	case set.MaxAge < 0:
		until = now
	case set.MaxAge > 0:
		until = now.Add(time.Duration(set.MaxAge) * time.Second)
	default:
		until = set.Expires
	}
	return c, until, c.keepsItsPrefix()
}

// keepsItsPrefix says whether a cookie whose name makes a promise keeps it (RFC 6265bis §4.1.3).
func (c *Cookie) keepsItsPrefix() bool {
	name := strings.ToLower(c.Name)
	switch {
	case strings.HasPrefix(name, "__secure-"):
		return c.secure
	case strings.HasPrefix(name, "__host-"):
		return c.secure && c.path == "" && !c.below
	}
	return true
}

func cleanPath(path string) string {
	if path = strings.Trim(path, `"`); !strings.HasPrefix(path, "/") {
		return ""
	}
	return strings.TrimSuffix(path, "/")
}

// An Aim is where requests go, as far as cookies are concerned.
type Aim struct {
	Secure bool   // over TLS
	Host   string // its name, or what a Host header calls it
	Path   string // without the query; of one that differs from request to request, what all have before that
	Open   bool   // the path goes on, otherwise in each request
}

// For gives the cookies that are sent there, in the order in which curl sends them. Unsure is the path of one of which
// it cannot be said, since the URLs of requests differ; "" where there is none.
func For(all []Cookie, to Aim) (sent []Cookie, unsure string) {
	for _, c := range slices.Backward(all) { // of equals, the last comes first
		if !c.isForHost(to) {
			continue
		}
		fits, sure := c.isForPath(to)
		if !sure {
			return nil, c.path
		}
		if fits {
			sent = append(sent, c)
		}
	}
	slices.SortStableFunc(sent, func(a, b Cookie) int {
		return cmp.Or(len(b.path)-len(a.path), len(b.domain)-len(a.domain), len(b.Name)-len(a.Name))
	})
	return sent, ""
}

// isForHost says whether the host may have the cookie. One that names no domain came from a host that is not known: an
// address may have it, as in curl, and a name not.
func (c *Cookie) isForHost(to Aim) bool {
	host := strings.ToLower(to.Host)
	isAddress := net.ParseIP(host) != nil
	if c.secure && !to.Secure && host != "localhost" && host != "127.0.0.1" && host != "::1" {
		return false
	}
	domain := strings.ToLower(c.domain)
	return domain == "" && isAddress || domain == host ||
		c.below && !isAddress && strings.HasSuffix(host, "."+domain)
}

// isForPath says whether the path is that of the cookie or below it, if that can be said of all requests alike.
func (c *Cookie) isForPath(to Aim) (fits, sure bool) {
	path := cmp.Or(to.Path, "/")
	switch {
	case strings.HasPrefix(path, c.path) && len(path) > len(c.path):
		return path[len(c.path)] == '/', true
	case to.Open && strings.HasPrefix(c.path, path):
		return false, false
	}
	return path == c.path || c.path == "", true
}
