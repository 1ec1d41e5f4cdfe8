package cli_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"shotput/cli"
	"shotput/putserver/realtest"
)

// A board is a dashboard as far as this test looks at it.
type board struct {
	Panels []struct {
		Title   string
		Targets []struct{ Expr string }
	}
}

func dashboard(t *testing.T) (b board) {
	t.Helper()
	text, err := os.ReadFile("../docs/grafana/shotput.json")
	if err == nil {
		err = json.Unmarshal(text, &b)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// documentedScrape gives the scrape configuration of the manual, for an address.
func documentedScrape(t *testing.T, address string) string {
	t.Helper()
	page, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	_, config, found := strings.Cut(string(page), "```yaml\nscrape_configs:")
	config, _, _ = strings.Cut(config, "```")
	if !found || !strings.Contains(config, "127.0.0.1:9464") {
		t.Fatalf("no scrape configuration is documented: %s", config)
	}
	return "scrape_configs:" + strings.Replace(config, "127.0.0.1:9464", address, 1)
}

// prometheus runs a real one that scrapes address as the manual says.
func prometheus(t *testing.T, scraped string, flags ...string) (base string) {
	t.Helper()
	program := realtest.Need(t, "prometheus")
	dir, listen := t.TempDir(), realtest.FreeAddress(t)
	config := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(config, []byte(documentedScrape(t, scraped)), 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"--config.file=" + config, "--storage.tsdb.path=" + dir, "--web.listen-address=" + listen,
		"--log.level=error"}, flags...)
	realtest.Start(t, exec.Command(program, args...), listen)
	return "http://" + listen
}

// ask evaluates a query over the time since begun, and counts the points that it gives.
func ask(t *testing.T, base, query string, begun time.Time) (points int) {
	t.Helper()
	u := fmt.Sprintf("%s/api/v1/query_range?step=1&start=%d&end=%d&query=%s", base, begun.Unix(), time.Now().Unix()+1, url.QueryEscape(query))
	answer, err := http.Get(u)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var body struct {
		Status, Error string
		Data          struct {
			Result []struct{ Values, Histograms []any }
		}
	}
	b, _ := io.ReadAll(answer.Body)
	if err := json.Unmarshal(b, &body); err != nil || body.Status != "success" {
		t.Fatalf("%s: %s, %v", query, b, err)
	}
	for _, r := range body.Data.Result {
		points += len(r.Values)
	}
	return points
}

// The documented set-up fills every panel of the dashboard, with native histograms and without, and the end of the run is
// scraped: its verdict, and that it has ended.
func TestDashboardIsFilled(t *testing.T) {
	board := dashboard(t)
	for name, flags := range map[string][]string{"classic": nil, "native": {"--enable-feature=native-histograms"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			scraped := realtest.FreeAddress(t)
			base := prometheus(t, scraped, flags...)
			var missing []string
			for range 3 { // a machine that is busy may hold up a server's scrapes for all of a run
				begun := time.Now()
				fireFailingSome(t, "--prom-listen", scraped)
				if missing = unfilled(t, base, board, begun); len(missing) == 0 {
					return
				}
			}
			t.Errorf("three times: %s", strings.Join(missing, "\n"))
		})
	}
}

// unfilled are the queries of the dashboard, and those on a run's end, that find nothing.
func unfilled(t *testing.T, base string, board board, begun time.Time) (missing []string) {
	t.Helper()
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			query := strings.NewReplacer("$__rate_interval", "4s", "$job", ".*", "$instance", ".*").Replace(target.Expr)
			if n := ask(t, base, query, begun); n == 0 && !strings.HasPrefix(query, "shotput_alarm_info") {
				missing = append(missing, p.Title+": nothing for "+query)
			}
		}
	}
	for _, query := range []string{"shotput_run_ended == 1", "shotput_verdict_info", "shotput_threshold_ok"} {
		if ask(t, base, query, begun) == 0 {
			missing = append(missing, "nothing for "+query+": the end was not scraped")
		}
	}
	return missing
}

// fireFailingSome fires for some seconds at a server that turns every tenth request away.
func fireFailingSome(t *testing.T, flags ...string) {
	t.Helper()
	turn := make(chan int, 1)
	turn <- 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		n := <-turn
		turn <- n + 1
		if n%10 == 9 {
			w.WriteHeader(503)
		}
	}))
	defer server.Close()
	args := append(flags, "-z", "6s", "-r", "50/s", "-d", "x", "--threshold", "error_rate < 50%", server.URL+"/{{seq}}")
	var told bytes.Buffer
	if code := cli.Main(context.Background(), args, cli.Stdio{In: strings.NewReader(""), Out: io.Discard, Err: &told}); code != 0 {
		t.Fatalf("exit %d: %s", code, &told)
	}
}
