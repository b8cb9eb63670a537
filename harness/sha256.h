/* sha256.h -- the name of a file's content: SHA-256 (FIPS 180-4), as sha256sum(1) prints it. */
#ifndef QB_SHA256_H
#define QB_SHA256_H

#include <stdint.h>

#include <qbench.h>

#define QB_SHA256_SIZE 65 /* of the text, with its end */

struct qb_sha256 {
	uint32_t state[8];
	uint64_t size; /* bytes so far */
	unsigned char block[64];
};

void qb_sha256_begin(struct qb_sha256 *hash);
void qb_sha256_add(struct qb_sha256 *hash, const void *bytes, size_t size);
void qb_sha256_end(struct qb_sha256 *hash, char ret_text[QB_SHA256_SIZE]);

/* -errno where the file cannot be read; ret_text is then "". */
int qb_sha256_file(const char *path, char ret_text[QB_SHA256_SIZE]);

#endif
