/* sha256 -- the name of a file's content. */
#include "harness/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* First 32 bits of the fractions of the cube roots of the first 64 primes (FIPS 180-4, 4.2.2). */
static const uint32_t constants[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2
};

static uint32_t rotate(uint32_t x, unsigned by) { return x >> by | x << (32 - by); }

static uint32_t load(const unsigned char *at)
{
	return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Turns the letters by one instead of moving them; the names are the standard's (6.2.2). */
#define ROUND(a, b, c, d, e, f, g, h, i)                                                           \
	do {                                                                                       \
		const uint32_t t1 = (h) + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) +         \
		                    ((g) ^ ((e) & ((f) ^ (g)))) + constants[i] + words[i];         \
		(d) += t1;                                                                         \
		(h) = t1 + (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) +                        \
		      (((a) & (b)) | ((c) & ((a) | (b))));                                         \
	} while (0)

static void digest(uint32_t state[8], const unsigned char *block)
{
	uint32_t words[64], a = state[0], b = state[1], c = state[2], d = state[3];
	uint32_t e = state[4], f = state[5], g = state[6], h = state[7];

	for (int i = 0; i < 16; i++)
		words[i] = load(block + 4 * i);
	for (int i = 16; i < 64; i++) {
		const uint32_t x = words[i - 15], y = words[i - 2];

		words[i] = words[i - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + words[i - 7] +
		           (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
	}
	for (int i = 0; i < 64; i += 8) {
		ROUND(a, b, c, d, e, f, g, h, i);
		ROUND(h, a, b, c, d, e, f, g, i + 1);
		ROUND(g, h, a, b, c, d, e, f, i + 2);
		ROUND(f, g, h, a, b, c, d, e, i + 3);
		ROUND(e, f, g, h, a, b, c, d, i + 4);
		ROUND(d, e, f, g, h, a, b, c, i + 5);
		ROUND(c, d, e, f, g, h, a, b, i + 6);
		ROUND(b, c, d, e, f, g, h, a, i + 7);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
	state[4] += e;
	state[5] += f;
	state[6] += g;
	state[7] += h;
}

void qb_sha256_begin(struct qb_sha256 *hash)
{
	/* Fractions of the square roots of the first eight primes (5.3.3). */
	*hash = (struct qb_sha256){ .state = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		                               0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } };
}

void qb_sha256_add(struct qb_sha256 *hash, const void *bytes, size_t size)
{
	const unsigned char *at = bytes, *const end = at + size;

	while (at < end) {
		const size_t held = hash->size % 64;
		const size_t left = (size_t)(end - at), room = 64 - held;
		const size_t taken = left < room ? left : room;

		if (taken < 64)
			memcpy(hash->block + held, at, taken);
		hash->size += taken;
		if (hash->size % 64 == 0)
			digest(hash->state, taken < 64 ? hash->block : at);
		at += taken;
	}
}

void qb_sha256_end(struct qb_sha256 *hash, char ret_text[QB_SHA256_SIZE])
{
	const uint64_t bits = hash->size * 8;
	unsigned char length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	qb_sha256_add(hash, "\x80", 1);
	while (hash->size % 64 != 56)
		qb_sha256_add(hash, "", 1);
	qb_sha256_add(hash, length, sizeof(length));
	for (int i = 0; i < 8; i++)
		snprintf(ret_text + 8 * i, 9, "%08x", hash->state[i]);
}

int qb_sha256_file(const char *path, char ret_text[QB_SHA256_SIZE])
{
	FILE *file = fopen(path, "re");
	unsigned char bytes[16384];
	struct qb_sha256 hash;
	size_t got;
	int status = 0;

	ret_text[0] = 0;
	if (!file)
		return -errno;
	qb_sha256_begin(&hash);
	while ((got = fread(bytes, 1, sizeof(bytes), file)) > 0)
		qb_sha256_add(&hash, bytes, got);
	if (ferror(file))
		status = errno ? -errno : -EIO;
	else
		qb_sha256_end(&hash, ret_text);
	fclose(file);
	return status;
}
