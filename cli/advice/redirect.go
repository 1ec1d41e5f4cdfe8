package advice

import (
	"net/http"
	"net/url"
	"strings"

	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
)

// redirectHint aims at where the server points. The template of the path is kept, or there is nothing to try: with what
// it gave this once, every request would write the same URL.
func redirectHint(a *flags.Asked, x *loadgen.Exchange) Hint {
	location := x.Header.Get("Location")
	if location == "" {
		return Hint{Error: "the server answers " + line.Printable(x.Status) + " without a Location: it is no redirect",
			Seen: saidBy(x), Why: "some servers answer so to a part of an upload, or to what they have already"}
	}
	h := Hint{Code: "redirect", Seen: preflight,
		Error: "the server answers with a redirect (" + line.Printable(x.Status) + "), which is not followed",
		Why:   "a followed 301, 302 or 303 would turn the PUT into a GET"}
	if x.Observation.Status >= http.StatusTemporaryRedirect && !a.Plan.Transport.Follow {
		h.Why = "a redirect costs a second request; -L follows this one, for it keeps the method"
	}
	to, err := url.Parse(location)
	at, atErr := url.Parse(x.URL)
	if err != nil || atErr != nil {
		return h
	}
	h.Seen += "; Location: " + line.ShowURL(to.String())
	if to, ok := retarget(targetOf(a), at, at.ResolveReference(to)); ok {
		h.Try = aim(a, to)
	}
	return h
}

// retarget is the URL template for where a redirect of one of its URLs leads; ok is false where it is not known which
// part of that comes from the template.
func retarget(template string, at, to *url.URL) (aim string, ok bool) {
	_, rest, _ := strings.Cut(template, "://")
	_, path, _ := strings.Cut(rest, "/")
	path = "/" + path
	server := to.Scheme + "://" + to.Host
	from, end := strings.Index(path, "{{"), strings.LastIndex(path, "}}")
	switch {
	case to.Host == "" || strings.Contains(rest[:len(rest)-len(path)+1], "{{"):
		return "", false
	case to.RequestURI() == at.RequestURI():
		return server + path, true
	case from < 0 || end < from:
		return line.ShowURL(to.String()), !strings.Contains(template, "{{")
	}
	drawn, isPrefix := strings.CutPrefix(at.RequestURI(), path[:from])
	drawn, isSuffix := strings.CutSuffix(drawn, path[end+2:])
	// what was drawn must stand in the new path as a segment of its own, and once: a number stands in many a path
	led := to.RequestURI()
	if !isPrefix || !isSuffix || drawn == "" || strings.Count(led+"/", "/"+drawn+"/") != 1 {
		return "", false
	}
	return server + strings.TrimSuffix(strings.Replace(led+"/", "/"+drawn+"/", "/"+path[from:end+2]+"/", 1), "/"), true
}
