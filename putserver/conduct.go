package putserver

import "net/url"

// A conduct is what the server does at those points of a request's stay at which it can be told to be wrong (see
// Wrong). They stand in the order in which a request comes by.
type conduct struct {
	hear  func(v *visit)                 // its head has come; may be nil
	name  func(u *url.URL) string        // of the object that it is about
	early func(v *visit) bool            // whether a refusal is worth more than the connection
	cut   func(v *visit)                 // its body, a PUT's, ended before its end: v.object is what came; may be nil
	store func(v *visit) int             // v.object is to be stored, if its conditions hold: 201, 204 or 412
	look  func(v *visit) *object         // the object to be read, nil if there is none
	tag   func(o *object) string         // the object's ETag now
	last  func(v *visit, status int) int // the answer is about to go: its status; may be nil
	mute  bool                           // 100 (Continue) is not said
}

// right is the conduct that the standard asks for.
func right() conduct {
	return conduct{
		name:  nameOf,
		early: saves,
		store: func(v *visit) int { return v.store.put(v.object, v.r) },
		look:  func(v *visit) *object { return v.store.get(v.name) },
		tag:   func(o *object) string { return o.etag },
	}
}
