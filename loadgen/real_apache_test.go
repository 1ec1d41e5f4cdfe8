//go:build unix

package loadgen

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"shotput/loadgen/header"
	"shotput/loadgen/request"

	"shotput/putserver/realtest"
)

// davApache keeps what was put, and asks for ann's password in two of its folders.
const davApache = `
<Location />
	DAV On
</Location>
<Location /basic>
	AuthType Basic
	AuthName r
	AuthUserFile DIR/users
	Require valid-user
</Location>
<Location /digest>
	AuthType Digest
	AuthName r
	AuthUserFile DIR/digests
	Require valid-user
</Location>
CustomLog DIR/access.log short
`

func TestRealApacheAsksForAPassword(t *testing.T) {
	realtest.Long(t, "it keeps servers that are not ours at work with thousands of requests")
	address, dir := realtest.Apache(t, davApache)
	url := "http://" + address
	plan := deed{plan: Plan{Request: request.Spec{URL: url + "/basic/{{seq}}", Auth: request.Auth{User: "ann:p:w"}}}, want: "1000 × 201 Created", engine: "wire"}.do(t)
	wantFiles(t, plan, filepath.Join(dir, "www/basic"))
	deed{plan: Plan{Request: request.Spec{URL: url + "/basic/new{{seq}}", Auth: request.Auth{User: "ann:p"}}, NoPreflight: true}, want: all1000("401 Unauthorized"), engine: "wire"}.do(t)
	if kept, _ := filepath.Glob(filepath.Join(dir, "www/*/new*")); len(kept) > 0 {
		t.Errorf("%d files are kept that came with a wrong password", len(kept))
	}
}

func TestRealApacheHoldsConditions(t *testing.T) {
	realtest.Long(t, "it keeps servers that are not ours at work with thousands of requests")
	address, dir := realtest.Apache(t, davApache)
	if err := os.Chmod(filepath.Join(dir, "www"), 0o777); err != nil {
		t.Fatal(err)
	}
	url := "http://" + address + "/{{seq}}"
	condition := func(name, value string) []header.Line { return []header.Line{{Name: name, Value: value}} }
	failed := all1000("412 Precondition Failed")
	deed{plan: Plan{Request: request.Spec{URL: url, Header: condition("If-Match", "*")}, NoPreflight: true}, want: failed, engine: "wire"}.do(t)
	plan := deed{plan: Plan{Request: request.Spec{URL: url, Header: condition("If-None-Match", "*")}}, want: "1000 × 201 Created", engine: "wire"}.do(t)
	for _, h := range [][]header.Line{condition("If-None-Match", "*"), condition("If-Match", `"nobody-has-{{seq}}"`)} {
		deed{plan: Plan{Request: request.Spec{URL: url, Header: h}, Load: Load{Seed: 2}, NoPreflight: true}, want: failed, engine: "wire"}.do(t)
	}
	stored := func(k int64) ([]byte, error) { return os.ReadFile(filepath.Join(dir, "www", fmt.Sprint(k))) }
	wantStored(t, plan, stored)
	plan = deed{plan: Plan{Request: request.Spec{URL: url, Header: condition("If-Match", "*")}, Load: Load{Seed: 3}}, want: "1000 × 204 No Content", engine: "wire"}.do(t)
	wantStored(t, plan, stored)
}
