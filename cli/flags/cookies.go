package flags

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"shotput/cli/address"
	"shotput/cli/credentials"
	"shotput/cli/line"
	"shotput/loadgen"
)

// isCookieFile says whether a value of -b names a file rather than being cookies: what has no = in it, as in curl.
func isCookieFile(value string) (path string, is bool) {
	if path, is = strings.CutPrefix(value, "@"); !is {
		is = !strings.Contains(value, "=")
	}
	return path, is
}

// cookiePath is a file's name in a value of -b.
func cookiePath(v string, from func(string) string) string {
	if path, is := isCookieFile(v); is && path != "" {
		return from(path)
	}
	return v
}

// addCookies makes the one Cookie header of all -b: those of files first, as in curl. What -H says comes before all.
func (h *head) addCookies(to *loadgen.RequestSpec, in *Source) {
	if names(to, "Cookie") {
		return
	}
	var jar cookieJar
	var last string // of the files
	var typed []string
	for _, value := range h.cookies {
		path, isFile := isCookieFile(value)
		switch {
		case path == "" && isFile: // so curl begins to keep cookies of answers, which is not done here
		case isFile:
			last = value
			if err := jar.read(path, !h.junkSession, in); err != nil {
				h.noteCookie(value, err)
				return
			}
		default:
			typed = append(typed, value)
		}
	}
	found, err := jar.pick(to)
	if err != nil {
		h.noteCookie(last, err)
	}
	if all := append(found, typed...); len(all) > 0 {
		addDefault(to, "Cookie", strings.Join(all, "; "))
	}
}

func (h *head) noteCookie(value string, err error) {
	h.line.Note(line.Fault{Flag: "cookie", Value: value, Shown: h.line.Show("cookie", value),
		Why: err.Error(), Mends: []line.Mend{line.Replace("cookie", value, "name=value")}})
}

// A cookieJar is what all files of -b hold.
type cookieJar struct {
	files   int
	cookies []credentials.Cookie
	expired int
}

func (j *cookieJar) read(path string, session bool, in *Source) error {
	text, err := in.Read(path)
	if err != nil {
		return err
	}
	j.files++
	found, expired := credentials.Cookies(string(text), time.Now(), session)
	if len(found)+expired == 0 {
		return errors.New("it has no cookies: neither lines of Netscape's format nor Set-Cookie lines")
	}
	j.cookies = append(j.cookies, found...)
	j.expired += expired
	return nil
}

// pick gives the cookies that are for the URL. Unlike curl, a file that has none for it is refused: to fire without
// them would be a guess.
func (j *cookieJar) pick(to *loadgen.RequestSpec) (sent []string, err error) {
	aim, ok := aimOf(to)
	if j.files == 0 || !ok { // the plan tells what is wrong with the URL
		return nil, nil
	}
	found, unsure := credentials.For(j.cookies, aim)
	switch {
	case unsure != "":
		return nil, fmt.Errorf("it has a cookie for %s, and whether that is for a request cannot be said of a URL "+
			"with {{…}} there", line.Show(unsure))
	case len(found) == 0:
		return nil, fmt.Errorf("it has no cookie for %s (%d are for others, %d have expired)",
			line.Printable(aim.Host+aim.Path), len(j.cookies), j.expired)
	}
	for _, c := range found {
		sent = append(sent, c.Name+"="+c.Value)
	}
	return sent, nil
}

// aimOf is where requests go, by the URL and by what -H calls the host.
func aimOf(to *loadgen.RequestSpec) (aim credentials.Aim, ok bool) {
	u, err := address.Server(to.URL)
	if err != nil {
		return aim, false
	}
	aim = credentials.Aim{Secure: u.Scheme == "https", Host: u.Hostname()}
	for _, one := range to.Header {
		if strings.EqualFold(one.Name, "Host") && one.Value != "" {
			aim.Host, _, _ = strings.Cut(one.Value, ":")
		}
	}
	_, rest, found := strings.Cut(to.URL, "://")
	if !found {
		rest = to.URL
	}
	if at := strings.IndexAny(rest, "/?#"); at >= 0 {
		aim.Path = rest[at:]
	}
	end := strings.IndexAny(aim.Path, "?#")
	if action := strings.Index(aim.Path, "{{"); action >= 0 && (end < 0 || action < end) {
		aim.Open, end = true, action
	}
	if end >= 0 {
		aim.Path = aim.Path[:end]
	}
	return aim, true
}
