package main

import (
	"fmt"
	"go/ast"
	"go/build"
	"go/types"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
)

// A room is one package without its tests, read as it is on Linux.
type room struct {
	dir   string
	files []*source
	info  *types.Info
	pkg   *types.Package
}

// rooms gives the packages of a house.
func (h house) rooms() (all []*room) {
	for _, dir := range slices.Sorted(maps.Keys(h)) {
		r := &room{dir: dir, info: &types.Info{Defs: map[*ast.Ident]types.Object{}, Uses: map[*ast.Ident]types.Object{}}}
		for i := range h[dir] {
			if s := &h[dir][i]; !s.isTest() && s.isOnLinux() {
				r.files = append(r.files, s)
			}
		}
		if len(r.files) > 0 {
			r.check()
			all = append(all, r)
		}
	}
	return all
}

// isOnLinux says whether a file is built there.
func (s *source) isOnLinux() bool {
	on := build.Default
	on.GOOS, on.CgoEnabled = "linux", false
	on.OpenFile = func(string) (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(s.text)), nil }
	built, err := on.MatchFile(path.Dir(s.path), path.Base(s.path))
	return err == nil && built
}

// faked gives every import an empty package: only the room's own names are of interest.
type faked map[string]*types.Package

func (f faked) Import(name string) (*types.Package, error) {
	if f[name] == nil {
		f[name] = types.NewPackage(name, path.Base(name))
		f[name].MarkComplete()
	}
	return f[name], nil
}

// check finds what each name stands for.
func (r *room) check() {
	var parsed []*ast.File
	for _, s := range r.files {
		parsed = append(parsed, s.file)
	}
	config := types.Config{Importer: faked{}, Error: func(error) {}}
	r.pkg, _ = config.Check(r.dir, r.files[0].fset, parsed, r.info) // what imports would have said is not known
}

// where gives the file in which each of the room's own names is defined.
func (r *room) where() map[types.Object]string {
	at := map[types.Object]string{}
	for _, s := range r.files {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if o := r.info.Defs[id]; o != nil && (o.Parent() == r.pkg.Scope() || receiver(o) != "") {
					at[o] = s.path
				}
			}
			return true
		})
	}
	return at
}

// receiver is the name of the type whose method o is; "" for what is no method.
func receiver(o types.Object) string {
	f, ok := o.(*types.Func)
	if !ok || f.Signature().Recv() == nil {
		return ""
	}
	t := f.Signature().Recv().Type()
	if p, ok := t.(*types.Pointer); ok {
		t = p.Elem()
	}
	if n, ok := t.(*types.Named); ok {
		return n.Obj().Name()
	}
	return ""
}

// uses says which files refer to names of which others.
func (r *room) uses() map[string][]string {
	at, all := r.where(), map[string][]string{}
	for _, s := range r.files {
		ast.Inspect(s.file, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok {
				if to := at[r.info.Uses[id]]; to != "" && to != s.path && !slices.Contains(all[s.path], to) {
					all[s.path] = append(all[s.path], to)
				}
			}
			return true
		})
	}
	return all
}

func findCircles(h house) (faults []string) {
	for _, r := range h.rooms() {
		if c := largestCircle(r.uses()); len(c) > mostCircle {
			faults = append(faults, fmt.Sprintf("%s has a circle of %d files: %s", r.dir, len(c), strings.Join(c, " ")))
		}
	}
	return faults
}

// largestCircle is the largest set of files each of which leads to all others (Tarjan: Depth-first search and linear
// graph algorithms, 1972).
func largestCircle(uses map[string][]string) (largest []string) {
	index, low, open := map[string]int{}, map[string]int{}, map[string]bool{}
	var stack []string
	var visit func(string)
	visit = func(v string) {
		index[v] = len(index) + 1
		low[v] = index[v]
		stack, open[v] = append(stack, v), true
		for _, w := range uses[v] {
			if index[w] == 0 {
				visit(w)
				low[v] = min(low[v], low[w])
			} else if open[w] {
				low[v] = min(low[v], index[w])
			}
		}
		if low[v] != index[v] {
			return
		}
		at := slices.Index(stack, v)
		for _, w := range stack[at:] {
			open[w] = false
		}
		if c := slices.Clone(stack[at:]); len(c) > len(largest) {
			slices.Sort(c)
			largest = c
		}
		stack = stack[:at]
	}
	for _, v := range slices.Sorted(maps.Keys(uses)) {
		if index[v] == 0 {
			visit(v)
		}
	}
	return largest
}

func findSpread(h house) (faults []string) {
	for _, r := range h.rooms() {
		in := map[string][]string{} // the files of a type's methods
		for o, file := range r.where() {
			if t := receiver(o); t != "" && !slices.Contains(in[t], file) {
				in[t] = append(in[t], file)
			}
		}
		for _, t := range slices.Sorted(maps.Keys(in)) {
			if len(in[t]) > mostSpread {
				slices.Sort(in[t])
				faults = append(faults, fmt.Sprintf("%s: the methods of %s stand in %d files: %s", r.dir, t, len(in[t]), strings.Join(in[t], " ")))
			}
		}
	}
	return faults
}
