package report

import (
	"strings"
	"testing"

	"shotput/report/html"
	"shotput/report/runtest"
	"shotput/stats/compare"
)

// A run's labels are in every report that says more of it than figures, cleaned as all foreign text.
func TestLabelsAreShown(t *testing.T) {
	r := runtest.Kept()
	r.Labels = map[string]string{"env": "staging", "note": "a\x1b[31m<b>"}
	for format, want := range map[string]string{"text": " labels        env=staging · note=a[31m<b>", "md": "**labels** env=staging · note=a",
		"junit": `<property name="env" value="staging">`, "json": `"env": "staging"`, "ndjson": `"labels":{"env":"staging"`,
		"html":  " · env=staging, note=a[31m&lt;b&gt; · shotput</title>",
		"html ": " · env=staging, note=a[31m&lt;b&gt; · shotput 1.0.0"} {
		var b strings.Builder
		if err := Write(&b, strings.TrimSpace(format), r, Options{}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s has no %s", format, want)
		}
	}
	r.Labels = nil
	for _, format := range []string{"text", "md", "junit", "json", "html"} {
		var b strings.Builder
		if err := Write(&b, format, r, Options{}); err != nil || strings.Contains(b.String(), "labels") ||
			strings.Contains(b.String(), "<properties") {
			t.Errorf("%s without labels: %v", format, err)
		}
	}
}

// Runs over each other, and the sides of a comparison, are called by the labels in which they differ.
func TestLabelsTellRunsApart(t *testing.T) {
	a, b := runtest.Kept(), runtest.Kept()
	a.Labels, b.Labels = map[string]string{"env": "ci", "build": "17"}, map[string]string{"env": "ci", "build": "18"}
	var page strings.Builder
	if err := html.Write(&page, []html.Named{{Name: "a.json", Run: a}, {Name: "b.json", Run: b}}, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"a.json (build=17)", "b.json (build=18)"} {
		if !strings.Contains(page.String(), want) || strings.Contains(page.String(), "(build=17, env") {
			t.Errorf("the page has no %s", want)
		}
	}
	c := runtest.Regressed()
	c.Base.Labels, c.New.Labels = a.Labels, b.Labels
	var text strings.Builder
	if err := WriteComparison(&text, "text", c, Options{}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{" base 17 ", " new 18 ", "build=17 · env=ci"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	if faults := runtest.LineFaults(text.String(), Options{}); len(faults) > 0 {
		t.Error(faults)
	}
}

// Only what all rounds of a side have is the side's.
func TestLabelsOfASide(t *testing.T) {
	round := func(l map[string]string) compare.Round {
		r := runtest.Kept()
		r.Labels = l
		return compare.Round{Run: r}
	}
	var base, next []compare.Round
	for _, build := range []string{"1", "2", "3", "4"} {
		base = append(base, round(map[string]string{"env": "a", "build": build}))
		next = append(next, round(map[string]string{"env": "b"}))
	}
	c, err := compare.Judge(base, next, false)
	if err != nil || c.Base.Labels.String() != "env=a" || c.New.Labels.String() != "env=b" {
		t.Errorf("%v, %v, %v", c.Base.Labels, c.New.Labels, err)
	}
}
