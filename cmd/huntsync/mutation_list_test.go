package main

// mutations are bugs that somebody could plausibly make, at least three for each
// invariant.
func mutations() []mutation {
	return []mutation{
		{
			invariant: "I1", what: "what is over at first sight needs no ticket", file: "engine/observe.go",
			old: `if !ended.IsZero() && ended.Before(lookbackFrom) {`,
			new: `if !ended.IsZero() {`,
		},
		{
			invariant: "I1", what: "a failed change is not owed any more", file: "engine/apply.go",
			old: `		r.DueAt = a.now()
		a.metrics.changed(c.Action, OutcomeFailed)`,
			new: `		r.DueAt = time.Time{}
		a.metrics.changed(c.Action, OutcomeFailed)`,
		},
		{
			invariant: "I1", what: "an organization that nobody mapped gets no tickets", file: "engine/route.go",
			old: `mapped && mapping.OptedOut,`,
			new: `!mapped || mapping.OptedOut,`,
		},
		{
			invariant: "I1", what: "a ticket that was refused five times is given up", file: "engine/plan.go",
			old: `if !n.now.Before(retry.NextAt) {`,
			new: `if retry.Attempts < 5 && !n.now.Before(retry.NextAt) {`,
		},
		{
			invariant: "I1", what: "any ticket that bears the marker is ours", file: "engine/author.go", test: "TestForgedTickets$",
			old: `id == key.IncidentID && t.Author != "" && t.Author == a.memory.author() && !theirs[id]`,
			new: `id == key.IncidentID`,
		},
		{
			invariant: "I1", what: "a state whose header is good is good", file: "state/sqlite/inspect.go",
			old: `	return version, quickCheck(ctx, path, db)`,
			new: `	return version, nil`,
		},
		{
			invariant: "I2", what: "a create is repeated after a time-out", file: "engine/apply.go",
			old: `if paused || errors.Is(failure, ErrLeaseLost) || !InDoubt(failure) {`,
			new: `if paused || c.Action == ActionCreate || errors.Is(failure, ErrLeaseLost) || !InDoubt(failure) {`,
		},
		{
			invariant: "I2", what: "the intent is not written ahead", file: "engine/apply.go",
			old: `	if err := a.store.Save(context.WithoutCancel(ctx), a.lease(), r); err != nil {
		return r, fmt.Errorf("write the intent`,
			new: `	if err := ctx.Err(); err != nil {
		return r, fmt.Errorf("write the intent`,
		},
		{
			invariant: "I2", what: "what a dead process had begun is begun anew", file: "engine/plan.go",
			old: `	if w.Intent != nil && w.Intent.DoubtAt.IsZero() {`,
			new: `	if w.Intent != nil && w.Intent.DoubtAt.IsZero() {
		w.Intent = nil
	}
	if w.Intent != nil && w.Intent.DoubtAt.IsZero() {`,
		},
		{
			invariant: "I2", what: "after a loss of the state only young tickets are adopted", file: "engine/adopt.go",
			old: `list, err := a.marked(ctx, time.Time{}, time.Now())`,
			new: `list, err := a.marked(ctx, a.now().Add(-lookBack), time.Now())`,
		},
		{
			invariant: "I2", what: "a proxy's error page proves that nothing was done", file: "providers/algapsa/classify.go",
			old: `		failure.Detail = "the answer is not AlgaPSA's"`,
			new: `		failure.NotDone = true
		failure.Detail = "the answer is not AlgaPSA's"`,
		},
		{
			invariant: "I3", what: "no overlap", file: "engine/observe.go",
			old: `from = o.state.Poll.Cursor.Add(-overlap)`,
			new: `from = o.state.Poll.Cursor`,
		},
		{
			invariant: "I3", what: "after an absence the look-back is enough", file: "engine/observe.go",
			old: `from = o.state.Poll.Cursor.Add(-overlap)`,
			new: `from = o.state.Poll.Cursor.Add(-overlap)
		if lookback := o.now().Add(-o.settings.Backfill); from.Before(lookback) {
			from = lookback
		}`,
		},
		{
			invariant: "I3", what: "the census is only for what a poll could not prove", file: "engine/observe.go",
			old: `if censusDue && (err == nil || unproved) {`,
			new: `if censusDue && unproved {`,
		},
		{
			invariant: "I3", what: "one page is enough", file: "engine/walk.go",
			old: `if page.Next == "" || tokens[page.Next] || reached < last && !anywhere {`,
			new: `if q.Token == "" || page.Next == "" || tokens[page.Next] || reached < last && !anywhere {`,
		},
		{
			invariant: "I3", what: "nothing is lost at the border of a page", file: "engine/walk.go",
			old: `		gaps := w.gaps()
		if len(gaps) == 0 {`,
			new: `		gaps := w.gaps()
		if len(gaps) >= 0 {`,
		},
		{
			invariant: "I3", what: "the cursor moves whatever came of the walk", file: "engine/observe.go",
			old: `	missing, err := w.run(ctx)
	if err != nil {
		return err`,
			new: `	missing, err := w.run(ctx)
	if err != nil {
		o.advance(w.newest, w.serverTime)
		return err`,
		},
		{
			invariant: "I4", what: "a refusal ends the pass", file: "engine/apply.go",
			old: `	r = refused(r, c, failure, a.policy.Hash, a.now())
`,
			new: `	if c.Action == ActionCreate {
		r.Work.Intent, r.DueAt = nil, a.now()
		return false, errors.Join(failure, a.store.Save(context.WithoutCancel(ctx), a.lease(), r))
	}
	r = refused(r, c, failure, a.policy.Hash, a.now())
`,
		},
		{
			invariant: "I4", what: "a refusal pauses the desk", file: "engine/gate.go",
			old: `	case ReasonAuth, ReasonRateLimited, ReasonUnavailable, ReasonTimeout:
		return true
	case ReasonRejected, ReasonInternal:`,
			new: `	case ReasonAuth, ReasonRateLimited, ReasonUnavailable, ReasonTimeout, ReasonRejected:
		return true
	case ReasonInternal:`,
		},
		{
			invariant: "I4", what: "a name that nobody knows blocks polling", file: "config/resolve.go",
			old: `Blocking: r.blocking, Warnings: r.warnings}`,
			new: `Blocking: append(r.blocking, r.warnings...), Warnings: r.warnings}`,
		},
		{
			invariant: "I4", what: "an organization that nobody knows ends the walk", file: "engine/observe.go",
			old: `			rows = append(rows, r)
`,
			new: `			if inc.OrganizationID != 0 && !o.knows(inc.OrganizationID) {
				return fmt.Errorf("incident %d is of an unknown organization", inc.ID)
			}
			rows = append(rows, r)
`,
		},
		{
			invariant: "I5", what: "whatever was read is published", file: "engine/engine.go",
			old: `if e.ready && len(e.current.Blocking) == 0 && len(resolution.Blocking) > 0 {`,
			new: `if e.ready && resolution.Policy == nil {`,
		},
		{
			invariant: "I5", what: "what a candidate lacks is shown as what runs", file: "engine/engine.go",
			old: `len(resolution.Blocking) > 0 {
		return resolution, nil`,
			new: `len(resolution.Blocking) > 0 {
		e.current.Blocking = resolution.Blocking
		return resolution, nil`,
		},
		{
			invariant: "I5", what: "what was read last counts as what runs", file: "cmd/huntsync/reload.go",
			old: `	if result.Active {
		r.warnOfRestart(ctx, c)`,
			new: `	if c != nil {
		r.warnOfRestart(ctx, c)`,
		},
		{
			invariant: "I6", what: "an account is remembered by its key", file: "cmd/huntsync/wire.go",
			old: `fingerprint("identity", h.BaseURL, h.APIKey.Reveal(), number)[:16],`,
			new: `h.BaseURL + h.APIKey.Reveal() + number,`,
		},
		{
			invariant: "I6", what: "the desk is quoted as it is", file: "providers/algapsa/classify.go",
			old: `	text = engine.Redact(text, c.key)
`,
			new: ``,
		},
		{
			invariant: "I6", what: "a client is logged with what it is made from", file: "cmd/huntsync/wire.go",
			old: `	w.desks[made] = desk
`,
			new: `	w.desks[made] = desk
	w.log.Debug("Desk", "url", d.URL, "key", d.APIKey.Reveal())
`,
		},
	}
}
