package words

import (
	"fmt"
	"strconv"

	"shotput/stats"
)

// Title names what was fired: the request, or the first of several.
func Title(p *stats.Plan) string {
	s := Clean(p.Method + " " + p.URL)
	if more := len(p.Mix) - 1; more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s
}

// Outcome names a class of what did not succeed: a status code says more than that it was a wrong one.
func Outcome(f stats.Failure) string {
	if f.Outcome == stats.BadStatus && f.Status != 0 {
		return "status " + strconv.Itoa(f.Status)
	}
	return f.Outcome.String()
}

// meanings say what a status code tells about a PUT, where the standard's phrase does not say it all. At each %s stands
// a mend.
var meanings = map[int]string{
	202: "accepted, not done: this is the time to accept, not to store",
	301: "not followed: a PUT would become a GET; use the new address",
	302: "not followed: a PUT would become a GET; use the new address",
	303: "not followed: a PUT would become a GET; use the new address",
	304: "nothing was stored: a condition in the headers did not hold",
	307: "a redirect, not followed; use the new address",
	308: "a redirect, not followed; use the new address",
	400: "the server could not read the request: see headers and body",
	401: "not signed in: %s or %s",
	403: "understood and forbidden: these credentials may not PUT here",
	404: "no such path, or the parent of the item is missing",
	405: "no PUT on this path; collections often take POST, items PUT",
	409: "conflict: the parent is missing, or another writer came first",
	411: "the server wants the length first: send a body of known length",
	412: "a condition did not hold: If-Match or If-None-Match",
	413: "the body is larger than the server takes",
	415: "this kind of body is not taken: set %s",
	428: "a condition is wanted: %s or 'If-None-Match: *'",
	429: "the server limits the rate: it is the limit that was measured",
	501: "the server knows no PUT at all",
	503: "overloaded or in maintenance: requests were turned away",
	507: "the server's storage is full",
}

// meantMends are the mends of meanings, in order. They are values, and not part of the texts, since a report does not
// know how whoever reads it sets a header: by a flag, by a line of a plan file.
var meantMends = map[int][]Mend{
	401: {{"credentials", "NAME:PASSWORD"}, {"header", "Authorization: …"}},
	415: {{"header", "Content-Type: …"}},
	428: {{"header", "If-Match: …"}},
}

// Meaning is what a status code tells about a PUT, "" where there is nothing to add to its phrase.
func Meaning(code int, opt Options) string {
	var mends []any
	for _, m := range meantMends[code] {
		mends = append(mends, opt.Say(m))
	}
	return fmt.Sprintf(meanings[code], mends...)
}
