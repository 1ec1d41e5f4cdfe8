package request

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/secret"
	"shotput/loadgen/text"
)

// A headerLine is one line of the request, in the order and spelling given.
type headerLine struct {
	name  string
	value text.Parts
	ours  bool // a default, which gives way to what the plan says
}

// compileHeader makes t.lines of the defaults and of what the request gives, and t.host where that gives one.
func (t *Template) compileHeader(s *Spec, how *Setting, toProxy []header.Line) error {
	var faults []error
	line, ok, err := t.authorization(s, how)
	if err != nil {
		faults = append(faults, err)
	} else if ok {
		t.lines = append(t.lines, line)
	}
	defaults := t.defaultHeader(s, how, toProxy)
	seen := map[string]int{}
	for i, h := range append(defaults, s.Header...) {
		h = s.withBoundary(h, how.Seed)
		canonical := http.CanonicalHeaderKey(h.Name)
		if canonical == "Content-Length" && t.isLength(h) {
			t.sendZero = true
			continue // it goes out by itself
		}
		seen[canonical]++
		if why := whyNot(canonical, h.Remove, seen[canonical]); why != "" {
			faults = append(faults, fault.Unfit.In("header", h.Name, "%s", why))
			continue
		}
		if h.Remove {
			continue
		}
		value, err := compileHeaderValue(how.Values.Env, h.Value, fieldOf(h, seen[canonical]), canonical)
		switch {
		case err != nil:
			faults = append(faults, err)
		case canonical == "Host":
			t.host = value
		case canonical == "User-Agent" && len(value) == 0: // net/http cannot send an empty one: none goes out
		default:
			t.lines = append(t.lines, headerLine{h.Name, value, i < len(defaults)})
		}
	}
	return errors.Join(faults...)
}

// fieldOf names the nth line of a header for faults, and so that its random values are others than the first's.
func fieldOf(h header.Line, nth int) string {
	if nth == 1 {
		return "header " + h.Name
	}
	return fmt.Sprintf("header %s (%d)", h.Name, nth)
}

// isLength says whether a header gives the body the length that it has: many a command was copied with it.
func (t *Template) isLength(h header.Line) bool {
	return !h.Remove && !t.Source.Chunked && t.Source.Size >= 0 && h.Value == strconv.FormatInt(t.Source.Size, 10)
}

// acceptedEncodings is what Plan.Compressed asks for: what a curl does that was built with all that it can decode. The
// answer is counted as it comes, and not decoded. Where its body is looked at, decodedEncodings are asked for, which
// are those of the list that Go's standard library has.
const (
	acceptedEncodings = decodedEncodings + ", br, zstd"
	decodedEncodings  = "deflate, gzip"
)

func encodings(decoded bool) string {
	if decoded {
		return decodedEncodings
	}
	return acceptedEncodings
}

// defaultHeader is what is sent unless the plan names the same header.
func (t *Template) defaultHeader(s *Spec, how *Setting, toProxy []header.Line) []header.Line {
	defaults := []header.Line{{Name: "User-Agent", Value: s.UserAgent}, {Name: "Accept", Value: "*/*"}}
	if how.Expect && s.Body.awaits() {
		defaults = append(defaults, header.Line{Name: "Expect", Value: "100-continue"})
	}
	if s.Compressed {
		defaults = append(defaults, header.Line{Name: "Accept-Encoding", Value: encodings(how.Reads)})
	}
	if how.Trace {
		defaults = append(defaults, traceparent)
	}
	if len(s.Body.Form) > 0 {
		defaults = append(defaults, header.Line{Name: "Content-Type", Value: formType(s.boundary(how.Seed))})
	}
	if how.Close {
		defaults = append(defaults, header.Line{Name: "Connection", Value: "close"})
	}
	return slices.DeleteFunc(defaults, func(d header.Line) bool {
		return header.Named(s.Header, d.Name) || t.absolute && header.Named(toProxy, d.Name)
	})
}

// authorization tells a plain HTTP proxy who asks; empty where there is none, it wants nothing, or the request, whose
// own lines these are, says it itself.
func (v *Via) authorization(own []header.Line) string {
	if !v.Absolute || v.User == nil || header.Named(own, "Proxy-Authorization") ||
		header.Named(v.Header, "Proxy-Authorization") {
		return ""
	}
	return "Proxy-Authorization: " + header.Basic(v.User) + "\r\n"
}

// lines are the lines for the proxy alone, of a request that goes to it whole.
func (v *Via) lines() (lines []headerLine) {
	for _, h := range v.Header {
		if !h.Remove {
			lines = append(lines, headerLine{name: h.Name, value: text.Literal(h.Value)})
		}
	}
	return lines
}

// user gives name:password for Basic: the request's, else its URL's.
func (t *Template) user(s *Spec) string {
	user := s.Auth.User
	if user == "" && t.location != nil && t.location.userinfo != nil {
		password, _ := t.location.userinfo.Password()
		user = t.location.userinfo.Username() + ":" + password
	}
	if user != "" && !strings.Contains(user, ":") {
		user += ":"
	}
	return user
}

// whyNot says why the nth header of this name cannot be sent, or not removed, as it is; else it is empty.
func whyNot(canonical string, remove bool, nth int) string {
	switch canonical {
	case "Content-Length":
		return "is set from the body"
	case "Transfer-Encoding", "Trailer":
		return "cannot be set: a body is sent with its length, or in chunks if the plan says so"
	case "Host":
		if remove {
			return "cannot be removed: HTTP/1.1 requires it"
		}
		fallthrough
	case "User-Agent":
		if nth > 1 {
			return "is given more than once"
		}
	}
	return ""
}

// compileHeaderValue reads the value of a header. Space around it is no part of it (RFC 9110 §5.5).
func compileHeaderValue(env text.Env, s, field, canonical string) (text.Parts, error) {
	t, err := env.Compile(s, field)
	if err != nil {
		return nil, err
	}
	bad := header.Bad
	if canonical == "Host" {
		bad = badInHost
	}
	if err := t.Refuse(bad, "cannot stand in this header"); err != nil {
		return nil, err
	}
	t.StandInHeader(bad)
	value := text.Fold(t.Parts).Trim()
	if canonical == "Host" && len(value) == 0 {
		return nil, fault.Unfit.In("header", "Host", "must not be empty")
	}
	return value, nil
}

// authorization is the Authorization line that goes out unless the plan names that header: what Basic, Bearer and
// OAuth2 have to say. A signature differs from request to request, and a Digest answers a challenge; neither is here.
func (t *Template) authorization(s *Spec, how *Setting) (line headerLine, ok bool, err error) {
	user := t.user(s)
	var value text.Parts
	switch {
	case header.Named(s.Header, "Authorization"):
		return headerLine{}, false, nil
	case s.Auth.Bearer != "":
		value, err = compileHeaderValue(how.Values.Env, s.Auth.Bearer, "oauth2-bearer", "Authorization")
		value = text.Fold(text.Literal("Bearer "), value)
	case s.Auth.OAuth2.TokenURL != "":
		value = tokenParts(how.Token)
	case s.Auth.Digest || s.Auth.AWS.Region != "" || user == "":
		return headerLine{}, false, nil
	default:
		value = text.Literal("Basic " + base64.StdEncoding.EncodeToString([]byte(user)))
	}
	return headerLine{name: "Authorization", value: value}, err == nil, err
}

// tokenParts is the current token as the value of a header; where there is none yet, that this is no place to read it.
func tokenParts(current func() string) text.Parts {
	if current == nil {
		return text.Literal("Bearer " + secret.Mark)
	}
	return text.Current(current)
}

// traceparent is the header by which servers tell one request of many (W3C Trace Context, §3.2), as a template: its
// ids are drawn as {{uuid}} is, from the seed and the request's number. 01: it is to be recorded. An id of zeros alone
// would be none; of 2⁶⁴ requests, one has it.
var traceparent = header.Line{Name: "traceparent", Value: "00-{{randHex 32}}-{{randHex 16}}-01"}
