/* test_proof -- the checkers, fed by hand with what broken queues would deliver. */
#include <criterion/criterion.h>

#include "harness/proof.h"

#define SENT 1000u

struct bench {
	struct qb_checker checkers[2];
	struct qb_keeper keepers[2];
	unsigned count;
	uint64_t expected[2], received;
	uint64_t sent[3];
};

static void start(struct bench *bench, enum qb_proof proof, unsigned consumers, uint64_t budget)
{
	struct qb_error error;

	*bench = (struct bench){ .count = consumers, .sent = { 0, SENT, SENT } };
	for (unsigned k = 0; k < consumers; k++) {
		const struct qb_proof_request request = { .proof = proof,
			                                  .ordered = true,
			                                  .consumer = k,
			                                  .stream_count = 3,
			                                  .bitmap_budget = budget };

		cr_assert_eq(
			qb_proof_start(&request, &bench->checkers[k], &bench->keepers[k], &error),
			0);
		bench->expected[k] = qb_identity(1, 0);
	}
}

static void take(struct bench *bench, unsigned consumer, const void *message, size_t size)
{
	struct qb_checker *checker = &bench->checkers[consumer];

	bench->expected[consumer] =
		qb_check_one(checker, checker->proof, message, size, bench->expected[consumer]);
	bench->received++;
}

static void deliver(struct bench *bench, unsigned consumer, uint64_t registration,
                    uint64_t sequence)
{
	uint64_t message[3];

	qb_message_write(message, sizeof(message), qb_identity(registration, sequence));
	take(bench, consumer, message, sizeof(message));
}

static struct qb_delivery finish(struct bench *bench)
{
	struct qb_delivery delivery;

	for (unsigned k = 0; k < bench->count; k++) {
		const uint64_t expected = bench->expected[k];

		if (bench->checkers[k].proof == QB_PROOF_SEQUENCE)
			bench->checkers[k].streams[qb_registration_of(expected)].next = expected;
	}
	qb_proof_reconcile(bench->keepers, bench->count, bench->sent, bench->received, &delivery);
	for (unsigned k = 0; k < bench->count; k++)
		qb_proof_finish(&bench->keepers[k]);
	return delivery;
}

/* Both registrations in turn, but for the message `skip` of the first. */
static void deliver_all(struct bench *bench, uint64_t skip)
{
	for (uint64_t sequence = 0; sequence < SENT; sequence++) {
		if (sequence != skip)
			deliver(bench, (unsigned)(sequence % bench->count), 1, sequence);
		deliver(bench, (unsigned)(sequence % bench->count), 2, sequence);
	}
}

static const enum qb_proof proofs[] = { QB_PROOF_SEQUENCE, QB_PROOF_SET };

Test(proof, holds_for_what_arrives_once_in_order_and_whole)
{
	for (unsigned p = 0; p < 2; p++) {
		struct bench bench;
		struct qb_delivery delivery;

		start(&bench, proofs[p], p + 1, 1 << 20);
		deliver_all(&bench, UINT64_MAX);
		delivery = finish(&bench);
		cr_expect(qb_proof_holds(&delivery));
		cr_expect_eq(delivery.received, 2 * SENT);
		cr_expect_eq(delivery.fault_count, 0);
	}
}

Test(proof, names_the_one_message_that_was_lost)
{
	const uint64_t lost[] = { 0, 500, SENT - 1 };

	for (unsigned variant = 0; variant < 6; variant++) {
		struct bench bench;
		struct qb_delivery delivery;

		start(&bench, proofs[variant % 2], variant % 2 + 1, 1 << 20);
		deliver_all(&bench, lost[variant / 2]);
		delivery = finish(&bench);
		cr_expect_not(qb_proof_holds(&delivery));
		cr_expect_eq(delivery.lost, 1);
		cr_expect_eq(delivery.duplicated + delivery.reordered + delivery.corrupted, 0);
		cr_assert_eq(delivery.fault_count, 1);
		cr_expect_eq(delivery.faults[0].kind, QB_FAULT_LOST);
		cr_expect_eq(delivery.faults[0].registration, 1);
		cr_expect_eq(delivery.faults[0].sequence, lost[variant / 2]);
	}
}

Test(proof, sees_a_duplicate_that_hides_a_loss_in_the_count)
{
	for (unsigned p = 0; p < 2; p++) {
		struct bench bench;
		struct qb_delivery delivery;

		start(&bench, proofs[p], 1, 1 << 20);
		deliver_all(&bench, 500);
		deliver(&bench, 0, 1, 7);
		delivery = finish(&bench);
		cr_expect_eq(delivery.sent, delivery.received);
		cr_expect_not(qb_proof_holds(&delivery));
		cr_expect_eq(delivery.lost, 1);
		cr_expect_eq(delivery.duplicated, 1);
	}
}

Test(proof, sees_a_message_that_two_consumers_got)
{
	struct bench bench;
	struct qb_delivery delivery;

	start(&bench, QB_PROOF_SET, 2, 1 << 20);
	bench.sent[1] = 3;
	bench.sent[2] = 0;
	deliver(&bench, 0, 1, 0);
	deliver(&bench, 0, 1, 1);
	deliver(&bench, 1, 1, 1);
	deliver(&bench, 1, 1, 2);
	delivery = finish(&bench);
	cr_expect_eq(delivery.duplicated, 1);
	cr_expect_eq(delivery.lost, 0);
	cr_expect_eq(delivery.faults[0].sequence, 1);
}

Test(proof, tells_reordering_from_loss)
{
	for (unsigned p = 0; p < 2; p++) {
		const uint64_t order[] = { 0, 2, 1, 3 };
		struct bench bench;
		struct qb_delivery delivery;

		start(&bench, proofs[p], 1, 1 << 20);
		bench.sent[1] = 4;
		bench.sent[2] = 0;
		for (unsigned index = 0; index < 4; index++)
			deliver(&bench, 0, 1, order[index]);
		delivery = finish(&bench);
		cr_expect_eq(delivery.reordered, 1);
		cr_expect_eq(delivery.lost + delivery.duplicated + delivery.corrupted, 0);
		cr_expect_not(qb_proof_holds(&delivery));
		cr_expect_eq(delivery.faults[0].kind, QB_FAULT_REORDERED);
		cr_expect_eq(delivery.faults[0].sequence, 1);
	}
}

Test(proof, sees_a_torn_message_although_its_identity_is_right)
{
	for (unsigned p = 0; p < 2; p++) {
		struct bench bench;
		struct qb_delivery delivery;
		uint64_t torn[3], other[3];

		start(&bench, proofs[p], 1, 1 << 20);
		bench.sent[1] = 1;
		bench.sent[2] = 0;
		qb_message_write(torn, sizeof(torn), qb_identity(1, 0));
		qb_message_write(other, sizeof(other), qb_identity(1, 1));
		torn[2] = other[2];
		take(&bench, 0, torn, sizeof(torn));
		delivery = finish(&bench);
		cr_expect_eq(delivery.corrupted, 1);
		cr_expect_eq(delivery.lost, 0);
		cr_expect_not(qb_proof_holds(&delivery));
	}
}

Test(proof, calls_corrupted_what_nobody_sent)
{
	for (unsigned p = 0; p < 2; p++) {
		struct bench bench;
		struct qb_delivery delivery;
		const uint64_t zero[3] = { 0 };

		start(&bench, proofs[p], 1, 1 << 20);
		deliver_all(&bench, UINT64_MAX);
		deliver(&bench, 0, 2, SENT); /* one past the last */
		take(&bench, 0, zero, sizeof(zero));
		delivery = finish(&bench);
		cr_expect_eq(delivery.corrupted, 2);
		cr_expect_eq(delivery.lost, 0);
	}
}

Test(proof, holds_past_the_bitmaps_by_sums_and_says_so)
{
	for (unsigned broken = 0; broken < 3; broken++) {
		struct bench bench;
		struct qb_delivery delivery;

		start(&bench, QB_PROOF_SET, 1, 1); /* the smallest: one page, 32768 messages */
		bench.sent[1] = 40000;
		bench.sent[2] = 0;
		for (uint64_t sequence = 0; sequence < 40000; sequence++) {
			if (sequence == 39000 && broken == 1)
				continue;
			deliver(&bench, 0, 1, sequence == 39000 && broken == 2 ? 38999 : sequence);
		}
		delivery = finish(&bench);
		cr_expect(delivery.beyond_bitmap);
		cr_expect_eq(qb_proof_holds(&delivery), broken == 0);
		if (broken == 1)
			cr_expect_eq(delivery.lost, 1);
	}
}

Test(proof, run_check_finds_one_wrong_message_anywhere_in_a_batch)
{
	for (unsigned wrong = 0; wrong < 20; wrong++) {
		struct bench bench;
		struct qb_delivery delivery;
		uint64_t batch[20];

		start(&bench, QB_PROOF_SEQUENCE, 1, 0);
		bench.sent[1] = 20;
		bench.sent[2] = 0;
		qb_write_run(batch, 20, 8, qb_identity(1, 0));
		batch[wrong] = qb_identity(1, 700);
		bench.expected[0] = qb_check_run(&bench.checkers[0], QB_PROOF_SEQUENCE, batch, 20,
		                                 8, bench.expected[0]);
		bench.received = 20;
		delivery = finish(&bench);
		cr_expect_not(qb_proof_holds(&delivery), "message %u", wrong);
	}
}

Test(proof, follows_batches_that_mix_senders)
{
	struct bench bench;
	struct qb_delivery delivery;
	uint64_t batch[16], next[3] = { 0 };

	start(&bench, QB_PROOF_SEQUENCE, 1, 0);
	for (unsigned round = 0; round < 100; round++) {
		for (unsigned index = 0; index < 16; index++) {
			const unsigned sender = 1 + (index * 7 + round) % 2;

			batch[index] = qb_identity(sender, next[sender]++);
		}
		bench.expected[0] = qb_check_run(&bench.checkers[0], QB_PROOF_SEQUENCE, batch, 16,
		                                 8, bench.expected[0]);
	}
	bench.sent[1] = next[1];
	bench.sent[2] = next[2];
	bench.received = 1600;
	delivery = finish(&bench);
	cr_expect(qb_proof_holds(&delivery));
}

Test(proof, writes_and_recognizes_messages_of_any_size)
{
	unsigned char message[300];

	for (size_t size = 8; size < sizeof(message); size++) {
		memset(message, 0xee, sizeof(message));
		qb_message_write(message, size, qb_identity(3, 12345));
		cr_expect_eq(message[size], 0xee, "size %zu writes past its end", size);
		cr_expect(qb_message_intact(message, size), "size %zu", size);
		for (size_t byte = 8; byte < size; byte++) {
			message[byte] ^= 0x10;
			cr_expect_not(qb_message_intact(message, size), "size %zu byte %zu", size,
			              byte);
			message[byte] ^= 0x10;
		}
	}
}

Test(proof, is_the_one_that_the_queue_and_the_case_allow)
{
	struct qb_case c = { .consumer_count = 1, .proof = true, .traits = QB_MPMC };

	cr_expect_eq(qb_proof_kind(&c), QB_PROOF_SEQUENCE);
	c.consumer_count = 2;
	cr_expect_eq(qb_proof_kind(&c), QB_PROOF_SET);
	c.traits |= QB_FLOOR;
	cr_expect_eq(qb_proof_kind(&c), QB_PROOF_SEQUENCE);
	c.traits = 0;
	c.consumer_count = 1;
	cr_expect_eq(qb_proof_kind(&c), QB_PROOF_SET);
	c.proof = false;
	cr_expect_eq(qb_proof_kind(&c), QB_PROOF_OFF);
}
