package verify

import (
	"context"
	"net/http"
)

// puts are what PUT does.
var puts = []Check{
	{Name: "create", Group: "put", Title: "a PUT of a new name answers 201",
		Clause: "RFC 9110 §9.3.4", Force: Must, run: create,
		Why:  "A client cannot tell what it made from what it replaced.",
		Mend: "Answer 201 Created when the name was not there, 200 or 204 when it was."},
}

func create(ctx context.Context, p *Probe) Verdict {
	a := p.Put(ctx, p.Name(), p.Body(1, 64))
	switch {
	case a.Status == http.StatusCreated:
		return holds("201")
	case a.Status == http.StatusAccepted:
		return differs("answered 202: the object may come later").saw(a.Status)
	case a.OK():
		return broken("answered %d %s, which is for what was there before", a.Status, a.Reason).saw(a.Status)
	}
	return refused("the PUT", &a)
}
