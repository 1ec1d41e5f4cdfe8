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
	sink := &heard{}
	c := cutter{firing: &firing{plan: &Plan{}, recorder: stats.NewRecorder(stats.RecorderConfig{}), watch: &machine.Watch{}}, run: stats.NewRun(stats.Run{}), sink: sink}
	for i, raised := range [][]string{{}, {"cpu", "steal"}, {"cpu"}, {"hiccup"}} {
		for _, code := range raised {
			c.firing.watch.Alarm(code, "", "")
		}
		c.cut(time.Duration(i+1) * time.Second)
	}
	if want := []string{"window", "cpu", "steal", "window", "window", "hiccup", "window"}; !slices.Equal(sink.all, want) {
		t.Errorf("heard %q, want %q", sink.all, want)
	}
}
