package flags

import (
	"slices"

	"shotput/cli/line"
)

// New is a line of which nothing has been said, with the flags of the main job.
func New(w World) *Asked {
	a := &Asked{World: w}
	a.Body.line, a.head.line, a.network.line = &a.Line, &a.Line, &a.Line
	a.asking.line, a.asking.World = &a.Line, w
	a.network.redirects = unset
	a.Strangers = Strangers
	a.Fresh = func() []line.Row { return New(NewWorld(nil, w.Env)).Rows }
	a.Rows = slices.Concat(requestRows(a), bodyRows(a), formRows(a), valueRows(a), askingRows(a),
		connectionRows(a), protocolRows(a), tlsRows(a), exchangeRows(a),
		loadRows(a), engineRows(a), judgingRows(a), objectiveRows(a), outputRows(a), metricsRows(&a.Metrics),
		ignoredRows())
	return a
}

// Rows are the flags of the main job, for whoever only asks what is true of them.
func Rows() line.Rows { return New(NewWorld(nil, nil)).Rows }
