// Package statetest is the suite that every store must pass: each sentence of
// the contract of [engine.Store] as a test, and a random walk against a model
// that is simple enough to be seen to be right.
package statetest

import (
	"context"
	"testing"
	"time"

	"github.com/huntsync/huntsync/engine"
)

// Store is what the suite judges: an [engine.Store] with what operators need
// beside it.
type Store interface {
	engine.Store
	// Prune ends the retention of what is older, and says how many journal entries
	// and how many closed incidents those were.
	Prune(ctx context.Context, lease engine.Lease, before time.Time) (entries, incidents int, err error)
	// Serial grows with each change of a record or an adoption.
	Size(ctx context.Context) (int, error)
	Serial(ctx context.Context) (int64, error)
}

// Place opens one state, as often as it is called: twice at a time is two
// processes, once more after a Close is a restart. The test closes what it opens.
type Place func(tb testing.TB) Store

// Run runs the suite. Each call of fresh makes an empty place.
func Run(t *testing.T, fresh func(tb testing.TB) Place) {
	t.Helper()
	tests := map[string]func(*testing.T, Place){
		"empty state has nothing":                      testEmpty,
		"accounts are listed by id":                    testAccounts,
		"observation is committed together":            testObserveTogether,
		"observation of another account is refused":    testObserveForeign,
		"observe writes newer versions only":           testObserveVersions,
		"observe writes the seen half only":            testObserveSeenHalf,
		"changed row is due at once":                   testObserveDue,
		"nil leaves poll and organizations":            testObserveNil,
		"first cursor owes an adoption":                testAdoptionOwed,
		"adoption is kept":                             testAdoption,
		"large batch is observed":                      testLargeBatch,
		"record is kept whole":                         testRecordWhole,
		"hostile text is kept":                         testHostileText,
		"raw incident is kept to the byte":             testRaw,
		"records come by account and id":               testRecordsByID,
		"records are paged":                            testRecordsPaged,
		"what is due comes in working order":           testDueOrder,
		"due times count to the millisecond":           testDueMilliseconds,
		"unknown incidents are counted":                testUnknown,
		"record filters apply together":                testRecordFilters,
		"save writes the work half only":               testSaveWorkHalf,
		"save creates a record of a ticket":            testSaveCreates,
		"save of an outdated record leaves it due":     testSaveOutdated,
		"save journals in the same transaction":        testSaveJournals,
		"forget deletes and journals":                  testForget,
		"wake makes open and owing records due":        testWake,
		"tally counts":                                 testTally,
		"tally leaves details out":                     testTallyDetails,
		"journal is listed newest first":               testJournal,
		"desk is kept":                                 testDesk,
		"acquire renews, refuses and counts":           testAcquire,
		"two processes do not share an account":        testTwoProcesses,
		"every write needs its lease":                  testFencing,
		"every write honors cancellation":              testCanceled,
		"roster tells who is there":                    testRoster,
		"roster forgets who is gone":                   testRosterForgets,
		"close gives everything back":                  testClose,
		"restart finds everything":                     testRestart,
		"halves are written beside each other":         testHalvesRace,
		"accounts are written beside each other":       testAccountsRace,
		"prune keeps what is open, owed or young":      testPrune,
		"pruned incident that comes back has its work": testPruneComeback,
		"serial grows with what a plan is made of":     testSerial,
		"random walk agrees with the model":            testModel,
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, fresh(t))
		})
	}
}
