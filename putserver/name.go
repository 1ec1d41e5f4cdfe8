package putserver

import (
	"net/url"
	"strings"
)

// ofName says which bytes of a URL's path stand for themselves however they are written (RFC 3986, 2.3): a percent
// sign before their code says the same. The delimiters of 2.2 stand for themselves too, but mean something else when
// they are written by their code.
var ofName = func() (class [256]byte) {
	for _, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" {
		class[c] = unreserved
	}
	for _, c := range "/:@!$&'()*+,;=" {
		class[c] = delimiter
	}
	return class
}()

const (
	unreserved = 1 + iota
	delimiter
)

// nameOf is the name of the object that a URL is of: its path in the one form that all equal ones have (RFC 3986,
// 6.2.2). Letters keep their case, Unicode its form, a slash that is written %2F is none, and a plus is a plus.
func nameOf(u *url.URL) string {
	path := u.RawPath // as it was sent, where net/url would write it otherwise
	if path == "" {
		path = u.EscapedPath()
	}
	if path == "" {
		return "/"
	}
	var last byte
	for i := range len(path) {
		c := path[i]
		if ofName[c] == 0 || c == '.' && last == '/' {
			return withoutDots(spell(path))
		}
		last = c
	}
	return path
}

// spell writes each byte in the form that all who mean the same have: itself, or a percent sign and two digits.
func spell(path string) string {
	const digits = "0123456789ABCDEF"
	text := make([]byte, 0, len(path)+16)
	for i := 0; i < len(path); i++ {
		c, class := path[i], ofName[path[i]]
		if c == '%' && i+2 < len(path) {
			code, err := url.PathUnescape(path[i : i+3])
			if err == nil {
				c, i = code[0], i+2
				class = ofName[c] & unreserved
			}
		}
		if class == 0 {
			text = append(text, '%', digits[c>>4], digits[c&15])
		} else {
			text = append(text, c)
		}
	}
	return string(text)
}

// withoutDots resolves the segments that are a dot or two (RFC 3986, 5.2.4).
func withoutDots(path string) string {
	if !strings.Contains(path, "/.") {
		return path
	}
	var kept []string
	rest := strings.Split(path, "/")[1:]
	for i, segment := range rest {
		up := segment == ".."
		switch {
		case up && len(kept) > 0:
			kept = kept[:len(kept)-1]
		case !up && segment != ".":
			kept = append(kept, segment)
			continue
		}
		if i == len(rest)-1 && (up || segment == ".") {
			kept = append(kept, "") // what a dot names is a folder
		}
	}
	return "/" + strings.Join(kept, "/")
}
