package loadgen

import (
	"slices"
	"testing"
	"time"

	"shotput/loadgen/machine"

	"shotput/stats"
)

// heard notes what a sink is told, in order.
type heard struct{ all []string }

func (h *heard) Start(*stats.Run)      {}
func (h *heard) Window(*stats.Window)  { h.all = append(h.all, "window") }
func (h *heard) End(*stats.Run)        {}
func (h *heard) Alarm(a stats.Warning) { h.all = append(h.all, a.Code) }

// A sink hears of each alarm once, before the window in which it was raised.
func TestAlarmsAreTold(t *testing.T) {
	const file, port = stats.NoFile, stats.NoPort
	for _, c := range []struct {
		raised [][]stats.Outcome // in each window
		want   []string
	}{
		{[][]stats.Outcome{{}, {file, port}, {file}}, []string{"window", "descriptors", "ports", "window", "window"}},
		{[][]stats.Outcome{{}, {file}, {file}, {port}}, []string{"window", "descriptors", "window", "window", "ports", "window"}},
	} {
		sink := &heard{}
		all := cutter{firing: &firing{plan: &Plan{}, recorder: stats.NewRecorder(stats.RecorderConfig{}), watch: &machine.Watch{}},
			run: stats.NewRun(stats.Run{}), sink: sink}
		for i, raised := range c.raised {
			for _, o := range raised {
				all.firing.watch.RanOut(o)
			}
			all.cut(time.Duration(i+1) * time.Second)
		}
		if !slices.Equal(sink.all, c.want) {
			t.Errorf("heard %q, want %q", sink.all, c.want)
		}
	}
}
