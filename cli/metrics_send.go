package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"shotput/cli/line"
	"shotput/report/live"
	"shotput/report/metrics"
)

// export runs the plan while its figures go where they were asked for, and waits for all that it started: those who
// deliver make a last delivery when the run has ended, and the address is closed. What cannot be delivered is told and
// is no fault of the run.
func (r *request) export(ctx context.Context, s *Stdio, view *live.View, sinks fan) error {
	if r.metrics == (metricsOut{}) {
		return r.watched(ctx, s, view, sinks)
	}
	listener, err := r.metrics.open(r)
	if err != nil {
		return err
	}
	figures := &metrics.Export{}
	all := r.metrics.deliveries(figures)
	var started sync.WaitGroup
	server := &http.Server{Handler: scraping(&figures.Metrics), ReadHeaderTimeout: headerLimit}
	if listener != nil {
		started.Go(func() { server.Serve(listener) }) // it ends with ErrServerClosed
		if !r.silent {
			fmt.Fprintf(s.Err, "metrics: http://%s/metrics\n", listener.Addr())
		}
	}
	started.Go(func() { figures.Run(context.WithoutCancel(ctx)) })
	err = r.watched(ctx, s, view, append(sinks, figures))
	figures.Close()
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	if server.Shutdown(last) != nil {
		server.Close() // a scrape that does not end
	}
	started.Wait()
	r.note(s, r.undelivered(all))
	return err
}

// headerLimit bounds how long one who scrapes may take to ask.
const headerLimit = 5 * time.Second

// scraping answers where Prometheus asks, and nowhere else.
func scraping(m *metrics.Metrics) http.Handler {
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
	return usage(Hint{Error: "--" + flag + " " + r.Show(flag, value) + ": " + why, about: line.Fault{Flag: flag, Value: value, Why: why},
		Try: r.With(flag, instead).String()})
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
func (o *metricsOut) deliveries(x *metrics.Export) (all []*metrics.Delivery) {
	add := func(flag, to string, every time.Duration, send func(context.Context) error) {
		if to != "" {
			all = append(all, &metrics.Delivery{Name: flag, To: to, Every: every, Send: send})
			x.Add(all[len(all)-1])
		}
	}
	by := metrics.Client(http.ProxyFromEnvironment)
	save := func(figures []byte) error { return plainPath(save(o.file, figures)) }
	add("prom-file", o.file, fileEvery, func(context.Context) error { return x.Save(save) })
	add("prom-push", o.push, sendEvery, func(ctx context.Context) error { return x.Push(ctx, by, o.push) })
	add("otlp", o.otlp, sendEvery, func(ctx context.Context) error { return x.PostOTLP(ctx, by, o.otlp) })
	return all
}

// undelivered tells what could not be delivered, once for each place.
func (r *request) undelivered(all []*metrics.Delivery) (hints []Hint) {
	for _, d := range all {
		if d.Failed > 0 {
			hints = append(hints,
				Hint{Seen: plainNet(d.Err), Why: "the run and its result are not affected", Try: r.Without(d.Name).String(),
					Error: fmt.Sprintf("--%s %s: %d of %d deliveries failed", d.Name, r.Show(d.Name, d.To), d.Failed, d.Tried)})
		}
	}
	return hints
}
