package loadgen

import (
	"shotput/loadgen/answer"
	"shotput/loadgen/arrivals"
	"shotput/loadgen/fault"
	"shotput/loadgen/header"
	"shotput/loadgen/request"
	"shotput/loadgen/route"
	"shotput/loadgen/text"
	"shotput/loadgen/token"
	"shotput/loadgen/transport"
)

// The nouns of a plan live in the rooms that know what they mean. Whoever writes a plan finds them all here.
type (
	RequestSpec   = request.Spec
	Auth          = request.Auth
	OAuth2        = request.OAuth2
	AWS           = request.AWS
	Header        = header.Line
	Body          = request.Body
	Part          = request.Part
	AnswerSpec    = answer.Spec
	StatusSet     = answer.StatusSet
	Values        = text.Values
	Env           = text.Env
	Keys          = text.Keys
	Rows          = text.Rows
	RouteSpec     = route.Spec
	TLS           = route.TLS
	ProxyRefusal  = route.ProxyRefusal
	TokenError    = token.Error
	ProxyEnv      = route.Env
	TransportSpec = transport.Spec
	Rate          = arrivals.Rate
	Segment       = arrivals.Segment
	Fault         = fault.Fault
)
