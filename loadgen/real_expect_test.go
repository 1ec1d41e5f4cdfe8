//go:build unix

package loadgen

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"shotput/loadgen/request"
	"shotput/loadgen/transport"

	"shotput/putserver/realtest"
	"shotput/stats"
)

// Servers say 100 when they want a body, and those that refuse it by its head alone never have it.
func TestRealServersAreAskedFirst(t *testing.T) {
	realtest.Long(t, "it keeps servers that are not ours at work with thousands of requests")
	nginx, nginxDir := realtest.Nginx(t, dav+`location /small/ { dav_methods PUT; client_max_body_size 1k; }`)
	apache, apacheDir := realtest.Apache(t, davApache)
	for _, c := range []struct{ name, wanted, folder, user, refused, why string }{
		{"nginx", "http://" + nginx + "/objects/", filepath.Join(nginxDir, "www/objects"), "",
			"http://" + nginx + "/small/", "413 Request Entity Too Large"},
		{"apache", "http://" + apache + "/basic/", filepath.Join(apacheDir, "www/basic"), "ann:p:w",
			"http://" + apache + "/digest/", "401 Unauthorized"},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := deed{plan: Plan{Request: request.Spec{URL: c.wanted + "{{seq}}", Auth: request.Auth{User: c.user}}, Transport: transport.Spec{ExpectContinue: true}}, want: "1000 × 201 Created", engine: "wire"}
			plan, run := want.fire(t)
			wantFiles(t, plan, c.folder)
			if e := saidToExpect(t, run); e.Waited.Count != 1000 || e.Saved != 0 || e.Ignored != 0 {
				t.Errorf("of 1000 wanted bodies: %+v", e)
			}
			refuse := deed{plan: Plan{Request: request.Spec{URL: c.refused + "{{seq}}"}, Transport: transport.Spec{ExpectContinue: true}, NoPreflight: true}, want: all1000(c.why), engine: "wire", opened: 1000}
			_, run = refuse.fire(t)
			if e := saidToExpect(t, run); e.Waited.Count != 0 || e.Saved != 1000 || e.SavedBytes < 2_000_000 || run.Totals.BodyBytesSent != 0 {
				t.Errorf("of 1000 refused bodies, with %d bytes sent: %+v", run.Totals.BodyBytesSent, e)
			}
		})
	}
}

// expectations are what a saved run tells of Expect: 100-continue.
type expectations struct {
	Waited         struct{ Count int64 }
	Saved, Ignored int64
	SavedBytes     int64 `json:"saved_bytes"`
}

func saidToExpect(t *testing.T, run *stats.Run) expectations {
	t.Helper()
	saved, err := json.Marshal(run)
	if err != nil {
		t.Fatal(err)
	}
	var said struct {
		ExpectContinue expectations `json:"expect_continue"`
	}
	if err := json.Unmarshal(saved, &said); err != nil {
		t.Fatal(err)
	}
	return said.ExpectContinue
}
