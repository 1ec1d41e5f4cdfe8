//go:build unix

package cli

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"shotput/putserver/realtest"
	"shotput/verify"
)

// A subject is a server that PUT is verified at: nobody here wrote it, or it is wrong on purpose.
type subject struct {
	name    string // as the table of docs/verify.md has it, without the version
	version []string
	url     string   // of its root, as verify is told
	plain   string   // the same where no signature is asked for: what confirm.py speaks is sockets alone
	target  string   // path, with {{key}}
	kind    string   // Content-Type
	body    string   // for confirm.py, with {key} and {n}; "" is text
	args    []string // for verify, beside the URL
	headers []string // of every request
	instant []string // checks that find something or not as it happens: there is a fault, and it is seldom met
}

// indexKind is a manifest's type that a registry takes though the images that it names are none.
const indexKind = "application/vnd.oci.image.index.v1+json"

// event is what a calendar takes: an object of another kind, or with the UID of another name, is refused.
const event = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\nBEGIN:VEVENT\r\nUID:{key}\r\n" +
	"DTSTART:20260101T000000Z\r\nDTSTAMP:20260101T000000Z\r\nSUMMARY:{n}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

// subjects starts them all. The order is that of the table.
func subjects(t *testing.T) []subject {
	nginx, _ := realtest.Nginx(t, `root DIR/www; client_max_body_size 12m;
		location / { dav_methods PUT DELETE; create_full_put_path on; }`)
	apache, _ := realtest.Apache(t, "<Location />\nDAV On\n</Location>")
	lighttpd, _ := realtest.Lighttpd(t)
	signed, _ := realtest.S3(t, "AKIDEXAMPLE", "secret")
	open, _ := realtest.S3(t, "", "")
	registry, _ := realtest.Registry(t)
	radicale, _ := realtest.Radicale(t)
	wrong := realtest.Python(t, "testdata/verify/wrong.py")
	file := func(name, version, address string) subject {
		return subject{name: name, version: strings.Fields(version), url: "http://" + address, target: "/{{key}}"}
	}
	index := `{"schemaVersion":2,"mediaType":"` + indexKind + `","manifests":[],"annotations":{"n":"{n}"}}`
	return []subject{
		file("nginx (DAV)", "nginx -v", nginx),
		// which asks how long a file is before it opens it, and makes weak ETags of times in steps of some milliseconds
		file("Apache (DAV)", "apache2 -v", apache).by("torn-read", "etag-changes"),
		file("lighttpd (DAV)", "lighttpd -v", lighttpd),
		{name: "gofakes3 (S3)", version: []string{"go", "list", "-m", "github.com/rclone/gofakes3"},
			url: signed, plain: open, target: "/bucket/{{key}}",
			args: []string{"--aws-sigv4", "aws:amz:us-east-1:s3", "-u", "AKIDEXAMPLE:secret"}},
		{name: "docker-registry", version: []string{"docker-registry", "--version"}, url: "http://" + registry,
			target: "/v2/repo/manifests/{{key}}", kind: indexKind, body: index, headers: []string{"Accept: " + indexKind},
			args:    []string{"--data-binary", strings.ReplaceAll(index, "{n}", "1")},
			instant: []string{"torn-read"}}, // a tag that is being written is 500 to readers
		{name: "radicale (CalDAV)", version: []string{"radicale", "--version"}, url: "http://" + radicale,
			target: "/ann/work/{{key}}.ics", kind: "text/calendar", body: event,
			args: []string{"--data-binary", strings.NewReplacer("{key}", "{{key}}", "{n}", "{{seq}}").Replace(event)}},
		file("wrong.py", "", wrong),
	}
}

// by says what of a server is a matter of the instant.
func (s subject) by(instant ...string) subject {
	s.instant = instant
	return s
}

// verify runs the program's own Main, and gives what it found.
func (s *subject) verify(t *testing.T) (r *verify.Report) {
	t.Helper()
	args := append([]string{"verify", "-s", "--format", "json", "--timeout", "5m"}, s.args...)
	for _, h := range s.headers {
		args = append(args, "-H", h)
	}
	if s.kind != "" {
		args = append(args, "-H", "Content-Type: "+s.kind)
	}
	var out, said bytes.Buffer
	code := Main(t.Context(), append(args, s.url+s.target), Stdio{In: new(bytes.Buffer), Out: &out, Err: &said})
	r, err := verify.Decode(&out)
	if err != nil || code != 1 {
		t.Fatalf("exit %d, want 1: %v\n%s", code, err, said.String())
	}
	return r
}

// An opinion is what confirm.py says of one check, which it knows nothing of but the name.
type opinion struct {
	May    []verify.Result `json:"may"`    // what its facts allow
	Status int             `json:"status"` // 0: it is not the status that tells
	Fact   string          `json:"fact"`
}

// confirm asks the same of a server by sockets alone.
func (s *subject) confirm(t *testing.T) (all map[string]opinion) {
	t.Helper()
	address := strings.TrimPrefix(s.url, "http://")
	if s.plain != "" {
		address = strings.TrimPrefix(s.plain, "http://")
	}
	host, port, _ := strings.Cut(address, ":")
	body := cmp.Or(s.body, "confirm {n}")
	target := strings.ReplaceAll(s.target, "{{key}}", "{key}")
	command := exec.CommandContext(t.Context(), realtest.Need(t, "python3"),
		append([]string{"testdata/verify/confirm.py", host, port, target, s.kind, body}, s.headers...)...)
	var said bytes.Buffer
	command.Stderr = &said
	out, err := command.Output()
	if err != nil || said.Len() > 0 {
		t.Fatalf("confirm.py: %v\n%s", err, said.String())
	}
	if err := json.Unmarshal(out, &all); err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return all
}

// A column is what was found at one server.
type column struct {
	title    string // name and version
	findings []verify.Finding
	instant  []string
}

// What shotput verify says of servers that nobody here wrote is what a script of forty checks by bare sockets says, and
// what the table of docs/verify.md says. Where they are not of one mind, both facts are shown.
func TestVerifyRealServers(t *testing.T) {
	realtest.Long(t, "it verifies seven servers, each for half a minute, twice")
	if testing.Short() {
		t.Skip("nothing here is ours but what is tested elsewhere")
	}
	all := subjects(t)
	columns := make([]column, len(all))
	t.Run("each", func(t *testing.T) {
		for i := range slices.Backward(all) { // the slow ones first
			t.Run(all[i].name, func(t *testing.T) {
				t.Parallel()
				columns[i] = all[i].column(t)
			})
		}
	})
	if !t.Failed() {
		compareTable(t, columns)
	}
}

func (s *subject) column(t *testing.T) column {
	r, second := s.verify(t), s.confirm(t)
	if want := len(verify.Checks()) - 1; len(r.Findings) != want { // durable needs a restart
		t.Errorf("%d findings, want %d", len(r.Findings), want)
	}
	for i := range r.Findings {
		f := &r.Findings[i]
		o, ok := second[f.Check]
		switch {
		case slices.Contains(s.instant, f.Check):
		case !ok:
			t.Errorf("%s: confirm.py has no opinion", f.Check)
		case !slices.Contains(o.May, f.Result) || o.Status != 0 && isStatus(f.Observed) && f.Observed != fmt.Sprint(o.Status):
			t.Errorf("%s\n verify:     %s %s: %s\n confirm.py: %s %d: %s", f.Check, f.Result, f.Observed, f.Why,
				o.May, o.Status, o.Fact)
		}
	}
	name, kind, _ := strings.Cut(s.name, " ")
	title := strings.Join(strings.Fields(name+" "+s.is(t)+" "+kind), " ")
	return column{title, r.Findings, s.instant}
}

func isStatus(s string) bool { return regexp.MustCompile(`^\d{3}$`).MatchString(s) }

// is asks a server for its version.
func (s *subject) is(t *testing.T) string {
	if len(s.version) == 0 {
		return ""
	}
	out, err := exec.Command(realtest.Need(t, s.version[0]), s.version[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v", s.version, err)
	}
	return regexp.MustCompile(`\d+\.\d+(\.\d+)?`).FindString(string(out))
}

// cell is what the table says of a finding.
func (c *column) cell(check string) string {
	i := slices.IndexFunc(c.findings, func(f verify.Finding) bool { return f.Check == check })
	if i < 0 {
		return ""
	}
	f := &c.findings[i]
	text := map[verify.Result]string{verify.Broken: "**broken**", verify.NotOffered: "–", verify.Unclear: "?"}[f.Result]
	if text == "" {
		text = string(f.Result)
	}
	if isStatus(f.Observed) {
		text += " " + f.Observed
	}
	if slices.Contains(c.instant, check) {
		text += " ~"
	}
	return text
}

// table is what real servers do, as Markdown.
func table(columns []column) string {
	var b strings.Builder
	b.WriteString("| check |")
	for i := range columns {
		b.WriteString(" " + columns[i].title + " |")
	}
	b.WriteString("\n|---|" + strings.Repeat("---|", len(columns)) + "\n")
	for _, c := range verify.Checks() {
		if c.Group == "durable" {
			continue
		}
		b.WriteString("| `" + c.Name + "` |")
		for i := range columns {
			b.WriteString(" " + columns[i].cell(c.Name) + " |")
		}
		b.WriteString("\n")
	}
	return b.String()
}

// compareTable holds the page's table against what was found, or writes it anew.
func compareTable(t *testing.T, columns []column) {
	t.Helper()
	page := verifyPage(t)
	all := len(columns)
	columns = slices.DeleteFunc(columns, func(c column) bool { return c.title == "" }) // not asked for, by -run
	if *update {
		if len(columns) < all {
			t.Fatal("the table is of all servers")
		}
		page.replace(t, "servers", table(columns))
		return
	}
	lines := strings.Split(strings.TrimSpace(page.part(t, "servers")), "\n")
	titles := cells(lines[0])
	for i := range columns {
		c := &columns[i]
		at := slices.Index(titles, c.title)
		if at < 0 {
			t.Logf("docs/verify.md has no column for %s, which may be another version: it has %q", c.title, titles)
			continue
		}
		for _, line := range lines[2:] {
			row := cells(line)
			check, written, found := strings.Trim(row[0], "`"), row[at], c.cell(strings.Trim(row[0], "`"))
			if written != found && !(strings.HasSuffix(written, " ~") && strings.HasSuffix(found, " ~")) {
				t.Errorf("%s of %s is %q, and docs/verify.md says %q", check, c.title, found, written)
			}
		}
	}
}

// cells are those of a row of a Markdown table.
func cells(row string) (all []string) {
	for cell := range strings.SplitSeq(strings.Trim(row, "| "), "|") {
		all = append(all, strings.TrimSpace(cell))
	}
	return all
}
