/* qbench_message.h -- what a message looks like: its identity, and the pattern that fills the rest.
 *
 * A message's identity is its registration (who sent it: one attach of one producer) and its
 * sequence number.  Larger messages repeat it, transformed, in every further word, so that a torn,
 * stale or partial copy shows. */
#ifndef QBENCH_MESSAGE_H
#define QBENCH_MESSAGE_H

#define QB_SEQUENCE_BITS    44 /* 4.8 hours at 10^9 messages per second and registration */
#define QB_SEQUENCE_MASK    ((UINT64_C(1) << QB_SEQUENCE_BITS) - 1)
#define QB_REGISTRATION_MAX ((1u << (63 - QB_SEQUENCE_BITS)) - 1)

/* Odd, and larger than any difference of two sequence numbers: a word that is moved to another
 * place of its message, or comes from another message, does not fit. */
#define QB_PATTERN_STEP UINT64_C(0x9e3779b97f4a7c15)

#define qb_likely(condition)   __builtin_expect(!!(condition), 1)
#define qb_unlikely(condition) __builtin_expect(!!(condition), 0)

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

/* Two words at a time, on every machine that has 16-byte vectors; spelled out, four chains side by
 * side, because -O2 neither vectorizes nor unrolls a loop of unknown length. */
typedef uint64_t qb_pair __attribute__((vector_size(16)));

QB_TEMPLATE qb_pair qb_pair_load(const char *at)
{
	qb_pair pair;

	memcpy(&pair, at, sizeof(pair));
	return pair;
}

/* True if the first `count`, a multiple of 8, words are `expected`, `expected` + 1, ... */
QB_TEMPLATE bool qb_words_rise(const char *at, size_t count, uint64_t expected)
{
	qb_pair a = { expected, expected + 1 }, b = a + 2, c = a + 4, d = a + 6;
	qb_pair difference = { 0, 0 };

	for (size_t index = 0; index < count; index += 8, at += 64) {
		difference |= (qb_pair_load(at) ^ a) | (qb_pair_load(at + 16) ^ b);
		difference |= (qb_pair_load(at + 32) ^ c) | (qb_pair_load(at + 48) ^ d);
		a += 8;
		b += 8;
		c += 8;
		d += 8;
	}
	return (difference[0] | difference[1]) == 0;
}

QB_TEMPLATE uint64_t qb_words_sum(const char *at, size_t count)
{
	qb_pair a = { 0, 0 }, b = a;

	for (size_t index = 0; index < count; index += 8, at += 64) {
		a += qb_pair_load(at) + qb_pair_load(at + 16);
		b += qb_pair_load(at + 32) + qb_pair_load(at + 48);
	}
	a += b;
	return a[0] + a[1];
}

QB_TEMPLATE void qb_words_write(char *at, size_t count, uint64_t identity)
{
	qb_pair a = { identity, identity + 1 }, b = a + 2, c = a + 4, d = a + 6;

	for (size_t index = 0; index < count; index += 8, at += 64) {
		memcpy(at, &a, sizeof(a));
		memcpy(at + 16, &b, sizeof(b));
		memcpy(at + 32, &c, sizeof(c));
		memcpy(at + 48, &d, sizeof(d));
		a += 8;
		b += 8;
		c += 8;
		d += 8;
	}
}

/* Writes `count` messages in a row, from `identity` on. */
QB_TEMPLATE void qb_write_run(void *messages, size_t count, const size_t size, uint64_t identity)
{
	const size_t stride = qb_stride(size);
	char *at = (char *)messages;
	size_t index = 0;

	if (size == 8) {
		index = count & ~(size_t)7;
		qb_words_write(at, index, identity);
	}
	for (; index < count; index++)
		qb_message_write(at + index * stride, size, identity + index);
}

#endif
