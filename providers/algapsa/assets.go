package algapsa

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/huntsync/huntsync/engine"
)

// assetPages bounds how many pages of assets are read for one name: the desk finds
// every name that holds it.
const assetPages = 5

// Assets lists the assets of a client whose name is the one given, in whatever case. The desk's filter by serial
// number does nothing, and its total is wrong where a name is asked for: the list ends with a page that is not full.
func (c *Client) Assets(ctx context.Context, clientID, name string) ([]engine.Asset, error) {
	const op = "list assets"
	query := url.Values{"client_id": {clientID}, "name": {literal(name)}}
	var found []engine.Asset
	seen := map[string]bool{}
	for page := 1; page <= assetPages; page++ {
		a, rows, err := c.page(ctx, op, "/assets", query, page, pageSize)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			asset := engine.Asset{
				ID: r.text("asset_id"), ClientID: r.text("client_id"), Name: r.text("name"), Serial: r.text("serial_number"),
			}
			if asset.ID == "" {
				return nil, a.unreadable(op, errors.New("an asset without asset_id"))
			}
			if !seen[asset.ID] && strings.EqualFold(asset.ClientID, clientID) && strings.EqualFold(asset.Name, name) {
				found = append(found, asset)
			}
			seen[asset.ID] = true
		}
		if len(rows) < pageSize {
			return found, nil
		}
		if err := c.leaveRoom(ctx, op, a); err != nil {
			return nil, err
		}
	}
	return nil, &engine.Error{
		Reason: engine.ReasonRejected, Side: Side, Op: op, NotDone: true,
		Detail: fmt.Sprintf("more than %d assets have a name that holds %q", assetPages*pageSize, c.clean(name)),
	}
}

// hasAssets reports whether there may be an asset to be seen. Tickets can do without, so that its product has none, or
// that we may not see them, is no error; and where the desk fails to tell just now, there may be some.
func (c *Client) hasAssets(ctx context.Context) bool {
	a, err := c.read(ctx, "look for assets", "/assets", url.Values{"limit": {"1"}})
	if e, ok := errors.AsType[*engine.Error](err); ok {
		return e.Status != http.StatusForbidden && e.Status != http.StatusNotFound
	}
	rows, err := a.rows()
	return err != nil || len(rows) > 0
}

// LinkAsset links an asset to a ticket. That it is linked already is as good: so a link whose answer was lost may
// simply be sent again.
func (c *Client) LinkAsset(ctx context.Context, ticketID, assetID string) error {
	const op = "link asset"
	path, err := ticketPath(op, ticketID)
	if err != nil {
		return err
	}
	_, err = c.write(ctx, op, http.MethodPost, path+"/assets", map[string]string{"asset_id": assetID})
	if e, ok := errors.AsType[*engine.Error](err); ok && e.Reason == engine.ReasonRejected && e.Status == http.StatusConflict {
		return nil
	}
	return err
}
