/*
 * A mapping file, compiled: what fx-import(5) describes.
 *
 * The mapping's columns are bound to slots here; a file's header binds slots to its own
 * columns later, so that one mapping reads files of different column order.
 */
#ifndef FX_IMPORT_MAPPING_H
#define FX_IMPORT_MAPPING_H

#include "base/calendar.h"
#include "base/map.h"
#include "import/csv.h"
#include "json/doc.h"

enum fx_format { FX_FORMAT_CSV, FX_FORMAT_JSON };

/* Where rows come from. */
enum {
	FX_NO_TABLE = -2,
	FX_BASE = -1 /* the base file's row; 0 and up: joined tables */
};

/* A column of a table, or a path into a JSON order. */
struct fx_from {
	struct fx_str text, ptr; /* as written, and where in the mapping */
	bool root;               /* `$.`: of the order, not of the repeated row */
	int table;
	unsigned slot;
	struct fx_str *seg; /* JSON: member names and indexes */
	unsigned nseg;
};

enum fx_kind {
	FX_AS_STRING,
	FX_AS_INTEGER,
	FX_AS_NUMBER,
	FX_AS_DECIMAL,
	FX_AS_BOOLEAN,
	FX_AS_TIME
};

/* A value made of columns; texts behind `json` are JSON. */
struct fx_expr {
	struct fx_str ptr;
	struct fx_from *from;
	unsigned nfrom;
	enum fx_kind kind;
	bool required, latest, sum, joined;
	bool position;          /* the number of the row or element, from 1 */
	int sum_table;          /* rows that `sum` runs over */
	struct fx_from *over;   /* JSON: the array */
	struct fx_str join;     /* between several columns */
	struct fx_str strip;    /* prefix taken off */
	char split;             /* 0: one value, else a list's separator */
	bool comma;             /* the decimal mark is a comma, a point parts thousands */
	struct fx_str constant; /* json; p NULL: none */
	struct fx_str fallback; /* json of `default`; p NULL: none */
	struct fx_str other;    /* json of `else`; p NULL: none */
	struct fx_map values;   /* text -> struct fx_str *, json */
	struct fx_glob {
		struct fx_str pattern, json;
	} * match;
	unsigned nmatch;
	const struct fx_zone *zone;
	const struct fx_str *times;
	unsigned ntimes;
};

/* One member of the record: an object when it has children, else a value. */
struct fx_field {
	struct fx_str name;
	struct fx_field *child, *next;
	struct fx_expr *expr;
	bool identity;
};

/* A condition: the column's text is one of the words (p NULL: is absent), or is none of them. */
struct fx_cond {
	struct fx_from from;
	const struct fx_str *word;
	unsigned nword;
	bool unless;
};

/* A repetition: rows of a table, or an array. */
struct fx_each {
	bool on;
	int table;            /* FX_BASE: the rows that continue the order */
	struct fx_from array; /* JSON */
	struct fx_cond *cond;
	unsigned ncond;
};

struct fx_event {
	struct fx_str type, ptr;
	bool trigger;
	struct fx_expr *at;
	struct fx_each each;
	struct fx_field *fields;
	bool has_lines;
	struct fx_each lines;
	struct fx_field *line_fields;
	bool identity_at;
};

struct fx_join {
	struct fx_str name, file, ptr; /* file may be a glob for operands */
	struct fx_csv_dialect dialect;
	enum fx_encoding enc;
	struct fx_from on; /* whose text is looked up in `key` */
	unsigned key;      /* slot */
	bool optional, vary;
	bool lines; /* some event repeats over it */
	struct fx_column {
		struct fx_str name, ptr;
		bool required;
		bool extra; /* not of the mapping: kept by --extra */
		bool told;  /* that a header seems to misspell it */
	} * column;         /* by slot */
	unsigned ncolumn;
};

struct fx_mapping {
	struct fx_doc doc;
	enum fx_format format;
	struct fx_str source;
	struct fx_str *null_word;
	unsigned nnull;
	struct fx_str *unwrap; /* JSON: members that hold the orders */
	unsigned nunwrap;
	bool children; /* JSON lines whose children follow with a parent's id */
	struct fx_str child_id, child_parent;
	struct fx_expr *order;
	bool grouped; /* rows of the base continue an order */
	struct fx_join base;
	struct fx_join *join;
	unsigned njoin;
	struct fx_event *event;
	unsigned nevent;
	struct fx_str *line_extra; /* patterns: unmapped columns of the base that are a line's */
	unsigned nline_extra;
	const struct fx_expr **must; /* CSV: the header has one of the columns of each */
	unsigned nmust;
	struct fx_map order_names, line_names; /* JSON: members that the mapping knows */
};

/* 0, or -1 with every fault in errs as file:line:col.  Lives until fx_mapping_free. */
int fx_mapping_load(struct fx_mapping *m, const char *path, struct fx_errs *errs);
void fx_mapping_free(struct fx_mapping *m);

/* A slot for a column that the mapping has not, for --extra; the name is copied. */
void fx_mapping_extra(struct fx_mapping *m, struct fx_join *j, struct fx_str name);

/* Shell pattern with * and ? only, over the whole text; ASCII case counts. */
bool fx_glob_match(struct fx_str pattern, struct fx_str text);

#endif
