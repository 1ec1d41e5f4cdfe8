package address

import (
	"fmt"
	"strconv"
	"strings"
)

// exampleHost is where the built-in server listens.
const exampleHost = "127.0.0.1:8080"

// Mend is the URL as it was most likely meant: with http for a scheme that is not spoken here, the built-in server's
// address for one that is missing, without a port that there is not, and with what no URL can hold as %XX. Its path,
// its query and its actions stay.
func Mend(target string) string {
	mask := Mask(target)
	start := strings.Index(mask, "://")
	if start < 0 {
		return target
	}
	scheme := strings.ToLower(target[:start])
	if scheme != "https" {
		scheme = "http"
	}
	rest, masked := target[start+3:], mask[start+3:]
	end := strings.IndexAny(masked, "/?#")
	if end < 0 {
		end = len(masked)
	}
	host, path, maskedPath := rest[:end], rest[end:], masked[end:]
	if host == "" {
		host = exampleHost
	} else {
		host = dropPort(host, masked[:end])
	}
	return scheme + "://" + host + encodeUnfit(path, maskedPath)
}

// dropPort leaves out what stands behind a host's colon and is no port; mask hides the actions.
func dropPort(host, mask string) string {
	from := max(strings.LastIndexByte(mask, '@'), strings.LastIndexByte(mask, ']')) + 1
	name, port, found := strings.Cut(host[from:], ":")
	if !found || isPort(port) {
		return host
	}
	return host[:from] + name
}

func isPort(s string) bool {
	n, err := strconv.Atoi(s)
	return strings.Contains(s, "{{") || err == nil && n > 0 && n < 1<<16
}

// encodeUnfit writes what no URL can hold as %XX; mask hides the actions.
func encodeUnfit(path, mask string) string {
	var b strings.Builder
	for i := range len(path) {
		if c := mask[i]; c <= ' ' || c == 0x7f {
			fmt.Fprintf(&b, "%%%02X", c)
		} else {
			b.WriteByte(path[i])
		}
	}
	return b.String()
}

// EncodeUnfit writes what no URL can hold as %XX in a text with actions.
func EncodeUnfit(text string) string { return encodeUnfit(text, Mask(text)) }
