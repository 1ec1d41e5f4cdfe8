package prober

import (
	"crypto/rand"
	"regexp"
	"strings"

	"shotput/cli/address"
)

// A Place is where names go in a URL.
type Place struct {
	Folder string // all before the name
	after  string // all behind it, such as ".json?part=1"
	Said   bool   // the URL itself says where; else names are appended to its path
}

// named are the functions that stand for a name of its own in a URL.
var named = regexp.MustCompile(`\{\{[ \t]*(?:key|uuid|seq)\b[^{}]*\}\}`)

// PlaceIn finds the place of names: that of the first {{key}}, {{uuid}} or {{seq}} in the path, else behind it.
func PlaceIn(url string) Place {
	path := url
	if i := strings.IndexAny(address.Mask(url), "?#"); i >= 0 {
		path = url[:i]
	}
	if at := named.FindStringIndex(path); at != nil {
		return Place{Folder: url[:at[0]], after: url[at[1]:], Said: true}
	}
	return Place{Folder: strings.TrimSuffix(path, "/") + "/", after: url[len(path):]}
}

// others are functions that would make of one name another URL each time.
var others = regexp.MustCompile(`\{\{[ \t]*([A-Za-z]+)[^{}]*\}\}`)

// Varies names a function that is left in the URL and would give another value each time; "" where none is.
func (p Place) Varies() string {
	for _, found := range others.FindAllStringSubmatch(p.Folder+p.after, -1) {
		if found[1] != "env" {
			return found[0]
		}
	}
	return ""
}

// URL is that of a name, which is escaped already; of "" it is the folder's. query is added to the URL's own.
func (p Place) URL(name, query string) string {
	target := p.Folder + name + p.after
	if name == "" {
		target = p.Folder + tail(p.after)
	}
	if query != "" {
		target = address.AddQuery(target, query)
	}
	return target
}

// tail is the query of what stands behind a name.
func tail(after string) string {
	if i := strings.IndexAny(address.Mask(after), "?#"); i >= 0 {
		return after[i:]
	}
	return ""
}

// NewPrefix begins every name that is written.
func NewPrefix() string {
	const letters = "abcdefghjkmnpqrstuvwxyz23456789" // none that is taken for another
	drawn := make([]byte, 5)
	rand.Read(drawn) // never fails
	for i := range drawn {
		drawn[i] = letters[int(drawn[i])%len(letters)]
	}
	return "shotput-verify-" + string(drawn) + "-"
}
