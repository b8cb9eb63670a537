/* qbench_proof.h -- the proof of delivery that runs inside every measured loop.
 *
 * A message's identity is its registration (who sent it: one attach of one producer) and its
 * sequence number.  Larger messages repeat it, transformed, in every further word, so that a torn,
 * stale or partial copy shows.  A consumer checks each message as it comes:
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

#define QB_SEQUENCE_BITS    44 /* 4.8 hours at 10^9 messages per second and registration */
#define QB_SEQUENCE_MASK    ((UINT64_C(1) << QB_SEQUENCE_BITS) - 1)
#define QB_REGISTRATION_MAX ((1u << (63 - QB_SEQUENCE_BITS)) - 1)

/* Odd, and larger than any difference of two sequence numbers: a word that is moved to another
 * place of its message, or comes from another message, does not fit. */
#define QB_PATTERN_STEP UINT64_C(0x9e3779b97f4a7c15)

#define qb_likely(condition)   __builtin_expect(!!(condition), 1)
#define qb_unlikely(condition) __builtin_expect(!!(condition), 0)

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

QB_TEMPLATE uint64_t qb_identity(uint64_t registration, uint64_t sequence)
{
	return registration << QB_SEQUENCE_BITS | sequence;
}

QB_TEMPLATE uint64_t qb_registration_of(uint64_t identity) { return identity >> QB_SEQUENCE_BITS; }

/* Copies one message.  In pieces that compilers turn into moves, with a compiler barrier that keeps
 * clang from joining them again, so that no constant size costs a call. */
QB_TEMPLATE void qb_message_copy(void *to, const void *from, const size_t size)
{
	if (!__builtin_constant_p(size) || size < 64 || size % 64 != 0) {
		memcpy(to, from, size);
		return;
	}
	for (size_t offset = 0; offset < size; offset += 64) {
		memcpy((char *)to + offset, (const char *)from + offset, 64);
		__asm__ __volatile__("" : : : "memory");
	}
}

/* Copies `count` messages that lie in a row, without a call where the size is constant. */
QB_TEMPLATE void qb_messages_copy(void *to, const void *from, size_t count, const size_t size)
{
	const size_t stride = qb_stride(size), bytes = count * stride;
	size_t offset = 0;

	if (__builtin_constant_p(size) && size <= 64 && 64 % size == 0) {
		for (; offset + 64 <= bytes; offset += 64)
			qb_message_copy((char *)to + offset, (const char *)from + offset, 64);
	}
	for (; offset < bytes; offset += stride) {
		qb_message_copy((char *)to + offset, (const char *)from + offset, size);
		__asm__ __volatile__("" : : : "memory"); /* or the loop becomes a memcpy again */
	}
}

/* Writes the message `identity` of `size` bytes; the rest of its last word stays untouched. */
QB_TEMPLATE void qb_message_write(void *message, const size_t size, uint64_t identity)
{
	char *bytes = (char *)message;
	uint64_t word = identity;
	size_t offset = 0;

	for (; offset + 8 <= size; offset += 8, word += QB_PATTERN_STEP)
		memcpy(bytes + offset, &word, 8);
	for (size_t rest = 0; offset + rest < size; rest++)
		bytes[offset + rest] = (char)(word >> (8 * rest));
}

QB_TEMPLATE uint64_t qb_message_identity(const void *message)
{
	uint64_t identity;

	memcpy(&identity, message, 8);
	return identity;
}

/* True if every byte behind the identity is what qb_message_write wrote for it. */
QB_TEMPLATE bool qb_message_intact(const void *message, const size_t size)
{
	const char *bytes = (const char *)message;
	uint64_t expected = qb_message_identity(message), found, difference = 0;
	size_t offset = 8;

	for (; offset + 8 <= size; offset += 8) {
		expected += QB_PATTERN_STEP;
		memcpy(&found, bytes + offset, 8);
		difference |= found ^ expected;
	}
	expected += QB_PATTERN_STEP;
	for (size_t rest = 0; offset + rest < size; rest++)
		difference |= (uint64_t)(unsigned char)(bytes[offset + rest] ^
		                                        (char)(expected >> (8 * rest)));
	return difference == 0;
}

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
	uint64_t difference = 0;
	size_t index = 0;

	if (size == 8 && proof == QB_PROOF_SEQUENCE && qb_message_identity(at) == expected) {
		/* Eight at a time, which compilers vectorize at -O2. */
		for (; index + 8 <= count; index += 8) {
			uint64_t word[8];

			memcpy(word, at + index * 8, sizeof(word));
			for (unsigned lane = 0; lane < 8; lane++)
				difference |= word[lane] ^ (expected + index + lane);
		}
		if (qb_unlikely(difference != 0))
			index = 0; /* again, one by one, to name it */
	}
	expected += index;
	for (; index < count; index++)
		expected = qb_check_one(checker, proof, at + index * stride, size, expected);
	return expected;
}

/* Writes `count` messages in a row, from `identity` on. */
QB_TEMPLATE void qb_write_run(void *messages, size_t count, const size_t size, uint64_t identity)
{
	const size_t stride = qb_stride(size);
	char *at = (char *)messages;
	size_t index = 0;

	if (size == 8) {
		for (; index + 8 <= count; index += 8) {
			uint64_t word[8];

			for (unsigned lane = 0; lane < 8; lane++)
				word[lane] = identity + index + lane;
			memcpy(at + index * 8, word, sizeof(word));
		}
	}
	for (; index < count; index++)
		qb_message_write(at + index * stride, size, identity + index);
}

#endif
