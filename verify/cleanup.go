package verify

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
)

// cleaning is how long the deleting of what was created may take: the run's own time may be over.
const cleaning = 20 * time.Second

// cleanUp deletes exactly what was created: names that were written, the last first, then folders that a server made
// of them by itself. Removed are those of which nothing is there any more.
func (r *Report) cleanUp(ctx context.Context, s Server, o *Options) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleaning)
	defer cancel()
	found := r.Stopped // a server that has no time for deleting changes nothing in what was found
	r.Stopped = ""
	p := &Probe{server: s, options: o, report: r, check: &Check{}, muted: true}
	latest := slices.Clone(r.Created)
	slices.Reverse(latest)
	left := r.removeAll(ctx, p, latest)
	r.removeAll(ctx, p, left) // again: one may have been there only by another that was deleted after it
	for _, folder := range foldersOf(r.Created) {
		if r.Stopped != "" || ctx.Err() != nil {
			break
		}
		if a := p.obey(ctx, Request{Method: http.MethodHead, Name: folder}); a.Status == 0 || isGone(&a) {
			continue
		}
		if a := p.obey(ctx, Request{Method: http.MethodDelete, Name: folder}); a.OK() {
			r.Created, r.Removed = append(r.Created, folder), append(r.Removed, folder)
		}
	}
	r.Stopped = found
}

// removeAll deletes names, and gives those that are left.
func (r *Report) removeAll(ctx context.Context, p *Probe, names []string) (left []string) {
	for _, name := range names {
		if r.Stopped == "" && ctx.Err() == nil && r.remove(ctx, p, name) {
			r.Removed = append(r.Removed, name)
		} else {
			left = append(left, name)
		}
	}
	return left
}

// remove deletes a name, and says whether nothing is there any more. A name that every PUT was refused for may be
// refused for DELETE and GET as well.
func (r *Report) remove(ctx context.Context, p *Probe, name string) bool {
	if a := p.obey(ctx, Request{Method: http.MethodDelete, Name: name}); a.OK() || isGone(&a) {
		return true
	}
	a := p.obey(ctx, p.reading(http.MethodGet, name))
	return isGone(&a) || a.Status >= 400 && !r.wrote[name]
}

// foldersOf are the folders below the run's prefix that names lie in, if a server takes them for paths; the innermost
// first. One with a segment of dots is another by its path.
func foldersOf(names []string) (folders []string) {
	for _, name := range names {
		path := strings.ReplaceAll(name, "%2F", "/")
		for i := range path {
			folder := path[:i+1]
			isDots := strings.Contains(folder, "/.") || strings.Contains(folder, "/%2e")
			if path[i] == '/' && !isDots && !slices.Contains(names, folder) && !slices.Contains(folders, folder) {
				folders = append(folders, folder)
			}
		}
	}
	slices.SortFunc(folders, func(a, b string) int { return len(b) - len(a) })
	return folders
}
