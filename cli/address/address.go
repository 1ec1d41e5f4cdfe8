// Package address knows URLs as they are typed: with actions in them, which are {{…}} and stand for text that is not
// known yet, without a scheme, with a path that steps up. It finds the server of such a URL, and adds to it what
// other flags say of it, as curl does. It refuses to know what an action gives: an action is text that is left as it
// is, and whatever stands in it has no meaning here.
package address

import (
	"cmp"
	"net"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

// Server is a URL template as far as its server goes: what is behind that may be what net/url cannot read, such as
// a bare percent sign.
func Server(target string) (*url.URL, error) {
	masked := Mask(target)
	if i := strings.Index(masked, "://"); i >= 0 {
		if end := strings.IndexAny(masked[i+3:], "/?#"); end >= 0 {
			masked = masked[:i+3+end]
		}
	}
	return url.Parse(masked)
}

// Host is the name or address in a URL template, without port; "" where there is none.
func Host(target string) string {
	u, err := Server(target)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

// HostPort is where a server listens; ok is false where the URL cannot be read.
func HostPort(target string) (address string, ok bool) {
	u, err := Server(target)
	if err != nil {
		return "", false
	}
	port := cmp.Or(u.Port(), map[string]string{"https": "443"}[u.Scheme], "80")
	return net.JoinHostPort(u.Hostname(), port), true
}

// IsLoopback says whether a host is this machine.
func IsLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// givesURL is a value of a row, or of an answer, at the head of a URL: it may have a scheme of its own.
var givesURL = regexp.MustCompile(`^{{[ \t]*(csv|json|key|captured)\b`)

var leadingEnv = regexp.MustCompile(`^{{[ \t]*env[ \t]+"([^"]+)"[ \t]*}}`)

// LeadingEnv is the variable of the environment that a URL begins with; "" where it begins with none. It may have a
// scheme of its own.
func LeadingEnv(s string) string {
	if m := leadingEnv.FindStringSubmatch(s); m != nil {
		return m[1]
	}
	return ""
}

// AddScheme guesses http as curl does.
func AddScheme(s string) string {
	if s == "" || givesURL.MatchString(s) || strings.Contains(strings.SplitN(s, "{{", 2)[0], "://") {
		return s
	}
	return "http://" + s
}

// Squash takes the . and .. segments out of a URL's path, as every client does before it sends (RFC 3986 §5.2.4).
// A path of which functions give a part is taken as it is written.
func Squash(s string) string {
	scheme, rest, found := strings.Cut(s, "://")
	start, end := strings.IndexByte(rest, '/'), strings.IndexAny(rest, "?#")
	if end < 0 {
		end = len(rest)
	}
	if !found || start < 0 || start > end || strings.Contains(rest[:end], "{{") || !strings.Contains(rest[:end], "/.") {
		return s
	}
	var kept []string
	segments := strings.Split(rest[start:end], "/")[1:]
	for i, segment := range segments {
		switch segment {
		case "..":
			kept = kept[:max(0, len(kept)-1)]
			fallthrough
		case ".":
			if i == len(segments)-1 {
				kept = append(kept, "") // the folder itself
			}
		default:
			kept = append(kept, segment)
		}
	}
	return scheme + "://" + rest[:start] + "/" + strings.Join(kept, "/") + rest[end:]
}

// AddFile puts the file's name behind a path that ends in a slash, or into a URL without a path. A query or a
// fragment stays behind it.
func AddFile(target, path string) string {
	mask := Mask(target)
	scheme, _, found := strings.Cut(mask, "://")
	from := len(scheme + "://")
	if !found {
		from = 0
	}
	if !found && !strings.HasPrefix(target, "{{") || path == "-" {
		return target
	}
	end := len(mask)
	if i := strings.IndexAny(mask[from:], "?#"); i >= 0 {
		end = from + i
	}
	_, file, hasPath := strings.Cut(mask[from:end], "/")
	if file != "" && !strings.HasSuffix(file, "/") || !found && !hasPath { // what begins the URL may be all of it
		return target
	}
	// As curl has it: all is encoded but what RFC 3986 calls unreserved.
	name := strings.ReplaceAll(url.QueryEscape(filepath.Base(path)), "+", "%20")
	if strings.Contains(path, "{{") {
		name = "{{file}}" // which is the name of whichever it is
	}
	if !hasPath {
		name = "/" + name
	}
	return target[:end] + name + target[end:]
}

// AddQuery adds a query to a URL, behind the one that it has, before its fragment.
func AddQuery(target, query string) string {
	mask := Mask(target)
	end := strings.IndexByte(mask, '#')
	if end < 0 {
		end = len(target)
	}
	head, sep := target[:end], "&"
	switch {
	case !strings.Contains(mask[:end], "?"):
		sep = "?"
	case strings.HasSuffix(head, "?"), strings.HasSuffix(head, "&"):
		sep = ""
	}
	return head + sep + query + target[end:]
}

// Vary gives each request an object of its own beside the one of the URL: a number behind the name, before what tells
// its kind. To step below the name would make a folder of what may be an object.
func Vary(target string) string {
	target, _, _ = strings.Cut(target, "#") // which is not sent
	base, query, found := strings.Cut(target, "?")
	from := strings.Index(base, "://") + len("://")
	slash := strings.LastIndexByte(base[from:], '/')
	switch name := base[from+max(slash, 0):]; {
	case slash < 0:
		base += "/{{seq}}"
	case name == "/":
		base += "{{seq}}"
	default:
		kind := filepath.Ext(name)
		sep := "-"
		if whole := strings.TrimSuffix(base, kind); strings.Contains(whole[max(0, len(whole)-2):], "%") {
			sep = "--" // a lone percent sign must not begin an escape with the number
		}
		base = strings.TrimSuffix(base, kind) + sep + "{{seq}}" + kind
	}
	if found {
		return base + "?" + query
	}
	return base
}

// AddNumber gives every request a URL of its own.
func AddNumber(target string) string {
	target, _, _ = strings.Cut(target, "#")
	path, query, found := strings.Cut(target, "?")
	if i := strings.Index(path, "://"); i >= 0 && !strings.HasSuffix(path, "/") {
		path += "/"
	}
	path += "{{seq}}"
	if found {
		path += "?" + query
	}
	return path
}
