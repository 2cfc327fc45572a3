// Package engine is the domain of huntsync: it observes the incidents that the
// Huntress SOC publishes, plans what the desk is owed for each of them, and
// applies that plan so that every incident becomes exactly one ticket.
//
// It knows no HTTP, no SQL and no configuration language. Huntress is a
// [Source], the ticketing system a [Desk], the durable memory a [Store], and the
// routing a [Policy]; each is implemented elsewhere.
package engine
