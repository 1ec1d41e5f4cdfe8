package request

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/text"
)

// sizesOf are the sizes of n requests in a row.
func sizesOf(t testing.TB, law string, n int64) (all []int64) {
	t.Helper()
	l, err := parseSizeLaw(law)
	if err != nil {
		t.Fatal(err)
	}
	for k := range n {
		all = append(all, l.of(text.NewScope(1, k, time.Time{}).DrawsBy(sizesSalt)))
	}
	return all
}

func TestSizeLaws(t *testing.T) {
	const n = 100_000
	share := func(sizes []int64, of int64) float64 {
		count := 0
		for _, s := range sizes {
			if s == of {
				count++
			}
		}
		return float64(count) / n
	}
	near := func(what string, got, want, off float64) {
		t.Helper()
		if math.Abs(got-want) > off {
			t.Errorf("%s is %g, want %g", what, got, want)
		}
	}
	uniform := sizesOf(t, "10..19", n)
	for s := int64(10); s < 20; s++ {
		near("the share of a size in 10..19", share(uniform, s), 0.1, 0.004)
	}
	for _, law := range []string{"1KiB*3,2B*1, 5 * 0", "file:" + textFile(t, "1KiB,3\n2,1\r\n\n5,0\n")} {
		weighted := sizesOf(t, law, n)
		near(law+": the share of 1 KiB", share(weighted, 1024), 0.75, 0.005)
		near(law+": the share of 2 B", share(weighted, 2), 0.25, 0.005)
	}
	even := sizesOf(t, "file:"+textFile(t, "7\n8\n"), n)
	near("the share of 7 B", share(even, 7), 0.5, 0.006)
	lognormal := sizesOf(t, "lognormal:16KiB,0.8", n)
	slices.Sort(lognormal)
	near("the median", float64(lognormal[n/2]), 16384, 200)
	// the normal distribution's 0.9 quantile
	near("p90", float64(lognormal[n*9/10]), 16384*math.Exp(0.8*1.2815516), 700)
	if got := sizesOf(t, "4KiB", 3); !slices.Equal(got, []int64{4096, 4096, 4096}) {
		t.Errorf("4KiB gives %d", got)
	}
}

// TestSizedBodies have the size that Size says, without their bytes being made; and bytes that no other seed has.
func TestSizedBodies(t *testing.T) {
	spec := Spec{URL: "http://h/", Body: Body{Sizes: "1..100KiB"}}
	template, same := newTemplate(t, spec), newTemplate(t, spec)
	other := planned{spec, Setting{Seed: 2}}.template(t)
	if template.BodyBytes() != -1 {
		t.Errorf("every body is said to have %d bytes", template.BodyBytes())
	}
	seen := map[int64]bool{}
	for k := range int64(50) {
		size := template.Size(k)
		a, b := bodyOf(t, template, k), bodyOf(t, same, k)
		if int64(len(a)) != size || string(a) != string(b) {
			t.Errorf("request %d has %d bytes, Size says %d; the same again: %v", k, len(a), size,
				string(a) == string(b))
		}
		if string(a) == string(bodyOf(t, other, k)) {
			t.Errorf("request %d has the same bytes with another seed", k)
		}
		seen[size] = true
	}
	if len(seen) < 45 {
		t.Errorf("50 requests have %d sizes", len(seen))
	}
	if l, err := parseSizeLaw("4KiB..4KiB"); err != nil || l.low != l.high {
		t.Error("a range of one size is not seen as such")
	}
}

func TestSizeFaults(t *testing.T) {
	for law, want := range map[string]string{
		"": `has "" where a size should be: it does not begin with a number; ` +
			`write 4KiB, 1KiB..64KiB`,
		"0":                                "a size is from 1 byte to 8 EiB",
		"4XiB":                             `"XiB" is no unit of size`,
		"9..1":                             "is an empty range: 9 bytes is more than 1",
		"normal:1,2":                       `begins with "normal", which is no law of sizes; write`,
		"lognormal:1KiB":                   `has the sigma ""; write lognormal:MEDIAN,SIGMA`,
		"lognormal:1KiB,9":                 `has the sigma "9"`,
		"1*x":                              `has the weight "x", which is no number from 0 up`,
		"1*0,2*0":                          "has weights that add up to nothing",
		"file:/nowhere/sizes":              "names the file /nowhere/sizes: no such file or directory",
		"file:" + textFile(t, " \n"):       "which is empty; write a size on each line",
		"file:" + textFile(t, "1\nsmall"):  `which has "small" where a size should be`,
		"file:" + t.TempDir():              "is a directory",
		"file:" + textFile(t, "1,2,3\n1"):  `which has the weight "2,3"`,
		"file:" + textFile(t, "1KiB*3\n1"): `"KiB*3" is no unit of size`,
	} {
		if law == "" {
			_, err := parseSizeLaw("")
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q gives the error %v, want %s", law, err, want)
			}
			continue
		}
		_, err := planned{spec: Spec{URL: "http://h/", Body: Body{Sizes: law}}}.compile()
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), `body sizes "`) {
			t.Errorf("%q gives the error %v, want %s", law, err, want)
		}
	}
}

// FuzzSizeLaw: whatever the text, it is a law or an error; a law gives sizes that it says it can give.
func FuzzSizeLaw(f *testing.F) {
	f.Fuzz(func(t *testing.T, written string, seed uint64, k int64) {
		if strings.HasPrefix(written, "file:") {
			return
		}
		law, err := parseSizeLaw(written)
		if err != nil {
			return
		}
		d := text.NewScope(seed, k, time.Time{}).DrawsBy(0)
		if a, b := law.of(d), law.of(d); a != b || a < law.low || a > law.high || a < 1 {
			t.Errorf("%q gives %d, then %d, from %d to %d", written, a, b, law.low, law.high)
		}
	})
}
