package stats

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// kind says what a bound of a metric is written in.
type kind int

const (
	latency   kind = iota // a time
	ratios                // % or a fraction
	rates                 // a second
	byteRates             // bytes a second
	counts                // a whole number
	sizes                 // bytes
)

// units are the units of the kinds, as a saved run names them.
var units = [...]string{latency: "ns", ratios: "ratio", rates: "per_second", byteRates: "bytes_per_second",
	counts: "count", sizes: "bytes"}

// A quantity is a metric that is one number.
type quantity struct {
	kind  kind
	whole bool // known only when the run is over
	value func(*scope) float64
}

var quantities = map[string]quantity{
	errorRate: {kind: ratios, value: func(s *scope) float64 {
		return float64(s.tally.Errors()) / float64(s.totals.Sent) // of none it is NaN: no sample
	}},
	"sent_rate":       {kind: rates, value: func(s *scope) float64 { return s.sent }},
	"rate":            {kind: rates, value: func(s *scope) float64 { return s.totals.AchievedPerSecond }},
	"goodput":         {kind: rates, value: func(s *scope) float64 { return s.totals.GoodputPerSecond }},
	"upload_rate":     {kind: byteRates, value: func(s *scope) float64 { return s.totals.UploadPerSecond }},
	"sent":            {kind: counts, value: total(func(t *Totals) int64 { return t.Sent })},
	"ok":              {kind: counts, value: total(func(t *Totals) int64 { return t.OK })},
	"failed":          {kind: counts, value: total(func(t *Totals) int64 { return t.Failed })},
	"timeouts":        {kind: counts, value: total(func(t *Totals) int64 { return t.TimedOut })},
	"late":            {kind: counts, value: total(func(t *Totals) int64 { return t.Late })},
	"attempts":        {kind: counts, value: total(func(t *Totals) int64 { return t.Attempts })},
	"aborted":         {kind: counts, whole: true, value: total(func(t *Totals) int64 { return t.Aborted })},
	"unsent":          {kind: counts, whole: true, value: total(func(t *Totals) int64 { return t.Unsent })},
	"connections":     {kind: counts, whole: true, value: total(func(t *Totals) int64 { return t.ConnectionsOpened })},
	"body_bytes_sent": {kind: sizes, value: total(func(t *Totals) int64 { return t.BodyBytesSent })},
	"wire_bytes_sent": {kind: sizes, whole: true, value: total(func(t *Totals) int64 { return t.WireBytesSent })},
	"bytes_received":  {kind: sizes, whole: true, value: total(func(t *Totals) int64 { return t.BytesReceived })},
}

// ofEnd says whether the metric is known only when the run is over.
func (m *metric) ofEnd() bool { return m.stat == "" && quantities[m.family].whole }

func total(of func(*Totals) int64) func(*scope) float64 {
	return func(s *scope) float64 { return float64(of(&s.totals)) }
}

// latencies are the rows of latency that a metric can be of.
var latencies = map[string]struct {
	of    func(*Latency) *Histogram
	whole bool // requests still open at the end are not missing in it
	open  bool // of an open loop alone
}{
	"response":        {of: func(l *Latency) *Histogram { return &l.Response }, open: true},
	"service":         {of: func(l *Latency) *Histogram { return &l.Service }},
	"upload":          {of: func(l *Latency) *Histogram { return &l.Upload }},
	"wait":            {of: func(l *Latency) *Histogram { return &l.Wait }},
	"start_lag":       {of: func(l *Latency) *Histogram { return &l.StartLag }, whole: true, open: true},
	"pool_lag":        {of: func(l *Latency) *Histogram { return &l.PoolLag }, whole: true, open: true},
	"timer_lag":       {of: func(l *Latency) *Histogram { return &l.TimerLag }, whole: true, open: true},
	"read_lag":        {of: func(l *Latency) *Histogram { return &l.ReadLag }, whole: true},
	"connect":         {of: func(l *Latency) *Histogram { return &l.Connect }, whole: true},
	"tls":             {of: func(l *Latency) *Histogram { return &l.TLS }, whole: true},
	"failed":          {of: func(l *Latency) *Histogram { return &l.Failed }},
	"failed_response": {of: func(l *Latency) *Histogram { return &l.FailedResponse }, open: true},
	"flow":            {of: func(l *Latency) *Histogram { return &l.Flow }},
	"completion":      {of: func(l *Latency) *Histogram { return &l.Completion }},
}

// errorRate is the one quantity that a step has of its own, as the run has it.
const errorRate = "error_rate"

// kind is that of the metric's bound.
func (m *metric) kind() kind {
	switch {
	case m.stat != "":
		return latency
	case m.family == "status":
		return counts
	case m.family == "step":
		return ratios
	}
	return quantities[m.family].kind
}

// parseMetric reads the name of a metric. The error is a *RuleError without its column.
func parseMetric(text string) (metric, error) {
	if m, is, err := statOf(metric{text: text, family: "headline"}, text); is {
		return m, err
	}
	m := metric{text: text}
	var rest string
	m.family, rest, _ = strings.Cut(text, ".")
	_, isLatency := latencies[m.family]
	_, isQuantity := quantities[m.family]
	switch {
	case m.family == "status":
		m.key, rest, _ = strings.Cut(rest, ".")
		if !isCode(m.key) {
			return m, &RuleError{Why: fmt.Sprintf("%q is no status; write status.409 or status.4xx", text)}
		}
		if rest == "" {
			return m, nil
		}
	case m.family == "template", m.family == "step":
		var err error
		if m.key, rest, err = quotedName(m.family, rest); err != nil {
			return m, &RuleError{Why: err.Error()}
		}
		if m.family == "step" && rest == errorRate {
			return m, nil
		}
	case isQuantity && text == m.family:
		return m, nil
	case isLatency && text == m.family:
		return m, &RuleError{Why: fmt.Sprintf(
			"%s is a latency, of which there are many; write %s.p99, %s.mean or %s.max", text, text, text, text)}
	case !isLatency:
		return m, unknownMetric(text)
	}
	if m, is, err := statOf(m, rest); is {
		return m, err
	}
	return m, unknownMetric(text)
}

// statOf reads which figure of a latency is meant; is says whether it looks like one.
func statOf(m metric, s string) (_ metric, is bool, err error) {
	m.stat = s
	if slices.Contains([]string{"mean", "min", "max"}, s) {
		return m, true, nil
	}
	digits, found := strings.CutPrefix(s, "p")
	if !found || digits == "" || strings.Trim(digits, "0123456789.") != "" {
		return m, false, nil
	}
	percent, err := strconv.ParseFloat(digits, 64)
	if err != nil || percent > 100 {
		return m, true, &RuleError{Why: s + " is no percentile from p0 to p100" + insteadOf(digits)}
	}
	m.quantile, err = strconv.ParseFloat(digits+"e-2", 64) // not percent/100, which may be off by a bit
	return m, true, err
}

// insteadOf is for those who write p999 and mean p99.9.
func insteadOf(digits string) string {
	if len(digits) > 2 && !strings.Contains(digits, ".") {
		return "; write p" + digits[:2] + "." + digits[2:]
	}
	return ""
}

// isCode says whether s is a status code or a class of them.
func isCode(s string) bool {
	return len(s) == 3 && s[0] >= '1' && s[0] <= '5' && (s[1:] == "xx" || strings.Trim(s[1:], "0123456789") == "")
}

func codeIs(code int, key string) bool {
	if key[1:] == "xx" {
		return code/100 == int(key[0]-'0')
	}
	return strconv.Itoa(code) == key
}

// quotedName takes "NAME" apart from what follows its dot. Within the quotes a backslash stands before a quote or
// a backslash. It is the name of a request, or of a step.
func quotedName(family, s string) (name, rest string, err error) {
	whose := map[string]string{"template": "a request", "step": "a step"}[family]
	var b strings.Builder
	if !strings.HasPrefix(s, `"`) {
		return "", "", fmt.Errorf(`the name of %s stands in quotes: %s."NAME".p99`, whose, family)
	}
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), strings.TrimPrefix(s[i+1:], "."), nil
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", fmt.Errorf("a quote is missing behind the name of %s", whose)
}

// unknownMetric lists what the text may have been meant to be.
func unknownMetric(text string) *RuleError {
	head, stat, found := strings.Cut(text, ".")
	if _, is, err := statOf(metric{}, stat); !found || !is || err != nil {
		stat = "p99"
	}
	known := []string{"p50", "p90", "p95", "p99", "p99.9", "mean", "min", "max", "status.409",
		"status.4xx", "status.5xx", `template."NAME".p99`, `step."NAME".p99`, `step."NAME".error_rate`}
	known = append(known, slices.Sorted(maps.Keys(quantities))...)
	for _, family := range slices.Sorted(maps.Keys(latencies)) {
		known = append(known, family+"."+stat)
	}
	why := fmt.Sprintf("%q is no metric", text)
	if _, is := latencies[head]; is {
		why = fmt.Sprintf("%q is no figure of %s: those are mean, min, max and p0 to p100", text, head)
	}
	return &RuleError{Word: text, Known: known, Why: why}
}

// step is what became of the exchanges of the step with that name; nothing of one that is not known.
func (s *scope) step(name string) *StepTally {
	if i := s.plan.step(name); i >= 0 && i < len(s.tally.Steps) {
		return &s.tally.Steps[i]
	}
	return new(StepTally)
}

// stepErrors is the part of a step's exchanges that did not end OK; of none it is NaN: no sample.
func (s *scope) stepErrors(name string) float64 {
	t := &s.step(name).Totals
	return float64(t.Errors()+s.unknown) / float64(t.Done()+s.unknown)
}

// ofFlows says whether the metric is a latency of flows alone.
func (m *metric) ofFlows() bool {
	return m.family == "step" || m.family == "flow" || m.family == "completion"
}

// flowFloor has the lower bounds of what is of flows: those of a step are of answers that were read late, and known
// when the run is over.
func (s *scope) flowFloor(m *metric) *Histogram {
	low := &s.tally.Latency.FlowFloor
	switch m.family {
	case "completion":
		low = &s.tally.Latency.CompletionFloor
	case "step":
		low = &s.step(m.key).Latency.Floor
	}
	if low.Count() == 0 {
		return nil
	}
	return low
}
