package loadgen

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/pack"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/text"
)

// filesToPack writes one file of each kind that a plan names into a new folder; large are too large to travel whole.
func filesToPack(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range map[string]string{
		"body.json": `{"a":1}`, "lines.txt": "one\ntwo\r\nthree", "keys.txt": "k1\nk2\nk3\n",
		"users.csv":   "name,id\nann,1\n\"b,b\",2\n",
		"urls.txt":    "http://h/1?a\nhttps://g/2\n",
		"users.jsonl": "{\"a\":{\"b\":\"x\"}}\n{\"a\":{\"b\":2}}\n", "sizes.csv": "100,3\n2000\n", "empty": "",
		"photo.png":     "png",
		"folder/a.json": "first", "folder/b.txt": "", "folder/sub/c.txt": "not sent", "key.pem": "the key itself",
		"large.bin": strings.Repeat("0123456789abcdef", pack.Largest/16+1), "great/a": "small",
		"great/b": strings.Repeat("x", pack.Largest+1),
	} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(content),
			0o600)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// plansToPack are plans that name the files, with texts that differ from request to request.
func plansToPack(dir string) map[string]Plan {
	at := func(name string) string { return filepath.Join(dir, name) }
	plans := map[string]Plan{}
	for name, b := range map[string]request.Body{
		"text": {Text: "caf\xe9 {{uuid}} {{seq}}"}, "data": {Data: []byte("\x00\xff")}, "nothing": {Data: []byte{}},
		"file": {File: at("body.json")}, "large file": {File: at("large.bin")}, "empty file": {File: at("empty")},
		"lines": {Lines: at("lines.txt")}, "folder": {Dir: at("folder")}, "great folder": {Dir: at("great")},
		"size": {Size: 300}, "law": {Sizes: "1..2KiB"}, "sizes of a file": {Sizes: "file:" + at("sizes.csv")},
		"form": {Form: []request.Part{{Name: "photo", File: at("photo.png")}, {Name: "t", Text: "\xe9{{seq}}",
			Header: []header.Line{{Name: "X-P", Value: "{{key}}"}}}}},
		"form of a folder": {Dir: at("folder"), Form: []request.Part{{Name: "f", File: "{{file}}"}}},
	} {
		p := Plan{Request: request.Spec{URL: "http://h/{{seq}}/{{key}}?r={{randHex 8}}&n={{csv \"name\"}}", Body: b,
			Header: []header.Line{{Name: "X-Now", Value: "{{now}}"}, {Name: "X-Old", Value: "caf\xe9"}}},
			Values: text.Values{Keys: text.Keys{File: at("keys.txt"), Dist: "uniform"},
				Rows: text.Rows{CSV: at("users.csv"), Order: "random"}},
			Load: Load{Seed: 7}}
		if b.File != "" || b.Dir != "" {
			p.Request.Header = append(p.Request.Header, header.Line{Name: "X-File", Value: "{{file}}"})
		}
		plans[name] = p
	}
	json := Plan{Request: request.Spec{URL: "http://h/{{json .a.b}}"},
		Values: text.Values{Rows: text.Rows{JSONL: at("users.jsonl")}}}
	plans["json lines"] = json
	plans["several"] = Plan{Values: json.Values, Mix: []Request{
		{Name: "a", Weight: 3, Request: request.Spec{URL: "http://h/a{{seq}}",
			Body: request.Body{File: at("body.json")}}},
		{Name: "b", Request: request.Spec{URL: "http://h/{{json .a.b}}", Body: request.Body{Dir: at("folder")}}}}}
	return plans
}

// bytesOf gives the first 50 requests of a plan, as bytes.
func bytesOf(t *testing.T, p Plan) string {
	t.Helper()
	p = p.WithDefaults()
	m, err := newMixture(&p, time.Unix(1e9, 0), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	var all bytes.Buffer
	for k := range int64(50) {
		body, length := m.of(k).Body(k, time.Millisecond)
		all.Write(m.of(k).AppendHead(nil, k, time.Millisecond, length))
		if _, err := io.Copy(&all, body); err != nil {
			t.Fatal(err)
		}
		body.Close()
	}
	return all.String()
}

// sent is a packed plan as who it is sent to reads it.
func sent(t *testing.T, p Packed) (read Packed) {
	t.Helper()
	b, err := json.Marshal(p)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &read); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(read, p) {
		t.Errorf("what was read is another plan than the one packed: %s", b)
	}
	return read
}

// A packed plan sends the same bytes where it is unpacked, and whatever became of the small files that it was made of.
func TestPackedPlansSendTheSame(t *testing.T) {
	t.Parallel()
	dir := filesToPack(t)
	plans := plansToPack(dir)
	want, packed := map[string]string{}, map[string]Packed{}
	for name, p := range plans {
		want[name] = bytesOf(t, p)
		var err error
		if packed[name], err = Pack(p); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	for _, gone := range []string{"body.json", "lines.txt", "keys.txt", "users.csv", "users.jsonl",
		"sizes.csv", "photo.png", "folder"} {
		if err := os.RemoveAll(filepath.Join(dir, gone)); err != nil {
			t.Fatal(err)
		}
	}
	for name := range plans {
		there := filepath.Join(t.TempDir(), "new")
		p, err := sent(t, packed[name]).Unpack(there)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := bytesOf(t, p); got != want[name] {
			t.Errorf("%s: sends %.300q, and %.300q where it was packed", name, got, want[name])
		}
	}
}

// What is unpacked leaves the packed plan as it was: it can be unpacked again, elsewhere.
func TestUnpackTwice(t *testing.T) {
	p := plansToPack(filesToPack(t))["several"]
	packed, err := Pack(p)
	if err != nil {
		t.Fatal(err)
	}
	var firsts []string
	for range 2 {
		got, err := packed.Unpack(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		firsts = append(firsts, got.Mix[0].Request.Body.File)
	}
	if firsts[0] == firsts[1] || packed.Plan.Mix[0].Request.Body.File != p.Mix[0].Request.Body.File {
		t.Errorf("unpacked to %v, from %s", firsts, packed.Plan.Mix[0].Request.Body.File)
	}
	form := plansToPack(filesToPack(t))["form"]
	before := form.Request.Body.Form[0].File
	if packed, err = Pack(form); err != nil {
		t.Fatal(err)
	}
	there := t.TempDir()
	if _, err = packed.Unpack(there); err != nil || form.Request.Body.Form[0].File != before {
		t.Fatalf("%v, and the form's file is %s, was %s", err, form.Request.Body.Form[0].File, before)
	}
	if _, err = packed.Unpack(there); err == nil {
		t.Error("files are unpacked over others")
	}
}

// Every field that names a file is packed.
func TestAllFilesOfAPlanArePacked(t *testing.T) {
	dir := filesToPack(t)
	at := func(name string) string { return filepath.Join(dir, name) }
	p := Plan{
		Request: request.Spec{URLs: at("urls.txt"), Body: request.Body{File: at("body.json"), Sizes: "file:" + at("sizes.csv"),
			Lines: at("lines.txt"), Dir: at("folder"),
			Form: []request.Part{{Name: "t", Text: "x"}, {File: at("photo.png")}}}},
		Mix: []Request{{}, {Request: request.Spec{Body: request.Body{File: at("empty")}}}},
		Values: text.Values{Keys: text.Keys{File: at("keys.txt")}, Rows: text.Rows{CSV: at("users.csv"),
			JSONL: at("users.jsonl")}},
		Route: route.Spec{TLS: route.TLS{CACert: at("key.pem"), Cert: at("great/a"), Key: at("large.bin")}},
	}
	var fields []string
	renameFiles(&p, func(place pack.Place) string {
		fields = append(fields, place.Field)
		return place.Path
	})
	want := []string{"urls", "body file", "body sizes", "form part 2 file", "body lines", "body dir",
		"requests[1].body file", "keys file", "csv", "jsonl", "cacert", "cert", "key"}
	if !slices.Equal(fields, want) {
		t.Errorf("files are packed of %q, want %q", fields, want)
	}
	packed, err := Pack(p)
	if err != nil || len(packed.Files) != len(want)+1 { // two in the folder
		t.Fatalf("%v, %v", packed.Files, err)
	}
	there := t.TempDir()
	got, err := packed.Unpack(there)
	if err != nil || got.Request.Body.Dir == p.Request.Body.Dir || !strings.HasPrefix(got.Route.TLS.Cert,
		there) || got.Route.TLS.Key != at("large.bin") {
		t.Errorf("%+v, %v", got, err)
	}
	if info, err := os.Stat(got.Route.TLS.CACert); err != nil || info.Mode().Perm()&0o077 != 0 &&
		os.PathSeparator == '/' {
		t.Errorf("a key that was unpacked can be read by others: %v, %v", info, err)
	}
}

// What cannot be packed is a fault that names its field.
func TestPackFaults(t *testing.T) {
	strange := t.TempDir()
	if err := os.WriteFile(filepath.Join(strange, "caf\xe9"), nil, 0o600); err != nil {
		t.Skip(err) // not every system has such names
	}
	byRow := request.Body{File: `{{csv "file"}}`}
	p := Plan{Mix: []Request{{Request: request.Spec{Body: request.Body{Dir: strange}}}, {Request: request.Spec{Body: byRow}}},
		Request: request.Spec{URL: "http://h/\xff", Body: request.Body{File: filepath.Join(t.TempDir(),
			"none"), Dir: t.TempDir()}},
		Route: route.Spec{UnixSocket: "\xe9", Env: route.Env{"http_proxy": "\xe9"}}}
	_, err := Pack(p)
	for _, want := range []string{`request.url "10 bytes": is no UTF-8`,
		`route.unix_socket "1 bytes": is no UTF-8`, `route.env.http_proxy "1 bytes": is no UTF-8`,
		`files.0.name "4 bytes": is no UTF-8`, "body file ", "no such file", "body dir ", "has no files in it",
		"requests[1].body file \"{{csv \\\"file\\\"}}\": is a file for each row"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %v", want, err)
		}
	}
	var one *fault.Fault
	if !errors.As(err, &one) {
		t.Errorf("%T is no fault", err)
	}
}

// Neither a plan's secrets nor what is in its files is printed with it.
func TestPackedPlansAreNotPrinted(t *testing.T) {
	dir := filesToPack(t)
	packed, err := Pack(Plan{Request: request.Spec{Auth: request.Auth{User: "ann:the password"}},
		Route: route.Spec{TLS: route.TLS{Key: filepath.Join(dir, "key.pem")}}})
	if err != nil {
		t.Fatal(err)
	}
	key := fmt.Sprintf("%d", []byte("the key"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{packed, &packed, packed.Files, packed.Files[0], struct{ P Packed }{packed}} {
			if s := fmt.Sprintf(verb, v); strings.Contains(s, "the ") || strings.Contains(s,
				key[1:len(key)-1]) || strings.Contains(s, "746865") {
				t.Errorf("%s of %T gives %s", verb, v, s)
			}
		}
	}
	if packed.String() != "a packed plan with 1 files, 1 of them whole" {
		t.Error(packed.String())
	}
}

// Whatever is read as a packed plan is written and read as the same.
func FuzzPacked(f *testing.F) {
	f.Add([]byte(`{"form":"shotput/plan/1","plan":{"request":{"url":"http://h/","body":{"data":""}},` +
		`"load":{"start":"2026-01-02T03:04:05.6Z"}}}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var p, read Packed
		if json.Unmarshal(b, &p) != nil {
			return
		}
		written, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &read); err != nil {
			t.Fatalf("%v in %s", err, written)
		}
		rewritten, err := json.Marshal(read)
		if err != nil || !bytes.Equal(written, rewritten) {
			t.Errorf("%s is written anew as %s (%v)", written, rewritten, err)
		}
		_ = read.String()
	})
}
