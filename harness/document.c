/* document -- what is true of a whole invocation. */
#include "harness/document.h"

#include <time.h>

#include "harness/environment.h"

/* FNV-1a (Fowler, Noll, Vo), over a text, so that the layout of the struct does not matter. */
static uint64_t hash_text(const char *text)
{
	uint64_t hash = 14695981039346656037u;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 1099511628211u;
	return hash;
}

void qb_document_hash_protocol(const struct qb_protocol *protocol, char *ret_hash, size_t size)
{
	char text[160];

	snprintf(text, sizeof(text), "time %llu warmup %llu interval %llu messages %llu",
	         (unsigned long long)(protocol->message_count ? 0 : protocol->time_ns),
	         (unsigned long long)(protocol->message_count ? 0 : protocol->warmup_ns),
	         (unsigned long long)protocol->interval_ns,
	         (unsigned long long)protocol->message_count);
	snprintf(ret_hash, size, "%016llx", (unsigned long long)hash_text(text));
}

void qb_document_begin(struct qb_document *ret_document, const struct qb_protocol *protocol,
                       const struct qb_topology *topology, size_t command_count,
                       const char *const *command)
{
	const time_t now = time(NULL);
	struct tm utc;

	memset(ret_document, 0, sizeof(*ret_document));
	qb_environment_tool(&ret_document->tool);
	qb_environment_machine("", topology, &ret_document->machine);
	gmtime_r(&now, &utc);
	strftime(ret_document->created, sizeof(ret_document->created), "%Y-%m-%dT%H:%M:%SZ", &utc);
	ret_document->command_count = command_count;
	ret_document->command = command;
	ret_document->seed = protocol->seed;
	ret_document->protocol = *protocol;
	qb_document_hash_protocol(protocol, ret_document->protocol_hash,
	                          sizeof(ret_document->protocol_hash));
}
