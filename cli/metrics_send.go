package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"shotput/cli/line"
	"shotput/report"
	"shotput/stats"
)

// exported runs the plan while its figures go where they were asked for, and waits for all that it started: those who
// deliver make a last delivery when the run has ended, and the address is closed. What cannot be delivered is told and
// is no fault of the run.
func (r *request) exported(ctx context.Context, s *Stdio, live *report.Live, sinks fan) error {
	if r.metrics == (metricsOut{}) {
		return r.watched(ctx, s, live, sinks)
	}
	m := &report.Metrics{}
	listener, err := r.metrics.open(r)
	if err != nil {
		return err
	}
	var started sync.WaitGroup
	server := &http.Server{Handler: scraping(m), ReadHeaderTimeout: deliveryLimit}
	if listener != nil {
		started.Go(func() { server.Serve(listener) }) // it ends with ErrServerClosed
		if !r.silent {
			fmt.Fprintf(s.Err, "metrics: http://%s/metrics\n", listener.Addr())
		}
	}
	all := r.metrics.deliveries(m)
	for _, d := range all {
		started.Go(func() { d.run(context.WithoutCancel(ctx)) })
	}
	err = r.watched(ctx, s, live, append(sinks, m, all))
	all.close()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if server.Shutdown(last) != nil {
		server.Close() // a scrape that does not end
	}
	started.Wait()
	r.note(s, all.hints(r))
	return err
}

// scraping answers where Prometheus asks, and nowhere else.
func scraping(m *report.Metrics) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", m.Handler())
	return mux
}

// open finds out before anything is sent whether the file can be written and the address be listened at.
func (o *metricsOut) open(r *request) (net.Listener, error) {
	if o.file != "" {
		if err := writable(o.file); err != nil {
			return nil, r.unusable("prom-file", o.file, plainPath(err).Error(), "./shotput.prom")
		}
	}
	if o.listen == "" {
		return nil, nil
	}
	l, err := net.Listen("tcp", o.listen)
	if err != nil {
		return nil, r.unusable("prom-listen", o.listen, plainNet(err), "127.0.0.1:0")
	}
	return l, nil
}

func (r *request) unusable(flag, value, why, instead string) error {
	return usage(Hint{Error: "--" + flag + " " + r.Show(flag, value) + ": " + why, about: line.Fault{Flag: flag, Value: value, Why: why}, Try: r.With(flag, instead).String()})
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

// deliveryLimit bounds one delivery: a run is not to wait for a program that watches it.
const deliveryLimit = 5 * time.Second

// A delivery carries the figures to one place, each so often and at the end.
type delivery struct {
	flag, to string
	every    time.Duration // of the run's time
	send     func(context.Context) error
	due      chan struct{} // holds one; closed when the run has ended

	// Owned by the run's sink, and by run after due is closed.
	begun bool
	next  time.Duration

	// Owned by run, until it has ended.
	tried, failed int
	err           error
}

// deliveries are a stats.Sink that says when each is due. They come after the figures' own sink.
type deliveries []*delivery

// deliveries makes one for each place. It starts nothing.
func (o *metricsOut) deliveries(m *report.Metrics) (all deliveries) {
	add := func(flag, to string, every time.Duration, send func(context.Context) error) {
		if to != "" {
			all = append(all, &delivery{flag: flag, to: to, every: every, next: every, send: send, due: make(chan struct{}, 1)})
		}
	}
	add("prom-file", o.file, fileEvery, func(context.Context) error { return saveMetrics(o.file, m) })
	add("prom-push", o.push, sendEvery, func(ctx context.Context) error { return pushMetrics(ctx, o.push, m) })
	add("otlp", o.otlp, sendEvery, func(ctx context.Context) error { return sendOTLP(ctx, o.otlp, m) })
	return all
}

func (all deliveries) Start(*stats.Run) {
	for _, d := range all {
		d.begun = true
	}
}

// Window has those delivered whose time has come. One that is still under way is not waited for.
func (all deliveries) Window(w *stats.Window) {
	for _, d := range all {
		if w.End < d.next {
			continue
		}
		d.next = w.End.Truncate(d.every) + d.every
		select {
		case d.due <- struct{}{}:
		default:
		}
	}
}

func (all deliveries) End(*stats.Run) {}

func (all deliveries) close() {
	for _, d := range all {
		close(d.due)
	}
}

// run delivers each time it is due and, of a run that began, once more when the run has ended.
func (d *delivery) run(ctx context.Context) {
	for range d.due {
		d.try(ctx)
	}
	if d.begun {
		d.try(ctx)
	}
}

func (d *delivery) try(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, deliveryLimit)
	defer cancel()
	d.tried++
	if err := d.send(ctx); err != nil {
		d.failed++
		d.err = err
	}
}

// hints tell what could not be delivered, once for each place.
func (all deliveries) hints(r *request) (hints []Hint) {
	for _, d := range all {
		if d.failed > 0 {
			hints = append(hints, Hint{Error: fmt.Sprintf("--%s %s: %d of %d deliveries failed", d.flag, r.Show(d.flag, d.to), d.failed, d.tried),
				Seen: plainNet(d.err), Why: "the run and its result are not affected", Try: r.Without(d.flag).String()})
		}
	}
	return hints
}

func saveMetrics(path string, m *report.Metrics) error {
	var b bytes.Buffer
	if _, err := m.Prometheus(&b, false); err != nil {
		return err
	}
	return plainPath(save(path, b.Bytes()))
}

// pushMetrics puts the figures in the place of all that the group had.
func pushMetrics(ctx context.Context, to string, m *report.Metrics) error {
	var b bytes.Buffer
	mediaType, err := m.Prometheus(&b, true)
	if err != nil {
		return err
	}
	_, err = deliver(ctx, parcel{http.MethodPut, to, mediaType, b.Bytes()})
	return err
}

// sendOTLP posts the figures; that some were refused stands in an answer that is OK.
func sendOTLP(ctx context.Context, to string, m *report.Metrics) error {
	body, err := m.OTLP()
	if err != nil {
		return err
	}
	answer, err := deliver(ctx, parcel{http.MethodPost, to, "application/json", body})
	if err != nil {
		return err
	}
	var partial struct {
		PartialSuccess struct {
			RejectedDataPoints json.Number
			ErrorMessage       string
		}
	}
	if json.Unmarshal(answer, &partial) == nil && strings.Trim(partial.PartialSuccess.RejectedDataPoints.String(), "0") != "" {
		return fmt.Errorf("%s figures were refused: %s", partial.PartialSuccess.RejectedDataPoints, partial.PartialSuccess.ErrorMessage)
	}
	return nil
}

// A parcel is one request that carries figures.
type parcel struct {
	method, to, mediaType string
	body                  []byte
}

// deliver sends the parcel, each on a connection of its own, which ends with it. An answer that redirects is a
// failure: a PUT would become a GET.
func deliver(ctx context.Context, p parcel) (answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, p.method, p.to, bytes.NewReader(p.body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", p.mediaType)
	client := http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(response.Body, 4096))
	if response.StatusCode/100 == 2 {
		return answer, err
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(answer)), "\n")
	return nil, errors.New(strings.TrimSuffix("the answer is "+response.Status+": "+line, ": "))
}
