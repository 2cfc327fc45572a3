package algapsa

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// Permission is something that the user of the API key has to be allowed.
type Permission struct {
	Name    string // as AlgaPSA's roles call it: "ticket:create"
	For     string // what huntsync does with it: "create tickets"
	Granted bool
	// Optional is true where tickets can do without it.
	Optional bool
}

// nowhere is a UUID that names nothing: a request that refers to it is refused
// after the permission was looked at, and before anything is written.
const nowhere = "00000000-0000-4000-8000-000000000000"

// Permissions tries each permission that is needed, without writing anything: the
// reads read one row, and the writes are about things that do not exist.
func (c *Client) Permissions(ctx context.Context) ([]Permission, error) {
	one := url.Values{"limit": {"1"}}
	tries := []struct {
		Permission
		try func() error
	}{
		{Permission{Name: "ticket:read", For: "find tickets and read boards, statuses and priorities"}, func() error {
			_, err := c.read(ctx, "read tickets", "/tickets", one)
			return err
		}},
		{Permission{Name: "ticket:create", For: "create tickets"}, func() error {
			_, err := c.write(ctx, "try to create a ticket on a board that does not exist", http.MethodPost, "/tickets", map[string]string{
				"title": "huntsync check", "board_id": nowhere, "client_id": nowhere, "status_id": nowhere, "priority_id": nowhere,
			})
			return err
		}},
		{Permission{Name: "ticket:update", For: "add notes, close and reopen tickets"}, func() error {
			_, err := c.write(ctx, "try to change a ticket that does not exist", http.MethodPut, "/tickets/"+nowhere+"/status",
				map[string]string{"status_id": nowhere})
			return err
		}},
		{Permission{Name: "asset:read", For: "link the asset of a host to its ticket", Optional: true}, func() error {
			_, err := c.write(ctx, "try to link an asset to a ticket that does not exist", http.MethodPost, "/tickets/"+nowhere+"/assets",
				map[string]string{"asset_id": nowhere})
			if e, ok := errors.AsType[*engine.Error](err); ok && e.Status == http.StatusForbidden && !strings.Contains(e.Detail, "asset") {
				return nil // What is missing is ticket:update, which is told of already.
			}
			return err
		}},
		{Permission{Name: "client:read", For: "find clients"}, func() error {
			_, err := c.read(ctx, "read clients", "/clients", one)
			return err
		}},
		{Permission{Name: "contact:read", For: "find contacts"}, func() error {
			_, err := c.read(ctx, "read contacts", "/contacts", one)
			return err
		}},
		{Permission{Name: "ticket_settings:read", For: "find categories"}, func() error {
			_, err := c.read(ctx, "read categories", "/categories/ticket", one)
			return err
		}},
	}
	permissions := make([]Permission, 0, len(tries))
	for _, t := range tries {
		granted, err := grantedBy(t.try())
		if err != nil {
			return nil, err
		}
		t.Granted = granted
		permissions = append(permissions, t.Permission)
	}
	return permissions, nil
}

// grantedBy reads an outcome: refused for its content is allowed, and so is what
// the product lacks, because no role can change that; the desk's own 403 is not,
// and anything else tells nothing.
func grantedBy(err error) (bool, error) {
	e, ok := errors.AsType[*engine.Error](err)
	switch {
	case err == nil, errors.Is(err, errProduct):
		return true, nil
	case ok && e.Reason == engine.ReasonAuth && e.Status == http.StatusForbidden:
		return false, nil
	case ok && e.Reason == engine.ReasonRejected:
		return true, nil
	default:
		return false, err
	}
}
