package loadgen

import (
	"shotput/loadgen/route"
	"shotput/loadgen/text"
)

// WithEnv gives the plan with what it asks of the environment, which lookup reads: the variables that its texts name,
// and those that name proxies. Nothing else reads the environment, so that a plan means the same wherever it is fired.
func (p Plan) WithEnv(lookup func(name string) (value string, set bool)) Plan {
	p.Route.Env = route.EnvFrom(lookup)
	p.Values.Env = nil
	for _, written := range p.texts() {
		for _, name := range text.EnvNames(written) {
			if value, set := lookup(name); set {
				if p.Values.Env == nil {
					p.Values.Env = text.Env{}
				}
				p.Values.Env[name] = value
			}
		}
	}
	return p
}

// texts are all that functions may stand in.
func (p *Plan) texts() []string {
	all := p.Request.Texts()
	for i := range p.Mix {
		all = append(all, p.Mix[i].Request.Texts()...)
	}
	return all
}
