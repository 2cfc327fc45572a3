package engine

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// happening is one thing that happens in a world.
type happening struct {
	kind  string
	id    int64
	n     int
	pause time.Duration
}

func (h happening) String() string {
	return fmt.Sprintf("%s(%d, %d) then %s", h.kind, h.id, h.n, h.pause)
}

// happenings are drawn before the bubble begins: what happens in it must not ask.
func happenings(rt *rapid.T) []happening {
	kinds := []string{
		"new", "new", "new", "new", "new", "new", "change", "change", "close", "close", "dismiss", "reopen", "raise", "deleting",
		"renamed by a person", "moved by a person", "prioritized by a person", "closed by a person", "deleted by a person",
		"faults", "faults", "faults", "faults", "late", "late", "desk down", "Huntress down", "crash", "crash", "disk full", "kill", "poke", "state lost",
		"reconfigured", "refused", "refused", "quiet",
	}
	one := rapid.Custom(func(rt *rapid.T) happening {
		return happening{
			kind: rapid.SampledFrom(kinds).Draw(rt, "kind"),
			id:   rapid.Int64Range(1, 12).Draw(rt, "id"),
			n:    rapid.IntRange(0, 40).Draw(rt, "n"),
			pause: rapid.SampledFrom([]time.Duration{
				0, time.Second, 20 * time.Second, 70 * time.Second, 3 * time.Minute, 6 * time.Minute, time.Hour,
			}).Draw(rt, "pause"),
		}
	})
	return rapid.SliceOfN(one, 1, 40).Draw(rt, "what happens")
}

// drama plays happenings in a world, whose process is started again whenever it dies.
type drama struct {
	world   *world
	process *process
	random  *rand.Rand // of what happens
	chance  *rand.Rand // of what goes wrong with calls, which are made beside it
	deleted map[int64]bool
	// optional are incidents of which the exceptions of the promise may hold.
	optional map[int64]bool
	trouble  trouble // under the desk's mutex
}

// trouble is what is wrong with the desk.
type trouble struct {
	// flaky is how many calls go wrong yet, about every other one; late makes all
	// of them act after their answer was given up.
	flaky        int
	late         bool
	downUntil    time.Time
	down         func() fault
	refused      string
	refusedUntil time.Time
}

func (d *drama) setTrouble(set func(*trouble)) {
	d.world.desk.mu.Lock()
	defer d.world.desk.mu.Unlock()
	set(&d.trouble)
}

// fault is called under the desk's mutex.
func (d *drama) fault(c deskCall) fault {
	t := &d.trouble
	switch {
	case time.Now().Before(t.downUntil):
		return t.down()
	case c.op == "create" && t.refused != "" && strings.HasPrefix(c.title, t.refused) && time.Now().Before(t.refusedUntil):
		return refusedHere()
	case t.flaky == 0 || d.chance.IntN(2) == 0:
		return fault{}
	}
	t.flaky--
	if t.late {
		if c.writes() {
			return doneLate(time.Duration(1+d.chance.IntN(60)) * time.Second)
		}
		return fault{}
	}
	f := pick(d.chance, []fault{
		neverSent(), cutBefore(), cutAfter(), timedOut(), timedOutDone(), unauthorized(), refusedHere(),
		limited(0), limited(90 * time.Second), doneLate(40 * time.Second),
	})
	if !c.writes() && f.acted {
		return cutBefore()
	}
	return f
}

// TestWhateverHappensOneTicket is I1, I2 and I4: whatever happens to the desk, to
// Huntress, to the disk and to the process, once all of them work again every due
// incident has exactly one ticket in the right state, and nothing is owed.
func TestWhateverHappensOneTicket(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		list := happenings(rt)
		seed := rapid.Uint64().Draw(rt, "seed")
		var wrong error
		synctest.Test(t, func(*testing.T) { wrong = play(list, seed) })
		if wrong != nil {
			rt.Fatal(wrong)
		}
	})
}

func play(list []happening, seed uint64) error {
	w := newWorld()
	d := &drama{
		world: w, random: rand.New(rand.NewPCG(seed, 1)), chance: rand.New(rand.NewPCG(seed, 2)),
		deleted: map[int64]bool{}, optional: map[int64]bool{},
	}
	w.desk.fault = d.fault
	for _, h := range list {
		if err := d.alive(); err != nil {
			return err
		}
		d.happen(h)
		time.Sleep(h.pause)
	}
	// All works again.
	w.desk.setFault(nil)
	d.setHuntress(nil)
	d.world.store.setFails(nil)
	d.setCrash(nil)
	w.desk.settle()
	for range 12 {
		time.Sleep(20 * time.Minute)
		if err := d.alive(); err != nil {
			return err
		}
	}
	wrong := d.judge()
	if err := d.process.stop(); err != nil {
		wrong = errors.Join(wrong, err)
	}
	return wrong
}

// alive starts a process where none runs.
func (d *drama) alive() error {
	w := d.world
	if d.process != nil && !w.store.isDead(d.process.holder) {
		return nil
	}
	if d.process != nil {
		d.process.ran.Wait()
	}
	for {
		p, err := w.boot()
		if err == nil {
			d.process = p
			p.run()
			return nil
		}
		p.kill()
		if ReasonOf(err) == ReasonInternal {
			return err
		}
		time.Sleep(time.Second)
	}
}

func (d *drama) setHuntress(f func(string) error) {
	d.world.source.mu.Lock()
	defer d.world.source.mu.Unlock()
	d.world.source.before = f
}

func (d *drama) setCrash(f func(string) bool) {
	d.world.mu.Lock()
	defer d.world.mu.Unlock()
	d.world.crash = f
}

func (d *drama) happen(h happening) {
	w := d.world
	_, known := w.source.incidents()[h.id]
	switch h.kind {
	case "new":
		for !known && h.id <= 12 {
			severity := pick(d.random, []Severity{SeverityLow, SeverityHigh, SeverityCritical, "", "apocalyptic"})
			w.send(h.id, pick(d.random, []int64{orgAcme, orgGlobex, orgUnmapped, orgOptedOut, 0}), severity)
			break
		}
	case "change", "close", "dismiss", "reopen", "raise", "deleting":
		if known {
			d.incident(h)
		}
	case "renamed by a person", "moved by a person", "prioritized by a person", "closed by a person", "deleted by a person":
		d.person(h)
	case "faults", "late":
		d.setTrouble(func(t *trouble) { t.flaky, t.late = 1+h.n, h.kind == "late" })
		if h.kind == "late" && h.n%2 == 0 {
			left := h.n / 8
			d.setCrash(func(string) bool { left--; return left == -1 })
		}
	case "desk down":
		d.setTrouble(func(t *trouble) {
			t.downUntil = time.Now().Add(time.Duration(h.n) * 10 * time.Minute)
			t.down = pick(d.random, []func() fault{neverSent, cutBefore, timedOut, unauthorized, cutAfter})
		})
	case "refused":
		d.setTrouble(func(t *trouble) {
			t.refused, t.refusedUntil = Marker(h.id), time.Now().Add(time.Duration(h.n)*5*time.Minute)
		})
	case "quiet":
		d.setTrouble(func(t *trouble) { *t = trouble{} })
	case "Huntress down":
		until := time.Now().Add(time.Duration(h.n) * time.Minute)
		d.setHuntress(func(op string) error {
			if time.Now().Before(until) {
				return huntressDown(op)
			}
			return nil
		})
	case "crash":
		left := h.n / 4
		d.setCrash(func(string) bool { left--; return left == -1 })
	case "disk full":
		left := h.n
		d.world.store.setFails(func(string) error {
			if left--; left < 0 {
				return nil
			}
			return errors.New("no space left on device")
		})
	case "kill":
		d.process.kill()
	case "poke":
		d.process.engine.Poke()
	case "state lost":
		if len(d.deleted) > 0 {
			return // a lost state cannot know what people deleted
		}
		d.process.kill()
		d.process.ran.Wait()
		// What the desk still does about a create whose intent is lost too, nobody
		// can know of: a lost state is only replaced once that had its time.
		w.desk.settle()
		w.store.lose()
		for id, inc := range w.source.incidents() {
			if !inc.Status.Open() {
				d.optional[id] = true
			}
		}
	case "reconfigured":
		w.configuration.change(func(c *fakeConfiguration) { c.hash = fmt.Sprintf("hash-%d", h.n) })
		_, _ = d.process.engine.Configure(d.process.ctx, d.process.setup()) // a desk that is away may refuse it
	}
}

func (d *drama) incident(h happening) {
	s := d.world.source
	switch h.kind {
	case "change":
		s.change(h.id, func(inc *Incident) {
			switch h.n % 3 {
			case 0:
				inc.Subject = fmt.Sprintf("Renamed %d", h.n)
			case 1:
				inc.Summary = fmt.Sprintf("Summary %d", h.n)
			default:
				inc.Remediations = []Remediation{{ID: 1, Action: "Isolate", Status: fmt.Sprintf("step %d", h.n)}}
			}
		})
	case "close":
		s.setStatus(h.id, StatusClosed)
	case "dismiss":
		s.setStatus(h.id, StatusPartnerDismissed)
	case "reopen":
		s.setStatus(h.id, StatusAutoRemediating)
	case "raise":
		s.change(h.id, func(inc *Incident) { inc.Severity = SeverityCritical })
	case "deleting":
		s.setStatus(h.id, StatusDeleting)
		d.optional[h.id] = true // it may never have been seen before
	}
	if inc := s.incidents()[h.id]; inc.Status.Closed() && inc.OrganizationID == orgOptedOut {
		d.optional[h.id] = true
	}
}

func (d *drama) person(h happening) {
	desk := d.world.desk
	for _, t := range desk.of(h.id) {
		if t.deleted {
			continue
		}
		if h.kind == "deleted by a person" {
			d.deleted[h.id] = true
		}
		desk.person(t.ID, func(t *deskTicket) {
			switch h.kind {
			case "renamed by a person":
				t.Title = Marker(h.id) + " mine now"
			case "moved by a person":
				t.BoardID, t.StatusID = boardVIP, openStatus(boardVIP)
				if t.Closed {
					t.StatusID = closedStatus(boardVIP)
				}
			case "prioritized by a person":
				t.PriorityID = "p0"
			case "closed by a person":
				t.StatusID, t.Closed = closedStatus(t.BoardID), true
			case "deleted by a person":
				t.deleted = true
			}
		})
	}
}

// judge holds the desk against Huntress.
func (d *drama) judge() error {
	var wrong []error
	report := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	for id, inc := range d.world.source.incidents() {
		all := d.world.desk.of(id)
		var live []deskTicket
		for _, t := range all {
			if !t.deleted {
				live = append(live, t)
			}
		}
		optedOut := inc.OrganizationID == orgOptedOut
		switch {
		case optedOut && len(all) > 0:
			report("incident %d of an organization that wants no tickets has %d", id, len(all))
		case optedOut:
		case len(live) > 1:
			report("incident %d has %d tickets", id, len(live))
		case len(live) == 0 && !d.deleted[id] && !d.optional[id]:
			report("incident %d has no ticket", id)
		}
		r, err := d.world.store.Record(d.process.ctx, incidentKey(id))
		if err != nil {
			report("incident %d was never observed: %w", id, err)
			continue
		}
		if r.Seen.Incident.Status != inc.Status || r.Seen.Incident.Subject != inc.Subject || r.Seen.Incident.Summary != inc.Summary {
			report("incident %d is known as it was, not as it is", id)
		}
		if !r.DueAt.IsZero() || r.Work.Intent != nil {
			report("incident %d still owes something: due %s, intent %+v, retries %v", id, r.DueAt, r.Work.Intent, r.Work.Retries)
		}
		if len(live) == 1 && !optedOut {
			d.judgeTicket(report, inc, r, live[0])
		}
	}
	if len(wrong) > 0 {
		wrong = append(wrong, fmt.Errorf("log:\n%s", d.world.logged()))
	}
	return errors.Join(wrong...)
}

func (d *drama) judgeTicket(report func(string, ...any), inc Incident, r Record, t deskTicket) {
	if r.Work.Ticket == nil || r.Work.Ticket.ID != t.ID {
		if !d.deleted[inc.ID] {
			report("incident %d has ticket %s, but the books say %+v", inc.ID, t.ID, r.Work.Ticket)
		}
		return
	}
	if hasNews(r.Work.Told, tell(inc, 0)) {
		report("ticket %s was not told of all news: %+v", t.ID, r.Work.Told)
	}
	if inc.Status.Closed() && !t.Closed {
		report("incident %d is over, but ticket %s is open", inc.ID, t.ID)
	}
	seen := map[string]bool{}
	for _, n := range t.notes {
		if seen[n.Operation.String()] {
			report("ticket %s has the same note twice: %s", t.ID, plain(n.Body))
		}
		seen[n.Operation.String()] = true
	}
}
