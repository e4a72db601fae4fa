#include "rules/burn.h"

#include <stddef.h>

const struct fx_burn_rule fx_burn_rules[FX_NBURN] = {
    {FX_HOUR, 5 * FX_MIN, "1h/5m", "1h", "5m", 0.02, "page"},
    {6 * FX_HOUR, 30 * FX_MIN, "6h/30m", "6h", "30m", 0.05, "page"},
    {FX_DAY, 2 * FX_HOUR, "1d/2h", "1d", "2h", 0.1, "ticket"},
    {3 * FX_DAY, 6 * FX_HOUR, "3d/6h", "3d", "6h", 0.1, "ticket"},
};

double fx_burn_factor(const struct fx_burn_rule *r, fx_time window)
{
	return r->budget * (double)window / (double)r->lng;
}

const struct fx_burn_rule *fx_burn_unreachable(double objective, fx_time window)
{
	for (size_t i = 0; i < FX_NBURN; i++)
		if (objective < 1 &&
		    fx_burn_factor(&fx_burn_rules[i], window) >= 1 / (1 - objective))
			return &fx_burn_rules[i];
	return NULL;
}
