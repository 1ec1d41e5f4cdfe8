package verify

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
)

// shelfGroups are the checks that are held against the shelf here.
var shelfGroups = []string{"races", "uploads", "refusals", "names"}

// shelfManners are the ways of the shelf to be wrong, and which checks break.
var shelfManners = map[string][]string{
	"":                    nil,
	"append":              nil, // which the group put finds
	"double-create":       {"race-create"},
	"lost-update":         {"race-update"},
	"stale":               nil,
	"stored-not":          nil,
	"torn":                {"torn-read"},
	"torn type":           {"torn-read"},
	"torn tag":            {"torn-read"},
	"mixed":               {"race-plain", "torn-read"},
	"truncated-stored":    {"length-lies", "truncated"},
	"truncated-late":      {"truncated"},
	"empty-on-cut":        {"length-lies", "truncated"},
	"deleted-on-cut":      {"length-lies", "truncated"},
	"cut seen":            nil,
	"rest taken":          {"length-lies"},
	"refused and stored":  {"content-range", "digest-wrong"},
	"no digest":           nil,
	"content-range-whole": {"content-range"},
	"range applied":       nil,
	"tag static":          nil,
	"tag collision":       nil,
	"tag weak first":      nil,
	"tag weak":            nil,
	"tag none":            nil,
	"tag of the write":    nil,
	"no-412":              nil,
	"412 and stored":      nil,
	"202":                 nil,
	"409":                 nil,
	"501 conditions":      nil,
	"no allow":            {"method-405-allow"},
	"unframed taken":      {"length-required"},
	"chunked lost":        {"chunked"},
	"chunks stored":       {"chunked"},
	"coding lost":         {"encoding-unknown"},
	"type lost":           nil,
	"plus is space":       {"key-odd"},
	"slash":               {"key-odd"},
	"slash trimmed":       {"key-odd"},
	"name cut":            {"key-odd"},
	"nfc":                 nil,
	"case":                nil,
	"no reading":          nil,
	"no writing":          nil,
	"everything there":    nil,
	"h2":                  nil,
	"http/1.0":            nil,
}

// TestWrongMannersAreFoundApart makes the shelf wrong in one manner at a time: exactly those checks break that should.
func TestWrongMannersAreFoundApart(t *testing.T) {
	for manner, want := range shelfManners {
		t.Run(cmp.Or(manner, "right"), func(t *testing.T) {
			var got []string
			r := shelved(t, newShelf(manner), Options{Only: shelfGroups})
			for _, f := range r.Findings {
				if f.Result == Broken {
					got = append(got, f.Check)
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("broken: %q, want %q", got, want)
			}
		})
	}
}

// TestRightShelfHoldsAll sees each check hold, which shows that none says so of every server: the test above sees it
// say something else. What a server without a limit does not offer is no limit.
func TestRightShelfHoldsAll(t *testing.T) {
	for _, sample := range []string{"", `{"a":1,"b":{"c":[1,2]}}`, "text " + strings.Repeat("of a caller ", 100)} {
		s := newShelf()
		s.limit = 500 << 10
		r := shelved(t, s, Options{Only: shelfGroups, Sample: []byte(sample)})
		for _, f := range r.Findings {
			if f.Result != Holds {
				t.Errorf("%q: %s: %s (%s)\n%v", sample, f.Check, f.Result, f.Why, f.Exchanges)
			}
		}
		if r.Took > 10*time.Second {
			t.Errorf("%q: took %s of waiting", sample, r.Took)
		}
	}
}

// TestShelfResults sees each check give each of its other results.
func TestShelfResults(t *testing.T) {
	for _, c := range []struct {
		manners, check string
		want           Result
		why            string
	}{
		{"no-412", "race-create", NotOffered, "ignored"},
		{"501 conditions", "race-create", NotOffered, "501"},
		{"409", "race-create", Differs, "409"},
		{"412 and stored", "race-create", Unclear, "if-none-match-exists"},
		{"202", "race-create", Unclear, "202"},
		{"202", "race-update", Unclear, ""},
		{"202", "race-plain", Unclear, "202"},
		{"no reading", "race-create", Unclear, "403"},
		{"no writing", "race-create", Unclear, "403"},
		{"stored-not", "race-create", Unclear, "404"},
		{"double-create", "race-create", Broken, "8 of 8"},

		{"no-412", "race-update", NotOffered, "ignored"},
		{"501 conditions", "race-update", NotOffered, "501"},
		{"tag none", "race-update", NotOffered, "no ETag"},
		{"tag weak", "race-update", NotOffered, "weak"},
		{"tag weak first", "race-update", Holds, "200 rounds"},
		{"tag weak first,lost-update", "race-update", Broken, "8 of 8"},
		{"tag collision", "race-update", Holds, "200 rounds"},
		{"tag static", "race-update", Unclear, "etag-changes"},
		{"409", "race-update", Differs, "409"},
		{"412 and stored", "race-update", Unclear, ""},
		{"append", "race-update", Unclear, "read-back"},
		{"lost-update", "race-update", Broken, "8 of 8"},

		{"mixed", "race-plain", Broken, "none of the bodies"},
		{"append", "race-plain", Unclear, "read-back"},
		{"stale", "race-plain", Holds, ""},

		{"torn", "torn-read", Broken, "neither"},
		{"torn type", "torn-read", Broken, "Content-Type"},
		{"torn tag", "torn-read", Broken, "ETag"},
		{"locked", "torn-read", Differs, "423"},
		{"broken reads", "torn-read", Differs, "broke off"},
		{"tag static", "torn-read", Holds, ""},
		{"type lost", "torn-read", Holds, ""},

		{"truncated-stored", "truncated", Broken, "chunked, reset, old name: 32768 of 65536 bytes"},
		{"truncated-late", "truncated", Broken, "by length, closed, new name"},
		{"empty-on-cut", "truncated", Broken, "was emptied"},
		{"deleted-on-cut", "truncated", Broken, "is gone"},
		{"cut seen", "truncated", Differs, "for a moment"},
		{"h2", "truncated", Holds, "not sent"},
		{"h2,truncated-stored", "truncated", Broken, "by length, reset, new name"},
		{"everything there", "truncated", Unclear, "never written"},
		{"no reading", "truncated", Unclear, "403"},

		{"truncated-stored", "length-lies", Broken, "4096 of 4096"},
		{"rest taken", "length-lies", Broken, "after the end"},
		{"h2", "length-lies", Unclear, "none of the forms"},

		{"refused and stored", "digest-wrong", Broken, "all the same"},
		{"no digest", "digest-wrong", NotOffered, "ignored"},
		{"400 digest", "digest-wrong", Unclear, "though right"},

		{"501 range", "content-range", Differs, "501"},
		{"range applied", "content-range", Differs, "applied"},
		{"content-range-whole", "content-range", Broken, "instead of the whole"},
		{"refused and stored", "content-range", Broken, ""},

		{"501", "method-405-allow", NotOffered, "501"},
		{"any method", "method-405-allow", Differs, "nobody knows"},
		{"no allow", "method-405-allow", Broken, "without Allow"},
		{"405 for patch,no allow", "method-405-allow", Broken, "PATCH"},
		{"allow without put", "method-405-allow", Differs, "does not name"},
		{"no writing", "method-405-allow", Unclear, "403"},
		{"options 404", "options-allow", NotOffered, "404"},
		{"no allow", "options-allow", NotOffered, "without Allow"},
		{"allow without put", "options-allow", Differs, "does not name"},

		{"no limit", "too-large", NotOffered, "524288 bytes were taken"},
		{"413 late", "too-large", Differs, "after all"},
		{"413 and stored", "too-large", Broken, "all the same"},
		{"400 large", "too-large", Differs, "400"},
		{"cut large", "too-large", Differs, "cut"},
		{"time out large", "too-large", Unclear, "deadline"},
		{"417", "too-large", Holds, ""},

		{"411", "length-required", Holds, ""},
		{"unframed taken", "length-required", Broken, ""},
		{"h2", "length-required", NotOffered, ""},
		{"chunked 411", "chunked", Differs, "411"},
		{"chunked 411,http/1.0", "chunked", NotOffered, "HTTP/1.0"},
		{"chunked lost", "chunked", Broken, "0 bytes"},
		{"h2", "chunked", NotOffered, ""},
		{"417", "expect-100", Differs, "417"},
		{"no 100", "expect-100", Differs, "in vain"},
		{"no 100,http/1.0", "expect-100", NotOffered, ""},

		{"415", "type-refused", Holds, ""},
		{"400 odd", "type-refused", Differs, "400"},
		{"type lost", "type-refused", Differs, "octet-stream"},
		{"415,refused and stored", "type-refused", Broken, "all the same"},
		{"415", "encoding-unknown", Holds, ""},
		{"400 odd", "encoding-unknown", Differs, "400"},
		{"coding lost", "encoding-unknown", Broken, "lost"},

		{"slash", "key-odd", Broken, "under %2F stands what was written to /"},
		{"plus is space", "key-odd", Broken, "under space stands"},
		{"nfc", "key-odd", Differs, "one name"},
		{"case", "key-odd", Differs, "one name"},
		{"short names", "key-odd", Differs, "1 KiB was answered 414"},
		{"no dots", "key-odd", Holds, "dot segments cannot be sent"},
		{"no writing", "key-odd", Unclear, "403"},

		{"", "durable", Unclear, "no way to restart"},
	} {
		t.Run(c.check+" "+c.manners, func(t *testing.T) {
			s := newShelf(strings.Split(c.manners, ",")...)
			if c.check == "too-large" && c.manners != "no limit" {
				s.limit = 100 << 10
			}
			f := shelved(t, s, Options{Only: []string{c.check}}).Findings[0]
			if f.Result != c.want || !strings.Contains(f.Why, c.why) {
				t.Errorf("%s (%s), want %s (%s)\n%v", f.Result, f.Why, c.want, c.why, f.Exchanges)
			}
			if len(f.Exchanges) == 0 && (f.Result == Broken || f.Result == Differs) {
				t.Error("no exchange is shown")
			}
			if strings.HasPrefix(c.check, "race") && len(f.Exchanges) > 2*contenders {
				t.Errorf("%d exchanges are shown, of more than a round", len(f.Exchanges))
			}
		})
	}
}

// TestRareRaces is the sum of the rounds: where two win in one of ten rounds, at most one of 20 runs misses it, and a
// server where no two win is never said to be broken.
func TestRareRaces(t *testing.T) {
	for manner, check := range map[string]string{"double-create": "race-create", "lost-update": "race-update"} {
		found := 0
		for seed := range uint64(20) {
			s := newShelf(manner)
			s.one, s.seed, s.limit = 10, seed, 1<<10 // which leaves small bodies, and takes less time
			if f := shelved(t, s, Options{Only: []string{check}}).Findings[0]; f.Result == Broken {
				found++
			}
		}
		if found < 19 {
			t.Errorf("%s was found in %d of 20 runs", manner, found)
		}
		for range 100 {
			s := newShelf()
			s.limit = 1 << 10
			if f := shelved(t, s, Options{Only: []string{check}}).Findings[0]; f.Result != Holds {
				t.Fatalf("%s of a right server: %s (%s)", check, f.Result, f.Why)
			}
		}
	}
}

// failing is a shelf where one contender of each round gets no answer, though it may have won.
type failing struct{ *shelf }

func (f failing) Together(ctx context.Context, all []Request) []Answer {
	answers := f.shelf.Together(ctx, all)
	for i := range answers {
		if answers[i].OK() {
			answers[i] = Answer{Err: errGone}
		}
	}
	return answers
}

// TestRoundsWithoutAnAnswerShowNothing: neither a timeout nor a reset is a fault of what is raced for.
func TestRoundsWithoutAnAnswerShowNothing(t *testing.T) {
	for _, check := range []string{"race-create", "race-update", "race-plain", "torn-read"} {
		var f Finding
		bubble(t, func(ctx context.Context) {
			f = Run(ctx, failing{newShelf()}, Options{Prefix: "v-", Only: []string{check}}).Findings[0]
		})
		if f.Result != Unclear || !strings.Contains(f.Why, "no round showed anything") {
			t.Errorf("%s: %s (%s)", check, f.Result, f.Why)
		}
	}
}

// TestSlowServerIsRacedLess: five seconds a request are no reason to race for an hour, nor to find anything broken.
func TestSlowServerIsRacedLess(t *testing.T) {
	for _, check := range []string{"race-create", "race-update", "race-plain", "torn-read"} {
		var r *Report
		bubble(t, func(ctx context.Context) {
			r = Run(ctx, lagging{newShelf()}, Options{Prefix: "v-", Only: []string{check}})
		})
		if f := r.Findings[0]; f.Result != Holds || r.Took > 2*time.Minute {
			t.Errorf("%s: %s (%s) after %s", check, f.Result, f.Why, r.Took)
		}
	}
}

type lagging struct{ *shelf }

func (l lagging) Send(ctx context.Context, r Request) Answer {
	time.Sleep(5 * time.Second)
	return l.shelf.Send(ctx, r)
}

func (l lagging) Together(ctx context.Context, all []Request) []Answer {
	time.Sleep(5 * time.Second)
	return l.shelf.Together(ctx, all)
}

// TestDurable restarts the shelf while writes are under way.
func TestDurable(t *testing.T) {
	for _, c := range []struct {
		name string
		lose func(s *shelf)
		want Result
		why  string
	}{
		{"nothing is lost", func(*shelf) {}, Holds, " failed"},
		{"all is lost", func(s *shelf) { clear(s.held) }, Broken, "are not there as they were: v-durable"},
		{"an older state is back", func(s *shelf) {
			for name, all := range s.held {
				s.held[name] = all[:1]
			}
		}, Broken, "acknowledged objects 25 are not"},
		{"what failed is there", func(s *shelf) { s.deaf = true }, Holds, "are there all the same"},
		{"a part is there", func(s *shelf) { s.deaf = true; s.become("truncated-stored") }, Differs, "a part is there"},
		{"nothing can be read", func(s *shelf) { s.become("no reading") }, Unclear, "could not be read"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newShelf()
			restart := func(context.Context) error {
				time.Sleep(100 * time.Millisecond)
				s.mu.Lock()
				s.down = true
				c.lose(s)
				s.mu.Unlock()
				time.Sleep(100 * time.Millisecond)
				s.mu.Lock()
				s.down = false
				s.mu.Unlock()
				return nil
			}
			f := shelved(t, s, Options{Only: []string{"durable"}, Restart: restart}).Findings[0]
			if f.Result != c.want || !strings.Contains(f.Why, c.why) {
				t.Errorf("%s (%s), want %s (%s)", f.Result, f.Why, c.want, c.why)
			}
			if f.Took > 20*time.Second {
				t.Errorf("took %s", f.Took)
			}
		})
	}
}

// TestRestartThatFails, and a run that has none: then no check of the default list is about it.
func TestRestartThatFails(t *testing.T) {
	fails := func(context.Context) error { return errors.New("exit status 1") }
	f := shelved(t, newShelf(), Options{Only: []string{"durable"}, Restart: fails}).Findings[0]
	if f.Result != Unclear || !strings.Contains(f.Why, "exit status 1") {
		t.Errorf("%s (%s)", f.Result, f.Why)
	}
	for _, f := range shelved(t, newShelf(), Options{Skip: append([]string{"put"}, shelfGroups...)}).Findings {
		if f.Check == "durable" {
			t.Error("durable was made without a restart")
		}
	}
}

// TestJSONBodiesAreKnownAgain: a server that keeps JSON need not keep its bytes.
func TestJSONBodiesAreKnownAgain(t *testing.T) {
	sent := []byte(`{"a":1,"shotput_verify":"3 xxx"}`)
	for got, want := range map[string]bool{
		string(sent): true,
		`{"id": 7, "shotput_verify": "3 xxx", "a": 1}`: true,
		`{"a":1,"shotput_verify":"3 xx"}`:              false,
		`{"a":1,"shotput_verify":"3 xxx"}}`:            false,
		`{"a":1}`:                                      false,
		"":                                             false,
	} {
		if sameBody([]byte(got), sent) != want {
			t.Errorf("%s: want %t", got, want)
		}
	}
	if sameBody([]byte(`{"shotput_verify":""}`), []byte("text")) {
		t.Error("a text is no JSON")
	}
}
