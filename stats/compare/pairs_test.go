package compare

import (
	"strings"
	"testing"
	"time"
)

func TestRoundsAreMadeInTurn(t *testing.T) {
	var order strings.Builder
	for round := range 12 {
		if IsNewsTurn(round) {
			order.WriteString("B")
		} else {
			order.WriteString("A")
		}
	}
	if order.String() != "ABBAABBAABBA" {
		t.Errorf("the order is %s", &order)
	}
}

// pairsOf are n rounds of a base, and m of what is so many times slower, in the order AB BA.
func pairsOf(n, m int, slower float64) (base, new []Round) {
	base, new = rounds("A", max(n, m), 1), rounds("B", max(n, m), slower)
	for pair := range new {
		by := 30 * time.Second
		if IsNewsTurn(2 * pair) {
			by = -by
		}
		new[pair].Started = base[pair].Started.Add(by)
	}
	return base[:n], new[:m]
}

// What differs in the requests is said and judged; what differs in the load is refused.
func TestTurns(t *testing.T) {
	base, new := pairsOf(10, 10, 1.12)
	for i := range new {
		new[i].Plan.Headers, new[i].Plan.URL = []string{"X: 2"}, "http://h/v2"
	}
	c, err := Turns(base, new)
	if err != nil || c.Verdict != Regression || c.Test != SignedRank {
		t.Fatalf("12 %% slower: %+v, %v", c, err)
	}
	if w := c.Warnings[0]; w.Code != "unlike-requests" || !strings.Contains(w.Text, "headers is none in base and X: 2 in new") {
		t.Errorf("%+v", c.Warnings)
	}
	if _, err := Judge(base, new, true); err == nil {
		t.Error("what is compared by files alone may differ, too")
	}
	new[3].Plan.RatePerSecond = 900
	if _, err = Turns(base, new); err == nil || !strings.Contains(err.Error(), "rate_per_second") || strings.Contains(err.Error(), "headers") {
		t.Errorf("another rate: %v", err)
	}
	if all := LoadDifferences(base[0].Plan, new[3].Plan, "A", "B"); len(all) != 1 || all[0].Field != "rate_per_second" {
		t.Errorf("before anything is sent: %+v", all)
	}
	if _, err := Turns(rounds("a", 10, 1), later(rounds("b", 10, 1), time.Hour)); err == nil {
		t.Error("two groups are no pairs")
	}
}

// However few pairs there are, they are shown; and a round that is left over is named.
func TestTurnsThatEndedEarly(t *testing.T) {
	for _, c := range []struct {
		base, new, judged int
		verdict           string
	}{{4, 4, 4, Unjudged}, {1, 2, 1, Unjudged}, {5, 5, 5, Pass}, {6, 5, 5, Pass}} {
		got, err := Turns(pairsOf(c.base, c.new, 1))
		if err != nil || got.Verdict != c.verdict || got.Base.Judged != c.judged || got.New.Judged != c.judged {
			t.Errorf("%d and %d: %+v, %v", c.base, c.new, got, err)
			continue
		}
		if left := len(got.Base.Excluded) + len(got.New.Excluded); left != max(c.base, c.new)-c.judged {
			t.Errorf("%d and %d: %d are left out", c.base, c.new, left)
		}
	}
	if _, err := Turns(pairsOf(1, 0, 1)); err == nil {
		t.Error("nothing was compared with something")
	}
}
