package cli

import (
	"io"
	"slices"
	"strings"

	"shotput/cli/advice"
	"shotput/cli/flags"
	"shotput/cli/line"
	"shotput/cli/manual"
	"shotput/loadgen/fault"
)

// The help is written for people: what it looks like first, then every flag in its group, within 80 columns.

const completionHelp = `shotput completion prints a script by which a shell completes our flags.

  source <(shotput completion bash)           now, in this shell
  shotput completion bash > /etc/bash_completion.d/shotput
  shotput completion zsh > "${fpath[1]}/_shotput"
  shotput completion fish > ~/.config/fish/completions/shotput.fish

Usage: shotput completion bash|zsh|fish|powershell
`

// shells are those that completion is written for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// misdirect answers for the verbs that are cobra's own: what completion is, the topics of the help, and words that name
// no verb, no topic and no shell.
func misdirect(w io.Writer, args, verbs []string) (shown bool, err error) {
	args = append(slices.Clone(args), "", "")
	asked := args[1]
	wantsHelp := slices.Contains(args, "--help") || slices.Contains(args, "-h")
	switch {
	case args[0] == "help" && asked == "curl":
		_, err = io.WriteString(w, curlHelp)
		return true, err
	case args[0] == "help" && wantsHelp:
		help(w, manual.Short+manual.List()+"\n", "", nil)
		return true, nil
	case args[0] == "help" && asked == helpAll:
		help(w, manual.Whole, manual.Tail, flags.Rows())
		return true, nil
	case args[0] == "help" && asked != "" && !slices.Contains(verbs, asked):
		return helpOn(w, asked, verbs)
	case args[0] == "help" && asked == "completion", args[0] == "completion" && wantsHelp:
		_, err = io.WriteString(w, completionHelp)
		return true, err
	case args[0] == "completion" && !slices.Contains(shells, asked):
		return false, noSuch(asked, "shell", "shotput completion ", shells)
	}
	return false, nil
}

// helpAll asks for the whole help.
const helpAll = "all"

// helpOn tells what there is on a topic.
func helpOn(w io.Writer, asked string, verbs []string) (shown bool, err error) {
	rows := flags.Rows()
	if t, ok := manual.Find(asked, rows); ok {
		t.Write(w, rows)
		return true, nil
	}
	if line.Slip(asked, verbs) != "" {
		return false, noSuch(asked, "command", "shotput help ", verbs)
	}
	h := advice.Hint{Error: line.Show(asked) + " is no topic", Seen: "topics are listed by shotput --help",
		Try: "shotput --help"}
	isDigit := func(r rune) bool { return r >= '0' && r <= '9' }
	meant := line.Slip(strings.ToLower(asked), manual.Names())
	if meant != "" && !strings.ContainsFunc(asked, isDigit) { // a number near another is no slip of it
		h.Error, h.Try = h.Error+"; did you mean "+meant+"?", "shotput help "+meant
	}
	return false, usage(h)
}

// helpAfter is the word that stands behind the flag that asks for help, if any.
func helpAfter(args []string) string {
	for i, a := range args {
		if (a == "--help" || a == "-h") && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			return args[i+1]
		}
	}
	return ""
}

// mainHelp is what the main verb's help shows: one screen, all of it, or a topic.
func mainHelp(s *Stdio, args []string, rows []line.Row) {
	switch asked := helpAfter(args); asked {
	case helpAll:
		help(s.Out, manual.Whole, manual.Tail, rows)
	case "":
		help(s.Out, manual.Short+manual.List()+"\n", "", nil)
	default:
		t, ok := manual.Find(asked, rows)
		if !ok {
			help(s.Out, manual.Short+manual.List()+"\n", "", nil)
			return
		}
		t.Write(s.Out, rows)
	}
}

func noSuch(word, kind, try string, known []string) error {
	meant := fault.Nearest(word, known)
	h := advice.Hint{Error: line.Show(word) + " is no " + kind, Seen: "there is " + strings.Join(known, ", "),
		Try: try + known[0]}
	if word == "" {
		h.Error = "which " + kind + "?"
	}
	if meant != "" {
		h.Error, h.Try = h.Error+"; did you mean "+meant+"?", try+meant
	}
	return usage(h)
}

// help prints a verb's text and its flags.
func help(w io.Writer, head, tail string, rows []line.Row) {
	io.WriteString(w, head)
	line.WriteHelp(w, rows)
	io.WriteString(w, tail)
}
