/* proof.h -- the harness's half of the proof of delivery: what a consumer's loop hands over once a
 * message did not fit, and the reconciliation of all consumers with all producers at the end. */
#ifndef QB_PROOF_H
#define QB_PROOF_H

#include "harness/samples.h"

/* Sequence numbers that came out of turn and are still missing: [first, end). */
struct qb_gap {
	uint64_t registration, first, end;
};

#define QB_GAPS_MAX 4096

/* One consumer's side of the proof.  Owns what its checker points to. */
struct qb_keeper {
	struct qb_checker *checker;
	unsigned consumer;
	size_t bitmap_size; /* bytes of each stream's bitmap */
	size_t gap_count;
	struct qb_gap *gaps;
	uint64_t lost; /* in gaps that did not fit the list any more */
	uint64_t duplicated, reordered, corrupted;
	unsigned fault_count;
	struct qb_fault faults[QB_FAULTS_MAX];
};

struct qb_proof_request {
	enum qb_proof proof;
	bool ordered;           /* the queue promises order per producer */
	unsigned consumer;      /* index */
	uint32_t stream_count;  /* registrations + 1 */
	uint64_t bitmap_budget; /* bytes for all bitmaps of this consumer, set proof only */
};

/* Which proof serves a case: off, by sequence (one consumer, ordered; also a floor, whose consumers
 * each see a stream of their own), or by set. */
enum qb_proof qb_proof_kind(const struct qb_case *c);

/* Prepares a consumer's checker (caller's memory) and its keeper.  -ENOMEM. */
int qb_proof_start(const struct qb_proof_request *request, struct qb_checker *checker,
                   struct qb_keeper *keeper, struct qb_error *error);
void qb_proof_finish(struct qb_keeper *keeper);

/* Holds what all consumers saw against what was sent: sent[r] messages by registration r, for r in
 * 1 ... stream_count - 1.  Call when all threads have stopped; `received` counts all messages that
 * the consumers' loops took. */
void qb_proof_reconcile(struct qb_keeper *keepers, unsigned keeper_count, const uint64_t *sent,
                        uint64_t received, struct qb_delivery *ret_delivery);

/* True if the delivery is exactly what was promised. */
bool qb_proof_holds(const struct qb_delivery *delivery);

#endif
