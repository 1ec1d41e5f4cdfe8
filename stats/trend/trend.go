// Package trend says whether, and where, the saved runs of one plan changed over time: runs that may be compared
// make a Group, each metric of it is a Series with a line, a band of noise, and its changes. It refuses to put runs
// of unlike plans on one line, to take a run in which the tool was the limit for a word on the server, and to judge
// fewer runs than a change takes to show. It is a pure function of saved runs and a seed: it reads no file and no
// clock.
//
// Changes are found by E-divisive with means: D. S. Matteson and N. A. James, A Nonparametric Approach for Multiple
// Change Point Analysis of Multivariate Data, Journal of the American Statistical Association 109 (2014). What is
// not the paper's is said where it is done: see divide.go and shape.go.
package trend

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"shotput/stats"
	"shotput/stats/compare"
)

// Schema names the layout of documents of several runs, and Kind a trend among them.
const (
	Schema = "shotput/trials/1"
	Kind   = "trend"
)

// LeastRuns is how many places a judgement takes: with fewer, hardly any change is no chance at one in a hundred.
const LeastRuns = 3 * least

// A Run is one saved run, where it was saved, and what it is called by; runs of one label are one place of a line.
type Run struct {
	compare.Round
	Label string // "": it is a place of its own
}

// A Trend is what saved runs say of each other over time. It is a pure function of them; see Of.
type Trend struct {
	Schema  string    `json:"schema"`            // "shotput/trials/1"
	Kind    string    `json:"kind"`              // "trend"
	By      string    `json:"by,omitempty"`      // the name of the label; "": by time alone
	Seed    uint64    `json:"seed"`              // of the orders that are tried
	Groups  []Group   `json:"groups"`            // of like plans, the one with the newest run first
	Skipped []Skipped `json:"skipped,omitempty"` // what was found beside the runs; whoever reads files fills it in
}

// A Skipped is a file that is no saved run, or that holds one which another file holds too.
type Skipped struct {
	File string `json:"file"`
	Why  string `json:"why"`
}

// A Group is the runs of one plan.
type Group struct {
	Method   string              `json:"method"` // of its first run
	URL      string              `json:"url"`
	Verdict  string              `json:"verdict"`                   // "changed" where a metric is, else "unjudged" where one is, else "steady"
	Unlike   []Difference        `json:"unlike"`                    // to the plan of the first group
	Places   []Place             `json:"places"`                    // in order
	Excluded []compare.Exclusion `json:"excluded"`                  // runs that are in no place, and why
	Behind   bool                `json:"newest_excluded,omitempty"` // the newest run is excluded: nothing here is of it
	Series   []Series            `json:"series"`
	Warnings []stats.Warning     `json:"warnings"`
}

// A Difference is a field of the plan in which a group differs from the first.
type Difference struct {
	Field string `json:"field"`
	First string `json:"first"`
	Here  string `json:"here"`
}

// A Place is where runs stand on the line: one run, or those of one label.
type Place struct {
	Label   string    `json:"label,omitempty"`
	Started time.Time `json:"started"` // of its first run
	Runs    []Source  `json:"runs"`

	runs []*stats.Run
}

// A Source is where a run was saved.
type Source struct {
	File string `json:"file"`
	Run  int    `json:"run"` // within the file, from 1
}

// Of makes the trend of runs, in whatever order. by is the name of the label that they have theirs of; seed that of
// the permutation tests: with the same one, the same runs give the same answer.
func Of(runs []Run, by string, seed uint64) (*Trend, error) {
	if len(runs) == 0 {
		return nil, errors.New("make trend: there is no run")
	}
	runs = slices.SortedStableFunc(slices.Values(runs), func(a, b Run) int { return a.Started.Compare(b.Started) })
	piles := sortOut(runs)
	t := &Trend{Schema: Schema, Kind: Kind, By: by, Seed: seed}
	for _, p := range piles {
		t.Groups = append(t.Groups, p.group(by, seed))
	}
	for i := range piles {
		t.Groups[i].Unlike = unlike(piles[0].first, piles[i].first)
	}
	return t, nil
}

// A pile is runs that may be compared with each other, by time.
type pile struct {
	first    Run
	newest   time.Time
	runs     []Run
	excluded []compare.Exclusion
	behind   bool // the newest run is excluded
}

// sortOut puts each run to those that it may be compared with. Which those are, and which runs say more of the tool
// than of the server, is for package compare to say.
func sortOut(runs []Run) (piles []*pile) {
next:
	for _, r := range runs {
		for _, p := range piles {
			if len(compare.Differences(p.first.Round, r.Round)) == 0 {
				p.take(r)
				continue next
			}
		}
		p := &pile{first: r}
		p.take(r)
		piles = append(piles, p)
	}
	slices.SortStableFunc(piles, func(a, b *pile) int { return b.newest.Compare(a.newest) })
	return piles
}

// take adds a run that is like the first.
func (p *pile) take(r Run) {
	e, out := r.LeftOut()
	if p.behind = out; out {
		p.excluded = append(p.excluded, e)
	} else {
		p.runs = append(p.runs, r)
	}
	if p.first.Plan.Protocol == "" { // not known of it: whatever comes next would be like it
		p.first = r
	}
	p.newest = r.Started
}

func unlike(first, here Run) []Difference {
	all := []Difference{}
	for _, d := range compare.Differences(first.Round, here.Round) {
		all = append(all, Difference{d.Field, d.Base, d.New})
	}
	return all
}

func (p *pile) group(by string, seed uint64) Group {
	plan := &p.first.Plan
	g := Group{Method: plan.Method, URL: plan.URL, Excluded: p.excluded, Behind: p.behind, Places: placesOf(p.runs),
		Warnings: []stats.Warning{}}
	if g.Excluded == nil {
		g.Excluded = []compare.Exclusion{}
	}
	if n := len(g.Places) - longest; n > 0 {
		g.Places = g.Places[n:]
		g.Warnings = append(g.Warnings, stats.Warning{Code: "oldest-left-out",
			Text: fmt.Sprintf("the oldest %d are left out: a line has %d at most", n, longest)})
	}
	for _, m := range metricsOf(plan.Open()) {
		g.Series = append(g.Series, m.series(g.Places, seed))
	}
	g.judge()
	g.warn(by)
	return g
}

// placesOf puts runs of one label together, where the first of them was made.
func placesOf(runs []Run) []Place {
	places, of := []Place{}, map[string]int{}
	for _, r := range runs {
		i, known := of[r.Label]
		if r.Label == "" || !known {
			i = len(places)
			places = append(places, Place{Label: r.Label, Started: r.Started})
			of[r.Label] = i
		}
		p := &places[i]
		p.Runs, p.runs = append(p.Runs, Source{r.File, r.Number}), append(p.runs, r.Run)
	}
	return places
}

// warn says what a reader of the lines should know.
func (g *Group) warn(by string) {
	if n := g.unlabelled(); by != "" && n > 0 {
		g.Warnings = append(g.Warnings, stats.Warning{Code: "no-label", Text: fmt.Sprintf(
			"%s without the label %s: each is a place of its own, by its time", stats.Plural(int64(n), "run"), by)})
	}
	machines := map[stats.Tool]int{}
	behind := 0
	for _, p := range g.Places {
		for _, r := range p.runs {
			tool := r.Tool
			tool.Version, tool.Go = "", "" // a new version is no other machine
			machines[tool]++
			if r.Verdict.Status == stats.PoolLimited || r.Verdict.Status == stats.ServerSaturated {
				behind++
			}
		}
	}
	if len(machines) > 1 {
		most := slices.MaxFunc(slices.Collect(maps.Keys(machines)), func(a, b stats.Tool) int {
			return cmp.Or(cmp.Compare(machines[a], machines[b]), cmp.Compare(a.OS, b.OS), cmp.Compare(a.CPUs, b.CPUs))
		})
		g.Warnings = append(g.Warnings, stats.Warning{Code: "other-tool", Try: "runs of one machine",
			Text: fmt.Sprintf("runs were made on %d kinds of machines, most on %s with %d CPUs: a change may "+
				"be the machines'", len(machines), most.OS, most.CPUs)})
	}
	if slices.ContainsFunc(g.Series, func(s Series) bool { return s.Wanders }) {
		g.Warnings = append(g.Warnings, stats.Warning{Code: "wandering", Try: "runs on a machine with less else to do",
			Text: "runs that follow each other are more alike than chance would have them: a change may be the " +
				"machine's"})
	}
	if behind > 0 {
		g.Warnings = append(g.Warnings, stats.Warning{Code: "not-kept", Try: "a lower rate", Text: fmt.Sprintf(
			"in %d runs the load was not kept up with: response time there grows with the length of a run", behind)})
	}
}
