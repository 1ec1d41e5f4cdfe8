package putserver

import (
	"bufio"
	"encoding/json"
	"net/http"
)

// LogPath is where the log is served: GET gives LogStats as JSON, with ?entries=1 every Entry as a line of
// JSON, with ?works=1 every flows.Work; DELETE empties it. It is under none of the manners, nor in the log.
const LogPath = "/_log"

func (s *Server) serveLog(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.Method == http.MethodDelete:
		s.ResetLog()
		w.WriteHeader(http.StatusNoContent)
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD, DELETE")
		w.WriteHeader(http.StatusMethodNotAllowed)
	case r.URL.Query().Get("entries") != "":
		w.Header().Set("Content-Type", "application/x-ndjson")
		s.writeEntries(w)
	case r.URL.Query().Get("works") != "":
		w.Header().Set("Content-Type", "application/x-ndjson")
		s.writeWorks(w)
	default:
		w.Header().Set("Content-Type", "application/json")
		// Its types always encode, and who has stopped reading needs no error.
		_ = json.NewEncoder(w).Encode(s.Stats())
	}
}

func (s *Server) writeWorks(w http.ResponseWriter) {
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	for _, work := range s.Works() {
		_ = lines.Encode(work) // an error is found again by who flushes
	}
	_ = out.Flush() // the client may be gone
}

func (s *Server) writeEntries(w http.ResponseWriter) {
	chunks, _ := s.log.snapshot()
	out := bufio.NewWriter(w)
	lines := json.NewEncoder(out)
	for _, c := range chunks {
		for e := range c.entries {
			if lines.Encode(e) != nil {
				return // the client is gone
			}
		}
	}
	_ = out.Flush() // likewise
}
