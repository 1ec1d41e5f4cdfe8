package flows

import (
	"hash"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// methods are what may be done with a resource; HEAD is GET's.
type methods map[string]func(*Exchange) Answer

// An endpoint is one kind of resource.
type endpoint struct {
	kind    string // the first segment of its names, with a slash where more must follow; of v2 registryKind's word
	Path    string // behind Path, as people write it
	Does    string // in one line
	methods methods
	ownAuth bool                        // it asks for credentials of its own
	check   func(x *Exchange) *Answer   // what the head alone deserves; may be nil
	sum     func(x *Exchange) hash.Hash // what its body is summed with; may be nil
}

var endpoints = []endpoint{
	{kind: "items", Path: "items", Does: "POST creates: 201, Location and id",
		methods: methods{"POST": create}},
	{kind: "items/", Path: "items/ID", Does: "PUT, GET, DELETE of what was created; else 404",
		methods: methods{"GET": read, "PUT": replace, "DELETE": remove}},
	{kind: "presign/", Path: "presign/NAME", Does: "GET or POST: JSON with a signed url",
		methods: methods{"GET": presign, "POST": presign}},
	{kind: "signed/", Path: "signed/NAME?…", Does: "PUT by such a URL; else, or too late, 403",
		methods: methods{"GET": read, "PUT": put}, check: signed, ownAuth: true},
	{kind: "s3/", Path: "s3/BUCKET/KEY", Does: "multipart upload as in S3, and PUT, GET, DELETE",
		methods: methods{"GET": read, "PUT": putObject, "POST": postObject, "DELETE": deleteObject}, sum: sumMD5},
	{kind: "v2 uploads", Path: "v2/NAME/blobs/uploads/", Does: "POST begins an upload, as registries: 202",
		methods: methods{"POST": beginUpload}, sum: sumSHA256},
	{kind: "v2 upload", Path: "…/uploads/ID", Does: "PATCH adds; PUT ?digest=sha256:… ends it: 201",
		methods: methods{"GET": uploadStatus, "PATCH": appendUpload, "PUT": endUpload, "DELETE": remove},
		check:   checkUpload, sum: sumUpload},
	{kind: "v2 blob", Path: "v2/NAME/blobs/DIGEST", Does: "GET of what was uploaded",
		methods: methods{"GET": readBlob}},
	{kind: "accepted/", Path: "accepted/NAME", Does: "PUT: 202, Location of a status",
		methods: methods{"GET": readAccepted, "PUT": accept}},
	{kind: "status/", Path: "status/ID", Does: "GET: 202 running, 200 done",
		methods: methods{"GET": status}},
	{kind: "login", Path: "login", Does: "POST: JSON token and cookie",
		methods: methods{"POST": login}},
	{kind: "session/", Path: "session/NAME", Does: "PUT, GET, DELETE with either; else 401",
		methods: methods{"GET": read, "PUT": put, "DELETE": remove}, check: inSession, ownAuth: true},
	{kind: "guarded/", Path: "guarded/NAME", Does: "PUT, DELETE: 428 without If-Match or its like",
		methods: methods{"GET": read, "PUT": put, "DELETE": remove}, check: guarded},
	{kind: "docs/", Path: "docs/DB/ID", Does: "PUT of JSON with the _rev it replaces; else 409",
		methods: methods{"GET": readDoc, "PUT": putDoc, "DELETE": deleteDoc}},
}

var byKind = func() map[string]*endpoint {
	all := map[string]*endpoint{}
	for i := range endpoints {
		all[endpoints[i].kind] = &endpoints[i]
	}
	return all
}()

// A Kind is what an endpoint is, for people.
type Kind struct{ Path, Does string }

// Kinds are all that there are, in the order in which a reader may want them.
func Kinds() (all []Kind) {
	for i := range endpoints {
		all = append(all, Kind{endpoints[i].Path, endpoints[i].Does})
	}
	return all
}

func (e *endpoint) allow() string {
	all := slices.Sorted(maps.Keys(e.methods))
	if e.methods[http.MethodGet] != nil {
		all = append(all, http.MethodHead)
	}
	return strings.Join(append(all, http.MethodOptions), ", ")
}
