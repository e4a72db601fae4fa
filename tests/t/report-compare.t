#!/bin/sh
# fx-report --compare: its intervals, against figures that scipy made once.
. "$(dirname "$0")/../lib.sh"

# 100 tasks on the first day, 80 on the second; how long each took to be confirmed is that of the
# call below; 10 of the first were handed over by hand, and 25 of the second, some of them twice.
awk 'function ts(s) { return sprintf("2026-11-%02dT%02d:%02d:%02dZ", 1 + int(s / 86400), int(s / 3600) % 24, int(s / 60) % 60, s % 60) }
function task(o, at, took, hands,   i) {
	print "{\"event\":\"task.assigned\",\"event_id\":\"a\",\"order_id\":\"" o "\",\"at\":\"" ts(at) "\",\"source\":\"t\",\"task_id\":\"" o "/1/1\",\"owner_id\":\"v\",\"flow_id\":\"f\"}"
	for (i = 0; i < hands; i++)
		print "{\"event\":\"handoff.manual\",\"event_id\":\"h" i "\",\"order_id\":\"" o "\",\"at\":\"" ts(at + 1 + i) "\",\"source\":\"t\",\"to\":\"w" i % 2 "\",\"by\":\"ann\"}"
	print "{\"event\":\"task.confirmed\",\"event_id\":\"c\",\"order_id\":\"" o "\",\"at\":\"" ts(at + took) "\",\"source\":\"t\"}"
}
BEGIN {
	for (i = 0; i < 100; i++) task("a" i, i * 60, 60 * (10 + i * 37 % 101), i < 10)
	for (i = 0; i < 80; i++) task("b" i, 86400 + i * 60, 60 * (5 + i * 53 % 89), i < 11 ? 2 : i < 14)
}' >history
fx-report --now 2026-11-10T00:00:00Z --compare 2026-11-01..2026-11-02,2026-11-02..2026-11-03 --format json history >json

# scipy 1.10.1:
#	a = sort([60 * (10 + i * 37 % 101) for i in range(100)]); b = sort([60 * (5 + i * 53 % 89) for i in range(80)])
#	low = x[int(stats.binom.ppf(.025, n, q)) - 1]; high = x[int(stats.binom.isf(.025, n, q))]; m = numpy.quantile(x, q)
#	d = m_b - m_a; d - hypot(m_b - low_b, high_a - m_a); d + hypot(high_b - m_b, m_a - low_a)
figure() { jq -c ".figures[\"$1\"] | [.before, .after, .change, .low, .high] | map(. * 100 | round / 100)" json; }
is "medians" "$(figure decision_to_execution.p50_s)" '[3570,2970,-600,-1534.34,249.59]'
is "95th percentiles" "$(figure decision_to_execution.p95_s)" '[6303,5343,-960,-1343.74,-575.32]'
# Counts of 10 in 100 and 25 in 80; score bounds (x + z2/2 -+ z sqrt(x + z2/4)) with z = stats.norm.ppf(.975), put
# together in the same way.
is "handoffs" "$(figure manual_handoffs_per_1000_orders)" '[100,312.5,212.5,81.21,368.19]'
head -12 history >few
is "too few for an interval" \
	"$(fx-report --now 2026-11-10T00:00:00Z --compare 2026-11-01..2026-11-02,2026-11-02..2026-11-03 --format json few |
		jq -c '.figures["decision_to_execution.p50_s"] | [.low, .high]')" '[null,null]'
done_testing
