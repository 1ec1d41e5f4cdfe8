package loadgen

import "shotput/stats"

// nameTraces says of the slowest requests by which ids they can be found at the server. An id is a function of the
// request's number, so that none has to be kept while requests are on their way.
func (m *mixture) nameTraces(slowest []stats.Slow) {
	for i := range slowest {
		s := &slowest[i]
		s.Trace = m.all[s.Template].TraceID(s.Number, s.Intended)
	}
}
