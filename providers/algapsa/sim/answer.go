package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"strconv"
	"time"
)

// stamp is how the server writes times: UTC with milliseconds.
const stamp = "2006-01-02T15:04:05.000Z"

// answer is what a handler decided; body is encoded as JSON unless raw is set.
type answer struct {
	status      int
	body        any
	raw         []byte
	contentType string
	header      map[string]string
}

// write sends the answer, cut short where the fault says so.
func (a answer) write(w http.ResponseWriter, now time.Time, fault *Fault) {
	payload := a.raw
	contentType := a.contentType
	if a.body != nil {
		var buffer bytes.Buffer
		encoder := json.NewEncoder(&buffer)
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(a.body); err != nil {
			panic(fmt.Sprintf("sim: an answer that is no JSON: %v", err))
		}
		payload, contentType = bytes.TrimRight(buffer.Bytes(), "\n"), "application/json"
	}
	if contentType != "" {
		w.Header().Set("Content-Type", contentType)
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	w.Header().Set("Date", now.UTC().Format(http.TimeFormat))
	if a.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(payload)))
	}
	w.WriteHeader(a.status)
	if fault != nil && fault.Truncate > 0 && fault.Truncate < len(payload) {
		_, _ = w.Write(payload[:fault.Truncate])
		_ = http.NewResponseController(w).Flush() // An unflushed start would never leave this process.
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(payload)
}

// ok is a success with the plain envelope.
func ok(status int, data any) answer {
	return answer{status: status, body: map[string]any{"data": data}}
}

// fail is the error envelope; nil details are left out.
func fail(status int, code, message string, details any) answer {
	inner := map[string]any{"code": code, "message": message}
	if details != nil {
		inner["details"] = details
	}
	return answer{status: status, body: map[string]any{"error": inner}}
}

// invalid is a body the schema refuses.
func invalid(issues ...issue) answer {
	return fail(http.StatusBadRequest, "VALIDATION_ERROR", "Validation failed", issues)
}

// dangling is what Postgres says of a foreign key that points nowhere.
func dangling(key, value, table string) answer {
	return fail(http.StatusBadRequest, "BAD_REQUEST", "Invalid reference",
		fmt.Sprintf("Key (%s)=(%s) is not present in table %q.", key, value, table))
}

// misconfigured is the 500 of an unknown column.
func misconfigured() answer {
	return fail(http.StatusInternalServerError, "INTERNAL_CONFIGURATION",
		"The server is misconfigured for this operation. Please contact support.", nil)
}

// internal is any other 500; the message shows in development only.
func (s *Sim) internal(message string) answer {
	if !s.development {
		message = "An unexpected error occurred"
	}
	return fail(http.StatusInternalServerError, "INTERNAL_ERROR", message, nil)
}

// noTicket is the 404 of an unknown or deleted ticket.
func noTicket() answer { return fail(http.StatusNotFound, "NOT_FOUND", "ticket not found", nil) }

// htmlPage is what the web framework shows where no route answers.
func htmlPage(status int, text string) answer {
	page := "<!DOCTYPE html><html lang=\"en\"><head><meta charSet=\"utf-8\"/><title>" +
		html.EscapeString(text) + "</title></head><body><h1>" + html.EscapeString(text) + "</h1></body></html>"
	return answer{status: status, raw: []byte(page), contentType: "text/html; charset=utf-8"}
}

// page is the envelope of a list.
func page(rows []map[string]any, p paging, total int, filters map[string]any) answer {
	pages := (total + p.limit - 1) / p.limit
	return answer{status: http.StatusOK, body: map[string]any{
		"data": rows,
		"pagination": map[string]any{
			"page": p.page, "limit": p.limit, "total": total, "totalPages": pages,
			"hasNext": p.page*p.limit < total, "hasPrev": p.page > 1,
		},
		"meta": map[string]any{"sort": p.sort, "order": p.order, "filters": filters},
	}}
}

// timeText is a time as the API writes it, or null.
func timeText(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(stamp)
}

// textOrNull is a string, or null when empty.
func textOrNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
