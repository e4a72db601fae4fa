#include "task/life.h"

#define IN(s) (1u << FX_##s)
#define OPEN (IN(ASSIGNED) | IN(CONFIRMED) | IN(SHIPPED))

const struct fx_transition fx_transitions[] = {
    {"task.assigned", IN(WAITING), FX_ASSIGNED, "at once"},
    {"task.confirmed", IN(ASSIGNED), FX_CONFIRMED, "with the last of its lines"},
    {"task.shipped", IN(ASSIGNED) | IN(CONFIRMED), FX_SHIPPED, "with the last of its lines"},
    {"task.completed", OPEN, FX_COMPLETED, "with the last of its lines"},
    {"order.cancelled", OPEN, FX_CANCELLED, "the trigger is not later"},
    {"task.cancelled", OPEN, FX_CANCELLED, "it is no notice of a sweep"},
    {"exception.opened", OPEN, FX_CANCELLED, "its step says cancel"},
    {"exception.escalated", OPEN, FX_CANCELLED, "its step says cancel"},
    {"task.assigned", OPEN, FX_SUPERSEDED, "a later decision took the last of its lines"},
    {NULL, 0, FX_WAITING, NULL},
};

const struct fx_closing fx_closings[] = {
    {FX_FALLBACK, "fallback-due", "any progress of the task"},
    {FX_UNACCEPTED, "not-accepted", "an accepted attempt, any progress of the task"},
    {FX_UNAVAILABLE, "owner-unavailable", "an accepted attempt of that owner"},
    {FX_REJECTED, "export-rejected", "a trigger of the same order"},
    {FX_RUNAWAY, "runaway-automation", "a person's word alone"},
    {FX_MISS, "a milestone's", "the milestone's event, or a later stage, with the last line"},
    {FX_FAILED, "any other", "progress of the task after it failed"},
    {0, NULL, NULL},
};

const char *fx_state_name(enum fx_state s)
{
	static const char *const names[] = {"waiting",   "assigned",  "confirmed", "shipped",
	                                    "completed", "cancelled", "superseded"};

	return names[s];
}

const char *fx_notice_reason(enum fx_notice_why why)
{
	static const char *const names[] = {"order-cancelled", "superseded", "re-routed",
	                                    "exception"};

	return names[why];
}
