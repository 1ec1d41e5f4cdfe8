package putserver

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

// told gives the answer and what its body says in JSON.
func (s served) told(status int, method, path, body string, header ...string) (*http.Response, map[string]any) {
	s.t.Helper()
	a, text := s.send(method, path, body, header...)
	said := map[string]any{}
	if err := json.Unmarshal([]byte(text), &said); err != nil || a.StatusCode != status {
		s.t.Errorf("%s %s: %d %q, want %d and JSON", method, path, a.StatusCode, text, status)
	}
	return a, said
}

// follows is the path and query of the Location of an answer, as a client finds it.
func (s served) follows(a *http.Response) string {
	s.t.Helper()
	u, err := a.Location()
	if err != nil {
		s.t.Fatalf("%s %s: %v", a.Request.Method, a.Request.URL, err)
	}
	return u.RequestURI()
}

func (s served) wantBody(path, want string) {
	s.t.Helper()
	if a, got := s.send("GET", path, ""); got != want || a.StatusCode != 200 {
		s.t.Errorf("GET %s: %d %.100q, want %.100q", path, a.StatusCode, got, want)
	}
}

func TestCreatedByPost(t *testing.T) {
	s := behind(t, Config{})
	a, said := s.told(201, "POST", "/_flow/items?n=7", "hello")
	if id := fmt.Sprint(said["id"]); a.Header.Get("Location") != "items/"+id || said["location"] != "items/"+id {
		t.Errorf("Location %q, and %v", a.Header.Get("Location"), said)
	}
	item := s.follows(a)
	s.wantBody(item, "hello")
	s.want(204, "PUT", item, "changed", "If-Match", a.Header.Get("ETag"))
	s.want(412, "PUT", item, "again", "If-Match", a.Header.Get("ETag"))
	s.wantBody(item, "changed")
	s.want(404, "PUT", "/_flow/items/never", "x")
	if b, _ := s.told(201, "POST", "/_flow/items/", ""); s.follows(b) == item || !strings.HasPrefix(s.follows(b), "/_flow/items/") {
		t.Errorf("the second is at %s, the first at %s", s.follows(b), item)
	}
	s.want(204, "DELETE", item, "")
	s.want(404, "GET", item, "")
	if allow := s.want(405, "PUT", "/_flow/items", "x").Header.Get("Allow"); allow != "POST, OPTIONS" {
		t.Errorf("Allow %q", allow)
	}
	s.want(204, "OPTIONS", "/_flow/items", "")
	s.want(404, "PUT", "/_flow/nothing/x", "x")
	s.want(404, "PUT", "/_flow/", "x")
	if e := s.Log()[0]; e.Method != "POST" || e.Path != "/_flow/items?n=7" {
		t.Errorf("the log has %+v", e)
	}
}

// A PUT of any other name is what it was.
func TestNamesNearFlows(t *testing.T) {
	s := behind(t, Config{})
	for _, path := range []string{"/_flow", "/_flows/items", "/a/_flow/items"} {
		s.want(201, "PUT", path, "x")
		s.want(405, "POST", path, "x")
		s.wantBody(path, "x")
	}
	s.want(404, "PUT", "/x/../_flow/items/1", "x") // which is a name of theirs
}

func TestPresigned(t *testing.T) {
	c := Config{URLTime: 2 * time.Second, User: "a:b"}
	inVirtualTime(t, c, func(t *testing.T, s served, _ *pipes) {
		s.want(401, "GET", "/_flow/presign/a/b.txt", "")
		_, said := s.told(200, "POST", "/_flow/presign/a/b.txt", "", "Authorization", s.auth)
		u, err := url.Parse(fmt.Sprint(said["url"]))
		if err != nil || u.Host != "target" || u.Path != "/_flow/signed/a/b.txt" {
			t.Fatalf("%v: %v", said, err)
		}
		path := u.RequestURI()
		s.want(201, "PUT", path, "hello") // and no Authorization
		s.wantBody("/_flow/signed/a/b.txt", "hello")
		for _, wrong := range []string{u.Path, path + "0", strings.Replace(path, "b.txt", "c.txt", 1), strings.Replace(path, "expires=9", "expires=8", 1),
			u.Path + "?signature=" + u.Query().Get("signature")} {
			s.want(403, "PUT", wrong, "x")
		}
		_, said = s.told(200, "GET", "/_flow/presign/a/b.txt?host=other:81", "", "Authorization", s.auth)
		if !strings.HasPrefix(fmt.Sprint(said["url"]), "http://other:81/_flow/signed/a/b.txt?") {
			t.Errorf("of another host: %v", said)
		}
		time.Sleep(2 * time.Second)
		s.want(403, "PUT", path, "x")
		s.wantBody("/_flow/signed/a/b.txt", "hello")
	})
}

func md5Of(s string) string { sum := md5.Sum([]byte(s)); return hex.EncodeToString(sum[:]) }

// begin begins an S3 upload and gives its id.
func (s served) begin(path string) (id string) {
	s.t.Helper()
	_, text := s.send("POST", path+"?uploads", "", "Content-Type", "text/plain")
	var begun struct{ Bucket, Key, UploadId string }
	if err := xml.Unmarshal([]byte(text), &begun); err != nil || begun.Bucket != "bucket" || begun.Key != "a/key" || begun.UploadId == "" {
		s.t.Fatalf("%q: %v", text, err)
	}
	return begun.UploadId
}

func completionOf(parts ...string) string {
	text := "<CompleteMultipartUpload>"
	for i := 0; i < len(parts); i += 2 {
		text += "<Part><PartNumber>" + parts[i] + "</PartNumber><ETag>" + parts[i+1] + "</ETag></Part>"
	}
	return text + "</CompleteMultipartUpload>"
}

func TestMultipart(t *testing.T) {
	s := behind(t, Config{})
	const path = "/_flow/s3/bucket/a/key"
	id := s.begin(path)
	at := path + "?uploadId=" + id
	tags := map[string]string{}
	for _, p := range []string{"3 c", "1 aaa", "2 wrong", "2 bb"} { // in any order, the second time counts
		n, body, _ := strings.Cut(p, " ")
		tags[n] = s.want(200, "PUT", at+"&partNumber="+n, body).Header.Get("ETag")
	}
	if tags["1"] != `"`+md5Of("aaa")+`"` {
		t.Errorf("ETag of a part %s", tags["1"])
	}
	s.want(400, "PUT", at+"&partNumber=0", "x")
	s.want(404, "PUT", path+"?partNumber=1&uploadId=other", "x")
	s.want(404, "GET", path, "")
	for _, wrong := range []string{"", "<CompleteMultipartUpload/>", completionOf("1", tags["2"]), completionOf("2", tags["2"], "1", tags["1"]), completionOf("4", tags["1"])} {
		s.want(400, "POST", at, wrong)
	}
	a, text := s.send("POST", at, completionOf("1", tags["1"], "2", strings.Trim(tags["2"], `"`), "3", tags["3"]))
	sums, _ := hex.DecodeString(md5Of("aaa") + md5Of("bb") + md5Of("c"))
	want := `"` + md5Of(string(sums)) + `-3"`
	var done struct{ Location, ETag string }
	if err := xml.Unmarshal([]byte(text), &done); err != nil || a.StatusCode != 200 || done.ETag != want || a.Header.Get("ETag") != want || done.Location != s.base+path {
		t.Errorf("%d %q: %v; want %s", a.StatusCode, text, err, want)
	}
	s.wantBody(path, "aaabbc")
	if h := s.want(200, "HEAD", path, "").Header; h.Get("ETag") != want || h.Get("Content-Type") != "text/plain" {
		t.Errorf("HEAD: %v", h)
	}
	s.want(404, "POST", at, completionOf("1", tags["1"]))
	if st := s.Stats(); st.Objects != 1 {
		t.Errorf("%d things are left, want the object alone", st.Objects)
	}
	if tag := s.want(200, "PUT", path, "plain").Header.Get("ETag"); tag != `"`+md5Of("plain")+`"` {
		t.Errorf("ETag of a plain PUT %s", tag)
	}
	s.want(412, "PUT", path, "x", "If-None-Match", "*")
	s.want(400, "POST", path, "")
}

func TestAbortedMultipart(t *testing.T) {
	s := behind(t, Config{})
	const path = "/_flow/s3/bucket/a/key"
	at := path + "?uploadId=" + s.begin(path)
	s.want(200, "PUT", at+"&partNumber=1", "a")
	s.want(200, "PUT", at+"&partNumber=7", "b")
	s.want(204, "DELETE", at, "")
	s.want(404, "DELETE", at, "")
	s.want(404, "PUT", at+"&partNumber=1", "a")
	s.want(204, "DELETE", path, "") // as in S3
	if st := s.Stats(); st.Objects != 0 {
		t.Errorf("%d things are left", st.Objects)
	}
}

// Of parts that are too large to be kept the sums are right all the same.
func TestMultipartOfLargeParts(t *testing.T) {
	s := behind(t, Config{})
	const path = "/_flow/s3/bucket/a/key"
	at, large := path+"?uploadId="+s.begin(path), strings.Repeat("x", keptWhole+1)
	tag := s.want(200, "PUT", at+"&partNumber=1", large).Header.Get("ETag")
	if tag != `"`+md5Of(large)+`"` {
		t.Errorf("ETag %s", tag)
	}
	s.want(200, "POST", at, completionOf("1", tag))
	if a := s.want(200, "HEAD", path, ""); a.ContentLength != keptWhole+1 {
		t.Errorf("%d bytes", a.ContentLength)
	}
	s.want(410, "GET", path, "")
}

func digestOf(s string) string { return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(s))) }

func TestRegistryUpload(t *testing.T) {
	s := behind(t, Config{})
	const uploads = "/_flow/v2/my/image/blobs/uploads/"
	a := s.want(202, "POST", uploads, "")
	if a.Header.Get("Docker-Upload-UUID") == "" || !strings.HasPrefix(a.Header.Get("Location"), s.base+uploads) || !strings.Contains(a.Header.Get("Location"), "?") {
		t.Errorf("%v", a.Header)
	}
	a = s.want(202, "PATCH", s.follows(a), "hello ", "Content-Range", "0-5")
	if a.Header.Get("Range") != "0-5" {
		t.Errorf("Range %q", a.Header.Get("Range"))
	}
	s.want(416, "PATCH", s.follows(a), "x", "Content-Range", "5-5")
	s.want(204, "GET", s.follows(a), "")
	a = s.want(202, "PATCH", s.follows(a), "wor")
	end := s.follows(a) + "&digest="
	s.want(400, "PUT", end+digestOf("hello wor"), "ld")
	s.want(400, "PUT", s.follows(a), "ld")
	a = s.want(201, "PUT", end+digestOf("hello world"), "ld")
	blob := "/_flow/v2/my/image/blobs/" + digestOf("hello world")
	if s.follows(a) != blob || a.Header.Get("Docker-Content-Digest") != digestOf("hello world") {
		t.Errorf("%v", a.Header)
	}
	s.wantBody(blob, "hello world")
	s.want(404, "PUT", end+digestOf("hello world"), "ld")
	s.want(404, "PATCH", uploads+"other", "x")
	s.want(404, "GET", strings.Replace(blob, ":", ":0", 1), "")
	s.want(201, "POST", uploads+"?digest="+digestOf("at once"), "at once")
	s.want(204, "DELETE", s.follows(s.want(202, "POST", uploads, "")), "")
	s.want(404, "GET", "/_flow/v2/", "")
	if st := s.Stats(); st.Objects != 2 {
		t.Errorf("%d things are left, want two blobs", st.Objects)
	}
}

// Of two chunks that begin at one place one is taken.
func TestRegistryChunksAtOnce(t *testing.T) {
	s := behind(t, Config{})
	at := s.follows(s.want(202, "POST", "/_flow/v2/a/blobs/uploads/", ""))
	first, write := io.Pipe()
	r, _ := http.NewRequest("PATCH", s.base+at, first)
	slow := make(chan int)
	go func() {
		a, err := s.client.Do(r)
		if err != nil {
			slow <- 0
			return
		}
		a.Body.Close()
		slow <- a.StatusCode
	}()
	io.WriteString(write, "lost")
	s.want(202, "PATCH", at, "kept")
	write.Close()
	// Whether its head came before or after the other was done, it cannot come between: it began at the same place or behind.
	got, want := <-slow, digestOf("kept")
	if got == 202 {
		want = digestOf("keptlost")
	} else if got != 416 {
		t.Errorf("the slow chunk: %d", got)
	}
	s.want(201, "PUT", at+"&digest="+want, "")
}

func TestAcceptedWork(t *testing.T) {
	c := Config{Law: Constant(5 * ms), WorkLaw: Constant(100 * ms), RetryAfter: time.Second}
	inVirtualTime(t, c, func(t *testing.T, s served, _ *pipes) {
		a, said := s.told(202, "PUT", "/_flow/accepted/a?n=3", "hello")
		place := s.follows(a)
		if a.Header.Get("Retry-After") != "1" || said["status"] != "running" || said["location"] != place {
			t.Errorf("%v %v", a.Header, said)
		}
		s.want(404, "GET", "/_flow/accepted/a", "")
		if a, said = s.told(202, "GET", place, ""); said["status"] != "running" || a.Header.Get("Retry-After") != "1" {
			t.Errorf("%v %v", a.Header, said)
		}
		time.Sleep(84 * ms)
		s.told(202, "GET", place, "") // answered 5 ms later, a millisecond before the end
		if a, said = s.told(200, "GET", place, ""); said["status"] != "done" || said["ended_ns"] != 105e6 || a.Header.Get("Retry-After") != "" {
			t.Errorf("%v %v", a.Header, said)
		}
		s.wantBody("/_flow/accepted/a", "hello")
		s.want(404, "GET", "/_flow/status/other", "")
		works := s.Works()
		if len(works) != 1 || works[0].Path != "/_flow/accepted/a?n=3" || works[0].Begin != 5*ms || works[0].End != 105*ms || place != "/_flow/status/"+works[0].ID {
			t.Errorf("%+v", works)
		}
		if _, text := s.send("GET", LogPath+"?works=1", ""); text != `{"id":"1","path":"/_flow/accepted/a?n=3","began_ns":5000000,"ended_ns":105000000}`+"\n" {
			t.Errorf("%s", text)
		}
		if s.ResetLog(); len(s.Works()) != 0 {
			t.Error("after a reset there is work")
		}
	})
}

// Without a law of its own, work takes the server's.
func TestWorkTakesTheLaw(t *testing.T) {
	inVirtualTime(t, Config{Law: Constant(5 * ms)}, func(t *testing.T, s served, _ *pipes) {
		s.want(202, "PUT", "/_flow/accepted/a", "x")
		if w := s.Works()[0]; w.End-w.Begin != 5*ms {
			t.Errorf("%+v", w)
		}
	})
}

func TestSessionsExpire(t *testing.T) {
	inVirtualTime(t, Config{SessionTime: 1500 * ms, User: "a:b"}, func(t *testing.T, s served, _ *pipes) {
		a := s.want(401, "PUT", "/_flow/session/a", "x")
		if !strings.HasPrefix(a.Header.Get("WWW-Authenticate"), "Bearer") {
			t.Errorf("%v", a.Header)
		}
		a, said := s.told(200, "POST", "/_flow/login", "", "Authorization", s.auth)
		token := "Bearer " + fmt.Sprint(said["token"])
		set := a.Cookies()
		if len(set) != 1 || set[0].Value != said["token"] || set[0].MaxAge != 2 || set[0].Path != "/_flow/" || said["expires_in"] != 2.0 {
			t.Fatalf("%v %v", set, said)
		}
		s.want(201, "PUT", "/_flow/session/a", "x", "Authorization", token)
		s.want(204, "PUT", "/_flow/session/a", "y", "Cookie", set[0].Name+"="+set[0].Value)
		s.want(401, "PUT", "/_flow/session/a", "y", "Authorization", token+"0")
		s.want(401, "GET", "/_flow/session/a", "", "Authorization", s.auth)
		time.Sleep(1500 * ms)
		s.want(401, "PUT", "/_flow/session/a", "z", "Authorization", token)
	})
}

func TestSessionsAreUsedUp(t *testing.T) {
	s := behind(t, Config{SessionUses: 2})
	_, said := s.told(200, "POST", "/_flow/login", "name=a")
	token := "Bearer " + fmt.Sprint(said["token"])
	s.want(201, "PUT", "/_flow/session/a", "x", "Authorization", token)
	s.want(200, "GET", "/_flow/session/a", "", "Authorization", token)
	s.want(401, "PUT", "/_flow/session/a", "x", "Authorization", token)
	_, again := s.told(200, "POST", "/_flow/login", "name=a")
	if again["token"] == said["token"] {
		t.Error("two logins give one token")
	}
	s.want(204, "PUT", "/_flow/session/a", "x", "Cookie", "session="+fmt.Sprint(again["token"]))
}

func TestPreconditionIsRequired(t *testing.T) {
	s := behind(t, Config{})
	s.want(428, "PUT", "/_flow/guarded/a", "x")
	tag := s.want(201, "PUT", "/_flow/guarded/a", "x", "If-None-Match", "*").Header.Get("ETag")
	s.want(428, "PUT", "/_flow/guarded/a", "y")
	s.want(428, "DELETE", "/_flow/guarded/a", "")
	s.want(412, "PUT", "/_flow/guarded/a", "y", "If-Match", `"other"`)
	if got := s.want(200, "GET", "/_flow/guarded/a", "").Header.Get("ETag"); got != tag {
		t.Errorf("ETag %s, was %s", got, tag)
	}
	s.want(204, "PUT", "/_flow/guarded/a", "y", "If-Match", tag)
	s.want(304, "GET", "/_flow/guarded/a", "", "If-None-Match", s.want(200, "GET", "/_flow/guarded/a", "").Header.Get("ETag"))
	s.want(412, "PUT", "/_flow/guarded/b", "y", "If-Match", tag)
}

func TestRevisions(t *testing.T) {
	s := behind(t, Config{})
	_, said := s.told(201, "PUT", "/_flow/docs/db/a", `{"n": 1}`)
	first := fmt.Sprint(said["rev"])
	if said["ok"] != true || said["id"] != "a" || !strings.HasPrefix(first, "1-") {
		t.Errorf("%v", said)
	}
	for _, wrong := range []string{`{"n": 2}`, `{"_rev": "1-0"}`, `{"_rev": 1}`} {
		if _, said := s.told(409, "PUT", "/_flow/docs/db/a", wrong); said["error"] != "conflict" {
			t.Errorf("%v", said)
		}
	}
	_, said = s.told(201, "PUT", "/_flow/docs/db/a", `{"n": 2, "_rev": "`+first+`"}`)
	second := fmt.Sprint(said["rev"])
	if _, doc := s.told(200, "GET", "/_flow/docs/db/a", ""); doc["n"] != 2.0 || doc["_rev"] != second || doc["_id"] != "a" || !strings.HasPrefix(second, "2-") {
		t.Errorf("%v", doc)
	}
	s.told(409, "PUT", "/_flow/docs/db/a?rev="+first, `{"n": 3}`)
	_, said = s.told(201, "PUT", "/_flow/docs/db/a?rev="+second, `{"n": 3}`)
	_, said = s.told(201, "PUT", "/_flow/docs/db/a", `{"n": 4}`, "If-Match", `"`+fmt.Sprint(said["rev"])+`"`)
	s.told(409, "DELETE", "/_flow/docs/db/a", "")
	s.told(200, "DELETE", "/_flow/docs/db/a?rev="+fmt.Sprint(said["rev"]), "")
	s.told(404, "GET", "/_flow/docs/db/a", "")
	s.told(409, "PUT", "/_flow/docs/db/a?rev="+first, `{}`)
	s.told(400, "PUT", "/_flow/docs/db/a", `[]`)
	s.told(400, "PUT", "/_flow/docs/db/a", `null`)
}

// Of those who write one revision at once one wins, and each winner's revision is counted.
func TestRevisionsRace(t *testing.T) {
	s := behind(t, Config{})
	_, said := s.told(201, "PUT", "/_flow/docs/db/a", `{}`)
	var all sync.WaitGroup
	won := make(chan bool, 20)
	for i := range 20 {
		all.Go(func() {
			a, _ := s.send("PUT", "/_flow/docs/db/a?rev="+fmt.Sprint(said["rev"]), fmt.Sprintf(`{"n": %d}`, i))
			won <- a.StatusCode == 201
		})
	}
	all.Wait()
	n := 0
	for range 20 {
		if <-won {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d won", n)
	}
}

// Each exchange is in the log once, and the manners of all requests hold here too.
func TestFlowsAreLogged(t *testing.T) {
	inVirtualTime(t, Config{Law: Constant(20 * ms), FailShare: .5}, func(t *testing.T, s served, _ *pipes) {
		for i := range 10 {
			s.send("POST", fmt.Sprint("/_flow/items?n=", i), "x")
			s.want(403, "PUT", fmt.Sprint("/_flow/signed/a?n=", i), "x") // refused at once
		}
		s.wantLog(map[int]int64{201: 5, 503: 5, 403: 10})
		held := time.Duration(0)
		for i, e := range s.Log() {
			if held += e.Held(); !strings.HasSuffix(e.Path, fmt.Sprint("?n=", i/2)) {
				t.Errorf("entry %d: %+v", i, e)
			}
		}
		if held != 200*ms {
			t.Errorf("held for %v together", held)
		}
	})
}

// What is kept for flows is bounded, whatever it is.
func TestMemoryOfFlowsIsBounded(t *testing.T) {
	const keep = 8 << 20
	before := live()
	s := behind(t, Config{Keep: keep, LogLimit: 1})
	body := strings.Repeat("x", 1000)
	for i := range 1500 {
		s.send("POST", "/_flow/items", body)
		s.send("POST", "/_flow/login", body)
		s.send("POST", "/_flow/s3/bucket/key?uploads", body)
		s.send("PUT", fmt.Sprint("/_flow/accepted/", i), body)
	}
	if took := live() - before; took > keep {
		t.Errorf("%d KiB", took>>10)
	}
}

// A body that is cut leaves nothing.
func TestCutPartLeavesNothing(t *testing.T) {
	s := behind(t, Config{})
	at := s.follows(s.want(202, "POST", "/_flow/v2/a/blobs/uploads/", ""))
	r, _ := http.NewRequest("PATCH", s.base+at, io.MultiReader(strings.NewReader("half"), errReader{}))
	if a, err := s.client.Do(r); err == nil {
		t.Errorf("%v", a)
	}
	s.want(201, "PUT", at+"&digest="+digestOf("whole"), "whole")
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
