package exact

import "testing"

func TestTextsComeBackAsTheyWere(t *testing.T) {
	for _, text := range []string{"", "plain", "größer", "gr\xf6\xdfer", "\xff", "\x00"} {
		whole, raw := Split(text)
		if whole != "" && raw != nil {
			t.Errorf("%q is split into both", text)
		}
		if got := Join(whole, raw); got != text {
			t.Errorf("%q comes back as %q", text, got)
		}
	}
}

func TestAnUnknownFieldIsRefused(t *testing.T) {
	var into struct{ A int }
	if err := Read([]byte(`{"A": 1}`), &into); err != nil || into.A != 1 {
		t.Errorf("%+v, %v", into, err)
	}
	if Read([]byte(`{"A": 1, "B": 2}`), &into) == nil {
		t.Error("a field that is not known is passed over")
	}
}
