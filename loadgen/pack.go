package loadgen

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"unicode/utf8"

	"shotput/loadgen/exact"
	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/pack"
	"shotput/loadgen/request"

	"shotput/stats"
)

// packedForm names the form of a packed plan.
const packedForm = "shotput/plan/1"

// A Packed is a plan with all that it names, so that it can be fired on another machine and send the same bytes. As
// JSON it holds the plan and a table of its files: small ones whole, others by size and SHA-256, to be checked where
// they must be already.
//
// It holds every secret of the plan, in the clear, and may hold its keys: hand it to whoever shall fire it, over a
// connection that nobody else reads, and never print or save it. Printed by fmt it says how much it holds, and not
// what. What a saved run tells of a plan is another form, without secrets: stats.Plan.
//
// What the plan took of its environment is in it; whoever unpacks it takes nothing of another one. What a path names
// other than files, a unix socket, is looked for where it is fired.
type Packed struct {
	Form  string      `json:"form"`
	Plan  Plan        `json:"plan"`
	Files []pack.File `json:"files,omitzero"`
}

// Pack reads the files that the plan names. The error joins Faults: of files that cannot be read, and of texts that
// JSON cannot carry.
func Pack(p Plan) (Packed, error) {
	p.Load.Start = p.Load.Start.Round(0).UTC() // without this machine's own clock and zone
	faults := unfitForJSON(reflect.ValueOf(p), "")
	var files pack.Packer
	renameFiles(&p, func(at pack.Place) string {
		if strings.Contains(at.Path, "{{") {
			faults = append(faults, fault.Unfit.In(at.Field, at.Path,
				"is a file for each row, and no packed plan has those"))
		} else if err := files.Add(at); err != nil {
			faults = append(faults, err)
		}
		return at.Path
	})
	faults = append(faults, unfitForJSON(reflect.ValueOf(files.Files), "files")...) // names of a folder's
	if err := errors.Join(faults...); err != nil {
		return Packed{}, err
	}
	return Packed{Form: packedForm, Plan: p, Files: files.Files}, nil
}

// Unpack gives the plan as this machine can fire it. Files that came whole are written below dir, in which nothing of
// an earlier Unpack may be, readable by their owner alone; the plan names them there. Of all others it says whether
// they are at their path here, and the same. The error joins Faults, each of which names field, file and difference.
func (p Packed) Unpack(dir string) (Plan, error) {
	plan := p.Plan
	files := pack.Unpacker{Files: p.Files, Dir: dir}
	var faults []error
	renameFiles(&plan, func(at pack.Place) string {
		path, err := files.Place(at)
		faults = append(faults, err)
		return path
	})
	if err := errors.Join(faults...); err != nil {
		return Plan{}, err
	}
	return plan, nil
}

// RowFiles are the files that the plan's rows name. Those that the plan itself names are not among them.
func RowFiles(p Plan) (all []string) {
	byRow := false
	copied := p
	renameFiles(&copied, func(at pack.Place) string {
		byRow = byRow || strings.Contains(at.Path, "{{")
		return at.Path
	})
	if !byRow {
		return nil
	}
	s, err := compile(p)
	if err != nil {
		return nil // whoever sends it is told
	}
	defer s.mixture.Close()
	for _, t := range s.mixture.all {
		all = append(all, t.RowFiles()...)
	}
	return all
}

// renameFiles gives each file that the plan names to rename, and names in its place what that gives; no other copy of
// the plan changes.
func renameFiles(p *Plan, rename func(pack.Place) string) {
	within := func(prefix string) func(field, path string, folder bool) string {
		return func(field, path string, folder bool) string {
			return rename(pack.Place{Field: prefix + field, Path: path, Folder: folder})
		}
	}
	ofRequest := func(s *request.Spec, prefix string) {
		if s.URLs != "" {
			s.URLs = within(prefix)("urls", s.URLs, false)
		}
		s.Body.RenameFiles(within(prefix))
	}
	ofSteps := func(steps *[]Step, at Place) {
		*steps = slices.Clone(*steps)
		for i := range *steps {
			at.Step = i
			ofRequest(&(*steps)[i].Request, at.String())
		}
	}
	ofRequest(&p.Request, "")
	p.Mix = slices.Clone(p.Mix)
	for i := range p.Mix {
		e := &p.Mix[i]
		ofRequest(&e.Request, Place{List: inMix, Index: i, Step: -1}.String())
		ofSteps(&e.Flow, Place{List: inMix, Index: i})
	}
	ofSteps(&p.Flows.Before, Place{List: stats.StepBefore})
	ofSteps(&p.Flows.After, Place{List: stats.StepAfter})
	p.Values.RenameFiles(within(""))
	p.Route.TLS.RenameFiles(within(""))
}

// anyBytes are the texts that travel whatever their bytes are: their types see to that as they are written.
var anyBytes = map[reflect.Type]string{
	reflect.TypeFor[header.Line]():  "value",
	reflect.TypeFor[request.Body](): "text",
	reflect.TypeFor[request.Part](): "text",
}

// unfitForJSON finds all other texts that are no UTF-8: JSON would replace bytes in them.
func unfitForJSON(v reflect.Value, at string) (faults []error) {
	below := func(v reflect.Value, name string) {
		faults = append(faults, unfitForJSON(v, strings.TrimPrefix(at+"."+name, "."))...)
	}
	switch v.Kind() {
	case reflect.String:
		if !utf8.ValidString(v.String()) {
			faults = append(faults, fault.Malformed.In(at, fmt.Sprintf("%d bytes", v.Len()),
				"is no UTF-8 text, and cannot travel in a packed plan"))
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			break // bytes, which JSON has in base64
		}
		for i := range v.Len() {
			below(v.Index(i), fmt.Sprint(i))
		}
	case reflect.Map:
		for i, key := range v.MapKeys() {
			below(key, fmt.Sprint(i))
			below(v.MapIndex(key), key.String())
		}
	case reflect.Struct:
		for field, value := range v.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name != "" && name != anyBytes[v.Type()] {
				below(value, name)
			}
		}
	}
	return faults
}

// String tells how much is packed.
func (p Packed) String() string {
	whole := 0
	for i := range p.Files {
		if p.Files[i].Data != nil {
			whole++
		}
	}
	return fmt.Sprintf("a packed plan with %d files, %d of them whole", len(p.Files), whole)
}

// Format writes String for every verb: a plan's secrets are in it.
func (p Packed) Format(s fmt.State, _ rune) { io.WriteString(s, p.String()) }

// UnmarshalJSON reads a packed plan. A field that it does not know it refuses: to pass over one would be to fire
// another plan than was packed.
func (p *Packed) UnmarshalJSON(b []byte) error {
	type fields Packed // without its methods
	var read fields
	if err := exact.Read(b, &read); err != nil {
		return err
	}
	if read.Form != packedForm {
		return fmt.Errorf("read a packed plan of the form %q; this version knows %q", read.Form, packedForm)
	}
	*p = Packed(read)
	return nil
}
