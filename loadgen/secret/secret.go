// Package secret is the one place that knows what a secret is, and how it is hidden in all that is shown and saved. It
// refuses to guess finely: what may be a secret is hidden.
package secret

import (
	"bytes"
	"fmt"
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

// Named says whether what is called name, a header or a value of a query, is kept out of all that is shown and saved.
func Named(name string) bool { return Pattern.MatchString(name) }

// secretQuery finds name=value in a query or a fragment; the URL may be a template, so it is not parsed.
var secretQuery = regexp.MustCompile(`([?&;#])([^=&;#?]+)=([^&;#]*)`)

// userinfo finds name:password@ behind a scheme, or at the head of a URL without one.
var userinfo = regexp.MustCompile(`^([a-zA-Z][a-zA-Z0-9+.-]*://)?[^/?#]*@`)

// URL hides userinfo and the values of secret-looking query names.
func URL(s string) string {
	s = userinfo.ReplaceAllString(s, "${1}"+Mark+"@")
	return secretQuery.ReplaceAllStringFunc(s, func(pair string) string {
		m := secretQuery.FindStringSubmatch(pair)
		if !Pattern.MatchString(m[2]) {
			return pair
		}
		return m[1] + m[2] + "=" + Mark
	})
}

// Header gives the value of the header called name, or hides it. A URL, as a Referer is, may have a user in it.
func Header(name, value string) string {
	switch {
	case Pattern.MatchString(name):
		return Mark
	case strings.Contains(value, "://"):
		return URL(value)
	}
	return value
}

// Head hides the secrets of a rendered request head.
func Head(head []byte) []byte {
	lines := strings.Split(string(head), "\r\n")
	for i, line := range lines {
		if method, rest, ok := strings.Cut(line, " "); i == 0 && ok {
			lines[0] = method + " " + URL(rest)
		} else if name, value, ok := strings.Cut(line, ": "); ok {
			lines[i] = name + ": " + Header(name, value)
		}
	}
	return []byte(strings.Join(lines, "\r\n"))
}

// addresses finds ip:port and host:port, which would make one class of error look like thousands.
var addresses = regexp.MustCompile(`(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.%]+\]|localhost)(:\d+)?` +
	`(->(\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:.%]+\])(:\d+)?)?`)

// Detail is an error's text without what differs from one request to the next.
func Detail(err error) string {
	return addresses.ReplaceAllString(clip(err.Error(), mostDetail), "HOST")
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
const shortestSecret = 8

// Hide takes secrets out of an answer: some servers echo all that they were sent. It sorts secrets
// in place, and writes a new answer.
func Hide(answer []byte, secrets []string) []byte {
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // one may be a part of another
	for _, s := range secrets {
		if len(s) >= shortestSecret {
			answer = bytes.ReplaceAll(answer, []byte(s), []byte(Mark))
		}
	}
	return answer
}

// HideOne takes a secret out of what another program said.
func HideOne(text, secret string) string {
	if secret == "" {
		return text
	}
	return strings.ReplaceAll(text, secret, Mark)
}
