package verify

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// races are what several clients at one instant may rely on.
var races = []Check{
	{Name: "race-create", Group: "races", Title: "of many creators of one name at one instant exactly one wins",
		Clause: "RFC 9110 §13.1.2, §13.2.1", Force: Must, run: raceCreate,
		Why:  "Two clients both believe that a lock, a user name or an order number is theirs.",
		Mend: "Look for the name and write it as one step: under a lock, by O_EXCL, or by an INSERT that fails."},
	{Name: "race-update", Group: "races", Title: "of many updates of one state at one instant exactly one wins",
		Clause: "RFC 9110 §13.1.1, §13.2.1", Force: Must, run: raceUpdate,
		Why:  "All others were told that their update is in, and it is lost.",
		Mend: "Compare the ETag and write as one step: under a lock, or by an UPDATE with the version in its WHERE."},
	{Name: "race-plain", Group: "races", Title: "after many PUTs at one instant one of the bodies is there, whole",
		Clause: "RFC 9110 §9.3.4", Force: Practice, run: racePlain,
		Why:  "A mixture of two uploads is what nobody has sent.",
		Mend: "Write each upload to a place of its own and put it in its place by one step, such as rename."},
	{Name: "torn-read", Group: "races", Title: "a GET during a PUT gives one body, whole, with its own ETag and type",
		Clause: "RFC 9110 §9.3.4, §8.8", Force: Practice, run: tornRead,
		Why:  "Readers work with half an object, and caches keep it under the ETag of the whole.",
		Mend: "Show an upload only when all of it is there; read body and metadata as one state."},
}

const (
	contenders = 8 // of a race

	// fewer are enough after two rounds that took longer than this: some servers let so few connections wait that the
	// others try again a second later, and many rounds of four show more than few rounds of eight.
	fewer      = 4
	crampedBy  = 500 * time.Millisecond
	mostCramps = 2

	// mostRounds of a race: where two win in one of ten rounds, 60 rounds miss it in 0.9^60 = 0.18 % of runs, so that
	// more than one of 20 runs misses it once in 1 700 times.
	mostRounds = 60
	// mostContests are the rounds where bodies are small and thus cheap. Between the look and the write of a careless
	// server there may be microseconds: where two win in one of 50 rounds, 200 miss it in 0.98^200 = 1.8 % of runs.
	mostContests = 200
	// Bodies of contests are small and large in turn: a server may be careless while it reads one, or after that.
	smallContest = 64
	largeContest = 32 << 10
	// longestRace bounds the rounds of one check on a slow server. It changes how sure a race is, never what it says
	// of a round.
	longestRace = 6 * time.Second
	// mostVoid rounds from the beginning on, of which none showed anything, are enough.
	mostVoid = 5
)

// A round is what one round showed: something broken for certain, or nothing because of a fault (void), or something
// that is allowed (note), or, where all are "", that all is well.
type round struct{ broken, void, note string }

// rounds makes rounds, of n contenders each, until one is broken, and keeps the exchanges of the one that mattered.
func rounds(ctx context.Context, p *Probe, most int, play func(i, n int) round) Verdict {
	clean, n, cramps := 0, contenders, 0
	var void, note string
	var noted []Exchange
	began := p.server.Now()
	isOver := func() bool { return ctx.Err() != nil || p.report.Stopped != "" }
	for i := 0; i < most && !isOver() && (i == 0 || p.server.Now().Sub(began) < longestRace); i++ {
		p.Forget()
		at := p.server.Now()
		r := play(i, n)
		if p.server.Now().Sub(at) > crampedBy {
			cramps++
		}
		if cramps == mostCramps {
			n = fewer
		}
		switch {
		case r.broken != "":
			return broken("%s, in round %d", r.broken, i+1)
		case r.void != "":
			void = r.void
		default:
			clean++
		}
		if r.note != "" && note == "" {
			note, noted = r.note, p.sent
		}
		if clean == 0 && i+1 >= mostVoid {
			break
		}
	}
	if noted != nil {
		p.sent = noted
	}
	return concluded(clean, void, note)
}

// concluded is the verdict of rounds of which none was broken.
func concluded(clean int, void, note string) Verdict {
	switch {
	case clean == 0:
		return unclear("no round showed anything: %s", void)
	case note != "":
		return differs("%s, in %d rounds", note, clean)
	}
	return Verdict{Result: Holds, Why: fmt.Sprintf("%d rounds", clean)}
}

// together sends a round's requests, and waits as long as any answer asks to. Where one of them got none, it asks alone
// whether the server is there at all: one that only cannot bear so many at once is not gone.
func together(ctx context.Context, p *Probe, all []Request) []Answer {
	answers := p.Together(ctx, all)
	var longest time.Duration
	var asks *Answer
	for i := range answers {
		if wait, _ := retryAfter(&answers[i]); wait > longest {
			longest, asks = wait, &answers[i]
		}
	}
	if slices.ContainsFunc(answers, func(a Answer) bool { return a.Status == 0 }) {
		p.Get(ctx, all[0].Name)
	}
	if asks != nil {
		p.wait(ctx, longest, asks)
	}
	return answers
}

// A score is what the answers of a round say.
type score struct {
	won  []int  // contenders that were told of success
	odd  int    // a status other than 412 by which one was refused; 0: none
	void string // why nothing more can be said: an answer after which either may be
}

func scoreOf(answers []Answer) (s score) {
	for i := range answers {
		switch a := &answers[i]; {
		case a.Err != nil:
			s.void = a.Err.Error()
		case a.OK() && a.Status != http.StatusAccepted:
			s.won = append(s.won, i)
		case a.Status < 400, a.Status >= 500, a.Status == http.StatusTooManyRequests,
			a.Status == http.StatusRequestTimeout:
			s.void = fmt.Sprintf("a contender was answered %d", a.Status)
		case a.Status != http.StatusPreconditionFailed:
			s.odd = a.Status
		}
	}
	return s
}

// A contestForm is how the bodies of a contest come. A server may look at the condition when the head has come, read
// the body, and write: where head and body come at once, that takes microseconds, and where the body waits for a 100,
// as long as any upload. So both are tried, the latter in one round of three, where a 100 comes at all.
type contestForm struct {
	sent  [2][][]byte // small and large bodies, made once
	waits bool        // a body can wait for a 100
}

func formOf(ctx context.Context, p *Probe) (f contestForm, v Verdict, ok bool) {
	large := largeContest
	if p.options.Largest <= 0 || p.options.Largest >= largeContest {
		a := p.Send(ctx, Request{Name: p.Name(), Body: p.Body(1, largeContest), Expect: true})
		ok, f.waits = a.OK(), a.OK() && slices.Contains(a.Interim, http.StatusContinue)
	}
	if !ok {
		if large, v, ok = largest(ctx, p, largeContest, smallContest); !ok {
			return f, v, false
		}
	}
	f.sent = [2][][]byte{bodies(p, contenders, smallContest), bodies(p, contenders, large)}
	return f, v, true
}

// contest is round i of n on one condition, which one contender alone can meet.
func (f *contestForm) contest(ctx context.Context, p *Probe, name string, i, n int, condition Header) round {
	sent, all := f.sent[i%2][:n], make([]Request, n)
	for c := range all {
		all[c] = Request{Name: name, Body: sent[c], Header: []Header{condition}, Expect: f.waits && i%3 == 2}
	}
	s := scoreOf(together(ctx, p, all))
	switch {
	case len(s.won) > 1:
		return round{broken: fmt.Sprintf("%d of %d were told of success", len(s.won), len(all))}
	case s.void != "":
		return round{void: s.void}
	case len(s.won) == 0:
		a := p.settle(ctx, name, func(a *Answer) bool { return whichOf(sent, a) < 0 })
		if whichOf(sent, &a) >= 0 {
			return round{broken: "all were refused, and the body of one is there all the same"}
		}
		return round{note: fmt.Sprintf("none of %d won", len(all))}
	}
	winner := s.won[0]
	a := p.settle(ctx, name, holding(sent[winner]))
	switch there := whichOf(sent, &a); {
	case there < 0:
		return round{void: "the winner's body could not be read back"}
	case there != winner:
		return round{broken: "the body that is there is of a contender that was refused"}
	case s.odd != 0:
		return round{note: fmt.Sprintf("a contender was refused by %d, not 412", s.odd)}
	}
	return round{}
}

func raceCreate(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, false); !ok {
		return v
	}
	isNew := Header{Name: "If-None-Match", Value: "*"}
	if v, ok := refusesSecond(ctx, p, isNew); !ok {
		return v
	}
	form, v, ok := formOf(ctx, p)
	if !ok {
		return v
	}
	return rounds(ctx, p, mostContests, func(i, n int) round { return form.contest(ctx, p, p.Name(), i, n, isNew) })
}

// refusesSecond is whether If-None-Match decides when creations come one after another.
func refusesSecond(ctx context.Context, p *Probe, isNew Header) (Verdict, bool) {
	name, sent := p.Name(), bodies(p, 2, 64)
	switch first := p.Put(ctx, name, sent[0], isNew); {
	case isUnknown(&first):
		return notOffered("a creation with If-None-Match: * was answered %d", first.Status).saw(first.Status), false
	case !first.OK() || first.Status == http.StatusAccepted: // who wins is not known yet then
		return refused("a creation with If-None-Match: *", &first), false
	}
	switch second := p.Put(ctx, name, sent[1], isNew); {
	case second.OK():
		return notOffered("If-None-Match: * is ignored: see if-none-match-exists").saw(second.Status), false
	case isUnknown(&second):
		return notOffered("If-None-Match: * was answered %d", second.Status).saw(second.Status), false
	case second.Err != nil || second.Status >= 500 || second.Status < 400:
		return refused("a second creation", &second), false
	case p.storedAllTheSame(ctx, name, sent[1]):
		return unclear("a creation is refused and stored, even alone: see if-none-match-exists"), false
	}
	return Verdict{}, true
}

// A start is a state that updates begin from.
type start struct {
	name, tag string
	sent      []Exchange // by which it came about
}

// trials is how many starts show whether If-Match is heeded. Three, since ETags made of the second differ where a
// second happens to end between two writes, which is not so of each of three.
const trials = 3

func raceUpdate(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, true); !ok {
		return v
	}
	all, v, ok := starts(ctx, p)
	if !ok {
		return v
	}
	p.Forget()
	for i, s := range all[:trials] {
		p.sent = s.sent
		if v, ok := heeds(ctx, p, s, i == 0); !ok {
			return v
		}
		p.Forget()
	}
	form, v, ok := formOf(ctx, p)
	if !ok {
		return v
	}
	all = all[trials:]
	return rounds(ctx, p, len(all), func(i, n int) round {
		p.sent = all[i].sent
		return form.contest(ctx, p, all[i].name, i, n, Header{Name: "If-Match", Value: all[i].tag})
	})
}

// starts writes all first states and then asks for their ETags: a server that makes them weak for a while, since what
// is written within one second looks alike to it, has to be waited for once only.
func starts(ctx context.Context, p *Probe) (all []start, v Verdict, ok bool) {
	first := bodies(p, contenders+1, smallContest)[contenders]
	for began := p.server.Now(); len(all) < trials+mostContests; {
		if len(all) > trials && p.server.Now().Sub(began) > longestRace/2 {
			break
		}
		p.Forget()
		s := start{name: p.Name()}
		if a := p.Put(ctx, s.name, first); !a.OK() {
			return nil, refused("a plain PUT", &a), false
		}
		s.sent = p.Forget()
		all = append(all, s)
	}
	waited := false
	for i := range all {
		s := &all[i]
		p.sent = s.sent
		s.tag = tagOf(ctx, p, s.name)
		if isWeakTag(s.tag) && !waited {
			p.Sleep(ctx, ripening)
			s.tag, waited = tagOf(ctx, p, s.name), true
		}
		switch {
		case s.tag == "":
			return nil, notOffered("a GET has no ETag"), false
		case isWeakTag(s.tag):
			return nil, notOffered("the ETag is weak, which If-Match never matches: %s", s.tag), false
		}
		s.sent = p.Forget()
	}
	return all, Verdict{}, true
}

// tagOf is the ETag of a name, as a GET tells it.
func tagOf(ctx context.Context, p *Probe, name string) string {
	a := p.settle(ctx, name, func(a *Answer) bool { return a.OK() && a.ETag() != "" })
	return a.ETag()
}

// heeds is whether If-Match decides when updates come one after another: without that a race shows nothing.
func heeds(ctx context.Context, p *Probe, s start, first bool) (Verdict, bool) {
	sent := bodies(p, 3, 200)
	put := func(i int, tag string) Answer {
		return p.Put(ctx, s.name, sent[i], Header{Name: "If-Match", Value: tag})
	}
	if first {
		switch wrong := put(0, wrongTag); {
		case wrong.Status == http.StatusAccepted:
			return refused("a PUT with a wrong If-Match", &wrong), false
		case wrong.OK():
			return notOffered("If-Match is ignored: see if-match-wrong").saw(wrong.Status), false
		case isUnknown(&wrong):
			return notOffered("If-Match was answered %d", wrong.Status).saw(wrong.Status), false
		case wrong.Err != nil || wrong.Status >= 500 || wrong.Status < 400:
			return refused("a PUT with a wrong If-Match", &wrong), false
		}
	}
	if right := put(1, s.tag); !right.OK() {
		return unclear("the right If-Match was answered %d: see if-match-right", right.Status), false
	}
	if again := put(2, s.tag); again.OK() {
		return unclear("the ETag of a state that is gone still matches: see etag-changes"), false
	}
	return Verdict{}, true
}

// racePlain looks at bodies that are large enough to be written in several steps.
func racePlain(ctx context.Context, p *Probe) Verdict {
	if v, ok := p.able(ctx, true); !ok {
		return v
	}
	size, v, ok := largest(ctx, p, 64<<10, 1<<10)
	if !ok {
		return v
	}
	sent := bodies(p, contenders, size)
	return rounds(ctx, p, mostRounds, func(_, n int) round { return pile(ctx, p, sent[:n]) })
}

// largest is the first of some sizes, from the largest on, that the server takes.
func largest(ctx context.Context, p *Probe, sizes ...int) (int, Verdict, bool) {
	var a Answer
	for _, size := range sizes {
		if p.options.Largest > 0 && int64(size) > p.options.Largest && size > sizes[len(sizes)-1] {
			continue
		}
		if a = p.Put(ctx, p.Name(), p.Body(1, size)); a.OK() {
			return size, Verdict{}, true
		}
	}
	return 0, refused("a plain PUT", &a), false
}

// pile is one round of plain PUTs of one new name.
func pile(ctx context.Context, p *Probe, sent [][]byte) round {
	name, all := p.Name(), make([]Request, len(sent))
	for i := range all {
		all[i] = Request{Name: name, Body: sent[i]}
	}
	s := scoreOf(together(ctx, p, all))
	if s.void != "" {
		return round{void: s.void}
	}
	a := p.settle(ctx, name, func(a *Answer) bool { return whichOf(sent, a) >= 0 })
	switch {
	case !a.OK() || a.Err != nil || len(s.won) == 0:
		return round{void: "nothing could be read back"}
	case whichOf(sent, &a) < 0:
		return round{broken: fmt.Sprintf("the %d bytes that are there are none of the bodies", a.Size)}
	case s.odd != 0:
		return round{note: fmt.Sprintf("a plain PUT was refused by %d while others were under way", s.odd)}
	}
	return round{}
}
