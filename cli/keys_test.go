package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A key that is not opened is told of before anything is sent, with what is the matter, and without the password.
func TestLockedKeys(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.env = append(b.env, "KEY_PASSWORD=s3cret")
	for _, c := range []struct {
		line, says string
		sends      bool
	}{
		{"-E client.pem --key legacy.key", "error: --pass: is missing: the key in legacy.key has a password", false},
		{"-E client.pem --key pkcs8.key", "error: --pass: is missing: the key in pkcs8.key has a password", false},
		{"-E client.p12 --cert-type P12", "error: --pass: is missing: the key in client.p12 has a password", false},
		{"-E client.pem:hunter2 --key legacy.key", "error: --pass: does not open the key in legacy.key", false},
		{"-E client.pem --pass hunter2 --key pkcs8.key", "error: --pass: does not open the key in pkcs8.key", false},
		{"-E client.p12:hunter2 --cert-type P12", "error: --pass: does not open the key in client.p12", false},
		{"-E client.pem --cert-type P12 --pass hunter2", `error: -E "client.pem": is no PKCS#12 that can be read`, false},
		{"-E client.p12 --cert-type DER --pass hunter2", `error: --cert-type "DER": is none of PEM, P12`, false},
		{"-E client.p12:hunter2 --cert-type P12 --key client.key", `error: --key "client.key": is a second key`, false},
		{"-E client.p12:s3cret", `error: -E "client.p12": is PKCS#12, and not PEM`, false},
		{"-E :hunter2", "it is empty", false},
		{"-E client.pem --key pkcs8.key --pass env:KEY_PASSWORD", "201 Created", true},
		{"-E client.pem --key client.key --pass env:KEY_PASSWORD", "201 Created", true}, // that has none
	} {
		said := b.say("shotput -k --once " + c.line + " $HTTPS/a")
		if sent := b.sent(); !strings.Contains(said, c.says) || strings.Contains(said, "hunter2") || (sent != "") != c.sends {
			t.Errorf("%s sent %q, and says\n%s", c.line, sent, said)
		}
		if _, try, found := strings.Cut(said, "--pass: is missing"); found {
			try = triedAs.FindStringSubmatch(try)[1]
			if again := b.say(strings.ReplaceAll(try, "$HTTPS", b.https())); !strings.Contains(again, "201 Created") || b.sent() == "" {
				t.Errorf("%s: %s says\n%s", c.line, try, again)
			}
		}
	}
	dry := b.say("shotput -k --dry-run -E client.p12:s3cret --cert-type P12 $HTTPS/a")
	if !strings.Contains(dry, `-E client.p12 --cert-type P12 --pass "$SHOTPUT_PASS"`) && !strings.Contains(dry, `--pass "$SHOTPUT_PASS"`) || strings.Contains(dry, "s3cret") || !strings.Contains(dry, "requests has no --pass, --cert-type") {
		t.Errorf("the dry run says\n%s", dry)
	}
	b.say("shotput -s -k -n 1 -E client.p12:s3cret --cert-type P12 -o run.json $HTTPS/a")
	if saved, err := os.ReadFile(filepath.Join(b.dir, "run.json")); err != nil || strings.Contains(string(saved), "s3cret") {
		t.Errorf("%v; the saved run is\n%s", err, saved)
	}
	if err := os.WriteFile(filepath.Join(b.dir, "plan.yaml"), []byte("url: ${HTTPS}/a\ninsecure: true\ncert: client.p12\ncert-type: P12\npass: env:KEY_PASSWORD\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := b.say("cd / && shotput run " + filepath.Join(b.dir, "plan.yaml") + " --once"); !strings.Contains(said, "201 Created") {
		t.Errorf("a plan file says\n%s", said)
	}
}

// https is the recorder's URL over TLS.
func (b *bench) https() string {
	for _, setting := range b.env {
		if url, ok := strings.CutPrefix(setting, "HTTPS="); ok {
			return url
		}
	}
	panic("the recorder says where it is")
}
