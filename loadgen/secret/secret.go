// Package secret is the one place that knows what a secret is, and how it is hidden in all that is shown and saved. It
// refuses to guess finely: what may be a secret is hidden.
package secret

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// Mark stands wherever a secret stood.
const Mark = "REDACTED"

// Pattern finds names of headers and query values whose content is a secret. It errs on the side of hiding.
var Pattern = regexp.MustCompile(`(?i)` + telling + `|^sig$|^key$`)

// telling is what stands in the name of a secret.
const telling = `auth|cookie|token|secret|passw|api-?_?key|access-?_?key|signature|credential|session`

// Telling says whether a name tells that it is one of a secret. It is asked of names in bodies, of which most are none;
// of headers and queries, see HidesHeader and HidesQuery.
func Telling(name string) bool { return Pattern.MatchString(name) }

// secretQuery finds name=value in a query or a fragment; the URL may be a template, so it is not parsed.
var secretQuery = regexp.MustCompile(`([?&;#])([^=&;#?]+)=([^&;#]*)`)

// userinfo finds name:password@ behind a scheme, or at the head of a URL without one.
var userinfo = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*://)?[^/?#]*@`)

// URL hides userinfo and the values in its query, unless they are known to be harmless.
func URL(s string) string {
	s = userinfo.ReplaceAllString(s, "${1}"+Mark+"@")
	return secretQuery.ReplaceAllStringFunc(s, func(pair string) string {
		m := secretQuery.FindStringSubmatch(pair)
		if !HidesQuery(m[2], m[3]) {
			return pair
		}
		return m[1] + m[2] + "=" + Mark
	})
}

// InURL are the values that URL hides in a query, as they are written there.
func InURL(s string) (values []string) {
	for _, m := range secretQuery.FindAllStringSubmatch(s, -1) {
		if HidesQuery(m[2], m[3]) && !strings.Contains(m[3], "{{") {
			values = append(values, m[3])
		}
	}
	return values
}

// Header gives the value of the header called name, or hides it. A URL, as a Referer is, may have a user in it.
func Header(name, value string) string {
	switch {
	case HidesHeader(name, value):
		return Mark
	case strings.Contains(value, "://"):
		return URL(value)
	}
	return value
}

// Label gives the value of a label that somebody gave a run, or hides it. Labels are there to be seen: only what is
// told to be a secret is hidden, by the label's name or by what stands before it in the value.
func Label(name, value string) string {
	switch {
	case Telling(name):
		return Mark
	case strings.Contains(value, "://"):
		return URL(value)
	}
	return Text(value)
}

// Head hides the secrets of a rendered request head.
func Head(head []byte) []byte {
	lines := strings.Split(string(head), "\r\n")
	for i, line := range lines {
		if method, rest, ok := strings.Cut(line, " "); i == 0 && ok {
			target, protocol, _ := strings.Cut(rest, " ") // no target holds a space
			lines[0] = strings.TrimRight(method+" "+URL(target)+" "+protocol, " ")
		} else if name, value, ok := strings.Cut(line, ": "); ok {
			lines[i] = name + ": " + Header(name, value)
		}
	}
	return []byte(strings.Join(lines, "\r\n"))
}

// addresses finds ip:port and host:port, which would make one class of error look like thousands.
var addresses = regexp.MustCompile(`(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.%]+\]|localhost)(:\d+)?` +
	`(->(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.%]+\])(:\d+)?)?`)

// Detail is an error's text without what differs from one request to the next. Of errors that were joined, which stand
// one on a line, each text is told once: a failed write and the failed read beside it often have one cause.
func Detail(err error) string {
	lines := slices.Compact(strings.Split(err.Error(), "\n"))
	return addresses.ReplaceAllString(clip(strings.Join(lines, "\n"), mostDetail), "HOST")
}

// How much of a text is shown, in bytes.
const (
	ExcerptRead  = 512 // bytes of a text that are looked at for an excerpt
	ExcerptShown = 80  // and shown, when its secrets are hidden
)

// secretText finds secrets in a text by what stands before them: "token": "…", password=…, and userinfo in URLs.
var secretText = regexp.MustCompile(`(?i)("?[\w-]*(?:` + telling + `)[\w-]*"?\s*[:=!<>~]+\s*)` +
	`("(?:[^"\\]|\\.)*"?|[^\s,;&}\]]+)|(://)[^/\s"@]*@`)

// Excerpt is the beginning of a text in quotes, secrets hidden.
func Excerpt(b []byte) string {
	s := Text(string(b[:min(len(b), ExcerptRead)]))
	if len(s) > ExcerptShown || len(b) > ExcerptRead {
		return fmt.Sprintf("%q…", strings.ToValidUTF8(s[:min(len(s), ExcerptShown)], ""))
	}
	return fmt.Sprintf("%q", s)
}

// Text hides what looks like a secret in a text of any kind: what stands behind a telling name, and userinfo.
func Text(s string) string {
	return secretText.ReplaceAllStringFunc(s, func(found string) string {
		m := secretText.FindStringSubmatch(found)
		if m[3] != "" {
			return m[3] + Mark + "@"
		}
		return m[1] + Mark
	})
}

// shortestSecret bounds what is taken out of an answer: what is shorter is too likely to stand in it by chance.
const shortestSecret = 6

// Hide takes secrets out of an answer: some servers echo all that they were sent. It sorts secrets
// in place, and writes a new answer.
func Hide(answer []byte, secrets []string) []byte {
	for _, s := range Sorted(secrets) {
		answer = bytes.ReplaceAll(answer, []byte(s), []byte(Mark))
	}
	return answer
}

// HideIn takes secrets, which are as Sorted gives them, out of a text that was made of what a server or
// the system said.
func HideIn(text string, secrets []string) string {
	text = hideCut(text, secrets)
	for _, s := range secrets {
		text = strings.ReplaceAll(text, s, Mark)
	}
	return text
}

// Sorted are those that are long enough to be told from other text, the longest first: one may be a part of
// another. It sorts them in place.
func Sorted(secrets []string) []string {
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) })
	for i, s := range secrets {
		if len(s) < shortestSecret {
			return secrets[:i]
		}
	}
	return secrets
}

// HideOne takes a secret out of what another program said.
func HideOne(text, secret string) string {
	if secret == "" {
		return text
	}
	return strings.ReplaceAll(text, secret, Mark)
}

// Ways in which servers write JSON; a replacer is dear to make, and every failure of a flow asks for them.
var (
	unescaped = strings.NewReplacer(`\u0026`, "&", `\u003c`, "<", `\u003e`, ">")
	slashed   = strings.NewReplacer("/", `\/`)
)

// Forms are secrets, and each as it stands in JSON, XML and URLs where that is another text: a server has its own way
// of writing what it gives away.
func Forms(secrets []string) (all []string) {
	for _, s := range secrets {
		quoted, err := json.Marshal(s)
		if err != nil {
			panic(err) // any string has a JSON form
		}
		inJSON := string(quoted[1 : len(quoted)-1])
		plain := unescaped.Replace(inJSON)
		inQuery := strings.ReplaceAll(url.QueryEscape(s), "+", "%20")
		forms := []string{s, inJSON, plain, slashed.Replace(inJSON), slashed.Replace(plain), html.EscapeString(s),
			url.PathEscape(s), url.QueryEscape(s), inQuery, strings.ReplaceAll(inQuery, "%2F", "/")}
		slices.Sort(forms)
		all = append(all, slices.Compact(forms)...)
	}
	return slices.DeleteFunc(all, func(form string) bool { return form == "" })
}
