#!/bin/sh
# fx-report against sqlite3 on the same CSV files: Olist and Northwind, whole.
. "$(dirname "$0")/../lib.sh"

O=${FX_DATA:-}/olist/olist_orders_dataset.csv
N=${FX_DATA:-}/northwind/orders-clean.csv
R=$TOP/testdata

# sql CSV QUERY: the median of a column x of a query is MEDIAN(query), exact, as SQL sees it.
sql() { sqlite3 :memory: ".mode csv" ".import '$1' o" ".mode list" "$2"; }
# Where the order has several values in the middle, their mean.
median() {
	echo "with v as ($1), r as (select x, row_number() over (order by x) as i, count(*) over () as n
	from v) select avg(x) from r where i in ((n + 1) / 2, (n + 2) / 2)"
}
# quantile Q QUERY: between two neighbours by linear interpolation, as the man page says.
quantile() {
	echo "with v as ($2), r as (select x, row_number() over (order by x) - 1 as i, count(*) over () as n from v),
	p as (select $1 * (n - 1) as place from r limit 1)
	select (select x from r, p where i = cast(place as integer)) + (place - cast(place as integer)) *
		(coalesce((select x from r, p where i = cast(place as integer) + 1), 0) - (select x from r, p where i = cast(place as integer)))
	from p"
}
# A figure of the report; numbers as sqlite3 would print a float.
got() { jq -r "$1 | if type == \"number\" then . * 1.0 else . end" "$2" | awk '{ printf "%.3f\n", $1 }'; }
number() { sql "$1" "$2" | awk '{ printf "%.3f\n", $1 }'; }

if [ ! -f "$O" ]; then
	skip "Olist's figures equal sqlite3's" "no $O"
else
	d=${O%/*}
	fx-import -f "$TOP/rules.d/import/olist.yaml" "$d/olist_orders_dataset.csv" \
		"$d/olist_order_items_dataset.csv" "$d/olist_customers_dataset.csv" \
		"$d/olist_sellers_dataset.csv" >triggers
	ok "the orders come in"
	fx-route -r "$R/olist/rules.d" --now record triggers >tasks
	ok "every order is decided as of its own time"
	fx-report --now 2018-11-01T00:00:00Z --format json tasks >report
	ok "the report is made"
	t=.total
	is "orders" "$(got $t.orders report)" "$(number "$O" 'select count(*) from o')"
	is "delivered" "$(got $t.states.completed report)" \
		"$(number "$O" "select count(*) from o where order_delivered_customer_date <> ''")"
	is "cancelled" "$(got $t.states.cancelled report)" \
		"$(number "$O" "select count(*) from o where order_status = 'canceled'
			and order_delivered_customer_date = ''")"
	is "delivered after the promised date" "$(got $t.milestones.delivery.late report)" \
		"$(number "$O" "select count(*) from o where order_delivered_customer_date <> ''
			and order_delivered_customer_date > order_estimated_delivery_date")"
	is "delivered in time" "$(got $t.milestones.delivery.met report)" \
		"$(number "$O" "select count(*) from o where order_delivered_customer_date <> ''
			and order_delivered_customer_date <= order_estimated_delivery_date")"
	# Sao Paulo changes its clocks, so a difference of wall clocks may be an hour off; both
	# sides are compared on UTC, and sqlite3 is given the zone's own offsets.
	utc="strftime('%s', %s) + case when %s >= '2016-10-16' and %s < '2017-02-19'
		or %s >= '2017-10-15' and %s < '2018-02-18' or %s >= '2018-11-04' then 7200 else 10800 end"
	at() { printf '%s\n' "$utc" | sed "s/'%s', %s/'%s', $1/; s/%s >=/$1 >=/g; s/%s </$1 </g"; }
	placed=$(at order_purchase_timestamp)
	for pair in decision_to_execution:order_approved_at \
		trigger_to_confirmation:order_approved_at \
		trigger_to_handover:order_delivered_carrier_date \
		trigger_to_delivery:order_delivered_customer_date; do
		figure=${pair%:*} column=${pair#*:}
		all="select ($(at "$column")) - ($placed) as x from o where $column <> ''"
		is "$figure: how many" "$(got $t.$figure.n report)" \
			"$(number "$O" "select count(*) from ($all) where x >= 0")"
		is "$figure: negative ones, apart" "$(got $t.$figure.negative report)" \
			"$(number "$O" "select count(*) from ($all) where x < 0")"
		is "$figure: median" "$(got $t.$figure.p50_s report)" \
			"$(number "$O" "$(median "select x from ($all) where x >= 0")")"
		for q in 0.9 0.95 0.99; do
			p=p$(echo ${q#0.}0 | cut -c1-2)
			is "$figure: $p" "$(got "$t.$figure.${p}_s" report)" \
				"$(number "$O" "$(quantile $q "select x from ($all) where x >= 0")")"
		done
		is "$figure: mean" "$(got $t.$figure.mean_s report)" \
			"$(number "$O" "select avg(x) from ($all) where x >= 0")"
		is "$figure: longest" "$(got $t.$figure.max_s report)" \
			"$(number "$O" "select max(x) from ($all)")"
	done
	late="select ($(at order_delivered_customer_date)) - ($(at order_estimated_delivery_date)) as x
		from o where order_delivered_customer_date <> ''"
	is "how late the late ones were" "$(got $t.milestones.delivery.late_by_p50_s report)" \
		"$(number "$O" "$(median "select x from ($late) where x > 0")")"

	# Groups: the customer's state.
	fx-report --now 2018-11-01T00:00:00Z --by ship_to.region --format ndjson tasks |
		jq -r 'select(.by["ship_to.region"]) |
			[.by["ship_to.region"], .orders, .milestones.delivery.late] | @tsv' >groups
	sqlite3 :memory: ".mode csv" ".import '$O' o" ".import '$d/olist_customers_dataset.csv' c" \
		".mode tabs" "select customer_state, count(*), sum(order_delivered_customer_date <> ''
		and order_delivered_customer_date > order_estimated_delivery_date)
		from o join c using (customer_id) group by 1 order by 1" >want
	check "orders and late deliveries of each state" cmp groups want
	fx-report --now 2018-11-01T00:00:00Z --by ship_to.region --format ndjson tasks |
		jq -r 'select(.by["ship_to.region"]) | [.by["ship_to.region"], .tasks, .states.completed,
			.trigger_to_delivery.n, .trigger_to_delivery.p50_s, .trigger_to_delivery.max_s] | @tsv' >groups
	delivered="$(at order_delivered_customer_date)"
	sqlite3 :memory: ".mode csv" ".import '$O' o" ".import '$d/olist_customers_dataset.csv' c" ".mode tabs" "
		with t as (select customer_state as s, case when order_delivered_customer_date <> '' then ($delivered) - ($placed) end as x
			from o join c using (customer_id)),
		r as (select s, x, row_number() over (partition by s order by x) as i, count(*) over (partition by s) as n from t where x is not null)
		select s, (select count(*) from t where t.s = r.s), n, n, avg(x) filter (where i in ((n + 1) / 2, (n + 2) / 2)), max(x)
		from r group by s order by s" | sed 's/\.0	/	/' >want
	check "medians and longest times to delivery of each state" diff groups want

	# The report off a ledger is the report off the records.
	mkdir shop
	fx-sign -C shop --init --origin olist.example/test >/dev/null
	fx-sign -C shop -q tasks
	ok "the ledger takes them"
	fx-report -C shop --now 2018-11-01T00:00:00Z --format json >ledger
	check "the ledger says the same" cmp report ledger
fi

if [ ! -f "$N" ]; then
	skip "Northwind's figures equal sqlite3's" "no $N"
else
	d=${N%/*}
	fx-import -f "$TOP/rules.d/import/northwind.yaml" "$N" "$d/order-details.csv" >triggers
	ok "Northwind's orders come in"
	fx-route -r "$R/northwind/rules.d" --now record triggers |
		fx-report --now 1998-06-01T00:00:00Z --format json - >report
	ok "Northwind's report is made"
	# M/D/YYYY
	day() {
		echo "julianday(printf('%04d-%02d-%02d',
		substr($1, -4), substr($1, 1, instr($1, '/') - 1),
		substr($1, instr($1, '/') + 1, length($1) - 5 - instr($1, '/'))))"
	}
	t=.total
	is "Northwind: orders" "$(got $t.orders report)" "$(number "$N" 'select count(*) from o')"
	is "Northwind: shipped" "$(got $t.trigger_to_handover.n report)" \
		"$(number "$N" "select count(*) from o where ShippedDate <> ''")"
	is "Northwind: shipped after the required date" \
		"$(got '.total.milestones["carrier-handover"].late' report)" \
		"$(number "$N" "select count(*) from o where ShippedDate <> ''
			and $(day ShippedDate) > $(day RequiredDate)")"
	is "Northwind: not shipped and overdue" \
		"$(got '.total.milestones["carrier-handover"].overdue' report)" \
		"$(number "$N" "select count(*) from o where ShippedDate = ''
			and $(day RequiredDate) < julianday('1998-06-01')")"
	is "Northwind: median of order to shipment" "$(got $t.trigger_to_handover.p50_s report)" \
		"$(number "$N" "$(median "select round(86400 * ($(day ShippedDate) - $(day OrderDate))) as x
			from o where ShippedDate <> ''")")"
fi
done_testing
