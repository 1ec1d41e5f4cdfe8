package verify

import (
	"context"
	"net/http"
	"path"
	"slices"
	"strings"
	"testing"
)

// A tree is a server with folders, which it makes when something is put into them and keeps when it is taken out. A name
// that ends as a folder does is refused to PUT, and a long one to everybody.
type tree struct {
	files, folders map[string]bool
	busy           int // answers to DELETE that ask to come again
}

func (s *tree) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := path.Clean(r.URL.Path)
	isFolder := strings.HasSuffix(r.URL.Path, "/")
	there := !isFolder && s.files[name] || isFolder && s.folders[name]
	switch {
	case len(name) > 255:
		w.WriteHeader(http.StatusForbidden)
	case r.Method == http.MethodPut && (isFolder || s.folders[name]):
		w.WriteHeader(http.StatusConflict)
	case r.Method == http.MethodPut:
		s.files[name] = true
		if up := path.Dir(name); up != "/" {
			s.folders[up] = true
		}
		w.WriteHeader(http.StatusCreated)
	case r.Method == http.MethodDelete && s.busy > 0:
		s.busy--
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	case isFolder && s.files[name] && r.Method == http.MethodDelete:
		w.WriteHeader(http.StatusConflict)
	case isFolder && s.files[name]: // shown under either name
	case !there:
		w.WriteHeader(http.StatusNotFound)
	case r.Method == http.MethodDelete && isFolder:
		delete(s.folders, name)
	case r.Method == http.MethodDelete:
		delete(s.files, name)
	}
}

// Folders that a server made of an odd name were left behind, and names that it had refused were told of as left.
func TestCleanUpLeavesNothing(t *testing.T) {
	s := &tree{files: map[string]bool{}, folders: map[string]bool{}, busy: 2}
	bubble(t, func(ctx context.Context) {
		r := Run(ctx, handled{s}, Options{Prefix: "v-", Only: []string{"create"}})
		p := &Probe{server: handled{s}, options: &Options{Prefix: "v-"}, report: r, check: &oddNames[0]}
		for _, odd := range spellings(p) {
			p.Put(ctx, odd.name, odd.body)
		}
		r.cleanUp(ctx, handled{s}, &Options{Prefix: "v-"})
		if len(s.files) > 0 || len(s.folders) > 0 {
			t.Errorf("left are %v and %v", s.files, s.folders)
		}
		for _, name := range r.Created {
			if !slices.Contains(r.Removed, name) {
				t.Errorf("%.40s counts as left", name)
			}
		}
		if r.Stopped != "" {
			t.Errorf("stopped by %q", r.Stopped)
		}
	})
}
