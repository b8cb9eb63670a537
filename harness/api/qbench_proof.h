/* qbench_proof.h -- the proof of delivery that runs inside every measured loop.
 *
 * A consumer checks each message as it comes:
 *
 *   sequence proof: this consumer alone sees every message of a registration, in order.  One
 *     comparison with the expected identity finds loss, duplication and reordering.
 *   set proof: several consumers, or a queue that promises no order.  Each consumer sets one bit
 *     per message in a bitmap of its own; the harness merges them, so exactly-once is decided
 *     message by message.  Beyond the bitmaps' capacity, power sums are kept instead.
 *
 * Counts and sums are reconciled by the harness when all threads have stopped. */
#ifndef QBENCH_PROOF_H
#define QBENCH_PROOF_H

#include "qbench_message.h"

/* What one consumer knows of one registration. */
struct qb_stream {
	uint64_t next;    /* sequence proof: identity expected; set proof: lowest still in order */
	uint64_t *bitmap; /* set proof: bit per sequence number below bitmap_limit, else NULL */
	uint64_t beyond_count; /* messages past the bitmap, and the sums of s and s * s over them */
	uint64_t beyond_sum;
	uint64_t beyond_square_sum;
};

enum qb_proof { QB_PROOF_OFF, QB_PROOF_SEQUENCE, QB_PROOF_SET };

struct qb_checker {
	struct qb_stream *streams; /* by registration; entry 0 is unused */
	uint32_t stream_count;     /* registrations 1 ... stream_count - 1 exist */
	enum qb_proof proof;
	bool ordered;          /* set proof: each stream must rise */
	uint64_t bitmap_limit; /* set proof: sequence numbers below it have a bit */
	/* The harness's, called once a message did not fit: files the fault and repairs the stream.
	 */
	void (*fault)(struct qb_checker *checker, uint64_t identity, bool intact);
	void *keeper; /* the harness's */
};

QB_COLD void qb_check_fault(struct qb_checker *checker, uint64_t identity, bool intact)
{
	checker->fault(checker, identity, intact);
}

/* Set proof of one identity. */
QB_TEMPLATE void qb_check_set(struct qb_checker *checker, uint64_t identity, bool intact)
{
	const uint64_t registration = qb_registration_of(identity);
	const uint64_t sequence = identity & QB_SEQUENCE_MASK;
	struct qb_stream *stream;
	uint64_t bit;

	if (qb_unlikely(registration - 1 >= checker->stream_count - 1 || !intact)) {
		qb_check_fault(checker, identity, intact);
		return;
	}
	stream = &checker->streams[registration];
	if (qb_unlikely(sequence >= checker->bitmap_limit)) {
		if (qb_unlikely(checker->ordered && identity < stream->next)) {
			qb_check_fault(checker, identity, true);
			return;
		}
		stream->next = identity + 1;
		stream->beyond_count++;
		stream->beyond_sum += sequence;
		stream->beyond_square_sum += sequence * sequence;
		return;
	}
	bit = UINT64_C(1) << (sequence & 63);
	if (qb_unlikely((stream->bitmap[sequence >> 6] & bit) ||
	                (checker->ordered && identity < stream->next))) {
		qb_check_fault(checker, identity, true);
		return;
	}
	stream->bitmap[sequence >> 6] |= bit;
	if (identity >= stream->next)
		stream->next = identity + 1;
}

/* Sequence proof of one message that does not continue the stream of `expected`: the start of
 * another stream's run, or a fault.  Returns the identity expected next. */
QB_TEMPLATE uint64_t qb_check_switch(struct qb_checker *checker, uint64_t identity, bool intact,
                                     uint64_t expected)
{
	const uint64_t registration = qb_registration_of(identity);
	const bool known = registration - 1 < checker->stream_count - 1;

	checker->streams[qb_registration_of(expected)].next = expected;
	if (qb_likely(known && intact && checker->streams[registration].next == identity))
		return identity + 1;
	qb_check_fault(checker, identity, intact);
	return checker->streams[known ? registration : 1].next;
}

/* Checks one message; returns the identity that the sequence proof expects next.  `expected` lives
 * in the loop's register (with the proof off it sums identities, so that the read stays alive);
 * `proof` is checker->proof, in a register too. */
QB_TEMPLATE uint64_t qb_check_one(struct qb_checker *checker, enum qb_proof proof,
                                  const void *message, const size_t size, uint64_t expected)
{
	const uint64_t identity = qb_message_identity(message);
	bool intact;

	if (proof == QB_PROOF_OFF)
		return expected + identity;
	intact = size == 8 || qb_message_intact(message, size);
	if (proof == QB_PROOF_SET) {
		qb_check_set(checker, identity, intact);
		return expected;
	}
	if (qb_likely(identity == expected && intact))
		return expected + 1;
	return qb_check_switch(checker, identity, intact, expected);
}

/* Checks `count` >= 1 messages in a row: a run that continues the expected stream costs one pass
 * without a branch per message; anything else is checked one by one. */
QB_TEMPLATE uint64_t qb_check_run(struct qb_checker *checker, enum qb_proof proof,
                                  const void *messages, size_t count, const size_t size,
                                  uint64_t expected)
{
	const size_t stride = qb_stride(size);
	const char *at = (const char *)messages;
	size_t index = 0;

	if (size == 8 && proof == QB_PROOF_SEQUENCE && qb_message_identity(at) == expected &&
	    qb_likely(qb_words_rise(at, count & ~(size_t)7, expected))) {
		index = count & ~(size_t)7;
		expected += index;
	} else if (size == 8 && proof == QB_PROOF_OFF) {
		index = count & ~(size_t)7;
		expected += qb_words_sum(at, index);
	}
	for (; index < count; index++)
		expected = qb_check_one(checker, proof, at + index * stride, size, expected);
	return expected;
}

#endif
