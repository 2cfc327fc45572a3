package sim

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// listAssets is GET /assets: search and serial_number are ignored, and the total ignores half of the filters.
func (s *Sim) listAssets(c *call) answer {
	q := newQuery(c)
	p := q.paging()
	counted, uncounted := s.assetTests(q)
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	if _, there := c.query["client_name"]; there {
		return s.internal("table name \"clients\" specified more than once")
	}
	all := keep(s.world.assets, func(a *Asset) bool { return fitsAll(a, counted) })
	shown := keep(all, func(a *Asset) bool { return fitsAll(a, uncounted) })
	rows := rowsOf(cut(shown, p), func(a *Asset) map[string]any {
		row := s.assetRow(a)
		row["warranty_status"], row["_links"] = "no_warranty", assetLinks(a.ID)
		return row
	})
	return assetEnvelope(rows, p, len(all), c.now)
}

// createAsset is POST /assets.
func (s *Sim) createAsset(c *call) answer {
	f := looseForm(c.body)
	a := Asset{CreatedAt: c.now}
	a.ClientID, _ = f.id("client_id", true)
	a.Type, _ = f.text("asset_type", true, 1, 0)
	a.Tag, _ = f.text("asset_tag", true, 1, 0)
	a.Name, _ = f.text("name", true, 1, 0)
	f.text("status", true, 1, 0)
	if len(f.issues) > 0 {
		return answer{status: http.StatusBadRequest, body: map[string]any{
			"success": false, "meta": assetMeta(c.now),
			"error": map[string]any{"message": "Invalid request data", "code": "VALIDATION_ERROR", "details": f.issues},
		}}
	}
	a = s.addAsset(a)
	return answer{status: http.StatusCreated, body: map[string]any{"success": true, "data": s.assetRow(&a), "meta": assetMeta(c.now)}}
}

func (s *Sim) assetRow(a *Asset) map[string]any {
	row := map[string]any{
		"tenant": s.world.tenant, "asset_id": a.ID, "asset_tag": a.Tag, "serial_number": textOrNull(a.Serial), "name": a.Name,
		"status": "active", "location": textOrNull(a.Location), "created_at": timeText(a.CreatedAt),
		"updated_at": timeText(a.CreatedAt), "asset_type": a.Type, "client_id": a.ClientID, "client_name": nil,
	}
	for _, column := range []string{
		"purchase_date", "warranty_end_date", "attributes", "rmm_provider", "rmm_device_id", "rmm_organization_id", "agent_status",
		"last_seen_at", "last_rmm_sync_at", "notes_document_id", "location_id", "service_id", "stock_unit_id",
	} {
		row[column] = nil
	}
	if client := s.world.clientByID[a.ClientID]; client != nil {
		row["client_name"] = client.Name
	}
	return row
}

// ticketAssets is GET /tickets/{id}/assets, the last linked first.
func (s *Sim) ticketAssets(c *call) answer {
	t, refusal, found := s.ticketOf(c)
	if !found {
		return refusal
	}
	rows := []map[string]any{}
	for _, link := range slices.Backward(t.Assets) {
		a := s.world.asset(link.AssetID)
		if a == nil {
			continue
		}
		row := s.assetRow(a)
		row["relationship_type"], row["association_notes"], row["linked_at"] = link.Relationship, textOrNull(link.Notes), timeText(link.At)
		rows = append(rows, row)
	}
	return ok(http.StatusOK, rows)
}

// linkAsset is POST /tickets/{id}/assets: nobody checks that the asset is the client's.
func (s *Sim) linkAsset(c *call) answer {
	f, err := readForm(c.body)
	if err != nil {
		return s.internal(err.Error())
	}
	id, _ := f.id("asset_id", true)
	relationship, given := f.text("relationship_type", false, 0, 0)
	if !given {
		relationship = "affected"
	}
	notes, _ := f.text("notes", false, 0, 0)
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	t, refusal, found := s.ticketOf(c)
	switch {
	case !found:
		return refusal
	case s.world.asset(id) == nil:
		return fail(http.StatusNotFound, "NOT_FOUND", "Asset not found", nil)
	case slices.ContainsFunc(t.Assets, func(l AssetLink) bool { return l.AssetID == id }):
		return fail(http.StatusConflict, "CONFLICT", "Asset is already linked to this ticket", nil)
	}
	t.Assets = append(t.Assets, AssetLink{AssetID: id, Relationship: relationship, Notes: notes, At: c.now})
	return ok(http.StatusCreated, map[string]any{
		"tenant": s.world.tenant, "asset_id": id, "entity_id": t.ID, "entity_type": "ticket", "relationship_type": relationship,
		"created_at": timeText(c.now), "created_by": c.user.ID, "notes": textOrNull(notes),
	})
}

// unlinkAsset is DELETE /tickets/{id}/assets/{asset}.
func (s *Sim) unlinkAsset(c *call) answer {
	t, refusal, found := s.ticketOf(c)
	if !found {
		return refusal
	}
	at := slices.IndexFunc(t.Assets, func(l AssetLink) bool { return l.AssetID == lower(c.params["assetID"]) })
	if at < 0 {
		return fail(http.StatusNotFound, "NOT_FOUND", "Asset association not found", nil)
	}
	t.Assets = slices.Delete(t.Assets, at, at+1)
	return answer{status: http.StatusNoContent}
}

// assetEnvelope is the other envelope, of the asset list.
func assetEnvelope(rows []map[string]any, p paging, total int, now time.Time) answer {
	return answer{status: http.StatusOK, body: map[string]any{
		"success": true, "data": rows,
		"pagination": map[string]any{
			"page": p.page, "limit": p.limit, "total": total, "totalPages": (total + p.limit - 1) / p.limit,
		},
		"meta": assetMeta(now),
	}}
}

func assetMeta(now time.Time) map[string]any {
	return map[string]any{"timestamp": timeText(now), "version": "1.0.0"}
}

// assetTests are the filters of the asset list that work; counted are those its total knows of.
func (s *Sim) assetTests(q *query) (counted, uncounted []func(*Asset) bool) {
	if client, there := q.id("client_id"); there {
		counted = append(counted, func(a *Asset) bool { return a.ClientID == client })
	}
	if kind, there := q.text("asset_type"); there {
		counted = append(counted, func(a *Asset) bool { return a.Type == kind })
	}
	for _, filter := range []struct {
		name string
		of   func(*Asset) string
	}{
		{"name", func(a *Asset) string { return a.Name }},
		{"asset_tag", func(a *Asset) string { return a.Tag }},
		{"location", func(a *Asset) string { return a.Location }},
	} {
		if value, there := q.text(filter.name); there {
			uncounted = append(uncounted, func(a *Asset) bool { return ilike(filter.of(a), value) })
		}
	}
	return counted, uncounted
}

// fitsAll reports whether every test holds.
func fitsAll(a *Asset, tests []func(*Asset) bool) bool {
	return !slices.ContainsFunc(tests, func(fits func(*Asset) bool) bool { return !fits(a) })
}

// assetLinks has the shape of the links each asset carries.
func assetLinks(id string) map[string]any {
	self := base + "/assets/" + strings.ToLower(id)
	return map[string]any{
		"self": map[string]any{"href": self, "method": "GET"},
		"edit": map[string]any{"href": self, "method": "PUT"},
	}
}
