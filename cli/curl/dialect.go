package curl

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"shotput/cli/line"
)

// A pasted text was written for one of three readers, which take the same signs for different things: a shell such as
// bash, Windows' cmd, and PowerShell. Which one it was is told by what only one of them has; see dialectOf.

// errAmpersand is why a command that an & ends is not read: what stood behind it would be lost in silence.
var errAmpersand = errors.New("an & outside of quotes ends the command there; put the URL in quotes")

// split cuts a pasted text into words by the rules of the shell that it was written for.
func split(text string, env func(string) (string, bool)) (Shell, error) {
	text, prompt := withoutPrompt(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")))
	if m := foreign.FindStringSubmatch(text); m != nil {
		return Shell{}, fmt.Errorf("it is a command for %s, not for curl; copy the request as cURL",
			line.Printable(cmp.Or(m[1], "Invoke-WebRequest, which PowerShell calls curl")))
	}
	switch dialectOf(text, prompt) {
	case "cmd":
		return splitCmd(text, env)
	case "PowerShell":
		return splitPowerShell(text, env)
	}
	return Split(text, env)
}

// foreign finds what other programs are told to send a request by.
var foreign = regexp.MustCompile(`(?i)^(?:await\s+)?(fetch|Invoke-WebRequest|Invoke-RestMethod|iwr|irm|wget|http|https|` +
	`httpie|xh|wrk|hey|ab|vegeta)(?:\.exe)?[\s(]|^\$session\s*=|^curl\s+(?s:.*\s)?-(?:Uri|Method|Headers|Body)\s`)

// A prompt stands before a command that was copied with it.
var prompts = []struct {
	looks   *regexp.Regexp
	dialect string
}{
	{regexp.MustCompile(`^PS [^>\n]*>+\s*`), "PowerShell"},
	{regexp.MustCompile(`^[A-Za-z]:\\[^>\n]*>\s*`), "cmd"},
	{regexp.MustCompile(`^(?:\([\w.-]+\)\s*)?(?:\[[^\]\n]*\]|[\w.-]+@[\w.-]+[^\n$#%>]*)?\s*[$#%>❯➜]\s+`), ""},
}

// withoutPrompt takes a prompt away, and those of the lines that go on. A # is one only before a command:
// else it begins a comment.
func withoutPrompt(text string) (command, dialect string) {
	for _, p := range prompts {
		found := p.looks.FindString(text)
		rest := text[len(found):]
		if found == "" || strings.Contains(found, "#") && !beginsCommand(rest) {
			continue
		}
		return withoutSecondPrompts(rest), p.dialect
	}
	return text, ""
}

// beginsCommand says whether the first word is curl, or one that another command is begun with.
func beginsCommand(text string) bool {
	word, _, _ := strings.Cut(strings.ReplaceAll(text, "\n", " "), " ")
	return isCurl(word) || slices.Contains(wrappers, word)
}

var secondPrompt = regexp.MustCompile(`^(?:>+|More\?)(?: |$)`)

// withoutSecondPrompts takes the > away with which a shell asks for the rest of a command, where each line has it.
func withoutSecondPrompts(text string) string {
	lines := strings.Split(text, "\n")
	for _, line := range lines[1:] {
		if !secondPrompt.MatchString(line) {
			return text
		}
	}
	for i := range lines[1:] {
		lines[i+1] = secondPrompt.ReplaceAllString(lines[i+1], "")
	}
	return strings.Join(lines, "\n")
}

// What only one of the shells has, or what in another would be a mistake for certain: no JSON begins with {\.
var (
	onlyCmd        = regexp.MustCompile(`(?m)[ \t"]\^$|\^"`)
	onlyPowerShell = regexp.MustCompile("(?m)[ \t]`$|\\$(?:\\{)?env:|[ \t=]@['\"]$|'\\s*[\\[{][\\s\\[{]*\\\\\"")
	onlyBash       = regexp.MustCompile("`|\\$[A-Za-z_({]")
	windowsCurl    = regexp.MustCompile(`^(?:&\s*)?"?(?:\S*[\\/])?curl\.exe\b`)
)

// dialectOf tells which shell a command was written for; "" is bash and its like.
func dialectOf(text, prompt string) string {
	switch {
	case prompt != "":
		return prompt
	case onlyCmd.MatchString(text):
		return "cmd"
	case onlyPowerShell.MatchString(text):
		return "PowerShell"
	case windowsCurl.MatchString(text) && strings.ContainsAny(text, "'`"):
		return "PowerShell"
	case windowsCurl.MatchString(text), doublesQuotes(text):
		return "cmd"
	}
	return ""
}

// doublesQuotes says whether a quote within quotes is written twice, as only Windows has it: for others that is the end
// of one quoted text and the start of the next, which nobody writes without need.
func doublesQuotes(text string) bool {
	if onlyBash.MatchString(text) {
		return false
	}
	var open byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && open != '\'':
			i++
		case open == 0 && (c == '"' || c == '\''):
			open = c
		case c == open:
			within := c == '"' && text[i-1] != '"' && i+2 < len(text) && text[i+1] == '"'
			if within && !strings.ContainsRune(" \t\n\"", rune(text[i+2])) {
				return true
			}
			open = 0
		}
	}
	return false
}

// wrappers are commands that begin another one, which sends the same.
var wrappers = strings.Fields("sudo doas time env nohup exec command nice ionice stdbuf timeout watch winpty & " +
	"docker podman nerdctl kubectl oc")

// unwrap gives the words behind the word curl, and those before it.
func unwrap(words []string) (curls []string, before string) {
	if len(words) == 0 || !isCurl(words[0]) && !slices.Contains(wrappers, words[0]) {
		return words, ""
	}
	at := slices.IndexFunc(words, isCurl)
	if at < 0 {
		return words, ""
	}
	if at > 0 && at+1 < len(words) && isCurl(words[at+1]) { // the name of an image, and the command in it
		at++
	}
	return words[at+1:], strings.Join(words[:at], " ")
}

// isCurl says whether a command is curl, or the image of a container that has it.
func isCurl(word string) bool {
	word = strings.ToLower(word[strings.LastIndexAny(word, `/\`)+1:])
	word, _, _ = strings.Cut(word, ":")
	return word == "curl" || word == "curl.exe"
}
