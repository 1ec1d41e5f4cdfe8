package putserver

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// What becomes of a body that was cut short.
var wrongCuts = []manner{
	plain("truncated-stored", "what came of a cut upload is stored", func(c *conduct) {
		c.cut = func(v *visit) { v.store.put(v.object, v.r) }
	}),
	timed("truncated-late", "3s", "the same, so much later", func(c *conduct, d time.Duration) {
		c.cut = func(v *visit) { v.later(d, func() { v.store.put(v.object, v.r) }) }
	}),
	plain("empty-on-cut", "a cut upload leaves an empty object", func(c *conduct) {
		c.cut = func(v *visit) {
			v.object.body, v.object.size, v.object.etag = nil, 0, new(content).etag()
			v.store.put(v.object, v.r)
		}
	}),
	plain("chunked-empty", "a chunked body is stored as an empty one", func(c *conduct) {
		c.hear = func(v *visit) {
			if v.r.ContentLength >= 0 {
				return
			}
			if _, err := io.Copy(io.Discard, v.r.Body); err == nil { // else it is found again by who reads on
				v.r.Body = http.NoBody
			}
		}
	}),
	plain("digest-ignored", "no digest of a body is looked at", func(c *conduct) {
		all := slices.Clone(dictionaries[:])
		for i := range plainSums {
			all = append(all, plainSums[i].header)
		}
		c.hear = deafTo(all...)
	}),
	plain("digest-stored", "400 for a wrong digest, and stored all the same", func(c *conduct) {
		c.last = func(v *visit, status int) int {
			if status == http.StatusBadRequest && v.object != nil && !v.content.isSound() {
				v.store.force(v.object)
			}
			return status
		}
	}),
}

// deafTo has a request's headers of these names go unheard.
func deafTo(names ...string) func(v *visit) {
	return func(v *visit) {
		for _, name := range names {
			v.r.Header.Del(name)
		}
	}
}

var conditions = []string{"If-Match", "If-None-Match", "If-Unmodified-Since", "If-Modified-Since"}

// What becomes of conditions.
var wrongConditions = []manner{
	plain("no-412", "no condition is looked at", func(c *conduct) {
		c.hear = deafTo(conditions...)
	}),
	plain("no-if-match", "If-Match is not looked at", func(c *conduct) { c.hear = deafTo("If-Match") }),
	plain("no-if-none-match", "If-None-Match is not", func(c *conduct) { c.hear = deafTo("If-None-Match") }),
	plain("no-if-unmodified", "If-Unmodified-Since is not", func(c *conduct) {
		c.hear = deafTo("If-Unmodified-Since")
	}),
	plain("if-match-creates", "If-Match on nothing creates", func(c *conduct) {
		c.hear = func(v *visit) {
			if v.store.get(nameOf(v.r.URL)) == nil {
				v.r.Header.Del("If-Match")
			}
		}
	}),
	plain("412-stored", "412, and stored all the same", func(c *conduct) {
		c.last = func(v *visit, status int) int {
			if status == failing && v.object != nil {
				v.store.force(v.object)
			}
			return status
		}
	}),
	plain("412-late", "the body is read before anything is refused (allowed)", func(c *conduct) {
		c.early = func(*visit) bool { return false }
	}),
}

// What is refused, and how.
var wrongRefusals = []manner{
	plain("content-range-whole", "a part (Content-Range) is stored as the whole", func(c *conduct) {
		c.hear = deafTo("Content-Range")
	}),
	plain("encoding-ignored", "an unknown Content-Encoding is taken, and lost", func(c *conduct) {
		c.hear = func(v *visit) {
			if !areKnown(v.r.Header["Content-Encoding"]) {
				v.r.Header.Del("Content-Encoding")
			}
		}
	}),
	plain("405-without-allow", "405 does not say what is allowed", func(c *conduct) {
		c.last = func(v *visit, status int) int {
			if status == http.StatusMethodNotAllowed {
				v.w.Header().Del("Allow")
			}
			return status
		}
	}),
	plain("options-without-put", "OPTIONS does not name PUT", func(c *conduct) {
		c.last = func(v *visit, status int) int {
			if v.r.Method == http.MethodOptions && status == http.StatusNoContent {
				v.w.Header().Set("Allow", "GET, HEAD, DELETE, OPTIONS")
			}
			return status
		}
	}),
	plain("no-100", "100-continue is never said; not over TLS", func(c *conduct) { c.mute = true }),
	plain("413-late", "413 (--max-body) only when all of the body was read", func(c *conduct) {
		c.early = func(v *visit) bool { return !v.isTooLarge(v.r.ContentLength) && saves(v) }
		c.hear = func(v *visit) {
			if v.isTooLarge(v.r.ContentLength) {
				_, _ = io.Copy(io.Discard, v.r.Body) // an error is found again by who reads on
			}
		}
	}),
}

// Which names are one.
var wrongNames = []manner{
	renaming("plus-space", "a plus in a path is a space", func(name string) string {
		return strings.ReplaceAll(name, "+", "%20")
	}),
	renaming("case-folded", "names that differ in case alone are one", strings.ToLower),
	renaming("slash-decoded", "%2F in a path is a slash", func(name string) string {
		return strings.ReplaceAll(name, "%2F", "/")
	}),
	renaming("slash-dropped", "a slash at the end of a path is dropped", func(name string) string {
		return strings.TrimRight(name, "/")
	}),
	renaming("unicode-composed", "a letter and its accent are the letter that has it", composed().Replace),
	renaming("name-cut", "of names the first 255 bytes count", func(name string) string {
		return name[:min(len(name), 255)]
	}),
}

func renaming(name, does string, change func(string) string) manner {
	return plain(name, does, func(c *conduct) {
		c.name = func(u *url.URL) string { return change(nameOf(u)) }
	})
}

// composed makes of vowels and the accents behind them what normal form C has, as names are written.
func composed() *strings.Replacer {
	var pairs []string
	accents := []string{"\u0300", "\u0301", "\u0302", "\u0308"}
	for vowel, all := range map[string]string{"a": "àáâä", "e": "èéêë", "i": "ìíîï", "o": "òóôö", "u": "ùúûü"} {
		for i, letter := range []rune(all) {
			pairs = append(pairs, vowel+escaped(accents[i]), escaped(string(letter)))
		}
	}
	return strings.NewReplacer(pairs...)
}

func escaped(text string) (name string) {
	for _, b := range []byte(text) {
		name += fmt.Sprintf("%%%02X", b)
	}
	return name
}

// How connections end.
var wrongConns = []manner{
	plain("closes", "each answer ends its connection (allowed)", func(c *conduct) {
		c.last = func(v *visit, status int) int {
			v.w.Header().Set("Connection", "close")
			return status
		}
	}),
	{Manner{"gone", "100", "after so many requests each connection is cut"}, func(f *fields) func(*conduct) {
		n := f.whole()
		return func(c *conduct) {
			var count atomic.Int64
			c.hear = func(v *visit) {
				if count.Add(1) > n {
					v.end(Broken, 0)
					panic(http.ErrAbortHandler)
				}
			}
		}
	}},
}
