package flags

import (
	"strings"

	"shotput/cli/line"
	"shotput/report"
)

func outputRows(a *Asked) []line.Row {
	return append(OutputsRows(&a.Out), line.InGroup(GroupOutput, line.Rows{
		{Long: "samples", Arg: "FILE", Eg: "samples.csv.gz",
			Help:    "a line for each measured request; FILE ends in .csv.gz",
			Written: true, Paths: line.WholePath, Set: a.setSamples},
		{Long: "label", Arg: "KEY=VALUE", Eg: "env=staging",
			Help:    "what the run is found by, in reports, saved runs\nand metrics; changes nothing of it; repeat",
			Repeats: true, Pairs: true, Hide: line.HideLabel, Names: labelNames,
			AsKey: list("labels", "tags"), Elsewhere: list("tag"),
			Set: line.Each(&a.labels, parseLabel)},
		{Long: "trace", Help: "an id in each request (header traceparent, W3C); the\nreport has those of the slowest",
			Set: line.OnOff(&a.Plan.Trace)},
		{Long: "capture-failures", Arg: "N", Eg: "10",
			Help:   "keep the first N failed answers, headers and 64 KiB\nof each body, for -o .json and .html",
			Amount: true, Set: takeNumber(&a.Plan.Capture)},
		{Long: "progress", Arg: "HOW", Eg: "auto", Help: "auto, lines, json or none, on stderr",
			Words:      list("auto", "lines", "json", "none"),
			NotInFiles: ofTheViewer, Set: line.One(&a.Out.Progress, line.AsIs)},
		{Long: "silent", Short: "s", Help: "no progress, no hints",
			NotInFiles: ofTheViewer, Set: line.OnOff(&a.Silent)},
		{Long: "verbose", Short: "v", Help: "the plan, the first request, raw errors",
			NotInFiles: ofTheViewer, Set: line.OnOff(&a.Verbose)},
		{Long: "dry-run", Help: "show the plan and the request; send nothing",
			NotInFiles: ofTheLine, Set: line.OnOff(&a.DryRun)},
		{Long: "once", Help: "send one request and show it whole",
			NotInFiles: ofTheLine, Set: line.OnOff(&a.Once)},
		{Long: "show-captures",
			Help:       "with --once: what a flow takes from answers, and not\nits length alone",
			NotInFiles: ofTheViewer, Set: line.OnOff(&a.ShowCaptures)},
		{Long: "version", Alone: true, Help: "the version",
			NotInFiles: "asks what this program is; a plan says what it does", Set: line.OnOff(&a.Version)},
	})...)
}

// OutputsRows are the flags that say where the documents of a run go, for each verb that makes some.
func OutputsRows(o *Outputs) []line.Row {
	return line.InGroup(GroupOutput, line.Rows{
		{Long: "output", Short: "o", Arg: "FILE", Eg: "run.json",
			Help: "save the run as .json .ndjson .md .txt .html .csv\n" +
				".hgrm .hlog .xml (JUnit) .bench (Go); - is stdout;\nrepeat",
			Repeats: true, Written: true, Paths: line.WholePath,
			AsKey: list("out"), Set: line.Each(&o.Files, parseOutput)},
		{Long: "format", Arg: "FORMAT", Eg: "json",
			Help:  strings.Join(report.Formats, " ") + ";\nof -o and else of stdout",
			Words: report.Formats, Set: line.One(&o.Format, line.AsIs)},
		{Long: "unit", Arg: "UNIT", Eg: "ms", Help: "of every latency: ns, us, ms or s", Set: o.SetUnit},
		{Long: "percentiles", Arg: "LIST", Eg: "50,95,99",
			Help: "of latencies in every table and in .csv, in place of\neach one's own (p50, p90, p99, p99.9)",
			Set:  o.setPercentiles},
		{Long: "ascii", Help: "no sign outside ASCII", Set: line.OnOff(&o.ASCII)},
	})
}

func metricsRows(o *Metrics) []line.Row {
	return line.InGroup(GroupMetrics, line.Rows{
		{Long: "prom-listen", Arg: "ADDRESS", Eg: "127.0.0.1:9464",
			Help: "Prometheus scrapes /metrics there during the run;\na port alone is one of 127.0.0.1",
			Set:  line.One(&o.Listen, parseListen)},
		{Long: "prom-file", Arg: "FILE", Eg: "shotput.prom",
			Help:    "text for node_exporter's textfile collector, each 5 s",
			Written: true, Paths: line.WholePath, Set: line.Filled(&o.File)},
		{Long: "prom-push", Arg: "ADDRESS", Eg: "http://127.0.0.1:9091",
			Help: "URL of a Pushgateway, PUT each 10 s and at the end",
			Hide: line.ShowURL, Set: line.One(&o.Push, parsePush)},
		{Long: "otlp", Arg: "ADDRESS", Eg: "http://127.0.0.1:4318",
			Help: "URL of OTLP over HTTP, POST of JSON each 10 s and at\nthe end",
			Hide: line.ShowURL, Set: line.One(&o.OTLP, parseOTLP)},
	})
}

// What a plan file has no place for, for two reasons.
const (
	ofTheViewer = "is a matter of who watches, and stands on the command line"
	ofTheLine   = "says what is done with a plan, and stands on the command line"
)

// ignoredRows are flags that stand on many a curl line and change nothing here.
func ignoredRows() []line.Row {
	var rows []line.Row
	for _, flag := range []struct{ short, long string }{{"f", "fail"}, {"S", "show-error"}, {"i", "include"},
		{"#", "progress-bar"}, {"N", "no-buffer"}, {"g", "globoff"}} {
		rows = append(rows, line.Row{Long: flag.long, Short: flag.short, Ignored: true, Set: line.Ignore})
	}
	return rows
}
