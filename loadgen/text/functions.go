package text

import (
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"

	"shotput/loadgen/fault"
	"shotput/loadgen/jsonpath"
)

// functions are what a template may call. Their arguments are named by the words of usage: a quoted word takes a
// quoted text, a dotted one a path, s a decimal number, any other a whole number. check judges the arguments when the
// plan is read; a function without append is constant, and its check leaves the text in the call.
//
// What append gives must be a pure function of request and call, must not allocate, and may hold no byte that
// cannot stand in a URL or a header. A function with a source takes its value from there; see sources.bind.
var functions = []function{
	{"seq", "", nil, appendSeq, ""},                       // the request's number
	{"uuid", "", nil, appendUUID, ""},                     // in the form of version 4, random
	{"randInt", "a b", checkRange, appendRandInt, ""},     // from a to b, both included
	{"randHex", "n", checkCount, appendRandHex, ""},       // n hexadecimal digits
	{"randString", "n", checkCount, appendRandString, ""}, // n letters and digits
	{"now", "", nil, appendNow, ""},                       // the intended start: RFC 3339, milliseconds, UTC
	{"unixMillis", "", nil, appendUnixMillis, ""},         // the intended start: milliseconds since 1970
	{"env", `"NAME"`, checkEnv, nil, ""},                  // the environment variable NAME
	{"zipf", "n s", checkZipf, appendZipf, ""},            // from 1 to n, k drawn in proportion to 1/k^s
	{"key", "", nil, appendKey, "keys"},                   // one of the plan's keys
	{"csv", `"column"`, nil, appendCSV, "csv"},            // of the request's row
	{"json", ".path", checkPath, appendJSONL, "jsonl"},    // of the request's row; of a string, what it says
	{"file", "", nil, appendFile, "file"},                 // the name of the file that is the request's body

	{"captured", `"name"`, checkCaptured, appendCaptured, fromAnswers},                // from an answer
	{"part", "", nil, appendPart, fromAnswers},                                        // of its step, from 1
	{"joined", `"name" "format" "separator"`, checkJoined, appendJoined, fromAnswers}, // from the answers of parts
}

type appendFunc func(dst []byte, r Scope, c *call) []byte

type function struct {
	name   string
	usage  string
	check  func(c *call, env Env) error
	append appendFunc
	source string // of values: keys, csv, jsonl, file or answers
}

// A call is one use of a function: its arguments, and a salt of its own, so that two uses in one plan differ.
type call struct {
	name    string // of the function
	salt    uint64
	numbers [2]int64
	real    float64
	text    string
	more    []string // what is quoted behind text
	written string   // the call itself

	zipf   *zipf
	path   jsonpath.Path // of {{json}}
	source string
	from   *Sources // nil: not bound yet; it gives nothing then
	column int      // of {{csv}}
	joint  *joint   // of {{joined}}

	encodings []encoding
	plain     appendFunc      // what the encodings are of, where the function makes its values up
	at        Place           // where it stands
	quoted    bool            // within a string in double quotes
	strict    bool            // in a path that may begin with //
	whole     bool            // it begins a URL, and may give all of it
	bad       func(byte) bool // what may not stand there; nil: all may
}

// SaltOf tells the nth part of a field from all others of the plan.
func SaltOf(field string, n int) uint64 {
	h := fnv.New64a()
	h.Write([]byte(field))
	return Scramble(h.Sum64() + uint64(n))
}

// read takes the arguments as written.
func (c *call) read(f *function, args []string, env Env) error {
	params := strings.Fields(f.usage)
	c.name, c.source = f.name, f.source
	if len(args) != len(params) {
		return fmt.Errorf("has %d arguments; write {{%s}}", len(args), strings.TrimSpace(f.name+" "+f.usage))
	}
	for i, param := range params {
		var err error
		switch {
		case param[0] == '"' && i > 0:
			var text string
			text, err = strconv.Unquote(args[i])
			c.more = append(c.more, text)
		case param[0] == '"':
			c.text, err = strconv.Unquote(args[i])
		case param[0] == '.':
			c.text = args[i]
		case param == "s":
			c.real, err = parseExponent(args[i])
		default:
			c.numbers[i], err = strconv.ParseInt(args[i], 10, 64)
		}
		if err != nil {
			return fmt.Errorf("has the argument %s; write {{%s %s}}, whole numbers bare and text in quotes", args[i],
				f.name, f.usage)
		}
	}
	if f.check == nil {
		return nil
	}
	return f.check(c, env)
}

func checkRange(c *call, _ Env) error {
	if c.numbers[0] > c.numbers[1] {
		return fmt.Errorf("has an empty range: %d is more than %d", c.numbers[0], c.numbers[1])
	}
	return nil
}

// mostCharacters bounds what one function gives.
const mostCharacters = 1 << 20

func checkCount(c *call, _ Env) error {
	if n := c.numbers[0]; n < 1 || n > mostCharacters {
		return fmt.Errorf("asks for %d characters; give 1 to %d", n, mostCharacters)
	}
	return nil
}

func checkEnv(c *call, env Env) error {
	value, ok := env[c.text]
	if !ok {
		return fmt.Errorf("names the environment variable %s, which is not set", c.text)
	}
	c.text = value
	return nil
}

func appendSeq(dst []byte, r Scope, _ *call) []byte { return strconv.AppendInt(dst, r.Number, 10) }

func appendNow(dst []byte, r Scope, _ *call) []byte {
	return r.Due.AppendFormat(dst, "2006-01-02T15:04:05.000Z07:00")
}

func appendUnixMillis(dst []byte, r Scope, _ *call) []byte {
	return strconv.AppendInt(dst, r.Due.UnixMilli(), 10)
}

// appendUUID sets the four bits of the version and the two of the variant (RFC 9562 §5.4); 122 bits are drawn.
func appendUUID(dst []byte, r Scope, c *call) []byte {
	d := r.draws(c)
	hi, lo := d.next()&^0xf000|0x4000, d.next()&^(3<<62)|2<<62
	dst = append(AppendHex(dst, hi>>32, 8), '-')
	dst = append(AppendHex(dst, hi>>16, 4), '-')
	dst = append(AppendHex(dst, hi, 4), '-')
	dst = append(AppendHex(dst, lo>>48, 4), '-')
	return AppendHex(dst, lo, 12)
}

func appendRandInt(dst []byte, r Scope, c *call) []byte {
	d := r.draws(c)
	lo, hi := c.numbers[0], c.numbers[1]
	return strconv.AppendInt(dst, lo+int64(d.Below(uint64(hi)-uint64(lo)+1)), 10) // wraps as it must
}

func appendRandHex(dst []byte, r Scope, c *call) []byte {
	d := r.draws(c)
	for n := c.numbers[0]; n > 0; n -= 16 {
		dst = AppendHex(dst, d.next(), min(n, 16))
	}
	return dst
}

// appendRandString takes six bits at a time and drops the two values of 64 that stand for no character, so that
// all 62 are equally likely. A dropped one is written too, and then written over: whether to drop is a jump that the
// processor cannot foresee.
func appendRandString(dst []byte, r Scope, c *call) []byte {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789??"
	d, from, n := r.draws(c), len(dst), int(c.numbers[0])
	dst = slices.Grow(dst, n)[:from+n]
	for out, at := dst[from:], 0; at < len(out); {
		v := d.next()
		for i := 0; i < 10 && at < len(out); i++ {
			out[at] = alphabet[v&63]
			at += int((v&63 - 62) >> 63) // 1 for the first 62, else 0
			v >>= 6
		}
	}
	return dst
}

// NewScope is of request k of a run with this seed, due at this wall time.
func NewScope(seed uint64, k int64, due time.Time) Scope {
	return Scope{Number: k, base: Scramble(Scramble(seed) ^ uint64(k)), Due: due}
}

// draws gives the random values of one call in one request. Scramble is a bijection, so requests of one run never
// begin at the same state.
func (r Scope) draws(c *call) Draws { return r.DrawsBy(c.salt) }

// DrawsBy gives random values that differ by salt.
func (r Scope) DrawsBy(salt uint64) Draws { return Draws{Scramble(r.base ^ salt)} }

// misnamed is a call of a function that there is not. Where it is a slip, what was meant is known.
type misnamed struct {
	name, meant string
	slip        bool
}

func (e *misnamed) Error() string {
	return fmt.Sprintf("calls %s, which is no function; did you mean %s?", e.name, e.meant)
}

// findFunction finds a function, or says which name was probably meant.
func findFunction(name string) (*function, error) {
	var names []string
	for i := range functions {
		if functions[i].name == name {
			return &functions[i], nil
		}
		names = append(names, functions[i].name)
	}
	if meant := fault.Nearest(name, names); meant != "" {
		return nil, &misnamed{name: name, meant: meant, slip: fault.Slip(name, names) != ""}
	}
	return nil, errors.New("calls " + name + ", which is no function; there are " + strings.Join(names, ", "))
}
