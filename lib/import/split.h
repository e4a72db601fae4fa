/*
 * Inside the import room: a JSON file split into the values that may be orders.
 *
 * By brackets alone, so that a value at a time is held; the tape then reads each strictly.
 */
#ifndef FX_IMPORT_SPLIT_H
#define FX_IMPORT_SPLIT_H

#include "import/source.h"

enum fx_split_mode {
	FX_SPLIT_TOP,   /* between values */
	FX_SPLIT_ARRAY, /* inside the array of orders */
	FX_SPLIT_ONE,   /* at the one order of a wrapper */
	FX_SPLIT_REST   /* among a wrapper's other members, up to its closing brace */
};

struct fx_json_source {
	enum fx_split_mode mode;
	bool wrapped; /* in an array: inside an object */
	bool comma;   /* in an array: an element was read, so a comma or the end follows */
	bool wanted;  /* in the rest: the name of a member that holds orders was read */
	uint64_t line;
	/* the scan of the value that begins at the feed's start */
	size_t done;
	unsigned depth;
	bool string, escape;
	/* what is held to be forgotten with the next call */
	size_t eat;
	/* orders found inside one value on the tape */
	struct fx_tape tape;
	uint32_t next, end;
	unsigned name; /* of the mapping's wrapping members: the next to look for */
	struct fx_str text;
	uint64_t text_line;
	/* bulk lines: the parent and its children */
	struct fx_tape *tapes; /* [0] the parent */
	struct fx_str *texts;
	uint64_t group_line;
	unsigned ntape, cap;
	bool pending;
};

enum fx_split_what {
	FX_SPLIT_GOT,   /* json->text and text_line, until the next call */
	FX_SPLIT_AGAIN, /* nothing there right now: *what is FX_IMPORT_WAIT */
	FX_SPLIT_END,
	FX_SPLIT_FAIL /* the file is no JSON or cannot be read: *what is FX_IMPORT_FAIL */
};
enum fx_split_what fx_split_next(struct fx_import *im, enum fx_import_what *what,
                                 struct fx_import_item *item);

#endif
