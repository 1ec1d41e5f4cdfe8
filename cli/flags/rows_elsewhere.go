package flags

import (
	"regexp"
	"slices"

	"shotput/cli/line"
)

// What a line is recognised by as another tool's: a flag that is read there, and nowhere else so.
var (
	ofVegeta = regexp.MustCompile(`(^| )attack( |$)`)
	ofWrk    = regexp.MustCompile(`(^| )-d ?\d+(\.\d+)?(s|m|h)( |$)`) // a time, where -d is a body everywhere else
)

// Strangers are words of other tools: letters that mean something in several, and each something else, of which none is
// given a meaning here; long names for which there is something near, or nothing; and commands. Names that have an
// equal here stand in its row (Elsewhere).
var Strangers = slices.Concat(foreignLetters, foreignNames, foreignCommands)

var foreignLetters = []line.Stranger{
	{Letter: "t", Beside: ofWrk, Why: "wrk's threads; event loops are as many as fit, or --loops"},
	{Letter: "t", Longs: list("telnet-option"), Flag: "max-time", Value: "5", Kept: true,
		Why: "the time limit of a request is -m, the run's length is -z, how many are in flight is -c"},
	{Letter: "a", Longs: list("append"), Flag: "user", Value: "name:password", Kept: true,
		Why: "a user is -u name:password, the user agent is -A"},
	{Letter: "D", Longs: list("dump-header"), Flag: "upload-file", Value: "body.bin", Kept: true,
		Why: "the body is -d @FILE or -T FILE; the answer's headers are shown by --once"},
	{Letter: "w", Longs: list("write-out"), Flag: "warmup", Value: "2s",
		Why: "warm-up is --warmup, how many are in flight is -c"},
	{Letter: "I", Longs: list("head"), Bare: true, Flag: "request", Value: "HEAD",
		Why: "the method is -X, as in -X HEAD"},
	{Letter: "0", Longs: list("http1.0", "http0.9"), Bare: true, Flag: "http1.1", Value: "true",
		Why: "HTTP/1.0 is not spoken here"},
	{Letter: "j", Flag: "json", Value: "{}", Why: "the body is --json"},
	{Letter: "C", Longs: list("continue-at"), Flag: "header", Value: "Content-Range: bytes 0-9/*",
		Why: "for a part give -H 'Content-Range: …' and the part's bytes"},
	{Letter: "O", Longs: list("remote-name"), Bare: true, Flag: "once", Value: "true",
		Why: "the saved run is -o, the answer is shown by --once"},
	{Letter: "p", Longs: list("proxytunnel"), Flag: "upload-file", Value: "body.bin", Kept: true,
		Why: "the body is -T FILE or -d @FILE, a proxy is -x"},
	{Letter: "P", Longs: list("ftp-port"), Flag: "proxy-user", Value: "name:password", Kept: true,
		Why: "the proxy's user is -U"},
	{Letter: "R", Flag: "rate", Value: "2000/s", Kept: true, Why: "the rate is -r"},
	{Letter: "Z", Longs: list("parallel"), Bare: true, Why: "how many are in flight is -c"},
	{Letter: "l", Bare: true, Why: "answers may differ in length here"},
}

// none is what has nothing to be set here: the words are left out.
func none(why string, longs ...string) line.Stranger { return line.Stranger{Longs: longs, Why: why} }

// bare is none for switches.
func bare(why string, longs ...string) line.Stranger {
	return line.Stranger{Longs: longs, Why: why, Bare: true}
}

// become is a name with a value that another flag takes.
func become(flag, value, why string, longs ...string) line.Stranger {
	return line.Stranger{Longs: longs, Flag: flag, Value: value, Kept: true, Why: why}
}

// turn is a switch that is another flag here, or that flag with a value.
func turn(flag, value, why string, longs ...string) line.Stranger {
	return line.Stranger{Longs: longs, Flag: flag, Value: value, Bare: true, Why: why}
}

var foreignNames = []line.Stranger{
	{Longs: list("next"), NotInFiles: "parts two requests of a line; in a plan file they are scenarios"},

	// curl
	none("no request is sent twice: what failed is counted", "retry", "retry-delay", "retry-max-time"),
	bare("no request is sent twice: what failed is counted", "retry-all-errors", "retry-connrefused"),
	become("aws-sigv4", "aws:amz:us-east-1:s3", "AWS' signature is --aws-sigv4 aws:amz:REGION:SERVICE", "sigv4"),
	become("rate", "20MiB/s", "all requests together have a rate, which may be of bytes: -r 20MiB/s", "limit-rate"),
	become("concurrency", "50", "how many are in flight is -c", "parallel-max"),
	bare("it changes nothing in a load", "tcp-nodelay", "tcp-fastopen", "no-progress-meter", "fail-early",
		"create-dirs",
		"fail-with-body", "ssl-reqd", "parallel-immediate", "styled-output"),
	none("answers are not kept in files", "output-dir", "cookie-jar", "max-filesize"),
	turn("verbose", "true", "what is sent and answered is shown by -v", "trace-time"),
	{Longs: list("trace-ascii"), Flag: "verbose", Value: "true",
		Why: "what is sent and answered is shown by -v"},

	// hey and oha
	{Longs: list("host"), Flag: "header", Value: "Host: %s", Kept: true, IsURL: true,
		Why: "the address is the URL; another name that the server is asked for is a header: -H 'Host: NAME'"},
	bare("it is so here", "disable-compression", "disable-redirects", "disable-color", "no-color"),
	turn("progress", "none", "the live view is --progress", "no-tui"),
	turn("http2", "true", "HTTP/2 is --http2", "h2"),
	none("event loops are as many as fit, or --loops", "cpus"),
	bare("in open loop a response is timed from when it was due, always", "latency-correction"),
	become("format", "json", "the form of the report is --format", "output-format"),

	// wrk
	bare("percentiles are in every report", "latency", "print_latency"),
	none("a body that differs from request to request is written with {{…}}, as in -d '{\"n\":{{seq}}}'", "script"),

	// vegeta
	none("a URL is given on the line; one that differs from request to request has {{csv \"column\"}}", "targets"),
	{Longs: list("body"), Beside: ofVegeta, Flag: "upload-file", Value: "body.bin", Kept: true,
		Why: "vegeta's is a file, which is -T FILE here"},
	bare("it is so here", "lazy", "keepalive"),
	turn("http2-prior-knowledge", "true", "HTTP/2 without TLS is --http2-prior-knowledge", "h2c"),
	become("max-redirs", "10", "redirects are followed by -L, so many by --max-redirs", "redirects", "redirect",
		"max-redirects"),
	become("cacert", "ca.pem", "authorities to trust are --cacert", "root-certs"),
	become("interface", "127.0.0.1", "the address to leave from is --interface", "laddr"),
	none("the server's name is resolved by the system; another address is --resolve", "resolvers", "dns-ttl"),
	none("nothing of that kind is kept here", "name", "max-body"),

	// k6
	none("a rate that changes is --stages, as in 30s@0..2000/s", "stage"),
	turn("insecure", "true", "a certificate is not verified with -k", "insecure-skip-tls-verify"),
	turn("no-keepalive", "true", "a connection for each request is --no-keepalive", "no-connection-reuse",
		"no-vu-connection-reuse"),
	turn("silent", "true", "no progress and no hints is -s", "quiet"),
	none("the report has them", "summary-trend-stats", "summary-time-unit"),

	// warp
	become("size", "4KiB", "the size of a body is --size", "obj.size"),
	become("user", "key:secret", "S3's keys are -u KEY:SECRET with --aws-sigv4 aws:amz:REGION:s3", "access-key"),
	none("S3's keys are -u KEY:SECRET with --aws-sigv4 aws:amz:REGION:s3", "secret-key"),
	none("it is a part of the URL", "bucket"),
	bare("nothing is deleted, and a run ends when it was told to", "noclear", "autoterm"),
	bare("TLS is the URL's https://", "tls"),
}

// tool is the name of another tool before its own line.
func tool(name string) line.Stranger {
	return line.Stranger{Command: name, Tool: true,
		Why: "is another tool's name; its line is read by leaving the word out"}
}

var foreignCommands = []line.Stranger{
	{Command: "attack", Why: "it is vegeta's; to fire, a URL is enough"},
	tool("wrk"), tool("wrk2"), tool("hey"), tool("oha"), tool("vegeta"), tool("k6"), tool("warp"),
	tool("bombardier"), tool("siege"),
	{Command: "put", Why: "it is warp's; PUT is what is sent, and a URL is enough"},
	{Command: "fire", Why: "a URL is enough"}, {Command: "bench", Why: "a URL is enough"},
}

// move gives the value to another flag.
func move(from, to string) []line.Mend { return []line.Mend{line.Drop(from), line.Set(to, line.Given)} }

// Values of the flags that another tool's meaning of them would have.
var (
	dataClashes = []line.Clash{{Looks: regexp.MustCompile(`^\d+(\.\d+)?(ms|s|m|h)$`), Mends: move("data", "duration"),
		Says: "-d is the body, as in curl; for %s use -z %s; to send that text, --data-raw %s"}}
	timeClashes = []line.Clash{{Looks: regexp.MustCompile(`^[A-Za-z]+$`), Mends: move("max-time", "request"),
		Says: "-m is the time limit of a request, as in curl; for the method use -X %s"}}
	uploadClashes = []line.Clash{{Looks: mediaTypes,
		Mends: []line.Mend{line.Set("header", "Content-Type: "+line.Given)},
		Says: "-T is a file to upload, as in curl; for the type use -H 'Content-Type: %s'; " +
			"a file of that name is ./%s"}}
	concurrencyClashes = []line.Clash{{Looks: regexp.MustCompile(`^\D*[A-Za-z/]`),
		Mends: []line.Mend{line.Drop("concurrency"), line.Set("concurrency", "50")},
		Says:  "-c is how many requests may be in flight; cookies are sent with -b 'name=value' or -b FILE"}}
	cookieClashes = []line.Clash{
		{Looks: regexp.MustCompile(`^\s*[\[{]`), Mends: move("cookie", "json"),
			Says: "-b is a cookie, as in curl; for the body use -d or --json"}}
	// -r -5 is a wrong rate, not a range.
	rateClashes = []line.Clash{{Looks: regexp.MustCompile(`^\d+-\d*$`),
		Mends: []line.Mend{line.Set("header", "Range: bytes="+line.Given)},
		Says:  "-r is the rate of requests; for curl's byte range use -H 'Range: bytes=%s'"}}
	countClashes = []line.Clash{{Looks: anyURL, Mends: []line.Mend{line.Set("netrc", "true"), line.Aim(line.Given)},
		Says: "-n is how many requests; curl's -n is --netrc here"}}
	quickClashes = []line.Clash{{Looks: anyURL, Mends: []line.Mend{line.Aim(line.Given)},
		Says: "-q is the rate, as -r is; curl's -q (no .curlrc) is not needed here"}}
)

var (
	mediaTypes = regexp.MustCompile(`^(application|audio|font|image|message|model|multipart|text|video)/[\w.+-]+$`)
	anyURL     = regexp.MustCompile(`://`)
)

// list is short for words of a row.
func list(words ...string) []string { return words }
