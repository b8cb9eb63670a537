/* histogram_text -- HdrHistogram's format V2, in base64: what its tools read from a log.
 *
 * They read the compressed form, a zlib stream (RFC 1950).  Deflate may store (RFC 1951, 3.2.4), so
 * that no library is needed: such a stream is read by each of them, and is as large as what it
 * holds.  Counts are zig-zag LEB128 of at most nine bytes, a negative one is a run of zeros. */
#include "harness/histogram.h"

#define COOKIE            0x1c849313u /* V2, counts as zig-zag LEB128 */
#define COMPRESSED_COOKIE 0x1c849314u
#define DIGITS            3
#define ONE_BITS          UINT64_C(0x3ff0000000000000) /* the ratio 1.0, as a double's bits */
#define HEADER_SIZE       40
#define COUNT_SIZE_MAX    9
#define BODY_SIZE_MAX     (HEADER_SIZE + COUNT_SIZE_MAX * QB_HISTOGRAM_COUNTERS)
#define STORED_MAX        65535u /* bytes of one stored block */
#define BLOCK_HEAD        5
#define BLOCKS_MAX        (BODY_SIZE_MAX / STORED_MAX + 1)
#define WHOLE_SIZE_MAX    (8 + 2 + BLOCKS_MAX * BLOCK_HEAD + BODY_SIZE_MAX + 4)
#define ADLER_MODULUS     65521u

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Bytes that grow at their end, or are taken from their beginning. */
struct bytes {
	unsigned char *at;
	size_t count;
};

static void put(struct bytes *bytes, uint64_t value, unsigned size)
{
	while (size-- > 0)
		bytes->at[bytes->count++] = (unsigned char)(value >> (8 * size));
}

static void put_zig_zag(struct bytes *bytes, int64_t value)
{
	uint64_t rest = value < 0 ? 2 * (uint64_t)(-(value + 1)) + 1 : 2 * (uint64_t)value;

	for (unsigned size = 1; rest >= 0x80 && size < COUNT_SIZE_MAX; size++, rest >>= 7)
		bytes->at[bytes->count++] = (unsigned char)(rest | 0x80);
	bytes->at[bytes->count++] = (unsigned char)rest;
}

/* Up to the last counter that is not 0. */
static void put_counts(struct bytes *bytes, const struct qb_histogram *histogram)
{
	int64_t zeros = 0;

	for (size_t i = 0; i < QB_HISTOGRAM_COUNTERS; i++) {
		if (histogram->counts[i] == 0) {
			zeros++;
			continue;
		}
		if (zeros > 0)
			put_zig_zag(bytes, -zeros);
		zeros = 0;
		put_zig_zag(bytes, (int64_t)histogram->counts[i]);
	}
}

static void put_body(struct bytes *bytes, const struct qb_histogram *histogram)
{
	struct bytes counts = { bytes->at + HEADER_SIZE, 0 };

	put_counts(&counts, histogram);
	put(bytes, COOKIE, 4);
	put(bytes, counts.count, 4);
	put(bytes, 0, 4); /* no counter is moved */
	put(bytes, DIGITS, 4);
	put(bytes, 1, 8); /* ns: the unit */
	put(bytes, (uint64_t)QB_HISTOGRAM_MAX, 8);
	put(bytes, ONE_BITS, 8);
	bytes->count += counts.count;
}

static uint32_t adler32(const struct bytes *bytes)
{
	uint32_t a = 1, b = 0;

	for (size_t i = 0; i < bytes->count; i++) {
		a = (a + bytes->at[i]) % ADLER_MODULUS;
		b = (b + a) % ADLER_MODULUS;
	}
	return b << 16 | a;
}

/* A zlib stream of stored blocks. */
static void put_stream(struct bytes *bytes, const struct bytes *body)
{
	size_t at = 0;

	put(bytes, 0x7801, 2);
	do {
		const size_t left = body->count - at;
		const unsigned size = (unsigned)(left < STORED_MAX ? left : STORED_MAX);

		put(bytes, size == left, 1);
		put(bytes, size & 0xff, 1);
		put(bytes, size >> 8, 1);
		put(bytes, ~size & 0xff, 1);
		put(bytes, ~size >> 8 & 0xff, 1);
		memcpy(bytes->at + bytes->count, body->at + at, size);
		bytes->count += size;
		at += size;
	} while (at < body->count);
	put(bytes, adler32(body), 4);
}

static char *to_base64(const struct bytes *bytes)
{
	char *text = malloc((bytes->count + 2) / 3 * 4 + 1), *end = text;

	for (size_t i = 0; text && i < bytes->count; i += 3) {
		const size_t left = bytes->count - i;
		const uint32_t three = (uint32_t)bytes->at[i] << 16 |
		                       (left > 1 ? (uint32_t)bytes->at[i + 1] << 8 : 0) |
		                       (left > 2 ? bytes->at[i + 2] : 0);

		*end++ = letters[three >> 18];
		*end++ = letters[three >> 12 & 63];
		*end++ = left > 1 ? letters[three >> 6 & 63] : '=';
		*end++ = left > 2 ? letters[three & 63] : '=';
	}
	if (text)
		*end = '\0';
	return text;
}

char *qb_histogram_encode(const struct qb_histogram *histogram)
{
	struct bytes body = { malloc(BODY_SIZE_MAX), 0 }, whole = { malloc(WHOLE_SIZE_MAX), 0 };
	char *text = NULL;

	if (body.at && whole.at) {
		struct bytes stream = { whole.at + 8, 0 };

		put_body(&body, histogram);
		put_stream(&stream, &body);
		put(&whole, COMPRESSED_COOKIE, 4);
		put(&whole, stream.count, 4);
		whole.count += stream.count;
		text = to_base64(&whole);
	}
	free(body.at);
	free(whole.at);
	return text;
}

static int refuse(struct qb_error *error, const char *why)
{
	return qb_error_set(error, EINVAL, "it is no histogram of latencies: %s", why);
}

/* Returns how many bytes, or SIZE_MAX for what is no base64 or too long. */
static size_t from_base64(const char *text, unsigned char *ret_bytes)
{
	size_t length = strlen(text), count = 0;
	uint32_t bits = 0;

	if (length % 4 != 0 || length / 4 > (WHOLE_SIZE_MAX + 2) / 3)
		return SIZE_MAX;
	while (length > 0 && text[length - 1] == '=' && strlen(text) - length < 2)
		length--;
	for (size_t i = 0; i < length; i++) {
		const char *letter = strchr(letters, text[i]);

		if (!letter)
			return SIZE_MAX;
		bits = bits << 6 | (uint32_t)(letter - letters);
		if (i % 4 != 0)
			ret_bytes[count++] = (unsigned char)(bits >> (6 - i % 4 * 2));
	}
	return count;
}

static uint64_t take(struct bytes *bytes, unsigned size)
{
	uint64_t value = 0;

	for (; size > 0 && bytes->count > 0; size--, bytes->count--)
		value = value << 8 | *bytes->at++;
	return value;
}

/* Joins the stored blocks in place; their checksum must be right. */
static int take_stream(struct bytes *bytes, struct bytes *ret_body, struct qb_error *error)
{
	bool last = false;

	*ret_body = (struct bytes){ bytes->at, 0 };
	if (bytes->count < 2 + BLOCK_HEAD || take(bytes, 2) % 31 != 0)
		return refuse(error, "its stream has no beginning");
	while (!last) {
		const uint64_t head = take(bytes, 1);
		const size_t low = take(bytes, 1), high = take(bytes, 1), size = high << 8 | low;

		if (head > 1)
			return refuse(error, "it is compressed, which is not read here");
		if (take(bytes, 1) != (~size & 0xff) || take(bytes, 1) != (~size >> 8 & 0xff) ||
		    size > bytes->count)
			return refuse(error, "its stream has no end");
		memmove(ret_body->at + ret_body->count, bytes->at, size);
		ret_body->count += size;
		bytes->at += size;
		bytes->count -= size;
		last = head == 1;
	}
	if (bytes->count != 4 || take(bytes, 4) != adler32(ret_body))
		return refuse(error, "its checksum is wrong");
	return 0;
}

static int64_t take_zig_zag(struct bytes *bytes)
{
	uint64_t value = 0, byte = 0x80;

	for (unsigned size = 0; size < COUNT_SIZE_MAX && byte & 0x80 && bytes->count > 0; size++) {
		byte = take(bytes, 1);
		value |= (size == COUNT_SIZE_MAX - 1 ? byte : byte & 0x7f) << (7 * size);
	}
	return value & 1 ? -(int64_t)(value >> 1) - 1 : (int64_t)(value >> 1);
}

static int take_counts(struct bytes *bytes, struct qb_histogram *histogram, struct qb_error *error)
{
	size_t index = 0;

	while (bytes->count > 0) {
		const int64_t count = take_zig_zag(bytes);

		if (count < 0 ? count < -QB_HISTOGRAM_COUNTERS : index >= QB_HISTOGRAM_COUNTERS)
			return refuse(error, "it has too many counters");
		if (count < 0) {
			index += (size_t)-count;
			continue;
		}
		histogram->counts[index++] = (uint64_t)count;
		if (count > 0)
			histogram->max = qb_histogram_last_value(index - 1);
	}
	return 0;
}

static int take_body(struct bytes *bytes, struct qb_histogram *ret_histogram,
                     struct qb_error *error)
{
	if (bytes->count < HEADER_SIZE || take(bytes, 4) != COOKIE)
		return refuse(error, "it is not of version 2");
	if (take(bytes, 4) != bytes->count - (HEADER_SIZE - 8))
		return refuse(error, "its length is wrong");
	if (take(bytes, 4) != 0 || take(bytes, 4) != DIGITS || take(bytes, 8) != 1 ||
	    take(bytes, 8) != (uint64_t)QB_HISTOGRAM_MAX || take(bytes, 8) != ONE_BITS)
		return refuse(error, "its unit, range or precision is another");
	return take_counts(bytes, ret_histogram, error);
}

int qb_histogram_decode(const char *text, struct qb_histogram *ret_histogram,
                        struct qb_error *error)
{
	unsigned char *memory = malloc(WHOLE_SIZE_MAX + 3);
	struct bytes whole = { memory, 0 }, body = { memory, 0 };
	int failure;

	if (!memory)
		return qb_error_set(error, ENOMEM, "out of memory for a histogram");
	memset(ret_histogram, 0, sizeof(*ret_histogram));
	whole.count = from_base64(text, memory);
	if (whole.count == SIZE_MAX)
		failure = refuse(error, "it is no base64");
	else if (whole.count < 8 || take(&whole, 4) != COMPRESSED_COOKIE ||
	         take(&whole, 4) != whole.count)
		failure = refuse(error, "its first bytes are others");
	else
		failure = take_stream(&whole, &body, error);
	if (failure == 0)
		failure = take_body(&body, ret_histogram, error);
	free(memory);
	return failure;
}
