package manual

// topics are in the order in which the short help lists them. Their words are those that people know from other tools.
var topics = []Topic{
	{[]string{"rate", "rps", "qps", "throughput", "load", "open", "closed", "loop", "coordinated", "omission",
		"iterations"},
		`With -r requests are due on a schedule (open loop), whatever the server does,
and response time counts from when a request was due. Without -r each of -c
slots sends as soon as it is free (closed loop).

  shotput -r 500/s -z 30s 'http://127.0.0.1:8080/objects/{{seq}}'`,
		[]string{"rate", "concurrency", "requests", "duration", "arrivals", "warmup", "stages"}, "README.md"},
	{[]string{"concurrency", "connections", "users", "vus", "workers", "threads", "clients", "slot", "slots"},
		`A slot has one request in flight at a time; -c is the number of slots. In open
loop it is a limit, and the report says when it was too small (pool_limited).`,
		[]string{"concurrency", "rate", "no-keepalive"}, "README.md"},
	{[]string{"ramp", "ramp-up", "rampup", "stages", "steps", "spike", "soak", "stress"},
		`  shotput --stages '30s@0..2000/s,1m@2000/s' \
    'http://127.0.0.1:8080/objects/{{seq}}'

30 s from 0 to 2000/s, then a minute at 2000/s.`,
		[]string{"stages", "rate", "duration", "warmup"}, "docs/plan-files.md"},
	{[]string{"timeout", "timeouts", "deadline"},
		`A request that is not answered in time is counted as a timeout, with the stage
in which it was: connect, TLS, upload, wait, download.`,
		[]string{"max-time", "connect-timeout", "read-timeout", "expect100-timeout"}, "docs/thresholds.md"},
	{[]string{"retry", "retries", "backoff", "attempts", "429", "503"},
		`shotput does not retry: each request is sent once, and one that failed is
counted as failed. A retry would hide what users see. Where a redirect, a
Digest challenge or net/http made more attempts than requests, the report says
how many and why. To count a status such as 429 as success: --expect 2xx,429.`,
		[]string{"expect", "location", "abort"}, "docs/thresholds.md"},
	{[]string{"redirect", "redirects", "follow", "location"},
		`Redirects are not followed without -L. Only 307 and 308 keep a PUT a PUT.`,
		[]string{"location", "location-trusted", "max-redirs"}, ""},
	{[]string{"authentication", "auth", "login", "password", "token", "bearer", "jwt", "basic", "digest", "oauth",
		"oauth2", "apikey", "api-key", "netrc", "401", "403"},
		`  shotput -u name:password …            Basic
  shotput --oauth2-bearer env:TOKEN …   a token (JWT) from the environment
  shotput -H "X-Api-Key: $KEY" …        a key in a header`,
		[]string{"user", "basic", "digest", "oauth2-bearer", "oauth2-url", "oauth2-client-id", "oauth2-client-secret",
			"oauth2-scope", "aws-sigv4", "netrc", "netrc-file", "cookie"}, "docs/authentication.md"},
	{[]string{"s3", "aws", "sigv4", "minio", "presigned", "bucket", "signature"},
		`  shotput --aws-sigv4 aws:amz:us-east-1:s3 --size 64KiB \
    'https://HOST/bucket/{{seq}}'

A presigned URL needs no flags. It is for one object, and the report says that
all requests wrote the same one. A list of them is --urls FILE.`,
		[]string{"aws-sigv4", "user", "aws-unsigned-payload", "urls"}, "docs/authentication.md"},
	{[]string{"tls", "ssl", "https", "certificate", "cert", "mtls", "ca", "insecure", "p12", "pkcs12", "pfx"}, "",
		[]string{"insecure", "cacert", "cert", "cert-type", "key", "pass", "tlsv1.2", "tlsv1.3", "tls-max"},
		"docs/authentication.md"},
	{[]string{"proxy", "socks", "noproxy"}, "",
		[]string{"proxy", "proxy-user", "proxy-header", "noproxy"}, "docs/engines.md"},
	{[]string{"dns", "host", "resolve", "ip", "ipv6", "interface", "socket"}, "",
		[]string{"resolve", "connect-to", "unix-socket", "interface", "ipv4", "ipv6", "header"}, "docs/engines.md"},
	{[]string{"http2", "http3", "h2", "h3", "quic", "grpc", "protocol", "keepalive", "keep-alive"}, "",
		[]string{"http1.1", "http2", "http2-prior-knowledge", "http3", "no-keepalive", "engine"}, "docs/engines.md"},
	{[]string{"template", "templates", "variable", "variables", "random", "uuid", "csv", "data", "feeder", "parameter",
		"seq", "keys"},
		`{{seq}} {{uuid}} {{randInt 1 9}} {{randHex 8}} {{randString 8}}
{{zipf 1000 1.1}} {{now}} {{unixMillis}} {{env "NAME"}} {{key}}
{{csv "column"}} {{json .field}} {{file}}, and in a flow of a plan file
{{captured "name"}} {{part}} {{joined "name" "%v" ","}}

stand for values that differ from request to request: in the URL, header
values, -d, --data-raw, --json and -F. Quote them; a shell splits at the blank.`,
		[]string{"keys", "keys-file", "key-dist", "csv", "jsonl", "rows", "seed"}, "docs/templates.md"},
	{[]string{"urls", "url", "list", "targets", "query", "get"},
		`  shotput --urls urls.txt --size 64KiB             a whole URL on each line
  shotput --csv rows.csv -d x '{{csv "url"}}'      or in a column

All are checked before anything is sent. They may lead to several servers.`,
		[]string{"urls", "url", "url-query", "get"}, "docs/templates.md"},
	{[]string{"flow", "flows", "step", "capture", "extract", "correlation", "workflow", "chain", "session", "poll",
		"polling", "202", "etag", "if-match"},
		`  shotput init --flow presigned plan.yaml
  shotput run --once plan.yaml

A flow in a plan file is several requests that one arrival sends, each with
what was taken from the answers before it: presigned, multipart, create-put,
if-match, accepted (202), login.`,
		[]string{"once", "show-captures", "dry-run"}, "docs/flows.md"},
	{[]string{"body", "upload", "compression", "gzip",
		"file", "payload", "form", "multipart", "size", "chunked", "stdin"}, "",
		[]string{"data", "data-raw", "data-binary", "data-urlencode", "json", "form", "upload-file", "size",
			"body-lines", "body-dir", "chunked"}, "docs/templates.md"},
	{[]string{"threshold", "thresholds", "slo", "sla", "assert", "assertion", "check", "checks", "fail", "expect",
		"success"},
		`  shotput --threshold 'p99 < 50ms, error_rate < 0.1%' …   exit 1 when broken`,
		[]string{"threshold", "abort", "expect", "expect-header", "expect-body-regex", "expect-json", "strict"},
		"docs/thresholds.md"},
	{[]string{"limit", "breakpoint", "saturation", "maximum", "knee", "headroom", "scalability", "usl"},
		`  shotput capacity --threshold 'p99 < 50ms' URL   the highest rate that does
  shotput curve --rates 500..8000/s URL           latency against rate
  shotput curve -c 1..64 URL                      the same by concurrency`,
		[]string{"threshold", "arrivals"}, "docs/capacity.md"},
	{[]string{"percentile", "percentiles", "p50", "p90", "p95", "p99", "latency", "histogram", "quantile", "hdr"},
		`The table has p50, p90, p99 and p99.9, or those of --percentiles 50,95,99; the
HTML page and -o run.hgrm have all of them, and any can be a threshold:
--threshold 'p95 < 20ms'.`,
		[]string{"percentiles", "threshold", "output", "unit"}, "docs/formats.md"},
	{[]string{"label", "labels", "tag", "tags", "name", "names"},
		`Requests of a mix in a plan file have names (name: upload), and reports,
thresholds (template."upload".p99 < 50ms) and metrics tell them apart by
these. A whole run has labels: --label env=staging --label build=17.`,
		[]string{"label", "prom-push", "otlp"}, "docs/plan-files.md"},
	{[]string{"verdict", "kept", "client_limited", "pool_limited", "server_saturated", "trust", "lag", "strict",
		"incomplete", "inconsistent", "firm", "bounds", "late", "lateness"},
		`The verdict says who set the pace: kept (the schedule was kept),
client_limited (this tool or this machine), pool_limited (-c is too small),
server_saturated. "Firm up to p97" says that this tool was late with some
requests: percentiles up to it are near enough to the server's own, and what
has ≤ before it is an upper bound. "Bounds only": that holds of none.
Of a saved run: incomplete (its stream breaks off), inconsistent (its counts
do not add up, since somebody changed the file); neither ever passes.`,
		[]string{"strict", "concurrency", "loops", "engine"}, "docs/client-limited.md"},
	{[]string{"output", "report", "save", "html", "junit", "result", "results", "format", "export", "quiet"}, "",
		[]string{"output", "format", "samples", "unit", "ascii", "progress", "silent"}, "docs/formats.md"},
	{[]string{"compare", "regression", "baseline", "ab", "a/b", "repeat", "rounds"},
		`  shotput ab -r 500/s -z 10s URL-A URL-B    both at once, in turn
  shotput compare base.json new.json        rounds that were saved: each by
  shotput -r 500/s -z 30s --repeat 10 -o base.json URL`,
		[]string{"repeat", "output"}, "docs/comparing.md"},
	{[]string{"trend", "trends", "history", "nightly", "drift", "change", "changes", "change-point"},
		`  shotput --label commit=a1b2c3 -o runs/1.json URL
  shotput trend --by commit -o trend.html runs

Saved runs of one plan over time, and where they changed.`,
		[]string{"label", "output"}, "docs/trend.md"},
	{[]string{"ci", "github", "gitlab", "jenkins", "pipeline", "exit", "exit-code", "code", "codes"},
		`Exit codes: 0 ran and passed · 1 a threshold was broken, an abort rule ended
the run, compare or ab found a regression, or trend --fail-on-change a new
change for the worse · 2 usage, nothing was sent · 3 could not measure or
judge · 129, 130 and 143 interrupted.`,
		[]string{"threshold", "strict", "output"}, "docs/ci.md"},
	{[]string{"metrics", "prometheus", "grafana", "otlp", "opentelemetry", "otel", "pushgateway", "dashboard"}, "",
		[]string{"prom-listen", "prom-file", "prom-push", "otlp"}, "docs/metrics.md"},
	{[]string{"debug", "dry-run", "verbose", "once", "preflight", "trace", "tracing", "traceparent"}, "",
		[]string{"dry-run", "once", "verbose", "no-preflight", "trace", "capture-failures"}, "docs/metrics.md"},
	{[]string{"k6", "vegeta", "hey", "wrk", "oha", "jmeter", "locust", "gatling", "migrate", "har",
		"postman", "openapi"},
		`What their flags are here; most of their spellings are answered with ours.`,
		[]string{"rate", "concurrency", "requests", "duration", "stages", "threshold"}, "docs/coming-from.md"},
	{[]string{"docker", "container", "containers", "kubernetes", "k8s", "cgroup", "wait",
		"readiness"},
		`shotput doctor says what a container may use: CPU quota, descriptors, ports.`,
		[]string{"wait"}, "docs/containers.md"},
	{[]string{"windows", "macos", "powershell", "cmd", "quoting", "quotes"},
		`PowerShell and cmd.exe have quotes of their own; a body in a file needs none:
-d @body.json.`,
		[]string{"data", "json", "config", "engine"}, "docs/windows-macos.md"},
}
