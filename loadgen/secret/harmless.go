package secret

import (
	"regexp"
	"strings"
)

// What may be shown is a list, and what a secret is called is not: nobody can know all names of secrets, and one that
// is missing from a list of them would stand in clear in every saved run. So the value of a header, or of a name in a
// query, is shown where its name is known to be harmless, or where the value itself can be none.

// harmlessHeaders are names of headers whose values are no secret. One that ends in a hyphen is the start of several.
var harmlessHeaders = words(`accept accept- access-control- age allow alt-svc b3 cache-control cache-status connection
	content- cross-origin- date depth destination dnt early-data etag expect expires forwarded from host
	idempotency-key if-match if-modified-since if-none-match if-range if-unmodified-since keep-alive last-modified
	link location max-forwards mime-version nel origin overwrite pragma prefer preference-applied priority
	proxy-authenticate proxy-connection range ratelimit- referer referrer-policy report-to repr-digest retry-after
	sec-ch- sec-fetch- sec-gpc server server-timing soapaction strict-transport-security te timeout
	timing-allow-origin traceparent tracestate trailer transfer-encoding upgrade upgrade-insecure-requests user-agent
	vary via warning www-authenticate x-amz-acl x-amz-checksum- x-amz-content-sha256 x-amz-date
	x-amz-decoded-content-length x-amz-request-id x-amz-id-2 x-amz-storage-class x-amz-target x-amz-tagging
	x-amz-version-id x-b3- x-cache x-cache- x-client-version x-content-type-options x-correlation-id x-forwarded-for
	x-forwarded-host x-forwarded-port x-forwarded-prefix x-forwarded-proto x-frame-options x-goog-hash
	x-goog-storage-class x-http-method-override x-idempotency-key x-ms-blob-type x-ms-client-request-id x-ms-date
	x-ms-request-id x-ms-version x-powered-by x-ratelimit- x-real-ip x-request-id x-request-start x-requested-with
	x-response-time x-robots-tag x-runtime x-served-by x-trace-id x-xss-protection`)

// harmlessQuery are names in queries whose values are no secret.
var harmlessQuery = words(`acl action after alt and append asc api-version batch before bucket category comp count
	delete delimiter depth desc dir direction draft dry_run dryrun encoding-type end expires ext fetch-owner fields file
	filename filter force format from height id ids in_progress include index key-marker kind lang language limit
	list-type locale marker max-keys maxresults mode n name names namespace offset op or order order_by orderby overwrite
	page page_size pagesize part partnumber path per_page perpage policy prefix pretty q query range recursive refresh
	region restype rev revision routing rows search seq since size skip sort sort_by sortby source start start-after
	status step storage tag tagging tags take text time timeout timestamp title to top tz type unit until upload
	uploadid uploads uploadtype v verbose version version_id versionid versions w wait width x-amz-algorithm x-amz-date
	x-amz-expires x-amz-signedheaders sv sr srt ss sp st se spr x y z a b c d e f g h i j k l m o p r s t u`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// The longest value, and the longest word of small letters, that are shown whatever their name is: no secret is as
// short as that.
const (
	longestPlain = 3
	longestWord  = 5
)

// computed is a part of a template: what stands in it is the name of a value, and not the value.
var computed = regexp.MustCompile(`\{\{[^}]*\}\}|\$\{\w*\}?`)

// isPlain says whether a value can be no secret.
func isPlain(value string) bool {
	value = strings.TrimSpace(computed.ReplaceAllString(value, ""))
	return len(value) <= longestPlain || value == "false" || value == Mark ||
		len(value) <= longestWord && strings.Trim(value, "abcdefghijklmnopqrstuvwxyz") == ""
}

// HidesHeader says whether the value of the header called name is kept out of all that is shown and saved.
func HidesHeader(name, value string) bool {
	name = strings.ToLower(strings.TrimSpace(name))
	for end := range name {
		if name[end] == '-' && harmlessHeaders[name[:end+1]] {
			return false
		}
	}
	return !harmlessHeaders[name] && (Telling(name) || !isPlain(value))
}

// HidesQuery says whether the value of a name in a query is kept out of all that is shown and saved.
func HidesQuery(name, value string) bool {
	return !harmlessQuery[strings.ToLower(name)] && (Telling(name) || !isPlain(value))
}
