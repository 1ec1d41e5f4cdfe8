package request

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/rows"

	"shotput/putserver/realtest"
)

// formFolder is a folder of files to upload, and its path with a slash behind it.
func formFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"y.bin": "x\n", "t.TXT": "t", `a"b.html`: "<p>", "empty": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir + "/"
}

// catch runs curl with these arguments against a server that catches one request, and gives that request's
// Content-Type and body.
func catch(t *testing.T, curl string, args ...string) (contentType, body string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	failed := make(chan error, 1)
	go func() {
		out, err := exec.Command(curl,
			append([]string{"-q", "-sS", "--noproxy", "*", "-X", "PUT", "http://" + listener.Addr().String()},
				args...)...).CombinedOutput()
		if listener.Close(); err != nil {
			err = fmt.Errorf("curl: %v: %s", err, out)
		}
		failed <- err
	}()
	if c, err := listener.Accept(); err == nil {
		defer c.Close()
		if request, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
			b, _ := io.ReadAll(request.Body)
			contentType, body = request.Header.Get("Content-Type"), string(b)
			io.WriteString(c, "HTTP/1.1 204 No Content\r\n\r\n")
		}
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	return contentType, body
}

// TestFormsAreThoseOfCurl, byte by byte but for the boundary, which curl draws anew each time.
func TestFormsAreThoseOfCurl(t *testing.T) {
	curl := realtest.Need(t, "curl")
	dir := formFolder(t)
	own := []header.Line{{Name: "Content-Type", Value: "multipart/form-data"}}
	for _, c := range []struct {
		args   []string
		form   []Part
		header []header.Line
	}{
		{[]string{"-F", "a=1"}, []Part{{Name: "a", Text: "1"}}, nil},
		{[]string{"-F", "a=", "-F", "a=2"}, []Part{{Name: "a"}, {Name: "a", Text: "2"}}, nil},
		{[]string{"-F", "f=@" + dir + "y.bin", "-F", "g=@" + dir + "t.TXT", "-F", "e=@" + dir + "empty"},
			[]Part{{Name: "f", File: dir + "y.bin"}, {Name: "g", File: dir + "t.TXT"},
				{Name: "e", File: dir + "empty"}}, nil},
		{[]string{"-F", `q"n\=@` + dir + `a"b.html`}, []Part{{Name: `q"n\`, File: dir + `a"b.html`}}, nil},
		{[]string{"-F", "n\nl=1"}, []Part{{Name: "n\nl", Text: "1"}}, nil},
		{[]string{"-F", "a=1;type=text/x", "-F", "b=t;filename=z.png", "-F", "c=t;filename=z.dat"},
			[]Part{{Name: "a", Text: "1", Type: "text/x"}, {Name: "b", Text: "t", Filename: "z.png"},
				{Name: "c", Text: "t", Filename: "z.dat"}}, nil},
		{[]string{"-F", "d=@" + dir + "y.bin;filename=w.html", "-F", "e=@" + dir + "t.TXT;filename=w.zip", "-F",
			"f=@" + dir + "t.TXT;type=a/b"},
			[]Part{{Name: "d", File: dir + "y.bin", Filename: "w.html"},
				{Name: "e", File: dir + "t.TXT", Filename: "w.zip"},
				{Name: "f", File: dir + "t.TXT", Type: "a/b"}}, nil},
		{[]string{"-F", `a=1;headers="X-B: 2"`, "-F", `b=@` + dir + `t.TXT;headers="Content-Type: q/r"`},
			[]Part{{Name: "a", Text: "1", Header: []header.Line{{Name: "X-B", Value: "2"}}},
				{Name: "b", File: dir + "t.TXT", Header: []header.Line{{Name: "Content-Type", Value: "q/r"}}}}, nil},
		{[]string{"-F", "a=1", "-H", "Content-Type: multipart/form-data"}, []Part{{Name: "a", Text: "1"}}, own},
	} {
		wantFormOfCurl(t, Spec{URL: "http://h/", Body: Body{Form: c.form}, Header: c.header}, curl, c.args)
	}
}

// wantFormOfCurl wants a request to have the form that curl sends, called with these arguments.
func wantFormOfCurl(t *testing.T, s Spec, curl string, args []string) {
	t.Helper()
	kind, want := catch(t, curl, args...)
	_, params, err := mime.ParseMediaType(kind)
	if err != nil {
		t.Fatalf("%q: curl sends the type %q", args, kind)
	}
	template, boundary := newTemplate(t, s), boundaryOf(1)
	want = strings.ReplaceAll(want, params["boundary"], boundary)
	if got := string(bodyOf(t, template, 1)); got != want {
		t.Errorf("%q is\n%s\ncurl sends\n%s", args, got, want)
	}
	line := "\r\nContent-Type: " + strings.ReplaceAll(kind, params["boundary"], boundary) + "\r\n"
	head := string(template.AppendHead(nil, 1, 0, 1))
	if strings.Count(head, line) != 1 || strings.Count(head, "Content-Type") != 1 {
		t.Errorf("%q: the head is\n%s\nwant the line %s", args, head, line)
	}
}

// TestFormBoundary has the form of curl's, and the plan's own is kept.
func TestFormBoundary(t *testing.T) {
	a, b := boundaryOf(1), boundaryOf(2)
	if a == b || len(a) != 40 || strings.Trim(a, "-0123456789abcdef") != "" ||
		!strings.HasPrefix(a, strings.Repeat("-", 24)) {
		t.Errorf("the boundaries of two seeds are %s and %s", a, b)
	}
	header := []header.Line{{Name: "content-type", Value: `multipart/form-data; boundary="own"`}}
	template := newTemplate(t,
		Spec{URL: "http://h/", Header: header, Body: Body{Form: []Part{{Name: "a", Text: "{{seq}}"}}}})
	if got, want := string(bodyOf(t, template, 7)),
		"--own\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n7\r\n--own--\r\n"; got != want {
		t.Errorf("with a boundary of its own the form is %q", got)
	}
	head := string(template.AppendHead(nil, 1, 0, 1))
	if !strings.Contains(head, "content-type: multipart/form-data; boundary=\"own\"\r\n") {
		t.Errorf("the head is\n%s", head)
	}
}

// TestLargeFilesOfForms are read as the form is sent, each time from the start.
func TestLargeFilesOfForms(t *testing.T) {
	spec := Spec{URL: "http://h/",
		Body: Body{Form: []Part{{Name: "n", Text: "{{seq}}"}, {Name: "f", File: writeFile(t, rows.SmallFile+1)}}}}
	template := newTemplate(t, spec)
	for k := range int64(2) {
		got := bodyOf(t, template, k)
		if template.Size(k) != int64(len(got)) {
			t.Errorf("request %d has %d bytes, Size says %d", k, len(got), template.Size(k))
		}
		form := multipart.NewReader(bytes.NewReader(got), boundaryOf(1))
		for _, want := range []string{fmt.Sprint(k), string(contents(rows.SmallFile + 1))} {
			part, err := form.NextPart()
			if err != nil {
				t.Fatal(err)
			}
			if content, err := io.ReadAll(part); string(content) != want || err != nil {
				t.Errorf("request %d: a part of %d bytes, %v; want %d", k, len(content), err, len(want))
			}
		}
	}
	if spec.Body.Streams() == "" {
		t.Error("a form with a large file is said to be held")
	}
	if small := (Body{Form: []Part{{File: writeFile(t, rows.SmallFile)}}}); small.Streams() != "" {
		t.Error("a form of small files is said to be streamed")
	}
}

func TestFormFaults(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		part Part
		want string
	}{
		{Part{Text: "x"}, `form part 1 "": has no name`},
		{Part{Name: "a", Text: "x", File: dir}, `form part 1 "a": has text and a file; give one of them`},
		{Part{Name: "a", File: dir + "/none"}, `form part 1 file "` + dir + `/none": no such file or directory`},
		{Part{Name: "a", File: dir}, `form part 1 file "` + dir + `": is a directory`},
		{Part{Name: "a", File: os.DevNull}, `form part 1 file "` + os.DevNull + `": is no regular file`},
		{Part{Name: "a", Text: "{{sek}}"}, `form part 1 "{{sek}}": column 1: calls sek`},
		{Part{Name: "a", Type: "a\nb"}, `form part 1 type "a\nb": has a character that cannot stand in a header`},
		{Part{Name: "a", Header: []header.Line{{Name: "X", Value: "a\nb"}}},
			`form part 1 header X "\n": line 1, column 2: is a character that cannot stand`},
		{Part{Name: "a", Header: []header.Line{{Name: "X Y", Value: "b"}}},
			`form part 1 header "X Y": is no header name`},
		{Part{Name: "a", Text: `{{csv "x"}}`}, `csv "{{csv \"x\"}}": stands in the body, and no CSV file is given`},
	} {
		formed := planned{spec: Spec{URL: "http://h/", Body: Body{Form: []Part{c.part}}}}
		if _, err := formed.compile(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v gives the error %v, want %s", c.part, err, c.want)
		}
	}
}
