package sim

import (
	"net/http"
	"slices"
	"strings"
)

// listTags is GET /tags: raw mappings, without the texts.
func (s *Sim) listTags(c *call) answer {
	q := newQuery(c)
	p := q.paging()
	entity, ofEntity := q.id("tagged_id")
	q.text("tagged_type")
	if refusal, bad := q.refusal(); bad {
		return refusal
	}
	all := []map[string]any{}
	for _, m := range slices.Backward(s.world.tags) {
		if ofEntity && m.ticket != entity {
			continue
		}
		all = append(all, map[string]any{
			"tenant": s.world.tenant, "mapping_id": m.mapping, "tag_id": m.id, "tagged_id": m.ticket, "tagged_type": "ticket",
			"created_at": timeText(m.at), "created_by": nil,
		})
	}
	return page(cut(all, p), p, len(all), q.filters)
}

// createTag is POST /tags, which is broken in the real server: valid input is a 500.
func (s *Sim) createTag(c *call) answer {
	f := looseForm(c.body)
	f.text("tag_text", true, 1, 50)
	f.id("tagged_id", true)
	kinds := []string{"contact", "client", "ticket", "project", "project_task", "workflow_form", "opportunity"}
	if _, there := f.values["tagged_type"]; !there {
		f.add(issue{
			"expected": "'" + strings.Join(kinds, "' | '") + "'", "received": "undefined", "code": "invalid_type",
			"path": []any{"tagged_type"}, "message": "Required",
		})
	}
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	return misconfigured()
}

// entityTags is GET /tags/entity/ticket/{id}.
func (s *Sim) entityTags(c *call) answer {
	tags := []map[string]any{}
	for _, m := range s.world.tags {
		if m.ticket == lower(c.params["id"]) {
			tags = append(tags, tagRow(m))
		}
	}
	return ok(http.StatusOK, map[string]any{
		"entity_id": c.params["id"], "entity_type": c.params["type"], "tags": tags, "total_tags": len(tags),
	})
}

// attachTags is POST /tags/entity/ticket/{id}: the body decides, one that is there already undoes the whole call.
func (s *Sim) attachTags(c *call) answer {
	f := looseForm(c.body)
	entity, _ := f.id("entity_id", true)
	f.text("entity_type", true, 1, 0)
	texts, _ := f.texts("tags")
	if len(f.issues) > 0 {
		return invalid(f.issues...)
	}
	var made []tag
	rows := []map[string]any{}
	for _, text := range texts {
		text = strings.ToLower(strings.TrimSpace(text))
		if slices.ContainsFunc(s.world.tags, func(m tag) bool { return m.ticket == entity && m.text == text }) {
			return fail(http.StatusConflict, "CONFLICT", "Tag is already attached", nil)
		}
		m := tag{mapping: s.world.newID(), id: s.world.newID(), text: text, ticket: entity, at: c.now}
		made, rows = append(made, m), append(rows, tagRow(m))
	}
	s.world.tags = append(s.world.tags, made...)
	return ok(http.StatusCreated, map[string]any{
		"entity_id": entity, "entity_type": "ticket", "tags": rows, "created_count": len(made),
	})
}

func tagRow(m tag) map[string]any {
	return map[string]any{"tag_id": m.mapping, "tag_text": m.text, "tagged_id": m.ticket, "tagged_type": "ticket"}
}

// taggedAny is the tags filter: it sees only what the tag endpoint attached, not what a create was sent.
func (s *Sim) taggedAny(t *Ticket, texts []string) bool {
	return slices.ContainsFunc(s.world.tags, func(m tag) bool {
		return m.ticket == t.ID && slices.ContainsFunc(texts, func(text string) bool { return strings.EqualFold(text, m.text) })
	})
}

func (s *Sim) tagsOf(ticket string) []string {
	texts := []string{}
	for _, m := range s.world.tags {
		if m.ticket == ticket {
			texts = append(texts, m.text)
		}
	}
	return texts
}
