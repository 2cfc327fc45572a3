package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"
)

// linkAsset links the host's asset to the ticket, where exactly one of the client's
// assets is the host. A link can be sent twice without harm, so nothing is written
// ahead: one that may or may not have happened is simply sent again.
func (a *applier) linkAsset(ctx context.Context, r Record, c Change, v *visit) (bool, error) {
	host := *r.Work.Ticket.Host
	var assets []Asset
	err := a.callAssets(ctx, func(ctx context.Context) error {
		var err error
		assets, err = a.desk.Assets(ctx, r.Work.Ticket.ClientID, host.Name)
		return err
	})
	if err != nil {
		return a.notLinked(ctx, r, err)
	}
	asset, why := hostAsset(assets, host)
	if why == "" && asset.ID == "" {
		// Most hosts are no assets: that is nothing to tell of.
		r = done(a.policy, r, c, TicketLink{})
		r.DueAt = a.now()
		return true, a.store.Save(context.WithoutCancel(ctx), a.lease(), r)
	}
	if why != "" {
		return true, a.conclude(ctx, done(a.policy, r, c, TicketLink{}), c, OutcomeSkipped, why)
	}
	// What a person did is theirs: the asset has to be of the client whose ticket it
	// is now.
	ticket, err := a.read(ctx, c.TicketID, v)
	if err != nil {
		return a.unreadable(ctx, r, c, err)
	}
	r.Work.VanishedAt = time.Time{}
	if ticket.ClientID != asset.ClientID {
		return true, a.conclude(ctx, done(a.policy, r, c, TicketLink{}), c, OutcomeSkipped, "the ticket is another client's now")
	}
	err = a.callAssets(ctx, func(ctx context.Context) error { return a.desk.LinkAsset(ctx, ticket.ID, asset.ID) })
	if errors.Is(err, ErrNotFound) {
		return true, a.conclude(ctx, done(a.policy, r, c, TicketLink{}), c, OutcomeSkipped, "the asset is gone")
	}
	if err != nil {
		return a.notLinked(ctx, r, err)
	}
	return true, a.conclude(ctx, done(a.policy, r, c, TicketLink{}), c, OutcomeDone, "the asset "+CleanLine(asset.Name))
}

// hostAsset is the one asset that is the host: the only one of its name, or of
// several the only one with its serial number. Where there are several all the same
// it says so: it is never guessed.
func hostAsset(assets []Asset, host Host) (asset Asset, why string) {
	named := slices.DeleteFunc(slices.Clone(assets), func(x Asset) bool { return !equalName(x.Name, host.Name) })
	switch len(named) {
	case 0:
		return Asset{}, ""
	case 1:
		return named[0], ""
	}
	same := slices.DeleteFunc(slices.Clone(named), func(x Asset) bool { return host.Serial == "" || !equalName(x.Serial, host.Serial) })
	if len(same) != 1 {
		return Asset{}, fmt.Sprintf("the client has %d assets named %s, and %d of them with its serial number",
			len(named), CleanLine(host.Name), len(same))
	}
	return same[0], ""
}

// errAssetsOff is a look-up that is not made, because another one was refused.
var errAssetsOff = errors.New("the desk lets nobody see assets in this pass")

// callAssets is call for what a ticket can do without: that the desk does not let us
// see or link assets says nothing about the rest of it, and pauses nothing.
func (a *applier) callAssets(ctx context.Context, f func(context.Context) error) error {
	if a.details.noAssets.Load() {
		return errAssetsOff
	}
	var denied error
	err := a.call(ctx, func(ctx context.Context) error {
		err := f(ctx)
		if ReasonOf(err) == ReasonAuth {
			denied = err
			return nil
		}
		return err
	})
	if denied == nil {
		return err
	}
	a.details.noAssets.Store(true)
	if a.memory.assetsDenied() {
		a.log.WarnContext(ctx, "The desk does not let us see or link assets; tickets go without", "error", denied)
	}
	a.metrics.changed(ActionLink, OutcomeRefused)
	return denied
}

// notLinked puts a link off that could not be made. What stops the whole desk is
// told to the others.
func (a *applier) notLinked(ctx context.Context, r Record, failure error) (bool, error) {
	if a.isStop(failure) && ReasonOf(failure) != ReasonAuth {
		return false, failure
	}
	return a.hostLater(ctx, r)
}
