# A night of one shop, as its platform exports it, and the next day's events.
# usage: LC_ALL=C awk -v out=DIR -f generate.awk </dev/null
# POSIX awk and integer arithmetic below 2^53 alone: every awk writes the same bytes.
# What the files hold is told in README, the counts to expect in expected.json.

BEGIN {
	if (out == "")
		out = "."
	seed = 20261120
	HOUR = 3600
	DAY = 24 * HOUR
	night = days(2026, 11, 19) * DAY + 18 * HOUR # first order, UTC
	run = night + 8 * HOUR + 600                 # fx-night: 02:10Z
	day = run - 2 * HOUR - 600                   # 2026-11-20T00:00Z
	N1 = 420                                     # orders of the first night
	N2 = 160                                     # of the second
	OVERLAP = 200                                # the second export starts behind this one
	FIRST = 30000                                # order #30001 is number 1
	tables()
	for (i = 1; i <= N1 + N2; i++)
		make_order(i)
	spoil()
	write_export("2026-11-20-orders_export.csv", 1, 1, N1)
	day_events()
	change()
	write_export("2026-11-21-orders_export.csv", 2, OVERLAP + 1, N1 + N2)
	write_returns()
	write_expected()
}

# Park and Miller's minimal standard generator: products stay below 2^46.
function rnd(n)
{
	seed = seed * 16807 % 2147483647
	return int(seed / 2147483647 * n)
}

function chance(percent)
{
	return rnd(1000) < percent * 10
}

# Proleptic Gregorian days since 1970-01-01, and back (Howard Hinnant's algorithms).
function days(y, m, d, era, yoe, doy)
{
	y -= m <= 2
	era = int(y / 400)
	yoe = y - era * 400
	doy = int((153 * (m + (m > 2 ? -3 : 9)) + 2) / 5) + d - 1
	return era * 146097 + yoe * 365 + int(yoe / 4) - int(yoe / 100) + doy - 719468
}

function civil(z, era, doe, yoe, doy, mp)
{
	z += 719468
	era = int(z / 146097)
	doe = z - era * 146097
	yoe = int((doe - int(doe / 1460) + int(doe / 36524) - int(doe / 146096)) / 365)
	doy = doe - (365 * yoe + int(yoe / 4) - int(yoe / 100))
	mp = int((5 * doy + 2) / 153)
	Y = yoe + era * 400 + (mp >= 10)
	M = mp < 10 ? mp + 3 : mp - 9
	D = doy - int((153 * mp + 2) / 5) + 1
}

function clock(t, sep, zone, s)
{
	s = t % DAY
	civil(int(t / DAY))
	return sprintf("%04d-%02d-%02d%s%02d:%02d:%02d%s", Y, M, D, sep, int(s / HOUR),
	    int(s % HOUR / 60), s % 60, zone)
}

# The platform writes the shop's local time; in November that is +0100.
function local(t)
{
	return clock(t + HOUR, " ", " +0100")
}

function rfc3339(t)
{
	return clock(t, "T", "Z")
}

function money(cents)
{
	return sprintf("%d.%02d", int(cents / 100), cents % 100)
}

function tables(s)
{
	s = "Ada Bruno Cleo Dorte Emil Fenja Gustav Hedda Ivo Jonna Kasimir Lotte Mats Nele " \
	    "Oskar Pia Quentin Romy Sven Tilda Ulf Vera Wim Xenia Yorick Zo\303\253"
	NFIRST = split(s, first, " ")
	s = "Teapot Lanternfish Marmalade Pinecone Umbrella Snowglobe Thimble Buttercup Driftwood " \
	    "Gingerbread Wallflower Cobblestone Nightlight Sandcastle Windmill Haystack Jellybean " \
	    "M\303\266hrenkuchen O'Lantern Paperclip"
	NLAST = split(s, last, " ")

	# country, weight, street, city, zip pattern (# a digit), province code and name
	nc = 0
	country("DE", 60, "Beispielstra\303\237e", "Musterstadt", "0####", "", "")
	country("AT", 10, "Mustergasse", "Beispieldorf", "9###", "", "")
	country("NL", 10, "Voorbeeldstraat", "Voorbeeldstad", "9### XX", "", "")
	country("DK", 8, "Eksempelvej", "Eksempelby", "9###", "", "")
	country("FR", 8, "Rue de l'Exemple", "Exempleville", "9####", "", "")
	country("IT", 4, "Via Esempio", "Esempio", "9####", "MI", "Milano")

	# The prefix of the SKU is the type of the line; README has the table.
	np = 0
	product("ST-TENT-2P", "Two-Person Tent \"Nebel\"", 18900, "Fjellheim")
	product("ST-MUG-EN", "Enamel Mug", 1490, "Fjellheim")
	product("ST-LAMP-01", "Camping Lamp, rechargeable", 3990, "Lichtwerk")
	product("ST-SOCK-M", "Merino Socks M", 1790, "Wollig & Warm")
	product("ST-SOCK-L", "Merino Socks L", 1790, "Wollig & Warm")
	product("ST-STOVE-G", "Gas Stove", 5490, "Lichtwerk")
	product("ST-ROPE-30", "Rope 30 m", 4950, "Fjellheim")
	product("ST-MAP-ALP", "Hiking Map Alps", 1290, "Fjellheim")
	nstock = np
	product("PRE-PARKA-27", "Parka \"Polar 27\" (ships January)", 24900, "Wollig & Warm")
	product("PRE-SKI-27", "Touring Ski 2027", 59900, "Fjellheim")
	product("PRE-BOOT-27", "Winter Boot 2027", 17900, "Fjellheim")
	npre = np
	product("MTO-KNIFE-EN", "Engraved Pocket Knife", 6900, "Lichtwerk")
	product("MTO-PACK-C", "Backpack, made to measure", 32900, "Fjellheim")
	nmto = np
	product("GC-25", "Gift Card 25 EUR", 2500, "Gift cards")
	product("GC-50", "Gift Card 50 EUR", 5000, "Gift cards")
	ngc = np
	product("OUTLET-7", "Outlet Surprise Box", 990, "Fjellheim")
	nother = np
}

function country(code, weight, street, city, zip, prov, pname)
{
	nc++
	cc[nc] = code
	cw[nc] = weight
	cstreet[nc] = street
	ccity[nc] = city
	czip[nc] = zip
	cprov[nc] = prov
	cpname[nc] = pname
}

function product(sku, name, cents, vendor)
{
	np++
	psku[np] = sku
	pname[np] = name
	pcents[np] = cents
	pvendor[np] = vendor
	ptype[np] = sku ~ /^ST-/ ? "stock" : sku ~ /^PRE-/ ? "preorder" : \
	    sku ~ /^MTO-/ ? "made-to-order" : sku ~ /^GC-/ ? "digital" : ""
}

function any_product(chan, r)
{
	r = rnd(100)
	if (chan == "pos")
		return 1 + rnd(nstock)
	if (chan == "kaufplatz")
		return r < 45 ? nstock + 1 + rnd(npre - nstock) : 1 + rnd(nstock)
	if (r < 76)
		return 1 + rnd(nstock)
	if (r < 84)
		return nstock + 1 + rnd(npre - nstock)
	if (r < 90)
		return npre + 1 + rnd(nmto - npre)
	if (r < 98)
		return nmto + 1 + rnd(ngc - nmto)
	return nother
}

function digits(pattern, k, c, s)
{
	s = ""
	for (k = 1; k <= length(pattern); k++) {
		c = substr(pattern, k, 1)
		s = s (c == "#" ? rnd(10) : c)
	}
	return s
}

function make_order(i, k, j, r, c, p, dup, of, t, nick)
{
	of = i <= N1 ? N1 : N2
	t = i <= N1 ? night + int((i - 1) * 8 * HOUR / N1) : night + DAY + \
	    int((i - N1 - 1) * 8 * HOUR / N2)
	created[i] = t + rnd(int(8 * HOUR / of))
	id[i] = sprintf("68%03d%06d%02d", 100 + int(i / 7), (i * 32768 + rnd(9999)) % 1000000, i % 97)
	r = rnd(100)
	# The shops close at 20:00 local time.
	if (r < 30 && created[i] % DAY >= 18 * HOUR && created[i] % DAY < 19 * HOUR)
		chan[i] = "pos"
	else
		chan[i] = r >= 70 ? "kaufplatz" : "web"
	r = rnd(100)
	for (c = 1; c < nc && r >= cw[c]; c++)
		r -= cw[c]
	ctry[i] = cc[c]
	who[i] = first[1 + rnd(NFIRST)] " " last[1 + rnd(NLAST)]
	nick = chance(2)
	if (nick)
		sub(/ /, " \"Skip\" ", who[i])
	email[i] = chan[i] == "pos" && chance(60) ? "" : "buyer" FIRST + i "@" \
	    (chan[i] == "kaufplatz" ? "kaufplatz.example" : "example.com")
	street[i] = cstreet[c] " " 1 + rnd(120)
	line2[i] = chance(12) ? "Apt. " 1 + rnd(40) : ""
	city[i] = ccity[c]
	zip[i] = digits(czip[c])
	prov[i] = cprov[c]
	provname[i] = cpname[c]
	company[i] = chance(4) ? "Teapot, Kettle & Co." : ""
	# Numbers that the German regulator keeps free for films and books.
	phone[i] = ctry[i] == "DE" && chance(50) ? "+49 30 23125 " digits("###") : ""
	r = rnd(100)
	method[i] = chan[i] == "pos" ? (r < 75 ? "Pickup in store" : "Standard") : \
	    r < 18 ? "Express (next day)" : "Standard"
	r = rnd(1000)
	risk[i] = chan[i] == "pos" ? "Low" : r < 35 ? "High" : r < 110 ? "Medium" : "Low"
	note[i] = chance(4) ? "Please ring twice, the bell is shy" : ""
	attrs[i] = chance(6) ? "gift_message: For you,\nwith love\ngift_wrap: yes" : ""
	r = rnd(100)
	nl[i] = r < 62 ? 1 : r < 86 ? 2 : r < 96 ? 3 : 4
	k = 0
	for (j = 1; j <= nl[i]; j++) {
		p = any_product(chan[i])
		dup = 0
		for (r = 1; r <= k; r++)
			dup = dup || lp[i, r] == p
		if (dup)
			continue
		k++
		lp[i, k] = p
		r = rnd(100)
		qty[i, k] = r < 78 ? 1 : r < 93 ? 2 : 3
	}
	nl[i] = k
	pending[i] = chan[i] == "web" && chance(7)
	cancelled[i] = chance(2) ? created[i] + 600 + rnd(1200) : 0
	discount[i] = chan[i] == "web" && chance(10) ? "NEBEL10" : ""
	tags[i] = chan[i] == "kaufplatz" ? "marketplace, kaufplatz-" 700000 + i : \
	    discount[i] != "" ? "newsletter" : ""
}

# Order i gets one fault, which the given stage must find; README tells each.
function fault(i, kind, stage)
{
	nfault++
	faulty[nfault] = i
	dirty[i] = kind
	stage_of[i] = stage
	cancelled[i] = 0
	risk[i] = "Low"
	nl[i] = 1 # so that no row of it is left without its head
}

function spoil()
{
	fault(23, "ragged-long", "import")
	fault(57, "ragged-short", "import")
	fault(91, "date-excel", "import")
	fault(118, "date-impossible", "import")
	fault(143, "no-name", "import")
	fault(170, "latin1", "import")
	fault(204, "ragged-line", "import")
	fault(231, "qty-negative", "contract")
	fault(262, "currency-word", "contract")
	fault(289, "sku-empty", "contract")
	fault(317, "price-comma", "contract")
	fault(346, "country-word", "contract")
	fault(377, "qty-zero", "contract")
	fault(N1 + 31, "date-excel", "import")
	fault(N1 + 77, "currency-word", "contract")
	# A fault in the second row wants a second row.
	nl[204] = 2
	lp[204, 1] = 4
	lp[204, 2] = 2
	qty[204, 2] = 1
	twice = 301 # the pages of the export overlapped: this order is in the file twice
	dirty[twice] = ""
	cancelled[twice] = 0
}

# By the morning after, somebody mended these; the others are as they were.
function mended(kind)
{
	return kind == "currency-word" || kind == "sku-empty" || kind == "country-word"
}

function quoted(s)
{
	if (s ~ /[",\n]/) {
		gsub(/"/, "\"\"", s)
		return "\"" s "\""
	}
	return s
}

# The exporter writes an empty text as "", an absent one as nothing.
function text(s)
{
	return s == "" ? "\"\"" : quoted(s)
}

function address(i, name, kind, s)
{
	s = street[i] (line2[i] != "" ? ", " line2[i] : "")
	return quoted(name) "," quoted(s) "," quoted(street[i]) "," quoted(line2[i]) "," \
	    quoted(company[i]) "," city[i] "," (zip[i] != "" ? "'" zip[i] : "") "," prov[i] "," \
	    (kind == "country-word" ? "Germany" : ctry[i]) "," phone[i]
}

# One row, 79 columns; the second and later rows of an order keep what the platform keeps.
function row(i, j, nth, s, at, p, kind, line, subt, fee, off, k, fin, ful, done, name, price, q, sku, ns)
{
	kind = dirty[i]
	if (nth == 2 && i <= N1 && mended(kind))
		kind = ""
	p = lp[i, j]
	subt = 0
	for (k = 1; k <= nl[i]; k++)
		subt += pcents[lp[i, k]] * qty[i, k]
	off = discount[i] != "" ? int(subt / 10) : 0
	subt -= off
	fee = method[i] ~ /^Express/ ? 1290 : method[i] ~ /^Pickup/ || subt >= 10000 ? 0 : 490
	at = local(created[i])
	if (kind == "date-excel")
		at = "20/11/2026 1:15 AM"
	if (kind == "date-impossible")
		at = "2026-11-31 00:12:07 +0100"
	name = "#" FIRST + i
	if (kind == "no-name")
		name = ""
	q = qty[i, j]
	if (j == 1 && kind == "qty-negative")
		q = -1
	if (j == 1 && kind == "qty-zero")
		q = 0
	sku = j == 1 && kind == "sku-empty" ? "" : psku[p]
	price = money(pcents[p])
	if (j == 1 && kind == "price-comma")
		sub(/\./, ",", price)
	done = nth == 2 && shipped[i]
	ns = ptype[p] == "digital" ? "false" : "true"
	line = "," q "," quoted(pname[p]) "," quoted(price) ",," sku "," ns ",true," \
	    (done ? "fulfilled" : "pending") ","
	if (j > 1) {
		s = name "," email[i] ",,,,,,,,,,,,,," at line
		for (k = 25; k <= 50; k++)
			s = s ","
		s = s quoted(pvendor[p])
		for (k = 51; k <= 59; k++)
			s = s ","
		s = s "0.00"
		for (k = 61; k <= 79; k++)
			s = s ","
		if (kind == "ragged-line")
			sub(/Mug/, "Mug, blue", s)
		return s
	}
	fin = cancelled[i] && (nth == 2 || cancelled[i] < run) ? "voided" : \
	    pending[i] && nth == 1 ? "pending" : "paid"
	ful = done ? "fulfilled" : "unfulfilled"
	s = name "," email[i] "," fin "," (fin == "paid" ? local(created[i] + 4) : "") "," ful "," \
	    (done ? local(shipped[i]) : "") "," (chan[i] == "web" && i % 3 == 0 ? "yes" : "no") "," \
	    (kind == "currency-word" ? "EURO" : "EUR") "," money(subt) "," money(fee) "," \
	    money(int((subt + fee) * 19 / 119)) "," money(subt + fee) "," text(discount[i]) "," \
	    money(off) "," text(method[i]) "," at line
	s = s address(i, who[i], kind) "," address(i, who[i], kind) "," text(note[i]) "," text(attrs[i]) "," \
	    (cancelled[i] && (nth == 2 || cancelled[i] < run) ? local(cancelled[i]) : "") "," \
	    (chan[i] == "kaufplatz" ? "Kaufplatz Pay" : chan[i] == "pos" ? "Cash" : "Demo Pay") "," \
	    "c" id[i] ".1," "0.00," quoted(pvendor[p]) "," (fin == "pending" ? money(subt + fee) : "0.00") \
	    "," (chan[i] == "pos" ? "Staff Member" : "") "," (chan[i] == "pos" ? "Shop Musterstadt" : "") \
	    "," (chan[i] == "pos" ? "3" : "") "," id[i] "," text(tags[i]) "," risk[i] "," chan[i] ",0.00," \
	    "VAT 19%," money(int((subt + fee) * 19 / 119)) ",,,,,,,,,,,," provname[i] "," provname[i] \
	    ",c" id[i] ".1,,,c" id[i] ".1"
	if (kind == "ragged-long") # somebody's script did not quote the note
		sub(/,Standard,|,Express \(next day\),|,Pickup in store,/, ",Standard, please hurry,", s)
	if (kind == "ragged-short") # the download broke off in the row
		s = substr(s, 1, 217)
	if (kind == "latin1") # mended by a program that writes Latin-1
		sub(/Musterstadt|Beispieldorf|Voorbeeldstad|Eksempelby|Exempleville|Esempio/, \
		    "M\374sterstadt", s)
	return s
}

function write_export(file, nth, from, to, i, j)
{
	file = out "/" file
	printf "%s", "" >file
	print header() >file
	rows[nth] = lines[nth] = 0
	for (i = to; i >= from; i--) { # newest first, as the platform does
		for (j = 1; j <= nl[i]; j++)
			print row(i, j, nth) >file
		rows[nth] += nl[i]
		if (i == twice - 6 && nth == 1) {
			for (j = 1; j <= nl[twice]; j++)
				print row(twice, j, nth) >file
			rows[nth] += nl[twice]
		}
		count_order(i, nth)
	}
	close(file)
}

function header()
{
	return "Name,Email,Financial Status,Paid at,Fulfillment Status,Fulfilled at,Accepts Marketing," \
	    "Currency,Subtotal,Shipping,Taxes,Total,Discount Code,Discount Amount,Shipping Method," \
	    "Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem compare at price," \
	    "Lineitem sku,Lineitem requires shipping,Lineitem taxable,Lineitem fulfillment status," \
	    "Billing Name,Billing Street,Billing Address1,Billing Address2,Billing Company,Billing City," \
	    "Billing Zip,Billing Province,Billing Country,Billing Phone,Shipping Name,Shipping Street," \
	    "Shipping Address1,Shipping Address2,Shipping Company,Shipping City,Shipping Zip," \
	    "Shipping Province,Shipping Country,Shipping Phone,Notes,Note Attributes,Cancelled at," \
	    "Payment Method,Payment Reference,Refunded Amount,Vendor,Outstanding Balance,Employee," \
	    "Location,Device ID,Id,Tags,Risk Level,Source,Lineitem discount,Tax 1 Name,Tax 1 Value," \
	    "Tax 2 Name,Tax 2 Value,Tax 3 Name,Tax 3 Value,Tax 4 Name,Tax 4 Value,Tax 5 Name," \
	    "Tax 5 Value,Phone,Receipt Number,Duties,Billing Province Name,Shipping Province Name," \
	    "Payment ID,Payment Terms Name,Next Payment Due At,Payment References"
}

# The rules that README states, as a second account of them: a flow for each line.
function flow(i, j,    t)
{
	t = ptype[lp[i, j]]
	if (risk[i] == "High")
		return "fraud-review"
	if (chan[i] == "kaufplatz" && t == "preorder")
		return "vendor-dropship"
	if (t == "digital")
		return "digital-delivery"
	if (t == "made-to-order")
		return "vendor-made-to-order"
	if (t == "preorder")
		return "warehouse-preorder"
	if (t == "stock" && method[i] ~ /^Pickup/)
		return "store-pickup"
	if (t == "stock" && method[i] ~ /^Express/)
		return "warehouse-express"
	if (t == "stock")
		return "warehouse-pick-pack"
	return "manual-review"
}

# What the export should come to: orders, lines, rejects, tasks by flow.
function count_order(i, nth, j, k, f, seen, stage)
{
	orders[nth]++
	stage = dirty[i] == "" || (nth == 2 && i <= N1 && mended(dirty[i])) ? "" : stage_of[i]
	if (stage != "") {
		rejects[nth, stage]++
		if (stage == "contract")
			lines[nth] += nl[i]
		return
	}
	lines[nth] += nl[i]
	if (cancelled[i] && (nth == 2 || cancelled[i] < run))
		cancels[nth]++
	for (j = 1; j <= nl[i]; j++) {
		f = flow(i, j)
		for (k = 1; k < j && flow(i, k) != f; k++)
			;
		if (k == j) {
			tasks[nth]++
			by_flow[nth, f]++
			split_n[i]++
		}
	}
	split_orders[nth] += split_n[i] > 1
	split_n[i] = 0
}

# The day: what each system says of the first night's tasks.
function day_events(i, j, k, f, n, list, nf, flows)
{
	for (i = 1; i <= N1; i++) {
		if (dirty[i] != "" || cancelled[i])
			continue
		nf = 0
		for (j = 1; j <= nl[i]; j++) {
			f = flow(i, j)
			for (k = 1; k <= nf && flows[k] != f; k++)
				;
			if (k > nf) {
				flows[++nf] = f
				list[nf] = ""
				n[nf] = 0
			}
			list[k] = list[k] (list[k] == "" ? "" : " ") j
			n[k]++
		}
		for (k = 1; k <= nf; k++)
			task_events(i, flows[k], list[k], n[k], nf)
	}
	again("warehouse", 40)
	again("warehouse", 210)
	again("vendor", 12)
	event("carrier", day + 15 * HOUR, 99999 - FIRST, "task.completed", "")
	write_events("warehouse", "wms/musterstadt", "wms-")
	write_events("vendor", "vendor/nordwerk", "")
	write_events("carrier", "carrier/demo-parcel", "")
	write_events("shop", "shop/desk", "desk-")
}

function task_events(i, f, list, n, of, t, r, track)
{
	r = rnd(1000)
	track = ",\"carrier\":\"" (f == "warehouse-express" ? "dhl-express" : "dhl") \
	    "\",\"tracking_number\":\"DEMO00" FIRST + i "\",\"tracking_url\":" \
	    "\"https://track.example/DEMO00" FIRST + i "\""
	if (f == "vendor-dropship") {
		# The vendor opens at 07:00Z; one task in fourteen is never confirmed, some are late.
		if (r < 70)
			return
		t = day + 7 * HOUR + (r < 150 ? 11000 + rnd(3000) : r < 300 ? 4200 + rnd(2400) : 240 + rnd(3000))
		event("vendor", t, i, "task.confirmed", lines_of(i, list, 0))
		if (chance(6))
			event("vendor", t + 1800 + rnd(7200), i, "task.failed", lines_of(i, list, 0) \
			    ",\"failure\":\"out-of-stock\"")
		else if (chance(85))
			ship("vendor", day + 11 * HOUR + rnd(5 * HOUR), i, lines_of(i, list, 0), track, of, f)
	} else if (f == "vendor-made-to-order") {
		if (r < 800)
			event("vendor", day + 7 * HOUR + rnd(7 * HOUR), i, "task.confirmed", \
			    lines_of(i, list, 0))
	} else if (f == "digital-delivery") {
		if (r < 970)
			event("shop", run + 20 + rnd(200), i, "task.completed", whose("gift-card-service"))
	} else if (f == "fraud-review") {
		if (r < 600)
			event("shop", day + 7 * HOUR + rnd(2 * HOUR), i, "task.confirmed", \
			    whose("fraud-review"))
	} else if (f == "store-pickup") {
		event("shop", day + 8 * HOUR + rnd(2 * HOUR), i, "task.confirmed", \
		    of > 1 ? lines_of(i, list, 0) : "")
		if (r < 700)
			event("shop", day + 11 * HOUR + rnd(7 * HOUR), i, "task.completed", \
			    of > 1 ? lines_of(i, list, 0) : "")
	} else if (f ~ /^warehouse-/)
		warehouse_events(i, f, list, n, of, r, track)
}

function warehouse_events(i, f, list, n, of, r, track, t, who)
{
	# With two tasks of one order at the warehouse only the lines tell them apart.
	who = of > 1 ? lines_of(i, list, 0) : r % 2 ? whose("warehouse-musterstadt") : ""
	t = day + 5 * HOUR + rnd(f == "warehouse-express" ? 4200 : 3 * HOUR)
	if (r < 15)
		return
	event("warehouse", t, i, "task.confirmed", who)
	if (f == "warehouse-preorder")
		return
	if (r < 45)
		event("warehouse", t + 900 + rnd(3 * HOUR), i, "task.failed", who \
		    ",\"failure\":\"out-of-stock\"")
	else if (r < 75 && n > 1) # a part of it; the rest stays open
		event("warehouse", day + 12 * HOUR + rnd(3 * HOUR), i, "task.shipped", \
		    lines_of(i, list, 1) track)
	else if (r < 940)
		ship("warehouse", day + (f == "warehouse-express" ? 9 : 12) * HOUR + \
		    rnd(f == "warehouse-express" ? 5400 : 14000), i, who, track, of, f)
}

# Handed to the carrier; delivered within the day in some towns, else the carrier delivers later.
function ship(file, t, i, who, track, of, f)
{
	event(file, t, i, "task.shipped", who track)
	if (of == 1)
		shipped[i] = t
	if (chance(f == "warehouse-express" ? 45 : 12)) {
		if (chance(4))
			event("carrier", day + 18 * HOUR + rnd(3 * HOUR), i, "task.failed", who \
			    ",\"failure\":\"address-undeliverable\",\"tracking_number\":\"DEMO00" FIRST + i "\"")
		else
			event("carrier", day + 17 * HOUR + rnd(4 * HOUR), i, "task.completed", who \
			    ",\"tracking_number\":\"DEMO00" FIRST + i "\"")
	}
}

function whose(owner)
{
	return ",\"owner_id\":\"" owner "\""
}

# Lines are numbered from 1 in the order of the export's rows.
function lines_of(i, list, first_only, a, n, k, s)
{
	n = split(list, a, " ")
	if (first_only)
		n = 1
	for (k = 1; k <= n; k++)
		s = s (k > 1 ? "," : "") "{\"line_id\":\"" a[k] "\",\"qty\":" qty[i, a[k]] "}"
	return ",\"lines\":[" s "]"
}

function event(file, t, i, type, rest, k)
{
	k = ++ne[file]
	et[file, k] = t
	etext[file, k] = "\"order_id\":\"#" FIRST + i "\",\"at\":\"" rfc3339(t) "\"" rest "}"
	etype[file, k] = type
	events_by[type]++
}

# The sender got no answer and sent it again, id and all.
function again(file, k)
{
	echo[file, k] = 1
	echoes++
}

function write_events(file, source, prefix, path, k, j, n, t, o, gap)
{
	path = out "/2026-11-20-events-" file ".ndjson"
	printf "%s", "" >path
	n = ne[file]
	for (k = 1; k <= n; k++)
		o[k] = k
	for (gap = 1; gap < n; gap = gap * 3 + 1)
		;
	for (; gap >= 1; gap = int(gap / 3))
		for (k = gap + 1; k <= n; k++) {
			t = o[k]
			for (j = k; j > gap && later(file, o[j - gap], t); j -= gap)
				o[j] = o[j - gap]
			o[j] = t
		}
	for (k = 1; k <= n; k++) {
		t = "{\"event\":\"" etype[file, o[k]] "\",\"event_id\":\"" prefix k "\",\"source\":\"" \
		    source "\"," etext[file, o[k]]
		print t >path
		if (echo[file, k])
			print t >path
	}
	events[file] = n
	close(path)
}

function later(file, a, b)
{
	return et[file, a] != et[file, b] ? et[file, a] > et[file, b] : a > b
}

# The second export: identity changed, cancelled, or only moved on.
function change(i, n)
{
	n = 0
	for (i = OVERLAP + 11; i <= N1 && n < 7; i += 13) {
		if (dirty[i] != "" || cancelled[i] || shipped[i] || i == twice || chan[i] == "pos")
			continue
		n++
		if (n % 3 == 0) {
			method[i] = method[i] ~ /^Express/ ? "Standard" : "Express (next day)"
			changed_how["service"]++
		} else if (n % 3 == 1) {
			street[i] = street[i] "a"
			changed_how["address"]++
		} else {
			qty[i, 1]++
			changed_how["quantity"]++
		}
		is_changed[i] = 1
		nchanged++
	}
	n = 0
	for (i = OVERLAP + 5; i <= N1 && n < 4; i += 17) {
		if (dirty[i] != "" || cancelled[i] || shipped[i] || i == twice || is_changed[i])
			continue
		n++
		cancelled[i] = day + 10 * HOUR + rnd(6 * HOUR)
		ncancelled_later++
	}
	for (i = OVERLAP + 1; i <= N1; i++) {
		moved += shipped[i] > 0 || pending[i]
		mends += dirty[i] != "" && mended(dirty[i])
	}
}

# The returns portal, of orders placed weeks ago.
function write_returns(path, k, p, t)
{
	path = out "/2026-11-20-returns.ndjson"
	for (k = 1; k <= 5; k++) {
		p = 1 + rnd(nstock)
		t = day + 8 * HOUR + k * 5400 + rnd(600)
		print "{\"event\":\"return.requested\",\"event_id\":\"ret-" 500 + k \
		    "\",\"source\":\"returns/portal\",\"order_id\":\"#" 28000 + k * 137 "\",\"at\":\"" \
		    rfc3339(t) "\",\"channel\":\"" (k % 2 ? "web" : "marketplace") \
		    "\",\"currency\":\"EUR\",\"reason\":\"" (k % 2 ? "wrong size" : "arrived broken") \
		    "\",\"lines\":[{\"line_id\":\"1\",\"sku\":\"" psku[p] "\",\"type\":\"stock\",\"qty\":1," \
		    "\"unit_price\":\"" money(pcents[p]) "\"}]}" >path
	}
	close(path)
}

function number(name, v, last_one)
{
	return "\"" name "\":" v + 0 (last_one ? "" : ",")
}

function expected(nth, s, k, n, f)
{
	s = "{" number("rows", rows[nth]) number("orders", orders[nth]) \
	    number("rejected_by_import", rejects[nth, "import"]) \
	    number("rejected_by_contract", rejects[nth, "contract"]) \
	    number("exported_twice", nth == 1) number("lines_imported", lines[nth]) \
	    number("cancelled", cancels[nth])
	if (nth == 2)
		s = s number("orders_new", N2) number("identity_changed", nchanged) \
		    number("mended", mends) number("cancelled_since", ncancelled_later) \
		    number("only_moved_on", moved)
	s = s number("split_orders", split_orders[nth]) number("tasks", tasks[nth]) "\"flows\":{"
	n = split("fraud-review vendor-dropship digital-delivery vendor-made-to-order " \
	    "warehouse-preorder store-pickup warehouse-express warehouse-pick-pack manual-review", f, " ")
	for (k = 1; k <= n; k++)
		s = s number(f[k], by_flow[nth, f[k]], k == n)
	return s "}}"
}

function write_expected(path, n, k, f)
{
	path = out "/expected.json"
	print "{\"night_1\":" expected(1) "," >path
	print "\"night_2\":" expected(2) "," >path
	print "\"events\":{" number("warehouse", events["warehouse"]) \
	    number("vendor", events["vendor"]) number("carrier", events["carrier"]) \
	    number("shop", events["shop"]) number("sent_twice", echoes) number("unknown_order", 1, 1) "}," >path
	n = split("task.confirmed task.shipped task.completed task.failed", f, " ")
	printf "\"event_types\":{" >path
	for (k = 1; k <= n; k++)
		printf "%s", number(f[k], events_by[f[k]], k == n) >path
	print "}," >path
	print "\"returns\":5}" >path
	close(path)
}
