package runtest

import (
	"fmt"
	"strings"
	"time"

	"shotput/verify"
)

// Verifications of every shape.
var Verifications = map[string]func() *verify.Report{"broken": brokenServer, "right": rightServer, "gone": goneServer,
	"unread": unreadServer, "contract": ofContract, "hostile": hostileServer}

const verified = "http://127.0.0.1:8080/items/"

// sentTo is an exchange under a name of the run.
func sentTo(method, name string, status int, answer string) verify.Exchange {
	x := verify.Exchange{Method: method, URL: verified + "shotput-verify-k3j2-" + name, Status: status, Answer: answer}
	x.Curl = "curl -sS -X " + method + " -H 'Content-Type: text/plain' --data-binary 'shotput verify 1 shotput verify 1 " +
		"shotput verify 1 shotput ve' " + x.URL
	if method == "GET" {
		x.Curl = "curl -sS -i " + x.URL
	}
	return x
}

func holding(group, name, title, observed string, sent ...verify.Exchange) verify.Finding {
	return verify.Finding{Check: name, Group: group, Title: title, Clause: "RFC 9110 §9.3.4", Force: verify.Must,
		Result: verify.Holds, Observed: observed, Took: 3 * time.Millisecond, Exchanges: sent,
		Matters: "A client cannot tell what it made from what it replaced.",
		Mend:    "Answer 201 Created when the name was not there, 200 or 204 when it was."}
}

func as(f verify.Finding, result verify.Result, why string) verify.Finding {
	f.Result, f.Why = result, why
	return f
}

func verificationOf(findings ...verify.Finding) *verify.Report {
	return &verify.Report{Schema: verify.Schema, Tool: "1.0.0", Started: time.Date(2026, 11, 30, 20, 0, 0, 0, time.UTC),
		Took: 24300 * time.Millisecond, URL: verified + "{{key}}", Prefix: "shotput-verify-k3j2-", Protocol: "HTTP/1.1",
		Server: "nginx/1.24.0", Command: "shotput verify -H 'Authorization: REDACTED' '" + verified + "{{key}}'",
		Findings: findings, Created: []string{"shotput-verify-k3j2-create-1", "shotput-verify-k3j2-replace-1"}}
}

// brokenServer has every kind of result.
func brokenServer() *verify.Report {
	create := holding("put", "create", "a PUT of a new name answers 201", "200", sentTo("PUT", "create-1", 200, "200 OK\nContent-Length: 0"))
	race := as(holding("races", "race-create", "of several creators of one name exactly one wins", "", sentTo("PUT", "race-create-7", 201, "201 Created")),
		verify.Broken, "in 3 of 10 rounds two of 8 PUTs with If-None-Match: * answered 201")
	race.Clause, race.Matters = "RFC 9110 §13.1.2", "Both believe that the name is theirs, and what one of them wrote is lost."
	race.Mend = "Make the look whether it is there and the write one step, such as O_EXCL or an insert that must not find a row."
	for i := range 11 {
		race.Exchanges = append(race.Exchanges, sentTo("PUT", "race-create-7", 201-i%2*-211, "201 Created\nETag: \"a1\""))
	}
	cut := sentTo("PUT", "truncated-1", 0, "unexpected EOF")
	cut.Note, cut.Curl = "65536 bytes of body, cut after 1024 by a reset", ""
	large := sentTo("PUT", "truncated-2", 201, "201 Created")
	large.Curl = "curl -X PUT --data-raw '" + strings.Repeat("shotput verify 2 ", 120) + "' " + large.URL
	readable := sentTo("GET", "truncated-1", 200, "200 OK\nContent-Length: 1024\nETag: \"b2\"")
	etag := as(holding("validators", "etag-present", "what was stored has an ETag", "", readable), verify.Differs, "it is weak: W/\"9\"; If-Match cannot be used")
	etag.Clause, etag.Force = "RFC 9110 §8.8.3", verify.Should
	return verificationOf(as(create, verify.Broken, "answered 200 OK, which is for what was there before"),
		holding("put", "replace", "a PUT of an old name answers 200 or 204", "204", sentTo("PUT", "replace-1", 204, "204 No Content")),
		holding("put", "read-back", "what was written is read, byte by byte", "", readable),
		as(holding("put", "accepted", "a 202 says what tells when it is done", ""), verify.NotOffered, "no PUT was answered 202"),
		etag, as(holding("validators", "if-match-wrong", "an update of another state is refused", ""), verify.NotOffered, "there is no strong ETag to ask by"),
		as(holding("validators", "if-match-right", "an update of the state that is there succeeds", ""), verify.NotOffered, "there is no strong ETag to ask by"),
		race, as(holding("uploads", "truncated", "a body that was cut is not stored", "", large, cut, readable), verify.Broken,
			"length, RST, new name: 1024 of 65536 bytes are stored, as the whole object"),
		as(holding("refusals", "too-large", "a body that is too large is refused with 413 before it is read", ""), verify.Unclear,
			"bodies of up to 64 MiB were taken; no larger one may be sent"),
		holding("names", "key-odd", "odd names are read back under the same name, and no other", ""))
}

func rightServer() *verify.Report {
	r := verificationOf(holding("put", "create", "a PUT of a new name answers 201", "201", sentTo("PUT", "create-1", 201, "201 Created")),
		holding("put", "read-back", "what was written is read, byte by byte", "", sentTo("GET", "create-1", 200, "200 OK")),
		as(holding("put", "accepted", "a 202 says what tells when it is done", ""), verify.NotOffered, "no PUT was answered 202"))
	r.Removed, r.Server = r.Created, ""
	return r
}

func goneServer() *verify.Report {
	r := verificationOf(holding("put", "create", "a PUT of a new name answers 201", "201", sentTo("PUT", "create-1", 201, "201 Created")))
	r.Stopped = "the server is gone"
	for i := range 12 {
		r.Findings = append(r.Findings, as(holding("races", fmt.Sprintf("race-%d", i+1), "exactly one wins", ""), verify.Unclear, r.Stopped))
	}
	r.Removed = r.Created[:1]
	return r
}

func unreadServer() *verify.Report {
	return verificationOf(holding("put", "create", "a PUT of a new name answers 201", "201", sentTo("PUT", "create-1", 201, "201 Created")),
		as(holding("put", "read-back", "what was written is read, byte by byte", "", sentTo("GET", "create-1", 403, "403 Forbidden")),
			verify.Unclear, "the GET answered 403"))
}

// ofContract was held against what somebody expects.
func ofContract() *verify.Report {
	f := as(holding("put", "create", "a PUT of a new name answers 201", "204", sentTo("PUT", "create-1", 204, "204 No Content")),
		verify.Broken, "the contract says 200")
	f.Expected = "200"
	r := verificationOf(f)
	r.Findings[0].Matters, r.Findings[0].Mend = "", ""
	return r
}

// hostileServer is one whose words are meant to do harm.
func hostileServer() *verify.Report {
	evil := "<script>alert(1)</script>\x1b[31m|`*_@octocat " + strings.Repeat("長", 60) + "\n</details>"
	f := as(holding("put\x1b[2J", "create<b>", evil, evil), verify.Broken, evil)
	f.Clause, f.Matters, f.Mend = evil, evil, evil
	f.Exchanges = []verify.Exchange{{Method: "PUT", URL: evil, Note: evil, Answer: "200 OK\n" + evil, Curl: "curl 'a  b```' \"<b>\" 長"},
		{Method: "PUT", URL: evil, Curl: "curl $'a\x1b[31m'"}, {}}
	odd := as(f, verify.Result("<i>new"), "")
	r := verificationOf(f, odd, as(f, verify.Unclear, evil), as(f, verify.Differs, evil))
	r.URL, r.Prefix, r.Server, r.Protocol, r.Stopped, r.Command = evil, evil, evil, evil, evil, "shotput\x1b[31m"
	return r
}
