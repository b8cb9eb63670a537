/* proof_reconcile -- at the end of a run: what was sent against what all consumers saw. */
#include <assert.h>

#include "harness/proof.h"

static void name_lost(struct qb_delivery *delivery, uint64_t registration, uint64_t sequence)
{
	if (delivery->fault_count < QB_FAULTS_MAX)
		delivery->faults[delivery->fault_count++] = (struct qb_fault){
			.kind = QB_FAULT_LOST, .registration = registration, .sequence = sequence
		};
}

static void name_seen(struct qb_delivery *delivery, enum qb_fault_kind kind, uint64_t registration,
                      uint64_t sequence)
{
	if (delivery->fault_count < QB_FAULTS_MAX)
		delivery->faults[delivery->fault_count++] =
			(struct qb_fault){ .kind = kind,
			                   .registration = registration,
			                   .sequence = sequence,
			                   .expected = sequence };
}

static void lose_range(struct qb_delivery *delivery, uint64_t registration, uint64_t first,
                       uint64_t end)
{
	delivery->lost += end - first;
	for (uint64_t sequence = first; sequence < end && sequence < first + QB_FAULTS_MAX;
	     sequence++)
		name_lost(delivery, registration, sequence);
}

/* Sequence proof: what is still missing, and what comes behind the last that arrived. */
static void reconcile_sequence(const struct qb_keeper *keeper, const uint64_t *sent,
                               struct qb_delivery *delivery)
{
	const struct qb_checker *checker = keeper->checker;

	delivery->lost += keeper->lost;
	for (size_t index = 0; index < keeper->gap_count; index++) {
		const struct qb_gap *gap = &keeper->gaps[index];
		const uint64_t end =
			gap->end < sent[gap->registration] ? gap->end : sent[gap->registration];

		if (gap->first < end)
			lose_range(delivery, gap->registration, gap->first, end);
	}
	for (uint32_t stream = 1; stream < checker->stream_count; stream++) {
		const uint64_t due = checker->streams[stream].next & QB_SEQUENCE_MASK;

		if (due < sent[stream]) {
			lose_range(delivery, stream, due, sent[stream]);
		} else if (due > sent[stream]) {
			delivery->corrupted++; /* a number that nobody ever sent */
			name_seen(delivery, QB_FAULT_CORRUPTED, stream, due - 1);
		}
	}
}

/* One word of all consumers' bitmaps: 64 sequence numbers from `base` on. */
static void reconcile_word(const struct qb_keeper *keepers, unsigned keeper_count, uint32_t stream,
                           uint64_t base, uint64_t sent, struct qb_delivery *delivery)
{
	const uint64_t left = sent > base ? sent - base : 0;
	const uint64_t due = left >= 64 ? UINT64_MAX : (UINT64_C(1) << left) - 1;
	uint64_t seen = 0, twice = 0, missing, foreign;

	for (unsigned k = 0; k < keeper_count; k++) {
		const uint64_t word = keepers[k].checker->streams[stream].bitmap[base >> 6];

		twice |= seen & word;
		delivery->duplicated += (uint64_t)__builtin_popcountll(seen & word);
		seen |= word;
	}
	missing = due & ~seen;
	foreign = seen & ~due;
	delivery->lost += (uint64_t)__builtin_popcountll(missing);
	delivery->corrupted += (uint64_t)__builtin_popcountll(foreign);
	if (qb_likely(!(missing | foreign | twice)))
		return;
	for (unsigned bit = 0; bit < 64; bit++) {
		if (missing >> bit & 1)
			name_lost(delivery, stream, base + bit);
		if (twice >> bit & 1)
			name_seen(delivery, QB_FAULT_DUPLICATED, stream, base + bit);
		if (foreign >> bit & 1)
			name_seen(delivery, QB_FAULT_CORRUPTED, stream, base + bit);
	}
}

/* Messages past the bitmaps: count, sum and sum of squares, modulo 2^64, against closed forms. */
static void reconcile_beyond(const struct qb_keeper *keepers, unsigned keeper_count,
                             uint32_t stream, uint64_t sent, struct qb_delivery *delivery)
{
	const uint64_t limit = keepers[0].checker->bitmap_limit;
	uint64_t count = 0, sum = 0, square_sum = 0, due_count = 0, due_sum = 0, due_square_sum = 0;

	for (unsigned k = 0; k < keeper_count; k++) {
		const struct qb_stream *s = &keepers[k].checker->streams[stream];

		count += s->beyond_count;
		sum += s->beyond_sum;
		square_sum += s->beyond_square_sum;
	}
	if (count == 0 && sent <= limit)
		return;
	delivery->beyond_bitmap = true;
	for (uint64_t sequence = limit; sequence < sent; sequence++) {
		due_count++;
		due_sum += sequence;
		due_square_sum += sequence * sequence;
	}
	if (count < due_count)
		delivery->lost += due_count - count;
	else if (count > due_count)
		delivery->duplicated += count - due_count;
	else if (sum != due_sum || square_sum != due_square_sum) {
		delivery->lost++; /* at least one, and another came twice in its place */
		delivery->duplicated++;
	}
}

/* The first sequence number behind all that any consumer may have marked: pages never touched are
 * not read, so the walk ends where the sent ones, or the marks, end. */
static uint64_t marked_end(const struct qb_keeper *keepers, unsigned keeper_count, uint32_t stream,
                           uint64_t sent)
{
	uint64_t end = sent;

	for (unsigned k = 0; k < keeper_count; k++) {
		const uint64_t next = keepers[k].checker->streams[stream].next & QB_SEQUENCE_MASK;

		if (next > end)
			end = next;
	}
	return end < keepers[0].checker->bitmap_limit ? end : keepers[0].checker->bitmap_limit;
}

static void reconcile_set(const struct qb_keeper *keepers, unsigned keeper_count,
                          const uint64_t *sent, struct qb_delivery *delivery)
{
	const uint32_t stream_count = keepers[0].checker->stream_count;

	for (uint32_t stream = 1; stream < stream_count; stream++) {
		const uint64_t end = marked_end(keepers, keeper_count, stream, sent[stream]);

		for (uint64_t base = 0; base < end; base += 64)
			reconcile_word(keepers, keeper_count, stream, base, sent[stream], delivery);
		reconcile_beyond(keepers, keeper_count, stream, sent[stream], delivery);
	}
}

static void gather(const struct qb_keeper *keeper, struct qb_delivery *delivery)
{
	delivery->duplicated += keeper->duplicated;
	delivery->reordered += keeper->reordered;
	delivery->corrupted += keeper->corrupted;
	for (unsigned fault = 0; fault < keeper->fault_count; fault++) {
		if (delivery->fault_count < QB_FAULTS_MAX)
			delivery->faults[delivery->fault_count++] = keeper->faults[fault];
	}
}

void qb_proof_reconcile(struct qb_keeper *keepers, unsigned keeper_count, const uint64_t *sent,
                        uint64_t received, struct qb_delivery *ret_delivery)
{
	const enum qb_proof proof = keepers[0].checker->proof;
	struct qb_delivery delivery = { .received = received };

	assert(keeper_count > 0);
	for (uint32_t stream = 1; stream < keepers[0].checker->stream_count; stream++)
		delivery.sent += sent[stream];
	for (unsigned k = 0; k < keeper_count; k++)
		gather(&keepers[k], &delivery);
	for (unsigned k = 0; k < keeper_count && proof == QB_PROOF_SEQUENCE; k++)
		reconcile_sequence(&keepers[k], sent, &delivery);
	if (proof == QB_PROOF_SET)
		reconcile_set(keepers, keeper_count, sent, &delivery);
	if (proof == QB_PROOF_OFF) {
		delivery.lost = delivery.sent > received ? delivery.sent - received : 0;
		delivery.duplicated = received > delivery.sent ? received - delivery.sent : 0;
	}
	*ret_delivery = delivery;
}

bool qb_proof_holds(const struct qb_delivery *d)
{
	return d->sent == d->received && d->lost == 0 && d->duplicated == 0 && d->reordered == 0 &&
	       d->corrupted == 0;
}
