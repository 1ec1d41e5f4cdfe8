package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Imports only fall: which package of ours may import which. A test file may import what its package may, and
// what testOnly adds.
//
// Do not change this data to make a build pass: it is the design.
var ours = map[string][]string{
	".": {"shotput/cli"},
	"cli": {"shotput/cli/line", "shotput/cli/flags", "shotput/cli/foreign", "shotput/cli/advice", "shotput/cli/doctor",
		"shotput/cli/planfile", "shotput/cli/curl", "shotput/cli/files", "shotput/cli/manual", "shotput/cli/saved", "shotput/cli/setup",
		"shotput/loadgen", "shotput/loadgen/fault", "shotput/loadgen/secret",
		"shotput/report", "shotput/report/html", "shotput/report/live", "shotput/report/metrics",
		"shotput/stats", "shotput/stats/compare", "shotput/stats/curve", "shotput/stats/search",
		"shotput/stats/trend", "shotput/putserver",
		"shotput/trials", "shotput/verify", "shotput/cli/prober", "shotput/cli/exchange", "shotput/cli/checks", "shotput/cli/flows"},
	"cli/flows":    {"shotput/cli/exchange", "shotput/cli/flags", "shotput/cli/line", "shotput/loadgen", "shotput/loadgen/answer", "shotput/loadgen/flow", "shotput/stats"},
	"cli/checks":   {"shotput/cli/flags", "shotput/cli/line", "shotput/cli/planfile", "shotput/verify"},
	"cli/exchange": {"shotput/cli/line", "shotput/loadgen", "shotput/stats"},
	"cli/prober":   {"shotput/cli/address", "shotput/cli/curl", "shotput/cli/line", "shotput/loadgen", "shotput/loadgen/header", "shotput/loadgen/request", "shotput/verify"},
	"verify":       {"shotput/stats", "shotput/loadgen/fault", "shotput/loadgen/jsonpath"},
	"trials":       {"shotput/loadgen", "shotput/stats", "shotput/stats/curve", "shotput/stats/search"},
	"loadgen": {"shotput/stats", "shotput/stats/labels", "shotput/loadgen/answer", "shotput/loadgen/arrivals", "shotput/loadgen/fault",
		"shotput/loadgen/exact", "shotput/loadgen/flow", "shotput/loadgen/header", "shotput/loadgen/machine", "shotput/loadgen/pack", "shotput/loadgen/request", "shotput/loadgen/route",
		"shotput/loadgen/secret", "shotput/loadgen/bare", "shotput/loadgen/shadow", "shotput/loadgen/text", "shotput/loadgen/token", "shotput/loadgen/transport", "shotput/loadgen/wire", "shotput/loadgen/wire/poll", "shotput/loadgen/wire/http1"},
	"cli/advice": {"shotput/cli/address", "shotput/cli/flags", "shotput/cli/line",
		"shotput/loadgen", "shotput/loadgen/secret", "shotput/stats"},
	"cli/flags": {"shotput/cli/address", "shotput/cli/credentials", "shotput/cli/foreign", "shotput/cli/line", "shotput/loadgen",
		"shotput/loadgen/answer", "shotput/loadgen/fault", "shotput/report", "shotput/stats",
		"shotput/stats/curve", "shotput/stats/labels", "shotput/stats/search", "shotput/stats/unit"},
	"cli/planfile": {"shotput/cli/line"},
	"cli/saved": {"shotput/report", "shotput/stats/compare", "shotput/stats/curve", "shotput/stats/search", "shotput/stats/trend",
		"shotput/verify"},
	"cli/manual":       {"shotput/cli/flags", "shotput/cli/line"},
	"cli/curl":         {"shotput/cli/address", "shotput/cli/line", "shotput/loadgen", "shotput/loadgen/secret"},
	"cli/address":      {},
	"cli/files":        {},
	"cli/setup":        {},
	"cli/doctor":       {"shotput/loadgen", "shotput/loadgen/machine", "shotput/stats"},
	"cli/credentials":  {"shotput/loadgen", "shotput/loadgen/fault"},
	"cli/foreign":      {"shotput/cli/line"},
	"cli/line":         {"shotput/loadgen/fault", "shotput/loadgen/secret", "shotput/stats/plain"},
	"loadgen/fault":    {},
	"loadgen/exact":    {},
	"loadgen/header":   {"shotput/loadgen/exact"},
	"loadgen/secret":   {},
	"loadgen/arrivals": {},
	"loadgen/rows":     {"shotput/loadgen/fault"},
	"loadgen/pack":     {"shotput/loadgen/fault", "shotput/loadgen/rows"},
	"loadgen/jsonpath": {},
	"loadgen/text":     {"shotput/stats", "shotput/loadgen/fault", "shotput/loadgen/jsonpath", "shotput/loadgen/rows", "shotput/stats/unit"},
	"loadgen/request": {"shotput/stats", "shotput/loadgen/exact", "shotput/loadgen/fault", "shotput/loadgen/header", "shotput/loadgen/rows", "shotput/loadgen/secret",
		"shotput/loadgen/text", "shotput/stats/unit"},
	"loadgen/route":     {"shotput/stats", "shotput/loadgen/fault", "shotput/loadgen/header", "shotput/loadgen/secret"},
	"loadgen/transport": {"shotput/stats", "shotput/loadgen/fault", "shotput/loadgen/header", "shotput/loadgen/route", "shotput/loadgen/secret"},
	"loadgen/answer": {"shotput/stats", "shotput/stats/plain", "shotput/loadgen/fault", "shotput/loadgen/header", "shotput/loadgen/jsonpath",
		"shotput/loadgen/secret"},
	"loadgen/token":   {"shotput/stats", "shotput/loadgen/header", "shotput/loadgen/request", "shotput/loadgen/secret"},
	"loadgen/flow":    {"shotput/stats", "shotput/loadgen/answer", "shotput/loadgen/fault", "shotput/loadgen/secret", "shotput/loadgen/text"},
	"loadgen/machine": {"shotput/stats"},
	"loadgen/bare":    {},
	"loadgen/shadow":  {"shotput/stats", "shotput/loadgen/arrivals"},
	"report": {"shotput/verify", "shotput/stats", "shotput/stats/compare", "shotput/stats/trend", "shotput/stats/curve", "shotput/stats/search", "shotput/report/html", "shotput/report/page",
		"shotput/report/words", "shotput/report/grid"},
	"report/html":        {"shotput/stats", "shotput/stats/compare", "shotput/stats/trend", "shotput/stats/curve", "shotput/stats/labels", "shotput/report/page", "shotput/report/words"},
	"report/page":        {"shotput/verify", "shotput/stats", "shotput/stats/compare", "shotput/stats/trend", "shotput/stats/curve", "shotput/stats/search", "shotput/stats/labels", "shotput/report/words"},
	"report/live":        {"shotput/stats", "shotput/report/words", "shotput/report/grid"},
	"report/metrics":     {"shotput/stats", "shotput/report/words"},
	"report/words":       {"shotput/stats", "shotput/stats/plain", "shotput/stats/unit", "shotput/report/grid"},
	"report/grid":        {},
	"report/runtest":     {"shotput/verify", "shotput/stats", "shotput/stats/compare", "shotput/stats/search", "shotput/stats/trend", "shotput/report/words", "shotput/report/grid"}, // for tests
	"loadgen/wire":       {"shotput/stats", "shotput/loadgen/wire/poll", "shotput/loadgen/wire/http1"},
	"loadgen/wire/poll":  {},
	"loadgen/wire/http1": {},
	"putserver":          {"shotput/putserver/flows", "shotput/putserver/shelf"},
	"putserver/flows":    {"shotput/putserver/shelf"},
	"putserver/shelf":    {},
	"putserver/realtest": {"shotput/putserver/realtest/tether"}, // for tests
	"putserver/hostile":  {},
	"stats":              {"shotput/stats/labels", "shotput/stats/unit"},
	"stats/compare":      {"shotput/stats", "shotput/stats/labels"},
	"stats/labels":       {},
	"stats/plain":        {},
	"stats/search":       {"shotput/stats", "shotput/stats/unit"},
	"stats/curve":        {"shotput/stats", "shotput/stats/compare"},
	"stats/trend":        {"shotput/stats", "shotput/stats/compare"},
	"stats/unit":         {},
}

// Each library stands behind the files named here, so that it can be replaced in one place.
//
// Do not change this data to make a build pass: a new dependency is a decision.
var theirs = map[string][]string{
	"github.com/HdrHistogram/hdrhistogram-go": {"stats/histogram.go"},
	"golang.org/x/time/rate":                  {"loadgen/arrivals/arrivals.go"},
	"github.com/olekukonko/tablewriter":       {"report/grid/grid.go"},
	"github.com/spf13/cobra":                  {"cli/commands.go"},
	"github.com/spf13/pflag":                  {"cli/line/parse.go"},
	"github.com/quic-go/quic-go":              {"loadgen/transport/http3.go"},
	"golang.org/x/net/proxy":                  {"loadgen/route/dial.go"},
	"golang.org/x/net/publicsuffix":           {"loadgen/flow/cookies.go"},
	"github.com/aws/aws-sdk-go-v2":            {"loadgen/request/sign.go"},
	"github.com/icholy/digest":                {"loadgen/transport/digest.go"},
	"golang.org/x/oauth2":                     {"loadgen/token/token.go"},
	"github.com/rclone/gofakes3/signature":    {"loadgen/sign_test.go"},
	"golang.org/x/perf/benchmath":             {"stats/compare/mannwhitney.go"},
	"golang.org/x/sys/unix":                   {"loadgen/wire/poll/alarm_linux.go", "loadgen/wire/poll/buffers_linux.go", "loadgen/wire/poll/calls_linux.go", "loadgen/wire/poll/epoll_linux.go", "loadgen/wire/poll/stamp_linux.go", "loadgen/wire/poll/uring_linux.go", "loadgen/wire/poll/waker_linux.go", "loadgen/ring_linux_test.go"},
	"go.yaml.in/yaml/v4":                      {"cli/planfile/yaml.go"},
	"mvdan.cc/sh/v3":                          {"cli/curl/shell.go"},
	"github.com/youmark/pkcs8":                {"loadgen/route/key.go"},
	"software.sslmate.com/src/go-pkcs12":      {"loadgen/route/key.go"},
	"golang.org/x/term":                       {"cli/stdio.go"},
	"golang.org/x/net/http2":                  {"putserver/hostile/frames.go"},
	"github.com/rclone/gofakes3":              {"putserver/realtest/s3.go"},
	"github.com/prometheus/client_golang":     {"report/metrics/prometheus.go"},
	"github.com/prometheus/client_model":      {"report/metrics/prometheus.go"},
	"github.com/prometheus/common/expfmt":     {"report/metrics/prometheus.go"},
	"golang.org/x/perf/benchfmt":              {"report/formats_test.go"},
	"gonum.org/v1/gonum/mat":                  {"stats/curve/law.go"},
}

// What only tests may import.
var testOnly = map[string][]string{
	"loadgen":        {"shotput/putserver", "shotput/putserver/hostile", "github.com/quic-go/quic-go", "shotput/loadgen/rows"},
	"cli":            {"shotput/putserver", "github.com/youmark/pkcs8", "software.sslmate.com/src/go-pkcs12", "github.com/santhosh-tekuri/jsonschema", "go.yaml.in/yaml/v4", "github.com/prometheus"},
	"cli/flags":      {"shotput/cli/curl", "shotput/cli/planfile"},
	"cli/address":    {"shotput/loadgen"},
	"cli/prober":     {"shotput/putserver"},
	"report":         {"shotput/report/runtest", "github.com/santhosh-tekuri/jsonschema"},
	"report/html":    {"shotput/verify", "shotput/report/runtest", "golang.org/x/net/html"},
	"report/live":    {"shotput/report/runtest"},
	"report/metrics": {"github.com/prometheus"},
	"stats":          {"github.com/santhosh-tekuri/jsonschema"},
	"verify":         {"shotput/putserver"},
	".":              {"shotput/putserver", "shotput/loadgen", "shotput/stats"},
	"*":              {"github.com/rogpeppe/go-internal", "shotput/putserver/realtest"},
}

// forbidden names folders that say nothing of what is in them.
var forbidden = []string{"internal", "pkg", "util", "utils", "common", "helpers", "cmd", "types"}

func TestImportsOnlyFall(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if slices.Contains(forbidden, d.Name()) {
				t.Errorf("%s: a folder is named for what it holds", path)
			}
			if d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != "." {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(path, ".go") {
			for _, fault := range importFaults(t, filepath.ToSlash(path)) {
				t.Error(fault)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// importFaults says what the file at path imports against the tables above.
func importFaults(t *testing.T, path string) (faults []string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		name := strings.Trim(spec.Path.Value, `"`)
		if fault := importFault(path, name); fault != "" {
			faults = append(faults, fault)
		}
	}
	return faults
}

func importFault(path, name string) string {
	dir, test := filepath.ToSlash(filepath.Dir(path)), strings.HasSuffix(path, "_test.go")
	under := func(list []string) bool {
		return slices.ContainsFunc(list, func(p string) bool { return name == p || strings.HasPrefix(name, p+"/") })
	}
	switch {
	case test && (name == "shotput/"+dir || under(testOnly[dir]) || under(testOnly["*"])):
		return ""
	case strings.HasPrefix(name, "shotput/"):
		if allowed, known := ours[dir]; !known || !slices.Contains(allowed, name) {
			return path + " imports " + name + ", which stands beside or above it"
		}
	case strings.Contains(strings.Split(name, "/")[0], "."):
		for lib, files := range theirs {
			if (name == lib || strings.HasPrefix(name, lib+"/")) && slices.Contains(files, path) {
				return ""
			}
		}
		return path + " imports " + name + ", and is not the file for it"
	}
	return ""
}

// The table test above must be able to fail.
func TestImportFaultsAreSeen(t *testing.T) {
	for _, c := range []struct{ path, name string }{
		{"stats/run.go", "shotput/loadgen"},
		{"report/text.go", "shotput/loadgen"},
		{"loadgen/pool.go", "shotput/putserver"},
		{"loadgen/pool.go", "golang.org/x/time/rate"},
		{"cli/fire.go", "github.com/rogpeppe/go-internal/testscript"},
		{"new/new.go", "shotput/stats"},
		{"cli/target.go", "shotput/putserver/realtest"},
	} {
		if importFault(c.path, c.name) == "" {
			t.Errorf("%s may import %s", c.path, c.name)
		}
	}
	if f := importFault("loadgen/pool_test.go", "shotput/putserver"); f != "" {
		t.Error(f)
	}
}

// flagName finds what looks like a flag of a command line in a comment or a text.
var flagName = regexp.MustCompile("(^|[\\s('\"`])(--[A-Za-z][\\w-]+|-[A-Za-z])($|[^\\w-])")

// Nobody below cli knows how a plan was written: comments and texts there name fields, and no flag.
func TestNoFlagBelowCLI(t *testing.T) {
	for _, room := range []string{"stats", "report", "loadgen", "trials"} {
		err := filepath.WalkDir(room, func(path string, d fs.DirEntry, err error) error {
			path = filepath.ToSlash(path)
			if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
				strings.HasPrefix(path, "report/runtest/") { // it stands in for cli, in tests
				return err
			}
			for _, text := range textsOf(t, path) {
				if named := flagIn(text); named != "" {
					t.Errorf("%s names the flag %s", path, named)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// textsOf are the comments and the string literals of a file.
func textsOf(t *testing.T, path string) (texts []string) {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, group := range file.Comments {
		texts = append(texts, group.Text())
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			texts = append(texts, literal.Value)
		}
		return true
	})
	return texts
}

func flagIn(text string) string {
	text = strings.ReplaceAll(text, "ulimit -n", "") // a shell's own
	if found := flagName.FindStringSubmatch(text); found != nil {
		return found[2]
	}
	return ""
}

// The test above must be able to fail.
func TestFlagsAreSeen(t *testing.T) {
	for text, want := range map[string]string{"needs a user; give -u NAME:PASSWORD": "-u",
		"--noproxy '*' goes without": "--noproxy", "as --stages takes it: 30s": "--stages", "(-d, --data-raw)": "-d", `"-H"`: "-H",
		"x^-s, e-mail, a - b, -1, ulimit -n 65536, -HOST:PORT, warm-up": ""} {
		if got := flagIn(text); got != want {
			t.Errorf("%q names %q, want %q", text, got, want)
		}
	}
}
