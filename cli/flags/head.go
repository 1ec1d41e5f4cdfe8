package flags

import (
	"bytes"
	"slices"
	"strings"

	"shotput/cli/address"
	"shotput/cli/line"
	"shotput/loadgen"
)

// A head is what was asked of a request's head, beyond what is a field of the plan as it is typed.
type head struct {
	line      *line.Line
	headers   []string // -H as typed, before @files are read
	cookies   []string // -b as typed, before files are read
	queries   []string // --url-query
	referer   string
	agentless bool // -A '': no User-Agent, unless -H gives one

	junkSession bool // files' cookies that end with a browser's session are not sent
}

// addHeaders reads every -H. Two of them say how the body is sent, which is the plan's own to do.
func (h *head) addHeaders(p *loadgen.Plan, in *Source) error {
	headers, err := readHeaders(h.line, "header", h.headers, in)
	for _, one := range headers {
		switch {
		case strings.EqualFold(one.Name, "Transfer-Encoding") && strings.EqualFold(one.Value, "chunked"):
			p.Request.Body.Chunked = true
		case strings.EqualFold(one.Name, "Expect") && strings.EqualFold(one.Value, "100-continue"):
			p.Transport.ExpectContinue = true
		default:
			p.Request.Header = append(p.Request.Header, one)
		}
	}
	return err
}

// addQueries puts every --url-query into the URL. One that begins with + is taken as it is.
func (h *head) addQueries(to *loadgen.RequestSpec, in *Source) error {
	for _, value := range h.queries {
		text, asIs := strings.CutPrefix(value, "+")
		if !asIs {
			var err error
			if text, err = address.Encode(value, in.Read); err != nil {
				return h.line.Refuse(line.Fault{Flag: "url-query", Value: value, Shown: h.line.Show("url-query", value),
					Why: err.Error(), Mends: []line.Mend{line.Set("url-query", "name=text")}})
			}
		}
		if text != "" && to.URLs != "" {
			return h.line.Refuse(noQuery("url-query"))
		}
		if text != "" && to.URL != "" {
			to.URL = address.AddQuery(to.URL, text)
		}
	}
	return nil
}

// addDefaults adds what no -H has said: -A ”, cookies, the referer.
func (h *head) addDefaults(to *loadgen.RequestSpec, in *Source) {
	if h.agentless && !names(to, "User-Agent") {
		to.Header = append(to.Header, loadgen.Header{Name: "User-Agent", Remove: true})
	}
	h.addCookies(to, in)
	// ;auto is of redirects, whose requests keep theirs
	if referer, _, _ := strings.Cut(h.referer, ";auto"); referer != "" {
		addDefault(to, "Referer", referer)
	}
}

// addDefault adds a header that -H has not set, emptied or removed.
func addDefault(to *loadgen.RequestSpec, name, value string) {
	if !names(to, name) {
		to.Header = append(to.Header, loadgen.Header{Name: name, Value: value})
	}
}

// names says whether -H has set, emptied or removed the header.
func names(s *loadgen.RequestSpec, name string) bool {
	return slices.ContainsFunc(s.Header, func(h loadgen.Header) bool { return strings.EqualFold(h.Name, name) })
}

// readHeaders makes the headers of a flag, in order; @FILE has one on each line.
func readHeaders(l *line.Line, flag string, typed []string, in *Source) (headers []loadgen.Header, err error) {
	refuse := func(value, at string, err error) error {
		return l.Refuse(line.Fault{Flag: flag, Value: value, Shown: l.Show(flag, value) + at, Why: err.Error(),
			Mends: []line.Mend{line.Set(flag, "Name: value")}})
	}
	for _, t := range typed {
		lines := []string{t}
		if path, ok := strings.CutPrefix(t, "@"); ok {
			b, err := in.Read(path)
			if err != nil {
				return nil, refuse(t, "", err)
			}
			lines = strings.Split(string(bytes.ReplaceAll(b, []byte("\r"), nil)), "\n")
		}
		for _, text := range lines {
			if strings.TrimSpace(text) == "" {
				continue
			}
			h, err := parseHeader(text)
			if err != nil {
				return nil, refuse(t, ", line "+l.Show(flag, text), err)
			}
			headers = append(headers, h)
		}
	}
	return headers, nil
}

// takeAgent is -A.
func (h *head) takeAgent(into *string) func(string) error {
	return func(s string) error {
		*into, h.agentless = s, s == ""
		return nil
	}
}

// takeLine checks a header line at once, so that its fault stands with the others, and leaves @files for later.
func takeLine(into *[]string) func(string) error {
	return func(s string) error {
		*into = append(*into, s)
		if strings.HasPrefix(s, "@") {
			return nil
		}
		_, err := parseHeader(s)
		return err
	}
}
