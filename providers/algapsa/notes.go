package algapsa

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/google/uuid"

	"github.com/huntsync/huntsync/engine"
)

// metadataOperation is where a comment carries the id of the operation that wrote it.
const metadataOperation = "huntsync_op"

// commentBody is what adds a comment. Internal is always sent: a comment without it is public.
type commentBody struct {
	Text       string            `json:"comment_text"`
	Internal   bool              `json:"is_internal"`
	Resolution bool              `json:"is_resolution,omitempty"`
	Quiet      bool              `json:"suppressContactNotifications,omitempty"`
	Metadata   map[string]string `json:"metadata"`
}

// Note adds an internal comment. One on a closed ticket does not open it again.
func (c *Client) Note(ctx context.Context, ticketID string, n engine.Note) error {
	const op = "add note"
	if n.Operation == uuid.Nil {
		return misuse(op, "a note without operation id")
	}
	path, err := ticketPath(op, ticketID)
	if err != nil {
		return err
	}
	text, err := renderNote(n.Body)
	if err != nil {
		return misuse(op, err.Error())
	}
	a, err := c.write(ctx, op, http.MethodPost, path+"/comments", commentBody{
		Text: text, Internal: true, Resolution: n.Resolution, Quiet: n.Quiet,
		Metadata: map[string]string{metadataOperation: n.Operation.String()},
	})
	if err != nil {
		return err
	}
	r, err := a.row()
	if err != nil {
		return a.unreadable(op, err)
	}
	if r.text("comment_id") == "" {
		return a.unreadable(op, errors.New("a comment without comment_id"))
	}
	if of := r.text("ticket_id"); of != "" && !strings.EqualFold(of, ticketID) {
		return a.unreadable(op, errOther)
	}
	return nil
}

// FindNote looks for the note of that operation, and tells who wrote it. The desk lists all comments in one answer.
func (c *Client) FindNote(ctx context.Context, ticketID string, operation uuid.UUID) (author string, found bool, err error) {
	const op = "list notes"
	path, err := ticketPath(op, ticketID)
	if err != nil {
		return "", false, err
	}
	a, err := c.read(ctx, op, path+"/comments", nil)
	if err != nil {
		return "", false, err
	}
	rows, err := a.rows()
	if err != nil {
		return "", false, a.unreadable(op, err)
	}
	for _, r := range rows {
		if id, err := uuid.Parse(r.object("metadata").text(metadataOperation)); err == nil && id == operation {
			return r.text("user_id"), true, nil
		}
	}
	return "", false, nil
}
