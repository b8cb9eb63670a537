/* proof -- who lost, duplicated, reordered or corrupted which message.
 *
 * The loops find out at once that a message does not fit; what it means can often be told only
 * later: a skipped number is lost, or on its way by another road.  So skipped numbers are kept as
 * gaps; one that comes after all was reordered, one that never comes was lost.  With several
 * consumers each has a bitmap of what it got, and the merged bitmaps decide. */
#include "harness/proof.h"

#include <assert.h>
#include <sys/mman.h>

static void name_fault(struct qb_keeper *keeper, enum qb_fault_kind kind, uint64_t identity,
                       uint64_t expected)
{
	if (keeper->fault_count == QB_FAULTS_MAX)
		return;
	keeper->faults[keeper->fault_count++] =
		(struct qb_fault){ .kind = kind,
		                   .consumer = keeper->consumer,
		                   .registration = qb_registration_of(identity),
		                   .sequence = identity & QB_SEQUENCE_MASK,
		                   .expected = expected & QB_SEQUENCE_MASK };
}

static void add_gap(struct qb_keeper *keeper, uint64_t registration, uint64_t first, uint64_t end)
{
	if (keeper->gap_count == QB_GAPS_MAX) {
		keeper->lost += end - first;
		return;
	}
	keeper->gaps[keeper->gap_count++] = (struct qb_gap){ registration, first, end };
}

/* Takes one number out of the gaps; false if it is in none. */
static bool fill_gap(struct qb_keeper *keeper, uint64_t registration, uint64_t sequence)
{
	for (size_t index = 0; index < keeper->gap_count; index++) {
		struct qb_gap *gap = &keeper->gaps[index];
		const struct qb_gap old = *gap;

		if (old.registration != registration || sequence < old.first || sequence >= old.end)
			continue;
		if (old.first == sequence && old.end == sequence + 1) {
			*gap = keeper->gaps[--keeper->gap_count];
		} else if (old.first == sequence) {
			gap->first++;
		} else {
			gap->end = sequence;
			if (sequence + 1 < old.end)
				add_gap(keeper, registration, sequence + 1, old.end);
		}
		return true;
	}
	return false;
}

/* Sequence proof: the identity is of a known registration, but not the one that was due. */
static void out_of_turn(struct qb_keeper *keeper, struct qb_stream *stream, uint64_t identity)
{
	const uint64_t sequence = identity & QB_SEQUENCE_MASK;
	const uint64_t due = stream->next & QB_SEQUENCE_MASK;

	if (sequence > due) {
		add_gap(keeper, qb_registration_of(identity), due, sequence);
		stream->next = identity + 1;
	} else if (fill_gap(keeper, qb_registration_of(identity), sequence)) {
		keeper->reordered++;
		name_fault(keeper, QB_FAULT_REORDERED, identity, stream->next);
	} else {
		keeper->duplicated++;
		name_fault(keeper, QB_FAULT_DUPLICATED, identity, stream->next);
	}
}

static void sequence_fault(struct qb_keeper *keeper, uint64_t identity, bool known, bool intact)
{
	struct qb_stream *stream = &keeper->checker->streams[qb_registration_of(identity)];

	if (!known || !intact) {
		keeper->corrupted++;
		name_fault(keeper, QB_FAULT_CORRUPTED, identity, 0);
	}
	if (!known)
		return;
	if (identity == stream->next)
		stream->next++; /* the one that was due, though damaged */
	else if (intact)
		out_of_turn(keeper, stream, identity);
}

/* Set proof: a foreign or damaged message, one whose bit is set, or one out of order. */
static void set_fault(struct qb_keeper *keeper, uint64_t identity, bool known, bool intact)
{
	struct qb_checker *checker = keeper->checker;
	struct qb_stream *stream = &checker->streams[qb_registration_of(identity)];
	const uint64_t sequence = identity & QB_SEQUENCE_MASK;
	const uint64_t bit = UINT64_C(1) << (sequence & 63);

	if (!known || !intact) {
		keeper->corrupted++;
		name_fault(keeper, QB_FAULT_CORRUPTED, identity, 0);
	}
	if (!known)
		return;
	if (sequence >= checker->bitmap_limit) {
		stream->beyond_count++;
		stream->beyond_sum += sequence;
		stream->beyond_square_sum += sequence * sequence;
	} else if (stream->bitmap[sequence >> 6] & bit) {
		keeper->duplicated++;
		name_fault(keeper, QB_FAULT_DUPLICATED, identity, stream->next);
		return;
	} else {
		stream->bitmap[sequence >> 6] |= bit;
	}
	if (identity >= stream->next) {
		stream->next = identity + 1;
	} else if (checker->ordered) {
		keeper->reordered++;
		name_fault(keeper, QB_FAULT_REORDERED, identity, stream->next);
	}
}

static void on_fault(struct qb_checker *checker, uint64_t identity, bool intact)
{
	struct qb_keeper *keeper = checker->keeper;
	const bool known = qb_registration_of(identity) - 1 < checker->stream_count - 1;

	if (checker->proof == QB_PROOF_SEQUENCE)
		sequence_fault(keeper, identity, known, intact);
	else
		set_fault(keeper, identity, known, intact);
}

enum qb_proof qb_proof_kind(const struct qb_case *c)
{
	if (!c->proof)
		return QB_PROOF_OFF;
	if (c->traits & QB_FLOOR)
		return QB_PROOF_SEQUENCE;
	if (c->consumer_count == 1 && (c->traits & QB_ORDER_PER_PRODUCER))
		return QB_PROOF_SEQUENCE;
	return QB_PROOF_SET;
}

/* Reserves address space; pages come as they are touched, one in 32768 messages. */
static void *map_bitmap(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
	                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static int map_bitmaps(const struct qb_proof_request *request, struct qb_keeper *keeper)
{
	const uint64_t share = request->bitmap_budget / (request->stream_count - 1);
	const size_t size = share < 4096 ? 4096 : (size_t)(share / 4096 * 4096);

	keeper->bitmap_size = size;
	keeper->checker->bitmap_limit = size * 8;
	for (uint32_t stream = 1; stream < request->stream_count; stream++) {
		keeper->checker->streams[stream].bitmap = map_bitmap(size);
		if (!keeper->checker->streams[stream].bitmap)
			return -ENOMEM;
	}
	return 0;
}

int qb_proof_start(const struct qb_proof_request *request, struct qb_checker *checker,
                   struct qb_keeper *keeper, struct qb_error *error)
{
	assert(request->stream_count >= 2);
	*checker = (struct qb_checker){ .stream_count = request->stream_count,
		                        .proof = request->proof,
		                        .ordered = request->ordered,
		                        .fault = on_fault,
		                        .keeper = keeper };
	*keeper = (struct qb_keeper){ .checker = checker, .consumer = request->consumer };
	checker->streams = calloc(request->stream_count, sizeof(*checker->streams));
	keeper->gaps = calloc(QB_GAPS_MAX, sizeof(*keeper->gaps));
	if (!checker->streams || !keeper->gaps)
		goto no_memory;
	for (uint32_t stream = 1; stream < request->stream_count; stream++)
		checker->streams[stream].next = qb_identity(stream, 0);
	if (request->proof == QB_PROOF_SET && map_bitmaps(request, keeper) != 0)
		goto no_memory;
	return 0;
no_memory:
	qb_proof_finish(keeper);
	return qb_error_set(error, ENOMEM, "cannot allocate the proof of consumer %u",
	                    request->consumer);
}

void qb_proof_finish(struct qb_keeper *keeper)
{
	struct qb_checker *checker = keeper->checker;

	free(keeper->gaps);
	keeper->gaps = NULL;
	if (!checker || !checker->streams)
		return;
	for (uint32_t stream = 1; stream < checker->stream_count; stream++) {
		if (checker->streams[stream].bitmap)
			munmap(checker->streams[stream].bitmap, keeper->bitmap_size);
	}
	free(checker->streams);
	checker->streams = NULL;
}
