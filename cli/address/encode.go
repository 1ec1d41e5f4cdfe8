package address

import (
	"fmt"
	"slices"
	"strings"
)

// Encode is what curl makes of the value of --data-urlencode and --url-query: TEXT, =TEXT and NAME=TEXT with
// the text encoded and the name as it is; @FILE and NAME@FILE likewise with what the file holds, which
// read gives.
func Encode(value string, read func(path string) ([]byte, error)) (string, error) {
	mask := Mask(value)
	at := strings.IndexByte(mask, '=')
	if at < 0 {
		at = strings.IndexByte(mask, '@')
	}
	if at < 0 {
		return encodePercent(value), nil
	}
	name, text := value[:at], value[at+1:]
	if value[at] == '@' {
		b, err := read(text)
		if err != nil {
			return "", err
		}
		text = string(b)
	}
	if name != "" {
		name += "="
	}
	return name + encodePercent(text), nil
}

// encodePercent leaves what RFC 3986 §2.3 calls unreserved, writes a space as + and all else as %XX; in capitals, which
// curl writes in a body and not in a query. An action stays, and encodes what it gives by itself.
func encodePercent(s string) string {
	var b strings.Builder
	for s != "" {
		from, to := nextAction(s)
		encodeBytes(&b, s[:from])
		if text, ok := constant(s[from:to]); ok {
			encodeBytes(&b, text)
		} else {
			b.WriteString(encodeAction(s[from:to]))
		}
		s = s[to:]
	}
	return b.String()
}

// encodeAction has what a function takes from elsewhere percent-encoded, unless it says otherwise; others give nothing
// that would change.
func encodeAction(action string) string {
	words := strings.FieldsFunc(action, func(r rune) bool { return strings.ContainsRune(" \t{}|\"", r) })
	if len(words) == 0 || !slices.Contains([]string{"csv", "json", "key", "file", "env"}, words[0]) ||
		slices.Contains([]string{"raw", "url", "form"}, words[len(words)-1]) {
		return action
	}
	return strings.TrimSuffix(action, "}}") + " | form}}"
}

func encodeBytes(b *strings.Builder, s string) {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.IndexByte("-._~", c) >= 0:
			b.WriteByte(c)
		case c == ' ':
			b.WriteByte('+')
		default:
			fmt.Fprintf(b, "%%%02X", c)
		}
	}
}
