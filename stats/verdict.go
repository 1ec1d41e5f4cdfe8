package stats

// A Verdict says whether a result may be trusted, in one word, and why. See Judge.
type Verdict struct {
	Status            string `json:"status"` // "kept", "client_limited", "pool_limited", "server_saturated"
	Reason            string `json:"reason"`
	NeededConcurrency int    `json:"needed_concurrency"`
}

// The verdicts.
const (
	Kept            = "kept"
	ClientLimited   = "client_limited"
	PoolLimited     = "pool_limited"
	ServerSaturated = "server_saturated"
)
