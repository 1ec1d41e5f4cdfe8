package verify

// A Contract is what is expected of checks, by name: a result, or what was observed, such as "201".
type Contract map[string]string

// hold marks what differs from the contract as broken, and what is as it says as holding.
func (c Contract) hold(r *Report) {}

// A Validator says how a server is told of the state that an update is of.
type Validator struct{}
