package metrics

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"shotput/stats"
)

// deliveryLimit bounds one delivery: a run is not to wait for a program that watches it.
const deliveryLimit = 5 * time.Second

// An Export is Metrics with those places to which its figures are carried while the run goes on. It is the sink in the
// place of its Metrics: it reads each window before it says that a delivery is due, so that what is delivered is never
// a window old, in whatever order sinks are told.
type Export struct {
	Metrics
	deliveries []*Delivery
}

// A Delivery carries the figures to one place, each so often and at the end.
type Delivery struct {
	Name, To string        // what whoever asked for it calls it, and where the figures go; for reports alone
	Every    time.Duration // of the run's time
	Send     func(context.Context) error

	// Of what Run did, once that has returned.
	Tried, Failed int
	Err           error // the last

	due chan struct{} // holds one; closed when the run has ended

	// Owned by the run's sink, and by run after due is closed.
	begun bool
	next  time.Duration
}

// Add has d delivered too. It starts nothing, and must come before Start.
func (x *Export) Add(d *Delivery) {
	d.due, d.next = make(chan struct{}, 1), d.Every
	x.deliveries = append(x.deliveries, d)
}

// Run delivers whatever is due, until Close: of a run that began, once more when it has ended. A place that is slow
// holds up neither the run nor the other places.
func (x *Export) Run(ctx context.Context) {
	var all sync.WaitGroup
	for _, d := range x.deliveries {
		all.Go(func() { d.run(ctx) })
	}
	all.Wait()
}

// Close ends Run, after the run.
func (x *Export) Close() {
	for _, d := range x.deliveries {
		close(d.due)
	}
}

// Start takes the run's head.
func (x *Export) Start(head *stats.Run) {
	x.Metrics.Start(head)
	for _, d := range x.deliveries {
		d.begun = true
	}
}

// Window has those delivered whose time has come. One that is still under way is not waited for.
func (x *Export) Window(w *stats.Window) {
	x.Metrics.Window(w)
	x.call(w.End)
}

func (x *Export) call(now time.Duration) {
	for _, d := range x.deliveries {
		if now < d.next {
			continue
		}
		d.next = now.Truncate(d.Every) + d.Every
		select {
		case d.due <- struct{}{}:
		default:
		}
	}
}

func (d *Delivery) run(ctx context.Context) {
	for range d.due {
		d.try(ctx)
	}
	if d.begun {
		d.try(ctx)
	}
}

func (d *Delivery) try(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, deliveryLimit)
	defer cancel()
	d.Tried++
	if err := d.Send(ctx); err != nil {
		d.Failed++
		d.Err = err
	}
}

// Save gives the figures to save, as the text that node_exporter collects.
func (m *Metrics) Save(save func([]byte) error) error {
	var b bytes.Buffer
	if _, err := m.Prometheus(&b, false); err != nil {
		return err
	}
	return save(b.Bytes())
}

// Push puts the figures in the place of all that the group of a Pushgateway had.
func (m *Metrics) Push(ctx context.Context, by *http.Client, to string) error {
	var b bytes.Buffer
	mediaType, err := m.Prometheus(&b, true)
	if err != nil {
		return err
	}
	_, err = deliver(ctx, by, parcel{http.MethodPut, to, mediaType, b.Bytes()})
	return err
}

// PostOTLP posts the figures to a receiver of OTLP; that some were refused stands in an answer that is OK.
func (m *Metrics) PostOTLP(ctx context.Context, by *http.Client, to string) error {
	body, err := m.OTLP()
	if err != nil {
		return err
	}
	answer, err := deliver(ctx, by, parcel{http.MethodPost, to, "application/json", body})
	if err != nil {
		return err
	}
	var partial struct {
		PartialSuccess struct {
			RejectedDataPoints json.Number
			ErrorMessage       string
		}
	}
	if json.Unmarshal(answer, &partial) != nil {
		return nil // whatever it says, it was OK
	}
	refused := partial.PartialSuccess
	if strings.Trim(refused.RejectedDataPoints.String(), "0") == "" {
		return nil
	}
	return fmt.Errorf("%s figures were refused: %s", refused.RejectedDataPoints, refused.ErrorMessage)
}

// Client makes one for Push and PostOTLP. Each delivery goes by a connection of its own, which ends with it: one that
// was kept for ten seconds would mostly find that the other side has closed it. An answer that redirects is a failure:
// a PUT would become a GET.
func Client(proxy func(*http.Request) (*url.URL, error)) *http.Client {
	return &http.Client{Transport: &http.Transport{Proxy: proxy, DisableKeepAlives: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// A parcel is one request that carries figures.
type parcel struct {
	method, to, mediaType string
	body                  []byte
}

func deliver(ctx context.Context, by *http.Client, p parcel) (answer []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, p.method, p.to, bytes.NewReader(p.body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Content-Type", p.mediaType)
	response, err := by.Do(request)
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
