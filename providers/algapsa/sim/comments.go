package sim

import (
	"math"
	"net/http"
	"slices"
	"strings"
	"unicode/utf16"
)

// maxComment is how many visible UTF-16 units a comment may have.
const maxComment = 5000

// addComment is POST /tickets/{id}/comments: public unless it says otherwise, allowed on closed tickets.
func (s *Sim) addComment(c *call) answer {
	if !isUUID(c.params["id"]) {
		_, refusal, _ := s.ticketOf(c)
		return refusal
	}
	f, err := readForm(c.body)
	if err != nil {
		return s.internal(err.Error())
	}
	comment := Comment{UserID: c.user.ID, CreatedAt: c.now}
	text, given := f.text("comment_text", true, 0, 0)
	comment.Text = text
	if given {
		f.visible(text)
	}
	comment.Internal = f.flag("is_internal")
	comment.Resolution = f.flag("is_resolution")
	f.take("time_spent", "number", false)
	comment.Metadata, _ = f.object("metadata")
	comment.ParentID, _ = f.id("parent_comment_id", false)
	quiet := f.quiet()
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	t, refusal, found := s.ticketOf(c)
	if !found {
		return refusal
	}
	if refusal, bad := s.checkText(comment.Text, comment.Metadata); bad {
		return refusal
	}
	s.thread(t, &comment)
	t.Comments = append(t.Comments, comment)
	if !comment.Internal && !quiet {
		s.mailTo(t, MailComment, c.now)
	}
	return ok(http.StatusCreated, s.commentRow(t, comment))
}

// visible checks the length a reader sees, not the length of the JSON.
func (f *form) visible(text string) {
	shown := visibleText(text)
	if strings.TrimSpace(shown) == "" {
		f.add(issue{"code": "custom", "message": "Comment text is required", "path": []any{"comment_text"}})
		return
	}
	if len(utf16.Encode([]rune(shown))) > maxComment {
		f.add(issue{"code": "custom", "message": "Comment text is too long (max 5000 characters)", "path": []any{"comment_text"}})
	}
}

// thread puts a comment into its thread; a reply is as visible as the root.
func (s *Sim) thread(t *Ticket, comment *Comment) {
	comment.ID, comment.ThreadID = s.world.newID(), s.world.newID()
	at := slices.IndexFunc(t.Comments, func(c Comment) bool { return c.ID == comment.ParentID })
	if at >= 0 {
		comment.ThreadID, comment.Internal = t.Comments[at].ThreadID, t.Comments[at].Internal
	}
}

// listComments is GET /tickets/{id}/comments: all of them unless a limit is given, oldest first.
func (s *Sim) listComments(c *call) answer {
	q := newQuery(c)
	limit := q.number("limit", math.MaxInt32, 1, 200)
	offset := q.number("offset", 0, 0, math.MaxInt32)
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	t, refusal, found := s.ticketOf(c)
	if !found {
		return refusal
	}
	rows := []map[string]any{}
	for _, comment := range t.Comments {
		row := s.commentRow(t, comment)
		row["created_by_name"], row["created_by_avatar_url"] = s.userName(comment.UserID), nil
		row["reactions"], row["reaction_user_names"] = []any{}, map[string]any{}
		if c.query["content_format"] == "markdown" {
			delete(row, "metadata")
		}
		rows = append(rows, row)
	}
	if c.query["order"] == "desc" {
		slices.Reverse(rows)
	}
	rows = rows[min(offset, len(rows)):]
	return ok(http.StatusOK, rows[:min(limit, len(rows))])
}

// commentRow is a comment as the API shows it: the text is called note, and comment_text beside it.
func (s *Sim) commentRow(t *Ticket, c Comment) map[string]any {
	row := map[string]any{
		"tenant": s.world.tenant, "comment_id": c.ID, "ticket_id": t.ID, "user_id": c.UserID, "note": c.Text,
		"is_internal": c.Internal, "is_resolution": c.Resolution, "created_at": timeText(c.CreatedAt),
		"note_index": searchVector(c.Text), "updated_at": timeText(c.CreatedAt), "author_type": "unknown",
		"metadata": rawOrNull(c.Metadata), "is_system_generated": false, "thread_id": c.ThreadID,
		"parent_comment_id": textOrNull(c.ParentID), "publish_state": "published", "comment_text": c.Text,
		"comment_html": richHTML(c.Text), "created_by": c.UserID,
	}
	for _, column := range []string{
		"markdown_content", "contact_id", "deleted_at", "scheduled_publish_at", "scheduled_publish_tz", "published_at",
		"schedule_job_id", "scheduled_publish_event_id", "scheduled_publish_dispatched_at", "scheduled_response_event_id",
		"scheduled_previous_response_state", "scheduled_response_dispatched_at", "author_contact_id", "author_contact_name",
		"author_contact_email",
	} {
		row[column] = nil
	}
	return row
}
