package page

import (
	"shotput/report/words"
	"shotput/stats"
)

// OfRun says in order what the run has to say: first what came of it, then what might have gone wrong, and last how
// the load was made.
func OfRun(r *stats.Run, opt words.Options) Page {
	s := words.ScaleOf(opt)
	p := Page{Title: words.Title(&r.Plan), Verdict: verdict(r), Summary: summary(r), Remarks: Remarks(r, opt),
		Last: last(r, s)}
	p.add(latencies(r, opt), nil)
	p.add(requests(r, opt), nil)
	p.add(steps(r, opt), stepFacts(r, s))
	p.add(statuses(r, opt), codes(r, opt))
	p.add(failures(r), append(answers(r), capturedCount(r)...))
	p.add(slowest(r, s), nil)
	p.lead(thresholds(r, s), reasons(r)) // beside charts these stand before them
	p.add(nil, generator(r, s))
	p.lead(nil, warnings(r.Warnings))
	return p
}
