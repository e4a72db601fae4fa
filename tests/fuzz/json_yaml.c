/*
 * YAML documents: a fault has a place inside the text; what is taken survives being
 * written and read as JSON, and every place, also inside scalars, lies in the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/doc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MUST(cond)                                                                                 \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #cond);                 \
			abort();                                                                   \
		}                                                                                  \
	} while (0)

static void check_place(struct fx_place p, size_t size)
{
	MUST(p.line >= 1 && p.col >= 1);
	MUST(p.line <= size + 2 && p.col <= size + 2);
}

static void check_places(const struct fx_doc *d, size_t size)
{
	for (size_t i = 0; i < d->places.n; i++) {
		struct fx_str pointer = d->places.e[i].key;

		check_place(fx_doc_place(d, pointer), size);
		check_place(fx_doc_key_place(d, pointer), size);
		for (size_t k = 0; k < 20; k++)
			check_place(fx_doc_place_in(d, pointer, k), size);
	}
}

static void check_round_trip(const struct fx_doc *d)
{
	char *text = json_dumps(d->root, JSON_ENCODE_ANY | JSON_COMPACT);
	struct fx_doc again = {0};
	struct fx_err err;

	MUST(text != NULL);
	MUST(fx_doc_parse_json(&again, fx_str(text), "json", &err) == 0);
	MUST(json_equal(d->root, again.root));
	fx_doc_free(&again);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fx_doc d = {0};
	struct fx_err err = {0};

	if (size > 4096)
		return 0;
	if (fx_doc_parse_yaml(&d, (struct fx_str){(const char *)data, size}, "yaml", &err) != 0) {
		MUST(err.code == FX_ECONF && err.msg[0] && !d.root);
		check_place((struct fx_place){err.line, err.col}, size);
		return 0;
	}
	check_places(&d, size);
	check_round_trip(&d);
	fx_doc_free(&d);
	return 0;
}
