package compare

import (
	"strings"
	"testing"
)

func TestDecode(t *testing.T) {
	const whole = `{"schema":"shotput/compare/1","verdict":"regression","metrics":[{"metric":"rate","verdict":"pass"}]}`
	c, err := Decode(strings.NewReader(whole))
	if err != nil || c.Verdict != Regression || c.Metrics[0].Metric != "rate" {
		t.Error(c, err)
	}
	for _, broken := range []string{"", "[]", `{"schema":"shotput/run/2"}`, strings.Replace(whole, "pass", "x", 1), strings.Replace(whole, "regression", "", 1)} {
		if _, err := Decode(strings.NewReader(broken)); err == nil {
			t.Errorf("%s is read", broken)
		}
	}
}
