package saved

import "testing"

func TestRead(t *testing.T) {
	for text, want := range map[string]Document{
		`{"schema":"shotput/verify/1","findings":[{"check":"create","force":"MUST","result":"broken"}]}`:         {What: "a verification", Failed: true},
		`{"schema":"shotput/verify/1","findings":[{"check":"create","force":"MUST","result":"could not tell"}]}`: {What: "a verification", Open: "not judged: no check could tell anything"},
		`{"schema":"shotput/verify/1","findings":[{"check":"create","force":"MUST","result":"holds"}]}`:          {What: "a verification"},
		`{"schema":"shotput/compare/1","verdict":"pass"}`:                                                        {What: "a comparison"},
		`{"schema":"shotput/compare/1","verdict":"regression"}`:                                                  {What: "a comparison", Failed: true},
		`{"schema":"shotput/compare/1","verdict":"unjudged"}`:                                                    {What: "a comparison", Open: "nothing can be said: not judged"},
		`{"schema":"shotput/trials/1","kind":"trend","groups":[{"verdict":"changed","places":[]}]}`:              {What: "a trend"},
	} {
		d, err := Read([]byte(text))
		if err != nil || d.What != want.What || d.Failed != want.Failed || d.Open != want.Open {
			t.Errorf("%s: %+v, %v", text, d, err)
		}
	}
	for _, run := range []string{"", "{}", `{"schema":"shotput/run/2"}`, "[]", "{} {}"} {
		if d, err := Read([]byte(run)); d != nil || err != nil {
			t.Errorf("%s: %+v, %v", run, d, err)
		}
	}
	for _, broken := range []string{`{"schema":"shotput/verify/1","findings":[{"result":"maybe"}]}`, `{"schema":"shotput/verify/1","findings":1}`,
		`{"schema":"shotput/trials/1","kind":"dream"}`, `{"schema":"shotput/trials/1","kind":"trend"}`, `{"schema":"shotput/trials/1","kind":"curve"}`,
		`{"schema":"shotput/trials/1","kind":"capacity"}`, `{"schema":"shotput/compare/1"}`} {
		if _, err := Read([]byte(broken)); err == nil {
			t.Errorf("%s is read", broken)
		}
	}
}
