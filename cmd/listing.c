/* listing -- what there is, as text and as JSON. */
#include "cmd/listing.h"

#include "cmd/listing_counters.h"
#include "harness/pinning.h"
#include "harness/workload.h"
#include "reports/json_writer.h"
#include "reports/layout.h"

#define LABEL_MAX 12 /* columns that the layout's label column holds */

const char *qb_listing_class(uint64_t traits)
{
	if (traits & QB_ONE_PRODUCER)
		return traits & QB_ONE_CONSUMER ? "spsc" : "spmc";
	return traits & QB_ONE_CONSUMER ? "mpsc" : "mpmc";
}

const char *qb_listing_order(uint64_t traits)
{
	if ((traits & QB_ORDER_TOTAL) == QB_ORDER_TOTAL)
		return "total";
	return traits & QB_ORDER_PER_PRODUCER ? "per-producer" : "none";
}

const char *qb_listing_guarantee(uint64_t traits)
{
	if ((traits & QB_WAIT_FREE) == QB_WAIT_FREE)
		return "wait-free";
	return traits & QB_LOCK_FREE ? "lock-free" : "blocking";
}

struct ability {
	const char *name;
	bool there;
};

#define ABILITY_COUNT 8

static void list_abilities(const struct qb_queue *queue, struct ability *ret_abilities)
{
	const struct ability abilities[ABILITY_COUNT] = {
		{ "batch", queue->batch != NULL },
		{ "zerocopy", queue->zerocopy != NULL },
		{ "handles", queue->handles != NULL },
		{ "block", queue->blocking != NULL },
		{ "close", queue->closing != NULL },
		{ "internals", queue->internals != NULL },
		{ "any-size", queue->single->loops.of[QB_SIZE_CLASS_ANY][QB_PRODUCE] != NULL },
		{ "rendezvous", queue->traits & QB_RENDEZVOUS },
	};

	memcpy(ret_abilities, abilities, sizeof(abilities));
}

/* "batch, zerocopy, close", or "one 8-byte message at a time" for the simplest. */
static void join_abilities(const struct qb_queue *queue, char *ret_text, size_t size)
{
	struct ability abilities[ABILITY_COUNT];

	ret_text[0] = 0;
	list_abilities(queue, abilities);
	for (size_t index = 0; index < ABILITY_COUNT; index++) {
		const size_t used = strlen(ret_text);

		if (abilities[index].there)
			snprintf(ret_text + used, size - used, "%s%s", used ? ", " : "",
			         abilities[index].name);
	}
	if (!ret_text[0])
		snprintf(ret_text, size, "one 8-byte message at a time");
}

static void write_entry(const struct qb_layout *layout, const struct qb_entry *entry)
{
	const struct qb_queue *queue = entry->queue;
	const char *label = entry->name;
	char abilities[160], slot[48] = "";

	if (qb_layout_columns(label) > LABEL_MAX) {
		qb_layout_line(layout, QB_TONE_LABEL, "  %s", label);
		label = "";
	}
	qb_layout_say(layout, label, QB_TONE_PLAIN, "%s", queue->summary);
	qb_layout_say(layout, "", QB_TONE_PLAIN, "%s, order %s, %s, %s%s%s%s",
	              qb_listing_class(queue->traits), qb_listing_order(queue->traits),
	              queue->traits & QB_BOUNDED ? "bounded" : "not bounded",
	              qb_listing_guarantee(queue->traits),
	              queue->traits & QB_WEAK_EMPTY ? ", weak empty" : "",
	              queue->traits & QB_WEAK_FULL ? ", weak full" : "",
	              queue->traits & QB_FLOOR ? ", a floor: moves no messages" : "");
	join_abilities(queue, abilities, sizeof(abilities));
	qb_layout_say(layout, "", QB_TONE_PLAIN, "%s", abilities);
	if (queue->about && queue->about->slot_size)
		snprintf(slot, sizeof(slot), "%zu bytes per slot; ", queue->about->slot_size);
	if (queue->about)
		qb_layout_say(layout, "", QB_TONE_PLAIN, "%s%s", slot,
		              queue->about->source ? queue->about->source : "");
	if (entry->plugin[0])
		qb_layout_say(layout, "", QB_TONE_PLAIN, "%s", entry->plugin);
}

/* Why one producer and one consumer cannot be placed so; "" if they can. */
static void ask_placement(const struct qb_topology *topology, enum qb_pin pin, char *ret_reason,
                          size_t size)
{
	const struct qb_pin_request request = { .policy = pin,
		                                .producer_count = 1,
		                                .consumer_count = 1 };
	struct qb_error error;
	int cpus[2];

	ret_reason[0] = 0;
	if (qb_pinning_choose(topology, &request, cpus, &error) == 0)
		return;
	/* What is possible instead is said by the list itself. */
	error.text[strcspn(error.text, ";")] = 0;
	snprintf(ret_reason, size, "%s", error.text + (strncmp(error.text, "pin: ", 5) ? 0 : 5));
}

static void write_placements(const struct qb_layout *layout, const struct qb_topology *topology)
{
	char reason[256];

	qb_layout_line(layout, QB_TONE_TITLE, "Placements (--pin)");
	qb_layout_say(layout, NULL, QB_TONE_PLAIN, "  %s", topology->description);
	for (enum qb_pin pin = QB_PIN_AUTO; pin < QB_PIN_LIST; pin++) {
		ask_placement(topology, pin, reason, sizeof(reason));
		if (reason[0])
			qb_layout_line(layout, QB_TONE_PLAIN, "  %-14s not here: %s",
			               qb_pin_name(pin), reason);
		else
			qb_layout_line(layout, QB_TONE_PLAIN, "  %-14s possible", qb_pin_name(pin));
	}
	qb_layout_line(layout, QB_TONE_PLAIN, "  %-14s possible", "0,2/1,3");
}

void qb_listing_write_text(const struct qb_listing *listing, const struct qb_report_style *style,
                           FILE *stream)
{
	struct qb_layout layout;

	qb_layout_begin(&layout, style, stream);
	qb_layout_line(&layout, QB_TONE_TITLE, "Queues (--impl)");
	for (size_t index = 0; index < listing->entry_count; index++)
		write_entry(&layout, &listing->entries[index]);
	fputc('\n', stream);
	qb_layout_line(&layout, QB_TONE_TITLE, "Workloads (--workload)");
	for (const struct qb_workload *workload = qb_workloads; workload->name; workload++)
		qb_layout_say(&layout, workload->name, QB_TONE_PLAIN, "%s", workload->summary);
	fputc('\n', stream);
	qb_layout_line(&layout, QB_TONE_TITLE, "Formats (--format, --output)");
	for (const struct qb_report_format *format = qb_report_formats; format->name; format++)
		qb_layout_say(&layout, format->name, QB_TONE_PLAIN, "%s (%s)", format->summary,
		              format->extension);
	fputc('\n', stream);
	write_placements(&layout, &listing->topology);
	fputc('\n', stream);
	qb_listing_counters_text(&layout, listing->counters);
}

static void write_json_entry(struct qb_json_writer *json, const struct qb_entry *entry)
{
	const struct qb_queue *queue = entry->queue;
	struct ability abilities[ABILITY_COUNT];

	list_abilities(queue, abilities);
	qb_json_writer_open_object(json, NULL);
	qb_json_writer_text(json, "name", entry->name);
	qb_json_writer_text(json, "summary", queue->summary);
	qb_json_writer_text_or_null(json, "plugin", entry->plugin);
	qb_json_writer_text(json, "class", qb_listing_class(queue->traits));
	qb_json_writer_text(json, "order", qb_listing_order(queue->traits));
	qb_json_writer_text(json, "guarantee", qb_listing_guarantee(queue->traits));
	qb_json_writer_flag(json, "bounded", queue->traits & QB_BOUNDED);
	qb_json_writer_flag(json, "weak_empty", queue->traits & QB_WEAK_EMPTY);
	qb_json_writer_flag(json, "weak_full", queue->traits & QB_WEAK_FULL);
	qb_json_writer_flag(json, "floor", queue->traits & QB_FLOOR);
	qb_json_writer_open_list(json, "abilities");
	for (size_t index = 0; index < ABILITY_COUNT; index++) {
		if (abilities[index].there)
			qb_json_writer_text(json, NULL, abilities[index].name);
	}
	qb_json_writer_close(json);
	qb_json_writer_text_or_null(json, "source", queue->about ? queue->about->source : NULL);
	if (queue->about && queue->about->slot_size)
		qb_json_writer_count(json, "slot_bytes", queue->about->slot_size);
	else
		qb_json_writer_null(json, "slot_bytes");
	qb_json_writer_close(json);
}

/* {"name", "summary"} and, of a placement, {"name", "possible", "reason"}. */
static void write_json_pair(struct qb_json_writer *json, const char *name, const char *summary)
{
	qb_json_writer_open_object(json, NULL);
	qb_json_writer_text(json, "name", name);
	qb_json_writer_text(json, "summary", summary);
	qb_json_writer_close(json);
}

static void write_json_placements(struct qb_json_writer *json, const struct qb_topology *topology)
{
	char reason[256];

	qb_json_writer_open_list(json, "placements");
	for (enum qb_pin pin = QB_PIN_AUTO; pin < QB_PIN_LIST; pin++) {
		ask_placement(topology, pin, reason, sizeof(reason));
		qb_json_writer_open_object(json, NULL);
		qb_json_writer_text(json, "name", qb_pin_name(pin));
		qb_json_writer_flag(json, "possible", !reason[0]);
		qb_json_writer_text_or_null(json, "reason", reason);
		qb_json_writer_close(json);
	}
	qb_json_writer_close(json);
}

void qb_listing_write_json(const struct qb_listing *listing, FILE *stream)
{
	struct qb_json_writer json;

	qb_json_writer_begin(&json, stream);
	qb_json_writer_open_object(&json, NULL);
	qb_json_writer_text(&json, "schema", "qbench-list/1");
	qb_json_writer_open_list(&json, "impls");
	for (size_t index = 0; index < listing->entry_count; index++)
		write_json_entry(&json, &listing->entries[index]);
	qb_json_writer_close(&json);
	qb_json_writer_open_list(&json, "workloads");
	for (const struct qb_workload *workload = qb_workloads; workload->name; workload++)
		write_json_pair(&json, workload->name, workload->summary);
	qb_json_writer_close(&json);
	qb_json_writer_open_list(&json, "formats");
	for (const struct qb_report_format *format = qb_report_formats; format->name; format++)
		write_json_pair(&json, format->name, format->summary);
	qb_json_writer_close(&json);
	qb_json_writer_text(&json, "topology", listing->topology.description);
	write_json_placements(&json, &listing->topology);
	qb_listing_counters_json(&json, listing->counters);
	qb_json_writer_close(&json);
}
