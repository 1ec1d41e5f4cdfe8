package metrics

import (
	"net/http"
	"strconv"

	"shotput/report/words"
	"shotput/stats"
)

const stepServiceHelp = "Service time of a step's exchanges that were OK. Absent without flows."

// exchanges are those of each step, by how they ended.
func (r *reading) exchanges() (all []sample) {
	for i := range r.run.Steps {
		s := &r.run.Steps[i]
		for _, e := range s.Ends() {
			outcome, status := e.Outcome.String(), ""
			if e.Status != 0 {
				status = strconv.Itoa(e.Status)
			}
			if s.Reauth > 0 && e.Outcome == stats.OK && e.Status == http.StatusUnauthorized {
				outcome = "reauth"
			}
			all = append(all, sample{labels: []string{words.Clean(s.Name), outcome, status}, value: float64(e.Count)})
		}
	}
	return all
}

func (r *reading) stepService() (all []sample) {
	for i := range r.run.Steps {
		s := &r.run.Steps[i]
		all = append(all, sample{labels: []string{words.Clean(s.Name)}, spread: spreadOf(&s.Latency.Service)})
	}
	return all
}

func (r *reading) completion() (all []sample) {
	for i := range r.run.Steps {
		if s := &r.run.Steps[i]; s.Completion.Count() > 0 {
			all = append(all, sample{labels: []string{words.Clean(s.Name)}, spread: spreadOf(&s.Completion)})
		}
	}
	return all
}
