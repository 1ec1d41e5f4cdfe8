package flags

import (
	"regexp"

	"shotput/cli/line"
)

// Strangers are letters that mean something in other tools, and each something else; none is given a meaning here.
// Beside them stand long names of curl's that are no flags here, where there is something near.
var Strangers = []line.Stranger{
	{Letter: "t", Longs: list("telnet-option"), Flag: "max-time", Value: "5", Kept: true,
		Why: "the time limit of a request is -m, the run's length is -z, how many are in flight is -c"},
	{Letter: "a", Longs: list("append"), Flag: "user", Value: "name:password", Kept: true,
		Why: "a user is -u name:password, the user agent is -A"},
	{Letter: "D", Longs: list("dump-header"), Flag: "upload-file", Value: "body.bin", Kept: true,
		Why: "the body is -d @FILE or -T FILE; the answer's headers are shown by --once"},
	{Letter: "w", Longs: list("write-out"), Flag: "warmup", Value: "2s",
		Why: "warm-up is --warmup, how many are in flight is -c"},
	{Letter: "G", Longs: list("get"), Flag: "url-query", Value: "name=text", Why: "text for the query is --url-query"},
	{Letter: "I", Longs: list("head"), Flag: "request", Value: "HEAD", Why: "the method is -X, as in -X HEAD"},
	{Letter: "0", Longs: list("http1.0", "http0.9"), Flag: "http1.1", Value: "true",
		Why: "HTTP/1.0 is not spoken here"},
	{Letter: "j", Flag: "json", Value: "{}", Why: "the body is --json"},
	{Letter: "C", Longs: list("continue-at"), Flag: "header", Value: "Content-Range: bytes 0-9/*",
		Why: "for a part give -H 'Content-Range: …' and the part's bytes"},
	{Letter: "O", Longs: list("remote-name"), Flag: "once", Value: "true",
		Why: "the saved run is -o, the answer is shown by --once"},
	{Letter: "p", Longs: list("proxytunnel"), Flag: "upload-file", Value: "body.bin", Kept: true,
		Why: "the body is -T FILE or -d @FILE, a proxy is -x"},
	{Letter: "R", Flag: "rate", Value: "2000/s", Kept: true, Why: "the rate is -r"},
	{Longs: list("next"), NotInFiles: "parts two requests of a line; in a plan file they are scenarios"},
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
		Says:  "-c is how many requests may be in flight; cookies are sent with -b 'name=value'"}}
	cookieClashes = []line.Clash{
		{Looks: regexp.MustCompile(`^\s*[\[{]`), Mends: move("cookie", "json"),
			Says: "-b is a cookie, as in curl; for the body use -d or --json"},
		{Looks: regexp.MustCompile(`^[^=]*$`),
			Mends: []line.Mend{line.Drop("cookie"), line.Set("cookie", "name=value")},
			Says:  "-b is name=value; a file of cookies is not read here"}}
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
