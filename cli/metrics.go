package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"shotput/cli/advice"
	"shotput/cli/files"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/loadgen"
	"shotput/loadgen/fault"
	"shotput/report/metrics"
	"shotput/stats"
)

// An exporter has the figures of a job's rounds where they were asked for.
type exporter struct {
	*job
	to       flags.Metrics
	listener net.Listener // open before anything is sent; each round closes it
}

// openMetrics finds out before anything is sent whether the file can be written and the address be listened at.
func (j *job) openMetrics() (*exporter, error) {
	e := &exporter{job: j, to: j.asked.Metrics}
	if why := j.unfitForMetrics(e.to.File); why != "" {
		return nil, j.refuse("prom-file", e.to.File, why, freshName("./shotput.prom"))
	}
	return e, e.listen()
}

// unfitForMetrics says why figures cannot be written to a file each second; "" where they can.
func (j *job) unfitForMetrics(path string) string {
	switch {
	case path == "":
		return ""
	case files.IsSpecial(path):
		return "it is no plain file"
	case isInput(path, j.asked.Line, loadgen.RowFiles(j.asked.Plan)...):
		return isReadToo
	case !holdsMetrics(path):
		return "it holds something else, which would be lost"
	}
	if err := files.Check(path); err != nil {
		return fault.Plain(err).Error()
	}
	return ""
}

// holdsMetrics says whether nothing is lost where the file is written anew, each second: it is not there, or empty, or
// of another run.
func holdsMetrics(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true // what cannot be written is told of elsewhere
	}
	defer f.Close()
	const begins = "# HELP shotput_"
	head := make([]byte, len(begins))
	n, _ := io.ReadFull(f, head)
	return n == 0 || string(head[:n]) == begins
}

// listen opens the address where Prometheus asks.
func (e *exporter) listen() (err error) {
	if e.to.Listen == "" || e.listener != nil {
		return nil
	}
	if e.listener, err = net.Listen("tcp", e.to.Listen); err != nil {
		return e.refuse("prom-listen", e.to.Listen, plainNet(err), "127.0.0.1:0")
	}
	return nil
}

// close gives the address back where no round has been.
func (e *exporter) close() {
	if e.listener != nil {
		e.listener.Close()
	}
}

// during has a round's figures where they were asked for while it is fired, and waits for all that it started: those
// who deliver make a last delivery when the run has ended, and the address is closed. What cannot be delivered is
// told and is no fault of the run.
func (e *exporter) during(ctx context.Context, fire func(...stats.Sink) error) error {
	if e.to == (flags.Metrics{}) {
		return fire()
	}
	if err := e.listen(); err != nil {
		return err
	}
	figures := &metrics.Export{}
	all := deliveriesTo(&e.to, figures)
	var started sync.WaitGroup
	asked := metrics.NewScrapes(time.Now())
	server := &http.Server{Handler: asked.Counting(scraping(&figures.Metrics)), ReadHeaderTimeout: headerLimit}
	if e.listener != nil {
		started.Go(func() { server.Serve(e.listener) }) // it ends with ErrServerClosed
		if !e.asked.Silent {
			fmt.Fprintf(e.Err, "metrics: http://%s/metrics\n", e.listener.Addr())
		}
	}
	started.Go(func() { figures.Run(context.WithoutCancel(ctx)) })
	err := fire(figures)
	figures.Close()
	e.linger(ctx, asked)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if server.Shutdown(last) != nil {
		server.Close() // a scrape that does not end
	}
	started.Wait()
	e.listener = nil
	e.note(listUndelivered(e.asked, all))
	return err
}

// linger leaves the address open until who scrapes it has seen the end. An interrupted run does not wait.
func (e *exporter) linger(ctx context.Context, asked *metrics.Scrapes) {
	limit := asked.End(time.Now())
	if limit > 0 && ctx.Err() == nil && !e.asked.Silent {
		fmt.Fprintf(e.Err, "metrics: open until the end was scraped %d times, %d s at most; Ctrl-C closes it\n",
			metrics.ScrapesAfterEnd, int(limit.Round(time.Second)/time.Second))
	}
	asked.Linger(ctx, limit)
}

// How often each is delivered, of the run's own time.
const (
	fileEvery = 5 * time.Second
	sendEvery = 10 * time.Second
)

// headerLimit bounds how long one who scrapes may take to ask.
const headerLimit = 5 * time.Second

// scraping answers where Prometheus asks, and nowhere else.
func scraping(m *metrics.Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	return mux
}

// refuse says that figures cannot go where they were asked for.
func (j *job) refuse(flag, value, why, instead string) error {
	return j.asked.Refuse(line.Fault{Flag: flag, Value: value, Shown: j.asked.Show(flag, value), Why: why,
		Mends: []line.Mend{line.Set(flag, instead)}})
}

// plainNet is what is the matter, without the addresses that are told beside it.
func plainNet(err error) string {
	var op *net.OpError
	var u *url.Error
	switch {
	case errors.As(err, &u) && u.Timeout():
		return "no answer in time"
	case errors.As(err, &op):
		_, why, found := strings.Cut(op.Err.Error(), ": ")
		if !found {
			why = op.Err.Error()
		}
		return why
	case errors.As(err, &u):
		return u.Err.Error()
	}
	return err.Error()
}

// deliveries are those that were asked for, each by the name of its flag.
func deliveriesTo(o *flags.Metrics, x *metrics.Export) (all []*metrics.Delivery) {
	add := func(flag, to string, every time.Duration, send func(context.Context) error) {
		if to != "" {
			all = append(all, &metrics.Delivery{Name: flag, To: to, Every: every, Send: send})
			x.Add(all[len(all)-1])
		}
	}
	by := metrics.Client(http.ProxyFromEnvironment)
	save := func(figures []byte) error { return fault.Plain(files.Save(o.File, figures)) }
	add("prom-file", o.File, fileEvery, func(context.Context) error { return x.Save(save) })
	add("prom-push", o.Push, sendEvery, func(ctx context.Context) error { return x.Push(ctx, by, o.Push) })
	add("otlp", o.OTLP, sendEvery, func(ctx context.Context) error { return x.PostOTLP(ctx, by, o.OTLP) })
	return all
}

// listUndelivered tells what could not be delivered, once for each place.
func listUndelivered(a *flags.Asked, all []*metrics.Delivery) (hints []advice.Hint) {
	for _, d := range all {
		if d.Failed == 0 {
			continue
		}
		to := "--" + d.Name + " " + a.Show(d.Name, d.To)
		hints = append(hints, advice.Hint{Error: fmt.Sprintf("%s: %d of %d deliveries failed", to, d.Failed, d.Tried),
			Seen: plainNet(d.Err), Why: "the run and its result are not affected", Try: a.Without(d.Name).String()})
	}
	return hints
}
